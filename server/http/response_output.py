"""The output of a response as it grows: its items, and the events by which a stream tells of them."""

import itertools
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from server.engines.engine import Vocabulary
from server.generation.calls import CallPiece
from server.generation.pieces import Piece
from server.generation.text import TokenInfo
from server.http.logprobs import Spelling, token_logprobs
from server.http.replies import TokenLogprob
from server.http.response_events import (
    ArgumentsDeltaEvent,
    ArgumentsDoneEvent,
    ItemEvent,
    PartEvent,
    ReasoningDeltaEvent,
    ReasoningDoneEvent,
    StreamEvent,
    TextDeltaEvent,
    TextDoneEvent,
)
from server.http.response_replies import (
    CallItem,
    ItemStatus,
    MessageItem,
    OutputItem,
    OutputText,
    ReasoningItemReply,
    ReasoningText,
)

__all__ = ["Output"]


class _Growing(ABC):
    """An item that is being written.

    Args:
        index: among the response's items.
        numbers: of the stream's events.
    """

    prefix: str

    def __init__(self, index: int, numbers: Iterator[int]) -> None:
        self.id = f"{self.prefix}_{uuid.uuid4().hex}"
        self._index = index
        self._numbers = numbers

    @abstractmethod
    def item(self, status: ItemStatus) -> OutputItem:
        """The item as it is now."""

    @abstractmethod
    def opened(self) -> Iterator[StreamEvent]:
        """What a stream tells when the item begins."""

    @abstractmethod
    def closed(self, status: ItemStatus) -> Iterator[StreamEvent]:
        """What a stream tells when the item ends."""

    def event(self, model: type[StreamEvent], kind: str, **fields: Any) -> StreamEvent:
        """An event about this item, with the next number."""
        place = {"output_index": self._index}
        return model(type=f"response.{kind}", sequence_number=next(self._numbers), **place, **fields)


class _Message(_Growing):
    """Text."""

    prefix = "msg"

    def __init__(self, index: int, numbers: Iterator[int]) -> None:
        super().__init__(index, numbers)
        self._texts: list[str] = []
        self._logprobs: list[TokenLogprob] = []
        self._place = {"item_id": self.id, "content_index": 0}

    def add(self, text: str, logprobs: list[TokenLogprob]) -> StreamEvent:
        """Take in more of it."""
        self._texts.append(text)
        self._logprobs += logprobs
        return self.event(TextDeltaEvent, "output_text.delta", delta=text, logprobs=logprobs, **self._place)

    def item(self, status: ItemStatus) -> MessageItem:
        return self._item(status, [self._part("".join(self._texts), self._logprobs)])

    def opened(self) -> Iterator[StreamEvent]:
        yield self.event(ItemEvent, "output_item.added", item=self._item("in_progress", []))
        yield self.event(PartEvent, "content_part.added", part=self._part("", []), **self._place)

    def closed(self, status: ItemStatus) -> Iterator[StreamEvent]:
        item = self.item(status)
        (part,) = item.content
        yield self.event(TextDoneEvent, "output_text.done", text=part.text, logprobs=part.logprobs, **self._place)
        yield self.event(PartEvent, "content_part.done", part=part, **self._place)
        yield self.event(ItemEvent, "output_item.done", item=item)

    def _item(self, status: ItemStatus, content: list[OutputText]) -> MessageItem:
        return MessageItem(id=self.id, type="message", role="assistant", status=status, content=content)

    def _part(self, text: str, logprobs: list[TokenLogprob]) -> OutputText:
        return OutputText(type="output_text", text=text, annotations=[], logprobs=logprobs)


class _Reasoning(_Growing):
    """What the model thinks before it answers."""

    prefix = "rs"

    def __init__(self, index: int, numbers: Iterator[int]) -> None:
        super().__init__(index, numbers)
        self._texts: list[str] = []
        self._place = {"item_id": self.id, "content_index": 0}

    def add(self, text: str) -> StreamEvent:
        """Take in more of it."""
        self._texts.append(text)
        return self.event(ReasoningDeltaEvent, "reasoning_text.delta", delta=text, **self._place)

    def item(self, status: ItemStatus) -> ReasoningItemReply:
        return self._item(status, [self._part("".join(self._texts))])

    def opened(self) -> Iterator[StreamEvent]:
        yield self.event(ItemEvent, "output_item.added", item=self._item("in_progress", []))
        yield self.event(PartEvent, "content_part.added", part=self._part(""), **self._place)

    def closed(self, status: ItemStatus) -> Iterator[StreamEvent]:
        item = self.item(status)
        (part,) = item.content
        yield self.event(ReasoningDoneEvent, "reasoning_text.done", text=part.text, **self._place)
        yield self.event(PartEvent, "content_part.done", part=part, **self._place)
        yield self.event(ItemEvent, "output_item.done", item=item)

    def _item(self, status: ItemStatus, content: list[ReasoningText]) -> ReasoningItemReply:
        return ReasoningItemReply(
            id=self.id, type="reasoning", status=status, summary=[], content=content, encrypted_content=None
        )

    def _part(self, text: str) -> ReasoningText:
        return ReasoningText(type="reasoning_text", text=text)


