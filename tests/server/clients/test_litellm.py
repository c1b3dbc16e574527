"""LiteLLM: chat, responses, and the bridge by which clients of Anthropic's `/v1/messages` reach `/v1/responses`."""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.clients.shapes import ANSWER, QUESTION, WEATHER, City
from tests.server.clients.snippets import run_snippet
from tests.server.conftest import Server

ASKED = {"role": "user", "content": QUESTION}
NEXT = {"role": "user", "content": "And of Italy?"}
TOOLS = [{"type": "function", "function": WEATHER}]
ANTHROPIC_TOOLS = [
    {"name": WEATHER["name"], "description": WEATHER["description"], "input_schema": WEATHER["parameters"]}
]


@pytest.fixture(autouse=True)
def event_loop_of_the_thread() -> Iterator[None]:
    """LiteLLM asks asyncio for it, which would make one that nobody closes."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


@pytest.fixture
def options(server: Server) -> dict[str, Any]:
    import litellm

    litellm.telemetry = False
    place = {"api_base": f"{server.url}/v1", "api_key": server.key}
    return {"model": "openai/smollm2", **place, "temperature": 0, "max_tokens": 64}


def test_chat_and_stream(options: dict[str, Any]) -> None:
    import litellm

    assert litellm.completion(messages=[ASKED], **options).choices[0].message.content == ANSWER
    streamed = list(litellm.completion(messages=[ASKED], stream=True, **options))
    assert len(streamed) > 2
    assert "".join(chunk.choices[0].delta.content or "" for chunk in streamed) == ANSWER


def test_tools(options: dict[str, Any]) -> None:
    import litellm

    told = litellm.completion(messages=[ASKED], tools=TOOLS, tool_choice="required", **options).choices[0].message
    (call,) = told.tool_calls
    assert call.function.name == "get_weather" and "city" in json.loads(call.function.arguments)
    talk = [ASKED, told, {"role": "tool", "tool_call_id": call.id, "content": "sunny"}]
    assert litellm.completion(messages=talk, tools=TOOLS, tool_choice="none", **options).choices[0].message.content


def test_structured_output(options: dict[str, Any]) -> None:
    import litellm

    told = litellm.completion(messages=[ASKED], response_format=City, **options).choices[0].message
    City.model_validate_json(told.content)


def test_conversation(options: dict[str, Any]) -> None:
    import litellm

    first = litellm.completion(messages=[ASKED], **options).choices[0].message
    assert "Rome" in litellm.completion(messages=[ASKED, first, NEXT], **options).choices[0].message.content


def test_the_anthropic_bridge(options: dict[str, Any]) -> None:
    import litellm

    def ask(**more: Any) -> Any:
        return asyncio.run(litellm.anthropic.messages.acreate(**options, **more))

    async def streamed() -> bytes:
        answer = await litellm.anthropic.messages.acreate(**options, messages=[ASKED], stream=True)
        return b"".join([chunk if isinstance(chunk, bytes) else str(chunk).encode() async for chunk in answer])

    told = ask(messages=[ASKED], system="Be brief.")
    assert told["content"][0]["text"].strip() and told["stop_reason"] == "end_turn"
    assert "Paris" in told["content"][0]["text"]
    talk = [ASKED, {"role": "assistant", "content": told["content"]}, NEXT]
    assert "Rome" in ask(messages=talk)["content"][0]["text"]
    called = ask(messages=[ASKED], tools=ANTHROPIC_TOOLS, tool_choice={"type": "any"})
    (use,) = [block for block in called["content"] if block["type"] == "tool_use"]
    assert use["name"] == "get_weather" and isinstance(use["input"]["city"], str)
    result = {"type": "tool_result", "tool_use_id": use["id"], "content": "sunny"}
    after = [ASKED, {"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]
    assert ask(messages=after, tools=ANTHROPIC_TOOLS)["content"]
    assert b"content_block_delta" in asyncio.run(streamed())


def test_the_documented_snippet(server: Server) -> None:
    run_snippet(server, "litellm", Path(sys.executable))
