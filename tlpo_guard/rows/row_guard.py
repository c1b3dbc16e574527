"""Guards one answer, row by row.

The engine draws by itself, so which token was taken is known when the next row comes, and only then is an event complete.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from tlpo_guard.brought import Brought
from tlpo_guard.guard.copy_edges import CopyEdges, CopyWalk
from tlpo_guard.guard.decision import Decision
from tlpo_guard.guard.late import SeenPoint, decide_late
from tlpo_guard.guard.points import EventDraft
from tlpo_guard.guard.state import SequenceState
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.rows.cuts import NO_CUTS, Cuts
from tlpo_guard.rows.host_masker import HostMasker, OwnSampling, Row

__all__ = ["RowGuard"]

_UNKNOWN = -1
_NOTHING = Brought()


class RowGuard:
    """Guards one answer.

    Args:
        masker: of the model.
        policy: what the answer is held to.
        temperature: at which the engine samples, 0 for greedy. The confusion mass depends on it.
        cuts: of the request, which are applied here, and not by the engine: where what drifts is kept out of what the request
            samples from, all else keeps its share. None for an engine that cuts itself, and where nothing is masked.
        prompt_ids: the tokens before the answer, which may have opened the reasoning.
        brought: what the conversation brought, which the answer may say again.
        begun: the tokens at the prompt's end that the answer goes on from.
        on_event: called with each event that is complete, and the answer before it.
    """

    def __init__(
        self,
        masker: HostMasker,
        policy: GuardPolicy,
        *,
        temperature: float = 1.0,
        cuts: Cuts = NO_CUTS,
        prompt_ids: Sequence[int] = (),
        brought: Brought = _NOTHING,
        begun: Sequence[int] = (),
        on_event: Callable[[EventDraft, Sequence[int]], None] | None = None,
    ) -> None:
        self._masker = masker
        self._how = OwnSampling(temperature, cuts if temperature > 0 else NO_CUTS, moved=True)
        self._on_event = on_event
        self._events: list[EventDraft] = []
        self._point: SeenPoint | None = None
        guard = masker.guard
        self._state = guard.open(policy, prompt_ids, brought, begun)
        edges = CopyEdges.of(brought, self._state.rules) if brought and self._state.rules is not None else None
        self._copies = None if edges is None else CopyWalk(edges, begun)

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
        guard, state, decision = self._masker.guard, self._state, Decision(token_id)
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
        self._point = self._masker.mask(row, self._state, self._how, self._copies)
        return row

    def _last_event(self) -> EventDraft | None:
        """The event of the last row, whose token nobody has told."""
        if self._point is None:
            return None
        state = self._state
        sight = self._point.sight(_UNKNOWN if state.acts else self._point.worst, acts=state.acts)
        draft = decide_late(self._masker.guard, state, sight).draft
        return None if draft is None else replace(draft, replacement_id=None)

    def _tell(self, draft: EventDraft) -> None:
        self._events.append(draft)
        if self._on_event is not None:
            self._on_event(draft, self._state.output_ids)
