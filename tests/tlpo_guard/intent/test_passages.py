"""Languages that a conversation holds in pasted passages only are copied from and not admitted."""

import pytest

from tlpo_guard.intent import Message, expected_language

PASSAGE = "这座桥建于一九五七年，是长江上的第一座大桥。桥分两层，上层走汽车，下层走火车，每天有数万人从桥上经过。" * 2


def admitted(*messages: str, role: str = "tool") -> tuple[str, ...]:
    *others, last = messages
    talk = [*(Message(role, text) for text in others), Message("user", last)]
    return expected_language((), (), talk).admitted


def test_a_language_of_documents_is_not_admitted() -> None:
    assert admitted(f"When was the bridge built?\n\n{PASSAGE}") == ()


def test_a_language_of_documents_is_not_admitted_for_a_word_of_it() -> None:
    question = "Explain the difference between 桥 and 座 to me, please."
    assert admitted(question) == ("zh-Hans",)
    assert admitted(PASSAGE, question) == ()


@pytest.mark.parametrize("question", ["Which Chinese words do they use for bridges?", "What does 桥 mean in Chinese?"])
def test_languages_that_are_named_are_admitted_whatever_is_pasted(question: str) -> None:
    assert any(tag.startswith("zh") for tag in admitted(PASSAGE, question))


def test_languages_of_earlier_messages_are_admitted_whatever_is_pasted() -> None:
    assert any(tag.startswith("zh") for tag in admitted(PASSAGE, "And what did it cost to build?", role="user"))
