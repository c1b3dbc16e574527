"""Word drift in one answer while it is written: what may go out, and where the answer has to go back to."""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from tlpo_guard.brought import Brought
from tlpo_guard.guard.course import Course, possible_policies
from tlpo_guard.languages.relations import base_language
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.rewind.doubts import doubts_of
from tlpo_guard.rewind.streams import WordStreams, slips, word_drift
from tlpo_guard.scan.judge import AnswerJudge
from tlpo_guard.scan.result import DriftKind
from tlpo_guard.words.drift import Alarm
from tlpo_guard.words.segment import Word, words_of

__all__ = ["ConfusionPoint", "WordWatch"]

_ALARM = 11.0  # nats
_AGAIN = 6.0  # in an answer that has gone back before: who has slipped once is five nats likelier to slip again
_TAKEN_OVER = 33.0  # of an admitted language, whose words, examples and quotations may stand in the answer
_DISTRUSTED = 3  # rewinds after which an answer is also judged by whole lines, and goes out line by line
_LONGEST_DOUBT = 40  # tokens for which an alarm may be in doubt; fewer than are held back
_LOOK_BACK = 4_000  # characters that are read again when an alarm is looked into
_NEAR = 500  # the same for what may be another's words
_FENCES = ("```", "~~~")
_SAMPLE = 'One line of eight words, with "a quotation" in it.'  # loads what judging a line needs
_CACHED = 32  # sets of languages, and judges
_PIECES = re.compile(r"[^\n]{1,64}\n?|\n")  # of text that an answer goes on from; what is read again goes by pieces
_LINE = 64  # characters of a line that are kept to see whether it is a fence
_CLOSERS = {"“": "”", "„": "“", "«": "»", "(": ")", "[": "]", "「": "」", "『": "』", "（": "）", "【": "】"}


@dataclass(frozen=True, slots=True)
class ConfusionPoint:
    """Where an answer has slipped into another language.

    Attributes:
        position: index of the token that begins it.
        language: the other language, ISO 639.
    """

    position: int
    language: str


@dataclass(frozen=True, slots=True)
class _Mark:
    """Where the watch stood before a token."""

    stream: WordStreams
    course: Course
    decoder: tuple[bytes, int]
    line: str
    fence: str
    opening: bool
    line_start: int


@lru_cache(maxsize=_CACHED)
def _judge(policy: GuardPolicy) -> AnswerJudge:
    return AnswerJudge(policy)


@lru_cache(maxsize=_CACHED)
def _rules(policy: GuardPolicy) -> GuardPolicy:
    """What of a policy the judge of an alarm goes by."""
    return GuardPolicy(languages=policy.languages, admitted=policy.admitted, allow_english=policy.allow_english)


@lru_cache(maxsize=_CACHED)
def _codes(tags: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(base_language, tags))


