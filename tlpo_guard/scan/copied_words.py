"""Words of an answer that the conversation brought, in the same order."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence

from tlpo_guard.brought import Brought
from tlpo_guard.words import Word

__all__ = ["copied_words"]

_LEAST = 3  # words of the expected language in the answer besides what it copies
_RUN = 4  # words in a row that are a copy; fewer where a name begins
_MOST_WORDS = 400  # that are looked for


def copied_words(
    words: Sequence[Word],
    stretches: Sequence[tuple[int, int]],
    brought: Brought,
    is_expected: Callable[[str], bool],
) -> Iterator[tuple[int, int]]:
    """The runs of words, inside some stretches, that stand in the conversation; none where the answer is nothing else.

    Args:
        words: of the answer, in order.
        stretches: offsets in the answer, in order.
        brought: what the conversation brought.
        is_expected: whether a word, in normal form, is of the expected language.
    """
    starts, ends = [word.start for word in words], [word.end for word in words]
    places = [(bisect_left(starts, start), bisect_right(ends, end)) for start, end in stretches]
    inside = {index for first, end in places for index in range(first, end)}
    others = (word.form for index, word in enumerate(words) if index not in inside)
    if sum(1 for _, form in zip(range(_LEAST), filter(is_expected, others), strict=False)) < _LEAST:
        return
    for first, end in places:
        yield from _runs(words[first:end], brought)


def _runs(words: Sequence[Word], brought: Brought) -> Iterator[tuple[int, int]]:
    first, forms = 0, [word.form for word in words[:_MOST_WORDS]]
    while first < len(forms):
        count = _copied(forms[first:], brought) if brought.holds_words(forms[first : first + 1]) else 0
        if count >= _RUN or (count and words[first].capital) or (count == len(words) and count > 1):
            yield words[first].start, words[first + count - 1].end
            first += count
        else:
            first += 1


def _copied(forms: list[str], brought: Brought) -> int:
    """How many words, from a first one that stands in the conversation, stand in a row there."""
    if brought.holds_words(forms):
        return len(forms)
    low, high = 1, len(forms)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if brought.holds_words(forms[:middle]) else (low, middle)
    return low
