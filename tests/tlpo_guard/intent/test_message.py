import pytest

from tlpo_guard.intent import Message, message_of


def test_content_may_be_text_parts_or_nothing() -> None:
    assert message_of({"role": "user", "content": "hi"}) == Message("user", "hi")
    parts = [{"type": "text", "text": "a"}, {"type": "image_url"}, {"type": "text", "text": "b"}]
    assert message_of({"role": "user", "content": parts}) == Message("user", "a\nb")
    assert message_of({"role": "assistant", "content": None}) == Message("assistant", "")


@pytest.mark.parametrize(
    "raw", [{}, {"role": 1, "content": "x"}, {"role": "user", "content": 3}, {"role": "user", "content": [3]}]
)
def test_what_is_no_message(raw: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="message"):
        message_of(raw)
