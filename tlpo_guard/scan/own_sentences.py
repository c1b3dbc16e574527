"""Sentences that are an answer's own, though the conversation has most of their words: "Here's a story in Turkish:"."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.scan.reading import Reader
from tlpo_guard.scan.result import Drift
from tlpo_guard.scan.sentences import Border, borders
from tlpo_guard.words import Word
from tlpo_guard.words.frequencies import frequencies
from tlpo_guard.words.lists import listed

__all__ = ["own_sentences"]

_FLOOR = 2.5  # zipf value of a word that a list lacks
_LEAST = 1.7  # zipf values by which the answer's own words are commoner in the other language, all together


def own_sentences(
    drifts: Sequence[Drift], text: str, words: Sequence[Word], copied: NDArray[np.bool_], reader: Reader
) -> Iterator[Drift]:
    """Of the drifts that hold copied words, those that begin a sentence with words of their own, of the other language.

    What is copied as a whole is no drift, nor is a copy in a sentence that begins in the expected language.

    Args:
        drifts: of an answer.
        text: the answer.
        words: of it, in order.
        copied: characters that the conversation brought; bool [characters].
        reader: of the expected languages.
    """
    starts = np.fromiter((word.start for word in words), dtype=np.int64, count=len(words))
    cuts = borders(text, starts)
    for drift in drifts:
        first, last = np.searchsorted(starts, [drift.start, drift.end]).tolist()
        if first == last or drift.detected not in listed() or cuts[first] < Border.SENTENCE or copied[drift.start]:
            continue
        own = [
            word for word in words[first:last] if not copied[word.start] and (not word.capital or word is words[first])
        ]
        if sum(_lead(word.form, drift.detected, reader) for word in own) >= _LEAST:
            yield drift


def _lead(form: str, code: str, reader: Reader) -> float:
    """Zipf values by which a word is commoner in another language than in the expected ones."""
    parts = [form, *form.split("'")] if "'" in form else [form]
    theirs = max(map(frequencies(code).zipf, parts))
    return max(theirs, _FLOOR) - max(reader.zipf(form), _FLOOR)
