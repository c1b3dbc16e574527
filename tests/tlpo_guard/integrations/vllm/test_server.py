"""vLLM's own server with everything of ours around it: options, streams, the log, and adapters that change under load."""

import asyncio
import json
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.foreign_letters import english_words, foreign_to
from tests.tlpo_guard.integrations.vllm.served import adapted, add_adapter, command, environment, serving
from tlpo_guard.events.opening import open_store
from tlpo_guard.events.store import EventStore
from tlpo_guard.registry import open_registry

pytest.importorskip("vllm")
pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

STRICT = {"mode": "mask", "languages": ["ko"], "allow_english": False}
FOREIGN = foreign_to("Hangul", "Latin")
QUESTIONS = [
    "서울의 날씨를 알려 주세요.",
    "김치는 어떻게 만드나요?",
    "한국의 역사를 짧게 알려 주세요.",
    "내일은 무엇을 할까요?",
]
FLAGS = ["--dtype", "float32", "--enable-lora", "--max-loras", "5", "--max-cpu-loras", "8", "--max-lora-rank", "8"]
ROWS = ["--max-num-seqs", "48"]  # so that whoever asks which version answers finds a row beside 40 others
SEEDS = {"v0001": 1, "v0002": 2, "v0003": 3}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, small_model: Path) -> Path:
    """With three versions, of which the first is current."""
    made = tmp_path_factory.mktemp("vllm")
    assert [add_adapter(made / "data", small_model, seed) for seed in SEEDS.values()] == [*SEEDS]
    return made


@pytest.fixture(scope="module")
def registry_url(folder: Path) -> Iterator[str]:
    """Where the server gets the adapters from: a plain web server before the folder that they are in."""
    files = partial(QuietFiles, directory=str(folder / "data" / "adapters"))
    with ThreadingHTTPServer(("127.0.0.1", 0), files) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{web.server_port}/"
        web.shutdown()


