"""What the guard knows of a vocabulary's tokens whatever the policy: shared by all rules, built once.

A token's verdict at a character's border depends on the classes of the characters that it spells in full and on the beginning
of one that it ends with: its signature. A Greek letter right behind another counts as one of a word, any other as a symbol.
Behind the beginning of a character only tokens that start with continuation bytes differ from that, by what these bytes make of
the character: their outcome. Behind a Greek letter, only tokens that start with one or with a lead byte of theirs.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.guard.automaton import BEHIND_GREEK, BORDER, GREEK_LEADS, Utf8, utf8
from tlpo_guard.guard.characters import CharacterClasses, character_classes
from tlpo_guard.languages.scripts import greek_letters
from tlpo_guard.vocabulary.index import VocabularyIndex

__all__ = ["TokenTables"]

_MOST = 3  # continuation bytes that one character can still need
# What a token of `continuing` goes on with behind its continuation bytes; a further one is 3 + the lead byte that it is.
_OTHER, _GREEK_RUN, _GREEK_LETTER = 0, 1, 2


@dataclass(frozen=True, slots=True)
class TokenTables:
    """Tables over V tokens, C of which can go on with what an answer ends with, with H different beginnings, and S states.

    Attributes:
        vocabulary: the tokens.
        signature: of every token; int32 [V].
        signature_classes: which classes of characters stand in a signature; bool [signatures, classes].
        signature_tail: the state that a signature ends in; int16 [signatures].
        tail: the state behind a token that begins a new character at a border; int16 [V].
        tail_behind_greek: the same where that character follows a Greek letter; int16 [V].
        route: the continuation bytes that a token begins with, less 0x80 each, and -1 behind them; int8 [V, 3].
        only_route: tokens of nothing else; bool [V].
        empty: tokens without bytes, which leave the state as it is; bool [V].
        border_breaks: tokens that leave invalid UTF-8 behind a border; bool [V].
        continuing: the tokens that begin with continuation bytes, a Greek letter or its lead byte; int64 [C].
        column: where a token stands in `continuing`, -1 for all others; int32 [V].
        beginning: which of the H beginnings a continuing token has; int64 [C].
        outcome: what a beginning makes of the character behind a state: a class where it completes one, `classes` + state where
            it only goes on, -1 where it breaks it, and where it has nothing to do with the state; int16 [S, H].
        outcome_breaks: a beginning breaks the character, or goes on past its end; bool [S, H].
        whole: continuing tokens of nothing but the bytes of one character; bool [C].
        ends_broken: continuing tokens that leave invalid UTF-8 behind whatever they complete; bool [C].
    """

    vocabulary: VocabularyIndex
    signature: NDArray[np.int32]
    signature_classes: NDArray[np.bool_]
    signature_tail: NDArray[np.int16]
    tail: NDArray[np.int16]
    tail_behind_greek: NDArray[np.int16]
    route: NDArray[np.int8]
    only_route: NDArray[np.bool_]
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
        tail, tail_behind_greek = _tails(vocabulary, automaton)
        signature, signature_classes, signature_tail = _signatures(vocabulary, classes, tail)
        route = _heads(vocabulary)
        going_on = _going_on(vocabulary)
        continuing = np.flatnonzero((vocabulary.heads > 0) | (going_on > _GREEK_RUN))
        beginnings, beginning = np.unique(np.column_stack([route, going_on])[continuing], axis=0, return_inverse=True)
        outcome, outcome_breaks = _outcomes(beginnings, automaton, classes)
        column = np.full(vocabulary.size, -1, dtype=np.int32)
        column[continuing] = np.arange(len(continuing))
        only_route = (vocabulary.heads == lengths) & (lengths > 0)
        return cls(
            vocabulary=vocabulary,
            signature=signature,
            signature_classes=signature_classes,
            signature_tail=signature_tail,
            tail=tail,
            tail_behind_greek=tail_behind_greek,
            route=route,
            only_route=only_route,
            empty=lengths == 0,
            border_breaks=vocabulary.broken | (vocabulary.heads > 0),
            continuing=continuing,
            column=column,
            beginning=beginning.reshape(-1),
            outcome=outcome,
            outcome_breaks=outcome_breaks,
            whole=(only_route | (going_on > _GREEK_LETTER))[continuing],
            ends_broken=vocabulary.broken[continuing],
        )

    def breaks(self, state: int) -> NDArray[np.bool_]:
        """The tokens that leave invalid UTF-8 behind a state, or the character begun there alone; bool [V]."""
        if state <= BEHIND_GREEK:
            return self.border_breaks
        breaks = np.ones(self.size, dtype=np.bool_)  # an empty one ends the answer, or lets the beginning stand alone
        breaks[self.continuing] = self.continuing_breaks(state)
        return breaks

    def continuing_breaks(self, state: int) -> NDArray[np.bool_]:
        """The same of the continuing tokens, behind the beginning of a character; bool [C]."""
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
        if route[0] >= 0:
            following = utf8().following
            for byte in route:
                if byte >= 0:
                    state = max(int(following[state, byte]), BORDER)
            if self.only_route[token_id]:
                return state
        return int((self.tail_behind_greek if state == BEHIND_GREEK else self.tail)[token_id])

    def advance_all(self, states: NDArray[np.int64], token_ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The states behind one token each; int64 [rows]."""
        known = (token_ids >= 0) & (token_ids < self.size)
        ids = np.where(known, token_ids, 0)
        routed = states.astype(np.int64)
        routes = self.route[ids]
        begun = np.flatnonzero(routes[:, 0] >= 0)
        if len(begun):
            routed[begun] = self._routed(routed[begun], routes[begun])
        behind = np.where(routed == BEHIND_GREEK, self.tail_behind_greek[ids], self.tail[ids])
        behind = np.where(self.only_route[ids], routed, behind)
        behind = np.where(self.empty[ids], states, behind)
        return np.where(known, behind, BORDER)

    def _routed(self, states: NDArray[np.int64], routes: NDArray[np.int8]) -> NDArray[np.int64]:
        following = utf8().following
        for step in range(_MOST):
            byte = routes[:, step]
            states = np.where(byte >= 0, np.maximum(following[states, np.maximum(byte, 0)], BORDER), states)
        return states


