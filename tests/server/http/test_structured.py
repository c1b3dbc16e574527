"""Answers of a given form, over a real socket."""

import json
import re
from typing import Any

import httpx
import pytest

from tests.server.conftest import Server

# Its first steps are cheap; then it is too complex to go on.
TANGLED = {"type": "string", "pattern": "^(a|b|c|d|e|[a-z]{1,50}){1,200}x$"}


SQL = """root ::= select
select ::= "SELECT " column " from " table
column ::= "col_1" | "col_2"
table ::= "table_1"
"""
RECIPE = {
    "type": "object",
    "properties": {"step": {"$ref": "#/$defs/Step"}},
    "required": ["step"],
    "additionalProperties": False,
    "$defs": {"Step": {"enum": ["stir", "wait"]}},
}


def post(server: Server, path: str = "chat/completions", **body: Any) -> httpx.Response:
    chat = {"messages": [{"role": "user", "content": "Hi."}]}
    prompt: dict[str, Any] = {"prompt": "Hi."} if path == "completions" else chat
    asked = {"model": "smollm2", "max_tokens": 100, "seed": 1} | prompt | body
    headers = {"Authorization": f"Bearer {server.key}"}
    return httpx.post(f"{server.url}/v1/{path}", json=asked, headers=headers, timeout=120)


def of_schema(schema: Any) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "made", "schema": schema}}


def fields(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def content(response: httpx.Response) -> str:
    assert response.status_code == 200, response.text
    return str(response.json()["choices"][0]["message"]["content"])


def test_fields_come_in_the_order_of_the_schema(quick_server: Server) -> None:
    schema = fields(steps={"enum": ["one", "two"]}, answer={"type": "boolean"}, about={"type": "null"})
    made = json.loads(content(post(quick_server, response_format=of_schema(schema))))
    assert list(made) == ["steps", "answer", "about"]


@pytest.mark.parametrize("path", ["chat/completions", "completions"])
@pytest.mark.parametrize(
    ("asked", "fits"),
    [
        ({"structured_outputs": {"json": RECIPE}}, r'\{\s*"step"\s*:\s*"(stir|wait)"\s*\}'),
        (
            {"structured_outputs": {"json": json.dumps(RECIPE), "disable_any_whitespace": True}},
            r'\{"step":"(stir|wait)"\}',
        ),
        ({"structured_outputs": {"regex": r"\d{2}-[a-f]{3}"}}, r"\d{2}-[a-f]{3}"),
        ({"structured_outputs": {"choice": ["Go", "C++", 'say "no"']}}, r'Go|C\+\+|say "no"'),
        ({"structured_outputs": {"grammar": SQL}}, r"SELECT col_[12] from table_1"),
        ({"structured_outputs": {"grammar": 'start: "yes" | "no"'}}, "yes|no"),
        ({"guided_json": RECIPE}, r'\{\s*"step"\s*:\s*"(stir|wait)"\s*\}'),
        ({"guided_regex": "a{3}b"}, "aaab"),
        ({"guided_choice": ["left", "right"], "guided_decoding_backend": "outlines"}, "left|right"),
        ({"guided_grammar": SQL}, r"SELECT col_[12] from table_1"),
    ],
)
def test_vllm_s_names_for_forms(quick_server: Server, path: str, asked: dict[str, Any], fits: str) -> None:
    (first, second) = post(quick_server, path, n=2, temperature=1, **asked).json()["choices"]
    for choice in (first, second):
        assert choice["finish_reason"] == "stop"
        assert re.fullmatch(fits, choice["text"] if path == "completions" else choice["message"]["content"])


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({"structured_outputs": {}}, "structured_outputs"),
        ({"structured_outputs": {"regex": "a", "choice": ["a"]}}, "structured_outputs"),
        ({"structured_outputs": {"choice": []}}, "structured_outputs.choice"),
        ({"structured_outputs": {"regex": "(a"}}, "structured_outputs.regex"),
        ({"structured_outputs": {"grammar": "nonsense"}}, "structured_outputs.grammar"),
        ({"structured_outputs": {"json": "{"}}, "structured_outputs.json"),
        ({"guided_regex": {"type": "object"}}, "guided_regex"),
        ({"guided_json": {}, "guided_regex": "a"}, "guided_regex"),
        ({"guided_choice": ["a"], "response_format": {"type": "json_object"}}, "guided_choice"),
        ({"response_format": {"type": "json_schema", "json_schema": {"name": "empty"}}}, "response_format"),
    ],
)
def test_forms_that_are_none_are_refused_by_name(quick_server: Server, asked: dict[str, Any], param: str) -> None:
    refused = post(quick_server, **asked)
    error = refused.json()["error"]
    assert refused.status_code == 400 and error["param"].startswith(param)
    assert "\n" not in error["message"]


def test_a_schema_that_is_nested_very_deeply_is_refused(quick_server: Server) -> None:
    deep = '{"type": "array", "items": ' * 600 + "{}" + "}" * 600
    for asked in ({"structured_outputs": {"json": deep}}, {"guided_json": json.loads(deep)}):
        assert post(quick_server, **asked).status_code == 400


def test_names_of_schemas_may_be_long_and_have_dots(quick_server: Server) -> None:
    form = {"type": "json_schema", "json_schema": {"name": f"my.schema {'x' * 80}", "schema": fields(a={"const": 1})}}
    assert json.loads(content(post(quick_server, response_format=form))) == {"a": 1}


def test_a_schema_that_is_too_dear_is_refused(quick_server: Server) -> None:
    schema = fields(n={"type": "integer", "multipleOf": 999_983})
    refused = post(quick_server, response_format=of_schema(schema), n=2)
    error = refused.json()["error"]
    assert (refused.status_code, error["param"], error["code"]) == (400, "response_format", "invalid_schema")
    assert "make it simpler" in error["message"]


def test_a_form_that_fails_on_the_way_is_the_request_s_fault_and_its_text_stays_out_of_the_log(
    quick_server: Server,
) -> None:
    refused = post(quick_server, response_format=of_schema(fields(secret=TANGLED)))
    error = refused.json()["error"]
    assert (refused.status_code, error["type"], error["code"]) == (400, "invalid_request_error", "invalid_schema")
    assert "lexer error" in error["message"] and "\n" not in error["message"]
    log = (quick_server.data_dir / "server.log").read_text(errors="replace")
    assert "secret" not in log and "Traceback" not in log
