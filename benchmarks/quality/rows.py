"""JSONL files between the stages, written whole or not at all."""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

__all__ = ["Answer", "AnswerFile", "Verdict", "read_answers", "read_verdicts", "write_json", "write_rows"]


@dataclass(frozen=True, slots=True)
class Answer:
    """One sampled answer.

    Attributes:
        id: of its prompt.
        language: that it should be in.
        prompt: the user's message.
        ids: tokens, without the one that ends it.
    """

    id: str
    language: str
    prompt: str
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of one answer, cut at a length.

    Attributes:
        id: of its prompt.
        confused: by judge that rates the language.
        figures: ended (0 or 1), length (tokens), and what else is measured on single answers.
    """

    id: str
    language: str
    confused: dict[str, bool]
    figures: dict[str, float]


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """Name of a file of answers: `SET/LANGUAGE-DRAW-TOKENS.jsonl` in the folder of a subject.

    Attributes:
        tokens: length limit.
    """

    prompt_set: str
    language: str
    draw: int
    tokens: int

    def path(self, folder: Path, label: str) -> Path:
        """Where it lies under a stage's folder."""
        return folder / label / self.prompt_set / f"{self.language}-{self.draw}-{self.tokens}.jsonl"

    @classmethod
    def of(cls, path: Path) -> "AnswerFile":
        """What the name of a file says."""
        language, draw, tokens = path.stem.rsplit("-", 2)
        return cls(path.parent.name, language, int(draw), int(tokens))


_ANSWER, _VERDICT = TypeAdapter(Answer), TypeAdapter(Verdict)


def read_answers(path: Path) -> list[Answer]:
    """The answers of a file."""
    return [_ANSWER.validate_json(line) for line in path.read_text(encoding="utf-8").splitlines()]


def read_verdicts(path: Path) -> list[Verdict]:
    """The verdicts of a file."""
    return [_VERDICT.validate_json(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write_rows(path: Path, rows: Iterable[Any]) -> None:
    """Dataclasses, one a line; a file that exists is whole."""
    _write(path, "".join(json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rows))


def write_json(path: Path, plain: Any) -> None:
    """Plain JSON; a file that exists is whole."""
    _write(path, json.dumps(plain, ensure_ascii=False, indent=1) + "\n")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
