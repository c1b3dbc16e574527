"""Everything that the official client sends, against the real server and model."""

import asyncio
import json
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import openai
import pytest

from tests.server.clients import shapes
from tests.server.conftest import Server, start

CAPITAL: list[Any] = [{"role": "user", "content": "What is the capital of France?"}]
ENDLESS: Any = {"logit_bias": {"2": -100}}  # without the token that ends an answer
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string", "maxLength": 12}, "capital": {"type": "boolean"}},
    "required": ["city", "capital"],
    "additionalProperties": False,
}
WEATHER: Any = {"type": "function", "function": shapes.WEATHER}


def chat(server: Server, **options: Any) -> Any:
    settings: dict[str, Any] = {"model": "smollm2", "messages": CAPITAL, "max_tokens": 12, "temperature": 0} | options
    return server.client().chat.completions.create(**settings)


def text_of(chunks: Any) -> str:
    return "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)


def test_chat(server: Server) -> None:
    answer = chat(server)
    assert answer.choices[0].message.content == "The capital of France is Paris."
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert chat(server, max_tokens=None, max_completion_tokens=2).usage.completion_tokens == 2
    assert chat(server, max_tokens=2).choices[0].finish_reason == "length"


def test_several_answers_differ_and_a_seed_repeats_one(server: Server) -> None:
    several = chat(server, n=3, seed=5, temperature=1.2)
    assert [choice.index for choice in several.choices] == [0, 1, 2]
    assert len({choice.message.content for choice in several.choices}) == 3
    one, again, other = (chat(server, seed=seed, temperature=1.2).choices[0].message.content for seed in (5, 5, 6))
    assert one == again != other


def test_completions(server: Server) -> None:
    create = server.client().completions.create
    options: Any = {"model": "smollm2", "max_tokens": 4, "temperature": 0}
    both = create(prompt=["The capital of France is", "The capital of Italy is"], n=2, **options)
    assert [c.index for c in both.choices] == [0, 1, 2, 3]
    assert all("Paris" in c.text for c in both.choices[:2])
    assert all("Rome" in c.text for c in both.choices[2:])
    ids = httpx.post(
        f"{server.url}/tokenize",
        json={"prompt": "The capital of France is"},
        headers={"Authorization": "Bearer secret-of-the-tests"},
    ).json()["tokens"]
    assert create(prompt=ids, **options).choices[0].text == both.choices[0].text
    streamed = create(prompt="The capital of France is", stream=True, **options)
    assert "".join(chunk.choices[0].text for chunk in streamed) == both.choices[0].text


@pytest.mark.parametrize("stop", ["France", ["nce is", "never"], "e i"])
def test_stop_sequences_never_reach_the_client(server: Server, stop: Any) -> None:
    whole, streamed = chat(server, stop=stop), chat(server, stop=stop, stream=True)
    text = whole.choices[0].message.content
    first = min("The capital of France is Paris.".find(s) for s in ([stop] if isinstance(stop, str) else stop[:1]))
    assert text == "The capital of France is Paris."[:first]
    assert whole.choices[0].finish_reason == "stop"
    assert text_of(streamed) == text


def test_streaming_brings_the_usage_at_the_end_where_it_is_asked_for(server: Server) -> None:
    chunks = list(chat(server, stream=True, stream_options={"include_usage": True}))
    assert chunks[0].choices[0].delta.role == "assistant"
    assert text_of(chunks) == "The capital of France is Paris."
    assert [c.usage for c in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert chunks[-1].choices == [] and chunks[-1].usage.completion_tokens == 8
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert len({c.id for c in chunks}) == 1


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "get_weather"}}])
@pytest.mark.parametrize("stream", [False, True])
def test_a_tool_that_has_to_be_called_is(server: Server, choice: Any, stream: bool) -> None:
    told = chat(server, tools=[WEATHER], tool_choice=choice, max_tokens=80, stream=stream)
    if stream:
        chunks = [c for c in told if c.choices]
        call, *more = [call for c in chunks for call in c.choices[0].delta.tool_calls or ()]
        call.function.arguments += "".join(piece.function.arguments for piece in more)
        assert text_of(chunks) == ""
        finish = chunks[-1].choices[0].finish_reason
    else:
        (call,) = told.choices[0].message.tool_calls
        assert told.choices[0].message.content is None
        finish = told.choices[0].finish_reason
    assert (call.function.name, finish) == ("get_weather", "tool_calls")
    arguments = json.loads(call.function.arguments)
    jsonschema.validate(arguments, WEATHER["function"]["parameters"])


