"""Which prompts `distill prompts` keeps."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from distill.cli import app
from distill.prompts.choice import choose
from distill.prompts.files import read_prompts
from tlpo_guard.intent import Message

KEPT = [
    ("ko", "좋은 책을 추천해 주세요."),
    ("ko", "잠이 오지 않을 때 무엇을 하면 좋을까요?"),
    ("de", "Warum ist der Himmel blau, und warum wird er abends rot?"),
    ("ar", "ما هي أفضل طريقة لتعلم السباحة؟"),
    ("vi", "Làm thế nào để nấu phở ngon tại nhà?"),
    ("tr", "Çocuklara tasarruf etmeyi nasıl öğretebilirim?"),
    ("zh", "怎样才能养成早起的习惯？"),
]
LEFT_OUT = [
    ("names a language", "이 문장을 영어로 번역해 주세요: 나는 학생입니다."),
    ("names a language", "Antworte bitte auf Englisch: Was ist ein Verb?"),
    ("names a language", "Wie lernt man am besten Chinesisch?"),
    ("asks for code", "Schreibe eine Python-Funktion, die Primzahlen ausgibt."),
    ("asks for code", "파이썬 코드를 작성해 주세요."),
    ("of no certain language", "12345 + 67890 = ?"),
    ("in another language", "What causes the seasons, and why do they differ?"),
]


@pytest.mark.parametrize(("tag", "text"), KEPT)
def test_plain_questions_are_kept(tag: str, text: str) -> None:
    reason, language = choose([Message("user", text)])
    assert (reason, language.split("-")[0]) == ("", tag)


@pytest.mark.parametrize(("reason", "text"), LEFT_OUT)
def test_what_may_be_answered_in_several_languages_is_left_out(reason: str, text: str) -> None:
    assert choose([Message("user", text)], "ko")[0] == reason


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["prompts", *arguments])
    return result.exit_code, result.output + (str(result.exception) if result.exception else "")


def test_the_file_is_what_distill_reads(tmp_path: Path) -> None:
    source, out = tmp_path / "source.jsonl", tmp_path / "prompts.jsonl"
    turns = [
        {"role": "system", "content": "짧게 대답하세요."},
        {"role": "user", "content": KEPT[0][1]},
        {"role": "assistant", "content": "네."},
    ]
    rows = [
        {"messages": turns},
        *({"instruction": text} for _, text in KEPT),
        {"instruction": KEPT[0][1]},
        {"other": 1},
    ]
    source.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    code, said = run(str(source), "--out", str(out), "--strict")
    assert code == 0, said
    by_language = read_prompts(out)
    assert [len(prompt.messages) for prompt in by_language["ko"]] == [2, 1, 1]
    assert {prompt.strict for prompts in by_language.values() for prompt in prompts} == {True}
    assert "1 left out: repeated" in said and "1 left out: no text" in said
    code, said = run(str(source), "--out", str(out))
    assert code != 0 and "exists" in said


def test_what_fits_nothing_is_told(tmp_path: Path) -> None:
    source = tmp_path / "source.jsonl"
    source.write_text(json.dumps({"body": KEPT[0][1]}) + "\n", encoding="utf-8")
    code, said = run(str(source), "--out", str(tmp_path / "out.jsonl"))
    assert code != 0 and "--column" in said and "1 left out: no text" in said
    assert list(tmp_path.iterdir()) == [source]
    code, said = run(str(source), "--out", str(tmp_path / "out.jsonl"), "--column", "body", "--limit", "1")
    assert code == 0, said
    code, said = run(str(tmp_path / "none.jsonl"), "--out", str(tmp_path / "third.jsonl"))
    assert code != 0 and "is not a file" in said
