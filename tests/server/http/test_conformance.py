"""What clients of OpenAI's API and of the servers like it expect of every endpoint, field by field."""

import json
import time
from typing import Any

import httpx
import pytest

from tests.server.conftest import Server

HELLO = [{"role": "user", "content": "What is the capital of France?"}]
CHAT: dict[str, Any] = {"model": "smollm2", "messages": HELLO, "max_tokens": 8, "temperature": 0}
TEXT: dict[str, Any] = {"model": "smollm2", "prompt": "The capital of France is", "max_tokens": 5, "temperature": 0}
PATHS = {"/v1/chat/completions": CHAT, "/v1/completions": TEXT}


@pytest.fixture
def server(quick_server: Server) -> Server:
    return quick_server


def post(server: Server, path: str, body: Any, **headers: str) -> httpx.Response:
    return httpx.post(
        f"{server.url}{path}", json=body, headers={"Authorization": "Bearer secret-of-the-tests"} | headers, timeout=300
    )


def get(server: Server, path: str) -> httpx.Response:
    return httpx.get(f"{server.url}{path}", headers={"Authorization": "Bearer secret-of-the-tests"}, timeout=60)


def answered(server: Server, path: str, **options: Any) -> Any:
    answer = post(server, path, PATHS[path] | options)
    assert answer.status_code == 200, answer.text
    return answer.json()


def chunks(server: Server, path: str, **options: Any) -> list[Any]:
    answer = post(server, path, PATHS[path] | {"stream": True} | options)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    *frames, end = [frame for frame in answer.text.split("\n\n") if frame]
    assert end == "data: [DONE]"
    assert all(frame.startswith("data: {") for frame in frames)
    return [json.loads(frame.removeprefix("data: ")) for frame in frames]


def refused(server: Server, path: str, status: int = 400, **options: Any) -> Any:
    answer = post(server, path, PATHS[path] | options)
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return error