def test_tools_may_be_left_alone_and_their_results_go_back_in(server: Server) -> None:
    assert chat(server, tools=[WEATHER], tool_choice="none").choices[0].message.tool_calls is None
    call = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'}}
    talk = [
        *CAPITAL,
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "sunny, 21 degrees"},
    ]
    assert chat(server, messages=talk, tools=[WEATHER], tool_choice="auto").choices[0].finish_reason in (
        "stop",
        "length",
    )
    other = {"type": "function", "function": {"name": "get_time"}}
    with pytest.raises(openai.BadRequestError, match="tool_choice"):
        chat(server, tools=[WEATHER], tool_choice=other)


@pytest.mark.parametrize("temperature", [0, 0.8])
def test_an_answer_fits_its_json_schema(server: Server, temperature: float) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "capital", "schema": SCHEMA, "strict": True}}
    answer = chat(server, response_format=form, max_tokens=300, temperature=temperature, seed=1)
    assert answer.choices[0].finish_reason == "stop"
    jsonschema.validate(json.loads(answer.choices[0].message.content), SCHEMA)


def test_a_bad_schema_is_refused_by_name(server: Server) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "nonsense"}}}
    with pytest.raises(openai.BadRequestError) as caught:
        chat(server, response_format=form)
    assert caught.value.param == "response_format"
    some = chat(server, response_format={"type": "json_object"}, max_tokens=60, temperature=0).choices[0]
    text = some.message.content
    assert text.startswith("{")
    assert some.finish_reason == "length" or isinstance(json.loads(text), dict)


def test_logprobs(server: Server) -> None:
    choice = chat(server, logprobs=True, top_logprobs=3).choices[0]
    assert "".join(token.token for token in choice.logprobs.content) == choice.message.content
    for token in choice.logprobs.content:
        assert token.logprob <= 0
        assert len(token.top_logprobs) == 3
        assert token.top_logprobs[0].token == token.token  # at temperature 0
        assert bytes(token.bytes).decode() == token.token
    streamed = [c.choices[0] for c in chat(server, logprobs=True, stream=True) if c.choices]
    assert sum(len(c.logprobs.content) for c in streamed if c.logprobs) == len(choice.logprobs.content)
    create = server.client().completions.create
    legacy = create(model="smollm2", prompt="The capital of France is", max_tokens=4, temperature=0, logprobs=2)
    told = legacy.choices[0].logprobs
    assert told is not None and told.tokens is not None and told.top_logprobs is not None
    assert "".join(told.tokens) == legacy.choices[0].text
    assert [len(top) for top in told.top_logprobs] == [2, 2, 2, 2]
    assert told.text_offset == [0, *[len("".join(told.tokens[:i])) for i in range(1, 4)]]


def test_bias_and_penalties_change_what_is_drawn(server: Server) -> None:
    ids = httpx.post(
        f"{server.url}/tokenize", json={"prompt": " Paris"}, headers={"Authorization": "Bearer secret-of-the-tests"}
    ).json()["tokens"]
    banned = chat(server, logit_bias={str(ids[0]): -100}).choices[0].message.content
    assert "Paris" not in banned
    forced = chat(server, logit_bias={str(ids[0]): 100}, max_tokens=3).choices[0].message.content
    assert forced == " Paris" * 3
    told = chat(server, logit_bias={str(ids[0]): 100}, frequency_penalty=2.0, presence_penalty=2.0, max_tokens=3)
    assert told.choices[0].message.content == " Paris" * 3  # 100 is more than three times four


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"audio": {"voice": "x"}}, "audio"),
        ({"functions": []}, "functions"),
        ({"web_search_options": {}}, "web_search_options"),
        ({"reasoning_effort": "loud"}, "reasoning_effort"),
        ({"n": 99}, "n"),
        ({"top_logprobs": 3}, "top_logprobs"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
        ({"logit_bias": {"99999999": 1}}, "logit_bias"),
        ({"stop": [""]}, "stop"),
    ],
)
def test_what_cannot_be_honoured_is_refused_by_name(server: Server, change: dict[str, Any], field: str) -> None:
    body = {"model": "smollm2", "messages": CAPITAL, "max_tokens": 2} | change
    headers = {"Authorization": "Bearer secret-of-the-tests"}
    response = httpx.post(f"{server.url}/v1/chat/completions", json=body, headers=headers, timeout=60)
    assert (response.status_code, response.json()["error"]["param"]) == (400, field)


