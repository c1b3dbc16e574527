"""A language that a request is about is admitted and decides nothing; one that it asks for decides."""

from pathlib import Path

from tlpo_guard.intent import Message, expected_language
from tlpo_guard.languages.relations import base_language

ROWS = (Path(__file__).parent / "topics.tsv").read_text(encoding="utf-8").splitlines()


def test_prompts() -> None:
    wrong = []
    for row in ROWS:
        prompt, expected, topic = row.split("\t")
        intent = expected_language((), (), [Message("user", prompt)])
        named = map(base_language, (*intent.languages, *intent.admitted, *intent.claimed))
        if ",".join(intent.languages) not in expected.split(",") or topic not in ("-", *named):
            wrong.append(f"{row}: got {intent}")
    assert len(ROWS) > 80
    assert not wrong, "\n".join(wrong)
