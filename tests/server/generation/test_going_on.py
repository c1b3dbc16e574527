"""Answers that go on from the conversation's last message: the guard knows where in a text they begin."""

from typing import Any

import httpx
import pytest

from tests.server.conftest import Server

STRICT = {"languages": ["ko"], "allow_english": False}
QUESTION = "파일 이름을 출력하는 코드를 써 주세요."
IN_CODE = "```python\nimport os\n\nfor name in"


def go_on(server: Server, begun: str, **guard: Any) -> Any:
    body = {
        "model": "smollm2",
        "messages": [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": begun}],
        "continue_final_message": True,
        "max_tokens": 24,
        "temperature": 0,
        "guard": STRICT | guard,
    }
    headers = {"Authorization": "Bearer secret-of-the-tests"}
    answer = httpx.post(f"{server.url}/v1/chat/completions", json=body, headers=headers, timeout=120)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("mode", ["mask", "rewind"])
@pytest.mark.parametrize("begun", [IN_CODE, IN_CODE + "\n"])
def test_code_goes_on_in_a_fence_that_the_last_message_has_opened(server: Server, begun: str, mode: str) -> None:
    plain = go_on(server, begun, mode="off")
    guarded = go_on(server, begun, mode=mode)
    assert guarded["choices"] == plain["choices"]
    assert guarded["usage"]["completion_tokens"] == plain["usage"]["completion_tokens"]
    assert guarded["guard"]["events"] == 0
