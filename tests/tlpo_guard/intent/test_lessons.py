import pytest

from tlpo_guard.intent.decision import expected_language
from tlpo_guard.intent.message import Message

LESSONS = [
    ("You teach languages. Chat in Portuguese, and correct my mistakes in English.", {"pt", "en"}),
    ("Sprich mit mir Norwegisch und erkläre Fehler auf Deutsch.", {"nb", "de"}),
    ("Parle avec moi en grec. Corrige mes erreurs en français.", {"el", "fr"}),
    ("Говори со мной по-французски, а грамматику объясняй по-русски.", {"fr", "ru"}),
    ("韓国語で話し、文法は日本語で説明してください。", {"ko", "ja"}),
]


@pytest.mark.parametrize(("rule", "languages"), LESSONS)
def test_a_lesson_is_in_both_languages(rule: str, languages: set[str]) -> None:
    found = expected_language((), (), [Message("system", rule), Message("user", "Hello, I is new here.")])
    assert set(found.languages) == languages


def test_one_language_of_a_lesson_that_only_describes_a_text() -> None:
    asked = "Correct the mistakes in my Spanish essay. Answer in German."
    assert expected_language((), (), [Message("user", asked)]).languages == ("de",)
