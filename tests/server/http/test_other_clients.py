"""One conversation each with clients that others build on."""

import os
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from tests.server.conftest import Server

QUESTION = "What is the capital of France?"
ANSWER = "The capital of France is Paris."


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No telemetry, no price list from the network, and their own deprecations are theirs."""
    monkeypatch.setitem(os.environ, "LITELLM_LOCAL_MODEL_COST_MAP", "True")
    monkeypatch.setitem(os.environ, "LANGSMITH_TRACING", "false")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def test_litellm(server: Server) -> None:
    import litellm

    litellm.telemetry = False
    options: dict[str, Any] = {
        "model": "openai/smollm2",
        "api_base": f"{server.url}/v1",
        "api_key": server.key,
        "temperature": 0,
        "max_tokens": 12,
    }
    talk = [{"role": "user", "content": QUESTION}]
    first = litellm.completion(messages=talk, **options).choices[0].message.content
    assert first == ANSWER
    talk += [{"role": "assistant", "content": first}, {"role": "user", "content": "And of Italy?"}]
    streamed = litellm.completion(messages=talk, stream=True, **options)
    assert "Italy" in "".join(chunk.choices[0].delta.content or "" for chunk in streamed)


def test_langchain(server: Server) -> None:
    from langchain_openai import ChatOpenAI

    model = ChatOpenAI(model="smollm2", base_url=f"{server.url}/v1", api_key=server.key, temperature=0, max_tokens=12)
    first = model.invoke([("human", QUESTION)])
    assert first.content == ANSWER
    assert first.usage_metadata is not None and first.usage_metadata["output_tokens"] == 8
    talk = [("human", QUESTION), ("ai", str(first.content)), ("human", "And of Italy?")]
    assert "Italy" in "".join(str(chunk.content) for chunk in model.stream(talk))
