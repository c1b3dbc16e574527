"""The whole command: exit codes, what it leaves, and what SIGKILL leaves."""

import dataclasses
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import torch

from distill.run.run_folder import RunFolder
from tests.processes import WarmProcess, launched, start_cli
from tests.terminal import on_a_terminal
from tlpo_guard.events.drafts import AnswerOrigin, event_of
from tlpo_guard.events.record import Event
from tlpo_guard.events.store import EventStore
from tlpo_guard.guard.points import EventDraft
from tlpo_guard.integrations.transformers import LanguageGuardLogitsProcessor
from tlpo_guard.languages.decided_by import DecidedBy
from tlpo_guard.models.load import LoadedModel, load_model
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.registry import open_registry

PROMPTS = ["스트레스를 줄이는 방법을 알려 주세요.", "한국의 사계절을 설명해 주세요.", "좋은 책을 추천해 주세요."]
KILLS = 10
FLAGS = ("--min-events", "8", "--max-steps", "2")


@pytest.fixture(scope="module")
def events(small_model: Path) -> list[Event]:
    """Of the small model, on which most of these tests run."""
    return _points(load_model(str(small_model), cache_dir=small_model.parents[1], device="cpu"))


def _points(loaded: LoadedModel) -> list[Event]:
    """Confusion points of masked answers, as a server logs them."""
    tokenizer = loaded.tokenizer
    tokenizer.padding_side = "left"
    chats = [[{"role": "user", "content": p}] for p in PROMPTS for _ in range(8)]
    inputs = tokenizer.apply_chat_template(
        chats, add_generation_prompt=True, return_tensors="pt", return_dict=True, padding=True
    )
    length = inputs["input_ids"].shape[1]
    policy = GuardPolicy(languages=("ko",), allow_english=False)
    guard = LanguageGuardLogitsProcessor(tokenizer, loaded.model.config.vocab_size, policy, length)
    torch.manual_seed(0)
    out = loaded.model.generate(
        **inputs, max_new_tokens=16, do_sample=True, temperature=1.0, logits_processor=[guard]
    ).tolist()
    padding = (inputs["attention_mask"] == 0).sum(dim=1).tolist()
    return [
        _event(loaded, row, draft, out[row][padding[row] : length], out[row][length : length + draft.position])
        for row, draft in guard.events
    ]


def _event(loaded: LoadedModel, row: int, draft: EventDraft, prompt: list[int], output: list[int]) -> Event:
    origin = AnswerOrigin(
        request_id=f"request-{row}",
        model="smollm2",
        base_fingerprint=loaded.fingerprint,
        tokenizer_fingerprint=loaded.tokenizer_fingerprint,
        decided_by=DecidedBy.PROMPT,
    )
    policy = GuardPolicy(languages=("ko",), allow_english=False)
    return event_of(draft, origin=origin, policy=policy, prompt_ids=prompt, before=output)


SMALL = {  # every part of a run, and little of each
    "SELECTION__MAX_POINTS": "12",
    "SELECTION__MAX_HELD_OUT": "4",
    "EVALUATION__PROMPTS_PER_LANGUAGE": "2",
    "EVALUATION__ANSWERS_PER_PROMPT": "1",
    "EVALUATION__MAX_NEW_TOKENS": "4",
    "EVALUATION__WATCHED_PER_LANGUAGE": "0",  # 20 languages, each with tables of its own
    "ANCHORS__ANSWERS": "2",
    "ANCHORS__PER_BATCH": "2",
    "ANCHORS__MAX_NEW_TOKENS": "4",
    "TRAINING__POINTS_PER_STEP": "4",
    "TRAINING__SAVE_STEPS": "1",
    "ROLLOUTS__MAX_NEW_TOKENS": "24",
}


def _environment() -> dict[str, str]:
    return os.environ | {f"TLPO_GUARD_DISTILL_{name}": value for name, value in SMALL.items()}


def _distill(data_dir: Path, *flags: str) -> WarmProcess:
    small = data_dir / "cache" / "small" / "smollm2"
    arguments = ["--data-dir", str(data_dir), "--model", str(small), *flags]
    return start_cli("distill", *arguments, env=_environment(), merge=True)


