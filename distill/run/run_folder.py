"""What a run leaves on disk while it is under way, so that the next one can go on after a crash."""

import json
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from distill.selection.groups import Group
from tlpo_guard.files import write_text
from tlpo_guard.registry import EVENT_IDS

__all__ = ["RunFolder", "RunState"]

_STATE, _TRAIN, _HELD_OUT = "run.json", "train.json", "held_out.json"
_GROUPS = TypeAdapter(list[Group])


@dataclass(frozen=True, slots=True)
class RunState:
    """What a run is about; one that goes on after a crash must be about the same.

    Attributes:
        id: 32 hex digits; the version's lineage names it.
        parent: the version that it goes on from, or `base`.
        base_fingerprint: of the model.
        settings: of the run, as plain JSON.
        selection: what was used and what was not, for the report.
    """

    id: str
    parent: str
    base_fingerprint: str
    settings: dict[str, Any]
    selection: dict[str, Any]

    def same_work(self, parent: str, base_fingerprint: str, settings: dict[str, Any]) -> bool:
        """Whether a run with these could go on with this one's checkpoints."""
        return (self.parent, self.base_fingerprint, self.settings) == (parent, base_fingerprint, settings)


class RunFolder:
    """The folder of the run under way; there is at most one, for there is one lease."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def checkpoints(self) -> Path:
        """Where the trainer keeps its checkpoints."""
        return self.path / "checkpoints"

    def state(self) -> RunState | None:
        """The run under way; None where there is none, or one whose beginning was not written to the end."""
        try:
            return RunState(**json.loads((self.path / _STATE).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def begin(self, state: RunState, train: list[Group], held_out: list[Group]) -> None:
        """Forget the run before, and write this one's work; `run.json` comes last and makes it valid."""
        self.clear()
        self.path.mkdir(parents=True)
        for name, groups in ((_TRAIN, train), (_HELD_OUT, held_out)):
            write_text(self.path / name, _GROUPS.dump_json(groups).decode())
        event_ids = sorted({event_id for group in (*train, *held_out) for event_id in group.event_ids})
        write_text(self.path / EVENT_IDS, "\n".join(event_ids))
        fields = {name: getattr(state, name) for name in RunState.__slots__}
        write_text(self.path / _STATE, json.dumps(fields))

    def groups(self) -> tuple[list[Group], list[Group]]:
        """Training and held-out groups."""
        train, held_out = ((self.path / name).read_bytes() for name in (_TRAIN, _HELD_OUT))
        return _GROUPS.validate_json(train), _GROUPS.validate_json(held_out)

    def read(self, name: str) -> Any:
        """A part that was written before, as plain JSON; None where it was not."""
        try:
            return json.loads((self.path / f"{name}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def write(self, name: str, value: Any) -> None:
        """Keep a part, whole or not at all."""
        write_text(self.path / f"{name}.json", json.dumps(value))

    def last_checkpoint(self) -> Path | None:
        """The newest checkpoint that was written to the end."""
        newest_first = sorted(
            self.checkpoints.glob("checkpoint-*"), key=lambda p: int(p.name.split("-")[1]), reverse=True
        )
        return next((path for path in newest_first if _is_whole(path)), None)

    def clear(self) -> None:
        """Remove all of it."""
        if self.path.exists():
            grave = self.path.with_name(f".{self.path.name}-{uuid.uuid4().hex[:8]}")
            self.path.rename(grave)
            shutil.rmtree(grave, ignore_errors=True)
        for left in self.path.parent.glob(f".{self.path.name}-*"):
            shutil.rmtree(left, ignore_errors=True)


def _is_whole(checkpoint: Path) -> bool:
    """The trainer writes its state last."""
    try:
        json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return True
