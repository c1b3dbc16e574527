"""How a model learns of its tools, and the schema of a call that it has to make."""

import json
from collections.abc import Sequence
from typing import Any

from server.generation.tool_parser import CALL_MARKS
from server.planning.schemas import Message, NamedTool, Tool

__all__ = ["call_schema", "conversation"]

_THOUGHTS = ("reasoning_content", "thinking")  # how templates call them
_NAMES = ("$schema", "$id")  # of a whole document


def conversation(messages: Sequence[Message], tools: Sequence[Tool], template: str) -> list[dict[str, Any]]:
    """The messages as a chat template takes them; where the template does not show tools, a system message does."""
    native = "tools" in template
    out = [_as_dict(message, template, native) for message in messages]
    if not tools or native:
        return out
    instruction = _instruction(tools)
    if out and out[0]["role"] == "system":
        out[0]["content"] = f"{out[0]['content']}\n\n{instruction}"
        return out
    return [{"role": "system", "content": instruction}, *out]


def _as_dict(message: Message, template: str, native: bool) -> dict[str, Any]:
    role = "system" if message.role == "developer" and "developer" not in template else message.role
    out: dict[str, Any] = {"role": role, "content": message.text}
    if message.name is not None:
        out["name"] = message.name
    if message.thoughts is not None and message.role == "assistant":
        out |= {name: message.thoughts for name in _THOUGHTS if name in template}
    calls = [_call(call.function.name, call.function.arguments) for call in message.tool_calls or ()]
    if native:
        if calls:
            out["tool_calls"] = [{"type": "function", "function": call} for call in calls]
        if message.tool_call_id is not None:
            out["tool_call_id"] = message.tool_call_id
        return out
    if calls:
        shown = "\n".join(f"{CALL_MARKS[0]}\n{json.dumps(call, ensure_ascii=False)}\n{CALL_MARKS[1]}" for call in calls)
        out["content"] = f"{message.text}\n{shown}".strip()
    if role == "tool":
        out = {"role": "user", "content": f"<tool_response>\n{message.text}\n</tool_response>"}
    return out


def _call(name: str, arguments: str) -> dict[str, Any]:
    try:
        return {"name": name, "arguments": json.loads(arguments)}
    except ValueError:
        return {"name": name, "arguments": arguments}


def _instruction(tools: Sequence[Tool]) -> str:
    listed = "\n".join(json.dumps(tool.model_dump(exclude_none=True), ensure_ascii=False) for tool in tools)
    return (
        f"You can call these functions, one JSON description a line:\n{listed}\n"
        f'To call one, write {CALL_MARKS[0]}{{"name": "its name", "arguments": {{...}}}}{CALL_MARKS[1]} and nothing else.'
    )


def call_schema(tools: Sequence[Tool], choice: NamedTool | str | None) -> dict[str, Any]:
    """JSON schema of a call that has to be made: the name first, then the arguments."""
    wanted = [t for t in tools if not isinstance(choice, NamedTool) or t.function.name == choice.function.name]
    parameters = {f"{i}": _moved(_parameters(tool), f"#/$defs/{i}") for i, tool in enumerate(wanted)}
    calls = [_call_of(tool.function.name, f"#/$defs/{i}") for i, tool in enumerate(wanted)]
    return {"anyOf": calls, "$defs": parameters}


def _parameters(tool: Tool) -> dict[str, Any]:
    return tool.function.parameters or {"type": "object", "properties": {}, "additionalProperties": False}


def _call_of(name: str, parameters: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"name": {"const": name}, "arguments": {"$ref": parameters}},
        "required": ["name", "arguments"],
        "additionalProperties": False,
    }


def _moved(schema: Any, place: str) -> Any:
    """A schema whose references to itself hold at another place of a document."""
    if isinstance(schema, list):
        return [_moved(item, place) for item in schema]
    if not isinstance(schema, dict):
        return schema
    moved = {key: _moved(value, place) for key, value in schema.items() if key not in _NAMES or isinstance(value, dict)}
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith("#"):
        moved["$ref"] = place + reference[1:]
    return moved
