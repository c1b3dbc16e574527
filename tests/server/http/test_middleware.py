"""The layers around the application, in the server's own order, on a real socket."""

import io
import json
import re
import socket
import threading
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Annotated, Any, cast

import httpx
import pytest
from fastapi import Depends, FastAPI, Request
from fastapi.responses import PlainTextResponse, StreamingResponse
from pydantic import BaseModel
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.http.errors import ApiError, install_error_handlers
from server.http.middleware import add_middleware
from server.http.streams import EventStream
from server.operations.metrics import Metrics
from tests.served_app import logged, served_app
from tlpo_guard.settings import Settings

LIMIT = 50_000
BUFFERS = 200_000  # what uvicorn may have read ahead, with room
SEND_SECONDS = 0.5
SECRET = "mein geheimer Prompt"


class Question(BaseModel):
    """A body."""

    prompt: str


@dataclass
class Served:
    """A running server and what is seen of it from inside."""

    out: io.StringIO
    address: tuple[str, int] = ("", 0)
    received: list[int] = field(default_factory=list)  # bytes, as they came in
    sent: list[int] = field(default_factory=list)  # bytes of frames
    ended: threading.Event = field(default_factory=threading.Event)
    told: list[tuple[str, int]] = field(default_factory=list)  # route and status, as the metrics get them

    def request(self, route: str, status: int, seconds: float) -> None:
        assert 0.0 <= seconds < 60.0
        self.told.append((route, status))

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        host, port = self.address
        return httpx.request(method, f"http://{host}:{port}{path}", **options)

    def socket(self) -> socket.socket:
        return socket.create_connection(self.address, timeout=10)

    def log(self) -> list[dict[str, Any]]:
        """Everything logged so far, but what the client of these tests says."""
        lines = map(json.loads, self.out.getvalue().splitlines())
        return [line for line in lines if line["logger"] not in ("httpx", "httpcore")]

    def lines(self, event: str = "request", count: int = 1) -> list[dict[str, Any]]:
        """The lines of an event, once so many have come."""
        deadline = time.monotonic() + 10
        while True:
            found = [line for line in self.log() if line["event"] == event]
            if len(found) >= count or time.monotonic() > deadline:
                assert len(found) == count, self.log()
                return found
            time.sleep(0.01)


class Counted:
    """The outermost layer: counts what comes in."""

    def __init__(self, app: ASGIApp, received: list[int]) -> None:
        self._app = app
        self._received = received

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counted() -> Message:
            message = await receive()
            self._received.append(len(message.get("body", b"")))
            return message

        await self._app(scope, counted, send)


def named(request: Request) -> None:
    request.state.key_name = "ann"


def small_app(served: Served, **options: Any) -> FastAPI:
    """Routes that read and write as the server's do, behind the server's own layers."""
    app = FastAPI()
    install_error_handlers(app)

    @app.post("/users/{name}/questions")
    async def parsed(name: str, body: Question, _: Annotated[None, Depends(named)]) -> int:
        return len(body.prompt)

    @app.post("/raw")
    async def raw(request: Request) -> int:
        return sum([len(piece) async for piece in request.stream()])

    @app.post("/early")
    async def early(request: Request) -> StreamingResponse:
        async def pieces() -> AsyncGenerator[bytes]:
            yield b"begun"
            async for piece in request.stream():
                yield piece

        return StreamingResponse(pieces())

    @app.get("/events")
    async def events(size: int, count: int) -> EventStream:
        async def frames() -> AsyncGenerator[str]:
            try:
                for _ in range(count):
                    served.sent.append(size)
                    yield f"data: {'x' * size}\n\n"
            finally:
                served.ended.set()

        return EventStream(": begin\n\n", frames())

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("nobody thought of this")

    @app.get("/broken-later")
    async def broken_later() -> StreamingResponse:
        async def pieces() -> AsyncGenerator[bytes]:
            yield b"begun"
            raise RuntimeError("nobody thought of this")

        return StreamingResponse(pieces())

    @app.get("/refused")
    async def refused() -> None:
        raise ApiError(409, "no")

    @app.get("/health")
    async def health() -> PlainTextResponse:
        return PlainTextResponse("ok")

    chosen: dict[str, Any] = {"max_body_bytes": LIMIT, "send_timeout_seconds": SEND_SECONDS, **options}
    add_middleware(app, Settings(**chosen), cast(Metrics, served))
    app.add_middleware(Counted, received=served.received)
    return app


