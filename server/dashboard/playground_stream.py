"""An answer for the playground: its text as it comes, and each drift where it stood."""

from collections.abc import AsyncIterator

from server.dashboard.tokens import spelled
from server.engines.engine import Engine
from server.errors import RefusalError
from server.generation.generation import Generation
from server.generation.pieces import Piece
from server.http.wire import Reply, event_frame
from tlpo_guard.guard.points import Action, EventDraft

__all__ = ["PlaygroundStream"]


class Text(Reply):
    """More of the answer; `reasoning` is what the model says to itself."""

    text: str
    reasoning: str = ""


class Drift(Reply):
    """A confusion point.

    Attributes:
        start: where its token stands in the answer's text, or where it would have stood; characters.
        token: what drifts.
        taken: what stands there instead; empty where the drift stayed.
        mass: confusion mass, 0 to 1.
    """

    start: int
    token: str
    taken: str
    action: str
    kind: str
    mass: float


class End(Reply):
    """The end of an answer."""

    finish: str
    version: str
    language: str
    tokens: int
    drifts: int
    rewinds: int


class Problem(Reply):
    """Why there is no answer, or no more of it."""

    problem: str


class PlaygroundStream:
    """A generation of one answer as server-sent events."""

    def __init__(self, generation: Generation, engine: Engine) -> None:
        self._generation = generation
        self._engine = engine
        self._starts: list[int] = []  # of each token, characters
        self._length = 0
        self._told = 0

    async def frames(self) -> AsyncIterator[str]:
        """The events. What is wrong before the first one is raised."""
        first = True
        try:
            async for piece in self._generation.pieces():
                first = False
                if piece.text or piece.reasoning:
                    yield event_frame(self._text(piece))
                for draft in self._new_drifts():
                    yield event_frame(draft, "drift")
                if piece.finish_reason is not None:
                    yield event_frame(self._end(piece.finish_reason), "end")
        except RefusalError as exc:
            if first:
                raise
            yield event_frame(Problem(problem=exc.message), "problem")

    def _text(self, piece: Piece) -> Text:
        self._starts += [token.offset for token in piece.tokens]
        self._length += len(piece.text)
        return Text(text=piece.text, reasoning=piece.reasoning)

    def _new_drifts(self) -> list[Drift]:
        drafts = self._generation.drafts[self._told :]
        self._told += len(drafts)
        return [self._drift(draft) for draft in drafts]

    def _drift(self, draft: EventDraft) -> Drift:
        known = draft.position < len(self._starts)
        stays = draft.action in (Action.OBSERVED, Action.STOOD_BACK)
        taken = "" if stays or draft.replacement_id is None else spelled(self._engine, draft.replacement_id)
        return Drift(
            start=self._starts[draft.position] if known else self._length,
            token=spelled(self._engine, draft.token_id),
            taken=taken,
            action=draft.action,
            kind=draft.kind,
            mass=draft.mass,
        )

    def _end(self, finish: str) -> End:
        generation = self._generation
        return End(
            finish=finish,
            version=generation.version,
            language=",".join(generation.plan.prompts[0].intent.languages),
            tokens=generation.completion_tokens,
            drifts=len(generation.drafts),
            rewinds=generation.rewinds,
        )
