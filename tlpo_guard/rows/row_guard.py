"""Guards one answer, row by row.

The engine draws by itself, so which token was taken is known when the next row comes, and only then is an event complete.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.brought import Brought
from tlpo_guard.generation.host_rows import top_candidates
from tlpo_guard.guard.automaton import BORDER
from tlpo_guard.guard.copy_edges import CopyEdges, CopyWalk
from tlpo_guard.guard.decision import Decision
from tlpo_guard.guard.detector import BLOCKED, ScriptRules
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.host_masks import HostMasks
from tlpo_guard.guard.late import SeenPoint, decide_late
from tlpo_guard.guard.points import NUM_CANDIDATES, EventDraft
from tlpo_guard.guard.state import SequenceState
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.rows.cuts import Cuts

__all__ = ["NO_CUTS", "RowGuard", "RowMasks"]

Row = NDArray[np.float32]
Flags = NDArray[np.bool_]

NO_CUTS = Cuts()
_NEVER = np.float32(-np.inf)
_UNKNOWN = -1
_NOTHING = Brought()
_NEAR = 7.0  # nats below the best token, at the temperature: what is drawn less than once in a thousand rows is not looked at


class RowMasks:
    """What all answers of one model have in common. Not thread-safe: one thread generates.

    Attributes:
        guard: over the model's vocabulary.
    """

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self._host = HostMasks()

    @property
    def size(self) -> int:
        """Columns that a row has at least; further ones are padding."""
        return self.guard.detector.vocabulary.size

    def blocked(self, rules: ScriptRules, state: int) -> Flags:
        """The tokens that are kept out behind a state, of the caller's own; bool [vocabulary]."""
        blocked = rules.verdicts(BORDER).blocked.copy()
        if state != BORDER:
            tables = rules.tables
            blocked[tables.continuing] |= rules.continuing_flags(state) & BLOCKED > 0
        return blocked

    def probability(self, rules: ScriptRules, state: int, probs: Row) -> float:
        """What the probabilities of the blocked tokens add up to."""
        mass = float(probs @ self._host.blocked(rules))
        if state != BORDER:
            mass += float(probs[rules.tables.continuing] @ self._host.continued(rules, state))
        return mass


