from tlpo_guard.intent.decision import expected_language
from tlpo_guard.intent.message import Message


def test_a_relative_pronoun_of_russian_is_no_verb_of_kyrgyz() -> None:
    text = "Опиши дом, в котором живут\nмои соседи, которые любят музыку."
    assert expected_language((), (), [Message("user", text)]).languages == ("ru",)
    assert expected_language((), (), [Message("user", "Которуп бер:\nThe shop opens at noon.")]).languages == ("ky",)
