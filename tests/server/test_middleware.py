"""The layers around the application, on a real socket."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import closing, contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request

from server import logs
from server.middleware import BodyLimit, RequestContext, SendTimeout
from server.streams import EventStream

LIMIT = 1_000


class Served:
    """An app with all layers, and what its requests were counted as."""

    def __init__(self) -> None:
        self.done: list[tuple[str, int]] = []
        self.closed = threading.Event()
        self.url = ""

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/echo/{name}")
        async def echo(name: str, request: Request) -> dict[str, int]:
            return {"size": len(await request.body())}

        @app.get("/endless")
        async def endless() -> EventStream:
            return EventStream("", self._endless())

        app.add_middleware(SendTimeout, seconds=0.5)
        app.add_middleware(BodyLimit, max_bytes=LIMIT)
        app.add_middleware(RequestContext, on_done=lambda route, status, _: self.done.append((route, status)))
        return app

    async def _endless(self) -> AsyncGenerator[str]:
        try:
            while True:
                yield "x" * 65_536
                await asyncio.sleep(0)
        finally:
            self.closed.set()


@contextmanager
def running(served: Served) -> Iterator[Served]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(served.app(), log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    served.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        while not server.started:
            time.sleep(0.01)
        yield served
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture
def served() -> Iterator[Served]:
    with running(Served()) as one:
        yield one


def test_a_request_has_an_id_its_own_or_a_new_one(served: Served) -> None:
    def told(given: str | None) -> str:
        headers = {} if given is None else {"X-Request-Id": given}
        return httpx.post(f"{served.url}/echo/me", content=b"x", headers=headers).headers["x-request-id"]

    assert told("trace-7.a_B") == "trace-7.a_B"
    made = [told(None), told("with spaces"), told("x" * 129)]
    assert len(set(made)) == 3 and all(len(one) == 32 for one in made)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_is_refused(served: Served, chunked: bool) -> None:
    def pieces() -> Iterator[bytes]:
        yield from [b"x" * 400] * 5

    answer = httpx.post(f"{served.url}/echo/me", content=pieces() if chunked else b"x" * 2_000)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")
    assert httpx.post(f"{served.url}/echo/me", content=b"x" * LIMIT).json() == {"size": LIMIT}
    assert served.done == [("/echo/{name}" if chunked else "unmatched", 413), ("/echo/{name}", 200)]


def test_a_client_that_reads_nothing_is_given_up_without_a_fuss(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure("json", "info")
    with running(Served()) as one:
        port = int(one.url.rsplit(":", 1)[1])
        with closing(socket.create_connection(("127.0.0.1", port))) as client:
            client.sendall(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
            assert one.closed.wait(20)
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [(line["event"], line["status"]) for line in lines if line["level"] != "debug" and "status" in line] == [
        ("request", 499)
    ]
    assert not [line for line in lines if line["level"] == "error"]


def test_the_log_has_the_route_and_nothing_that_people_wrote(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure("json", "info")
    logs.configure("json", "info")  # twice is once
    with running(Served()) as one:
        httpx.post(f"{one.url}/echo/secret-name?q=secret-query", content=b"secret-body", headers={"X-Request-Id": "r1"})
        httpx.get(f"{one.url}/nowhere/secret-name")
    said = map(json.loads, capfd.readouterr().err.splitlines())
    lines: list[Any] = [line for line in said if line["logger"] != "httpx"]  # the client of this test
    told = [line for line in lines if line["event"] == "request"]
    assert [(line["route"], line["status"], line["method"]) for line in told] == [
        ("/echo/{name}", 200, "POST"),
        ("unmatched", 404, "GET"),
    ]
    assert told[0]["request_id"] == "r1" and {"timestamp", "level", "seconds"} <= told[0].keys()
    assert "secret" not in json.dumps(lines)
