"""The last tokens of an answer as text, and what kind of place its end is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tlpo_guard.exemptions.code import FencedCode
from tlpo_guard.guard.automaton import BORDER, utf8
from tlpo_guard.vocabulary.index import VocabularyIndex

__all__ = [
    "FENCE_MARKS",
    "AnswerTail",
    "Fence",
    "begins_gloss",
    "begins_quotation",
    "in_no_language",
    "may_be_exempt",
    "split_character",
]

FENCE_MARKS = b"`~"

_LONGEST = 64  # tokens
_FENCE = re.compile(r"[ \t]{0,12}(`{3,}|~{3,})")
_CLOSING = re.compile(r"\s*(?:`{3,}|~{3,})\s*")
_DOLLAR = re.compile(r"(?<!\\)\$")
_FORMULA = frozenset("\\^_={}")
_LONGEST_INLINE = 80  # characters of inline code that is not closed yet
_MARK = re.compile(r"[`$\\(（\[【]|://|www\.")
_ADDRESS = re.compile(r"(?:[a-z]+://|www\.)\S*$")
_GLOSS = re.compile(r"[^\W\d_][*_\"”»』」》]{0,3} ?[(（\[【] ?(?:[^()（）\[\]【】\n]{1,24}[:：.] ?|\w{2,20} )?$")
_OPENERS = "“„«「『《‘(（[【\"'"


def split_character(data: bytes) -> tuple[str, bytes]:
    """A text, and the bytes of the incomplete character that it ends with."""
    for size in range(min(3, len(data)), 0, -1):
        if utf8().state_of(data[-size:]) != BORDER:
            return data[:-size].decode("utf-8", "replace"), data[-size:]
    return data.decode("utf-8", "replace"), b""


@dataclass(slots=True)
class Fence:
    """The fenced block that an answer is in, as far as it was read.

    Attributes:
        opened: how many tokens the answer had behind the opening fence; 0 outside of blocks.
    """

    opened: int = 0

    def mark(self, vocabulary: VocabularyIndex, output_ids: Sequence[int], token_id: int) -> None:
        """Take in that the next token of an answer holds a backtick or a tilde."""
        count = len(output_ids) + 1
        first = max(count - _LONGEST, self.opened - 1, 0)
        text = _text(vocabulary, [*output_ids[first:], token_id])
        *before, line = text.split("\n")
        if not self.opened:
            self.opened = count if _FENCE.match(line) else 0
        elif (before or first >= self.opened) and _CLOSING.fullmatch(line):
            self.opened = 0

    def holds_code(self, vocabulary: VocabularyIndex, output_ids: Sequence[int]) -> bool:
        """Whether the answer is in a block, and that one of code and not of prose."""
        if not self.opened:
            return False
        head = _text(vocabulary, output_ids[max(self.opened - 4, 0) : self.opened + _LONGEST])
        opening = max(head.find("```"), head.find("~~~"))
        block = head[max(opening, 0) :]
        label_only = "\n" not in block
        return label_only or any(end == len(block) and start == 0 for start, end in FencedCode().spans(block))


@dataclass(frozen=True, slots=True)
class AnswerTail:
    """The end of an answer.

    Attributes:
        text: its last tokens' characters.
        pending: the bytes of the incomplete character behind them.
        in_code: it is in a fenced block of code.
    """

    text: str
    pending: bytes
    in_code: bool = False

    @classmethod
    def of(cls, vocabulary: VocabularyIndex, output_ids: Sequence[int], fence: Fence) -> "AnswerTail":
        """The tail of an answer."""
        data = b"".join(map(vocabulary.token_bytes, output_ids[-_LONGEST:]))
        return cls(*split_character(data), fence.holds_code(vocabulary, output_ids))


def may_be_exempt(before: str) -> bool:
    """Whether there is anything in a text that code, a formula, an address or a gloss could begin with."""
    return _MARK.search(before) is not None


def in_no_language(before: str) -> bool:
    """Whether what follows on a line is in inline code, a formula or an address."""
    line = before[before.rfind("\n") + 1 :]
    if line.count("`") % 2 and len(line) - line.rfind("`") <= _LONGEST_INLINE:
        return True
    dollars = [match.end() for match in _DOLLAR.finditer(line)]
    if len(dollars) % 2 and not _FORMULA.isdisjoint(line[dollars[-1] :]):  # a single dollar before a number is a price
        return True
    formula = max(before.rfind("\\("), before.rfind("\\["))
    if formula > max(before.rfind("\\)"), before.rfind("\\]")):
        return True
    return _ADDRESS.search(line) is not None


def begins_gloss(before: str) -> bool:
    """Whether what follows is in brackets right behind a word, perhaps behind the name of its language:
    `Kyiv (Ukrainian: `."""
    return _GLOSS.search(before[-100:]) is not None


def begins_quotation(before: str) -> bool:
    """Whether what follows stands right behind an opening quotation mark or bracket."""
    return before[-1:] in _OPENERS and before != ""


def _text(vocabulary: VocabularyIndex, token_ids: Sequence[int]) -> str:
    return b"".join(map(vocabulary.token_bytes, token_ids)).decode("utf-8", "replace")
