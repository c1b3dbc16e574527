"""Multiple-choice questions: files of them, how they are asked in chat, and which choice a reply names."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from tlpo_guard.errors import ConfigurationError

__all__ = ["ChoiceQuestion", "asked", "chosen", "read_questions"]

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]

_NAMED = re.compile(r"(?i)answer\W{0,8}\(?([A-Z])(?![A-Za-z])")
_ALONE = re.compile(r"\W{0,4}([A-Z])(?=[).:]|\W*$)")  # no article
_MOST = 26  # letters


class ChoiceQuestion(BaseModel):
    """A line of a file of questions; further keys are for the reader."""

    model_config = ConfigDict(frozen=True, strict=True)

    question: Text
    choices: Annotated[list[Text], Field(min_length=2, max_length=_MOST)]
    answer: Annotated[int, Field(ge=0)]
    """Index of the right choice."""

    @model_validator(mode="after")
    def _names_a_choice(self) -> "ChoiceQuestion":
        if self.answer >= len(self.choices):
            raise ValueError(f"answer is {self.answer}, but there are {len(self.choices)} choices, counted from 0")
        return self


def asked(question: ChoiceQuestion) -> str:
    """The question with its choices by letter, as a user's message."""
    choices = "\n".join(f"{chr(ord('A') + i)}) {choice}" for i, choice in enumerate(question.choices))
    return (
        f"{question.question}\n\n{choices}\n\nEnd with a line `Answer: X`, where X is the letter of the right choice."
    )


def chosen(reply: str, question: ChoiceQuestion) -> int | None:
    """Index of the choice that a reply names last, or begins with; None where it names none."""
    named = _NAMED.findall(reply)
    alone = _ALONE.match(reply)
    letter = named[-1] if named else alone[1] if alone else ""
    index = ord(letter.upper()) - ord("A") if letter else -1
    return index if 0 <= index < len(question.choices) else None


def read_questions(path: Path) -> list[ChoiceQuestion]:
    """The questions of a JSONL file; blank lines are passed over.

    Raises:
        ConfigurationError: names the line that holds no valid question, or the file that cannot be read or is empty.
    """
    questions = []
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    questions.append(_question(line, f"{path}, line {number}"))
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigurationError(f"{path} cannot be read ({exc}); name a JSONL file of questions") from exc
    if not questions:
        raise ConfigurationError(f"{path} holds no questions; write one on each line, or name no file")
    return questions


def _question(line: str, where: str) -> ChoiceQuestion:
    try:
        return ChoiceQuestion.model_validate_json(line)
    except ValidationError as exc:
        problems = [
            f"{'.'.join(map(str, error['loc'])) or 'the line'}: {error['msg'].removeprefix('Value error, ')}"
            for error in exc.errors()
        ]
        raise ConfigurationError(
            f"{where}: {'; '.join(problems)}; a question needs `question`, `choices` and `answer` (an index into them)"
        ) from exc
