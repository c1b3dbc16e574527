"""Drift verdicts for (token, pending bytes) under one policy, without decoding text.

`pending` is the incomplete UTF-8 character that the sequence ends with, at most three bytes. A lead byte already tells what
scripts are possible: a token drifts as soon as it cannot become anything but a foreign character.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.languages.scripts import foreign_table, script_ids
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.vocabulary.index import VocabularyIndex

__all__ = ["DETECTOR_VERSION", "DriftDetector", "ScriptRules", "Verdicts"]

DETECTOR_VERSION = "script-1"

_CACHED_PENDING = 256
_SMALL_SPAN = 0x1000  # the code points behind one lead byte of a three-byte character
_FEW_NEUTRAL = 0.05


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What each token would do after some pending bytes.

    Attributes:
        drifts: the token holds a foreign character or ends with a beginning that only foreign ones have; so some token of
            an answer drifts exactly where its text holds a foreign character; bool [vocabulary].
        blocked: what the guard keeps out: what drifts, and the beginnings that hardly anything but foreign characters
            has; bool [vocabulary].
        breaks: the token leaves an invalid UTF-8 sequence behind, or the pending bytes alone; bool [vocabulary].
    """

    drifts: NDArray[np.bool_]
    blocked: NDArray[np.bool_]
    breaks: NDArray[np.bool_]


class _Characters:
    """Which characters, and which beginnings of characters, are foreign to a set of scripts."""

    def __init__(self, scripts: frozenset[str]) -> None:
        self.foreign = foreign_table(scripts)
        unknown = script_ids() == script_ids()[0x0378]  # an unassigned code point
        self._foreign_before = _running_count(self.foreign)
        self._usable_before = _running_count(~self.foreign & ~unknown)
        self._own_before = _running_count(~self.foreign & ~foreign_table(scripts, neutral=False))

    def prospects(self, prefix: bytes) -> tuple[bool, bool]:
        """Whether an incomplete character can only become a foreign one, and whether it hardly can become anything else.

        Unassigned code points and a few neutral symbols among foreign letters (the multiplication sign in Latin-1, the
        hexagrams before Han) make the difference: they do not save a lead byte from the mask, which would leave nothing but
        them after it. The four-byte leads keep their emoji.
        """
        span = _code_point_span(prefix)
        if span is None:
            return False, False
        low, high = span
        foreign = self._foreign_before[high] - self._foreign_before[low]
        own = self._own_before[high] - self._own_before[low]
        usable = self._usable_before[high] - self._usable_before[low]
        spared = _FEW_NEUTRAL * (foreign + usable) if high - low <= _SMALL_SPAN else 0
        return bool(foreign == high - low), bool(foreign > 0 and own == 0 and usable <= spared)


def _running_count(flags: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(flags, dtype=np.int64)])


@lru_cache(maxsize=4096)
def _code_point_span(prefix: bytes) -> tuple[int, int] | None:
    """Half-open range of the code points whose UTF-8 begins with an incomplete character; None where there is none."""
    length = _announced(prefix[0])
    if length <= len(prefix):
        return None
    missing = length - len(prefix)
    value = prefix[0] & (0x7F >> length)
    for byte in prefix[1:]:
        value = (value << 6) | (byte & 0x3F)
    low, high = value << (6 * missing), (value + 1) << (6 * missing)
    least = {2: 0x80, 3: 0x800, 4: 0x10000}[length]
    return max(low, least), min(high, 0x110000)


def _announced(lead: int) -> int:
    """Length of the character that a lead byte begins; 1 for anything that begins none."""
    if 0xC2 <= lead < 0xE0:
        return 2
    if 0xE0 <= lead < 0xF0:
        return 3
    return 4 if 0xF0 <= lead < 0xF5 else 1


def _split(data: bytes) -> tuple[str, bytes, bool]:
    """Characters spelled in full, the incomplete one at the end, and whether anything between was invalid."""
    tail = b""
    for back in range(1, min(3, len(data)) + 1):
        lead = data[-back]
        if lead & 0xC0 != 0x80:
            span_ok = _announced(lead) > back and _is_prefix(data[-back:])
            tail = data[-back:] if span_ok else b""
            break
    body = data[: len(data) - len(tail)]
    text = body.decode("utf-8", errors="replace")
    return text, tail, "\ufffd" in text and body != text.encode()


@lru_cache(maxsize=4096)
def _is_prefix(data: bytes) -> bool:
    """Whether some completion makes these bytes one character (rules out overlong forms and surrogates)."""
    span = _code_point_span(data)
    if span is None or span[0] >= span[1]:
        return False
    return not (span[0] >= 0xD800 and span[1] <= 0xE000)


