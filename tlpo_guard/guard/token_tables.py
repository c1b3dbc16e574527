"""What the guard knows of a vocabulary's tokens whatever the policy: shared by all rules, built once.

A token's verdict at a character's border depends on the classes of the characters that it spells in full and on the beginning
of one that it ends with: its signature. Behind the beginning of a character only tokens that start with continuation bytes
differ from that, by what these bytes make of the character: their outcome.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.guard.automaton import BORDER, Utf8, utf8
from tlpo_guard.guard.characters import CharacterClasses, character_classes
from tlpo_guard.vocabulary.index import VocabularyIndex

__all__ = ["TokenTables"]

_MOST = 3  # continuation bytes that one character can still need


@dataclass(frozen=True, slots=True)
class TokenTables:
    """Tables over V tokens, C of which begin with continuation bytes, with H different beginnings, and S states.

    Attributes:
        vocabulary: the tokens.
        signature: of every token; int32 [V].
        signature_classes: which classes of characters stand in a signature; bool [signatures, classes].
        signature_tail: the state that a signature ends in; int16 [signatures].
        tail: the state behind a token that begins a new character; int16 [V].
        route: a token of nothing but continuation bytes, less 0x80 each, and -1 behind them; int8 [V, 3].
        empty: tokens without bytes, which leave the state as it is; bool [V].
        border_breaks: tokens that leave invalid UTF-8 behind a border; bool [V].
        continuing: the tokens that begin with continuation bytes; int64 [C].
        column: where a token stands in `continuing`, -1 for all others; int32 [V].
        beginning: which of the H beginnings a continuing token has; int64 [C].
        outcome: what a beginning makes of the character behind a state: a class where it completes one, `classes` + state where
            it only goes on, -1 where it breaks it; int16 [S, H].
        outcome_breaks: a beginning breaks the character, or goes on past its end; bool [S, H].
        whole: continuing tokens of nothing else; bool [C].
        ends_broken: continuing tokens that leave invalid UTF-8 behind whatever they complete; bool [C].
    """

    vocabulary: VocabularyIndex
    signature: NDArray[np.int32]
    signature_classes: NDArray[np.bool_]
    signature_tail: NDArray[np.int16]
    tail: NDArray[np.int16]
    route: NDArray[np.int8]
    empty: NDArray[np.bool_]
    border_breaks: NDArray[np.bool_]
    continuing: NDArray[np.int64]
    column: NDArray[np.int32]
    beginning: NDArray[np.int64]
    outcome: NDArray[np.int16]
    outcome_breaks: NDArray[np.bool_]
    whole: NDArray[np.bool_]
    ends_broken: NDArray[np.bool_]

    @property
    def size(self) -> int:
        """Number of tokens."""
        return len(self.signature)

    @classmethod
    def of(cls, vocabulary: VocabularyIndex) -> "TokenTables":
        """The tables of a vocabulary; a fraction of a second for 150,000 tokens."""
        automaton, classes = utf8(), character_classes()
        lengths = np.diff(vocabulary.offsets)
        tail = _tails(vocabulary, automaton)
        signature, signature_classes, signature_tail = _signatures(vocabulary, classes, tail)
        continuing = np.flatnonzero(vocabulary.heads)
        whole = vocabulary.heads[continuing] == lengths[continuing]
        heads = _heads(vocabulary, continuing)
        beginnings, beginning = np.unique(heads, axis=0, return_inverse=True)
        outcome, outcome_breaks = _outcomes(beginnings, automaton, classes)
        route = np.full((vocabulary.size, _MOST), -1, dtype=np.int8)
        route[continuing[whole]] = heads[whole]
        column = np.full(vocabulary.size, -1, dtype=np.int32)
        column[continuing] = np.arange(len(continuing))
        return cls(
            vocabulary=vocabulary,
            signature=signature,
            signature_classes=signature_classes,
            signature_tail=signature_tail,
            tail=tail,
            route=route,
            empty=lengths == 0,
            border_breaks=vocabulary.broken | (vocabulary.heads > 0),
            continuing=continuing,
            column=column,
            beginning=beginning.reshape(-1),
            outcome=outcome,
            outcome_breaks=outcome_breaks,
            whole=whole,
            ends_broken=vocabulary.broken[continuing],
        )

    def breaks(self, state: int) -> NDArray[np.bool_]:
        """The tokens that leave invalid UTF-8 behind a state, or the character begun there alone; bool [V]."""
        if state == BORDER:
            return self.border_breaks
        breaks = np.ones(self.size, dtype=np.bool_)  # an empty one ends the answer, or lets the beginning stand alone
        breaks[self.continuing] = self.continuing_breaks(state)
        return breaks

    def continuing_breaks(self, state: int) -> NDArray[np.bool_]:
        """The same of the continuing tokens, behind a state that is no border; bool [C]."""
        goes_on = (self.outcome[state] >= len(character_classes().scripts))[self.beginning]
        broken = self.outcome_breaks[state][self.beginning]
        breaks: NDArray[np.bool_] = broken | (goes_on & ~self.whole) | (~goes_on & self.ends_broken)
        return breaks

    def advance(self, state: int, token_id: int) -> int:
        """The state behind a token; an id outside the vocabulary leads to a border."""
        if not 0 <= token_id < self.size:
            return BORDER
        if self.empty[token_id]:
            return state
        route = self.route[token_id]
        if route[0] < 0:
            return int(self.tail[token_id])
        following = utf8().following
        for byte in route:
            if byte >= 0:
                state = max(int(following[state, byte]), BORDER)
        return state

    def advance_all(self, states: NDArray[np.int64], token_ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The states behind one token each; int64 [rows]."""
        known = (token_ids >= 0) & (token_ids < self.size)
        ids = np.where(known, token_ids, 0)
        behind = self.tail[ids].astype(np.int64)
        routes = self.route[ids]
        whole = np.flatnonzero(routes[:, 0] >= 0)
        if len(whole):
            behind[whole] = self._routed(states[whole], routes[whole])
        behind = np.where(self.empty[ids], states, behind)
        return np.where(known, behind, BORDER)

    def _routed(self, states: NDArray[np.int64], routes: NDArray[np.int8]) -> NDArray[np.int64]:
        following = utf8().following
        for step in range(_MOST):
            byte = routes[:, step]
            states = np.where(byte >= 0, np.maximum(following[states, np.maximum(byte, 0)], BORDER), states)
        return states


