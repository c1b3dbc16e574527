"""The engine that the settings ask for."""

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from server.engines.engine import Engine
from tlpo_guard.errors import ConfigurationError
from tlpo_guard.models.names import gguf_file
from tlpo_guard.settings import Settings

__all__ = ["build_engine"]


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of engine.

    Attributes:
        module: whose function `build` makes it from the settings; imported only where it is asked for.
        package: that runs the model.
        extra: of ours, that brings the package.
        flags: whether it takes flags of its own.
    """

    module: str
    package: str
    extra: str
    flags: bool = False


_KINDS = {
    "transformers": _Kind("server.engines.transformers", "transformers", "server"),
    "vllm": _Kind("server.engines.vllm.build", "vllm", "vllm", flags=True),
    "llama-cpp": _Kind("server.engines.llama_cpp.build", "llama_cpp", "llama-cpp", flags=True),
}


def build_engine(settings: Settings) -> Engine:
    """Load the model and put an engine around it.

    Raises:
        ConfigurationError: the engine is not installed, or takes no flags of its own.
        ModelError: the model cannot be loaded.
    """
    name = _automatic(settings) if settings.engine == "auto" else settings.engine
    kind = _KINDS[name]
    if find_spec(kind.package) is None:
        raise ConfigurationError(
            f"the engine {name} needs the package {kind.package}, which is not installed here: "
            f"pip install 'tlpo-guard[{kind.extra}]', or choose another --engine"
        )
    if settings.engine_flags and not kind.flags:
        raise ConfigurationError(
            f"the engine {name} takes no flags of its own; leave out {' '.join(settings.engine_flags)}"
        )
    engine: Engine = import_module(kind.module).build(settings)
    return engine


def _automatic(settings: Settings) -> str:
    """The engine that suits a model on this machine: llama.cpp for a GGUF file on a CPU, where it is installed."""
    if find_spec("llama_cpp") is None or gguf_file(settings.model) is None:
        return "transformers"
    import torch

    return "transformers" if torch.cuda.is_available() else "llama-cpp"
