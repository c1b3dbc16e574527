"""`tlpo-guard eval` on files, and on endpoints behind a real socket."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tlpo_guard.cli import create_app

GERMAN = "Das Wetter ist heute in der Stadt sehr schön."
ENGLISH = "The weather is very nice in the city today."
RUSSIAN = "Сегодня в городе очень хорошая weather и тепло."


def evaluate(*arguments: str) -> Result:
    return CliRunner().invoke(create_app(), ["eval", *arguments], env={"NO_COLOR": "1", "OPENAI_API_KEY": ""})


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    path = tmp_path / "outputs.csv"
    rows = [("de", GERMAN), ("de", ENGLISH), ("ru", RUSSIAN)]
    lines = [f'{i},m,"{text}",monolingual,mine,{tag}' for i, (tag, text) in enumerate(rows)]
    path.write_text("\n".join(["id,model,completion,task,source,language", *lines]), encoding="utf-8")
    return path


def test_json_rates(outputs: Path, tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.write_text("weather\n")
    done = evaluate("lcb", "--outputs", str(outputs), "--words", str(words), "--format", "json")
    assert done.exit_code == 0, done.output
    found = {(r["task"], r["source"], r["language"]): r for r in json.loads(done.stdout)["rates"]}
    german, russian = found["monolingual", "mine", "de"], found["monolingual", "mine", "ru"]
    assert (german["completions"], german["lpr"], german["wpr"], german["rpr"]) == (2, 50.0, None, 50.0)
    assert (russian["lpr"], russian["wpr"], russian["rpr"]) == (100.0, 0.0, 100.0)
    assert found["monolingual", None, None]["lpr"] == 75.0


def test_table(outputs: Path) -> None:
    done = evaluate("lcb", "--outputs", str(outputs))
    cells = [[c.strip() for c in line.split("│")[1:-1]] for line in done.stdout.splitlines() if "│" in line]
    assert ["monolingual", "mine", "de", "2", "50.00", "", "50.00"] in cells
    assert ["monolingual", "average", "average", "3", "75.00", "0.00", "75.00"] in cells


def test_a_file_without_a_language(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_text("id,completion\n1,x\n")
    done = evaluate("lcb", "--outputs", str(path))
    assert (done.exit_code, done.stdout) == (1, "")
    assert "no column 'language'" in done.stderr


class _Endpoint(BaseHTTPRequestHandler):
    """Somebody's endpoint: answers in German, or fails as its prompts ask."""

    requests: list[tuple[str, dict[str, Any]]]
    failures: dict[str, int]

    def do_GET(self) -> None:
        self._send(200, {"data": [{"id": "theirs"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.requests.append((self.headers.get("Authorization", ""), body))
        prompt = body["messages"][-1]["content"]
        if self.failures.get(prompt, 0) > 0:
            self.failures[prompt] -= 1
            self._send(503, {"error": {"message": "busy"}})
        elif "refuse" in prompt:
            self._send(400, {"error": {"message": "no such thing"}})
        else:
            text = ENGLISH if "englisch" in prompt else GERMAN
            self._send(200, {"choices": [{"message": {"role": "assistant", "content": text}}]})

    def _send(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def endpoint(
    failures: dict[str, int] | None = None, handling: type[_Endpoint] = _Endpoint
) -> Iterator[tuple[str, list[tuple[str, dict[str, Any]]]]]:
    handler = type("Handler", (handling,), {"requests": [], "failures": failures or {}})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", handler.requests  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()


def prompts(tmp_path: Path, *rows: dict[str, Any]) -> str:
    path = tmp_path / "prompts.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def test_a_model_is_asked_rated_and_kept(tmp_path: Path) -> None:
    kept = tmp_path / "answers.csv"
    file = prompts(
        tmp_path,
        {"id": "a", "prompt": "Wie ist das Wetter heute in der Stadt?"},
        {
            "id": "b",
            "messages": [{"role": "user", "content": "Wie sagt man das auf englisch nicht?"}],
            "language": "de",
        },
    )
    with endpoint({"Wie ist das Wetter heute in der Stadt?": 1}) as (url, requests):
        done = evaluate(
            "model", "--endpoint", url, "--prompts", file, "--api-key", "k", "--temperature", "0.5", "--seed", "3",
            "--guard-mode", "off", "--out", str(kept), "--format", "json",
        )  # fmt: skip
    assert done.exit_code == 0, done.output
    (rate,) = [r for r in json.loads(done.stdout)["rates"] if r["source"] == "prompts"]
    assert (rate["language"], rate["completions"], rate["lpr"], rate["rpr"]) == ("de", 2, 50.0, 50.0)
    assert "2 answers, 0 failed" in done.stderr
    assert {key for key, _ in requests} == {"Bearer k"}
    body = requests[0][1]
    assert (body["model"], body["temperature"], body["seed"], body["guard"]) == ("theirs", 0.5, 3, {"mode": "off"})
    again = json.loads(evaluate("lcb", "--outputs", str(kept), "--format", "json").stdout)
    assert [r["lpr"] for r in again["rates"] if r["source"] == "prompts"] == [50.0]


def test_what_fails_is_counted_and_the_rest_is_rated(tmp_path: Path) -> None:
    file = prompts(tmp_path, {"prompt": "refuse", "language": "de"}, {"prompt": "Wie geht es dir heute, mein Freund?"})
    with endpoint() as (url, _):
        done = evaluate("model", "--endpoint", f"{url}/v1", "--prompts", file, "--model", "m")
    assert done.exit_code == 1
    assert "1 answers, 1 failed" in done.stderr
    assert "HTTP 400" in done.stderr and "no such thing" in done.stderr
    assert "100.00" in done.stdout


def test_prompts_of_a_csv_file(tmp_path: Path) -> None:
    path = tmp_path / "de.csv"
    path.write_text('id,prompt\n1,"Wie ist das Wetter,\nheute?"\n', encoding="utf-8")
    with endpoint() as (url, requests):
        done = evaluate("model", "--endpoint", url, "--prompts", str(path), "--model", "m", "--language", "de")
    assert done.exit_code == 0, done.output
    assert requests[0][1]["messages"] == [{"role": "user", "content": "Wie ist das Wetter,\nheute?"}]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "holds no prompts"),
        ([{"text": "x"}], "row 1: needs `prompt` or `messages`"),
        ([{"prompt": "12345"}], "row 1: its expected language is not clear"),
        ([{"prompt": "Hallo", "language": "klingon!"}], "klingon!"),
    ],
)
def test_prompts_that_cannot_be_asked(tmp_path: Path, rows: list[dict[str, Any]], message: str) -> None:
    done = evaluate("model", "--endpoint", "http://127.0.0.1:9", "--prompts", prompts(tmp_path, *rows), "--model", "m")
    assert (done.exit_code, done.stdout) == (1, "")
    assert message in done.stderr


def test_an_endpoint_that_is_not_there(tmp_path: Path) -> None:
    file = prompts(tmp_path, {"prompt": "Hallo, wie geht es dir heute?"})
    done = evaluate("model", "--endpoint", "http://127.0.0.1:9", "--prompts", file)
    assert done.exit_code == 1
    assert "the models of http://127.0.0.1:9/v1 could not be listed" in done.stderr


class _Korean(_Endpoint):
    """Answers in Korean with an English word, and chooses A whatever is asked."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.requests.append(("", body))
        asked = body["messages"][-1]["content"]
        text = "Answer: A" if "Answer: X" in asked else "오늘은 날씨가 very 좋아요"
        self._send(200, {"choices": [{"message": {"role": "assistant", "content": text}}]})


def test_the_papers_metrics_of_a_model(tmp_path: Path) -> None:
    kept, questions = tmp_path / "answers.csv", tmp_path / "questions.jsonl"
    rows = [{"question": "Which?", "choices": ["this", "that"], "answer": i} for i in (0, 0, 1, 0)]
    questions.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    file = prompts(tmp_path, {"prompt": "날씨가 어때요?"}, {"prompt": "오늘은 어때요?"})
    given = ["--prompts", file, "--metrics", "paper", "--questions", str(questions), "--out", str(kept)]
    with endpoint(handling=_Korean) as (url, requests):
        done = evaluate("model", "--endpoint", url, *given, "--format", "json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    korean, mean = found["rates"]
    assert korean["language"] == "ko" and mean["language"] is None
    assert (korean["rpr_neutral"], korean["wpr_neutral"]) == (100.0, 100.0)
    assert (korean["rpr_counted"], korean["wpr_counted"]) == (0.0, 75.0)
    assert found["accuracy"] == {str(questions): 75.0, "mean": 75.0}
    assert [body.get("temperature") for _, body in requests] == [None] * 2 + [0.0] * 4
    again = evaluate("lcb", "--outputs", str(kept), "--metrics", "paper")
    cells = [[c.strip() for c in line.split("│")[1:-1]] for line in again.stdout.splitlines() if "│" in line]
    assert ["ko", "2", "100.00", "100.00", "0.00", "75.00"] in cells


def test_the_papers_metrics_refuse_latin_letters(outputs: Path) -> None:
    done = evaluate("lcb", "--outputs", str(outputs), "--metrics", "paper")
    assert done.exit_code == 1 and "'de' is written in Latin letters" in done.stderr