@pytest.mark.parametrize(
    ("path", "prefix", "kind"),
    [("/v1/chat/completions", "chatcmpl-", "chat.completion"), ("/v1/completions", "cmpl-", "text_completion")],
)
def test_an_answer_has_all_its_fields(server: Server, path: str, prefix: str, kind: str) -> None:
    answer = answered(server, path)
    assert answer["id"].startswith(prefix) and answer["object"] == kind and answer["model"] == "smollm2"
    assert isinstance(answer["created"], int) and abs(answer["created"] - time.time()) < 120
    assert isinstance(answer["system_fingerprint"], str) and answer["system_fingerprint"]
    usage = answer["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    (choice,) = answer["choices"]
    assert choice["index"] == 0 and choice["finish_reason"] in ("stop", "length") and choice["logprobs"] is None
    assert choice["stop_reason"] is None
    assert answered(server, path)["id"] != answer["id"]


def test_a_message_is_the_assistants(server: Server) -> None:
    message = answered(server, "/v1/chat/completions")["choices"][0]["message"]
    assert message["role"] == "assistant" and message["content"] and message["refusal"] is None
    assert "tool_calls" not in message


@pytest.mark.parametrize("path", PATHS)
def test_a_stream_has_one_id_one_finish_reason_and_no_usage(server: Server, path: str) -> None:
    parts = chunks(server, path)
    for name in ("id", "created", "model", "system_fingerprint", "object"):
        assert len({part[name] for part in parts}) == 1, name
    assert parts[0]["object"] == ("chat.completion.chunk" if "chat" in path else "text_completion")
    reasons = [part["choices"][0]["finish_reason"] for part in parts]
    assert [reason for reason in reasons if reason] == [reasons[-1]] and reasons[-1] in ("stop", "length")
    assert all(not part.get("usage") for part in parts)


def test_the_first_chunk_has_the_role_and_the_last_an_empty_delta(server: Server) -> None:
    parts = [part["choices"][0] for part in chunks(server, "/v1/chat/completions")]
    assert parts[0]["delta"] == {"role": "assistant", "content": ""}
    assert all("role" not in part["delta"] for part in parts[1:])
    assert parts[-1]["delta"] == {}
    whole = answered(server, "/v1/chat/completions")["choices"][0]["message"]["content"]
    assert "".join(part["delta"].get("content", "") for part in parts) == whole


@pytest.mark.parametrize("path", PATHS)
def test_usage_comes_in_a_chunk_of_its_own(server: Server, path: str) -> None:
    *parts, last = chunks(server, path, stream_options={"include_usage": True})
    assert all(part["usage"] is None and part["choices"] for part in parts)
    assert last["choices"] == [] and last["usage"] == {
        **answered(server, path)["usage"],
        "prompt_tokens_details": last["usage"]["prompt_tokens_details"],
    }
    for options in ({"include_usage": False}, {}, {"include_usage": False, "continuous_usage_stats": True}):
        assert all(not part.get("usage") for part in chunks(server, path, stream_options=options))
    for options in ({"include_usage": True}, {"include_usage": None}):
        assert refused(server, path, stream_options=options)["param"] == "stream_options"


@pytest.mark.parametrize("path", PATHS)
def test_several_answers_are_numbered(server: Server, path: str) -> None:
    options = {"n": 3, "temperature": 1.5, "seed": 3, "max_tokens": 6}
    choices = answered(server, path, **options)["choices"]
    assert [choice["index"] for choice in choices] == [0, 1, 2]
    parts = chunks(server, path, **options)
    finished = [c["index"] for part in parts for c in part["choices"] if c["finish_reason"]]
    assert sorted(finished) == [0, 1, 2]


@pytest.mark.parametrize("path", PATHS)
def test_a_seed_repeats_an_answer(server: Server, path: str) -> None:
    one, again = (answered(server, path, temperature=1.3, seed=11)["choices"] for _ in range(2))
    assert one == again
    assert answered(server, path, temperature=1.3, seed=-7)["choices"]
    for seed in (2**63, -(2**63) - 1):
        assert refused(server, path, seed=seed)["param"] == "seed"


@pytest.mark.parametrize("path", PATHS)
def test_a_stop_sequence_is_named_and_left_out(server: Server, path: str) -> None:
    def said(**options: Any) -> tuple[str, Any]:
        (choice,) = answered(server, path, **options)["choices"]
        return choice["message"]["content"] if "message" in choice else choice["text"], choice

    whole, _ = said()  # engines round differently, so that the same weights need not say the same
    word = whole.split()[1]
    text, choice = said(stop=[word, "never"])
    assert text == whole.partition(word)[0] and (choice["finish_reason"], choice["stop_reason"]) == ("stop", word)
    text, choice = said(stop=word, include_stop_str_in_output=True)
    assert text.endswith(word) and choice["finish_reason"] == "stop"
    last = chunks(server, path, stop=word)[-1]["choices"][0]
    assert (last["finish_reason"], last["stop_reason"]) == ("stop", word)
    assert said(stop=[])[1]["finish_reason"] in ("stop", "length")
    tokens = post(server, "/tokenize", {"prompt": whole, "add_special_tokens": False}).json()["tokens"]
    assert said(stop_token_ids=[tokens[2]])[1]["stop_reason"] == tokens[2]


def test_log_probabilities_of_a_chat(server: Server) -> None:
    def logprobs(**options: Any) -> Any:
        return answered(server, "/v1/chat/completions", **options)["choices"][0]["logprobs"]

    assert logprobs(logprobs=False) is None
    none = logprobs(logprobs=True)["content"]
    assert all(token["top_logprobs"] == [] for token in none)
    assert all(token["top_logprobs"] == [] for token in logprobs(logprobs=True, top_logprobs=0)["content"])
    told = logprobs(logprobs=True, top_logprobs=5)["content"]
    answer = answered(server, "/v1/chat/completions")["choices"][0]["message"]["content"]
    assert "".join(token["token"] for token in told) == answer
    for token in told:
        assert bytes(token["bytes"]).decode() == token["token"] and token["logprob"] <= 0
        assert len(token["top_logprobs"]) == 5 and token["top_logprobs"][0]["token"] == token["token"]
    for wrong in ({"logprobs": True, "top_logprobs": 21}, {"logprobs": True, "top_logprobs": -1}, {"top_logprobs": 2}):
        assert refused(server, "/v1/chat/completions", **wrong)["param"] == "top_logprobs"


def test_log_probabilities_of_a_completion(server: Server) -> None:
    for count in (0, 1, 5):
        told = answered(server, "/v1/completions", temperature=2, seed=4, logprobs=count)["choices"][0]["logprobs"]
        assert [len(told[name]) for name in ("tokens", "token_logprobs", "top_logprobs", "text_offset")] == [5] * 4
        for token, logprob, top in zip(told["tokens"], told["token_logprobs"], told["top_logprobs"], strict=True):
            assert top[token] == logprob
            assert max(count, 1) <= len(top) <= count + 1
    assert answered(server, "/v1/completions")["choices"][0]["logprobs"] is None
    assert refused(server, "/v1/completions", logprobs=21)["param"] == "logprobs"


def test_a_completion_has_sixteen_tokens_by_default(server: Server) -> None:
    body = {"model": "smollm2", "prompt": "One, two, three,", "ignore_eos": True}
    assert post(server, "/v1/completions", body).json()["usage"]["completion_tokens"] == 16


def test_prompts_of_every_kind(server: Server) -> None:
    ids = post(server, "/tokenize", {"prompt": TEXT["prompt"]}).json()["tokens"]
    texts = []
    for prompt in (TEXT["prompt"], [TEXT["prompt"]], ids, [ids]):
        answer = answered(server, "/v1/completions", prompt=prompt)
        texts.append(answer["choices"][0]["text"])
        assert answer["usage"]["prompt_tokens"] == len(ids)
    assert len(set(texts)) == 1
    two = answered(server, "/v1/completions", prompt=[ids, ids])
    assert [c["text"] for c in two["choices"]] == texts[:2] and two["usage"]["prompt_tokens"] == 2 * len(ids)
    for wrong in ("", [], [[]], ["a", 1], [999_999], None):
        assert refused(server, "/v1/completions", prompt=wrong)["param"].startswith("prompt")


def test_contents_may_come_in_parts(server: Server) -> None:
    parts = [{"type": "text", "text": "What is the capital"}, {"type": "text", "text": " of France?"}]
    whole, apart = (
        answered(server, "/v1/chat/completions", messages=[{"role": "user", "content": content}])
        for content in (HELLO[0]["content"], parts)
    )
    assert whole["choices"] == apart["choices"]


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        *(
            ("/v1/chat/completions", {"messages": messages})
            for messages in (
                *(None, "string", [], [123], [{}], [{"role": 123}], [{"role": "system", "content": 123}]),
                *([*HELLO, {}], [{"role": "wizard", "content": "x"}], [{"role": "user"}], [{"content": "x"}]),
            )
        ),
        *(
            (path, {field: value})
            for path in PATHS
            for field, value in (
                *(("temperature", -0.1), ("temperature", 2.1), ("temperature", "hot"), ("top_p", -0.1), ("top_p", 1.1)),
                *(("n", 0), ("n", -1), ("n", 1.5), ("n", "two"), ("max_tokens", -5), ("max_tokens", "many")),
                *(("presence_penalty", 2.1), ("presence_penalty", -2.1), ("frequency_penalty", 3), ("stop", 5)),
                *(("stop", [""]), ("stop", [5]), ("stream", "yes"), ("stream", 1), ("logit_bias", {"x": 1})),
                *(("logit_bias", {"1": 101}), ("logit_bias", {"999999": 1}), ("logit_bias", [1]), ("seed", 1.5)),
                *(("user", 5), ("metadata", {"a": 1}), ("metadata", "x"), ("model", 5), ("best_of_all", 2)),
            )
        ),
    ],
)
def test_what_is_wrong_is_a_400_that_names_the_field(server: Server, path: str, wrong: dict[str, Any]) -> None:
    (field,) = wrong
    for stream in (False, True):
        error = refused(server, path, **({"stream": stream} | wrong))
        assert error["type"] == "invalid_request_error" and error["param"].startswith(field), error


