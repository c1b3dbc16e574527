"""Of a line that is foreign on the whole, the sentences that are."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby, pairwise

import numpy as np

from tlpo_guard.scan.reading import Reading
from tlpo_guard.scan.result import Drift
from tlpo_guard.scan.sentence_drift import Stretch, list_of
from tlpo_guard.scan.sentences import Border
from tlpo_guard.words.lists import listed

__all__ = ["narrowed"]

_OWN = -2.0  # nats a word or less speak for the other language in a sentence of the expected one


def narrowed(drift: Drift, reading: Reading) -> Iterator[Drift]:
    """The parts of a drift that hold no sentence of the expected language; the drift itself where it has just one sentence or
    there is no list of its language's words.

    Args:
        drift: into a language of the same script.
        reading: of the answer.
    """
    code = list_of(drift.detected)
    first, last = bisect_left(reading.starts, drift.start), bisect_left(reading.starts, drift.end)
    cuts = [first, *(first + 1 + np.flatnonzero(reading.borders[first + 1 : last] >= Border.SENTENCE)).tolist(), last]
    if len(cuts) < 3 or code not in listed():
        yield drift
        return
    nats = Stretch(reading, first, last).ratios(code)
    sentences = list(pairwise(cuts))
    own = [float(nats[start - first : end - first].sum()) <= _OWN for start, end in sentences]
    for is_own, group in groupby(zip(own, sentences, strict=True), key=lambda pair: pair[0]):
        spans = [span for _, span in group]
        if not is_own and not all(own):
            yield replace(
                drift,
                start=drift.start if spans[0][0] == first else reading.words[spans[0][0]].start,
                end=drift.end if spans[-1][1] == last else reading.words[spans[-1][1] - 1].end,
            )
    if all(own):
        yield drift