def _tails(vocabulary: VocabularyIndex, automaton: Utf8) -> NDArray[np.int16]:
    tail = np.zeros(vocabulary.size, dtype=np.int16)
    ending = np.flatnonzero(vocabulary.tails)
    first = vocabulary.offsets[ending + 1] - vocabulary.tails[ending]
    states = automaton.lead[vocabulary.data[first]].astype(np.int64)
    for step in (1, 2):
        more = vocabulary.tails[ending] > step
        byte = vocabulary.data[first[more] + step] & 0x3F
        states[more] = automaton.following[states[more], byte]
    tail[ending] = np.maximum(states, BORDER)
    return tail


def _signatures(
    vocabulary: VocabularyIndex, classes: CharacterClasses, tail: NDArray[np.int16]
) -> tuple[NDArray[np.int32], NDArray[np.bool_], NDArray[np.int16]]:
    count = len(classes.scripts)
    standing = np.zeros((vocabulary.size, count), dtype=np.bool_)
    standing[vocabulary.point_tokens, classes.of_point[vocabulary.points]] = True
    packed = np.packbits(standing, axis=1)
    rows = np.concatenate([packed, tail.astype("<i2").view(np.uint8).reshape(-1, 2)], axis=1)
    keys = np.ascontiguousarray(rows).view(np.dtype((np.void, rows.shape[1]))).reshape(-1)
    distinct, signature = np.unique(keys, return_inverse=True)
    parts = distinct.view(np.uint8).reshape(len(distinct), -1)
    signature_classes = np.unpackbits(parts[:, :-2], axis=1, count=count).astype(np.bool_)
    signature_tail = np.ascontiguousarray(parts[:, -2:]).view("<i2").reshape(-1).astype(np.int16)
    return signature.reshape(-1).astype(np.int32), signature_classes, signature_tail


def _heads(vocabulary: VocabularyIndex, continuing: NDArray[np.int64]) -> NDArray[np.int8]:
    """The continuation bytes that tokens begin with, less 0x80, -1 behind the last; int8 [C, 3]."""
    heads = np.full((len(continuing), _MOST), -1, dtype=np.int8)
    for step in range(_MOST):
        more = np.flatnonzero(vocabulary.heads[continuing] > step)
        heads[more, step] = vocabulary.data[vocabulary.offsets[continuing[more]] + step] & 0x3F
    return heads


def _outcomes(
    beginnings: NDArray[np.int8], automaton: Utf8, classes: CharacterClasses
) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    shape = (automaton.size, len(beginnings))
    state = np.broadcast_to(np.arange(automaton.size)[:, None], shape).copy()
    bits = np.broadcast_to(automaton.bits[:, None], shape).copy()
    complete, broken = np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_)
    past_end = np.zeros(shape, dtype=np.bool_)
    for step in range(_MOST):
        byte = beginnings[:, step]
        present = (byte >= 0)[None, :] & ~broken
        past_end |= present & complete
        moving = present & ~complete
        following = automaton.following[state, np.maximum(byte, 0)[None, :]]
        bits = np.where(moving, (bits << 6) | np.maximum(byte, 0)[None, :], bits)
        broken |= moving & (following < 0)
        complete |= moving & (following == 0)
        state = np.where(moving & (following > 0), following, state)
    outcome = (len(classes.scripts) + state).astype(np.int16)
    outcome[complete] = classes.of_point[bits[complete]]
    outcome[broken] = -1
    return outcome, broken | past_end
