"""What a request wants of the model's reasoning, and whether its prompt has begun it."""

from collections.abc import Sequence
from typing import Any

from server.engines.engine import Engine
from server.planning.schemas import ChatRequest
from tlpo_guard.marks.table import MARKS, Content, MarkPair

__all__ = ["opened_reasoning", "reasoning_openings", "template_options"]

_END = 8  # tokens of a prompt's end, in which a template may have closed an empty reasoning


def template_options(body: ChatRequest, template: str) -> dict[str, Any]:
    """The variables of the chat template that a request sets; an effort only where the template knows what it is."""
    options: dict[str, Any] = {}
    if body.reasoning_effort is not None and "reasoning_effort" in template:
        options["reasoning_effort"] = body.reasoning_effort
    if body.reasoning_effort == "none" and "enable_thinking" in template:
        options["enable_thinking"] = False
    return options | (body.chat_template_kwargs or {})


def opened_reasoning(engine: Engine, prompt_ids: Sequence[int]) -> MarkPair | None:
    """The marks of the reasoning that a chat template has begun behind a conversation; None for none."""
    marks = engine.guard.marks
    pair = marks.pair(marks.after_prompt(prompt_ids))
    if pair is None or pair.content is not Content.REASONING:
        return None
    # Where the template has no such mark, somebody in the conversation has written it.
    return pair if any(mark in engine.tokenizer.chat_template for mark in pair.opens) else None


def reasoning_openings(engine: Engine, prompt_ids: Sequence[int]) -> frozenset[int]:
    """The tokens by which a model that knows how to reason may begin to; none where the template has closed the reasoning."""
    template = engine.tokenizer.chat_template
    pairs = [pair for pair in MARKS if pair.content is Content.REASONING and not pair.head]
    opens = {mark for pair in pairs for mark in pair.opens if mark in template}
    closes = {mark for pair in pairs for mark in pair.closes}
    tokens = engine.guard.marks.tokens_of(Content.REASONING)
    if any(tokens.get(token_id) in closes for token_id in prompt_ids[-_END:]):
        return frozenset()
    return frozenset(token_id for token_id, text in tokens.items() if text in opens)