@pytest.mark.parametrize("change", [{"suffix": "x"}, {"best_of": 3}])
def test_legacy_parameters_that_cannot_be_honoured_are_refused_by_name(server: Server, change: dict[str, Any]) -> None:
    with pytest.raises(openai.BadRequestError, match="is not supported by this server") as caught:
        server.client().completions.create(model="smollm2", prompt="x", max_tokens=1, **change)
    assert caught.value.param == next(iter(change))


def test_errors_are_the_clients_own_classes(server: Server) -> None:
    with pytest.raises(openai.NotFoundError) as missing:
        chat(server, model="smollm2@v9999")
    assert (missing.value.param, missing.value.code) == ("model", "model_not_found")
    with pytest.raises(openai.AuthenticationError):
        server.client().with_options(api_key="wrong").models.list()
    with pytest.raises(openai.BadRequestError) as long:
        chat(server, max_tokens=100_000)
    assert (long.value.param, long.value.code) == ("max_tokens", "context_length_exceeded")


def test_models(server: Server) -> None:
    client = server.client()
    assert client.models.retrieve("smollm2").id == "smollm2"
    for other in ("gpt-9", "smollm2@base"):  # a version is shown to those who may name it
        with pytest.raises(openai.NotFoundError):
            client.models.retrieve(other)


def test_a_full_server_says_so_and_the_client_comes_back(tmp_path: Path, model_cache: Path) -> None:
    server = start(tmp_path / "data", model_cache, "--max-concurrent", "1", "--max-queue", "0")
    try:
        url, headers = f"{server.url}/v1/chat/completions", {"Authorization": "Bearer secret-of-the-tests"}
        long = {"model": "smollm2", "messages": CAPITAL, "max_tokens": 2_000, "stream": True, **ENDLESS}
        with httpx.stream("POST", url, json=long, headers=headers, timeout=60) as busy:
            lines = busy.iter_lines()
            assert next(lines).startswith("data: ")
            with pytest.raises(openai.RateLimitError) as full:
                chat(server)
            assert int(full.value.response.headers["retry-after"]) > 0
            threading.Timer(1.0, busy.close).start()
            patient = server.client().with_options(max_retries=5)
            answer = patient.chat.completions.create(model="smollm2", messages=CAPITAL, max_tokens=2)
            assert answer.usage is not None and answer.usage.completion_tokens == 2
    finally:
        server.kill()


def test_a_cancelled_call_gives_its_row_back(server: Server) -> None:
    async def scene() -> None:
        async with openai.AsyncOpenAI(
            base_url=f"{server.url}/v1", api_key="secret-of-the-tests", max_retries=0
        ) as client:
            call = client.chat.completions.create(
                model="smollm2", messages=CAPITAL, max_tokens=4_000, logit_bias={"2": -100}
            )
            task = asyncio.create_task(call)
            await asyncio.sleep(1.0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(scene())
    deadline = time.monotonic() + 10
    while (told := httpx.get(f"{server.url}/health").json()) and (told["engine_rows"] or told["running"]):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_responses(server: Server) -> None:
    client = server.client()
    made: Any = {"model": "smollm2", "input": "What is the capital of France?", "temperature": 0}
    whole = client.responses.create(**made, metadata={"a": "b"})
    assert whole.output_text == "The capital of France is Paris."
    assert (whole.status, whole.metadata) == ("completed", {"a": "b"})
    assert whole.usage is not None and whole.usage.output_tokens == 8
    events = list(client.responses.create(**made, stream=True))
    assert [e.type for e in events[:4]] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
    ]
    assert "".join(e.delta for e in events if e.type == "response.output_text.delta") == whole.output_text
    assert [getattr(e, "sequence_number", None) for e in events] == list(range(len(events)))
    last = events[-1]
    assert last.type == "response.completed" and last.response.output_text == whole.output_text
    short = client.responses.create(**made, max_output_tokens=2, instructions="Be brief.")
    assert (short.status, short.incomplete_details.reason) == ("incomplete", "max_output_tokens")  # type: ignore[union-attr]
    form: Any = {"format": {"type": "json_schema", "name": "capital", "schema": SCHEMA}}
    jsonschema.validate(json.loads(client.responses.create(**made, text=form).output_text), SCHEMA)
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(**made, previous_response_id="resp-1")
    assert caught.value.param == "previous_response_id"


def test_tokens_of_a_conversation_are_those_that_are_billed(server: Server) -> None:
    headers = {"Authorization": "Bearer secret-of-the-tests"}
    told = httpx.post(f"{server.url}/tokenize", json={"messages": CAPITAL}, headers=headers).json()
    assert told["count"] == len(told["tokens"]) == chat(server).usage.prompt_tokens
    assert httpx.post(f"{server.url}/tokenize", json={}, headers=headers).status_code == 400
