"""What an output was made with, kept beside it: so that a later call with other settings does not take it for its own.

Beside `NAME` stands `NAME.settings`, a JSON object.
"""

import json
import warnings
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import typer

from benchmarks.quality.rows import write_json
from tlpo_guard.registry.version import file_sha256

__all__ = ["Settings", "adapter_digest", "digest", "is_made", "keep_settings"]

Settings = Mapping[str, Any]
"""Plain JSON by name."""
_WEIGHTS = ("adapter_model.safetensors", "adapter_model.bin")
_SHOWN = 12  # hexadecimal digits


def is_made(path: Path, settings: Settings) -> bool:
    """Whether an output is there. It may have been made with further settings, which this call does not ask for; one with none
    beside it, from before they were kept, is taken as it is.

    Raises:
        typer.BadParameter: it was made with other settings.
    """
    if not path.exists():
        return False
    kept = _beside(path)
    if not kept.exists():
        text = f"{path.parent} holds outputs without the settings they were made with; they are taken as they are"
        warnings.warn(text, stacklevel=2)
        return True
    before, now = json.loads(kept.read_text(encoding="utf-8")), json.loads(json.dumps(settings))
    differ = [
        f"{name} {_told(before.get(name))}, now {_told(now[name])}" for name in now if before.get(name) != now[name]
    ]
    if differ:
        raise typer.BadParameter(
            f"{path} was made with other settings: {'; '.join(differ)}. Write into another folder, or remove it "
            "and others that were made like it, and they are made again"
        )
    return True


def keep_settings(path: Path, settings: Settings) -> None:
    """To be called before an output is written, so that none is ever without."""
    write_json(_beside(path), settings)


def digest(parts: Iterable[str]) -> str:
    """Of texts in their order, with their number."""
    texts = list(parts)
    return f"{len(texts)} ({sha256(json.dumps(texts).encode()).hexdigest()[:_SHOWN]})"


def adapter_digest(folder: Path | None) -> str | None:
    """Of the weights of a PEFT adapter; None where there is no adapter."""
    if folder is None:
        return None
    return digest(file_sha256(folder / name) for name in _WEIGHTS if (folder / name).exists())


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.settings")


def _told(value: Any) -> str:
    return "none" if value is None else json.dumps(value, ensure_ascii=False)
