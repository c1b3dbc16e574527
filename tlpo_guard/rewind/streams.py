"""The streams that watch the words of one answer: words between spaces, and Han characters without any."""

from copy import copy
from functools import lru_cache

from tlpo_guard.words.drift import Alarm, WordDrift, lists_of, watched
from tlpo_guard.words.han_stream import HanStream, may_turn_chinese
from tlpo_guard.words.stream import TokenStream

__all__ = ["WordStreams", "slips", "word_drift"]

_CACHED = 32  # sets of languages


@lru_cache(maxsize=_CACHED)
def word_drift(languages: tuple[str, ...]) -> WordDrift:
    """The drift of words between spaces in answers in some languages (BCP-47 tags)."""
    return WordDrift(languages)


def slips(languages: tuple[str, ...]) -> tuple[str, ...]:
    """The languages (ISO 639) that answers in some others (BCP-47 tags) may slip into by words alone; loads no word list."""
    spaced = watched(languages) if lists_of(languages) else ()
    return (*spaced, "zh") if may_turn_chinese(languages) else spaced


class WordStreams:
    """Watches one answer token by token, in all ways that its expected languages need.

    Args:
        languages: BCP-47 tags.
    """

    def __init__(self, languages: tuple[str, ...]) -> None:
        self._words = TokenStream(word_drift(languages))
        self._han = HanStream() if may_turn_chinese(languages) else None
        self._tokens = self._begun = 0

    @property
    def undecided(self) -> int:
        """Index of the first token that an alarm may still name; the number of tokens where there is none."""
        if self._han is None:
            return self._words.undecided
        return min(self._words.undecided, self._han.undecided, self._begun)

    def pass_by(self) -> None:
        """Let a token go by whose words are in no language, such as one of a program."""
        self._words.pass_by()
        if self._han is not None:
            self._han.pass_by()
        self._tokens += 1
        self._begun = self._tokens

    def forgive(self) -> None:
        """Begin to count anew: what raised the alarm may be foreign."""
        self._words.forgive()
        if self._han is not None:
            self._han.forgive()

    def hold(self) -> None:
        """Give the alarm of words between spaces again with the next word that speaks for it."""
        self._words.hold()

    def standing(self) -> Alarm | None:
        """The alarm that is held, if there is one."""
        return self._words.standing()

    def expect(self, alarm: float, sooner: float) -> None:
        """From now on a switch is sure from so many nats on, which are so much less."""
        self._words.expect(alarm)
        if self._han is not None:
            self._han.expect(sooner)

    def hold_to(self, languages: tuple[str, ...]) -> None:
        """Watch for what answers in other languages slip into, from now on."""
        self._words.hold_to(word_drift(languages))
        self._han = HanStream(self._tokens) if may_turn_chinese(languages) else None

    def copy(self) -> "WordStreams":
        """Where the streams stand, apart from what comes."""
        other = copy(self)
        other._words = self._words.copy()
        other._han = None if self._han is None else self._han.copy()
        return other

    def feed(self, text: str, *, complete: bool) -> Alarm | None:
        """Take in the text of the next token; an alarm as of `TokenStream.feed`.

        Args:
            text: the characters that the token completes.
            complete: whether it ends with a complete character.
        """
        alarm = self._words.feed(text)
        if self._han is not None:
            alarm = self._han.feed(text, self._begun) or alarm
        if complete:
            self._begun = self._tokens + 1
        elif text:
            self._begun = self._tokens
        self._tokens += 1
        return alarm

    def close(self) -> Alarm | None:
        """The end of the answer, which ends its last word."""
        alarm = self._words.close()
        return alarm if self._han is None else alarm or self._han.close()