class ScriptRules:
    """Script drift under one policy, over one vocabulary. Safe to read from several threads."""

    def __init__(self, vocabulary: VocabularyIndex, policy: GuardPolicy) -> None:
        self.scripts = policy.scripts
        self._vocabulary = vocabulary
        self._characters = _Characters(policy.scripts)
        self._clean = self._verdicts_at_border()
        self._continuing = np.flatnonzero(vocabulary.heads)
        self._by_pending: OrderedDict[bytes, Verdicts] = OrderedDict()

    def verdicts(self, pending: bytes) -> Verdicts:
        """Verdicts on every token after some pending bytes; cached."""
        if not pending:
            return self._clean
        found = self._by_pending.get(pending)
        if found is None:
            found = self._by_pending[pending] = self._verdicts_after(pending)
            if len(self._by_pending) > _CACHED_PENDING:
                self._by_pending.popitem(last=False)
        return found

    def blocks(self, pending: bytes, token_id: int) -> bool:
        """Whether the guard keeps one token out after some pending bytes."""
        return bool(self.verdicts(pending).blocked[token_id])

    def advance(self, pending: bytes, token_id: int) -> bytes:
        """The pending bytes after a token; at most three."""
        if not 0 <= token_id < self._vocabulary.size:
            return b""
        return _split(pending + self._vocabulary.token_bytes(token_id))[1]

    def fold(self, token_ids: Iterable[int]) -> bytes:
        """The pending bytes after a whole output."""
        pending = b""
        for token_id in token_ids:
            pending = self.advance(pending, token_id)
        return pending

    def drifts(self, pending: bytes, token_ids: Sequence[int]) -> int | None:
        """Index of the first token that drifts, or None."""
        for index, token_id in enumerate(token_ids):
            if self.verdicts(pending).drifts[token_id]:
                return index
            pending = self.advance(pending, token_id)
        return None

    def foreign(self, text: str) -> int | None:
        """Offset of the first foreign character of a text, or None."""
        points = np.frombuffer(text.encode("utf-32-le", errors="surrogatepass"), dtype=np.uint32)
        hits = np.flatnonzero(self._characters.foreign[points])
        return int(hits[0]) if len(hits) else None

    def _verdicts_at_border(self) -> Verdicts:
        vocabulary = self._vocabulary
        drifts = np.zeros(vocabulary.size, dtype=np.bool_)
        drifts[vocabulary.point_tokens[self._characters.foreign[vocabulary.points]]] = True
        blocked = drifts.copy()
        for token_id in np.flatnonzero(vocabulary.tails):
            tail = vocabulary.token_bytes(int(token_id))[-int(vocabulary.tails[token_id]) :]
            doomed, blocked_too = self._characters.prospects(tail)
            drifts[token_id] |= doomed
            blocked[token_id] |= blocked_too
        return _frozen(Verdicts(drifts, blocked | drifts, vocabulary.broken | (vocabulary.heads > 0)))

    def _verdicts_after(self, pending: bytes) -> Verdicts:
        # Only tokens that begin with continuation bytes can go on with the character; all others break it.
        drifts, blocked = self._clean.drifts.copy(), self._clean.blocked.copy()
        # An empty one breaks it too: it ends the answer, or lets the pending bytes stand alone.
        breaks = np.ones(self._vocabulary.size, dtype=np.bool_)
        for token_id in self._continuing:
            text, tail, invalid = _split(pending + self._vocabulary.token_bytes(int(token_id)))
            breaks[token_id] = invalid
            doomed, blocked_too = self._characters.prospects(tail) if tail else (False, False)
            drifts[token_id] = doomed or self.foreign(text) is not None
            blocked[token_id] = drifts[token_id] or blocked_too
        return _frozen(Verdicts(drifts, blocked, breaks))


def _frozen(verdicts: Verdicts) -> Verdicts:
    for flags in (verdicts.drifts, verdicts.blocked, verdicts.breaks):
        flags.flags.writeable = False
    return verdicts


class DriftDetector:
    """Drift rules over one vocabulary, one set for every distinct policy."""

    version = DETECTOR_VERSION

    def __init__(self, vocabulary: VocabularyIndex) -> None:
        self.vocabulary = vocabulary
        self._rules: dict[frozenset[str], ScriptRules] = {}

    def rules(self, policy: GuardPolicy) -> ScriptRules:
        """The rules of a policy; policies that allow the same scripts share them."""
        key = policy.scripts
        if key not in self._rules:
            self._rules[key] = ScriptRules(self.vocabulary, policy)
        return self._rules[key]
