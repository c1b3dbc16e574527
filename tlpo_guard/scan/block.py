"""Answers that are read together, as one text: what a rule costs for every text is paid once for all of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.scan.result import Drift
from tlpo_guard.words import Word, words_of

__all__ = ["Block"]

_BETWEEN = "\n\0\n"  # ends a line and a sentence; no word, number or space goes on behind it


@dataclass(frozen=True, slots=True)
class Block:
    """Some answers in a row.

    Attributes:
        texts: the answers.
        text: all of them, each with an end of line behind it.
        starts: their offsets in `text`, ascending; int64 [answers].
        words: of `text`, in order.
    """

    texts: Sequence[str]
    text: str
    starts: NDArray[np.int64]
    words: list[Word]

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Block":
        """Put answers together; at least one."""
        text = "".join(f"{text}{_BETWEEN}" for text in texts)
        starts = [0, *accumulate(len(text) + len(_BETWEEN) for text in texts)]
        return cls(texts, text, np.asarray(starts[:-1], dtype=np.int64), list(words_of(text)))

    def spans(self) -> Iterator[tuple[int, int]]:
        """Offsets in `text` of each answer's first character and after its last."""
        return ((start, start + len(text)) for start, text in zip(self.starts.tolist(), self.texts, strict=True))

    def rows(self, offsets: NDArray[np.int64]) -> NDArray[np.int64]:
        """The answers that some offsets in `text` belong to; int64 [offsets]."""
        return self.starts.searchsorted(offsets, side="right") - 1

    def first_words(self, words: Sequence[Word]) -> list[int]:
        """The places among some words of `text`, in order, where each answer's begin, and the number of words."""
        starts = np.fromiter((word.start for word in words), dtype=np.int64, count=len(words))
        return [*starts.searchsorted(self.starts).tolist(), len(words)]

    def by_answer(self, drifts: Iterable[Drift]) -> list[list[Drift]]:
        """Drifts in `text` by the answer that they stand in."""
        answers: list[list[Drift]] = [[] for _ in self.texts]
        found = list(drifts)
        for row, drift in zip(
            self.rows(np.asarray([d.start for d in found], dtype=np.int64)).tolist(), found, strict=True
        ):
            answers[row].append(drift)
        return answers
