"""A part of an answer that should be in another language is expected beside the language of the rest."""

import pytest

from tlpo_guard.intent import DecidedBy, Message, Why, expected_language


@pytest.mark.parametrize(
    ("prompt", "languages"),
    [
        ("Return JSON. The summary field must be in Japanese. Describe a lighthouse.", ("en", "ja")),
        ("Return JSON with title and body; the body should be in Korean.", ("en", "ko")),
        ("Gib mir JSON. Das Feld „summary“ soll auf Englisch sein. Worum geht es bei Ebbe und Flut?", ("de", "en")),
        ("Le champ « titre » du JSON doit être en anglais. Décris un phare.", ("fr", "en")),
        ("JSONで出力してください。summaryフィールドは英語にしてください。灯台について説明して。", ("ja", "en")),
        ("Верни JSON. Поле summary должно быть на английском языке. Опиши маяк.", ("ru", "en")),
    ],
)
def test_both_languages_are_expected(prompt: str, languages: tuple[str, ...]) -> None:
    intent = expected_language((), (), [Message("user", prompt)])
    assert intent.languages == languages
    assert any(claim.language == languages[1] and claim.why is Why.INSTRUCTION for claim in intent.claims)


def test_a_rule_of_the_system_prompt_names_a_part() -> None:
    rule = Message("system", "Reply with JSON. The description field must be in French.")
    assert expected_language((), (), [rule, Message("user", "Describe a lighthouse to me.")]).languages == ("en", "fr")


@pytest.mark.parametrize(
    ("prompt", "languages"),
    [
        ("Return JSON, the answer must be in German.", ("de",)),
        ("All values must be written in Spanish. Return JSON about a lighthouse.", ("es",)),
        ("I have a CSV with a column in Japanese. How do I load it?", ("en",)),
        ("Add a field to the JSON. It should mention Japanese culture.", ("en",)),
    ],
)
def test_the_whole_answer_and_what_is_only_told_are_no_part(prompt: str, languages: tuple[str, ...]) -> None:
    assert expected_language((), (), [Message("user", prompt)]).languages == languages


def test_a_language_of_a_part_is_decided_with_the_users_own() -> None:
    prompt = "Return JSON. The summary field must be in Japanese. Describe a lighthouse."
    assert expected_language((), (), [Message("user", prompt)]).decided_by is DecidedBy.PROMPT
