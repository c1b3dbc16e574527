"""Masks in the host's memory, as the arithmetic on a CPU likes them: mostly one float a token, 1 for what is meant."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.guard.automaton import BORDER
from tlpo_guard.guard.detector import BLOCKED, ScriptRules

__all__ = ["HostMasks"]

Mask = NDArray[np.float32]
Flags = NDArray[np.bool_]

_MOST = 1024  # masks; each holds on to its rules


class HostMasks:
    """Masks of rules and states; the least recently used ones go. Not thread-safe: one generation thread uses it."""

    def __init__(self, max_bytes: int = 192 << 20) -> None:
        self._max_bytes = max_bytes
        self._held: OrderedDict[tuple[ScriptRules, int, str], NDArray[Any]] = OrderedDict()
        self._bytes = 0

    def blocked(self, rules: ScriptRules) -> Mask:
        """The tokens that are kept out at a border; float32 [vocabulary]."""
        return self._mask(rules, BORDER, "blocked", lambda: rules.flags(BORDER) & BLOCKED > 0)

    def others(self, rules: ScriptRules) -> Mask:
        """What leaves only the tokens that are kept out at a border when it is added; float32 [vocabulary]."""
        return self._mask(rules, BORDER, "others", lambda: np.where(rules.flags(BORDER) & BLOCKED > 0, 0.0, -np.inf))

    def barred(self, rules: ScriptRules, state: int) -> Flags:
        """The tokens that are kept out behind a state; bool [vocabulary], not to be changed."""
        return self._kept(rules, state, "barred", lambda: np.asarray(rules.flags(state) & BLOCKED > 0))

    def penalty(self, rules: ScriptRules, state: int, spared: Flags | None = None, *, breaks: bool = False) -> Mask:
        """What takes them out of a row when it is added: minus infinity for them, else 0; float32 [vocabulary].

        Args:
            spared: tokens that stay, the same for the same rules and state.
            breaks: with the tokens that break a character there.
        """

        def made() -> NDArray[Any]:
            out = rules.flags(state) & BLOCKED > 0
            if breaks:
                out |= rules.tables.breaks(state)
            if spared is not None:
                out &= ~spared
            return np.where(out, -np.inf, 0.0)

        return self._mask(rules, state, f"penalty {breaks} {spared is None}", made)

    def continued(self, rules: ScriptRules, state: int) -> Mask:
        """What a state adds to them, among the tokens that continue a character; float32 [continuing]."""
        return self._mask(rules, state, "continued", lambda: _continued(rules, state))

    def admissible(self, rules: ScriptRules, state: int) -> Mask:
        """The tokens that neither drift nor break a character; float32 [vocabulary]."""
        return self._mask(
            rules, state, "admissible", lambda: (rules.flags(state) & BLOCKED == 0) & ~rules.tables.breaks(state)
        )

    def _mask(self, rules: ScriptRules, state: int, kind: str, made: Callable[[], NDArray[Any]]) -> Mask:
        return self._kept(rules, state, kind, lambda: made().astype(np.float32))

    def _kept(self, rules: ScriptRules, state: int, kind: str, made: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        key = (rules, state, kind)
        held = self._held.get(key)
        if held is not None:
            self._held.move_to_end(key)
            return held
        mask = self._held[key] = made()
        self._bytes += mask.nbytes
        while len(self._held) > _MOST or (self._bytes > self._max_bytes and len(self._held) > 1):
            self._bytes -= self._held.popitem(last=False)[1].nbytes
        return mask


def _continued(rules: ScriptRules, state: int) -> Flags:
    tables = rules.tables
    clean = rules.signature_flags[tables.signature[tables.continuing]] & BLOCKED > 0
    return np.asarray((rules.continuing_flags(state) & BLOCKED > 0) & ~clean)
