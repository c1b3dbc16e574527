"""What the guard reads of a request's body, by the endpoint of vLLM's server that it is sent to."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tlpo_guard.intent.message import Message, message_of

__all__ = ["ENDPOINTS", "Body", "Endpoint"]

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint that generates.

    Attributes:
        before_id: what vLLM puts before a request's id, and how that must begin already.
        conversations: one for each prompt, oldest message first; ValueError for a body that vLLM will refuse.
    """

    before_id: str
    own_id: str
    conversations: Callable[[Mapping[str, Any]], Sequence[Sequence[Message]]]


def _chat(body: Mapping[str, Any]) -> Sequence[Sequence[Message]]:
    return [[message_of(message) for message in _mappings(body.get("messages"))]]


def _completions(body: Mapping[str, Any]) -> Sequence[Sequence[Message]]:
    """The prompts; those of token ids say nothing here, where no tokenizer is."""
    prompt = body.get("prompt")
    prompts = prompt if isinstance(prompt, list) else [prompt]
    if prompts and all(isinstance(token, int) for token in prompts):
        prompts = [prompts]
    return [[Message("user", text)] if isinstance(text, str) else [] for text in prompts]


def _responses(body: Mapping[str, Any]) -> Sequence[Sequence[Message]]:
    instructions, given = body.get("instructions"), body.get("input")
    before = [Message("system", instructions)] if isinstance(instructions, str) else []
    if isinstance(given, str):
        return [[*before, Message("user", given)]]
    return [[*before, *(message_of(item) for item in _mappings(given) if "role" in item)]]


def _mappings(items: object) -> Iterable[Mapping[str, Any]]:
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        raise ValueError("a conversation must be a list of objects")
    return items


ENDPOINTS = {
    "/v1/chat/completions": Endpoint("chatcmpl-", "", _chat),
    "/v1/completions": Endpoint("cmpl-", "", _completions),
    "/v1/responses": Endpoint("", "resp_", _responses),
}
