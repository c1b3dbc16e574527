"""Completions of the Language Confusion Benchmark (Marchisio et al. 2024) with their prompts, from a folder as `shared/data`."""

import csv
import io
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tlpo_guard.lcb import Judgement, judge
from tlpo_guard.lcb.outputs import read_completions

__all__ = ["LATIN", "NON_LATIN", "Row", "Written", "load", "written"]

LATIN = ("de", "es", "fr", "id", "it", "pt", "tr", "vi")
NON_LATIN = ("ar", "hi", "ja", "ko", "ru", "zh")
_FOLDERS = {"aya_human_annotated": "aya", "dolly_human_edited": "dolly", "native_prompts": "native"}


@dataclass(frozen=True, slots=True)
class Row:
    """One completion.

    Attributes:
        judgement: what the benchmark says of it.
    """

    model: str
    language: str
    prompt: str
    completion: str
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Written:
    """One completion, as it stands in the files."""

    model: str
    language: str
    prompt: str
    completion: str


def written(data: Path, model: str = "*", task: str | None = None) -> Iterator[Written]:
    """The completions of a folder that holds `lcb/outputs` and `lcb/test_sets.zip`.

    Args:
        model: name of its file; all by default.
        task: `monolingual` or `crosslingual`; both by default.
    """
    prompts = _prompts(data / "lcb" / "test_sets.zip")
    for path in sorted((data / "lcb" / "outputs").glob(f"{model}.csv*")):
        seen: dict[tuple[str, str, str], int] = defaultdict(int)
        for row in read_completions(path):
            cell = (row.task, _FOLDERS.get(row.source, row.source), row.language)
            asked, number = prompts.get(cell, []), seen[cell]
            seen[cell] += 1
            if task is None or row.task == task:
                prompt = asked[number] if number < len(asked) else ""
                yield Written(path.name.split(".")[0], row.language, prompt, row.completion)


def load(data: Path) -> list[Row]:
    """All completions of such a folder that holds `lcb/words`, too, with the benchmark's judgements."""
    english = frozenset(_words(data / "lcb" / "words"))
    return [
        Row(row.model, row.language, row.prompt, row.completion, judge(row.completion, row.language, english))
        for row in written(data)
    ]


def _words(path: Path) -> list[str]:
    return [word for word in path.read_text(encoding="utf-8").split("\n") if word.islower() and len(word) > 3]


def _prompts(archive: Path) -> dict[tuple[str, str, str], list[str]]:
    found = {}
    with zipfile.ZipFile(archive) as files:
        for name in files.namelist():
            parts = Path(name).parts
            if name.endswith(".csv") and "__MACOSX" not in name:
                rows = csv.DictReader(io.StringIO(files.read(name).decode("utf-8"), newline=""))
                found[parts[-3], parts[-2], Path(name).stem] = [row["prompt"] for row in rows]
    return found
