import pytest

from tlpo_guard.intent.folding import fold
from tlpo_guard.intent.language_names import find_names


def tags(text: str) -> list[str]:
    return [hit.readings[0][1] for hit in find_names(fold(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Korean, Simplified Chinese or Brazilian Portuguese", ["ko", "zh-Hans", "pt"]),
        ("繁體中文", ["zh-Hant"]),
        ("по-немецки, на английском языке", ["de", "en"]),
        ("anglicky, do němčiny", ["en", "de"]),
        ("İngilizceye", ["en"]),
        ("באנגלית", ["en"]),
        ("बंगाली और हिंदी", ["bn", "hi"]),
        ("ইংরেজিতে", ["en"]),
        ("ภาษาอังกฤษ", ["en"]),
        ("dalam bahasa Inggris", ["en"]),
        ("espanol", ["es"]),
        ("nothing of the kind", []),
    ],
)
def test_names_are_found_in_their_cases_and_scripts(text: str, expected: list[str]) -> None:
    assert tags(text) == expected


def test_a_form_may_be_a_target_by_itself() -> None:
    assert [hit.target for hit in find_names(fold("angličtina anglicky"))] == [False, True]


def test_a_country_is_no_language() -> None:
    assert tags("ke Italia dan Jepang") == []
    assert tags("ในญี่ปุ่น") == []
