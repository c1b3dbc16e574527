"""instructor in the modes that it has for servers like this one."""

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.server.clients.shapes import QUESTION, City
from tests.server.clients.snippets import run_snippet
from tests.server.conftest import Server

ASKED = {"role": "user", "content": QUESTION}
OPTIONS: dict[str, Any] = {"model": "smollm2", "temperature": 0, "max_tokens": 64, "max_retries": 0}


def client(server: Server, mode: str) -> Any:
    import instructor

    return instructor.from_openai(server.client(), mode=instructor.Mode[mode])


@pytest.mark.parametrize("mode", ["TOOLS", "TOOLS_STRICT", "JSON_SCHEMA"])
def test_structured_output_by_tools_and_by_schema(server: Server, mode: str) -> None:
    made = client(server, mode).chat.completions.create(messages=[ASKED], response_model=City, **OPTIONS)
    assert isinstance(made, City)


def test_several_and_in_parts(server: Server) -> None:
    parts = list(
        client(server, "TOOLS").chat.completions.create_partial(messages=[ASKED], response_model=City, **OPTIONS)
    )
    assert len(parts) > 2 and City.model_validate(parts[-1].model_dump())


def test_chat_and_conversation(server: Server) -> None:
    chat = client(server, "TOOLS").chat.completions.create
    told = chat(messages=[ASKED], response_model=None, **OPTIONS).choices[0].message
    assert "Paris" in told.content
    talk = [ASKED, told.model_dump(), {"role": "user", "content": "And of Italy?"}]
    assert "Rome" in chat(messages=talk, response_model=None, **OPTIONS).choices[0].message.content


def test_the_documented_snippet(server: Server) -> None:
    run_snippet(server, "instructor", Path(sys.executable))
