"""Prompts that come back: their text, and how probable each of their tokens was."""

import json
import math
from typing import Any

import httpx
import pytest

from tests.server.conftest import Server

PROMPT = "The capital of France is Paris"
CHAT = [{"role": "user", "content": "Say something."}, {"role": "assistant", "content": "The capital of France is"}]


def post(server: Server, path: str, body: dict[str, Any]) -> Any:
    url, headers = f"{server.url}{path}", {"Authorization": "Bearer secret-of-the-tests"}
    return httpx.post(url, json=body, headers=headers, timeout=120)


def complete(server: Server, **options: Any) -> Any:
    body = {"model": "smollm2", "prompt": PROMPT, "max_tokens": 1, "temperature": 0, "echo": True} | options
    answer = post(server, "/v1/completions", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def chat(server: Server, **options: Any) -> Any:
    body = {"model": "smollm2", "messages": CHAT, "max_tokens": 3, "temperature": 0} | options
    return post(server, "/v1/chat/completions", body)


def ids_of(server: Server, text: str) -> list[int]:
    return post(server, "/tokenize", {"prompt": text}).json()["tokens"]


def test_a_prompt_stands_before_its_answer(server: Server) -> None:
    alone = complete(server, echo=False, max_tokens=4)["choices"][0]["text"]
    assert complete(server, max_tokens=4)["choices"][0]["text"] == PROMPT + alone
    both = complete(server, prompt=[PROMPT, "One, two"], n=2, max_tokens=2, temperature=1)["choices"]
    assert [choice["text"].startswith(text) for choice in both for text in (PROMPT, "One, two")] == [
        *(True, False, True, False),
        *(False, True, False, True),
    ]


@pytest.mark.parametrize("most", [0, 1])
@pytest.mark.parametrize("as_ids", [False, True])
def test_the_likelihood_of_a_prompt(server: Server, most: int, as_ids: bool) -> None:
    """What lm-evaluation-harness asks for."""
    ids = ids_of(server, PROMPT)
    answer = complete(server, prompt=ids if as_ids else PROMPT, max_tokens=most, logprobs=2)
    choice, told = answer["choices"][0], answer["choices"][0]["logprobs"]
    assert answer["usage"]["completion_tokens"] == most
    assert len(told["tokens"]) == len(told["token_logprobs"]) == len(told["top_logprobs"]) == len(ids) + most
    assert "".join(told["tokens"]) == choice["text"]
    assert told["token_logprobs"][0] is told["top_logprobs"][0] is None
    for token, logprob, top, offset in zip(*(told[name] for name in list(told)[:4]), strict=True):
        assert choice["text"][offset:].startswith(token)
        if logprob is not None:
            assert top[token] == logprob <= 0
            assert 2 <= len(top) <= 3 and max(top.values()) >= logprob
    paris = told["token_logprobs"][len(ids) - 1]
    assert math.exp(paris) > 0.3  # the model knows it
    assert told["text_offset"] == sorted(told["text_offset"])


def test_a_prompts_figures_are_those_of_an_answer(server: Server) -> None:
    written = complete(server, prompt="The capital of France is", echo=False, max_tokens=2, logprobs=1)["choices"][0]
    scored = complete(server, prompt=f"The capital of France is{written['text']}", max_tokens=0, logprobs=1)
    own = scored["choices"][0]["logprobs"]
    assert own["tokens"][-2:] == written["logprobs"]["tokens"]
    assert own["token_logprobs"][-2:] == pytest.approx(written["logprobs"]["token_logprobs"], abs=0.1)


def test_offsets_count_characters(server: Server) -> None:
    text = "서울은 한국의 수도 🙂 <|im_end|> ok"
    choice = complete(server, prompt=ids_of(server, text), max_tokens=0, logprobs=1)["choices"][0]
    assert choice["text"] == text
    assert choice["logprobs"]["text_offset"][-1] == text.rindex(" ok")
    assert choice["logprobs"]["tokens"][choice["logprobs"]["text_offset"].index(text.index("<|"))] == "<|im_end|>"


def test_a_stream_begins_with_the_prompt(server: Server) -> None:
    whole = complete(server, max_tokens=3, logprobs=1)["choices"][0]
    body = {"model": "smollm2", "prompt": PROMPT, "max_tokens": 3, "temperature": 0, "echo": True, "logprobs": 1}
    frames = post(server, "/v1/completions", body | {"stream": True}).text.split("\n\n")
    chunks = [json.loads(frame.removeprefix("data: ")) for frame in frames if frame.startswith("data: {")]
    parts = [chunk["choices"][0] for chunk in chunks]
    assert parts[0]["text"] == PROMPT
    assert "".join(part["text"] for part in parts) == whole["text"]
    told = [part["logprobs"] for part in parts if part["logprobs"]]
    for name, values in whole["logprobs"].items():
        if name in ("tokens", "text_offset"):
            assert [value for one in told for value in one[name]] == values
    assert next(one["token_logprobs"][0] for one in told) is None


def test_prompt_logprobs_as_vllm_spells_them(server: Server) -> None:
    choice = complete(server, echo=False, prompt_logprobs=1)["choices"][0]
    told, ids = choice["prompt_logprobs"], ids_of(server, PROMPT)
    assert told[0] is None and len(told) == len(ids)
    for token_id, place in zip(ids[1:], told[1:], strict=True):
        assert 1 <= len(place) <= 2
        assert place[str(token_id)]["rank"] >= 1 and place[str(token_id)]["logprob"] <= 0
    assert told[-1][str(ids[-1])]["decoded_token"] == " Paris"
    assert "prompt_logprobs" not in complete(server)["choices"][0]
    asked = chat(server, prompt_logprobs=2).json()
    assert len(asked["prompt_logprobs"]) == asked["usage"]["prompt_tokens"]
    refused = chat(server, prompt_logprobs=1, stream=True)
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "prompt_logprobs")


