"""The form that a request asks its answers to have."""

import json
from collections.abc import Sequence
from typing import Any

from server.engines.engine import Tokenizer
from server.engines.form import Form, FormKind
from server.engines.json_spacing import json_spacing
from server.errors import InvalidRequestError
from server.generation.calls import ToolTurn
from server.generation.tool_parser import CALL_MARKS
from server.planning.schemas import (
    ChatRequest,
    GenerationRequest,
    JsonObjectFormat,
    JsonSchemaFormat,
    StructuredOutputs,
    Tool,
)
from server.planning.tools import call_schema

__all__ = ["chat_form", "marks_in_grammar", "requested_form", "schema_form"]

_ANY_OBJECT = {"type": "object"}


def marks_in_grammar(tokenizer: Tokenizer) -> tuple[str, ...]:
    """What opens and what closes a call, as a grammar in Lark spells it: tokens that were added to a vocabulary are no text."""
    alone = {mark: len(tokenizer.encode(mark, add_special_tokens=False)) == 1 for mark in CALL_MARKS}
    return tuple(mark if alone[mark] else json.dumps(mark) for mark in CALL_MARKS)


def schema_form(schema: dict[str, Any] | None, param: str) -> Form:
    """JSON that fits a schema, its fields in the schema's order; any object where there is no schema."""
    return Form(FormKind.JSON_SCHEMA, json.dumps(_ANY_OBJECT if schema is None else schema), param)


def chat_form(body: ChatRequest, turn: ToolTurn | None, call_marks: Sequence[str]) -> Form | None:
    """The form of a chat's answer; None for free text.

    Args:
        call_marks: what opens and what closes a call, from `marks_in_grammar`.

    Raises:
        InvalidRequestError: the call that has to be made is of no function that is there, or a form is no JSON.
    """
    try:
        return _chat_form(body, turn, call_marks)
    except RecursionError:
        raise InvalidRequestError("the schema is nested too deeply", param=None, code="invalid_schema") from None


def _chat_form(body: ChatRequest, turn: ToolTurn | None, call_marks: Sequence[str]) -> Form | None:
    tools = body.tools or ()
    if turn is not None and turn.forced:
        schema = call_schema(tools, body.tool_choice)
        if not schema["anyOf"]:
            message = "tool_choice names a function that is not among tools"
            raise InvalidRequestError(message, param="tool_choice", code="invalid_value")
        return schema_form(schema, "tools")
    form = requested_form(body) or _response_format(body)
    if form is None or turn is None or form.kind is not FormKind.JSON_SCHEMA:
        return form
    return _or_calls(form, tools, call_marks, parallel=turn.parallel)


def _response_format(body: ChatRequest) -> Form | None:
    if isinstance(body.response_format, JsonObjectFormat):
        return schema_form(None, "response_format")
    if isinstance(body.response_format, JsonSchemaFormat):
        return schema_form(body.response_format.json_schema.schema_, "response_format")
    return None


def requested_form(body: GenerationRequest) -> Form | None:
    """What `structured_outputs` or one of its older names asks for; raises InvalidRequestError."""
    if body.structured_outputs is not None:
        return _structured(body.structured_outputs)
    if body.guided_json is not None:
        return _json(body.guided_json, body.guided_whitespace_pattern, "guided_json")
    if body.guided_choice is not None:
        return Form(FormKind.CHOICE, json.dumps(body.guided_choice), "guided_choice")
    if body.guided_regex is not None:
        return Form(FormKind.REGEX, body.guided_regex, "guided_regex")
    if body.guided_grammar is not None:
        return Form(FormKind.GRAMMAR, body.guided_grammar, "guided_grammar")
    return None


def _structured(asked: StructuredOutputs) -> Form:
    param = f"structured_outputs.{asked.given[0]}"
    white_space = "" if asked.disable_any_whitespace else asked.whitespace_pattern
    if asked.json_ is not None:
        return _json(asked.json_, white_space, param)
    if asked.choice is not None:
        return Form(FormKind.CHOICE, json.dumps(asked.choice), param)
    if asked.regex is not None:
        return Form(FormKind.REGEX, asked.regex, param)
    if asked.grammar is not None:
        return Form(FormKind.GRAMMAR, asked.grammar, param)
    return _json(_ANY_OBJECT, white_space, param)


def _json(given: str | dict[str, Any], white_space: str | None, param: str) -> Form:
    schema = given
    if isinstance(schema, str):
        try:
            schema = json.loads(schema)
        except (ValueError, RecursionError) as exc:
            raise InvalidRequestError(f"{param} is no JSON", param=param, code="invalid_schema") from exc
    if not isinstance(schema, dict):
        raise InvalidRequestError(f"{param} is no JSON object", param=param, code="invalid_schema")
    return schema_form(schema if white_space is None else _spaced(schema, {"whitespace_pattern": white_space}), param)


def _spaced(schema: dict[str, Any], white_space: dict[str, Any]) -> dict[str, Any]:
    """A schema with its white space, as llguidance takes it."""
    return {"x-guidance": white_space, **schema}


def _or_calls(form: Form, tools: Sequence[Tool], call_marks: Sequence[str], *, parallel: bool) -> Form:
    """An answer of a form, or calls of tools as a model is asked to write them."""
    answer, call = (
        json.dumps(_spaced(schema, json_spacing())) for schema in (json.loads(form.text), call_schema(tools, None))
    )
    opening, closing = call_marks
    more = r'("\n" call)*' if parallel else ""
    grammar = (
        f"start: answer | call {more}\n"
        f"call: {opening} /[ \\n]{{0,2}}/ body /[ \\n]{{0,2}}/ {closing}\n"
        f"body: %json {call}\n"
        f"answer: %json {answer}\n"
    )
    return Form(FormKind.LARK, grammar, form.param)
