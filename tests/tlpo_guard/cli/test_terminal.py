"""The command line on a terminal: real text, in colour or without, and nothing that moves the cursor."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cache import CACHE, small_model_folder
from tests.terminal import on_a_terminal, plain
from tlpo_guard.events.record import Candidate, Event
from tlpo_guard.events.store import EventStore
from tlpo_guard.models import load_tokenizer
from tlpo_guard.models.fingerprints import tokenizer_fingerprint

ANSWER = "한국의 수도는 서울입니다. 그리고 北京."


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A log of one event of the small model: after Korean comes a token that is not."""
    folder = tmp_path_factory.mktemp("terminal")
    tokenizer = load_tokenizer(str(small_model_folder(CACHE)), cache_dir=CACHE)

    def ids(text: str) -> tuple[int, ...]:
        return tuple(tokenizer(text, add_special_tokens=False)["input_ids"])

    (wrong, *_), (right, *_) = ids(" city"), ids(" town")
    candidates = (Candidate(wrong, -0.5, True), Candidate(right, -1.0, False))
    event = Event(
        id="e0",
        created_at=datetime(2026, 11, 23, 12, tzinfo=UTC),
        request_id="r0",
        user=None,
        model=str(small_model_folder(CACHE)),
        base_fingerprint="b",
        tokenizer_fingerprint=tokenizer_fingerprint(tokenizer),
        adapter_version="base",
        language="ko",
        decided_by="prompt",  # type: ignore[arg-type]
        confidence=1.0,
        allow_english=False,
        allow_hanja=False,
        prompt_ids=(1, 2),
        output_ids=ids("한국의 수도\n\x1b[2J\u202e서울"),
        position=9,
        token_id=wrong,
        kind="script",
        candidates=candidates,
        confusion_mass=0.6,
        action="masked",
        replacement_id=right,
        temperature=0.7,
        top_p=1.0,
        top_k=None,
        seed=None,
        detector_version="script-1",
    )
    with closing(EventStore(folder / "events.sqlite3")) as store:
        store.add([event, replace(event, id="e1", output_ids=(), replacement_id=None, action="observed")])
    yield folder


def test_a_list_shows_words_and_what_was_taken_instead(data_dir: Path) -> None:
    code, shown = on_a_terminal("events", "list", "--data-dir", ".", folder=data_dir, NO_COLOR="1")
    assert code == 0
    assert "한국의 수도⏎·[2J·서울⟦ city⟧ → ‹ town›" in plain(shown)
    assert "\x1b[2J" not in shown and "\u202e" not in shown


def test_in_colour_the_drift_stands_out(data_dir: Path) -> None:
    _, shown = on_a_terminal("events", "list", "--data-dir", ".", folder=data_dir)
    assert "\x1b[1;37;41m⟦ city⟧\x1b[0m → \x1b[1;30;42m‹ town›\x1b[0m" in shown, repr(shown)


def test_show_draws_the_tokens_and_the_candidates(data_dir: Path) -> None:
    code, shown = on_a_terminal("events", "show", "e0", "--data-dir", ".", folder=data_dir, NO_COLOR="1")
    assert code == 0
    assert "⟦ city⟧ → ‹ town›" in plain(shown)
    rows = [line for line in plain(shown).splitlines() if "█" in line]
    assert [row.split()[0] for row in rows] == ["city", "town"]
    assert rows[0].count("█") > rows[1].count("█") > 0
    assert "60.65%" in rows[0] and rows[0].endswith("drifts") and rows[1].endswith("in the answer")
    code, shown = on_a_terminal("events", "show", "e0", "--json", "--data-dir", ".", folder=data_dir)
    assert json.loads(shown)["id"] == "e0"


def test_scan_marks_the_drift_for_people_and_writes_json_for_programs(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"id": "a", "completion": ANSWER, "language": "ko"},
        {"id": "b", "completion": "좋습니다.", "language": "ko"},
    ]
    (tmp_path / "answers.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    code, shown = on_a_terminal("scan", "answers.jsonl", folder=tmp_path, NO_COLOR="1")
    assert code == 0
    assert "a: expected ko, found Hani (script)\n한국의 수도는 서울입니다. 그리고 ⟦北京⟧.\n" in plain(shown)
    assert "좋습니다" not in shown and "2 answers, 1 drift" in shown
    code, shown = on_a_terminal("scan", "answers.jsonl", "--json", folder=tmp_path)
    assert [json.loads(line)["passed"] for line in shown.splitlines() if line.startswith("{")] == [False, True]
