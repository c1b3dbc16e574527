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
        own: whether a word, in normal form, is of the expected language.
    """

    def __init__(self, prompt: str, own: Callable[[str], bool]) -> None:
        forms = forms_of(prompt)
        self._words = frozenset(forms)
        self._pairs = frozenset(pairwise(forms))
        self._own = own

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
        runs, besides, at = [], [], 0
        while at < len(line):
            last = self._copied_until(line, at)
            if last - at >= _RUN or (last > at and line[at].capital):
                runs.append((line[at].start, line[last - 1].end))
                at = last
                continue
            besides.append(line[at].form)
            at += 1
        if runs and sum(map(self._own, besides)) >= _LEAST:
            yield from runs

    def _copied_until(self, line: list[Word], at: int) -> int:
        """Index behind the run of copied words that begins at an index."""
        if line[at].form not in self._words or self._own(line[at].form):
            return at
        last = at + 1
        while last < len(line) and (line[last - 1].form, line[last].form) in self._pairs:
            last += 1
        return last