class WordWatch:
    """Watches one answer token by token. An alarm is looked into before it counts: code, quotations, names, addresses and the
    prompt's own words may be foreign. Where that cannot be told yet, as in a quotation that is open, it is held.

    Args:
        policy: of the request; only its languages and scripts matter. While it leaves open which of them the answer is in, none
            of them is drift.
        brought: by the conversation; its words may be said again.
        max_held: tokens after which text goes out undecided; 0 for a watch that only tells.
        begun: text that the answer goes on from; what of it is in another language is nobody's slip.
    """

    def __init__(self, policy: GuardPolicy, brought: Brought, *, max_held: int, begun: str = "") -> None:
        self._course = Course(policy)
        self._rules = _rules(self._course.policy)
        self._brought = brought
        self._max_held = max_held
        self._texts: list[str] = []
        self._marks: list[_Mark] = []  # before the tokens that have not gone out
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._stream = WordStreams(self._rules.languages)
        self._line = self._fence = ""
        self._opening = False
        self._alarm = _ALARM
        self._line_start = self._rewinds = 0
        self._doubted = -1  # where the alarm that is held begins
        self._begin(begun)
        self._ahead = self._released = len(self._texts)  # lines before the answer: inside, they stand before its tokens

    def _begin(self, text: str) -> None:
        for piece in _PIECES.findall(text):
            self._read(piece.encode("utf-8", "replace"))
            if "\n" in piece:
                self._line_start = len(self._texts)
        self._stream.forgive()

    @property
    def released(self) -> int:
        """Tokens that may have gone out."""
        return self._released - self._ahead

    @staticmethod
    def others(policy: GuardPolicy) -> tuple[str, ...]:
        """The languages (ISO 639) that answers under a policy may slip into by words alone; loads no word list."""
        if not policy.guards:
            return ()
        held = (possible.languages for possible in possible_policies(policy))
        return tuple(dict.fromkeys(chain.from_iterable(map(slips, held))))

    @staticmethod
    def prepare(policy: GuardPolicy) -> None:
        """Make all tables that watching answers under a policy needs, some 0.1 s for every new pair of languages."""
        if WordWatch.others(policy):
            for possible in possible_policies(policy):
                word_drift(possible.languages)
                _judge(_rules(possible)).drifts(_SAMPLE)
                list(doubts_of(possible.languages).spans(_SAMPLE, 0, settled=False))

    @staticmethod
    def watches(policy: GuardPolicy) -> bool:
        """Whether there is any language that answers under a policy may slip into by words alone; loads no word list."""
        return bool(WordWatch.others(policy))

    def settle(self) -> int:
        """How many tokens may go out, and from now on count as sent."""
        count = len(self._texts)
        first = count if self._fence else min(self._stream.undecided, count)
        if self._rewinds >= _DISTRUSTED:
            first = min(first, self._line_start)
        until = max(self._released, first, count - self._max_held)
        del self._marks[: until - self._released]
        self._released = until
        return self.released

    def skip(self, data: bytes) -> None:
        """Take in a token that is none of the answer proper, such as one of its reasoning."""
        self._remember()
        self._texts.append(self._decoder.decode(data))
        self._stream.pass_by()

    def _remember(self) -> None:
        if not self._max_held:  # nothing is held, so nothing is gone back to
            return
        mark = _Mark(
            self._stream.copy(),
            self._course.copy(),
            self._decoder.getstate(),
            self._line,
            self._fence,
            self._opening,
            self._line_start,
        )
        self._marks.append(mark)

    def feed(self, data: bytes) -> ConfusionPoint | None:
        """Take in the next token; where the answer drifts, if that has become sure."""
        self._remember()
        was_fenced = bool(self._fence)
        alarm = self._read(data)
        return None if was_fenced or self._fence else self._checked(alarm) or self._line_over(self._texts[-1])

    def _read(self, data: bytes) -> Alarm | None:
        self._follow_course(data)
        text = self._decoder.decode(data)
        self._texts.append(text)
        was_fenced = bool(self._fence)
        self._follow_fence(text)
        if was_fenced or self._fence:
            self._stream.pass_by()
            return None
        alarm = self._stream.feed(text, complete=not self._decoder.getstate()[0])
        return self._stream.standing() if alarm is None and "\n" in text else alarm

    def close(self) -> ConfusionPoint | None:
        """The end of the answer, which ends its last word."""
        if self._fence:
            return None
        alarm = self._stream.close() or self._stream.standing()
        return self._checked(alarm, last=True) or self._judged_line()

    def _line_over(self, text: str) -> ConfusionPoint | None:
        if "\n" not in text:
            return None
        point = self._judged_line()
        if point is None:
            self._line_start = len(self._texts)
        return point

    def _judged_line(self) -> ConfusionPoint | None:
        """Where the line begins that is in another language as a whole, though no word of it gave it away."""
        if self._rewinds < _DISTRUSTED:
            return None
        line = "".join(self._texts[self._line_start :])
        drifts = _judge(self._rules).drifts(line, self._brought)
        detected = next((drift.detected for drift in drifts if drift.kind is DriftKind.LINE), None)
        if detected is None:
            return None
        others = slips(self._rules.languages)
        return self._point(self._line_start, detected if detected in others else others[0])

    def go_back(self, position: int) -> None:
        """Forget the tokens from a position on; none of them has gone out."""
        self._rewinds += 1
        self._doubted = -1
        position += self._ahead
        index = position - self._released
        if index == len(self._marks):
            return
        mark = self._marks[index]
        del self._marks[index:]
        del self._texts[position:]
        self._alarm = _AGAIN
        self._stream, self._course = mark.stream, mark.course
        self._rules = _rules(self._course.policy)
        self._stream.expect(_AGAIN, _ALARM - _AGAIN)
        self._decoder.setstate(mark.decoder)
        self._line, self._fence, self._opening = mark.line, mark.fence, mark.opening
        self._line_start = mark.line_start

    def _follow_course(self, data: bytes) -> None:
        """What the answer's beginning settles, its words are held to."""
        self._course.feed(data)
        rules = _rules(self._course.policy)
        if rules.languages != self._rules.languages:
            self._stream.hold_to(rules.languages)
        self._rules = rules

    def _follow_fence(self, text: str) -> None:
        *lines, rest = (self._line + text).split("\n")
        for line in lines:
            self._end_line(line.strip())
        self._line = rest[:_LINE]
        if not self._fence and (fence := _fence_of(self._line.lstrip())):
            self._fence, self._opening = fence, True

    def _end_line(self, line: str) -> None:
        if self._opening:
            self._opening = False
        elif not self._fence:
            self._fence = _fence_of(line)
        elif line == self._fence:
            self._fence = ""

    def _checked(self, alarm: Alarm | None, *, last: bool = False) -> ConfusionPoint | None:
        if alarm is None:
            return None
        settled = last or self._texts[-1].endswith("\n") or len(self._texts) - alarm.start > _LONGEST_DOUBT
        may_be_foreign = alarm.language != "zh" and self._is_doubtful(alarm, settled=settled)
        if may_be_foreign and not settled and (alarm.start == self._doubted or self._is_drift(alarm)):
            self._doubted = alarm.start
            self._stream.hold()
            return None
        if may_be_foreign or not self._is_drift(alarm):
            self._stream.forgive()
            return None
        return self._point(alarm.start, alarm.language)

    def _point(self, start: int, language: str) -> ConfusionPoint:
        """A point of the answer; what began before it counts from its first token."""
        return ConfusionPoint(max(start - self._ahead, 0), language)

    def _is_doubtful(self, alarm: Alarm, *, settled: bool) -> bool:
        """Whether the stretch is no drift should all of it be another's that may be; takes far less than looking into it."""
        text, start = self._look_back(alarm, _NEAR)
        doubts = list(doubts_of(self._rules.languages).spans(text, start, settled=settled))
        if not doubts:
            return False
        behind = (word for word in words_of(text) if word.start >= start)
        sure = [word for word in behind if not any(first <= word.start < end for first, end in doubts)]
        return not self._switches(sure, alarm, start)

    def _is_drift(self, alarm: Alarm) -> bool:
        text, start = self._look_back(alarm, _LOOK_BACK)
        text += _closers(text)
        if alarm.language == "zh":
            drifts = _judge(self._rules).drifts(text, self._brought)
            return any(drift.detected == "zh" and drift.end > start for drift in drifts)
        return self._switches(_judge(self._rules).judged_words(text, self._brought), alarm, start)

    def _look_back(self, alarm: Alarm, characters: int) -> tuple[str, int]:
        """The end of the answer, from before an alarm, and the offset in it of the alarm's first word."""
        first, size = len(self._texts), 0
        while first > 0 and (size < characters or first > alarm.start):
            first -= 1
            size += len(self._texts[first])
        return "".join(self._texts[first:]), sum(map(len, self._texts[first : alarm.start]))

    def _switches(self, words: Sequence[Word], alarm: Alarm, start: int) -> bool:
        """Whether some words switch to another language behind an offset."""
        level = _TAKEN_OVER if alarm.language in _codes(self._rules.admitted) else self._alarm
        return any(switch.end > start for switch in word_drift(self._rules.languages).alarms(words, level))


def _fence_of(line: str) -> str:
    return next((fence for fence in _FENCES if line.startswith(fence)), "")


def _closers(text: str) -> str:
    """What closes the quotations, brackets and marks that stand open on a text's last line."""
    line = text.rsplit("\n", 1)[-1]
    open_marks: list[str] = []
    for char in line:
        if open_marks and char == open_marks[-1]:
            open_marks.pop()
        elif char in _CLOSERS:
            open_marks.append(_CLOSERS[char])
        elif char in '"`':
            open_marks.append(char)
    return "".join(reversed(open_marks))
