"""Parameters of sampling that other servers have: what each does to an answer."""

from typing import Any

import httpx
import pytest

from tests.server.conftest import Server

CAPITAL = [{"role": "user", "content": "What is the capital of France?"}]
ANSWER = "The capital of France is Paris."


def post(server: Server, path: str, body: dict[str, Any]) -> httpx.Response:
    url, headers = f"{server.url}{path}", {"Authorization": "Bearer secret-of-the-tests"}
    return httpx.post(url, json=body, headers=headers, timeout=120)


def chat(server: Server, **options: Any) -> dict[str, Any]:
    body = {"model": "smollm2", "messages": CAPITAL, "max_tokens": 12, "temperature": 0} | options
    answer = post(server, "/v1/chat/completions", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def text(answer: dict[str, Any]) -> str:
    return answer["choices"][0]["message"]["content"]


def tokens(server: Server, prompt: str) -> list[int]:
    return post(server, "/tokenize", {"prompt": prompt, "add_special_tokens": False}).json()["tokens"]


def test_an_answer_that_ignores_its_end_is_as_long_as_it_may_be(server: Server) -> None:
    answer = chat(server, ignore_eos=True)
    assert (answer["choices"][0]["finish_reason"], answer["usage"]["completion_tokens"]) == ("length", 12)
    assert text(answer).startswith("The capital of France is Paris")


def test_an_answer_has_its_least_length(server: Server) -> None:
    assert chat(server)["usage"]["completion_tokens"] == 8
    assert chat(server, min_tokens=11)["usage"]["completion_tokens"] >= 11
    early = chat(server, stop=" capital", min_tokens=4)
    assert text(early) == ANSWER
    (stop,) = tokens(server, " France")
    late = chat(server, stop_token_ids=[stop], min_tokens=6)
    assert late["usage"]["completion_tokens"] >= 6


@pytest.mark.parametrize("stream", [False, True])
def test_a_stop_token_ends_an_answer_and_is_not_in_it(server: Server, stream: bool) -> None:
    (stop,) = tokens(server, " France")
    if stream:
        body = {"model": "smollm2", "messages": CAPITAL, "temperature": 0, "stop_token_ids": [stop], "stream": True}
        frames = post(server, "/v1/chat/completions", body).text
        assert " capital" in frames and "France" not in frames and '"finish_reason":"stop"' in frames
        return
    answer = chat(server, stop_token_ids=[stop])
    assert text(answer) == "The capital of"
    assert answer["choices"][0]["finish_reason"] == "stop"


def test_min_p_of_one_leaves_the_most_probable_token(server: Server) -> None:
    for seed in range(3):
        assert text(chat(server, temperature=2.0, min_p=1.0, seed=seed)) == ANSWER
    drawn = {text(chat(server, temperature=2.0, min_p=0.0, seed=seed)) for seed in range(3)}
    assert drawn != {ANSWER}


def test_repetition_is_penalised(server: Server) -> None:
    assert text(chat(server, repetition_penalty=1.0)) == ANSWER
    assert text(chat(server, repetition_penalty=1.8)) != ANSWER


def test_special_tokens_are_shown_where_asked_for(server: Server) -> None:
    (mark,) = tokens(server, "<|im_start|>")
    forced = {"logit_bias": {str(mark): 100}, "max_tokens": 2}
    assert text(chat(server, **forced)) == ""
    assert text(chat(server, **forced, skip_special_tokens=False)) == "<|im_start|>" * 2


@pytest.mark.parametrize(
    "off", [{"top_k": 0}, {"top_k": -1}, {"min_p": 0}, {"repetition_penalty": 1}, {"min_tokens": 0}]
)
def test_what_is_off_changes_nothing(server: Server, off: dict[str, Any]) -> None:
    assert text(chat(server, **off)) == ANSWER


@pytest.mark.parametrize("off", [{"ignore_eos": False}, {"stop_token_ids": []}, {"skip_special_tokens": True}])
def test_so_do_switches_and_empty_lists(server: Server, off: dict[str, Any]) -> None:
    assert text(chat(server, **off)) == ANSWER


def test_a_length_of_minus_one_is_the_servers_own(server: Server) -> None:
    answer = chat(server, max_tokens=-1)
    assert (text(answer), answer["choices"][0]["finish_reason"]) == (ANSWER, "stop")


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"stop_token_ids": [49_153]}, "stop_token_ids"),
        ({"stop_token_ids": [-1]}, "stop_token_ids[0]"),
        ({"min_p": 1.5}, "min_p"),
        ({"min_p": -0.1}, "min_p"),
        ({"repetition_penalty": 0}, "repetition_penalty"),
        ({"min_tokens": 13}, "min_tokens"),
        ({"top_k": -2}, "top_k"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": -2}, "max_tokens"),
        ({"use_beam_search": True}, "use_beam_search"),
    ],
)
def test_what_is_out_of_range_is_refused(server: Server, wrong: dict[str, Any], param: str) -> None:
    body = {"model": "smollm2", "messages": CAPITAL, "max_tokens": 12} | wrong
    answer = post(server, "/v1/chat/completions", body)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
