import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from tlpo_guard.cli.explain import explain


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TLPO_GUARD_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    app.command("explain")(explain)
    return app


def run(app: typer.Typer, model: Path, *lines: object) -> Result:
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    return CliRunner().invoke(app, ["-", "--model", str(model)], input=text.encode())


def test_conversations_and_answers(app: typer.Typer, data_dir: Path, small_model: Path) -> None:
    done = run(
        app,
        small_model,
        {"id": "a", "prompt": "Why is the sea salty?", "completion": "Rivers bring salt, 但是 slowly."},
        {"messages": [{"role": "user", "content": "파도는 왜 치나요?"}]},
    )
    assert done.exit_code == 0, done.output
    first, second = map(json.loads, done.stdout.splitlines())
    keys = ["id", "expected", "admitted", "decided_by", "confidence", "claims", "blocked"]
    assert list(first) == list(second) == keys
    assert (first["id"], second["id"]) == ("a", None)
    assert (first["expected"], second["expected"]) == (["en"], ["ko"])
    (blocked,) = first["blocked"]
    assert {**blocked, "why": ""} == {"start": 19, "end": 21, "text": "但是", "why": ""}
    assert "Chinese characters" in blocked["why"]
    assert second["blocked"] == []
    assert "2 conversations" in done.stderr
    assert data_dir.stat().st_mode & 0o777 == 0o700


def test_bad_lines_are_named_and_the_rest_goes_on(app: typer.Typer, small_model: Path) -> None:
    done = run(app, small_model, [1], {"completion": "x"}, {"prompt": "Wie hoch ist der Berg?", "language": "de"})
    assert done.exit_code == 1
    assert json.loads(done.stdout)["expected"] == ["de"]
    assert "line 1: not a JSON object" in done.stderr
    assert "line 2: an object needs either `messages` or `prompt`" in done.stderr
    assert "2 of the lines cannot be read" in done.stderr
