import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tlpo_guard.cli import create_app

ENGLISH = "Here is a long report about the weather in the city today."


def scan(*arguments: str, rows: list[Any] | None = None, raw: bytes = b"") -> Result:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows or [])
    return CliRunner().invoke(create_app(), ["scan", *arguments], input=text.encode() + raw)


def test_every_answer_gets_a_line() -> None:
    asked = [{"role": "user", "content": "Wie ist das Wetter?"}]
    choices = [{"message": {"content": ENGLISH}}, {"message": {"content": "Das Wetter ist schön."}}]
    done = scan(
        "-",
        rows=[
            {"id": "a", "completion": "오늘은 复杂 날씨입니다.", "prompt": "날씨가 어때요?"},
            {"messages": asked, "choices": choices},
            {"id": 7, "completion": ENGLISH, "language": "ko"},
            {"completion": ENGLISH},
        ],
    )
    assert done.exit_code == 0, done.output
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    drift = {"start": 4, "end": 6, "text": "复杂", "kind": "script", "found": "Hani", "score": 1.0}
    assert rows[0] == {"id": "a", "language": "ko", "decided_by": "prompt", "passed": False, "drifts": [drift]}
    assert [(row["id"], row["language"], row["passed"]) for row in rows[1:]] == [
        (2, "de", False),
        (2, "de", True),
        (7, "ko", False),
        (4, None, True),
    ]
    assert rows[3]["decided_by"] == "request"
    assert rows[3]["drifts"][0]["kind"] == "line"
    assert "5 answers, 3 drift (60.0%)" in done.stderr
    assert "1 have no known expected language" in done.stderr


def test_offsets_are_characters_of_the_completion() -> None:
    text = "😀 오늘은 те 날씨"
    (drift,) = json.loads(scan("-", "--language", "ko", rows=[{"completion": text}]).stdout)["drifts"]
    assert text[drift["start"] : drift["end"]] == drift["text"] == "те"


def test_strict_and_fail_on_drift() -> None:
    rows = [{"completion": "Python은 좋은 language 입니다."}]
    assert scan("-", "--language", "ko", "--fail-on-drift", rows=rows).exit_code == 0
    done = scan("-", "--language", "ko", "--strict", "--fail-on-drift", rows=rows)
    assert done.exit_code == 1
    assert json.loads(done.stdout)["passed"] is False
    assert scan("-", "--language", "ko", "--strict", rows=rows).exit_code == 0


def test_plain_text(tmp_path: Path) -> None:
    path = tmp_path / "answer.txt"
    path.write_text(f"날씨는 맑습니다.\n{ENGLISH}\n", encoding="utf-8")
    done = scan("--text", "--language", "ko", str(path))
    row = json.loads(done.stdout)
    assert (row["id"], row["language"], row["passed"]) == (str(path), "ko", False)
    assert row["drifts"][0]["text"] == ENGLISH.rstrip(".")


def test_bad_lines_are_named_and_the_rest_goes_on() -> None:
    rows = [{"id": "x"}, {"completion": "x", "language": "klingon!"}, {"completion": ENGLISH, "language": "ko"}]
    done = scan("-", rows=rows, raw=b"{broken\n\xff\n\n")
    assert done.exit_code == 2
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [3]
    for number in (1, 2, 4, 5):
        assert f"error: line {number}: " in done.stderr
    assert "error: 4 of the lines cannot be read" in done.stderr


@pytest.mark.parametrize("arguments", [["none.jsonl"], ["-", "--language", "klingon!"]])
def test_what_cannot_be_done_is_one_line(arguments: list[str]) -> None:
    done = scan(*arguments)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1


def test_an_answer_that_comes_down_a_slow_pipe_is_judged_before_the_next_one_comes() -> None:
    command = [sys.executable, "-m", "tlpo_guard", "scan", "-", "--language", "ko"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        hanging = threading.Timer(120, process.kill)
        hanging.start()
        try:
            for number, text in enumerate(("오늘은 复杂 날씨입니다.", "좋습니다.")):
                line = json.dumps({"id": number, "completion": text}).encode() + b"\n"
                for part in (line[:9], line[9:]):
                    process.stdin.write(part)
                    process.stdin.flush()
                told = json.loads(process.stdout.readline())
                assert (told["id"], told["passed"]) == (number, number == 1)
            process.stdin.write(b'\n{"completion": "no end of line"}')
            process.stdin.close()
            assert [json.loads(line)["id"] for line in process.stdout] == [4]
            assert process.wait() == 0
        finally:
            hanging.cancel()
            process.kill()
