"""Word drift in a stream of tokens, with the confusion point as the index of a token."""

from copy import copy

from tlpo_guard.words.drift import Alarm, WordDrift
from tlpo_guard.words.patterns import APOSTROPHES, LETTERS, LINE_ENDS, compiled
from tlpo_guard.words.segment import Word, normal_form

__all__ = ["TokenStream"]

_LONGEST = 64  # letters of a word that are kept; what goes on for longer is no word of any list


_PIECES = (
    rf"(?P<letters>{LETTERS})|(?P<apostrophe>[{APOSTROPHES}])|(?P<end>[{LINE_ENDS}])"
    rf"|(?P<other>[^\p{{L}}\p{{M}}{APOSTROPHES}{LINE_ENDS}]+)"
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
        self._word_start = 0
        self._apostrophe = ""
        self._first = True

    @property
    def undecided(self) -> int:
        """Index of the first token that an alarm may still name; the number of tokens where there is none."""
        starts = [track.start for track in self._state.tracks if track.score > 0.0]
        return min([*starts, self._word_start if self._word else self._tokens])

    def pass_by(self) -> None:
        """Let a token go by whose words are in no language, such as one of a program."""
        self._word = self._apostrophe = ""
        self._first = True
        self.forgive()
        self._tokens += 1

    def forgive(self) -> None:
        """Begin to count anew: what raised the alarm may be foreign."""
        self._state = self._drift.open(self._state.alarm)

    def hold(self) -> None:
        """Give the alarm again with the next word that speaks for it; what drifts stays undecided."""
        self._state.hold()

    def standing(self) -> Alarm | None:
        """The alarm that is held, if there is one."""
        return self._drift.standing(self._state)

    def expect(self, alarm: float) -> None:
        """From now on a switch is sure from so many nats on."""
        self._state.alarm = alarm

    def hold_to(self, drift: WordDrift) -> None:
        """Watch for other languages from now on."""
        self._drift = drift
        self.forgive()

    def copy(self) -> "TokenStream":
        """Where the stream stands, apart from what comes."""
        other = copy(self)
        other._state = self._state.copy()
        return other

    def feed(self, text: str) -> Alarm | None:
        """Take in the text of the next token.

        Returns:
            An alarm where a word that is now over has made the answer's switch sure; its `start` is the index of the token in
            which the first drifting word begins, its `end` the index after this token.
        """
        alarm = None
        for match in compiled(_PIECES).finditer(text):
            piece_alarm = self._piece(str(match.lastgroup), match.group())
            alarm = alarm or piece_alarm
        self._tokens += 1
        return alarm

    def close(self) -> Alarm | None:
        """The end of the answer, which ends its last word."""
        return self._end_word()

    def _piece(self, kind: str, text: str) -> Alarm | None:
        if kind == "letters":
            if not self._word:
                self._word_start = self._tokens
            self._word = (self._word + self._apostrophe + text)[:_LONGEST]
            self._apostrophe = ""
            return None
        if kind == "apostrophe" and self._word and not self._apostrophe:
            self._apostrophe = text
            return None
        alarm = self._end_word()
        self._first = self._first or kind == "end"
        return alarm

    def _end_word(self) -> Alarm | None:
        word, self._word, self._apostrophe = self._word, "", ""
        if not word:
            return None
        capital = not self._first and word[0].isupper()
        whole = Word(self._word_start, self._tokens + 1, normal_form(word), capital, self._first)
        self._first = False
        return self._drift.feed(self._state, whole)
