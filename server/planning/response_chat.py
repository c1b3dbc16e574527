"""A request of `/v1/responses` as the chat that it comes to."""

import re
from collections.abc import Sequence
from typing import Literal

from server.errors import InvalidRequestError, RefusalError
from server.planning.schemas import ChatRequest, FunctionSpec, Message, NamedTool, ResponsesRequest, Tool, ToolCall
from server.planning.schemas.forms import JsonSchemaFormat, NamedSchema, ResponseFormat
from server.planning.schemas.functions import MOST_TOOLS, NamedFunction
from server.planning.schemas.generation import Sampling
from server.planning.schemas.messages import FunctionCall
from server.planning.schemas.response_items import FunctionCallItem, FunctionCallOutput, InputItem, ReasoningItem
from server.planning.schemas.responses import AllowedTools, FunctionTool, NamedFunctionTool, ResponsesSchemaFormat

__all__ = ["as_chat", "in_own_words", "own_field"]

_Choice = Literal["none", "auto", "required"]

# What a chat calls its fields, and what this endpoint calls them.
_FIELDS = {
    "messages": "input",
    "max_completion_tokens": "max_output_tokens",
    "response_format": "text.format",
    "reasoning_effort": "reasoning.effort",
}


def as_chat(body: ResponsesRequest) -> ChatRequest:
    """The same request, asked of `/v1/chat/completions`.

    Raises:
        InvalidRequestError: calls for a tool that is not there.
    """
    tools, choice = _tools(body)
    return ChatRequest(
        model=body.model,
        messages=_messages(body),
        max_completion_tokens=body.max_output_tokens,
        logprobs=body.wants_logprobs,
        top_logprobs=body.top_logprobs if body.wants_logprobs else None,
        response_format=_form(body),
        tools=tools,
        tool_choice=choice,
        parallel_tool_calls=body.parallel_tool_calls,
        reasoning_effort=body.reasoning.effort if body.reasoning else None,
        user=body.user,
        safety_identifier=body.safety_identifier,
        guard=body.guard,
        **{name: getattr(body, name) for name in Sampling.model_fields},
    )


def own_field(name: str) -> str:
    """What this endpoint calls a field of a chat."""
    return _FIELDS.get(name, name)


def in_own_words(refused: RefusalError) -> RefusalError:
    """A chat's refusal with the names that this endpoint has for its fields."""
    if refused.param is not None:
        own = own_field(refused.param)
        refused.message = re.sub(rf"\b{re.escape(refused.param)}\b", own, refused.message, count=1)
        refused.param = own
    return refused


def _messages(body: ResponsesRequest) -> list[Message]:
    instructions = [] if body.instructions is None else [Message(role="system", content=body.instructions)]
    if isinstance(body.input, str):
        return [*instructions, Message(role="user", content=body.input)]
    return [*instructions, *_conversation(body.input)]


def _conversation(items: Sequence[InputItem]) -> list[Message]:
    """Items as messages: an assistant's words and calls that follow each other are one."""
    out: list[Message] = []
    for item in items:
        if isinstance(item, FunctionCallOutput):
            out.append(Message(role="tool", content=item.output, tool_call_id=item.call_id))
        elif isinstance(item, FunctionCallItem):
            _add_call(out, item)
        elif isinstance(item, ReasoningItem):
            if item.text:
                out.append(Message(role="assistant", reasoning_content=item.text))
        elif item.role == "assistant" and out and _only_thought(out[-1]):
            out[-1] = out[-1].model_copy(update={"content": item.content})
        else:
            out.append(Message(role=item.role, content=item.content))
    return out


def _add_call(out: list[Message], item: FunctionCallItem) -> None:
    call = ToolCall(id=item.call_id, function=FunctionCall(name=item.name, arguments=item.arguments))
    last = out[-1] if out else None
    if last is None or last.role != "assistant" or len(last.tool_calls or ()) >= MOST_TOOLS:
        out.append(Message(role="assistant", tool_calls=[call]))
    else:
        out[-1] = last.model_copy(update={"tool_calls": [*(last.tool_calls or ()), call]})


def _only_thought(message: Message) -> bool:
    return message.reasoning_content is not None and message.content is None and not message.tool_calls


def _form(body: ResponsesRequest) -> ResponseFormat | None:
    form = None if body.text is None else body.text.format
    if not isinstance(form, ResponsesSchemaFormat):
        return form
    named = NamedSchema(name=form.name, schema=form.schema_, strict=form.strict, description=form.description)
    return JsonSchemaFormat(type="json_schema", json_schema=named)


def _tools(body: ResponsesRequest) -> tuple[list[Tool], NamedTool | _Choice | None]:
    """The functions that may be called, and whether one has to be."""
    given, choice = body.tools or [], body.tool_choice
    if isinstance(choice, AllowedTools):
        allowed = {tool.name for tool in choice.tools}
        given, choice = [tool for tool in given if tool.name in allowed], choice.mode
        if missing := allowed - {tool.name for tool in given}:
            message = f"tool_choice allows {min(missing)[:80]!r}, which is not among tools"
            raise InvalidRequestError(message, param="tool_choice")
    tools = [Tool(type="function", function=_function(tool)) for tool in given]
    if isinstance(choice, NamedFunctionTool):
        return tools, NamedTool(type="function", function=NamedFunction(name=choice.name))
    return tools, choice if tools else None


def _function(tool: FunctionTool) -> FunctionSpec:
    return FunctionSpec(**{name: getattr(tool, name) for name in FunctionSpec.model_fields})
