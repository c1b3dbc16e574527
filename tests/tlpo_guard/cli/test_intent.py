import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from tlpo_guard.cli.intent import intent
from tlpo_guard.errors import ConfigurationError


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    app.command("intent")(intent)
    return app


def run(app: typer.Typer, *lines: object, raw: bytes = b"") -> Result:
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    return CliRunner().invoke(app, ["-"], input=text.encode() + raw)


def test_prompts_and_conversations(app: typer.Typer) -> None:
    parts = [{"type": "text", "text": "Qui a peint la Joconde ?"}, {"type": "image_url", "image_url": {"url": "x"}}]
    done = run(
        app,
        {"id": "a", "prompt": "What is a quark? Answer in Korean."},
        {"id": 7, "messages": [{"role": "user", "content": parts}]},
        {"prompt": "12345"},
        {"prompt": "Write the notice in English and Spanish."},
    )
    assert done.exit_code == 0, done.output
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    confidence = rows[0]["confidence"]
    answer = {"language": "ko", "admitted": ["en"], "decided_by": "instruction", "confidence": confidence}
    assert rows[0] == {"id": "a", **answer}
    assert (rows[1]["id"], rows[1]["language"], rows[1]["decided_by"]) == (7, "fr", "prompt")
    assert rows[2] == {"language": None, "admitted": [], "decided_by": "unknown", "confidence": 0.0}
    assert rows[3]["language"] == "en,es"
    assert "4 conversations: instruction 2, prompt 1, unknown 1" in done.stderr


def test_bad_lines_are_named_and_the_rest_goes_on(app: typer.Typer) -> None:
    done = run(
        app,
        [1],
        {"prompt": 3},
        {"messages": "hello"},
        {"messages": [{"content": "no role"}]},
        {"prompt": "both", "messages": []},
        {"prompt": "Wie alt ist die Erde?"},
        raw=b"{broken\n\xff\xfe\n\n",
    )
    assert done.exit_code == 1
    assert [json.loads(line)["language"] for line in done.stdout.splitlines()] == ["de"]
    for number in (1, 2, 3, 4, 5, 7, 8):
        assert f"error: line {number}: " in done.stderr
    assert "`messages` or `prompt`" in done.stderr
    assert "error: 7 of the lines cannot be read" in done.stderr


def test_output_comes_line_by_line_from_a_file(app: typer.Typer, tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('\ufeff{"prompt": "Ποιος έγραψε την Οδύσσεια;"}\n', encoding="utf-8")
    done = CliRunner().invoke(app, [str(path)])
    assert json.loads(done.stdout)["language"] == "el"


def test_a_file_that_is_not_there(app: typer.Typer, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, [str(tmp_path / "none.jsonl")])
    assert isinstance(done.exception, ConfigurationError)
    assert "none.jsonl cannot be read" in str(done.exception)
