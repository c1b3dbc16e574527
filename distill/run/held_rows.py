"""Which rows the steps of a run have held, also those before a crash: only what a step held may pass for learnt."""

import json
from pathlib import Path
from typing import Any

from accelerate.utils import gather_object
from datasets import Dataset
from transformers import TrainerCallback

from distill.tlpo.batches import TLPOBatch
from distill.tlpo.trainer import TLPOTrainer
from tlpo_guard.files import write_text

__all__ = ["RecordingTrainer"]

_HELD = "held_rows.json"
_Row = tuple[tuple[str, ...], tuple[int, ...]]  # the events of a sequence, and its points in this row


class RecordingTrainer(TLPOTrainer):
    """Knows which rows its steps have held, on all devices; each checkpoint has a list of them.

    Args:
        resume_from: the checkpoint that the training will go on from.
        kwargs: for `TLPOTrainer`.
    """

    def __init__(self, *, resume_from: Path | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._held: set[_Row] = set() if resume_from is None else _read(resume_from)
        self.add_callback(_Keep(self._held))

    def get_batch_samples(
        self, epoch_iterator: Any, num_batches: int, device: Any
    ) -> tuple[list[dict[str, TLPOBatch]], Any]:
        batches, total = super().get_batch_samples(epoch_iterator, num_batches, device)
        here = [(group.event_ids, group.points) for b in batches for group in b["batch"].groups if group.event_ids]
        self._held.update(gather_object(here))
        return batches, total

    def learnt(self, rows: Dataset) -> frozenset[str]:
        """The events of the sequences of which all rows were in a step."""
        parts = {(tuple(ids), tuple(points)) for ids, points in zip(rows["event_ids"], rows["points"], strict=True)}
        left = {event_id for ids, _ in parts - self._held for event_id in ids}
        return frozenset(event_id for ids, _ in parts for event_id in ids) - left


class _Keep(TrainerCallback):  # type: ignore[misc, unused-ignore]
    """Writes the list when the rest of the checkpoint is written. A crash in between loses it: too little passes for learnt."""

    def __init__(self, held: set[_Row]) -> None:
        self._held = held

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        checkpoint = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        # Transformers may have removed it at once as the oldest, where a folder has later ones of another run.
        if state.is_world_process_zero and checkpoint.is_dir():
            write_text(checkpoint / _HELD, json.dumps(sorted(self._held)))


def _read(checkpoint: Path) -> set[_Row]:
    try:
        rows = json.loads((checkpoint / _HELD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return set()
    return {(tuple(ids), tuple(points)) for ids, points in rows}
