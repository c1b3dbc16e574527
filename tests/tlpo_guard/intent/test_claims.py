"""What asks for a language and what only names one: by kind, in many languages of requests."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tlpo_guard.intent import Intent, Message, Why, expected_language, message_of

ROWS = [json.loads(line) for line in (Path(__file__).parent / "claims.jsonl").read_text(encoding="utf-8").splitlines()]


def decide(*turns: str, system: str | None = None) -> Intent:
    messages = [Message("system", system)] if system else []
    messages += [Message("assistant" if i % 2 else "user", text) for i, text in enumerate(turns)]
    return expected_language((), (), messages)


@pytest.mark.parametrize("kind", sorted({row["kind"] for row in ROWS}))
def test_kinds(kind: str) -> None:
    wrong, count = [], Counter(row["kind"] for row in ROWS)[kind]
    for row in ROWS:
        if row["kind"] != kind:
            continue
        intent = expected_language((), (), [message_of(message) for message in row["messages"]])
        got = {"zh" if tag in ("zh-Hans", "zh-Hant") else tag for tag in intent.languages}
        if got != set(row["expected"].split(",")):
            wrong.append(f"{row['id']}: expected {row['expected']}, got {intent}")
    assert len(wrong) <= 0.05 * count, "\n".join(wrong)


def test_what_is_named_or_asked_about_is_admitted_and_not_expected() -> None:
    assert decide("What is the Chinese word for tea?").admitted == ("zh",)
    assert decide("Never answer in French. What is a comet?").admitted == ("fr",)
    assert "ru" in decide("What does спасибо mean?").admitted


def test_an_instruction_beside_other_words_admits_the_language_of_those() -> None:
    intent = decide("Answer in Korean: what is a comet?")
    assert (intent.languages, intent.claimed) == (("ko",), ())
    assert "en" in intent.admitted


def test_claims_say_why_with_the_words_that_do_strongest_first() -> None:
    intent = decide("Please answer in Italian: what is a comet?")
    assert intent.claims[0].weight == max(claim.weight for claim in intent.claims)
    asked = next(claim for claim in intent.claims if claim.why is Why.INSTRUCTION)
    assert (asked.language, "answer in Italian" in asked.text) == ("it", True)
    assert all(len(claim.text) <= 80 for claim in intent.claims)


def test_conflicting_claims_leave_the_answer_to_decide() -> None:
    reply = decide("Reply to this mail:\n\nBonjour, je n'ai pas encore reçu ma commande. Merci de votre aide.")
    assert (reply.languages, reply.claimed) == (("fr",), ("en",))
    assert reply.confidence <= 0.7
    default = decide("Wie ändere ich mein Passwort?", system="You help customers. Default: English.")
    assert (default.languages, default.claimed) == (("de",), ("en",))
    assert default.confidence <= 0.7


def test_a_translation_from_the_language_that_asks_is_unknown() -> None:
    intent = decide("Übersetze: Der Laden ist heute geschlossen.")
    assert intent.languages == ()
    assert "en" in intent.claimed


def test_chinese_that_is_just_asked_for_is_in_the_users_characters() -> None:
    assert decide("請用中文回答:什麼是彗星?").languages == ("zh-Hant",)
    assert decide("Answer in Chinese: what is a comet?").languages == ("zh",)


def test_many_system_messages_are_read_as_far_as_they_count() -> None:
    rule = "Our Korean partners prefer short replies in the morning. " * 18
    messages = [Message("system", f"{i}. {rule}") for i in range(400)]
    messages.append(Message("system", "Always answer in Polish."))
    assert expected_language((), (), [*messages, Message("user", "What is a comet?")]).languages == ("pl",)
