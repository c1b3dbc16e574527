"""Chinese in a stream of tokens of a Japanese answer, with the confusion point as the index of a token."""

from collections.abc import Sequence
from copy import copy

from tlpo_guard.languages.relations import base_language
from tlpo_guard.words.drift import Alarm
from tlpo_guard.words.han import FEWEST, SENTENCE, STRETCH, chinese_ratio, is_han, is_kana, is_sentence_end

__all__ = ["HanStream", "may_turn_chinese"]


def may_turn_chinese(expected: Sequence[str]) -> bool:
    """Whether Japanese is expected (BCP-47 tags), and Chinese, which shares its characters, is not."""
    bases = set(map(base_language, expected))
    return "ja" in bases and "zh" not in bases


class HanStream:
    """Watches one answer token by token: a CUSUM of the characters' ratios, over Han characters without kana between them.

    Args:
        tokens: of the answer before it.
    """

    def __init__(self, tokens: int = 0) -> None:
        self._tokens = tokens
        self._sooner = 0.0
        self._count = self._start = 0
        self._score = 0.0
        self._told = self._behind_kana = False

    @property
    def undecided(self) -> int:
        """Index of the first token that an alarm may still name; the number of tokens where there is none."""
        return self._start if self._count else self._tokens

    def pass_by(self) -> None:
        """Let a token go by that is in no language."""
        self.forgive()
        self._tokens += 1

    def forgive(self) -> None:
        """Begin to count anew: what raised the alarm may be foreign."""
        self._behind_kana = False
        self._begin_anew()

    def expect(self, sooner: float) -> None:
        """From now on a switch is sure so many nats sooner."""
        self._sooner = sooner

    def copy(self) -> "HanStream":
        """Where the stream stands, apart from what comes."""
        return copy(self)

    def feed(self, text: str, first: int) -> Alarm | None:
        """Take in the text of the next token.

        Args:
            text: the characters that the token completes.
            first: index of the token in which the first of them begins.

        Returns:
            An alarm where the answer's switch has just become sure, as of `TokenStream`.
        """
        alarm, start = None, first
        for char in text:
            alarm = self._take(char, start) or alarm
            start = self._tokens
        self._tokens += 1
        return alarm

    def close(self) -> Alarm | None:
        """The end of the answer, which ends its last sentence."""
        return self._take("\n", self._tokens)

    def _take(self, char: str, start: int) -> Alarm | None:
        if is_han(char):
            return self._count_in(char, start)
        kana = is_kana(char)
        if not (kana or is_sentence_end(char)):
            return None
        sure = self._is_sure(STRETCH if kana or self._behind_kana else SENTENCE)
        alarm = self._alarm() if sure and not self._told else None
        self._behind_kana = kana
        self._begin_anew()
        return alarm

    def _count_in(self, char: str, start: int) -> Alarm | None:
        if not self._count:
            self._start = start
        self._count += 1
        self._score += chinese_ratio(char)
        if self._score <= 0.0:
            self._begin_anew()
        if self._told or not self._is_sure(STRETCH):
            return None
        self._told = True
        return self._alarm()

    def _is_sure(self, nats: float) -> bool:
        return self._count >= FEWEST and self._score >= min(nats, max(nats - self._sooner, SENTENCE))

    def _alarm(self) -> Alarm:
        return Alarm(self._start, self._tokens + 1, "zh", self._score)

    def _begin_anew(self) -> None:
        self._count = self._start = 0
        self._score, self._told = 0.0, False