class RowGuard:
    """Guards one answer.

    Args:
        masks: of the model.
        policy: what the answer is held to.
        temperature: at which the engine samples, 0 for greedy. The confusion mass depends on it.
        cuts: of the request, which are applied here, and not by the engine: where what drifts is kept out of what the request
            samples from, all else keeps its share. None for an engine that cuts itself, and where nothing is masked.
        prompt_ids: the tokens before the answer, which may have opened the reasoning.
        brought: what the conversation brought, which the answer may say again.
        on_event: called with each event that is complete, and the answer before it.
    """

    def __init__(
        self,
        masks: RowMasks,
        policy: GuardPolicy,
        *,
        temperature: float = 1.0,
        cuts: Cuts = NO_CUTS,
        prompt_ids: Sequence[int] = (),
        brought: Brought = _NOTHING,
        on_event: Callable[[EventDraft, Sequence[int]], None] | None = None,
    ) -> None:
        self._masks = masks
        self._temperature = temperature
        self._cuts = cuts if temperature > 0 else NO_CUTS
        self._on_event = on_event
        self._events: list[EventDraft] = []
        self._point: SeenPoint | None = None
        guard = masks.guard
        self._state = guard.open(policy, prompt_ids, brought)
        edges = CopyEdges.of(brought, self._state.rules) if brought and self._state.rules is not None else None
        self._copies = None if edges is None else CopyWalk(edges)

    @property
    def state(self) -> SequenceState:
        """What is known of the answer."""
        return self._state

    @property
    def events(self) -> list[EventDraft]:
        """The confusion points so far; that of the last row has no replacement yet."""
        last = self._last_event()
        return self._events if last is None else [*self._events, last]

    def take(self, token_id: int) -> None:
        """Take in the token that was taken from the last row."""
        guard, state, decision = self._masks.guard, self._state, Decision(token_id)
        point, self._point = self._point, None
        if point is not None:
            decision = decide_late(guard, state, point.sight(token_id, acts=state.acts))
        if decision.draft is not None:
            self._tell(decision.draft)
        if self._copies is not None:
            self._copies.follow(token_id)
        guard.take(state, replace(decision, token_id=token_id), 0.0 if point is None else point.mass)

    def finish(self) -> None:
        """The answer has ended, and its last token is not told: the event of its row names no replacement."""
        last, self._point = self._last_event(), None
        if last is not None:
            self._tell(last)

    def mask(self, row: Row) -> Row:
        """The row of the next token, with what drifts at minus infinity.

        Args:
            row: raw logits; float32 [vocabulary or more], changed in place.
        """
        self._point = None
        state = self._state
        logits = row[: self._masks.size]
        cut = self._cuts.left_out(logits) if self._cuts else None
        if state.rules is not None and not state.paused:
            self._guard_row(logits, state.rules, cut)
        elif cut is not None:
            logits[cut] = -np.inf
        return row

    def _guard_row(self, row: Row, rules: ScriptRules, cut: Flags | None) -> None:
        state = self._state
        blocked = self._masks.blocked(rules, state.pending)
        inside = row if cut is None else np.where(cut, _NEVER, row)
        drifting = np.where(blocked, inside, _NEVER)
        best, worst = float(inside.max()), int(drifting.argmax())
        top_drifts = bool(drifting[worst] >= best and np.isfinite(drifting[worst]))
        mass = self._mass(rules, inside, best) if self._temperature > 0 else float(top_drifts)
        found = top_drifts or mass >= state.policy.event_mass
        if not state.acts:
            self._point = self._seen(row, worst, mass, True, blocked) if found else None
            return
        pardoned = self._pardoned(rules, drifting, best)
        drift = [blocked | rules.tables.breaks(state.pending), blocked] if found else [blocked]
        if found or cut is not None:
            out = self._kept_out(row, cut, drift, pardoned)
        else:  # its most probable token stays
            out = np.greater(blocked, pardoned, out=pardoned)
        if found:
            self._point = self._seen(row, worst, mass, out is not None, blocked)
        if out is None:
            out = cut
        if out is not None:
            np.copyto(row, _NEVER, where=out)

    def _mass(self, rules: ScriptRules, row: Row, best: float) -> float:
        """The probability of all blocked tokens."""
        probs = np.exp((row - np.float32(best)) * np.float32(1.0 / self._temperature))
        return self._masks.probability(rules, self._state.pending, probs) / float(probs.sum())

    def _pardoned(self, rules: ScriptRules, drifting: Row, best: float) -> Flags:
        """Blocked tokens that may stand all the same: what copies go on with, names, and what the guard pardons of those
        that are likely to be drawn; bool [vocabulary]."""
        guard, state = self._masks.guard, self._state
        terms = guard.terms_under(rules) if state.pending == BORDER else None
        pardoned = np.zeros(len(drifting), dtype=np.bool_) if terms is None else terms.tokens.copy()
        if self._copies is not None:
            pardoned[self._copies.open()] = True
        near = np.flatnonzero((drifting >= best - _NEAR * self._temperature) & ~pardoned)
        if len(near) > NUM_CANDIDATES:
            near = near[np.argpartition(drifting[near], -NUM_CANDIDATES)[-NUM_CANDIDATES:]]
        if len(near) and np.isfinite(best):
            pardoned[list(guard.pardoned(state, near.tolist()))] = True
        return pardoned

    def _kept_out(self, row: Row, cut: Flags | None, drift: Sequence[Flags], pardoned: Flags) -> Flags | None:
        """What is taken out of a row; None where nothing else is left in it.

        Where the request samples from nothing but drift, it samples from the rest of the row instead.

        Args:
            drift: what is to go, the first of them that leaves anything. Where a row drifts, what breaks a character goes with
                it: a drift that is cut off leaves half of one.
        """
        finite = np.isfinite(row)
        for tokens in drift:
            out = tokens & ~pardoned
            if cut is not None and bool((finite & ~out & ~cut).any()):
                return out | cut
            if bool((finite & ~tokens).any()):
                return out if cut is None else out | self._cuts.left_out(np.where(out, _NEVER, row))
        return None

    def _seen(self, row: Row, worst: int, mass: float, usable: bool, blocked: Flags) -> SeenPoint:
        ids, logprobs = top_candidates(row, min(NUM_CANDIDATES, len(row)))
        candidates = zip(ids.tolist(), logprobs.tolist(), blocked[ids].tolist(), strict=True)
        return SeenPoint(worst, usable, mass, tuple(candidates))

    def _last_event(self) -> EventDraft | None:
        """The event of the last row, whose token nobody has told."""
        if self._point is None:
            return None
        state = self._state
        sight = self._point.sight(_UNKNOWN if state.acts else self._point.worst, acts=state.acts)
        draft = decide_late(self._masks.guard, state, sight).draft
        return None if draft is None else replace(draft, replacement_id=None)

    def _tell(self, draft: EventDraft) -> None:
        self._events.append(draft)
        if self._on_event is not None:
            self._on_event(draft, self._state.output_ids)
