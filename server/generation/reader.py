"""Makes pieces of an answer's tokens: what of them is reasoning, what calls of tools, and what text."""

from collections.abc import Mapping

from server.engines.engine import Engine
from server.generation.pieces import Piece
from server.generation.plan import Plan, Prompt, Reasoning
from server.generation.text import AnswerText, TokenInfo
from server.generation.tool_parser import MARKS_OF_CALLS, ToolParser
from tlpo_guard.generation.sequence import Logprobs
from tlpo_guard.marks.stream import ReasoningText
from tlpo_guard.marks.table import Content

__all__ = ["AnswerReader"]


class AnswerReader:
    """Reads one answer.

    Args:
        index: of the answer among the request's.

    Attributes:
        reasoning_tokens: how many tokens the reasoning takes, its marks among them.
    """

    def __init__(self, index: int, plan: Plan, prompt: Prompt, engine: Engine) -> None:
        self._index = index
        self._text = AnswerText(plan.stops, plan.min_tokens, with_stop=plan.with_stop)
        self._reasoning = None if plan.reasoning is Reasoning.IN_TEXT else ReasoningText(prompt.opened)
        self._shows_reasoning = plan.reasoning is Reasoning.APART
        self._tools = None if plan.tools is None else ToolParser(plan.tools)
        self._special = engine.tokenizer.special_tokens if plan.special_tokens else self._marks_of_calls(engine)
        self._marks = {} if self._reasoning is None else engine.guard.marks.tokens_of(Content.REASONING)
        self.reasoning_tokens = 0

    def _marks_of_calls(self, engine: Engine) -> Mapping[int, str]:
        if self._tools is None:
            return {}
        tokens = engine.guard.marks.tokens_of(Content.TOOL_CALL)
        return {token_id: text for token_id, text in tokens.items() if text in MARKS_OF_CALLS}

    @property
    def stopped(self) -> bool:
        """Whether a stop sequence has come."""
        return self._text.stopped

    @property
    def stop(self) -> str | None:
        """The stop sequence that has come."""
        return self._text.stop

    def feed(self, token_id: int, data: bytes, logprobs: Logprobs | None) -> Piece:
        """What a token brings.

        Args:
            data: its bytes; none for special tokens.
        """
        before = self._reasoning is not None and self._reasoning.inside
        data = data or self._spelled(token_id).encode()
        piece = self._piece(*self._text.feed(token_id, data, logprobs))
        if self._reasoning is not None:
            self.reasoning_tokens += before or self._reasoning.inside
        return piece

    def close(self, finish_reason: str) -> Piece:
        """The end of the answer; what is left.

        Args:
            finish_reason: why nothing more comes.
        """
        text, tokens = self._text.close()
        first = self._piece(text, tokens)
        reasoning, rest = ("", "") if self._reasoning is None else self._reasoning.close()
        calls = first.calls
        if self._tools is not None:
            before, some = self._tools.feed(rest)
            after, more = self._tools.close()
            rest, calls = before + after, (*calls, *some, *more)
            if self._tools.made and (finish_reason == "stop" or not self._tools.cut):
                finish_reason = "tool_calls"
        shown = reasoning if self._shows_reasoning else ""
        return Piece(self._index, first.text + rest, first.tokens, calls, finish_reason, first.reasoning + shown)

    def _spelled(self, token_id: int) -> str:
        """What is shown of a special token, or looked for by those who divide the answer."""
        if self._reasoning is not None and not self._reasoning.over and token_id in self._marks:
            return self._marks[token_id]
        return self._special.get(token_id, "")

    def _piece(self, text: str, tokens: list[TokenInfo]) -> Piece:
        reasoning, rest = ("", text) if self._reasoning is None else self._reasoning.feed(text)
        shown = reasoning if self._shows_reasoning else ""
        if self._tools is None:
            return Piece(self._index, rest, tuple(tokens), reasoning=shown)
        rest, calls = self._tools.feed(rest)
        return Piece(self._index, rest, tuple(tokens), tuple(calls), reasoning=shown)
