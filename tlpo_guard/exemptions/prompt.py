"""Words that the prompt itself has."""

from collections.abc import Callable, Iterator
from itertools import pairwise

from tlpo_guard.exemptions.spans import Span
from tlpo_guard.words.segment import Word, words_of

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
        forms = [word.form for word in words_of(prompt)]
        self._words = frozenset(forms)
        self._pairs = frozenset(pairwise(forms))
        self._own = own

    def spans(self, text: str) -> Iterator[Span]:
        """The stretches of copied words."""
        if not self._words:
            return
        line: list[Word] = []
        line_end = -1
        for word in words_of(text):
            if line and word.start > line_end:
                yield from self._in_line(line)
                line = []
            if not line:
                newline = text.find("\n", word.start)
                line_end = len(text) if newline < 0 else newline
            line.append(word)
        yield from self._in_line(line)

    def _in_line(self, line: list[Word]) -> Iterator[Span]:
        runs, own, at = [], 0, 0
        while at < len(line):
            last = self._copied_until(line, at)
            if last - at >= _RUN or (last > at and line[at].capital):
                runs.append((line[at].start, line[last - 1].end))
                at = last
                continue
            own += self._own(line[at].form)
            at += 1
        if own >= _LEAST:
            yield from runs

    def _copied_until(self, line: list[Word], at: int) -> int:
        """Index behind the run of copied words that begins at an index."""
        if line[at].form not in self._words or self._own(line[at].form):
            return at
        last = at + 1
        while last < len(line) and (line[last - 1].form, line[last].form) in self._pairs:
            last += 1
        return last
