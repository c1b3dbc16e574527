"""`tlpo-guard events` and `adapters` against a running server."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet
from typer.testing import CliRunner, Result

from tests.served_admin import KEY, AdminServer, add_adapters, event, served_admin
from tlpo_guard.admin_client import AdminClient
from tlpo_guard.cli import create_app
from tlpo_guard.errors import RegistryError, StoreError
from tlpo_guard.events.remote import RemoteEventLog
from tlpo_guard.registry.remote import RemoteRegistry

EVENTS = (
    event(0),
    event(1, user="bob\u2028\x85\n한", language="ru", adapter_version="v0001", action="observed", seed=2**62),
    event(2, user=None, output_ids=()),
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[AdminServer]:
    with served_admin(tmp_path / "data") as running:
        running.store.add(EVENTS)
        add_adapters(running.registry)
        yield running


def command(*arguments: str, **environment: str | None) -> Result:
    names = {"TLPO_GUARD_ENDPOINT": None, "TLPO_GUARD_ADMIN_KEY": None, "TLPO_GUARD_DATA_DIR": None}
    return CliRunner().invoke(create_app(), arguments, env=names | {"COLUMNS": "160", "NO_COLOR": "1"} | environment)


def remote(server: AdminServer, *arguments: str) -> Result:
    return command(*arguments, "--endpoint", server.url, "--admin-key", KEY)


def local(server: AdminServer, *arguments: str) -> Result:
    return command(*arguments, "--data-dir", str(server.data_dir))


def told(done: Result) -> tuple[int, str, str]:
    return done.exit_code, done.stdout, done.stderr


def left(server: AdminServer) -> list[str]:
    return [found.id for found in server.store.iter()]


@pytest.mark.parametrize(
    "arguments",
    [
        ("events", "list"),
        ("events", "list", "--limit", "2"),
        ("events", "list", "--language", "ko"),
        ("events", "show", "e1"),
        ("events", "show", "e9"),
        ("events", "show", "export"),
        ("events", "show", "../stats"),
        ("events", "show", ".."),
        ("events", "stats"),
        ("events", "export"),
        ("events", "export", "--user", "ann"),
        ("events", "export", "--user", EVENTS[1].user),
        ("events", "export", "--user", "nobody"),
        ("events", "delete", "--yes"),
        ("adapters", "list"),
        ("adapters", "show", "v0001"),
        ("adapters", "show", "base"),
        ("adapters", "show", "v0009"),
        ("adapters", "show", "../adapters/v0001"),
        ("adapters", "promote", "latest"),
        ("adapters", "promote", "rollback"),
        ("adapters", "promote", ".."),
        ("adapters", "rollback"),
        ("adapters", "unpin"),
        ("adapters", "pin", "v0002"),
        ("adapters", "pin", "v0009"),
        ("adapters", "pin", "../adapters/v0001"),
    ],
)
def test_a_server_tells_what_its_folder_tells(server: AdminServer, arguments: tuple[str, ...]) -> None:
    assert told(remote(server, *arguments)) == told(local(server, *arguments))


def test_export_of_a_users_events_holds_those_and_no_others(server: AdminServer) -> None:
    for done in (
        remote(server, "events", "export", "--user", "ann"),
        local(server, "events", "export", "--user", "ann"),
    ):
        assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["e0"]


def test_damaged_versions_are_told_alike(server: AdminServer) -> None:
    (server.registry.root / "v0002" / "lineage.json").write_text("{")
    for arguments in (("list",), ("show", "v0002"), ("promote", "v0002")):
        assert told(remote(server, "adapters", *arguments)) == told(local(server, "adapters", *arguments))


def test_a_log_of_several_pages_is_listed_whole(server: AdminServer) -> None:
    server.store.add([event(10 + i) for i in range(1_200)])
    done = remote(server, "events", "list", "--limit", "1150")
    assert done.stdout == local(server, "events", "list", "--limit", "1150").stdout
    assert done.stdout.count("masked") == 1_150


def test_parquet_of_a_server_is_the_same_table(server: AdminServer, tmp_path: Path) -> None:
    files = tmp_path / "remote.parquet", tmp_path / "local.parquet"
    for file, ask in zip(files, (remote, local), strict=True):
        done = ask(server, "events", "export", "--format", "parquet", "--output", str(file))
        assert (done.exit_code, done.output) == (0, "")
    assert parquet.read_table(files[0]).equals(parquet.read_table(files[1]))


@pytest.mark.parametrize(
    ("flags", "gone"),
    [
        (("--request", "r1"), ["e1"]),
        (("--user", "ann"), ["e0"]),
        (("--before", "2026-11-25"), ["e0", "e1"]),
        (("--user", "ann", "--before", "2026-11-23"), []),
    ],
)
def test_delete_takes_what_was_named_and_nothing_else(
    server: AdminServer, flags: tuple[str, ...], gone: list[str]
) -> None:
    done = remote(server, "events", "delete", "--yes", *flags)
    assert told(done) == (0, f"{len(gone)} events deleted\n", "")
    assert left(server) == [found.id for found in EVENTS if found.id not in gone]


def test_promote_and_rollback_move_the_servers_pointer(server: AdminServer) -> None:
    for arguments, current in [
        (("promote", "v0001"), "v0001"),
        (("promote", "v0002"), "v0002"),
        (("rollback",), "v0001"),
        (("promote", "base"), "base"),
    ]:
        done = remote(server, "adapters", *arguments)
        assert told(done)[:2] == (0, f"current version: {current}\n")
        assert ("the gate refused v0002" in done.stderr) is (arguments == ("promote", "v0002"))
        assert server.registry.current() == current


def test_a_pin_is_the_servers(server: AdminServer) -> None:
    assert remote(server, "adapters", "pin", "v0002").exit_code == 0
    for arguments in (("promote", "v0001"), ("list",), ("rollback",), ("promote", "v0001")):
        by_server = told(remote(server, "adapters", *arguments))
        server.registry.promote("v0001")
        assert by_server == told(local(server, "adapters", *arguments))
        server.registry.promote("v0001")
        assert server.registry.current() == "v0002"
    assert told(remote(server, "adapters", "unpin")) == (0, "current version: v0001\n", "")
    assert server.registry.current() == "v0001"


def test_a_version_that_the_server_does_not_serve_is_an_error(server: AdminServer) -> None:
    server.serving = "base"
    done = remote(server, "adapters", "promote", "v0001")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: v0001 is the current version now, but {server.url} serves base")


def test_the_environment_names_server_and_key(server: AdminServer) -> None:
    environment = {"TLPO_GUARD_ENDPOINT": f"{server.url}/v1/", "TLPO_GUARD_ADMIN_KEY": f"{KEY}\n"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tlpo_guard", "events", "show", "e0"],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["id"] == "e0"


def test_a_typed_folder_wins_over_the_environments_server(server: AdminServer, tmp_path: Path) -> None:
    environment = {"TLPO_GUARD_ENDPOINT": server.url, "TLPO_GUARD_ADMIN_KEY": KEY}
    other = tmp_path / "other"
    done = command("events", "delete", "--yes", "--user", "ann", "--data-dir", str(other), **environment)
    assert told(done) == (
        1,
        "",
        f"error: there is no confusion log {other / 'events.sqlite3'};"
        " name its folder with --data-dir, or its URL with --store\n",
    )
    assert left(server) == ["e0", "e1", "e2"]


def test_a_typed_server_wins_over_the_environments_folder(server: AdminServer, tmp_path: Path) -> None:
    flags = ("--endpoint", server.url, "--admin-key", KEY)
    done = command("events", "show", "e0", *flags, TLPO_GUARD_DATA_DIR=str(tmp_path / "other"))
    assert done.exit_code == 0, done.output


def test_a_folder_and_a_server_exclude_each_other(server: AdminServer) -> None:
    done = remote(server, "events", "delete", "--yes", "--user", "ann", "--data-dir", "data")
    assert told(done) == (1, "", "error: --data-dir and --endpoint exclude each other; give one of them\n")
    assert left(server) == ["e0", "e1", "e2"]


@pytest.mark.parametrize("key", [None, "wrong", "ключ"])
def test_a_refused_key_is_told_with_the_variable_that_holds_it(server: AdminServer, key: str | None) -> None:
    flags = () if key is None else ("--admin-key", key)
    for arguments in (("events", "list"), ("events", "export"), ("adapters", "promote", "v0001")):
        done = command(*arguments, "--endpoint", server.url, *flags)
        assert (done.exit_code, done.stdout) == (1, "")
        assert done.stderr.startswith(f"error: {server.url} refused: wrong or missing admin key")
        assert "TLPO_GUARD_ADMIN_KEY" in done.stderr


def test_a_server_without_admin_key_is_told(server: AdminServer) -> None:
    server.closed = True
    done = remote(server, "events", "stats")
    assert done.exit_code == 1
    assert "this server has no admin key" in done.stderr
    assert "TLPO_GUARD_ADMIN_KEY" in done.stderr


def test_a_refused_export_leaves_the_file_that_is_there(server: AdminServer, tmp_path: Path) -> None:
    file = tmp_path / "kept.jsonl"
    file.write_text("yesterday's export\n")
    assert command("events", "export", "--output", str(file), "--endpoint", server.url).exit_code == 1
    assert file.read_text() == "yesterday's export\n"


def test_nobody_at_the_endpoint_is_told_with_its_address() -> None:
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        done = command("events", "list", "--endpoint", url)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: {url} does not answer (")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "endpoint", ["localhost:8000", "ftp://host", "http://", "http://host:port", "http://host/?x=1", "/"]
)
def test_an_endpoint_that_is_no_address_is_refused(endpoint: str) -> None:
    done = command("adapters", "list", "--endpoint", endpoint)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: {endpoint!r} is no endpoint (")


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """A server that gives every client these bytes and hangs up."""

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65_536)
                connection.sendall(answer)

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=10)


def answer(status: str, body: bytes) -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (status.encode(), len(body), body)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (answer("200 OK", b"<html>"), "answered what this version does not understand"),
        (answer("200 OK", b'{"data": [{}], "next_cursor": null}'), "answered what this version does not understand"),
        (answer("404 Not Found", b"<html>"), "answered with status 404"),
        (answer("302 Found", b""), "answered with status 302"),
        (answer("404 Not Found", b'{"error": {"message": "Not Found", "code": null}}'), "has no /admin"),
        (answer("500 Oh", b'{"error": {"message": "it broke", "code": []}}'), "it broke"),
        (b"220 smtp.example.org ESMTP\r\n", "does not answer"),
        (b"", "does not answer"),
    ],
)
def test_another_kind_of_server_is_told(given: bytes, message: str) -> None:
    with answering(given) as url:
        done = command("events", "list", "--endpoint", url)
    assert (done.exit_code, done.stdout) == (1, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_export_that_breaks_off_does_not_pass_for_a_whole_one(server: AdminServer) -> None:
    line = server.ask("GET", "events/export", params={"user": "ann"}).content
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with answering(head + b"%x\r\n%s\r\n" % (len(line), line)) as url:
        done = command("events", "export", "--endpoint", url)
    assert done.exit_code == 1
    assert json.loads(done.stdout)["id"] == "e0"
    assert "does not answer" in done.stderr


@contextmanager
def connected(server: AdminServer) -> Iterator[AdminClient]:
    client = AdminClient(server.url, KEY)
    yield client
    client.close()


def test_the_servers_errors_keep_their_kind(server: AdminServer, monkeypatch: pytest.MonkeyPatch) -> None:
    (server.registry.root / "v0002" / "adapter_model.safetensors").unlink()
    with connected(server) as client:
        events = RemoteEventLog(client)
        with pytest.raises(RegistryError, match="v0002 is damaged"):
            RemoteRegistry(client).promote("v0002")
        with pytest.raises(KeyError, match="e9"):
            events.get("e9")

        def fail(**_: Any) -> None:
            raise StoreError("the disk is full")

        monkeypatch.setattr(server.store, "delete", fail)
        with pytest.raises(StoreError, match="the disk is full"):
            events.delete(user="ann")
        with pytest.raises(StoreError, match="nothing says which events"):
            events.delete()
