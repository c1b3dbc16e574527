"""Words that the prompt itself has."""

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from tlpo_guard.exemptions.spans import Span
from tlpo_guard.words.segment import Word, forms_of, words_of

__all__ = ["PromptWords"]

_LEAST = 3  # words of the expected language on their line
_RUN = 2  # words of the prompt in a row; a single one counts where it is a name


class PromptWords:
    """Words that stand in the prompt in the same order, on a line that has three words of the expected language besides.

    Args:
        prompt: what the user wrote.
        is_expected: whether a word, in normal form, is of the expected language.
    """

    def __init__(self, prompt: str, is_expected: Callable[[str], bool]) -> None:
        forms = forms_of(prompt)
        self._words = frozenset(forms)
        self._pairs = frozenset(pairwise(forms))
        self._is_expected = is_expected

    def spans(self, text: str) -> Iterator[Span]:
        """The stretches of copied words."""
        return self.among(words_of(text))

    def among(self, words: Iterable[Word]) -> Iterator[Span]:
        """The same of a text that is already cut into words."""
        if not self._words:
            return
        line: list[Word] = []
        for word in words:
            if word.first and line:
                yield from self._in_line(line)
                line = []
            line.append(word)
        yield from self._in_line(line)

    def _in_line(self, line: list[Word]) -> Iterator[Span]:
        runs, other_forms, first = [], [], 0
        while first < len(line):
            end = self._copied_until(line, first)
            if end - first >= _RUN or (end > first and line[first].capital):
                runs.append((line[first].start, line[end - 1].end))
                first = end
                continue
            other_forms.append(line[first].form)
            first += 1
        if runs and sum(map(self._is_expected, other_forms)) >= _LEAST:
            yield from runs

    def _copied_until(self, line: list[Word], first: int) -> int:
        """Index after the run of copied words that begins at an index; the index itself where none begins."""
        if line[first].form not in self._words or self._is_expected(line[first].form):
            return first
        end = first + 1
        while end < len(line) and (line[end - 1].form, line[end].form) in self._pairs:
            end += 1
        return end