def _tails(vocabulary: VocabularyIndex, automaton: Utf8) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """The states behind tokens, at a border and behind a Greek letter; int16 [V] each."""
    tail = np.zeros(vocabulary.size, dtype=np.int64)
    ending = np.flatnonzero(vocabulary.tails)
    first = vocabulary.offsets[ending + 1] - vocabulary.tails[ending]
    states = automaton.lead[vocabulary.data[first]].astype(np.int64)
    for step in (1, 2):
        more = vocabulary.tails[ending] > step
        byte = vocabulary.data[first[more] + step] & 0x3F
        states[more] = automaton.following[states[more], byte]
    tail[ending] = np.maximum(states, BORDER)
    greek = _ends_in_greek(vocabulary)
    tail[greek] = np.where(tail[greek] == BORDER, BEHIND_GREEK, automaton.behind_greek[tail[greek]])
    behind_greek = tail.copy()
    nothing_else = np.flatnonzero(vocabulary.tails + vocabulary.heads == np.diff(vocabulary.offsets))
    behind_greek[nothing_else] = automaton.behind_greek[tail[nothing_else]]
    return tail.astype(np.int16), behind_greek.astype(np.int16)


def _ends_in_greek(vocabulary: VocabularyIndex) -> NDArray[np.int64]:
    """The tokens whose last character is a Greek letter, with nothing but the beginning of another one behind it."""
    last = np.flatnonzero(np.diff(vocabulary.point_tokens, append=-1) != 0)
    last = last[greek_letters()[vocabulary.points[last]]]
    tokens = vocabulary.point_tokens[last]
    end = vocabulary.offsets[tokens + 1] - vocabulary.tails[tokens]
    byte = np.where(vocabulary.points[last] < 0x800, 2, 3)  # letters past that are in no block of their own
    lead = vocabulary.data[np.maximum(end - byte, 0)]
    whole = np.where(byte == 2, lead >> 5 == 0b110, lead >> 4 == 0b1110)
    found: NDArray[np.int64] = tokens[whole & (end - byte >= vocabulary.offsets[tokens])].astype(np.int64)
    return found


