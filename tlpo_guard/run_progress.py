"""How far a distillation under way is, for those who watch it from another process."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tlpo_guard.files import write_text

__all__ = ["RunProgress", "progress_file", "read_progress", "write_progress"]


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run is.

    Attributes:
        stage: what it does: `load`, `evaluate` or `train`.
        done: of the stage.
        total: of the stage.
        first: what was done when the stage was first told of; more than 0 where a run goes on after a crash.
        began: Unix time of that.
        now: Unix time at which this was written.
        steps: figures of each optimizer step so far, such as `confusion_mass` and `kl`.
    """

    stage: str
    done: int
    total: int
    first: int
    began: float
    now: float
    steps: Sequence[Mapping[str, Any]] = field(default_factory=list)

    @property
    def seconds_left(self) -> float | None:
        """Of the stage, if what is left takes as long as what is done; None where that cannot be told."""
        if self.done <= self.first or self.total <= self.done:
            return None
        return (self.now - self.began) / (self.done - self.first) * (self.total - self.done)


def progress_file(data_dir: Path) -> Path:
    """Where a run under way says how far it is."""
    return data_dir / "distill" / "progress.json"


def write_progress(data_dir: Path, progress: RunProgress) -> None:
    """Say how far a run is; raises OSError."""
    path = progress_file(data_dir)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(asdict(progress)))


def read_progress(data_dir: Path) -> RunProgress | None:
    """What the last run said; None where none said anything that can be read."""
    try:
        return RunProgress(**json.loads(progress_file(data_dir).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
