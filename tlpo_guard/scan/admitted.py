"""What languages may do that an answer may hold words and examples of, but not be in."""

from collections.abc import Callable, Sequence

from tlpo_guard.brought import Brought
from tlpo_guard.languages.relations import SCRIPTS_WITHOUT_SPACES, base_language, confused_by_fasttext
from tlpo_guard.languages.scripts import code_points, foreign_classes, letter_classes, script_of
from tlpo_guard.languages.tags import language
from tlpo_guard.scan.prose import is_prose
from tlpo_guard.scan.reading import Reader
from tlpo_guard.scan.result import Drift, DriftKind
from tlpo_guard.words.segment import forms_of, words_of

__all__ = ["Admitted"]

_LEAST, _LEAST_SHARE = 3, 0.05  # words of the expected language that an answer in it has, and their share
_LISTED = 0.9  # share of the words beside the drifts that are on the expected language's list, where they are its own
# That are more than a word that was asked for; letters where no spaces part words.
_ANSWER_LETTERS, _ANSWER_WORDS = 12, 5


class Admitted:
    """Tells whether an answer is in the expected language at all, and so may say words of the admitted ones.

    Args:
        expected: BCP-47 tags.
        admitted: BCP-47 tags.
        count_expected: how many words of the expected language a stretch of text has.
        reader: of the expected languages.
    """

    def __init__(
        self, expected: Sequence[str], admitted: Sequence[str], count_expected: Callable[[str], int], reader: Reader
    ) -> None:
        self._count, self._reader = count_expected, reader
        self._codes = frozenset[str]().union(*(confused_by_fasttext(base_language(tag)) for tag in admitted))
        own = frozenset[str]().union(*(language(tag).scripts for tag in expected))
        others = frozenset[str]().union(*(language(tag).scripts for tag in admitted)) - own
        self._other_letters = ~foreign_classes(others, neutral=False) if others else None

    def filtered(self, text: str, drifts: list[Drift], brought: Brought) -> list[Drift]:
        """The drifts without those into an admitted language, where the answer has the expected one besides; sentences of the
        answer's own are no words, examples or quotations, and stay.

        An answer that is wholly in an admitted language of another script is a drift, too.
        """
        if not self._codes:
            return drifts
        into = [drift for drift in drifts if drift.detected in self._codes]
        others = [drift for drift in drifts if drift.detected not in self._codes]
        if into and not self._has_expected(text, into):
            return drifts
        own = [drift for drift in into if is_prose(text, drift.start, drift.end, self._count)]
        return [*others, *own, *self._whole(text, brought)]

    def _has_expected(self, text: str, into: Sequence[Drift]) -> bool:
        pieces, start = [], 0
        for drift in sorted(into, key=lambda d: d.start):
            pieces.append(text[start : drift.start])
            start = max(start, drift.end)
        rest = " ".join([*pieces, text[start:]])
        words = list(words_of(rest))
        zipfs = self._reader.read(rest, words).zipfs
        if len(zipfs) >= _LEAST and float((zipfs > 0).mean()) >= _LISTED:
            return True
        return self._count(rest) >= max(_LEAST, _LEAST_SHARE * len(forms_of(text)))

    def _whole(self, text: str, brought: Brought) -> list[Drift]:
        if self._other_letters is None or text.isascii():
            return []
        offsets = self._other_letters[letter_classes()[code_points(text)]].nonzero()[0]
        if not len(offsets):
            return []
        first, last = int(offsets[0]), int(offsets[-1]) + 1
        script = script_of(text[first])
        long = (
            len(offsets) > _ANSWER_LETTERS
            if script in SCRIPTS_WITHOUT_SPACES
            else len(text[first:last].split()) > _ANSWER_WORDS
        )
        if not long or self._count(text) >= max(_LEAST, _LEAST_SHARE * len(offsets) / 2):
            return []
        return (
            [] if brought and brought.holds(text[first:last]) else [Drift(first, last, DriftKind.SCRIPT, script, 1.0)]
        )
