"""Completions of the Language Confusion Benchmark (Marchisio et al. 2024) with their prompts, from a folder as `shared/data`."""

import csv
import io
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from tlpo_guard.lcb import Judgement, judge
from tlpo_guard.lcb.outputs import read_completions

__all__ = ["LATIN", "NON_LATIN", "Row", "load"]

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


def load(data: Path) -> list[Row]:
    """All completions of a folder that holds `lcb/outputs` and `lcb/test_sets.zip`."""
    prompts = _prompts(data / "lcb" / "test_sets.zip")
    english = frozenset(_words(data / "lcb" / "words"))
    rows = []
    for path in sorted((data / "lcb" / "outputs").glob("*.csv*")):
        seen: dict[tuple[str, str, str], int] = defaultdict(int)
        for row in read_completions(path):
            cell = (row.task, _FOLDERS.get(row.source, row.source), row.language)
            asked, number = prompts.get(cell, []), seen[cell]
            seen[cell] += 1
            prompt = asked[number] if number < len(asked) else ""
            judgement = judge(row.completion, row.language, english)
            rows.append(Row(path.name.split(".")[0], row.language, prompt, row.completion, judgement))
    return rows


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
