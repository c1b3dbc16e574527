"""What strangers find at the door of a running server."""

import signal
import socket
import stat
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest

from tests.processes import run_cli
from tests.server.conftest import Server, start_small

ADMIN = "a-key-of-the-admin"
ENDLESS = {"0": -100, "2": -100}  # no token that ends an answer
OPEN = ("/", "/health", "/ready", "/version")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, small_model: Path) -> Iterator[Server]:
    """With keys for clients and the admin."""
    running = start_small(tmp_path_factory.mktemp("guarded") / "data", small_model, "--admin-key", ADMIN)
    yield running
    running.stop()


def ask(server: Server, method: str, path: str, key: str | None = None) -> httpx.Response:
    headers = {} if key is None else {"X-Api-Key": key}
    return httpx.request(method, f"{server.url}{path}", headers=headers, timeout=30)


def test_every_route_but_those_of_the_servers_health_needs_a_key(guarded: Server) -> None:
    document = ask(guarded, "GET", "/openapi.json", guarded.key).json()
    assert set(OPEN) < set(document["paths"])
    for path, methods in document["paths"].items():
        filled = path.replace("{", "").replace("}", "")
        for method in methods:
            answer = ask(guarded, method.upper(), filled)
            assert answer.status_code == (200 if path in OPEN else 401), (method, path)
    for path in ("/metrics", "/docs", "/redoc", "/openapi.json"):
        assert ask(guarded, "GET", path).status_code == 401
        assert ask(guarded, "GET", path, "somebody-elses-key").status_code == 401
        assert {ask(guarded, "GET", path, key).status_code for key in (guarded.key, ADMIN)} == {200}


def test_the_root_says_what_this_is_and_names_pages_that_are_there(guarded: Server) -> None:
    told = ask(guarded, "GET", "/").json()
    assert (told.pop("name"), told.pop("version")) == ("tlpo-guard", version("tlpo-guard"))
    assert set(told) == {"docs", "health", "dashboard"}
    assert all(ask(guarded, "GET", path, guarded.key).status_code in (200, 303) for path in told.values())


def test_the_log_of_a_start_has_no_colours_and_nothing_of_migrations(guarded: Server) -> None:
    log = (guarded.data_dir / "server.log").read_text()
    assert "Started server process" in log
    for noise in ("color_message", "\\x1b", "\x1b", "alembic"):
        assert noise not in log


def test_the_admins_key_opens_admin_and_a_clients_does_not(guarded: Server) -> None:
    assert [ask(guarded, "GET", "/admin/guard", key).status_code for key in (ADMIN, guarded.key, "", None)] == [
        200,
        403,
        401,
        401,
    ]


def test_a_stranger_is_refused_before_the_body_is_read(guarded: Server) -> None:
    address = guarded.url.removeprefix("http://").split(":")
    with closing(socket.create_connection((address[0], int(address[1])), timeout=10)) as client:
        client.sendall(
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 4000000\r\n\r\n{"
        )
        assert client.recv(1000).startswith(b"HTTP/1.1 401 ")


def test_another_name_is_refused(guarded: Server) -> None:
    headers = {"X-Api-Key": guarded.key, "Host": "page.example"}
    assert httpx.get(f"{guarded.url}/v1/models", headers=headers).status_code == 403


@pytest.mark.parametrize(
    "path", ["/v1/models/%ff", "/%ff%fe", "/admin/events/%ff", "/admin/adapters/%00", "/%c0%ae", "/v1/models/%ed%a0%80"]
)
def test_paths_that_are_no_text_are_not_found(guarded: Server, path: str) -> None:
    answer = ask(guarded, "GET", path, ADMIN if path.startswith("/admin") else guarded.key)
    assert answer.status_code in (400, 404, 405), answer.text


def test_bytes_that_are_no_path_are_a_bad_request(guarded: Server) -> None:
    address = guarded.url.removeprefix("http://").split(":")
    with closing(socket.create_connection((address[0], int(address[1])), timeout=10)) as client:
        client.sendall(b"GET /v1/models/\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 400 ")


def test_only_the_owner_can_read_what_the_server_writes(guarded: Server) -> None:
    events = guarded.data_dir / "events.sqlite3"
    assert events.exists()
    made = [path for path in guarded.data_dir.iterdir() if not path.is_symlink() and path.name != "server.log"]
    assert [oct(path.stat().st_mode) for path in made if stat.S_IMODE(path.stat().st_mode) & 0o077] == []
    assert stat.S_IMODE(guarded.data_dir.stat().st_mode) == 0o700


def test_a_second_server_on_the_folder_is_refused(guarded: Server) -> None:
    done = run_cli("serve", "--port", "0", "--data-dir", str(guarded.data_dir))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert f"another server uses {guarded.data_dir}" in done.stderr


def test_sighup_lets_answers_end_and_sigkill_frees_the_folder(tmp_path: Path, small_model: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    start_small(data, small_model).kill()
    second = start_small(data, small_model)
    assert "others on this machine can look into" in (data / "server.log").read_text()
    question = [{"role": "user", "content": "Tell me a long story."}]
    stream = second.client().chat.completions.create(
        model="smollm2", messages=question, max_tokens=60, seed=1, stream=True, logit_bias=ENDLESS
    )
    chunks = [next(iter(stream))]
    second.process.send_signal(signal.SIGHUP)
    chunks += list(stream)
    assert chunks[-1].choices[0].finish_reason == "length"
    second.process.wait(timeout=60)
