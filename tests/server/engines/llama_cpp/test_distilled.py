"""From traffic to a version that the same server serves: llama.cpp writes and logs, transformers learns, llama.cpp serves."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import torch
from peft import PeftModel

from tests.processes import run_cli
from tests.server.conftest import Server, start
from tlpo_guard.events.record import Event
from tlpo_guard.events.store import EventStore
from tlpo_guard.models.load import load_model
from tlpo_guard.registry import open_registry

pytest.importorskip("llama_cpp")
pytestmark = [pytest.mark.long, pytest.mark.timeout(1_800)]

PROMPTS = ["스트레스를 줄이는 방법을 알려 주세요.", "한국의 사계절을 설명해 주세요.", "좋은 책을 추천해 주세요."]
STRICT = {"mode": "mask", "allow_english": False, "languages": ["ko"]}
SMALL = {  # every part of a run, and little of each
    "SELECTION__MIN_EVENTS": "8",
    "SELECTION__MAX_POINTS": "48",
    "SELECTION__MAX_HELD_OUT": "16",
    "EVALUATION__PROMPTS_PER_LANGUAGE": "2",
    "EVALUATION__ANSWERS_PER_PROMPT": "1",
    "EVALUATION__MAX_NEW_TOKENS": "8",
    "EVALUATION__WATCHED_PER_LANGUAGE": "0",
    "ANCHORS__ANSWERS": "2",
    "ANCHORS__PER_BATCH": "1",
    "ANCHORS__MAX_NEW_TOKENS": "8",
    "TRAINING__POINTS_PER_STEP": "24",
    "TRAINING__MAX_STEPS": "8",
    "TRAINING__LEARNING_RATE": "1.5e-3",
    "LORA__RANK": "4",
    # what a version is worth is measured elsewhere; here any fall of the confusion will do
    "GATE__MIN_RELATIVE_CONFUSION_DROP": "0",
    "GATE__MAX_PERPLEXITY_RISE": "1",
    "GATE__MAX_PERPLEXITY_RISE_OVER_BASE": "1",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Iterator[Server]:
    running = start(tmp_path_factory.mktemp("llama") / "data", model_cache, "--engine", "llama-cpp")
    yield running
    running.stop()


def ask(server: Server, path: str, **body: Any) -> Any:
    headers = {"Authorization": f"Bearer {server.key}"}
    answer = httpx.post(f"{server.url}/v1/{path}", json={"model": "smollm2", **body}, headers=headers, timeout=300)
    assert answer.status_code == 200, answer.text
    return answer.json()


def traffic(server: Server) -> list[Any]:
    """Korean answers of a model that drifts, many at a time."""

    def one(number: int) -> Any:
        messages = [{"role": "user", "content": PROMPTS[number % len(PROMPTS)]}]
        options = {"max_tokens": 24, "temperature": 1, "seed": number, "guard": STRICT}
        return ask(server, "chat/completions", messages=messages, **options)

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(one, range(24)))


def told(server: Server, events: list[Event]) -> list[torch.Tensor]:
    """Of each event, the log-probabilities of the answer's tokens, the drifting one last."""
    rows = []
    for event in events:
        options = {"echo": True, "max_tokens": 0, "logprobs": 0, "guard": {"mode": "off"}}
        answer = ask(server, "completions", prompt=_token_ids(event), **options)
        rows.append(torch.tensor(answer["choices"][0]["logprobs"]["token_logprobs"][len(event.prompt_ids) :]))
    return rows


def in_transformers(model: Any, events: list[Event]) -> list[torch.Tensor]:
    """The same in the model that learns."""
    rows = []
    for event in events:
        token_ids, first = torch.tensor([_token_ids(event)]), len(event.prompt_ids)
        with torch.no_grad():
            logprobs = model(token_ids).logits[0, first - 1 : -1].log_softmax(-1)
        rows.append(logprobs.gather(1, token_ids[0, first:].unsqueeze(1)).squeeze(1))
    return rows


def _token_ids(event: Event) -> list[int]:
    return [*event.prompt_ids, *event.output_ids, event.token_id]


def now_served(server: Server) -> str:
    """The version that a response names."""
    return _version(ask(server, "completions", prompt="a", max_tokens=1))


def _version(answer: Any) -> str:
    return str(answer["system_fingerprint"]).split("-")[1]


def distilled(data_dir: Path) -> str:
    """The name of the version that a run made of the log and promoted."""
    environment = os.environ | {f"TLPO_GUARD_DISTILL_{name}": value for name, value in SMALL.items()}
    done = run_cli("distill", "--data-dir", str(data_dir), env=environment, merge=True, timeout=1_500)
    assert done.returncode == 0, done.stdout
    registry = open_registry(data_dir / "adapters")
    (made,) = registry.list()
    assert made.passed and registry.current() == made.name
    return made.name


def test_what_a_running_server_logged_becomes_the_version_that_it_serves(server: Server, model_cache: Path) -> None:
    told_of = sum(answer["guard"]["events"] for answer in traffic(server))
    store = EventStore(server.data_dir / "events.sqlite3")
    logged = list(store.iter())
    assert len(logged) == told_of > 32
    examined = [event for event in logged if len(event.output_ids) >= 8][:16]
    assert now_served(server) == "base"
    before = torch.cat(told(server, examined))

    name = distilled(server.data_dir)
    assert len(list(store.iter(fresh_only=True))) < len(logged)
    store.close()
    deadline = time.monotonic() + 60
    while now_served(server) != name:
        assert time.monotonic() < deadline, "the server does not follow the registry"
        time.sleep(0.2)

    after = torch.cat(told(server, examined))
    loaded = load_model("smollm2", cache_dir=model_cache, dtype=torch.float32, device="cpu")
    base = torch.cat(in_transformers(loaded.model, examined))
    adapter = server.data_dir / "adapters" / name
    learnt = torch.cat(in_transformers(PeftModel.from_pretrained(loaded.model, str(adapter)), examined))
    # llama.cpp computes with 8 bits what transformers computes with 32: not even the base is quite the same
    assert float((learnt - base).abs().mean()) > 0.1
    assert float(torch.corrcoef(torch.stack([after - before, learnt - base]))[0, 1]) > 0.95
    assert float((after - learnt).abs().mean()) < 0.5 * float((after - base).abs().mean())

    again = traffic(server)
    assert {_version(answer) for answer in again} == {name}
    assert sum(answer["guard"]["events"] for answer in again) < told_of
