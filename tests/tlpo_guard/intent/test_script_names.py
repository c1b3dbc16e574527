"""Scripts that a prompt names may stand in the answer; what only looks like a name of one admits none."""

from pathlib import Path

from tlpo_guard.intent import Message, expected_language
from tlpo_guard.policy import GuardPolicy

ROWS = (Path(__file__).parent / "script_names.tsv").read_text(encoding="utf-8").splitlines()


def scripts(prompt: str, system: str | None = None) -> set[str]:
    """Of what an answer may be written in, parts of scripts as their scripts."""
    messages = [Message("system", system)] if system else []
    intent = expected_language((), (), [*messages, Message("user", prompt)])
    letters = GuardPolicy(languages=intent.written, admitted=intent.admitted).scripts
    return {part.split("-")[0] for part in letters} | ({"Hani"} if {"Hans", "Hant"} <= letters else set())


def test_prompts() -> None:
    wrong = []
    for row in ROWS:
        prompt, expected = row.split("\t")
        got = scripts(prompt)
        wrong += [f"{one} {row}" for one in expected.split() if (one[1:] in got) != (one[0] == "+")]
    assert len(ROWS) > 70
    assert not wrong, "\n".join(wrong)


def test_a_script_that_the_language_is_written_in_admits_no_letters_of_others() -> None:
    intent = expected_language((), (), [Message("user", "この漢字の読み方を教えてください。")])
    assert (intent.languages, intent.admitted) == (("ja",), ())


def test_a_system_prompt_admits_the_script_that_it_names() -> None:
    assert "Hani" in scripts(
        "삼성의 창업자는 누구인가요?", system="한국어로 답하고 사람 이름은 한자도 함께 적어 주세요."
    )


def test_a_refused_script_is_not_admitted() -> None:
    assert "Hani" not in scripts("한자를 쓰지 말고 사계절을 써 주세요.")
