"""Drift verdicts for (token, state) under one policy, without decoding text.

The state is the incomplete UTF-8 character that the sequence ends with, as `automaton` numbers it. A lead byte already tells
what scripts are possible: a token drifts as soon as it cannot become anything but a foreign character.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.guard.automaton import BORDER, utf8
from tlpo_guard.guard.characters import character_classes
from tlpo_guard.guard.token_tables import TokenTables
from tlpo_guard.languages.repertoires import parts_of
from tlpo_guard.languages.scripts import code_points, greek_letters, script_of
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.vocabulary.index import VocabularyIndex

__all__ = ["BLOCKED", "DETECTOR_VERSION", "DRIFTS", "DriftDetector", "ScriptRules", "Verdicts"]

DETECTOR_VERSION = "script-2"

BLOCKED, DRIFTS = 1, 4  # bits of a flag; 2 stands for what breaks a character, which no policy decides

_SMALL_SPAN = 0x1000  # the code points behind one lead byte of a three-byte character
_FEW_NEUTRAL = 0.05
_CACHED_RULES = 1024  # of about 25 KB each
_CACHED_VERDICTS = 64  # of three bytes a token each, over all rules together


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What each token would do behind a state.

    Attributes:
        drifts: the token holds a foreign character or ends with a beginning that only foreign ones have; so some token of
            an answer drifts exactly where its text holds a foreign character; bool [vocabulary].
        blocked: what the guard keeps out: what drifts, and the beginnings that hardly anything but foreign characters
            has; bool [vocabulary].
        breaks: the token leaves an invalid UTF-8 sequence behind, or the character begun there alone; bool [vocabulary].
    """

    drifts: NDArray[np.bool_]
    blocked: NDArray[np.bool_]
    breaks: NDArray[np.bool_]


