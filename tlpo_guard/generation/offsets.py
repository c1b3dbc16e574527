"""What a request makes of its logits: a bias, penalties for tokens that are there already, and tokens kept out for a while."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import torch

__all__ = ["LogitOffsets", "Penalties"]


@dataclass(frozen=True, slots=True)
class Penalties:
    """How a request changes its logits.

    Attributes:
        bias: logits by token id.
        presence: taken once from a token that the answer has.
        frequency: taken from a token as often as the answer has it.
        repetition: divides the positive logit of a token that prompt or answer has, and multiplies a negative one; above 0.
        allowed: the only tokens that may come; empty for all.
        barred: tokens that may not come yet, and among how many first ones of the answer; by token id.
    """

    bias: Mapping[int, float] = field(default_factory=dict)
    presence: float = 0.0
    frequency: float = 0.0
    repetition: float = 1.0
    allowed: frozenset[int] = frozenset()
    barred: Mapping[int, int] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        """Whether they change anything."""
        penalised = self.presence or self.frequency or self.repetition != 1.0
        return bool(self.bias or penalised or self.allowed or self.barred)


class LogitOffsets:
    """Penalties at work in one answer; a token taken changes one figure of each table.

    Args:
        size: of the vocabulary.
        prompt_ids: count as repeated.
        output_ids: the answer so far.
    """

    def __init__(
        self,
        size: int,
        device: torch.device,
        penalties: Penalties,
        *,
        prompt_ids: Iterable[int] = (),
        output_ids: Iterable[int] = (),
    ) -> None:
        self._penalties = penalties
        self._row = torch.zeros(size, device=device)
        self._adds = bool(penalties.bias or penalties.allowed or penalties.presence or penalties.frequency)
        for token_id, value in penalties.bias.items():
            self._row[token_id] = value
        if penalties.allowed:
            allowed = torch.tensor(sorted(penalties.allowed), dtype=torch.int64, device=device)
            rest = torch.full_like(self._row, -torch.inf).index_fill_(0, allowed, 0.0)
            self._row += rest
        self._repeated: torch.Tensor | None = None
        if penalties.repetition != 1.0:
            self._repeated = torch.zeros(size, dtype=torch.bool, device=device)
            self._repeated[torch.tensor(list(prompt_ids), dtype=torch.int64, device=device)] = True
        self._barred = [
            (length, torch.tensor(ids, dtype=torch.int64, device=device))
            for length, ids in _by_length(penalties.barred).items()
        ]
        self._seen: set[int] = set()
        self._taken = 0
        for token_id in output_ids:
            self.advance(token_id)

    def apply(self, row: torch.Tensor) -> None:
        """Change logits in place; float32 [vocabulary]."""
        if self._repeated is not None:
            by = self._penalties.repetition
            row.copy_(torch.where(self._repeated, torch.where(row > 0, row / by, row * by), row))
        if self._adds:
            row += self._row
        for length, ids in self._barred:
            if self._taken < length:
                row.index_fill_(0, ids, -torch.inf)

    def advance(self, token_id: int) -> None:
        """Take in the token that was chosen."""
        self._taken += 1
        if token_id not in self._seen:
            self._seen.add(token_id)
            if self._penalties.presence:
                self._row[token_id] -= self._penalties.presence
            if self._repeated is not None:
                self._repeated[token_id] = True
        if self._penalties.frequency:
            self._row[token_id] -= self._penalties.frequency


def _by_length(barred: Mapping[int, int]) -> dict[int, list[int]]:
    out: dict[int, list[int]] = {}
    for token_id, length in barred.items():
        out.setdefault(length, []).append(token_id)
    return out