class QuietFiles(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def server(folder: Path, small_model: Path, registry_url: str) -> Iterator[str]:
    told = {"TLPO_GUARD_SWAP_POLL_SECONDS": "0.2", "TLPO_GUARD_REGISTRY": registry_url}
    with serving(folder, small_model, *FLAGS, *ROWS, **told) as url:
        yield url


@pytest.fixture
def log(folder: Path, server: str) -> Iterator[EventStore]:
    store = open_store(folder / "data" / "events.sqlite3")
    yield store
    store.close()


def request(question: str, **more: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": question}]
    return {"model": "smollm2", "messages": messages, "max_tokens": 16, "temperature": 0.8, **more}


def post(server: str, body: dict[str, Any], path: str = "/v1/chat/completions") -> httpx.Response:
    return httpx.post(f"{server}{path}", json=body, timeout=120)


async def ask(client: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    reply = await client.post("/v1/chat/completions", json=body)
    assert reply.status_code == 200, reply.text
    answered: dict[str, Any] = reply.json()
    return answered


def client(server: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=server, timeout=300, limits=httpx.Limits(max_connections=64))


async def under_way(http: httpx.AsyncClient) -> float:
    """How many requests the engine has, in a row or waiting."""
    lines = (await http.get("/metrics")).text.splitlines()
    names = ("vllm:num_requests_running", "vllm:num_requests_waiting{")
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(names))


async def answering(http: httpx.AsyncClient) -> str:
    """The version that the bare model's name means."""
    reply = await ask(http, request("1", guard={"mode": "off"}, max_tokens=1))
    return str(reply["model"]).removeprefix("smollm2@")


def text(reply: dict[str, Any]) -> str:
    return "\n".join(choice["message"]["content"] for choice in reply["choices"])


def drift(answer: str) -> list[str]:
    """What a Korean answer may not hold; letters that stand alone may be the beginning of a name."""
    return FOREIGN.findall(answer) + english_words(answer)


@pytest.mark.parametrize(
    "options",
    [
        {"guard": {"mode": "rewind"}},
        {"vllm_xargs": {"guard_mode": "strict"}},
        {"vllm_xargs": {"guard_language": "ko"}},
        {"guard": {"languages": ["xx-nonsense"]}},
    ],
)
def test_bad_options_are_a_400(server: str, options: dict[str, Any]) -> None:
    reply = post(server, request(QUESTIONS[0], **options))
    assert reply.status_code == 400 and "guard_" in reply.json()["error"]["message"]


def test_modes_mix_in_one_batch_and_every_event_is_stored_before_the_reply_ends(server: str, log: EventStore) -> None:
    modes = [STRICT, {"mode": "off"}, {**STRICT, "mode": "observe"}, None]

    async def one(http: httpx.AsyncClient, index: int) -> tuple[dict[str, Any], int]:
        reply = await ask(http, request(QUESTIONS[index % 4], guard=modes[index // 4], n=2 if index % 4 == 3 else 1))
        return reply, log.tally(reply["id"]).events

    async def all_of_them() -> list[tuple[dict[str, Any], int]]:
        async with client(server) as http:
            return await asyncio.gather(*(one(http, index) for index in range(16)))

    replies = asyncio.run(all_of_them())
    for index, (reply, stored) in enumerate(replies):
        assert reply["guard"]["events"] == stored == log.tally(reply["id"]).events
        assert reply["guard"]["mode"] == (modes[index // 4] or {"mode": "mask"})["mode"]
    masked, off, observed = ([reply for reply, _ in replies[k : k + 4]] for k in (0, 4, 8))
    assert [text(reply) for reply in masked if drift(text(reply))] == []
    assert any(drift(text(reply)) for reply in off)  # nothing is drawn by a seed here
    assert all(any(reply["guard"]["events"] for reply in replies) for replies in (masked, observed))
    assert not any(reply["guard"]["events"] for reply in off)
    assert {event.action for reply in observed for event in log.iter(request_id=reply["id"])} == {"observed"}


def test_the_events_of_a_stream_are_stored_before_its_last_chunk(server: str, log: EventStore) -> None:
    body = request(QUESTIONS[1], guard=STRICT, stream=True, stream_options={"include_usage": True})
    with httpx.stream("POST", f"{server}/v1/chat/completions", json=body, timeout=120) as reply:
        frames = [line.removeprefix("data: ") for line in reply.iter_lines() if line]
    chunks = [json.loads(frame) for frame in frames[:-1]]
    assert frames[-1] == "[DONE]" and ["guard" in chunk for chunk in chunks] == [False] * (len(chunks) - 2) + [True] * 2
    events = list(log.iter(request_id=chunks[0]["id"]))
    assert chunks[-1]["guard"]["events"] == len(events) > 0
    assert all(event.language == "ko" and event.adapter_version == "base" for event in events)


def test_other_endpoints_have_it_as_well(server: str, log: EventStore) -> None:
    body = {"model": "smollm2", "prompt": QUESTIONS[2], "max_tokens": 12, "guard": STRICT}
    reply = post(server, body, "/v1/completions").json()
    assert reply["guard"]["events"] == log.tally(reply["id"]).events > 0
    assert not drift(reply["choices"][0]["text"])


def test_a_swap_under_load_fails_and_mixes_nothing(
    server: str, folder: Path, small_model: Path, log: EventStore
) -> None:
    """40 requests in flight while the pointer moves over three versions: every log-probability is its own version's."""
    registry = open_registry(folder / "data" / "adapters")
    shared = "다음 글을 읽고 답하세요. " * 12  # blocks of it lie in the prefix cache for every version
    scored = {"logprobs": True, "top_logprobs": 1, "return_token_ids": True, "temperature": 0, "ignore_eos": True}

    async def load() -> list[dict[str, Any]]:
        async with client(server) as http:
            begun: list[asyncio.Task[dict[str, Any]]] = []
            for version, count in (("v0001", 14), ("v0002", 13), ("v0003", 13)):
                registry.promote(version)
                while await answering(http) != version:
                    await asyncio.sleep(0.1)
                for index in range(count):
                    body = request(shared + QUESTIONS[index % 4], guard=STRICT, max_tokens=256, **scored)
                    begun.append(asyncio.create_task(ask(http, body)))
                while await under_way(http) < len(begun):
                    await asyncio.sleep(0.05)
                    assert not any(task.done() for task in begun)
            return await asyncio.gather(*begun)

    replies = asyncio.run(load())
    by_version = {version: [r for r in replies if r["model"] == f"smollm2@{version}"] for version in SEEDS}
    assert all(by_version.values()) and sum(map(len, by_version.values())) == 40
    for version, seed in SEEDS.items():
        model = adapted(small_model, seed)
        for reply in by_version[version]:
            assert _error(model, reply) < 1e-3
            assert {event.adapter_version for event in log.iter(request_id=reply["id"])} == {version}
    assert _error(adapted(small_model, 1), by_version["v0002"][0]) > 0.1  # it would show
    registry.promote("base")


def _error(model: Any, reply: dict[str, Any]) -> float:
    """The greatest difference of the tokens' log-probabilities to those of a model."""
    import torch

    prompt, choice = reply["prompt_token_ids"], reply["choices"][0]
    answer = choice["token_ids"]
    with torch.inference_mode():
        logits = model(torch.tensor([prompt + answer])).logits[0, len(prompt) - 1 : -1].log_softmax(-1)
    own = logits.gather(1, torch.tensor(answer)[:, None])[:, 0]
    told = torch.tensor([token["logprob"] for token in choice["logprobs"]["content"]])
    return float((own - told).abs().max())


def test_the_name_of_a_version_pins_it_and_an_unknown_one_is_not_there(server: str, small_model: Path) -> None:
    reply = post(server, request(QUESTIONS[3], model="smollm2@v0002")).json()
    assert reply["model"] == "smollm2@v0002"
    assert post(server, request(QUESTIONS[3], model="smollm2@v0099")).status_code == 404


def test_clients_that_leave_leave_nothing_behind(server: str) -> None:
    async def leave(http: httpx.AsyncClient) -> None:
        body = request(QUESTIONS[0], guard=STRICT, stream=True, max_tokens=400, ignore_eos=True)
        async with http.stream("POST", "/v1/chat/completions", json=body) as reply:
            async for _ in reply.aiter_lines():
                return

    async def all_of_them() -> float:
        async with client(server) as http:
            await asyncio.gather(*(leave(http) for _ in range(8)))
            await ask(http, request(QUESTIONS[0], guard=STRICT))
            for _ in range(100):
                if not await under_way(http):
                    break
                await asyncio.sleep(0.1)
            return await under_way(http)

    assert asyncio.run(all_of_them()) == 0


def test_speculation_that_would_leave_the_guard_out_is_refused(tmp_path: Path, small_model: Path) -> None:
    speculation = {"method": "ngram", "num_speculative_tokens": 3, "prompt_lookup_max": 3}
    asked = command(small_model, "--speculative-config", json.dumps(speculation))
    done = subprocess.run(asked, env=environment(tmp_path), capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode != 0
    assert "leaves tlpo-guard out without a word: start vLLM without --speculative-config" in done.stdout + done.stderr