@pytest.mark.parametrize("path", PATHS)
def test_an_unknown_model_is_a_404(server: Server, path: str) -> None:
    error = refused(server, path, status=404, model="gpt-9")
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", "model", "model_not_found")
    missing = {name: value for name, value in PATHS[path].items() if name != "model"}
    assert post(server, path, missing).json()["error"]["param"] == "model"


@pytest.mark.parametrize("path", PATHS)
def test_what_does_not_fit_the_context_is_told_as_openai_tells_it(server: Server, path: str) -> None:
    limit = get(server, "/v1/models").json()["data"][0]["max_model_len"]
    long = (
        {"messages": [{"role": "user", "content": "word " * limit}]} if "chat" in path else {"prompt": "word " * limit}
    )
    for wrong in (long, {"max_tokens": limit}):
        error = refused(server, path, **wrong)
        assert error["code"] == "context_length_exceeded"
        assert f"maximum context length is {limit} tokens" in error["message"]


def test_models(server: Server) -> None:
    listed = get(server, "/v1/models").json()
    assert listed["object"] == "list" and listed["data"][0]["id"] == "smollm2"
    for card in listed["data"]:
        assert card["object"] == "model" and card["owned_by"] and card["max_model_len"] > 0
        assert abs(card["created"] - time.time()) < 7200
        assert get(server, f"/v1/models/{card['id']}").json() == card
    missing = get(server, "/v1/models/gpt-9")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "model_not_found")


