"""Sentences of Chinese between Japanese ones, which share their characters but not their words."""

from collections.abc import Iterator, Sequence

from tlpo_guard.scan.result import Drift, DriftKind
from tlpo_guard.words.han import chinese_runs
from tlpo_guard.words.han_stream import may_turn_chinese

__all__ = ["HanScan"]


class HanScan:
    """Finds stretches of Chinese in Japanese answers.

    Args:
        expected: BCP-47 tags; nothing is found where Japanese is not expected, or Chinese is.
    """

    def __init__(self, expected: Sequence[str]) -> None:
        self._active = may_turn_chinese(expected)

    def drifts(self, text: str) -> Iterator[Drift]:
        """The Chinese stretches, in order.

        Args:
            text: the answer; what may be foreign is blank in it.
        """
        if self._active:
            for start, end, score in chinese_runs(text):
                yield Drift(start, end, DriftKind.WORD, "zh", score)