class ScriptRules:
    """Script drift under one set of scripts, over one vocabulary: a flag for every signature, class and state. Immutable.

    Attributes:
        scripts: ISO 15924 codes of the scripts that an answer may hold.
        tables: of the vocabulary.
        signature_flags: bits of a token at a border, by its signature; uint8 [signatures].
        outcome_flags: bits of what becomes of a begun character, by `TokenTables.outcome`; uint8 [classes + states].
    """

    __slots__ = ("_foreign", "outcome_flags", "scripts", "signature_flags", "tables")

    def __init__(self, tables: TokenTables, scripts: frozenset[str]) -> None:
        self.scripts = scripts
        self.tables = tables
        self._foreign = character_classes().foreign(scripts)
        states = self._state_flags()
        spelled = (tables.signature_classes & self._foreign).any(axis=1)
        self.signature_flags = np.where(spelled, np.uint8(BLOCKED | DRIFTS), states[tables.signature_tail])
        whole = np.where(self._foreign, np.uint8(BLOCKED | DRIFTS), np.uint8(0))
        self.outcome_flags = np.concatenate([whole, states])

    def _state_flags(self) -> NDArray[np.uint8]:
        """Bits of every incomplete character: it can only become a foreign one, or hardly anything else; uint8 [states].

        Unassigned code points, signs of foreign scripts and a few neutral symbols among foreign letters (the multiplication
        sign in Latin-1, the hexagrams before Han) make the difference: they do not save a lead byte from the mask, which would
        leave nothing but them after it. The four-byte leads keep their emoji, the Greek ones a letter as a symbol.
        """
        automaton, classes = utf8(), character_classes()
        low, high = automaton.low, automaton.high
        foreign = classes.counted(self._foreign, low, high)
        usable = classes.counted(classes.worth_beginning(self.scripts), low, high)
        own = classes.counted(classes.within(self.scripts) & ~self._foreign, low, high)
        if self._foreign[classes.greek]:
            usable[automaton.doubled] = 0
            foreign[automaton.doubled] += 1
        spared = np.where(high - low <= _SMALL_SPAN, _FEW_NEUTRAL * (foreign + usable), 0)
        doomed = (foreign == high - low) & (foreign > 0)
        blocked = doomed | ((foreign > 0) & (own == 0) & (usable <= spared))
        flags: NDArray[np.uint8] = (blocked * BLOCKED + doomed * DRIFTS).astype(np.uint8)
        return flags

    @property
    def nbytes(self) -> int:
        """Memory of what these rules add to the vocabulary's tables."""
        return int(self.signature_flags.nbytes + self.outcome_flags.nbytes)

    def flags(self, state: int) -> NDArray[np.uint8]:
        """The bits `BLOCKED` and `DRIFTS` of every token behind a state; uint8 [vocabulary]."""
        flags = self.signature_flags[self.tables.signature]
        if state != BORDER:
            flags[self.tables.continuing] |= self.continuing_flags(state)
        return flags

    def continuing_flags(self, state: int) -> NDArray[np.uint8]:
        """What a begun character adds to the bits of the continuing tokens; uint8 [continuing]."""
        tables = self.tables
        outcome = tables.outcome[state]
        flags = np.where(outcome >= 0, self.outcome_flags[outcome], np.uint8(0))[tables.beginning]
        goes_on = (outcome >= len(self._foreign))[tables.beginning]
        return np.where(goes_on & ~tables.whole, np.uint8(0), flags)

    def flag(self, state: int, token_id: int) -> int:
        """The bits of one token behind a state."""
        tables = self.tables
        flag = int(self.signature_flags[tables.signature[token_id]])
        column = tables.column[token_id]
        if state == BORDER or column < 0:
            return flag
        outcome = int(tables.outcome[state, tables.beginning[column]])
        if outcome < 0 or (outcome >= len(self._foreign) and not tables.whole[column]):
            return flag
        return flag | int(self.outcome_flags[outcome])

    def verdicts(self, state: int = BORDER) -> Verdicts:
        """Verdicts on every token behind a state; cached."""
        return _verdicts(self, state)

    def blocks(self, state: int, token_id: int) -> bool:
        """Whether the guard keeps one token out behind a state."""
        return bool(self.flag(state, token_id) & BLOCKED)

    def advance(self, state: int, token_id: int) -> int:
        """The state behind a token."""
        return self.tables.advance(state, token_id)

    def fold(self, token_ids: Iterable[int]) -> int:
        """The state behind a whole output."""
        state = BORDER
        for token_id in token_ids:
            state = self.tables.advance(state, token_id)
        return state

    def first_drift(self, state: int, token_ids: Sequence[int]) -> int | None:
        """Index of the first token that drifts, or None."""
        for index, token_id in enumerate(token_ids):
            if self.flag(state, token_id) & DRIFTS:
                return index
            state = self.tables.advance(state, token_id)
        return None

    def foreign_letters(self, text: str) -> NDArray[np.bool_]:
        """Which characters of a text are foreign, a Greek letter only where it follows another; bool [characters]."""
        classes, points = character_classes(), code_points(text)
        foreign = self._foreign[classes.of_point[points]]
        if self._foreign[classes.greek]:
            greek = greek_letters()[points]
            foreign[1:] |= greek[1:] & greek[:-1]
        return foreign

    def shares_writing_system(self, char: str) -> bool:
        """Whether an answer may hold letters of a character's script, though perhaps not this one."""
        script = script_of(char)
        return script in self.scripts or not self.scripts.isdisjoint(parts_of(script))

    def foreign(self, text: str) -> int | None:
        """Offset of the first foreign character of a text, or None."""
        hits = np.flatnonzero(self.foreign_letters(text))
        return int(hits[0]) if len(hits) else None


@lru_cache(maxsize=_CACHED_VERDICTS)
def _verdicts(rules: ScriptRules, state: int) -> Verdicts:
    flags = rules.flags(state)
    verdicts = Verdicts(flags & DRIFTS > 0, flags & BLOCKED > 0, rules.tables.breaks(state))
    for array in (verdicts.drifts, verdicts.blocked, verdicts.breaks):
        array.flags.writeable = False
    return verdicts


class DriftDetector:
    """Drift rules over one vocabulary; policies that allow the same scripts share them, the least recently used ones go."""

    version = DETECTOR_VERSION

    def __init__(self, vocabulary: VocabularyIndex) -> None:
        self.vocabulary = vocabulary
        self.tables = TokenTables.of(vocabulary)
        self._rules = lru_cache(maxsize=_CACHED_RULES)(self._made)

    def rules(self, policy: GuardPolicy) -> ScriptRules:
        """The rules of a policy."""
        return self._rules(policy.scripts)

    def _made(self, scripts: frozenset[str]) -> ScriptRules:
        return ScriptRules(self.tables, scripts)
