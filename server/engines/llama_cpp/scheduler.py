"""Which tokens of which answers are computed in the next step."""

from collections import deque
from collections.abc import Sequence

from server.engines.engine import EngineError
from server.engines.llama_cpp.kept import KeptTokens
from server.engines.llama_cpp.rows import Row

__all__ = ["Part", "Scheduler"]

_RESERVE = 16  # tokens that each answer under way may still write before another one is let in
_WORTH_WAITING = 32  # tokens that an answer under way computes in this step and another one could share after it

Part = tuple[Row, int]  # an answer, and how many of its missing tokens are computed


class Scheduler:
    """Lets answers in by the order of their arrival, as far as there is room, and shares each step out among them.

    Args:
        most_rows: answers at a time.
    """

    def __init__(self, kept: KeptTokens, most_rows: int) -> None:
        self._kept = kept
        self._most = most_rows
        self._waiting: deque[Row] = deque()
        self._running: list[Row] = []

    def __len__(self) -> int:
        """Answers, those that wait among them."""
        return len(self._waiting) + len(self._running)

    @property
    def rows(self) -> list[Row]:
        """All answers."""
        return [*self._running, *self._waiting]

    @property
    def writing(self) -> bool:
        """Whether any answer has had a token."""
        return any(row.sequence.begun for row in self._running) or any(row.sequence.begun for row in self._waiting)

    def add(self, row: Row) -> None:
        """An answer waits for its turn."""
        self._waiting.append(row)

    def remove(self, row: Row) -> None:
        """An answer leaves; nothing happens where it has left already."""
        if row in self._running:
            self._running.remove(row)
        elif row in self._waiting:
            self._waiting.remove(row)
        self._release(row)
        if not len(self):
            self._kept.rest()

    def plan(self, prompt_tokens: int) -> list[Part]:
        """What the next step computes: one token of each answer that is being written, and pieces of new prompts.

        Args:
            prompt_tokens: of all new prompts together, at most.
        """
        self._admit()
        parts = [(row, 1) for row in self._running if row.missing == 1]
        new = [row for row in self._running if row.missing > 1]
        shares = _shared_out(prompt_tokens, [row.missing for row in new])
        parts += [(row, share) for row, share in zip(new, shares, strict=True) if share]
        return self._with_room(parts)

    def computed(self, row: Row, count: int) -> None:
        """Tokens of an answer were computed."""
        if row.slot is not None:
            self._kept.extend(row.slot, row.token_ids[row.computed : row.computed + count])

    def _admit(self) -> None:
        while self._waiting and len(self._running) < self._most:
            row = self._waiting[0]
            if self._running and (self._is_computed_anyway(row) or not self._fits(row)):
                return
            slot = self._kept.open(row.token_ids)
            if slot is None:
                return
            self._waiting.popleft()
            row.slot = slot
            if not row.sequence.begun:
                row.sequence.cached_tokens = min(row.computed, row.prompt)
            self._running.append(row)

    def _is_computed_anyway(self, row: Row) -> bool:
        """Whether much of an answer's beginning is what another one is computing just now."""
        there = self._kept.shared(row.token_ids)
        return any(
            other.missing > 1
            and row.token_ids[: there + _WORTH_WAITING] == other.token_ids[: there + _WORTH_WAITING]
            and len(row.token_ids) > there + _WORTH_WAITING
            for other in self._running
        )

    def _fits(self, row: Row) -> bool:
        missing = sum(other.missing for other in self._running) + len(row.token_ids) - self._kept.shared(row.token_ids)
        return missing + _RESERVE * (len(self._running) + 1) <= self._kept.reachable

    def _with_room(self, parts: list[Part]) -> list[Part]:
        """The parts that there is room for: what is kept for later goes first, then the answers that came last wait again."""
        while not self._kept.make_room(sum(count for _, count in parts)):
            row = self._running.pop()
            self._release(row)
            parts = [part for part in parts if part[0] is not row]
            if self._running:
                self._waiting.appendleft(row)
            else:
                row.fail(EngineError("the answer is longer than kv_cache_tokens"))
        return parts

    def _release(self, row: Row) -> None:
        if row.slot is not None:
            self._kept.close(row.slot)
            row.slot = None


def _shared_out(total: int, wanted: Sequence[int]) -> list[int]:
    """Equal shares of a number, and what small wants leave over for the others."""
    shares = [0] * len(wanted)
    left = total
    for done, place in enumerate(sorted(range(len(wanted)), key=lambda at: wanted[at])):
        shares[place] = min(wanted[place], left // (len(wanted) - done))
        left -= shares[place]
    return shares
