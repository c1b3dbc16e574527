"""The answers to one request in the making."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from server.errors import RefusalError
from server.generation.answer import AnswerRun
from server.generation.echo import Echo
from server.generation.pieces import Piece
from server.generation.plan import Endpoint, Plan
from tlpo_guard.guard.points import EventDraft

__all__ = ["Generation"]

_PREFIXES = {Endpoint.CHAT: "chatcmpl-", Endpoint.COMPLETIONS: "cmpl-", Endpoint.RESPONSES: "resp_"}


@dataclass(slots=True)
class Generation:
    """What becomes of one plan.

    Attributes:
        model_fingerprint: of the base weights.
        id: of the request, and of what the client gets.
        created: Unix time, seconds.
        began: the same moment on the clock that measures, `time.perf_counter`.
        version: adapter version that every token comes from; set before the first piece.
        deadline_hit: the answers end where the deadline found them.
        drafts: confusion points, in the order in which their tokens went out.
        echoes: what the client gets of each prompt; there before the first piece where the plan asks for it.
    """

    plan: Plan
    model_fingerprint: str
    id: str = ""
    created: int = field(default_factory=lambda: int(time.time()))
    began: float = field(default_factory=time.perf_counter)
    version: str = ""
    answers: list[AnswerRun] = field(default_factory=list)
    deadline_hit: bool = False
    drafts: list[EventDraft] = field(default_factory=list)
    echoes: list[Echo] = field(default_factory=list)
    _items: "asyncio.Queue[Piece | RefusalError | None]" = field(default_factory=asyncio.Queue)

    def __post_init__(self) -> None:
        self.id = self.id or f"{_PREFIXES[self.plan.endpoint]}{uuid.uuid4().hex}"

    def put(self, piece: Piece) -> None:
        """Hand on a piece to whoever reads `pieces`."""
        self._items.put_nowait(piece)

    def fail(self, error: RefusalError) -> None:
        """Let `pieces` raise, behind the pieces that are there."""
        self._items.put_nowait(error)

    def end(self) -> None:
        """Let `pieces` end."""
        self._items.put_nowait(None)

    async def pieces(self) -> AsyncIterator[Piece]:
        """The answers as they come; behind the last piece all events of the request are in the store.

        Raises:
            RefusalError: the request cannot be served.
        """
        while (item := await self._items.get()) is not None:
            if isinstance(item, RefusalError):
                raise item
            yield item

    @property
    def fingerprint(self) -> str:
        """Of the weights that answer: base and adapter version."""
        return f"{self.model_fingerprint}-{self.version}"

    @property
    def prompt_tokens(self) -> int:
        """Tokens of all prompts."""
        return sum(len(prompt.ids) for prompt in self.plan.prompts)

    @property
    def cached_tokens(self) -> int:
        """Tokens of the prompts that had been computed before."""
        return sum(answer.tally.cached_tokens or 0 for answer in self.answers[:: self.plan.n])

    @property
    def completion_tokens(self) -> int:
        """Tokens of all answers."""
        return sum(answer.tokens for answer in self.answers)

    @property
    def reasoning_tokens(self) -> int:
        """Those of them that are reasoning."""
        return sum(answer.reasoning_tokens for answer in self.answers)

    @property
    def events(self) -> int:
        """Events logged so far."""
        return sum(answer.tally.events for answer in self.answers)

    @property
    def rewinds(self) -> int:
        """How often the answers went back."""
        return sum(answer.tally.rewinds for answer in self.answers)

    @property
    def stood_back(self) -> int:
        """How often the guard let a drift pass, since nothing admissible was left or its rewinds were used up."""
        return sum(answer.tally.stood_back for answer in self.answers)
