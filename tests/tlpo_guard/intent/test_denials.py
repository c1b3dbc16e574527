"""A language that is refused for the answer is excluded; where nothing else tells, the language is unknown."""

from pathlib import Path

import pytest

from tlpo_guard.intent import Intent, Message, expected_language

ROWS = (Path(__file__).parent / "denials.tsv").read_text(encoding="utf-8").splitlines()


def decide(*turns: str, system: str | None = None) -> Intent:
    messages = [Message("system", system)] if system else []
    return expected_language((), (), [*messages, *(Message("user", text) for text in turns)])


def test_prompts() -> None:
    wrong = []
    for row in ROWS:
        prompt, expected = row.split("\t")
        intent = decide(prompt)
        if (",".join(intent.languages) or "?") not in expected.split(","):
            wrong.append(f"{row}: got {intent}")
    assert len(ROWS) > 70
    assert not wrong, "\n".join(wrong)


def test_a_system_prompt_refuses_a_language() -> None:
    assert decide("What is a comet?", system="Never answer in English.").languages == ()
    assert decide("Was ist ein Komet?", system="Never answer in English.").languages == ("de",)


@pytest.mark.parametrize(
    ("denial", "languages"), [("Never answer in German.", ()), ("Don't answer in German now.", ("de",))]
)
def test_a_denial_of_an_earlier_message_holds_where_it_was_said_to_last(
    denial: str, languages: tuple[str, ...]
) -> None:
    assert decide(denial, "Was ist ein Komet und wie alt ist er?").languages == languages


def test_an_earlier_instruction_is_taken_back() -> None:
    assert decide("Always answer in German.", "Please stop answering in German. What is a comet?").languages == ("en",)
