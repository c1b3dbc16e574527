"""Models that think: a chat template that knows how, on the packaged model, over a real socket."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.conftest import Server, start_small

OPENS, CLOSES = 3, 5  # special tokens of this model that stand for the marks here
# Thinks unless it is told not to, and shows what it was given.
TEMPLATE = """{%- for message in messages -%}
<|im_start|>{{ message.role }}
{%- if message.reasoning_content %}[thought {{ message.reasoning_content }}]{% endif %}
{{ message.content }}<|im_end|>
{% endfor -%}
{%- if reasoning_effort %}[effort {{ reasoning_effort }}]{% endif -%}
{%- if add_generation_prompt %}<|im_start|>assistant
{% if enable_thinking is defined and enable_thinking is false %}<think>

</think>

{% elif begin is defined or reasoning_effort == "high" %}<think>
{% endif %}{% endif -%}
"""
CHOICE = {"choice": ["yes indeed", "not at all"]}
THINKS_A_WHILE = {str(CLOSES): 41.0}  # after some tokens
THINKS_AT_ONCE = {str(OPENS): 60.0, str(CLOSES): 100.0}


@pytest.fixture(scope="module")
def thinker(tmp_path_factory: pytest.TempPathFactory, small_model: Path) -> Iterator[Server]:
    """The small model, with marks among its tokens."""
    folder = tmp_path_factory.mktemp("cache") / "small" / "smollm2"
    folder.mkdir(parents=True)
    for path in small_model.iterdir():
        (folder / path.name).symlink_to(path)
    (folder / "chat_template.jinja").unlink()
    (folder / "chat_template.jinja").write_text(TEMPLATE)
    tokenizer = (small_model / "tokenizer.json").read_text()
    (folder / "tokenizer.json").unlink()
    renamed = tokenizer.replace("<repo_name>", "<think>").replace("<file_sep>", "</think>")
    (folder / "tokenizer.json").write_text(renamed)
    running = start_small(tmp_path_factory.mktemp("thinker"), folder)
    yield running
    running.stop()


def post(server: Server, path: str = "v1/chat/completions", **body: Any) -> httpx.Response:
    asked = {"model": "smollm2", "messages": [{"role": "user", "content": "Is it so?"}]} | body
    return httpx.post(
        f"{server.url}/{path}", json=asked, headers={"Authorization": f"Bearer {server.key}"}, timeout=120
    )


def chat(server: Server, **body: Any) -> Any:
    response = post(server, **{"max_tokens": 80, "seed": 2} | body)
    assert response.status_code == 200, response.text
    return response.json()


def streamed(server: Server, **body: Any) -> list[Any]:
    response = post(server, **{"max_tokens": 80, "seed": 2, "stream": True} | body)
    assert response.status_code == 200, response.text
    return [json.loads(line.removeprefix("data: ")) for line in response.text.split("\n\n")[:-2]]


def prompt(server: Server, **body: Any) -> str:
    headers = {"Authorization": f"Bearer {server.key}"}
    tokens = post(server, "tokenize", **body).json()["tokens"]
    return str(httpx.post(f"{server.url}/detokenize", json={"tokens": tokens}, headers=headers).json()["prompt"])


BEGUN = {"chat_template_kwargs": {"begin": True}, "logit_bias": THINKS_A_WHILE}


def test_reasoning_that_the_template_begins_is_split_out(thinker: Server) -> None:
    told = chat(thinker, **BEGUN, structured_outputs=CHOICE)
    message = told["choices"][0]["message"]
    assert message["reasoning_content"].strip() == message["reasoning_content"] != ""
    assert message["content"] in CHOICE["choice"]
    details = told["usage"]["completion_tokens_details"]
    assert 1 < details["reasoning_tokens"] < told["usage"]["completion_tokens"]
    assert told["choices"][0]["finish_reason"] == "stop"


def test_a_stream_brings_the_reasoning_first(thinker: Server) -> None:
    asked: dict[str, Any] = BEGUN | {"structured_outputs": CHOICE, "stream_options": {"include_usage": True}}
    chunks = streamed(thinker, **asked)
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]]
    reasoning = [delta["reasoning_content"] for delta in deltas if "reasoning_content" in delta]
    contents = [delta["content"] for delta in deltas if delta.get("content")]
    whole = chat(thinker, **{name: value for name, value in asked.items() if name != "stream_options"})
    message = whole["choices"][0]["message"]
    assert ("".join(reasoning), "".join(contents)) == (message["reasoning_content"], message["content"])
    assert len(reasoning) > 1
    kinds = "".join(
        "r" if "reasoning_content" in delta else "c" for delta in deltas if delta.get("content") != "" and delta
    )
    assert re.fullmatch("r+c+", kinds)
    assert chunks[-1]["usage"] == whole["usage"]


def test_a_model_may_begin_to_reason_by_itself_before_a_form(thinker: Server) -> None:
    told = chat(thinker, logit_bias=THINKS_AT_ONCE, structured_outputs=CHOICE)
    assert told["choices"][0]["message"]["content"] in CHOICE["choice"]
    assert told["usage"]["completion_tokens_details"]["reasoning_tokens"] == 2


def test_reasoning_that_is_spelt_as_text_is_split_out_as_well(thinker: Server) -> None:
    spelled = {"regex": r"\[THINK\][a-z]{3,9}\[/THINK\]\n\n(yes|no)"}
    told = chat(thinker, structured_outputs=spelled, chat_template_kwargs={"enable_thinking": False})
    message = told["choices"][0]["message"]
    assert re.fullmatch("[a-z]{3,9}", message["reasoning_content"]) and message["content"] in ("yes", "no")


def test_reasoning_that_is_cut_is_all_that_there_is(thinker: Server) -> None:
    cut = chat(
        thinker, chat_template_kwargs={"begin": True}, max_tokens=6, logit_bias={str(CLOSES): -100.0, "2": -100.0}
    )
    (choice,) = cut["choices"]
    assert (choice["message"]["content"], choice["finish_reason"]) == (None, "length")
    assert choice["message"]["reasoning_content"]
    assert cut["usage"]["completion_tokens_details"]["reasoning_tokens"] == 6


def test_a_forced_call_follows_the_reasoning(thinker: Server) -> None:
    tool = {"type": "function", "function": {"name": "look"}}
    told = chat(thinker, **BEGUN, tools=[tool], tool_choice="required")
    message = told["choices"][0]["message"]
    assert message["reasoning_content"] and message["content"] is None
    (call,) = message["tool_calls"]
    assert (call["function"]["name"], json.loads(call["function"]["arguments"])) == ("look", {})


def test_reasoning_can_be_left_out_and_turned_off(thinker: Server) -> None:
    left_out = chat(thinker, **BEGUN, structured_outputs=CHOICE, include_reasoning=False)
    assert "reasoning_content" not in left_out["choices"][0]["message"]
    assert left_out["choices"][0]["message"]["content"] in CHOICE["choice"]
    for off in ({"chat_template_kwargs": {"enable_thinking": False}}, {"reasoning_effort": "none"}):
        told = chat(thinker, **off, structured_outputs=CHOICE, logit_bias={str(OPENS): 100.0})
        assert told["usage"]["completion_tokens_details"]["reasoning_tokens"] == 0
        assert "reasoning_content" not in told["choices"][0]["message"]


def test_an_answer_without_reasoning_says_nothing_of_it(thinker: Server) -> None:
    told = chat(thinker, chat_template_kwargs={"enable_thinking": False}, max_tokens=5)
    assert set(told["choices"][0]["message"]) == {"role", "content", "refusal"}


@pytest.mark.parametrize(
    ("asked", "guarded"), [({}, False), ({"reasoning": True}, True), ({"reasoning": True, "mode": "off"}, False)]
)
def test_the_answer_says_whether_reasoning_is_guarded(thinker: Server, asked: dict[str, Any], guarded: bool) -> None:
    told = chat(thinker, max_tokens=1, guard={"languages": ["en"], "mode": "mask"} | asked)
    assert told["guard"]["reasoning"] is guarded


def test_the_template_gets_its_options_and_the_reasoning_of_earlier_answers(thinker: Server) -> None:
    talk = [
        {"role": "user", "content": "Hi."},
        {"role": "assistant", "content": "Yes.", "reasoning_content": "Polite."},
        {"role": "assistant", "content": "No.", "reasoning": "Rude."},
        {"role": "user", "content": "Why?", "reasoning_content": "Not mine."},
    ]
    shown = prompt(thinker, messages=talk, chat_template_kwargs={"begin": True})
    assert "[thought Polite.]Yes." in shown and "[thought Rude.]No." in shown and "Not mine" not in shown
    assert shown.endswith("assistant\n<think>\n")


@pytest.mark.parametrize("name", ["chat_template", "tokenize", "messages", "add_generation_prompt", "a b"])
def test_options_that_are_not_the_template_s_are_refused(thinker: Server, name: str) -> None:
    refused = post(thinker, chat_template_kwargs={name: "{{ 1 }}"})
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == "chat_template_kwargs"


def test_a_response_has_the_reasoning_as_an_item_of_its_own(thinker: Server) -> None:
    asked = {
        "model": "smollm2",
        "input": "Is it so?",
        "max_output_tokens": 20,
        "reasoning": {"effort": "high"},
        "stream": True,
    }
    headers = {"Authorization": f"Bearer {thinker.key}"}
    stream = httpx.post(f"{thinker.url}/v1/responses", json=asked, headers=headers, timeout=120).text
    events = [json.loads(frame.split("data: ", 1)[1]) for frame in stream.split("\n\n") if frame]
    (whole,) = [event["response"] for event in events if event["type"] in ("response.completed", "response.incomplete")]
    thought, *rest = whole["output"]
    assert thought["type"] == "reasoning" and thought["content"][0]["text"]
    pieces = [event["delta"] for event in events if event["type"] == "response.reasoning_text.delta"]
    assert "".join(pieces) == thought["content"][0]["text"]
    assert [item["type"] for item in rest] in ([], ["message"])
    assert whole["usage"]["output_tokens_details"]["reasoning_tokens"] > 1
