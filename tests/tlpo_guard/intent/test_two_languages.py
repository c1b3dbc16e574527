import pytest

from tlpo_guard.intent.decision import expected_language
from tlpo_guard.intent.message import Message


def _languages(text: str) -> set[str]:
    return set(expected_language((), (), [Message("user", text)]).languages)


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("Kannst du mir helfen with my homework, ich verstehe the second part nicht", {"de", "en"}),
        ("Hey, can you ayudarme con mi tarea? Necesito que sea more professional for my boss.", {"en", "es"}),
    ],
)
def test_who_changes_between_languages_may_be_answered_in_both(text: str, languages: set[str]) -> None:
    assert _languages(text) == languages


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("Wie installiere ich das Plugin für meinen Server?", "de"),
        ("¿Qué significa the early bird catches the worm?", "es"),
        ("Comment faire un deploy du backend avec pip install?", "fr"),
    ],
)
def test_terms_and_quotations_are_no_second_language(text: str, tag: str) -> None:
    assert _languages(text) == {tag}


def test_of_near_relatives_the_other_stays_claimed() -> None:
    found = expected_language((), (), [Message("user", "Hvordan holder man brød ferskt lenger?")])
    assert {*found.languages, *found.claimed} == {"da", "nb"}


def test_a_romanised_user_may_be_answered_in_the_letters_of_the_language() -> None:
    found = expected_language((), (), [Message("user", "Yaar mujhe batao ki mera phone itna garam kyun ho raha hai")])
    assert (found.languages, "hi" in found.claimed) == (("hi-Latn",), True)
