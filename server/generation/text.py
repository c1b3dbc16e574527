"""Tokens to text: whole characters only, nothing of a stop sequence, and log-probabilities beside the text they belong to."""

import codecs
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from tlpo_guard.generation.sequence import Logprobs

__all__ = ["AnswerText", "TokenInfo"]


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """One token of the answer.

    Attributes:
        data: its bytes.
        offset: where its text begins in the answer, characters.
    """

    token_id: int
    data: bytes
    logprobs: Logprobs | None
    offset: int


class AnswerText:
    """One answer's text as it may be sent: what could become a stop sequence is held back until it is none.

    Args:
        unstopped: so many first tokens go out whatever they hold.
        with_stop: the stop sequence itself goes out, too.

    Attributes:
        stop: the stop sequence that has come, and with it the answer's end; None where none has.
    """

    def __init__(self, stops: Sequence[str], unstopped: int = 0, *, with_stop: bool = False) -> None:
        self._stops = stops
        self._with_stop = with_stop
        self._unstopped = unstopped if stops else 0
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._held = ""
        self._sent = 0
        self._infos: deque[TokenInfo] = deque()
        self.stop: str | None = None

    @property
    def stopped(self) -> bool:
        """Whether the answer is over."""
        return self.stop is not None

    def feed(self, token_id: int, data: bytes, logprobs: Logprobs | None) -> tuple[str, list[TokenInfo]]:
        """Take in a token; the text and the tokens that may be sent now."""
        self._infos.append(TokenInfo(token_id, data, logprobs, self._sent + len(self._held)))
        if self._unstopped:
            self._unstopped -= 1
            return self._passed(self._decoder.decode(data))
        return self._taken(self._decoder.decode(data), final=False)

    def close(self) -> tuple[str, list[TokenInfo]]:
        """The end of the answer; what is left, without a character that has no end."""
        return self._taken("", final=True)

    def _passed(self, text: str) -> tuple[str, list[TokenInfo]]:
        """Text that no stop sequence is looked for in, and the tokens that it comes from."""
        self._sent += len(text)
        infos = list(self._infos)
        self._infos.clear()
        return text, infos

    def _taken(self, text: str, *, final: bool) -> tuple[str, list[TokenInfo]]:
        if self.stopped:
            return "", []
        self._held += text
        found = [(start, stop) for stop in self._stops if (start := self._held.find(stop)) >= 0]
        if found:
            start, self.stop = min(found)
            ready = self._held[: start + (len(self.stop) if self._with_stop else 0)]
            cut = self._sent + len(ready)
            return ready, [info for info in self._infos if info.offset < cut]
        keep = 0 if final else self._beginning_of_stop()
        ready, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        self._sent += len(ready)
        infos = []
        while self._infos and (final or not self._held or self._infos[0].offset < self._sent):
            infos.append(self._infos.popleft())
        return ready, infos

    def _beginning_of_stop(self) -> int:
        """How many characters at the end may begin a stop sequence."""
        longest = 0
        for stop in self._stops:
            for length in range(min(len(stop) - 1, len(self._held)), longest, -1):
                if self._held.endswith(stop[:length]):
                    longest = length
                    break
        return longest