class _Call(_Growing):
    """A call of a function.

    Args:
        call_id: by which the call's output will name it.
        name: of the function.
    """

    prefix = "fc"

    def __init__(self, index: int, numbers: Iterator[int], call_id: str, name: str) -> None:
        super().__init__(index, numbers)
        self._call_id = call_id
        self._name = name
        self._arguments: list[str] = []

    def add(self, arguments: str) -> StreamEvent:
        """Take in more of its arguments."""
        self._arguments.append(arguments)
        return self.event(ArgumentsDeltaEvent, "function_call_arguments.delta", item_id=self.id, delta=arguments)

    def item(self, status: ItemStatus) -> CallItem:
        return CallItem(
            id=self.id,
            type="function_call",
            status=status,
            call_id=self._call_id,
            name=self._name,
            arguments="".join(self._arguments),
        )

    def opened(self) -> Iterator[StreamEvent]:
        yield self.event(ItemEvent, "output_item.added", item=self.item("in_progress"))

    def closed(self, status: ItemStatus) -> Iterator[StreamEvent]:
        item = self.item(status)
        done = {"item_id": self.id, "name": item.name, "arguments": item.arguments}
        yield self.event(ArgumentsDoneEvent, "function_call_arguments.done", **done)
        yield self.event(ItemEvent, "output_item.done", item=item)


@dataclass(slots=True)
class Output:
    """The items of one response.

    Args:
        with_logprobs: text comes with its tokens' log-probabilities.
        numbers: of the stream's events.
    """

    vocabulary: Vocabulary
    with_logprobs: bool
    numbers: Iterator[int] = field(default_factory=itertools.count)
    _done: list[OutputItem] = field(default_factory=list)
    _growing: _Growing | None = None
    _tokens: list[TokenInfo] = field(default_factory=list)  # their text has not come yet

    @property
    def items(self) -> list[OutputItem]:
        """All items; the one that is being written is incomplete."""
        return self._done if self._growing is None else [*self._done, self._growing.item("incomplete")]

    def add(self, piece: Piece) -> Iterator[StreamEvent]:
        """Take in a piece of the answer; what a stream tells of it. Has to be read to its end."""
        self._tokens += piece.tokens
        if piece.reasoning:
            yield from self._think(piece.reasoning)
        if piece.text:
            yield from self._say(piece.text)
        for call in piece.calls:
            yield from self._call(call)

    def close(self, status: ItemStatus) -> Iterator[StreamEvent]:
        """The end of the answer, which has at least one item."""
        if self._growing is None and not self._done:
            yield from self._open(_Message(0, self.numbers))
        if self._growing is not None:
            yield from self._end(self._growing, status)

    def _think(self, text: str) -> Iterator[StreamEvent]:
        growing = self._growing
        if not isinstance(growing, _Reasoning):
            growing = _Reasoning(self._next_index, self.numbers)
            yield from self._open(growing)
        self._tokens.clear()
        yield growing.add(text)

    def _say(self, text: str) -> Iterator[StreamEvent]:
        growing = self._growing
        if not isinstance(growing, _Message):
            growing = _Message(self._next_index, self.numbers)
            yield from self._open(growing)
        tokens, self._tokens = self._tokens, []
        yield growing.add(text, token_logprobs(tokens, Spelling(self.vocabulary)) if self.with_logprobs else [])

    def _call(self, piece: CallPiece) -> Iterator[StreamEvent]:
        """Calls come one behind the other: what has no id goes on with the one before."""
        growing = self._growing
        if piece.id is not None:
            growing = _Call(self._next_index, self.numbers, piece.id, piece.name or "")
            yield from self._open(growing)
        if piece.arguments and isinstance(growing, _Call):
            yield growing.add(piece.arguments)

    @property
    def _next_index(self) -> int:
        return len(self._done) + (self._growing is not None)

    def _open(self, growing: _Growing) -> Iterator[StreamEvent]:
        if self._growing is not None:
            yield from self._end(self._growing, "completed")
        self._growing = growing
        yield from growing.opened()

    def _end(self, growing: _Growing, status: ItemStatus) -> Iterator[StreamEvent]:
        yield from growing.closed(status)
        self._done.append(growing.item(status))
        self._growing = None