def _cold(*command: str) -> "subprocess.CompletedProcess[str]":
    """A command that imports everything itself; all that it says is its stdout."""
    return subprocess.run(command, env=_environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


@pytest.fixture
def data_dir(tmp_path: Path, model_cache: Path, events: list[Event]) -> Path:
    return _filled(tmp_path, model_cache, events)


def _filled(folder: Path, model_cache: Path, events: list[Event]) -> Path:
    """A data folder whose store holds the events."""
    folder.mkdir(exist_ok=True)
    (folder / "cache").symlink_to(model_cache, target_is_directory=True)
    store = EventStore(folder / "events.sqlite3")
    store.add(events)
    store.close()
    return folder


def _fresh(data_dir: Path) -> set[str]:
    """Events that no version has learnt from."""
    store = EventStore(data_dir / "events.sqlite3")
    found = {event.id for event in store.iter(fresh_only=True)}
    store.close()
    return found


def _is_measured(data_dir: Path) -> bool:
    return (data_dir / "distill" / "run" / "before.json").exists()


def _has_checkpoint(data_dir: Path) -> bool:
    return RunFolder(data_dir / "distill" / "run").last_checkpoint() is not None


def _is_writing(data_dir: Path) -> bool:
    return any((data_dir / "adapters").glob(".tmp-*/adapter_model.safetensors"))


def _has_version(data_dir: Path) -> bool:
    return any((data_dir / "adapters").glob("v*/lineage.json"))


def _check(data_dir: Path, events: list[Event]) -> None:
    """Every version is whole, was learnt from each event once, and what passed is what is marked as learnt."""
    registry = open_registry(data_dir / "adapters")
    (version,) = registry.list()
    registry.verify(version.name)
    assert list(version.path.parent.glob(".tmp-*")) == []
    learnt = (version.path / "events.txt").read_text().split()
    assert len(learnt) == len(set(learnt)) == version.lineage["events"] > 8
    assert version.report is not None
    assert registry.current() == (version.name if version.passed else "base")
    assert _fresh(data_dir) == {event.id for event in events} - (set(learnt) if version.passed else set())
    assert not (data_dir / "distill" / "run").exists()
    assert {"confusion mass", "perplexity", "answer length", "English KL"} <= {
        check["name"] for check in version.report["gate"]["checks"]
    }


@pytest.mark.parametrize("reached", [_is_measured, _has_checkpoint, _is_writing, _has_version])
def test_what_sigkill_cuts_off_goes_on(data_dir: Path, reached: Callable[[Path], bool], events: list[Event]) -> None:
    process = _distill(data_dir, *FLAGS)
    while not reached(data_dir) and process.poll() is None:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    before = RunFolder(data_dir / "distill" / "run").state()
    text, _ = (again := _distill(data_dir, *FLAGS)).communicate()
    assert again.returncode in (0, 3), text
    _check(data_dir, events)
    (version,) = open_registry(data_dir / "adapters").list()
    if before is not None:
        assert version.lineage["run"] == before.id  # it went on rather than begin anew


@pytest.mark.long
@pytest.mark.timeout(3_600)
def test_sigkill_at_random_moments(tmp_path: Path, model_cache: Path, events: list[Event]) -> None:
    """A run that ends before it is killed is checked, and the next one has a folder of its own."""
    dice, left, folders = random.Random(0), KILLS, 1
    data_dir = _filled(tmp_path / "0", model_cache, events)
    while left:
        process = _distill(data_dir, *FLAGS)
        try:
            process.wait(timeout=dice.uniform(2.0, 30.0))
        except subprocess.TimeoutExpired:
            left -= 1
            process.kill()
            process.communicate()
            assert not any(version.damage for version in open_registry(data_dir / "adapters").list())
            continue
        text, _ = process.communicate()
        assert process.returncode in (0, 3, 4), text  # 4: it was killed when all was done
        _check(data_dir, events)
        data_dir = _filled(tmp_path / str(folders), model_cache, events)
        folders += 1
    text, _ = (again := _distill(data_dir, *FLAGS)).communicate()
    assert again.returncode in (0, 3, 4), text
    _check(data_dir, events)


@pytest.mark.parametrize("name", ["small/smollm2", pytest.param("smollm2", marks=pytest.mark.long)])
def test_processes_that_were_launched_together_make_one_version(
    name: str, tmp_path: Path, model_cache: Path, events: list[Event], launch: list[str]
) -> None:
    model = name if name == "smollm2" else str(model_cache / name)
    if name == "smollm2":
        events = _points(load_model(name, cache_dir=model_cache, device="cpu"))
    data_dir = _filled(tmp_path, model_cache, events)
    ended = _cold(*launch, "-m", "tlpo_guard", "distill", "--data-dir", str(data_dir), "--model", model, *FLAGS)
    (version,) = open_registry(data_dir / "adapters").list()
    assert ended.returncode == (0 if version.passed else 1), ended.stdout  # the launcher has an exit code of its own
    _check(data_dir, events)


def test_processes_that_were_launched_together_all_end_where_there_is_nothing_to_do(
    tmp_path: Path,
) -> None:
    first, second = launched("distill", "--data-dir", str(tmp_path), env=_environment())
    text, _ = first.communicate(timeout=120)
    other, _ = second.communicate(timeout=120)
    assert (first.wait(), second.wait()) == (4, 0)
    assert "0 usable events" in text and "error" not in other


def test_processes_that_answered_together_all_end_where_too_few_answers_drift(
    tmp_path: Path, model_cache: Path, small_model: Path
) -> None:
    data_dir, prompts = _filled(tmp_path / "data", model_cache, []), tmp_path / "prompts.jsonl"
    rows = [{"prompt": f"{prompt} ({n})", "language": "ko"} for prompt in PROMPTS for n in range(6)]
    prompts.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    flags = ("--recipe", "paper", "--rollouts", "1", "--prompts", str(prompts), "--min-events", "1000")
    arguments = ("distill", "--data-dir", str(data_dir), "--model", str(small_model), *flags)
    first, second = launched(*arguments, env=_environment())
    text, _ = first.communicate(timeout=120)
    other, _ = second.communicate(timeout=120)
    assert (first.wait(), second.wait()) == (4, 0), text + other
    assert "a run needs 1000" in text and "error" not in other


def test_too_few_events_is_an_exit_code_of_its_own(tmp_path: Path) -> None:
    ended = _cold(sys.executable, "-m", "tlpo_guard", "distill", "--data-dir", str(tmp_path))
    assert ended.returncode == 4
    assert "0 usable events" in ended.stdout
    assert open_registry(tmp_path / "adapters").list() == []


def test_a_gate_that_is_not_passed_keeps_the_version_but_not_as_current(data_dir: Path, events: list[Event]) -> None:
    text, _ = (process := _distill(data_dir, *FLAGS, "--learning-rate", "0")).communicate()
    assert process.returncode == 3, text
    assert "gate not passed" in text
    assert "confusion mass" in text and "answer length" not in text and "other checks passed" in text
    assert "base stays" in text and f"report: {data_dir / 'adapters' / 'v0001' / 'report.html'}" in text
    _check(data_dir, events)
    page = (data_dir / "adapters" / "v0001" / "report.html").read_text()
    assert "not passed" in page and "<script" not in page


def test_what_a_run_had_no_time_for_is_left_for_the_next(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SMALL, "TRAINING__BATCH_SIZE", "1")
    flags = ("--min-events", "8", "--max-steps", "3", "--time-budget-minutes", "0.0001")
    text, _ = (process := _distill(data_dir, *flags)).communicate()
    assert process.returncode in (0, 3), text
    (version,) = open_registry(data_dir / "adapters").list()
    assert version.report is not None and len(version.report["steps"]) == 1
    learnt = (version.path / "events.txt").read_text().split()
    selection = version.report["selection"]
    assert 0 < len(learnt) == version.lineage["events"] < selection["training_points"] + selection["held_out_points"]


def test_the_time_that_a_killed_run_has_spent_counts(data_dir: Path) -> None:
    flags = ("--min-events", "8", "--max-steps", "6", "--time-budget-minutes", "120")
    process = _distill(data_dir, *flags)
    while not _has_checkpoint(data_dir) and process.poll() is None:
        time.sleep(0.001)
    process.kill()
    process.communicate()
    folder = RunFolder(data_dir / "distill" / "run")
    checkpoint, spent = folder.last_checkpoint(), folder.read("seconds")
    assert checkpoint is not None and 0 < spent < 7_200
    folder.write("seconds", 7_200.0)
    text, _ = (again := _distill(data_dir, *flags)).communicate()
    assert again.returncode in (0, 3), text
    (version,) = open_registry(data_dir / "adapters").list()
    assert version.report is not None and version.report["seconds"] > 7_200
    assert len(version.report["steps"]) == int(checkpoint.name.split("-")[1]) + 1 < 6


def test_a_second_run_at_the_same_time_is_refused(data_dir: Path) -> None:
    first = _distill(data_dir, *FLAGS)
    while not (data_dir / "distill" / "run").exists():
        time.sleep(0.01)
    text, _ = (second := _distill(data_dir, *FLAGS)).communicate()
    assert first.poll() is None
    first.kill()
    first.communicate()
    assert second.returncode == 5, text
    assert f"{first.pid}" in text


def test_a_run_whose_lease_another_has_taken_leaves_no_version(data_dir: Path) -> None:
    process = _distill(data_dir, *FLAGS)
    while not _is_measured(data_dir) and process.poll() is None:
        time.sleep(0.01)
    with closing(sqlite3.connect(data_dir / "events.sqlite3", timeout=10)) as connection:
        connection.execute("UPDATE leases SET token = 'of another host', machine = 'another host'")
        connection.commit()
    text, _ = process.communicate()
    assert process.returncode == 5, text
    assert open_registry(data_dir / "adapters").list() == []


def test_a_dry_run_shows_what_would_be_used_and_changes_nothing(data_dir: Path, events: list[Event]) -> None:
    store = EventStore(data_dir / "events.sqlite3")
    foreign = [
        dataclasses.replace(events[0], id=uuid.uuid4().hex, request_id=f"r{n}", base_fingerprint="x") for n in range(3)
    ]
    store.add(foreign)
    store.close()
    text, _ = (process := _distill(data_dir, "--dry-run")).communicate()
    assert process.returncode == 0, text
    assert "another base model" in text and str(len(events) + 3) in text
    assert not (data_dir / "adapters").exists() and not (data_dir / "distill").exists()


def test_a_dry_run_as_json_has_the_same_figures(data_dir: Path, events: list[Event]) -> None:
    text, _ = _distill(data_dir, "--dry-run", "--json").communicate()
    told = json.loads(next(line for line in text.splitlines() if line.startswith("{")))
    assert told["events"] == len(events)
    used = sum(told["used"].values())
    assert 0 < used <= len(events)
    text, _ = _distill(data_dir, "--dry-run", "--json", "--max-steps", "1").communicate()
    of_one_step = json.loads(next(line for line in text.splitlines() if line.startswith("{")))
    assert 0 < sum(of_one_step["used"].values()) < used
    assert of_one_step["capped"][0]["reason"] == "max_steps"  # it does not pass for learnt


def test_on_a_terminal_the_time_that_is_left_is_shown(data_dir: Path) -> None:
    small = data_dir / "cache" / "small" / "smollm2"
    flags = ("--data-dir", str(data_dir), "--model", str(small), *FLAGS)
    styled = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
    code, shown = on_a_terminal("distill", *flags, folder=data_dir, **_environment())
    assert code in (0, 3), shown
    assert re.search(r"left (?:\d+:\d\d:\d\d|-:--:--)", styled.sub("", shown)), shown[-3000:]


def test_the_papers_recipe_needs_prompts_and_no_log(tmp_path: Path, model_cache: Path) -> None:
    data_dir = _filled(tmp_path / "data", model_cache, [])
    prompts = tmp_path / "prompts.jsonl"
    rows = [{"prompt": f"{prompt} ({n})", "language": "ko", "strict": True} for prompt in PROMPTS for n in range(2)]
    prompts.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    process = _distill(data_dir, "--recipe", "paper", "--prompts", str(prompts), *FLAGS)
    said = process.communicate(timeout=300)
    assert process.returncode in (0, 3), said
    (version,) = open_registry(data_dir / "adapters").list()
    assert version.lineage["parent"] == "base"
    assert version.report is not None
    assert version.report["selection"]["events_seen"] == 8 * len(rows)
    assert [step["learning_rate"] > 0 for step in version.report["steps"]] == [True, True]
    assert version.report["steps"][-1]["kl"] > 0
    assert "anchor_loss" not in version.report["steps"][0]
