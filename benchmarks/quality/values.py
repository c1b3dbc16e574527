"""What the stages have left behind, as values by measure, language and prompt."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

import numpy as np

from benchmarks.quality.repetition import MEASURES
from benchmarks.quality.rows import AnswerFile, read_verdicts
from benchmarks.quality.statistics import Means, change

__all__ = ["Key", "Measured", "Values", "noise", "paired", "read_measured"]

Values = Mapping[str, Mapping[str, Sequence[float]]]
"""Language -> id -> one value for each draw."""
Key = tuple[str, int, str]
"""Set, tokens, measure; the set of what `ability` measures is empty, and its tokens are 0."""


@dataclass(slots=True)
class Measured:
    """All values of one method.

    Attributes:
        seeds: of its runs, sorted.
        values: by key, then by seed.
    """

    seeds: list[int] = field(default_factory=list)
    values: dict[Key, dict[int, dict[str, dict[str, list[float]]]]] = field(default_factory=dict)

    def of(self, key: Key) -> list[Values]:
        """The values of each seed that has them."""
        return list(self.values.get(key, {}).values())

    def add(self, key: Key, seed: int, language: str, item: str, value: float) -> None:
        """One value more."""
        by_language = self.values.setdefault(key, {}).setdefault(seed, {})
        by_language.setdefault(language, {}).setdefault(item, []).append(value)


def read_measured(out: Path) -> dict[str, Measured]:
    """What lies in a folder, by the name of the method."""
    found: dict[str, Measured] = defaultdict(Measured)
    for path in sorted((out / "judged").glob("*/*/*.jsonl")):
        name, seed = _label(path.parent.parent.name)
        file = AnswerFile.of(path)
        for verdict in read_verdicts(path):
            values = {judge: float(said) for judge, said in verdict.confused.items()}
            for measure, value in (values | {m: verdict.figures[m] for m in MEASURES}).items():
                found[name].add((file.prompt_set, file.tokens, measure), seed, file.language, verdict.id, value)
    for path in sorted((out / "ability").glob("*.json")):
        name, seed = _label(path.stem)
        for measure, by_language in json.loads(path.read_text(encoding="utf-8")).items():
            for language, items in by_language.items():
                for item, values in items.items():
                    for value in values:
                        found[name].add(("", 0, measure), seed, language, item, value)
    for measured in found.values():
        measured.seeds = sorted({seed for by_seed in measured.values.values() for seed in by_seed})
    return dict(found)


def _label(text: str) -> tuple[str, int]:
    name, seed = text.rsplit("-", 1)
    return name, int(seed)


def paired(
    before: Sequence[Values],
    after: Sequence[Values],
    *,
    only: Mapping[str, Iterable[str]] | None = None,
) -> tuple[dict[str, Means], dict[str, Means]]:
    """Means over draws of what both have, [seeds, items] by language.

    Args:
        only: ids by language that alone count; None for all.
    """
    first: dict[str, Means] = {}
    second: dict[str, Means] = {}
    if not before or not after:
        return first, second
    everything = [*before, *after]
    for language in before[0]:
        ids = set.intersection(*(set(values.get(language, {})) for values in everything))
        if only is not None:
            ids &= set(only.get(language, ()))
        if ids:
            items = sorted(ids)
            first[language], second[language] = _table(before, language, items), _table(after, language, items)
    return first, second


def _table(seeds: Sequence[Values], language: str, items: Sequence[str]) -> Means:
    return np.array([[float(np.mean(values[language][item])) for item in items] for values in seeds])


def noise(base: Sequence[Values]) -> float | None:
    """Half the width of the 95% interval of the difference between two draws of the base; None where there is one draw only."""
    if not base:
        return None
    draws = min(len(values) for items in base[0].values() for values in items.values())
    widths = []
    for one, other in combinations(range(draws), 2):
        first, second = (
            {
                language: np.array([[values[draw] for _, values in sorted(items.items())]])
                for language, items in base[0].items()
            }
            for draw in (one, other)
        )
        interval = change(first, second)
        if interval.low is not None and interval.high is not None:
            widths.append((interval.high - interval.low) / 2)
    return float(np.mean(widths)) if widths else None
