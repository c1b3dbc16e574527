"""Text that cannot fit is refused before anything reads it."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from server.engines.engine import Engine
from server.errors import InvalidRequestError
from server.planning.encoding import PromptEncoder
from server.planning.schemas import Message


class Unread:
    """A tokenizer that must not be asked."""

    chat_template = "{{ messages }}"

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} was read")


def encoder() -> PromptEncoder:
    engine = SimpleNamespace(card=SimpleNamespace(context_length=100), tokenizer=Unread())
    return PromptEncoder(cast(Engine, engine))


def test_a_conversation_far_beyond_the_context_is_refused_by_its_length() -> None:
    messages = [Message(role="user", content="a" * 100) for _ in range(17)]
    with pytest.raises(InvalidRequestError) as caught:
        encoder().conversation(messages)
    assert (caught.value.param, caught.value.code) == ("messages", "context_length_exceeded")
    assert "maximum context length is 100 tokens" in caught.value.message


@pytest.mark.parametrize("given", [["a" * 1601], ["a" * 800, "b" * 801], [[1] * 1601]])
def test_so_are_prompts(given: list[str | list[int]]) -> None:
    with pytest.raises(InvalidRequestError):
        encoder().check_size(given, "prompt")
    encoder().check_size([one[1:] for one in given], "prompt")
