"""A run's end told to a real HTTP server and to real programs."""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from distill.config import Notification, load_config
from distill.schedule import notify as notify_module
from distill.schedule.notify import notify

REPORT = {
    "outcome": "promoted",
    "version": "v0002",
    "before": {"confusion_mass": {"ko": 0.4}, "perplexity": float("nan")},
    "examples": [{"context": "what somebody wrote"}],
    "selection": {
        "seen": 9,
        "capped": [
            {"reason": "max_user_share", "which": "user@example.org", "left_out": 3},
            {"reason": "max_per_token", "which": "token 7 in ko", "left_out": 2},
        ],
    },
}
SENT = {
    "outcome": "promoted",
    "version": "v0002",
    "before": {"confusion_mass": {"ko": 0.4}, "perplexity": None},
    "selection": {
        "seen": 9,
        "capped": [
            {"reason": "max_user_share", "left_out": 3},
            {"reason": "max_per_token", "which": "token 7 in ko", "left_out": 2},
        ],
    },
}


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify_module, "_FIRST_WAIT_SECONDS", 0.01)


@contextmanager
def webhook(*statuses: int) -> Iterator[tuple[str, list[tuple[str, Any]]]]:
    """A server that answers with these statuses, then with 200; its URL, and what it was sent."""
    left, got = list(statuses), []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.headers["Content-Type"], json.loads(body)))
            self.send_response(left.pop(0) if left else 200)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/s3cret", got
        server.shutdown()


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], str]:
    def write(code: str) -> str:
        (tmp_path / "a hook.py").write_text(code)
        return f"{sys.executable} '{tmp_path / 'a hook.py'}' $HOME"

    return write


def test_the_webhook_and_the_program_get_the_figures_and_nothing_about_people(
    program: Callable[[str], str], tmp_path: Path
) -> None:
    command = program(
        "import sys, pathlib as p; p.Path(sys.argv[0]).with_name(sys.argv[1]).write_bytes(sys.stdin.buffer.read())"
    )
    with webhook() as (url, got):
        notify(Notification(webhook=url, command=command), REPORT)
    assert got == [("application/json", SENT)]
    assert json.loads((tmp_path / "$HOME").read_text()) == SENT  # no shell has read it


@pytest.mark.parametrize(
    ("statuses", "times"), [([503], 2), ([429, 500, 502], 4), ([503] * 9, 4), ([404], 1), ([302], 1)]
)
def test_the_webhook_is_tried_again_where_that_may_help(
    statuses: list[int], times: int, caplog: pytest.LogCaptureFixture
) -> None:
    with webhook(*statuses) as (url, got):
        notify(Notification(webhook=url), REPORT)
    assert len(got) == times
    failed = (times == 4 and len(statuses) > 4) or statuses in ([404], [302])
    assert [record.levelname for record in caplog.records if record.name == "distill.schedule.notify"] == [
        "ERROR"
    ] * failed
    assert failed == (f"it answered {statuses[0]}" in caplog.text)


@pytest.mark.parametrize(
    "settings",
    [
        {"webhook": "http://127.0.0.1:1/s3cret"},
        {"webhook": "ftp://example.org/s3cret"},
        {"webhook": "s3cret"},
        {"webhook": "http://[s3cret"},
        {"command": "/nowhere/at-all"},
        {"command": "unclosed 'quote"},
        {"command": " "},
        {"command": f"{sys.executable} -c 'import sys; sys.exit(7)'"},
        {"command": f"{sys.executable} -c 'import time; time.sleep(60)'", "timeout_seconds": 0.2},
    ],
)
def test_what_fails_is_logged_without_secrets_and_stops_nothing(
    settings: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    notify(Notification(**settings), REPORT)
    (record,) = caplog.records
    assert record.levelname == "ERROR" and "was not told" in record.getMessage()
    assert "s3cret" not in caplog.text


def test_a_command_that_names_no_program_is_told_by_the_name_of_its_setting(caplog: pytest.LogCaptureFixture) -> None:
    setting = "distill.notify.command"
    assert load_config({setting.removeprefix("distill."): " "}).notify.command == " "
    notify(Notification(command=" "), REPORT)
    assert f": {setting} names no program" in caplog.text


def test_a_failing_webhook_does_not_keep_the_program_from_being_told(
    program: Callable[[str], str], tmp_path: Path
) -> None:
    command = program("import pathlib, sys; pathlib.Path(sys.argv[0]).with_name('told').touch()")
    notify(Notification(webhook="http://127.0.0.1:1", command=command), REPORT)
    assert (tmp_path / "told").exists()
