"""What a client of the endpoint sees."""

from typing import Any

import httpx
import openai
import pytest

from tests.foreign_letters import english_words, foreign_to
from tests.server.conftest import Server
from tlpo_guard.events.store import EventStore

QUESTION = [{"role": "user", "content": "스트레스를 다루는 가장 효과적인 방법은 무엇인가요?"}]
FOREIGN_TO_KOREAN, FOREIGN_OR_NAMES = foreign_to("Hangul", "Latin"), foreign_to("Hangul")
STRICT = {"allow_english": False}


def ask(server: Server, mode: str, *, seed: int = 0, temperature: float = 0.7, **options: Any) -> Any:
    guard = {"guard": {"mode": mode, **STRICT}}
    return server.client().chat.completions.create(
        model="smollm2",
        messages=QUESTION,
        max_tokens=24,
        seed=seed,
        temperature=temperature,
        extra_body=guard,
        **options,
    )


def test_observe_is_off_and_mask_changes_only_from_a_drift_on(server: Server) -> None:
    drifted = 0
    for seed, temperature in [(0, 0.0), *((seed, 1.0) for seed in range(12))]:
        if drifted and seed >= 2:
            break
        texts = {}
        for mode in ("off", "observe", "mask"):
            texts[mode] = ask(server, mode, seed=seed, temperature=temperature).choices[0].message.content
        assert texts["observe"] == texts["off"]
        assert not FOREIGN_TO_KOREAN.search(texts["mask"]) and not english_words(texts["mask"])
        if found := FOREIGN_OR_NAMES.search(texts["off"]):
            drifted += 1
            assert texts["mask"][: found.start()] == texts["off"][: found.start()]
        else:
            assert texts["mask"] == texts["off"]
    assert drifted >= 1


def test_the_answer_tells_language_version_and_events_and_the_store_holds_them(server: Server) -> None:
    answer = ask(server, "mask", seed=0)
    told = answer.model_extra["guard"]
    assert (told["language"], told["decided_by"]) == ("ko", "prompt")
    assert answer.system_fingerprint.endswith("-base")
    store = EventStore(server.data_dir / "events.sqlite3")
    events = list(store.iter(request_id=answer.id))
    store.close()
    assert len(events) == told["events"]
    for event in events:
        assert event.position == len(event.output_ids)
        assert len(event.candidates) == 16
        assert any(c.token_id == event.token_id and c.drifts for c in event.candidates) or event.confusion_mass < 0.5


def test_a_stream_is_the_whole_answer_in_pieces(server: Server) -> None:
    whole = ask(server, "mask", seed=5)
    chunks = list(ask(server, "mask", seed=5, stream=True, stream_options={"include_usage": True}))
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == whole.choices[0].message.content
    assert chunks[-1].model_extra["guard"]["language"] == "ko"
    assert chunks[-1].system_fingerprint == whole.system_fingerprint
    assert chunks[-1].usage == whole.usage


def test_a_prompt_may_be_longer_than_what_the_engine_reads_in_a_step(quick_server: Server) -> None:
    body = {"model": "smollm2", "messages": [{"role": "user", "content": "word " * 5_000}], "max_tokens": 2}
    headers = {"Authorization": "Bearer secret-of-the-tests"}
    told = httpx.post(f"{quick_server.url}/v1/chat/completions", json=body, headers=headers, timeout=120)
    assert told.status_code == 200, told.text
    assert told.json()["usage"]["prompt_tokens"] > 5_000


def test_completions_and_models(server: Server) -> None:
    client = server.client()
    assert [m.id for m in client.models.list()] == ["smollm2"]
    answer = client.completions.create(model="smollm2", prompt="The capital of France is", max_tokens=5, temperature=0)
    assert "Paris" in answer.choices[0].text


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"model": "gpt-9"}, 404, "model"),
        ({"messages": []}, 400, "messages"),
        ({"messages": [{"role": "user", "content": "word " * 40_000}]}, 400, "messages"),
        ({"temperature": -1}, 400, "temperature"),
        ({"max_tokens": 10**9}, 400, "max_tokens"),
        ({"guard": {"languages": ["klingon!"]}}, 400, "guard.languages"),
        ({"guard": {"scripts": ["Klng"]}}, 400, "guard.scripts"),
        ({"guard": {"mode": "loud"}}, 400, "guard.mode"),
        ({"logit_bias": {"no": 2}}, 400, "logit_bias"),
        ({"audio": {"voice": "x"}}, 400, "audio"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_bad_input_is_refused_by_field(
    server: Server, change: dict[str, Any], status: int, field: str, stream: bool
) -> None:
    body = {"model": "smollm2", "messages": QUESTION, "max_tokens": 4, "stream": stream} | change
    headers = {"Authorization": "Bearer secret-of-the-tests"}
    response = httpx.post(f"{server.url}/v1/chat/completions", json=body, headers=headers, timeout=60)
    assert response.status_code == status
    assert response.json()["error"]["param"] == field
    assert httpx.get(f"{server.url}/health").json()["status"] == "ok"


def test_malformed_json_and_a_wrong_key_are_refused(server: Server) -> None:
    url, headers = f"{server.url}/v1/chat/completions", {"Authorization": "Bearer secret-of-the-tests"}
    broken = httpx.post(url, content=b'{"model": ', headers=headers | {"Content-Type": "application/json"})
    assert (broken.status_code, broken.json()["error"]["param"]) == (400, "body")
    with pytest.raises(openai.AuthenticationError):
        server.client().with_options(api_key="wrong").models.list()


def test_what_is_expected_of_an_answer_is_explained(server: Server) -> None:
    url, headers = f"{server.url}/v1/guard/explain", {"Authorization": "Bearer secret-of-the-tests"}
    body = {"id": "q1", "prompt": "Why is the sea salty?", "completion": "Rivers bring salt, 但是 slowly."}
    told = httpx.post(url, json=body, headers=headers, timeout=60).json()
    assert list(told) == ["id", "expected", "admitted", "decided_by", "confidence", "claims", "blocked"]
    assert (told["id"], told["expected"]) == ("q1", ["en"])
    assert [(b["start"], b["end"], b["text"]) for b in told["blocked"]] == [(19, 21, "但是")]
    chat = {"messages": [{"role": "user", "content": "파도는 왜 치나요?"}], "language": "ko"}
    named = httpx.post(url, json=chat, headers=headers).json()
    assert (named["id"], named["expected"], named["decided_by"], named["blocked"]) == (None, ["ko"], "request", [])
    alone = httpx.post(url, json={"language": "sr", "completion": "Beograd 北京 i Београд."}, headers=headers).json()
    assert [b["text"] for b in alone["blocked"]] == ["北京"]
    assert httpx.post(url, json=body).status_code == 401
    for wrong, field in (({}, "prompt"), ({"prompt": "a", "language": "??"}, "language"), ({"prompt": 1}, "prompt")):
        refused = httpx.post(url, json=wrong, headers=headers)
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, field)
    long = httpx.post(url, json={"prompt": "a", "completion": "word " * 40_000}, headers=headers, timeout=60)
    assert long.json()["error"]["code"] == "context_length_exceeded"
