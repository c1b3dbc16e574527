"""Word drift in a stream of tokens, with the confusion point as the index of a token."""

from functools import cache
from typing import TYPE_CHECKING

from tlpo_guard.words.drift import Alarm, WordDrift
from tlpo_guard.words.segment import Word, normal_form

if TYPE_CHECKING:
    import regex

__all__ = ["TokenStream"]

_LONGEST = 64  # letters of a word that are kept; what goes on for longer is no word of any list


@cache
def _pieces() -> "regex.Pattern[str]":
    import regex

    return regex.compile(
        r"(?P<letters>[\p{L}\p{M}]+)|(?P<apostrophe>['’])|(?P<end>[\n\t|])|(?P<other>[^\p{L}\p{M}'’\n\t|]+)"
    )


class TokenStream:
    """Watches one answer token by token; keeps the word that is not over yet and no more of the text.

    Args:
        drift: of the answer's expected languages.
    """

    def __init__(self, drift: WordDrift) -> None:
        self._drift = drift
        self._state = drift.open()
        self._tokens = 0
        self._word = ""
        self._began = 0
        self._apostrophe = ""
        self._first = True

    def feed(self, text: str) -> Alarm | None:
        """Take in the text of the next token.

        Returns:
            An alarm where a word that is now over has made the answer's switch sure; its `start` is the index of the token in
            which the first drifting word begins, its `end` the index behind this token.
        """
        alarm = None
        for found in _pieces().finditer(text):
            told = self._piece(str(found.lastgroup), found.group())
            alarm = alarm or told
        self._tokens += 1
        return alarm

    def close(self) -> Alarm | None:
        """The end of the answer, which ends its last word."""
        return self._ended()

    def _piece(self, kind: str, text: str) -> Alarm | None:
        if kind == "letters":
            if not self._word:
                self._began = self._tokens
            self._word = (self._word + self._apostrophe + text)[:_LONGEST]
            self._apostrophe = ""
            return None
        if kind == "apostrophe" and self._word and not self._apostrophe:
            self._apostrophe = text
            return None
        alarm = self._ended()
        self._first = self._first or kind == "end"
        return alarm

    def _ended(self) -> Alarm | None:
        word, self._word, self._apostrophe = self._word, "", ""
        if not word:
            return None
        capital = not self._first and word[0].isupper()
        ended = Word(self._began, self._tokens + 1, normal_form(word), capital, self._first)
        self._first = False
        return self._drift.feed(self._state, ended)