def test_tokens_there_and_back(server: Server) -> None:
    text = "Grüße aus Zürich, 서울 und <|im_end|>"
    told = post(server, "/tokenize", {"model": "smollm2", "prompt": text, "return_token_strs": True}).json()
    assert told["count"] == len(told["tokens"]) == len(told["token_strs"]) and told["max_model_len"] > 0
    back = post(server, "/detokenize", {"model": "smollm2", "tokens": told["tokens"]}).json()
    assert back == {"prompt": text}
    chat = post(server, "/tokenize", {"model": "smollm2", "messages": HELLO}).json()
    assert chat["count"] == answered(server, "/v1/chat/completions")["usage"]["prompt_tokens"]
    assert chat.get("token_strs") is None
    for path, body in (("/tokenize", {}), ("/tokenize", {"prompt": "a", "messages": HELLO}), ("/detokenize", {})):
        assert post(server, path, body).status_code == 400
    for wrong in ([999_999], [-1], "x", ["x"]):
        assert post(server, "/detokenize", {"tokens": wrong}).json()["error"]["param"].startswith("tokens")
    assert post(server, "/detokenize", {"model": "gpt-9", "tokens": [1]}).status_code == 404


def test_paths_and_methods_that_are_not_there(server: Server) -> None:
    for method, path, status in (("GET", "/v1/chat/completions", 405), ("POST", "/v1/nothing", 404)):
        answer = httpx.request(method, f"{server.url}{path}", headers={"Authorization": "Bearer secret-of-the-tests"})
        assert answer.status_code == status and set(answer.json()["error"]) == {"message", "type", "param", "code"}


def test_broken_bodies(server: Server) -> None:
    url, headers = f"{server.url}/v1/chat/completions", {"Authorization": "Bearer secret-of-the-tests"}
    for content, kind in ((b"{", "application/json"), (b"[]", "application/json"), (b"\xff", "application/json")):
        answer = httpx.post(url, content=content, headers=headers | {"Content-Type": kind})
        assert answer.status_code == 400 and answer.json()["error"]["type"] == "invalid_request_error"
    form = httpx.post(url, data={"model": "smollm2"}, headers=headers)
    assert form.status_code == 400 and "application/json" in form.json()["error"]["message"]


def test_token_ids_where_asked_for(server: Server) -> None:
    choice = answered(server, "/v1/completions", return_token_ids=True)["choices"][0]
    ids = post(server, "/tokenize", {"prompt": TEXT["prompt"]}).json()["tokens"]
    assert choice["prompt_token_ids"] == ids
    assert post(server, "/detokenize", {"tokens": choice["token_ids"]}).json()["prompt"] == choice["text"]
    spelt = answered(server, "/v1/completions", logprobs=1, return_tokens_as_token_ids=True)["choices"][0]["logprobs"]
    assert spelt["tokens"] == [f"token_id:{token_id}" for token_id in choice["token_ids"]]
    chat = answered(server, "/v1/chat/completions", logprobs=True, return_tokens_as_token_ids=True)
    assert all(token["token"].startswith("token_id:") for token in chat["choices"][0]["logprobs"]["content"])


def test_a_prompt_may_be_cut(server: Server) -> None:
    assert answered(server, "/v1/completions", truncate_prompt_tokens=2)["usage"]["prompt_tokens"] == 2
    long = answered(server, "/v1/completions", prompt="word " * 9_000, truncate_prompt_tokens=-1)
    assert long["usage"]["completion_tokens"] == 5


def test_only_allowed_tokens_come(server: Server) -> None:
    (token_id,) = post(server, "/tokenize", {"prompt": " Rome", "add_special_tokens": False}).json()["tokens"]
    assert answered(server, "/v1/completions", allowed_token_ids=[token_id])["choices"][0]["text"] == " Rome" * 5
    for wrong in ([], [999_999]):
        assert refused(server, "/v1/completions", allowed_token_ids=wrong)["param"] == "allowed_token_ids"
