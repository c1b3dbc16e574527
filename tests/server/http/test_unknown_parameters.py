"""`--unknown-parameters ignore`: what nobody can honour is dropped and named in a header."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.server.conftest import Server, start_small

CHAT: dict[str, Any] = {"model": "smollm2", "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 2}
SLIDERS = {"mirostat_eta": 0.1, "num_ctx": 4096, "tfs_of_somebody": {"a": None}}


@pytest.fixture(scope="module")
def lenient(tmp_path_factory: pytest.TempPathFactory, small_model: Any) -> Iterator[Server]:
    server = start_small(tmp_path_factory.mktemp("lenient"), small_model, "--unknown-parameters", "ignore")
    yield server
    server.stop()


def post(server: Server, body: dict[str, Any], path: str = "/v1/chat/completions") -> httpx.Response:
    return httpx.post(
        f"{server.url}{path}", json=body, headers={"Authorization": "Bearer secret-of-the-tests"}, timeout=60
    )


@pytest.mark.parametrize("stream", [False, True])
def test_they_are_dropped_and_named(lenient: Server, stream: bool) -> None:
    answer = post(lenient, CHAT | SLIDERS | {"stream": stream})
    assert answer.status_code == 200
    assert answer.headers["x-ignored-parameters"] == "mirostat_eta, num_ctx, tfs_of_somebody"
    if stream:
        assert answer.text.endswith("data: [DONE]\n\n")
    else:
        assert answer.json()["usage"]["completion_tokens"] == 2


def test_so_are_fields_of_parts_and_values_that_are_not_supported(lenient: Server) -> None:
    message = {"role": "user", "content": [{"type": "text", "text": "Hello", "weight": 2}], "mood": "good", "é": 1}
    answer = post(lenient, CHAT | {"messages": [message]})
    assert answer.status_code == 200
    names = answer.headers["x-ignored-parameters"].split(", ")
    assert set(names) == {"messages[0].content[0].weight", "messages[0].mood", "messages[0].?"}
    legacy = post(lenient, {"model": "smollm2", "prompt": "a", "suffix": "z", "max_tokens": 1}, "/v1/completions")
    assert (legacy.status_code, legacy.headers["x-ignored-parameters"]) == (200, "suffix")


def test_what_is_known_is_still_checked(lenient: Server) -> None:
    answer = post(lenient, CHAT | {"temperature": "hot", "num_ctx": 1})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "temperature")
    assert "x-ignored-parameters" not in post(lenient, CHAT).headers


def test_without_the_flag_they_are_refused_by_name(server: Server) -> None:
    answer = post(server, CHAT | {"num_ctx": 4096})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "num_ctx")
    assert answer.json()["error"]["code"] == "unsupported_parameter"