@pytest.fixture
def served() -> Iterator[Served]:
    with logged("json") as out:
        running = Served(out)
        with served_app(small_app(running)) as running.address:
            yield running


def answer_of(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of a response that ends with its connection."""
    data = b""
    while piece := connection.recv(65536):
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    first, *rest = head.decode().split("\r\n")
    return int(first.split()[1]), dict(line.lower().split(": ", 1) for line in rest), body


def head_of(path: str, *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def chunk(size: int) -> bytes:
    return f"{size:x}\r\n".encode() + b"x" * size + b"\r\n"


@pytest.mark.parametrize("given", ["a", "req-1.2_B", "x" * 128])
def test_a_request_id_that_is_given_comes_back_and_stands_in_the_log(served: Served, given: str) -> None:
    assert served.ask("GET", "/refused", headers={"X-Request-ID": given}).headers["x-request-id"] == given
    assert [line["request_id"] for line in served.lines()] == [given]


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", "a\tb", "ümlaut".encode(), '{"event": 1}', "a;b"])
def test_a_request_id_that_is_none_is_replaced(served: Served, given: str | bytes) -> None:
    made = served.ask("GET", "/refused", headers=cast(dict[str, str], {"X-Request-ID": given})).headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{32}", made)
    assert [line["request_id"] for line in served.lines()] == [made]


def test_every_request_gets_an_id_of_its_own(served: Served) -> None:
    made = {served.ask("GET", "/refused").headers["x-request-id"] for _ in range(8)}
    assert len(made) == 8
    assert {line["request_id"] for line in served.lines(count=8)} == made


@pytest.mark.parametrize(("path", "status"), [("/refused", 409), ("/nowhere", 404), ("/health", 200), ("/broken", 500)])
def test_every_response_has_the_id(served: Served, path: str, status: int) -> None:
    answer = served.ask("GET", path, headers={"X-Request-ID": "mine"})
    assert (answer.status_code, answer.headers.get("x-request-id")) == (status, "mine")


def test_the_log_tells_the_routes_template_and_who_asked_and_nothing_of_query_and_body(served: Served) -> None:
    path = f"/users/anna-schmidt/questions?prompt={SECRET}"
    assert served.ask("POST", path, json={"prompt": SECRET}).json() == len(SECRET)
    (line,) = served.lines()
    assert (line["method"], line["route"], line["status"]) == ("POST", "/users/{name}/questions", 200)
    assert (line["key"], line["level"]) == ("ann", "info")
    assert 0 <= line["seconds"] < 10
    assert served.told == [("/users/{name}/questions", 200)]
    for secret in (SECRET, SECRET.replace(" ", "%20"), "anna-schmidt"):
        assert secret not in json.dumps(served.log())


def test_a_path_that_is_no_route_is_not_logged(served: Served) -> None:
    served.ask("GET", "/anna-schmidt/nowhere")
    (line,) = served.lines()
    assert (line["route"], line["status"]) == ("unmatched", 404)
    assert "anna" not in json.dumps(served.log())
    assert served.told == [("unmatched", 404)]


def test_looking_after_the_servers_health_is_counted_and_not_logged(served: Served) -> None:
    served.ask("GET", "/health")
    served.ask("GET", "/refused")
    assert [line["route"] for line in served.lines()] == ["/refused"]
    assert served.told == [("/health", 200), ("/refused", 409)]


def test_an_exception_is_an_error_of_ours_and_logged_once_with_its_request(served: Served) -> None:
    answer = served.ask("GET", "/broken")
    assert (answer.status_code, answer.json()["error"]["type"]) == (500, "server_error")
    assert "nobody" not in answer.text
    assert [line["status"] for line in served.lines()] == [500]
    assert served.told == [("/broken", 500)]
    (told,) = [line for line in served.log() if line["level"] == "error"]
    assert (told["event"], told["request_id"]) == ("request failed", answer.headers["x-request-id"])
    assert "RuntimeError: nobody thought of this" in told["exception"]


def test_an_exception_behind_the_first_piece_ends_the_connection_and_is_logged(served: Served) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        served.ask("GET", "/broken-later")
    served.lines()
    (told,) = [line for line in served.log() if line["level"] == "error"]
    assert "RuntimeError: nobody thought of this" in told["exception"]


@pytest.mark.parametrize("path", ["/users/ann/questions", "/raw", "/nowhere"])
def test_a_body_that_says_it_is_too_large_is_refused_before_it_comes(served: Served, path: str) -> None:
    with closing(served.socket()) as client:
        client.sendall(head_of(path, f"Content-Length: {LIMIT + 1}"))
        status, headers, body = answer_of(client)
    assert (status, headers["connection"]) == (413, "close")
    assert json.loads(body)["error"] == {
        "message": f"the body is larger than {LIMIT} bytes",
        "type": "invalid_request_error",
        "param": "body",
        "code": "body_too_large",
    }
    assert headers["x-request-id"] == served.lines()[0]["request_id"]
    assert served.received == []


@pytest.mark.parametrize("length", ["9" * 19, f"{'0' * 10}{LIMIT + 1}"])
def test_lengths_of_many_digits_are_lengths(served: Served, length: str) -> None:
    with closing(served.socket()) as client:
        client.sendall(head_of("/raw", f"Content-Length: {length}"))
        assert answer_of(client)[0] == 413


@pytest.mark.parametrize("path", ["/users/ann/questions", "/raw"])
def test_a_body_in_chunks_is_refused_when_it_gets_too_large(served: Served, path: str) -> None:
    with closing(served.socket()) as client:
        client.sendall(head_of(path, "Transfer-Encoding: chunked") + chunk(LIMIT))
        client.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.recv(1)  # not yet
        client.settimeout(10)
        client.sendall(chunk(1))
        status, headers, body = answer_of(client)
    assert (status, json.loads(body)["error"]["code"]) == (413, "body_too_large")
    assert headers["connection"] == "close"
    assert [line["status"] for line in served.lines()] == [413]
    assert {line["level"] for line in served.log()} == {"info"}


@pytest.mark.parametrize("path", ["/users/ann/questions", "/raw", "/early"])
def test_a_client_that_sends_without_end_is_cut_off_and_little_is_read_of_it(served: Served, path: str) -> None:
    sent = 0
    with closing(served.socket()) as client:
        client.sendall(head_of(path, "Transfer-Encoding: chunked"))
        with pytest.raises(OSError):
            while sent < 10**9:
                client.sendall(chunk(8192))
                sent += 8192
    assert sent < 10**8
    served.lines()
    assert sum(served.received) <= LIMIT + BUFFERS
    assert {line["level"] for line in served.log()} == {"info"}


def test_bodies_up_to_the_limit_pass(served: Served) -> None:
    assert served.ask("POST", "/raw", content=b"x" * LIMIT).json() == LIMIT
    assert served.ask("POST", "/raw", content=iter([b"x" * (LIMIT - 1), b"x"])).json() == LIMIT
    assert served.ask("POST", "/raw", content=iter([b"x" * LIMIT, b"x"])).status_code == 413


def test_a_client_that_never_reads_is_given_up_and_what_writes_to_it_ends(served: Served) -> None:
    with closing(socket.socket()) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(served.address)
        began = time.monotonic()
        client.sendall(b"GET /events?size=20000&count=100000 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert served.ended.wait(10)
        assert time.monotonic() - began >= SEND_SECONDS
        assert sum(served.sent) < 50_000_000
        assert [line["status"] for line in served.lines()] == [499]
    assert served.told == [("/events", 499)]
    assert {line["level"] for line in served.log()} == {"info"}


def test_a_client_that_reads_slowly_gets_everything(served: Served) -> None:
    count, size = 40, 200_000
    with closing(served.socket()) as client:
        client.sendall(f"GET /events?size={size}&count={count} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
        read = 0
        while piece := client.recv(2**20):
            read += len(piece)
            time.sleep(0.02)
    assert read > size * count
    assert [line["status"] for line in served.lines()] == [200]


def test_what_writes_to_a_client_that_leaves_ends(served: Served) -> None:
    with closing(served.socket()) as client:
        client.sendall(b"GET /events?size=20000&count=100000 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.recv(100)
    assert served.ended.wait(10)
    served.lines()
    assert not [line for line in served.log() if line["level"] == "error"]


ORIGIN = "https://page.example"
PREFLIGHT = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}


def test_no_page_may_call_the_server_by_default(served: Served) -> None:
    for answer in (
        served.ask("GET", "/health", headers={"Origin": ORIGIN}),
        served.ask("GET", "/health", headers={"Origin": "null"}),
        served.ask("POST", "/raw", headers={"Origin": ORIGIN, "Content-Type": "text/plain"}, content=b"x"),
        served.ask("OPTIONS", "/raw", headers=PREFLIGHT),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "foreign_origin")
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_the_servers_own_pages_may_call_it(served: Served) -> None:
    host, port = served.address
    assert served.ask("GET", "/health", headers={"Origin": f"http://{host}:{port}"}).status_code == 200
    assert served.ask("GET", "/health", headers={"Origin": f"http://{host}:{port + 1}"}).status_code == 403


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:80", "[::1]:8000", "[::1]", "localhost."])
def test_names_of_the_loopback_interface_are_the_servers(served: Served, host: str) -> None:
    assert served.ask("GET", "/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["page.example", "page.example:8000", "127.0.0.1.page.example", "localhost@x", "", "a:b:c"]
)
def test_a_name_that_was_made_to_point_here_is_refused(served: Served, host: str) -> None:
    answer = served.ask("GET", "/health", headers={"Host": host})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "unknown_host")


@pytest.mark.parametrize(
    ("options", "host", "status"),
    [
        ({"allowed_hosts": "guard.example"}, "guard.example:443", 200),
        ({"allowed_hosts": "guard.example"}, "localhost", 200),
        ({"allowed_hosts": "guard.example"}, "other.example", 403),
        ({"allowed_hosts": "*"}, "other.example", 200),
        ({"host": "0.0.0.0"}, "server:8000", 200),
        ({"host": "0.0.0.0", "allowed_hosts": "guard.example"}, "server:8000", 403),
    ],
)
def test_which_names_are_the_servers_is_a_setting(options: dict[str, str], host: str, status: int) -> None:
    running = Served(io.StringIO())
    with served_app(small_app(running, **options)) as running.address:
        assert running.ask("GET", "/health", headers={"Host": host}).status_code == status


def test_pages_that_are_named_may_call_the_server_and_others_not() -> None:
    running = Served(io.StringIO())
    with served_app(small_app(running, cors_origins=ORIGIN)) as running.address:
        allowed = running.ask("GET", "/health", headers={"Origin": ORIGIN})
        asked = running.ask("OPTIONS", "/raw", headers=PREFLIGHT)
        other = running.ask("GET", "/health", headers={"Origin": "https://other.example"})
    assert allowed.headers["access-control-allow-origin"] == ORIGIN
    assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (200, ORIGIN)
    assert "access-control-allow-credentials" not in allowed.headers
    assert (other.status_code, "access-control-allow-origin" in other.headers) == (403, False)
