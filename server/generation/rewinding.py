"""Where an answer goes back to, and what it may not say there again."""

from server.engines.engine import Resumption
from server.generation.pieces import Limits, Tally
from tlpo_guard.generation.sequence import Step
from tlpo_guard.policy import Mode
from tlpo_guard.rewind import ConfusionPoint, WordWatch

__all__ = ["Rewinder"]

_NEAR = 8  # tokens; a drift this close behind the last one is the same one again
_INSISTED = 24  # tokens for which the other language's words are kept out then, times the attempts


class Rewinder:
    """Watches the words of one answer, and decides what becomes of each drift among them.

    Args:
        watch: None for an answer whose words are not watched.
        mode: of the request's policy; only under `rewind` does an answer go back.
        tally: counts the rewinds, and the drifts that are let pass.

    Attributes:
        unlogged: confusion points that the answer does not go back to.
    """

    def __init__(self, watch: WordWatch | None, mode: Mode, limits: Limits, tally: Tally) -> None:
        self._watch = watch
        self._goes_back = mode is Mode.REWIND
        self._limits = limits
        self._tally = tally
        self._last_position = -_NEAR
        self._attempts = 0
        self.unlogged: list[ConfusionPoint] = []

    def take(self, step: Step, data: bytes, length: int) -> ConfusionPoint | None:
        """Take in a token; the point that the answer goes back to, None where it goes on.

        Args:
            data: the token's bytes.
            length: tokens of the answer, this one included.
        """
        if self._watch is None:
            return None
        if step.paused:
            self._watch.skip(data)
            return None
        return self._decide(self._watch.feed(data), length)

    def close(self, length: int) -> ConfusionPoint | None:
        """The end of the answer, which ends its last word; the same."""
        return None if self._watch is None else self._decide(self._watch.close(), length)

    def settle(self, length: int) -> int:
        """How many tokens of the answer are sure to stay; the answer never goes back behind them."""
        return length if self._watch is None else self._watch.settle()

    def go_back(self, point: ConfusionPoint, token_id: int) -> Resumption:
        """How the answer goes on from a point; the tokens from there on are forgotten.

        Args:
            token_id: the token that stood at the point.
        """
        assert self._watch is not None
        self._watch.go_back(point.position)
        again = abs(point.position - self._last_position) <= _NEAR
        self._attempts = self._attempts + 1 if again else 1
        self._last_position = point.position
        self._tally.rewinds += 1
        if self._attempts == 1:
            return Resumption(token_id)
        return Resumption(token_id, point.language, until=point.position + _INSISTED * (self._attempts - 1))

    def _decide(self, point: ConfusionPoint | None, length: int) -> ConfusionPoint | None:
        if point is None or self._watch is None:
            return None
        if not self._goes_back:
            self.unlogged.append(point)
            return None
        position = max(point.position, self._watch.released)
        if self._tally.rewinds >= self._limits.rewinds or position >= length:
            self._tally.stood_back += 1
            self.unlogged.append(point)
            return None
        return ConfusionPoint(position, point.language)
