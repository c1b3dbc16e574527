"""What connections may do before a key is known, on a real socket and uvicorn's own loop."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, StreamingResponse

from server.http.connections import limited_protocol
from tests.served_app import served_app
from tlpo_guard.settings import Settings

SECONDS = 0.4
MOST = 6


def small_app() -> FastAPI:
    app = FastAPI()

    @app.get("/health")
    async def health() -> PlainTextResponse:
        return PlainTextResponse("ok")

    @app.post("/body")
    async def body(request: Request) -> int:
        return len(await request.body())

    @app.post("/early")
    async def early() -> PlainTextResponse:
        return PlainTextResponse("no", 401)

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def pieces() -> Any:
            import asyncio

            for _ in range(20):
                yield b"x"
                await asyncio.sleep(0.1)

        return StreamingResponse(pieces())

    return app


@contextmanager
def served(**options: Any) -> Iterator[tuple[str, int]]:
    chosen: dict[str, Any] = {"receive_timeout_seconds": SECONDS, "max_connections": MOST, **options}
    protocol = limited_protocol(Settings(**chosen))
    with served_app(small_app(), http=protocol, timeout_graceful_shutdown=None) as address:
        yield address


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    with served() as given:
        yield given


def connect(address: tuple[str, int]) -> socket.socket:
    return socket.create_connection(address, timeout=10)


def rest(client: socket.socket) -> bytes:
    data = b""
    while piece := client.recv(65536):
        data += piece
    return data


def code(answer: bytes) -> tuple[int, Any]:
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)["error"]["code"]


@pytest.mark.parametrize("sent", [b"", b"GET /hea", b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-A: "])
def test_a_head_that_does_not_come_is_waited_for_a_while(address: tuple[str, int], sent: bytes) -> None:
    with closing(connect(address)) as client:
        client.sendall(sent)
        assert code(rest(client)) == (408, "request_timeout")


def test_a_head_that_trickles_in_is_no_better(address: tuple[str, int]) -> None:
    with closing(connect(address)) as client, pytest.raises(OSError):
        client.sendall(b"GET /health HTTP/1.1\r\n")
        for _ in range(200):
            client.sendall(b"X-A: b\r\n")
            time.sleep(0.05)


@pytest.mark.parametrize("path", ["/body", "/early"])
def test_a_body_that_does_not_come_is_waited_for_a_while(address: tuple[str, int], path: str) -> None:
    with closing(connect(address)) as client:
        client.sendall(f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nx".encode())
        answer = rest(client)
    assert answer.startswith(b"HTTP/1.1 408" if path == "/body" else b"HTTP/1.1 401")


def test_an_answer_may_take_longer_than_a_request(address: tuple[str, int]) -> None:
    with closing(connect(address)) as client:
        client.sendall(b"GET /stream HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert rest(client).count(b"1\r\nx\r\n") == 20


def test_a_connection_may_be_used_again_after_a_pause(address: tuple[str, int]) -> None:
    with closing(connect(address)) as client:
        for _ in range(3):
            client.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert client.recv(1000).endswith(b"ok")
            time.sleep(SECONDS)


@pytest.mark.parametrize(
    ("head", "ends"),
    [
        (b"X-A: " + b"b" * 40_000, True),
        (b"X-A: " + b"b" * 40_000, False),
        (b"\r\n".join(b"X-%d: b" % number for number in range(200)), True),
        (b"\r\n".join(b"X-%d: %s" % (number, b"b" * 1_000) for number in range(50)), False),
    ],
)
def test_a_head_that_is_too_large_is_refused(address: tuple[str, int], head: bytes, ends: bool) -> None:
    with closing(connect(address)) as client:
        client.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n" + head + (b"\r\n\r\n" if ends else b""))
        assert code(rest(client)) == (431, "headers_too_large")


def test_a_head_of_ordinary_size_is_taken(address: tuple[str, int]) -> None:
    head = b"\r\n".join(b"X-%d: %s" % (number, b"b" * 200) for number in range(90))
    with closing(connect(address)) as client:
        client.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n" + head + b"\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 200")


def test_connections_that_send_nothing_whole_make_room_for_others() -> None:
    with served(receive_timeout_seconds=60) as address, ExitStack() as held:
        for _ in range(MOST * 4):
            held.enter_context(closing(connect(address))).sendall(b"GET /health HTTP/1.1\r\nHost: ")
        client = held.enter_context(closing(connect(address)))
        client.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.recv(1000).endswith(b"ok")


def test_answers_under_way_are_not_cut_for_others() -> None:
    with served() as address, ExitStack() as held:
        answered = [held.enter_context(closing(connect(address))) for _ in range(MOST)]
        for client in answered:
            client.sendall(b"GET /stream HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert client.recv(10)
        late = held.enter_context(closing(connect(address)))
        assert code(rest(late)) == (503, "too_many_connections")
        for client in answered:
            assert rest(client).endswith(b"0\r\n\r\n")
