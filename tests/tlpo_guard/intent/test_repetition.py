import pytest

from tlpo_guard.intent.instruction import find_instruction

AGAIN = [
    ("Now once more in Latvian", "lv"),
    ("could you repeat this in Greek?", "el"),
    ("Bitte noch mal auf Schwedisch", "sv"),
    ("encore une fois en arabe", "ar"),
    ("¿puedes repetirlo en alemán?", "de"),
    ("Повтори по-испански", "es"),
    ("bir daha Fransızca", "fr"),
    ("もう一度ドイツ語で", "de"),
    ("フランス語でもう一回", "fr"),
    ("用韩语再说一遍", "ko"),
    ("다시 일본어로", "ja"),
    ("jeszcze raz po włosku", "it"),
]


@pytest.mark.parametrize(("text", "tag"), AGAIN)
def test_saying_something_again_is_an_instruction(text: str, tag: str) -> None:
    found = find_instruction(text)
    assert found is not None
    assert found.languages == (tag,)


@pytest.mark.parametrize(
    "text", ["Why is this joke told again and again in German pubs?", "Ich war wieder im französischen Teil."]
)
def test_again_in_a_story_is_none(text: str) -> None:
    assert find_instruction(text) is None
