"""Multiple-choice questions: their files, how they are asked, and what a reply chooses."""

import json
from pathlib import Path
from typing import Any

import pytest

from tlpo_guard.errors import ConfigurationError
from tlpo_guard.paper.questions import ChoiceQuestion, asked, chosen, read_questions

ROW = {
    "question": "What do bees make?",
    "choices": ["paper", "honey", "shoes"],
    "answer": 1,
    "subject": "a further key",
}
QUESTION = ChoiceQuestion(question="What do bees make?", choices=["paper", "honey", "shoes"], answer=1)


def file_of(folder: Path, *rows: Any) -> Path:
    path = folder / "questions.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_questions_of_a_file(tmp_path: Path) -> None:
    assert read_questions(file_of(tmp_path, ROW, "", ROW)) == [QUESTION, QUESTION]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "Invalid JSON"),
        ("[]", "object"),
        ({"question": "Q", "choices": ["a", "b"]}, "answer: Field required"),
        ({"question": "Q", "choices": ["a", "b"], "answer": 2}, "answer is 2, but there are 2 choices"),
        ({"question": "Q", "choices": ["a", "b"], "answer": -1}, "answer: "),
        ({"question": "Q", "choices": ["a", "b"], "answer": "1"}, "answer: "),
        ({"question": "Q", "choices": ["a"], "answer": 0}, "choices: "),
        ({"question": "Q", "choices": ["a", "  "], "answer": 0}, "choices.1: "),
        ({"question": "", "choices": ["a", "b"], "answer": 0}, "question: "),
    ],
)
def test_a_line_that_is_no_question_is_named(tmp_path: Path, line: Any, problem: str) -> None:
    path = file_of(tmp_path, ROW, "", line)
    with pytest.raises(ConfigurationError, match="line 3") as caught:
        read_questions(path)
    assert problem in str(caught.value) and str(path) in str(caught.value)


def test_a_file_without_questions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="holds no questions"):
        read_questions(file_of(tmp_path, "", " "))
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_questions(tmp_path / "none.jsonl")
    (tmp_path / "bytes.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_questions(tmp_path / "bytes.jsonl")


def test_a_question_is_asked_with_its_choices_by_letter() -> None:
    assert "What do bees make?\n\nA) paper\nB) honey\nC) shoes\n" in asked(QUESTION)


@pytest.mark.parametrize(
    ("reply", "index"),
    [
        ("Bees make honey.\nAnswer: B", 1),
        ("**Answer: (C)**", 2),
        ("Answer: A? No, it is wax.\nanswer: b", 1),
        ("B) honey", 1),
        ("B", 1),
        ("(C).", 2),
        ("Bees make honey.", None),
        ("A bee makes honey, I think", None),
        ("Answer: because", None),
        ("Answer: D", None),
        ("", None),
    ],
)
def test_what_a_reply_chooses(reply: str, index: int | None) -> None:
    assert chosen(reply, QUESTION) == index
