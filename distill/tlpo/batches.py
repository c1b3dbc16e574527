"""Rows of a training set, and batches of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from datasets import Dataset
from torch import Tensor

from distill.selection.balance import repeats
from distill.selection.groups import Group

__all__ = ["TLPOBatch", "by_length", "collate", "features", "oversampled", "with_fresh"]

_MOST_POINTS = 8  # of one row: a sequence with more becomes several


@dataclass(frozen=True, slots=True)
class TLPOBatch:
    """Sequences with P confusion points.

    Attributes:
        candidate_ids: int64 [P, K], None where the policy's own are explored.
        rewards: +1 where a candidate stays in the language, -1 where it leaves; float32 [P, K], None as `candidate_ids`.
    """

    groups: tuple[Group, ...]
    candidate_ids: Tensor | None = None
    rewards: Tensor | None = None

    @property
    def points(self) -> int:
        """P."""
        return sum(len(group.points) for group in self.groups)

    def only(self, chosen: Sequence[int]) -> "TLPOBatch":
        """Some of the sequences, by index."""
        groups = tuple(self.groups[i] for i in chosen)
        if self.candidate_ids is None or self.rewards is None:
            return TLPOBatch(groups)
        return TLPOBatch(groups, self.candidate_ids[list(chosen)], self.rewards[list(chosen)])

    def with_groups(self, more: Sequence[Group]) -> "TLPOBatch":
        """The same batch and further sequences, which are explored, too."""
        if more and self.candidate_ids is not None:
            raise ValueError("rollouts cannot be added to rows that bring their own candidates")
        return replace(self, groups=(*self.groups, *more))


def with_fresh(batches: Sequence[TLPOBatch], fresh: Sequence[Group], *, alone: bool) -> list[TLPOBatch]:
    """The batches of a step with fresh sequences dealt out to them.

    Args:
        alone: whether these are all that the step holds; a batch that gets none is empty then.
    """
    parts = [tuple(fresh[i :: len(batches)]) for i in range(len(batches))]
    return [TLPOBatch(part) if alone else b.with_groups(part) for b, part in zip(batches, parts, strict=True)]


def by_length(batches: Sequence[TLPOBatch]) -> list[TLPOBatch]:
    """The same sequences in as many batches, those of like length together."""
    if len({None if batch.candidate_ids is None else batch.candidate_ids.shape[1] for batch in batches}) > 1:
        return list(batches)
    rows = [batch.only([i]) for batch in batches for i in range(len(batch.groups))]
    rows.sort(key=lambda row: len(row.groups[0].ids))
    count = len(batches)  # the same on all devices, which wait for each other
    return [_joined(rows[len(rows) * n // count : len(rows) * (n + 1) // count]) for n in range(count)]


def _joined(rows: Sequence[TLPOBatch]) -> TLPOBatch:
    groups = tuple(group for row in rows for group in row.groups)
    candidate_ids = [row.candidate_ids for row in rows if row.candidate_ids is not None]
    rewards = [row.rewards for row in rows if row.rewards is not None]
    return TLPOBatch(groups, torch.cat(candidate_ids), torch.cat(rewards)) if candidate_ids else TLPOBatch(groups)


def oversampled(groups: Sequence[Group]) -> list[Group]:
    """The groups, those of rarer languages several times."""
    often = repeats(groups)
    return [group for group in groups for _ in range(often[group.language])]


def features(groups: Sequence[Group], most_points: int = _MOST_POINTS) -> Dataset:
    """A training set; sequences with many points become several rows, each cut after its last point."""
    rows = []
    for group in groups:
        for start in range(0, len(group.points), most_points):
            points = group.points[start : start + most_points]
            rows.append(
                {
                    "input_ids": list(group.ids[: points[-1] + 1]),
                    "prompt_length": group.prompt_length,
                    "points": list(points),
                    "language": group.language,
                    "allow_english": group.allow_english,
                    "allow_hanja": group.allow_hanja,
                    "scripts": group.scripts,
                    "admitted": group.admitted,
                    "event_ids": list(group.event_ids),
                }
            )
    return Dataset.from_list(rows)


def collate(rows: Sequence[dict[str, Any]]) -> dict[str, TLPOBatch]:
    """A batch of rows, all with candidates of their own or all without, as `batch`.

    Raises:
        ValueError: rows of both kinds, or with different numbers of candidates.
    """
    groups = tuple(map(_group, rows))
    given = [row for row in rows if row.get("candidate_ids") is not None]
    if not given:
        return {"batch": TLPOBatch(groups)}
    counts = {len(row["candidate_ids"]) for row in rows if row.get("candidate_ids") is not None}
    counts |= {len(row["rewards"]) for row in given}
    if len(given) < len(rows) or len(counts) > 1:
        raise ValueError(
            f"every row of a batch needs the same number of candidates and rewards; this batch has {sorted(counts)}"
        )
    candidate_ids = torch.tensor([row["candidate_ids"] for row in rows], dtype=torch.long)
    rewards = torch.tensor([row["rewards"] for row in rows], dtype=torch.float32)
    return {"batch": TLPOBatch(groups, candidate_ids, rewards)}


def _group(row: dict[str, Any]) -> Group:
    ids = tuple(row["input_ids"])
    return Group(
        request_id="",
        ids=ids,
        prompt_length=row.get("prompt_length", len(ids)),
        points=tuple(row.get("points") or [len(ids) - 1]),
        language=row.get("language", ""),
        allow_english=row.get("allow_english", True),
        allow_hanja=row.get("allow_hanja", False),
        scripts=row.get("scripts", ""),
        admitted=row.get("admitted", ""),
        event_ids=tuple(row.get("event_ids", ())),
    )