def test_the_last_message_goes_on_only_where_asked(server: Server) -> None:
    gone_on = chat(server, continue_final_message=True).json()
    assert gone_on["choices"][0]["message"]["content"].startswith(" Paris")
    assert not chat(server).json()["choices"][0]["message"]["content"].startswith(" Paris")
    explicit = chat(server, continue_final_message=True, add_generation_prompt=False).json()
    assert explicit["choices"] == gone_on["choices"]
    echoed = chat(server, continue_final_message=True, echo=True).json()["choices"][0]["message"]["content"]
    assert echoed == CHAT[-1]["content"] + gone_on["choices"][0]["message"]["content"]


def test_what_does_not_fit_is_refused(server: Server) -> None:
    both = chat(server, continue_final_message=True, add_generation_prompt=True)
    assert (both.status_code, both.json()["error"]["param"]) == (400, "continue_final_message")
    nobody = chat(server, continue_final_message=True, messages=CHAT[:1])
    assert (nobody.status_code, nobody.json()["error"]["param"]) == (400, "continue_final_message")


def test_a_prompt_need_not_open_the_answer(server: Server) -> None:
    opened = chat(server, messages=CHAT[:1]).json()["usage"]["prompt_tokens"]
    assert chat(server, messages=CHAT[:1], add_generation_prompt=False).json()["usage"]["prompt_tokens"] < opened
    body = {"messages": CHAT, "continue_final_message": True}
    tokens = post(server, "/tokenize", body).json()["tokens"]
    assert post(server, "/detokenize", {"tokens": tokens}).json()["prompt"].endswith("The capital of France is")


def test_usage_tells_how_much_of_a_prompt_was_known(server: Server) -> None:
    prompt = "Nobody has asked this before: " + "one two three four five six seven eight nine ten " * 12
    first, second = (complete(server, prompt=prompt, max_tokens=3, echo=False)["usage"] for _ in range(2))
    assert first["prompt_tokens_details"]["cached_tokens"] == 0
    assert 0 < second["prompt_tokens_details"]["cached_tokens"] < second["prompt_tokens"]


def test_each_chunk_has_the_usage_where_asked_for(server: Server) -> None:
    options = {"include_usage": True, "continuous_usage_stats": True}
    frames = chat(server, stream=True, stream_options=options).text.split("\n\n")
    usages = [json.loads(frame.removeprefix("data: "))["usage"] for frame in frames if frame.startswith("data: {")]
    assert all(usage["prompt_tokens"] > 0 for usage in usages)
    counts = [usage["completion_tokens"] for usage in usages]
    assert counts == sorted(counts) and counts[-1] == 3
