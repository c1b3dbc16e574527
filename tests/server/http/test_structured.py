"""Answers of a given form, over a real socket."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.conftest import Server, start_small

# Its first steps are cheap; then it is too complex to go on.
TANGLED = {"type": "string", "pattern": "^(a|b|c|d|e|[a-z]{1,50}){1,200}x$"}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, small_model: Path) -> Iterator[Server]:
    running = start_small(tmp_path_factory.mktemp("structured"), small_model)
    yield running
    running.stop()


def post(server: Server, **body: Any) -> httpx.Response:
    asked = {"model": "smollm2", "messages": [{"role": "user", "content": "Hi."}], "max_tokens": 100, "seed": 1} | body
    headers = {"Authorization": f"Bearer {server.key}"}
    return httpx.post(f"{server.url}/v1/chat/completions", json=asked, headers=headers, timeout=120)


def of_schema(schema: Any) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "made", "schema": schema}}


def fields(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def content(response: httpx.Response) -> str:
    assert response.status_code == 200, response.text
    return str(response.json()["choices"][0]["message"]["content"])


def test_fields_come_in_the_order_of_the_schema(small: Server) -> None:
    schema = fields(steps={"enum": ["one", "two"]}, answer={"type": "boolean"}, about={"type": "null"})
    made = json.loads(content(post(small, response_format=of_schema(schema))))
    assert list(made) == ["steps", "answer", "about"]


def test_a_schema_that_is_too_dear_is_refused(small: Server) -> None:
    schema = fields(n={"type": "integer", "multipleOf": 999_983})
    refused = post(small, response_format=of_schema(schema), n=2)
    error = refused.json()["error"]
    assert (refused.status_code, error["param"], error["code"]) == (400, "response_format", "invalid_schema")
    assert "make it simpler" in error["message"]


def test_a_form_that_fails_on_the_way_is_the_request_s_fault_and_its_text_stays_out_of_the_log(small: Server) -> None:
    refused = post(small, response_format=of_schema(fields(secret=TANGLED)))
    error = refused.json()["error"]
    assert (refused.status_code, error["type"], error["code"]) == (400, "invalid_request_error", "invalid_schema")
    assert "lexer error" in error["message"] and "\n" not in error["message"]
    log = (small.data_dir / "server.log").read_text(errors="replace")
    assert "secret" not in log and "Traceback" not in log