def _going_on(vocabulary: VocabularyIndex) -> NDArray[np.int8]:
    """What stands behind the continuation bytes that tokens begin with, as far as Greek letters matter to it; int8 [V].

    A token without such bytes is of interest where it starts with a Greek letter, or is the lead byte of one.
    """
    lengths = np.diff(vocabulary.offsets)
    going_on = np.full(vocabulary.size, _OTHER, dtype=np.int8)
    after = np.flatnonzero(vocabulary.heads < lengths)
    lead = vocabulary.data[vocabulary.offsets[after] + vocabulary.heads[after]]
    first = np.flatnonzero(np.diff(vocabulary.point_tokens, prepend=-1) != 0)
    letter = np.zeros(vocabulary.size, dtype=np.bool_)
    letter[vocabulary.point_tokens[first]] = greek_letters()[vocabulary.points[first]]
    begins = letter[after] & (lead >= 0xC2)
    alone = np.isin(lead, GREEK_LEADS) & (vocabulary.tails[after] + vocabulary.heads[after] == lengths[after])
    headed = vocabulary.heads[after] > 0
    going_on[after[headed & begins]] = _GREEK_RUN
    going_on[after[~headed & begins]] = _GREEK_LETTER
    going_on[after[~headed & alone]] = _GREEK_LETTER + 1 + lead[~headed & alone] - GREEK_LEADS[0]
    return going_on


def _signatures(
    vocabulary: VocabularyIndex, classes: CharacterClasses, tail: NDArray[np.int16]
) -> tuple[NDArray[np.int32], NDArray[np.bool_], NDArray[np.int16]]:
    count = len(classes.scripts)
    standing = np.zeros((vocabulary.size, count), dtype=np.bool_)
    standing[vocabulary.point_tokens, classes.of_point[vocabulary.points]] = True
    greek = greek_letters()[vocabulary.points]
    run = greek[1:] & greek[:-1] & (vocabulary.point_tokens[1:] == vocabulary.point_tokens[:-1])
    standing[vocabulary.point_tokens[1:][run], classes.greek] = True
    packed = np.packbits(standing, axis=1)
    rows = np.concatenate([packed, tail.astype("<i2").view(np.uint8).reshape(-1, 2)], axis=1)
    keys = np.ascontiguousarray(rows).view(np.dtype((np.void, rows.shape[1]))).reshape(-1)
    distinct, signature = np.unique(keys, return_inverse=True)
    parts = distinct.view(np.uint8).reshape(len(distinct), -1)
    signature_classes = np.unpackbits(parts[:, :-2], axis=1, count=count).astype(np.bool_)
    signature_tail = np.ascontiguousarray(parts[:, -2:]).view("<i2").reshape(-1).astype(np.int16)
    return signature.reshape(-1).astype(np.int32), signature_classes, signature_tail


def _heads(vocabulary: VocabularyIndex) -> NDArray[np.int8]:
    """The continuation bytes that tokens begin with, less 0x80, -1 behind the last; int8 [V, 3]."""
    heads = np.full((vocabulary.size, _MOST), -1, dtype=np.int8)
    for step in range(_MOST):
        more = np.flatnonzero(vocabulary.heads > step)
        heads[more, step] = vocabulary.data[vocabulary.offsets[more] + step] & 0x3F
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
        broken |= moving & (following < BORDER)
        complete |= moving & ((following == BORDER) | (following == BEHIND_GREEK))
        state = np.where(moving & (following > BEHIND_GREEK), following, state)
    outcome = (len(classes.scripts) + state).astype(np.int16)
    outcome[complete] = classes.of_point[bits[complete]]
    outcome[broken] = -1
    _join_greek(
        outcome, complete & greek_letters()[np.where(complete, bits, 0)], beginnings[:, _MOST], automaton, classes
    )
    starts = beginnings[:, 0] < 0
    broken[:, starts] = True
    return outcome, broken | past_end


def _join_greek(
    outcome: NDArray[np.int16],
    letters: NDArray[np.bool_],
    going_on: NDArray[np.int8],
    automaton: Utf8,
    classes: CharacterClasses,
) -> None:
    """Put in where a Greek letter comes to stand behind another.

    Args:
        letters: where a beginning completes a Greek letter; bool [S, H].
        going_on: what stands behind the beginnings; int8 [H].
    """
    outcome[letters & (going_on == _GREEK_RUN)] = classes.greek
    doubled = automaton.doubled
    outcome[doubled] = np.where(letters[doubled], classes.greek, outcome[doubled])
    outcome[:, going_on >= _GREEK_LETTER] = -1
    outcome[BEHIND_GREEK, going_on == _GREEK_LETTER] = classes.greek
    for lead, state in zip(GREEK_LEADS, doubled, strict=True):
        outcome[BEHIND_GREEK, going_on == _GREEK_LETTER + 1 + lead - GREEK_LEADS[0]] = len(classes.scripts) + state
