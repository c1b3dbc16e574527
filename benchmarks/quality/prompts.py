"""Which prompts are measured on, and which are trained on; no text is in both."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain, zip_longest
from pathlib import Path

from benchmarks.prompts import held_out_prompts, training_prompts
from benchmarks.quality.japanese import japanese_prompts
from distill.evaluation.english import ENGLISH_PROMPTS
from distill.evaluation.watched import BUILT_IN
from distill.prompts.choice import choose
from tlpo_guard.intent import Message

__all__ = ["LANGUAGES", "Prompt", "english_prompts", "held_out", "read_prompts", "training"]

# Four that the defaults were tried on, and four that nothing was chosen by.
LANGUAGES = ("ko", "zh", "de", "tr", "ar", "vi", "ru", "ja")
_HELD_OUT_SHARE = 3  # every third line of a file of prompts
_LONGEST = 320  # characters: a small model reads a Korean one as as many tokens


@dataclass(frozen=True, slots=True)
class Prompt:
    """A user's message.

    Attributes:
        id: of language and text; the same in every run.
        language: that the answer should be in, BCP-47.
        source: where it is from.
    """

    id: str
    language: str
    text: str
    source: str

    @classmethod
    def of(cls, language: str, text: str, source: str) -> "Prompt":
        """A prompt with its id."""
        return cls(f"{language}-{sha256(text.encode()).hexdigest()[:12]}", language, text, source)


def training(language: str, data: Path) -> list[str]:
    """Prompts whose answers are logged and trained on."""
    return _own(language, held_out=False) + _lines(data, language, held_out=False)


def held_out(language: str, data: Path, most: int) -> list[Prompt]:
    """Prompts to measure on, sources in turn: the Language Confusion Benchmark's in one language, and the third of each file of
    prompts that nothing is trained on.

    Prompts that name a language or ask for code are left out, as are those that training or the distiller's own sets hold.
    """
    known = set(map(_plain, chain(training(language, data), _built_in())))
    sources = _benchmark(data, language)
    sources["prompts"] = _lines(data, language, held_out=True)
    sources["own"] = _own(language, held_out=True)
    lists = [[(name, text) for text in texts if _is_fit(text, language)] for name, texts in sources.items()]
    chosen: dict[str, Prompt] = {}
    for name, text in _in_turn(lists):
        if (plain := _plain(text)) not in known and plain not in chosen:
            chosen[plain] = Prompt.of(language, text, name)
    return list(chosen.values())[:most]


def english_prompts(data: Path, most: int) -> list[Prompt]:
    """English prompts of the Language Confusion Benchmark, which the distiller's own do not hold."""
    known = set(map(_plain, _built_in()))
    texts = _in_turn([[(n, t) for t in ts if _is_fit(t, "en")] for n, ts in _benchmark(data, "en").items()])
    return [Prompt.of("en", text, name) for name, text in texts if _plain(text) not in known][:most]


def read_prompts(path: Path) -> list[Prompt]:
    """Prompts of a JSONL file: `prompt` and `language` in each line."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [Prompt.of(row["language"], row["prompt"], path.stem) for row in rows]


def _benchmark(data: Path, language: str) -> dict[str, list[str]]:
    """The benchmark's prompts in one language, by source."""
    found: dict[str, list[str]] = {}
    with zipfile.ZipFile(data / "lcb" / "test_sets.zip") as files:
        for name in sorted(files.namelist()):
            parts = Path(name).parts
            if parts[0] != "__MACOSX" and parts[1:2] == ("monolingual",) and parts[-1] == f"{language}.csv":
                rows = csv.DictReader(io.StringIO(files.read(name).decode("utf-8"), newline=""))
                found[parts[2]] = [row["prompt"].strip() for row in rows]
    return found


def _own(language: str, *, held_out: bool) -> list[str]:
    """The prompts that stand in this repository."""
    if language == "ja":
        return japanese_prompts(held_out=held_out)
    if language == "ko":
        return held_out_prompts(language) if held_out else training_prompts(language)
    return []


def _lines(data: Path, language: str, *, held_out: bool) -> list[str]:
    lines = (data / "prompts" / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["prompt"] for i, line in enumerate(lines) if (i % _HELD_OUT_SHARE == 0) == held_out]


def _built_in() -> Iterator[str]:
    """The prompts that the distiller itself measures on."""
    yield from ENGLISH_PROMPTS
    for line in BUILT_IN.read_text(encoding="utf-8").splitlines():
        yield json.loads(line).get("prompt", "")


def _is_fit(text: str, language: str) -> bool:
    return len(text) <= _LONGEST and not choose([Message("user", text)], language)[0]


def _in_turn(lists: Iterable[list[tuple[str, str]]]) -> Iterator[tuple[str, str]]:
    for row in zip_longest(*lists):
        yield from (pair for pair in row if pair is not None)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
