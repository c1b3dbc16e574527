"""Marks in a stream of tokens, whether they are single special tokens or spelled as text."""

from collections import deque
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.marks.table import MARKS, Content, MarkPair
from tlpo_guard.vocabulary.index import VocabularyIndex

__all__ = ["START", "TokenMarks"]

START = 0  # outside of marks, and none begun

_QUOTE = b"`"  # "the tag `<think>`" speaks of the mark
_NONE = -1
_PROMPT_TOKENS = 4096  # of a prompt's end that are read
_OPENS = {mark.encode(): number for number, pair in enumerate(MARKS) for mark in pair.opens}
_CLOSES = {
    mark.encode(): frozenset(number for number, other in enumerate(MARKS) if mark in other.closes)
    for pair in MARKS
    for mark in pair.closes
}
_WITHIN = frozenset({b"<|message|>", b"<|constrain|>"})  # special tokens that stand inside marked stretches

_Found = tuple[int, frozenset[int]]  # the pair that a mark opens, those that it closes


class TokenMarks:
    """Follows the marks of a sequence in one number; a few hundred KiB for a vocabulary, nothing for a sequence.

    The states are those of an automaton over bytes (Aho and Corasick 1975), once outside of marks and once inside of each pair.
    Where no mark begins, a token costs a look at a table.

    Args:
        vocabulary: of the model.
        special: texts of the added tokens that have no bytes in the vocabulary, or that are marks.
    """

    def __init__(self, vocabulary: VocabularyIndex, special: Mapping[int, str] | None = None) -> None:
        self._vocabulary = vocabulary
        self._special = {i: text.encode() for i, text in (special or {}).items() if i < vocabulary.size}
        self._steps, self._found = _automaton()
        matters = _holds_any(vocabulary, list(self._steps[0]))
        ends_turn = np.zeros(vocabulary.size, dtype=np.bool_)
        for token_id, text in self._special.items():
            matters[token_id] = text[0] in self._steps[0]
            ends_turn[token_id] = text not in _WITHIN and not any(mark.startswith(text) for mark in (*_OPENS, *_CLOSES))
        self._matters, self._ends_turn = bytearray(matters.tobytes()), ends_turn

    @property
    def single_tokens(self) -> dict[int, bool]:
        """The tokens that are a whole mark each, and whether it opens."""
        return {i: text in _OPENS for i, text in self._special.items() if text in _OPENS or text in _CLOSES}

    def tokens_of(self, content: Content) -> dict[int, str]:
        """The special tokens that marks of some content are made of, as they are spelt."""
        pairs = [pair for pair in MARKS if pair.content is content]
        marks = [mark.encode() for pair in pairs for mark in (*pair.opens, *pair.closes, pair.head)]
        return {i: text.decode() for i, text in self._special.items() if any(text in mark for mark in marks)}

    def pair(self, state: int) -> MarkPair | None:
        """The marks that what follows stands between; None for the answer proper."""
        number = state // len(self._steps)
        return MARKS[number - 1] if number else None

    def inside(self, state: int) -> bool:
        """Whether what follows is not the answer proper, such as reasoning or a tool call."""
        return state >= len(self._steps)

    def advance(self, state: int, token_id: int) -> int:
        """The state behind one more token."""
        pair, node = divmod(state, len(self._steps))
        if not node and not self._matters[token_id]:
            return state
        spelled = self._special.get(token_id)
        if spelled is None:
            spelled = self._vocabulary.token_bytes(token_id)
        elif spelled in _OPENS:
            node = 0  # a mark behind a backtick, too: nobody speaks of marks in special tokens
        for value in spelled:
            node = self._steps[node].get(value, 0)
            if node in self._found:
                pair = _behind(pair, self._found[node])
        return pair * len(self._steps) + node

    def after_prompt(self, prompt_ids: Sequence[int] | NDArray[np.int64]) -> int:
        """The state in which an answer begins: the template may have opened the reasoning. Only the last turn counts."""
        last = np.asarray(prompt_ids[-_PROMPT_TOKENS:], dtype=np.int64)
        ends = np.flatnonzero(self._ends_turn[last])
        state = START
        for token_id in last[ends[-1] + 1 if len(ends) else 0 :].tolist():
            state = self.advance(state, token_id)
        return state


def _behind(pair: int, found: _Found) -> int:
    """The pair that one is inside of behind a mark, counted from 1; 0 for none."""
    opens, closes = found
    if pair:
        return 0 if pair - 1 in closes else pair
    return opens + 1


@cache
def _automaton() -> tuple[list[dict[int, int]], dict[int, _Found]]:
    """By node, the next node for a byte (0 for all others); what is found at a node."""
    patterns: dict[bytes, _Found] = {}
    for mark in (*_OPENS, *_CLOSES):
        patterns[mark] = _OPENS.get(mark, _NONE), _CLOSES.get(mark, frozenset())
    patterns |= {_QUOTE + mark: (_NONE, frozenset()) for mark in _OPENS}
    children: list[dict[int, int]] = [{}]
    found: dict[int, _Found] = {}
    for pattern, what in patterns.items():
        node = 0
        for value in pattern:
            if value not in children[node]:
                children[node][value] = len(children)
                children.append({})
            node = children[node][value]
        found[node] = what
    return _with_failures(children, found), found


def _with_failures(children: list[dict[int, int]], found: dict[int, _Found]) -> list[dict[int, int]]:
    """The steps of all nodes; a node finds what its longest suffix finds, unless it finds something itself."""
    steps: list[dict[int, int]] = [{} for _ in children]
    steps[0] = children[0]
    waiting = deque((child, 0) for child in children[0].values())
    while waiting:
        node, suffix = waiting.popleft()
        steps[node] = steps[suffix] | children[node]
        if node not in found and suffix in found:
            found[node] = found[suffix]
        waiting.extend((child, steps[suffix].get(value, 0)) for value, child in children[node].items())
    return steps


def _holds_any(vocabulary: VocabularyIndex, values: list[int]) -> NDArray[np.bool_]:
    """Whether a token has one of some bytes; bool [vocabulary]."""
    before = np.concatenate([[0], np.cumsum(np.isin(vocabulary.data, values))])
    return np.asarray(np.diff(before[vocabulary.offsets]) > 0, dtype=np.bool_)
