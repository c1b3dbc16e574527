"""Which languages one answer is held to, step by step.

While a request leaves its language open, all that it claims are allowed; the answer's beginning settles it. Admitted languages
may stand in an answer as words, names, examples and quotations, and lose that when they take over.
"""

import codecs
from copy import copy
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.intent.settling import settle
from tlpo_guard.languages.relations import SCRIPTS_WITHOUT_SPACES
from tlpo_guard.languages.scripts import class_scripts, code_points, foreign_classes, letter_classes
from tlpo_guard.policy import GuardPolicy

__all__ = ["Course", "possible_policies"]

_BEGINNING = 400  # characters in which an answer settles its language, or leaves it open
_LONGEST_STAY = (
    120  # letters of admitted languages in a row on a line, outside quotations; those of Han and kana count twice
)
_LINE_END = ord("\n")
_OPENING, _CLOSING = frozenset(map(ord, "“„«「『《(（[【")), frozenset(map(ord, "”»」』》)）]】"))
_STRAIGHT_QUOTE = ord('"')
_CACHED = 512


@lru_cache(maxsize=_CACHED)
def _opened(policy: GuardPolicy) -> GuardPolicy:
    return policy.opened


@lru_cache(maxsize=_CACHED)
def _settled(policy: GuardPolicy, languages: tuple[str, ...]) -> GuardPolicy:
    return policy.settled(languages)


@lru_cache(maxsize=_CACHED)
def _closed(policy: GuardPolicy) -> GuardPolicy:
    """The policy without its admitted languages."""
    return replace(policy, admitted=())


def possible_policies(policy: GuardPolicy) -> tuple[GuardPolicy, ...]:
    """All that an answer under a policy may be held to, the first of them from its start."""
    if not policy.claimed:
        return (policy,)
    outcomes = [policy.languages, *((tag,) for tag in policy.claimed)]
    return (_opened(policy), *(_settled(policy, languages) for languages in outcomes if languages))


@lru_cache(maxsize=_CACHED)
def _letters(policy: GuardPolicy) -> NDArray[np.int16] | None:
    """What each class of letters adds to a stay in admitted languages, -1 for the expected ones' letters; int16 [classes].

    None where the admitted languages have no letters of their own.
    """
    only_admitted = foreign_classes(_closed(policy).scripts) & ~foreign_classes(policy.scripts)
    if not only_admitted.any():
        return None
    dense = np.asarray([bool(scripts & SCRIPTS_WITHOUT_SPACES) for scripts in class_scripts()])
    expected = ~foreign_classes(_closed(policy).scripts, neutral=False)
    weights = np.where(only_admitted, np.where(dense, 2, 1), 0)
    return np.where(expected, -1, weights).astype(np.int16)


class Course:
    """Follows one answer's text as far as its policy depends on that.

    Args:
        policy: of the request.

    Attributes:
        policy: what holds for the next token.
        settled: whether the expectation is decided, by the request or by the answer's beginning.
    """

    __slots__ = ("_base", "_beginning", "_decoder", "_in_quotes", "_open", "_stay", "policy", "settled")

    def __init__(self, policy: GuardPolicy) -> None:
        self._base = self.policy = possible_policies(policy)[0]
        self._open: GuardPolicy | None = policy if policy.claimed else None
        self.settled = not policy.claimed
        self._beginning = ""
        self._stay = 0
        self._in_quotes = False
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def copy(self) -> "Course":
        """Where the answer stands, apart from what comes."""
        other = copy(self)
        other._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        other._decoder.setstate(self._decoder.getstate())
        return other

    @property
    def reads(self) -> bool:
        """Whether anything depends on the answer's text."""
        return self._open is not None or (bool(self._base.admitted) and _letters(self._base) is not None)

    @property
    def stayed_too_long(self) -> bool:
        """Whether admitted languages have taken over, so that only the expected ones are allowed."""
        return self._stay > _LONGEST_STAY

    def feed(self, data: bytes) -> None:
        """Take in the bytes of the next token of the answer proper."""
        if not self.reads:
            return
        text = self._decoder.decode(data)
        if self._open is not None:
            self._settle(self._open, text)
        if self._base.admitted:
            self._count(text)

    def _settle(self, policy: GuardPolicy, text: str) -> None:
        self._beginning += text
        languages = settle(policy.languages, policy.claimed, self._beginning)
        if languages is not None:
            self._base = self.policy = _settled(policy, languages)
            self.settled = True
        if languages is not None or len(self._beginning) >= _BEGINNING:
            self._open, self._beginning = None, ""

    def _count(self, text: str) -> None:
        letters = _letters(self._base)
        if letters is None:
            return
        points = code_points(text)
        for point, weight in zip(points.tolist(), letters[letter_classes()[points]].tolist(), strict=True):
            if point == _LINE_END:
                self._in_quotes, self._stay = False, 0
            elif point in _OPENING or point in _CLOSING or point == _STRAIGHT_QUOTE:
                self._in_quotes = point in _OPENING or (point == _STRAIGHT_QUOTE and not self._in_quotes)
            elif weight < 0:
                self._stay = 0
            elif not self._in_quotes:
                self._stay += weight
        self.policy = _closed(self._base) if self.stayed_too_long else self._base
