"""The whole command on the real model: exit codes, what it leaves, and what SIGKILL leaves."""

import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import torch

from tlpo_guard.detector import DETECTOR_VERSION
from tlpo_guard.events.record import Candidate, Event
from tlpo_guard.events.store import EventStore
from tlpo_guard.guard import EventDraft
from tlpo_guard.integrations.transformers import LanguageGuardLogitsProcessor
from tlpo_guard.models import LoadedModel
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.registry import AdapterRegistry

PROMPTS = ["스트레스를 줄이는 방법을 알려 주세요.", "한국의 사계절을 설명해 주세요.", "좋은 책을 추천해 주세요."]
FLAGS = ("--min-events", "8", "--max-steps", "1")


@pytest.fixture(scope="module")
def events(smollm2: LoadedModel) -> list[Event]:
    """Confusion points of masked answers, as a server logs them."""
    tokenizer = smollm2.tokenizer
    tokenizer.padding_side = "left"
    chats = [[{"role": "user", "content": p}] for p in PROMPTS for _ in range(8)]
    inputs = tokenizer.apply_chat_template(
        chats, add_generation_prompt=True, return_tensors="pt", return_dict=True, padding=True
    )
    length = inputs["input_ids"].shape[1]
    policy = GuardPolicy(languages=("ko",), allow_english=False)
    guard = LanguageGuardLogitsProcessor(tokenizer, smollm2.model.config.vocab_size, policy, length)
    torch.manual_seed(0)
    out = smollm2.model.generate(
        **inputs, max_new_tokens=16, do_sample=True, temperature=1.0, logits_processor=[guard]
    ).tolist()
    padding = (inputs["attention_mask"] == 0).sum(dim=1).tolist()
    return [
        _event(smollm2, row, draft, out[row][padding[row] : length], out[row][length : length + draft.position])
        for row, draft in guard.events
    ]


def _event(loaded: LoadedModel, row: int, draft: EventDraft, prompt: list[int], output: list[int]) -> Event:
    return Event(
        id=uuid.uuid4().hex,
        created_at=datetime.now(UTC),
        request_id=f"request-{row}",
        user=None,
        model="smollm2",
        base_fingerprint=loaded.fingerprint,
        tokenizer_fingerprint=loaded.tokenizer_fingerprint,
        adapter_version="base",
        language="ko",
        decided_by="prompt",
        confidence=1.0,
        allow_english=False,
        allow_hanja=False,
        prompt_ids=tuple(prompt),
        output_ids=tuple(output),
        position=draft.position,
        token_id=draft.token_id,
        kind="script",
        candidates=tuple(Candidate(*candidate) for candidate in draft.candidates),
        confusion_mass=draft.mass,
        action=draft.action,
        replacement_id=draft.replacement_id,
        temperature=1.0,
        top_p=1.0,
        top_k=None,
        seed=None,
        detector_version=DETECTOR_VERSION,
    )


def _distill(data_dir: Path, *flags: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tlpo_guard", "distill", "--data-dir", str(data_dir), *flags]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@pytest.fixture
def data_dir(tmp_path: Path, model_cache: Path, events: list[Event]) -> Path:
    """A data folder whose store holds the events."""
    (tmp_path / "cache").symlink_to(model_cache, target_is_directory=True)
    store = EventStore(tmp_path / "events.sqlite3")
    store.add(events)
    store.close()
    return tmp_path


def _fresh(data_dir: Path) -> int:
    store = EventStore(data_dir / "events.sqlite3")
    count = len(list(store.iter(fresh_only=True)))
    store.close()
    return count


def _has_begun(data_dir: Path) -> bool:
    return (data_dir / "distill.lock").exists()


def _is_writing(data_dir: Path) -> bool:
    return any((data_dir / "adapters").glob(".tmp-*/adapter_model.safetensors"))


@pytest.mark.parametrize(("reached", "seconds"), [(_has_begun, 8.0), (_is_writing, 0.0)])
def test_sigkill_leaves_no_half_version_and_the_next_run_works(
    data_dir: Path, reached: Callable[[Path], bool], seconds: float, events: list[Event]
) -> None:
    process = _distill(data_dir, *FLAGS)
    while not reached(data_dir) and process.poll() is None:
        time.sleep(0.002)
    time.sleep(seconds)
    assert process.poll() is None, process.communicate()[0]
    process.send_signal(signal.SIGKILL)
    process.communicate()
    registry = AdapterRegistry(data_dir / "adapters")
    assert (registry.list(), registry.current()) == ([], "base")
    assert _fresh(data_dir) == len(events)

    text, _ = (again := _distill(data_dir, *FLAGS)).communicate()
    assert again.returncode in (0, 3), text
    (version,) = registry.list()
    registry.verify(version.name)
    assert list(version.path.parent.glob(".tmp-*")) == []
    assert registry.current() == (version.name if again.returncode == 0 else "base")
    assert version.report["passed"] is (again.returncode == 0)
    assert version.lineage["events"] == len(events) - _fresh(data_dir) > 8
    assert {"confusion mass", "perplexity", "answer length", "English KL"} <= {
        check["name"] for check in version.report["gate"]["checks"]
    }


def test_too_few_events_is_an_exit_code_of_its_own(tmp_path: Path) -> None:
    text, _ = (process := _distill(tmp_path)).communicate()
    assert process.returncode == 4
    assert "0 new events" in text
    assert AdapterRegistry(tmp_path / "adapters").list() == []


def test_a_gate_that_is_not_passed_keeps_the_version_but_not_as_current(data_dir: Path) -> None:
    text, _ = (process := _distill(data_dir, *FLAGS, "--learning-rate", "0")).communicate()
    assert process.returncode == 3, text
    assert "gate not passed" in text
    registry = AdapterRegistry(data_dir / "adapters")
    assert [v.name for v in registry.list()] == ["v0001"]
    assert registry.current() == "base"


def test_a_second_run_at_the_same_time_is_refused(data_dir: Path) -> None:
    first = _distill(data_dir, *FLAGS)
    while not _has_begun(data_dir):
        time.sleep(0.01)
    text, _ = (second := _distill(data_dir, *FLAGS)).communicate()
    first.kill()
    first.communicate()
    assert second.returncode == 1
    assert "another distillation holds" in text
