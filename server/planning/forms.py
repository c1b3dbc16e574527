"""The form that a request asks its answers to have."""

import json
from typing import Any

from server.engines.form import Form, FormKind
from server.planning.schemas import ChatRequest, JsonObjectFormat, JsonSchemaFormat

__all__ = ["chat_form", "schema_form"]

_ANY_OBJECT = {"type": "object"}


def schema_form(schema: dict[str, Any] | None, param: str) -> Form:
    """JSON that fits a schema, its fields in the schema's order; any object where there is no schema."""
    return Form(FormKind.JSON_SCHEMA, json.dumps(_ANY_OBJECT if schema is None else schema), param)


def chat_form(body: ChatRequest) -> Form | None:
    """The form of a chat's answer; None for free text."""
    if isinstance(body.response_format, JsonObjectFormat):
        return schema_form(None, "response_format")
    if isinstance(body.response_format, JsonSchemaFormat):
        return schema_form(body.response_format.json_schema.schema_, "response_format")
    return None
