"""The typed events of a stream of `/v1/responses`."""

from server.http.replies import TokenLogprob
from server.http.response_replies import OutputItem, OutputText, ReasoningText, ResponseReply
from server.http.wire import Reply

__all__ = [
    "ArgumentsDeltaEvent",
    "ArgumentsDoneEvent",
    "ItemEvent",
    "PartEvent",
    "ReasoningDeltaEvent",
    "ReasoningDoneEvent",
    "ResponseEvent",
    "StreamEvent",
    "TextDeltaEvent",
    "TextDoneEvent",
]


class StreamEvent(Reply):
    """One event of a stream, with its place in it."""

    type: str
    sequence_number: int


class ResponseEvent(StreamEvent):
    """`response.created`, `.in_progress`, `.completed`, `.incomplete` and `.failed`."""

    response: ResponseReply


class ItemEvent(StreamEvent):
    """`response.output_item.added` and `.done`."""

    output_index: int
    item: OutputItem


class _ItemPart(StreamEvent):
    item_id: str
    output_index: int


class _ContentPart(_ItemPart):
    content_index: int


class PartEvent(_ContentPart):
    """`response.content_part.added` and `.done`."""

    part: OutputText | ReasoningText


class TextDeltaEvent(_ContentPart):
    """`response.output_text.delta`."""

    delta: str
    logprobs: list[TokenLogprob]


class TextDoneEvent(_ContentPart):
    """`response.output_text.done`."""

    text: str
    logprobs: list[TokenLogprob]


class ReasoningDeltaEvent(_ContentPart):
    """`response.reasoning_text.delta`."""

    delta: str


class ReasoningDoneEvent(_ContentPart):
    """`response.reasoning_text.done`."""

    text: str


class ArgumentsDeltaEvent(_ItemPart):
    """`response.function_call_arguments.delta`."""

    delta: str


class ArgumentsDoneEvent(_ItemPart):
    """`response.function_call_arguments.done`."""

    name: str
    arguments: str
