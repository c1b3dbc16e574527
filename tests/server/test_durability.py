"""What survives SIGKILL, and what a client sees of a swap."""

import json
import threading
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model

from tests.server.conftest import Server, start_small
from tlpo_guard.events.store import EventStore
from tlpo_guard.models.load import load_model
from tlpo_guard.registry import open_registry

QUESTIONS = ["스트레스를 다루는 방법은 무엇인가요?", "한국의 사계절을 설명해 주세요."]
CLIENTS = 32
EXTRA = {"guard": {"mode": "mask", "allow_english": False}}


def test_after_sigkill_every_event_of_an_answer_is_in_the_store(tmp_path: Path, small_model: Path) -> None:
    server = start_small(tmp_path / "data", small_model)
    try:
        message = [{"role": "user", "content": QUESTIONS[0]}]
        answers = [
            server.client().chat.completions.create(
                model="smollm2", messages=message, max_tokens=24, seed=seed, temperature=1.0, extra_body=EXTRA
            )
            for seed in range(3)
        ]
    finally:
        server.kill()
    store = EventStore(server.data_dir / "events.sqlite3")
    kept = [len(list(store.iter(request_id=answer.id))) for answer in answers]
    store.close()
    assert kept == [answer.model_extra["guard"]["events"] for answer in answers]
    assert sum(kept) > 0


def add_random_adapter(data_dir: Path, small_model: Path) -> str:
    """An adapter that changes answers, promoted."""
    torch.manual_seed(0)
    loaded = load_model(str(small_model), cache_dir=small_model.parents[1], device="cpu")
    config = LoraConfig(
        r=2, lora_alpha=4, target_modules="all-linear", task_type="CAUSAL_LM", init_lora_weights=False, use_dora=True
    )
    model = get_peft_model(loaded.model, config)
    registry = open_registry(data_dir / "adapters")
    lineage = {"base_fingerprint": loaded.fingerprint, "parent": "base"}
    version = registry.add(lambda folder: model.save_pretrained(str(folder)), lineage, {"passed": True})
    registry.promote(version.name)
    return version.name


@pytest.fixture
def swapping(tmp_path: Path, small_model: Path) -> Server:
    return start_small(tmp_path / "data", small_model)


def test_a_swap_under_32_streams_fails_and_mixes_nothing(swapping: Server, small_model: Path) -> None:
    seen: list[set[str]] = []
    failures: list[BaseException] = []

    def stream(index: int) -> None:
        try:
            for _ in range(2):
                chunks = swapping.client().chat.completions.create(
                    model="smollm2",
                    messages=[{"role": "user", "content": QUESTIONS[index % 2]}],
                    max_tokens=16,
                    temperature=0,
                    stream=True,
                    extra_body=EXTRA,
                )
                seen.append({str(chunk.system_fingerprint) for chunk in chunks})
        except BaseException as exc:
            failures.append(exc)

    threads = [threading.Thread(target=stream, args=(index,)) for index in range(CLIENTS)]
    try:
        for thread in threads:
            thread.start()
        version = add_random_adapter(swapping.data_dir, small_model)
        for thread in threads:
            thread.join()
        question = [{"role": "user", "content": QUESTIONS[0]}]
        answer = swapping.client().chat.completions.create(model="smollm2", messages=question, max_tokens=4)
    finally:
        swapping.kill()
    assert failures == []
    assert len(seen) == 2 * CLIENTS
    assert [versions for versions in seen if len(versions) != 1] == []
    assert answer.system_fingerprint.endswith(f"-{version}")


def test_a_damaged_adapter_is_refused_and_the_old_weights_stay(tmp_path: Path, small_model: Path) -> None:
    data_dir = tmp_path / "data"
    name = add_random_adapter(data_dir, small_model)
    (data_dir / "adapters" / name / "adapter_model.safetensors").write_bytes(b"\0" * 64)
    server = start_small(data_dir, small_model)
    try:
        question = [{"role": "user", "content": QUESTIONS[0]}]
        answer = server.client().chat.completions.create(model="smollm2", messages=question, max_tokens=4)
    finally:
        server.kill()
    assert answer.system_fingerprint.endswith("-base")
    lineage = json.loads((data_dir / "adapters" / name / "lineage.json").read_text())
    assert "adapter_model.safetensors" in lineage["files"]
