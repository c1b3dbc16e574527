"""Names, units and acronyms in Latin letters are no English text; words that may become it are."""

import pytest

from tlpo_guard.guard.latin_names import is_no_english


@pytest.mark.parametrize(
    "before, stretch",
    [
        ("주파수는 60", "GHz"),
        ("길이는 25 ", "km"),
        ("", "NATO"),
        ("", "WordPress"),
        ("구글의 ", "Word"),
        ("М", "3"),
        ("", "GPT-4"),
        ("", "iPhone 15"),
        ("", "São Paulo"),
        ("조리개는 ", "f"),
        ("주소는 IMG_0042.", "jpg"),
    ],
)
def test_names_units_and_acronyms(before: str, stretch: str) -> None:
    assert is_no_english(before, stretch)


@pytest.mark.parametrize(
    "before, stretch",
    [
        ("", "doubts"),
        ("그는 ", "The"),
        ("", "Google is"),
        ("## ", "Summary"),
        ("**", "Summary"),
        ("25 ", "kilometres"),
    ],
)
def test_what_is_or_may_become_english(before: str, stretch: str) -> None:
    assert not is_no_english(before, stretch)
