"""All figures of a benchmark's folder, as plain JSON."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.quality.judges import JUDGES
from benchmarks.quality.models import BASE, CPU_SECONDS, MASKED
from benchmarks.quality.repetition import MEASURES
from benchmarks.quality.selective import PREFIX
from benchmarks.quality.stages import HELD_OUT
from benchmarks.quality.statistics import Interval, Means, change, fall, p_value, rate, share
from benchmarks.quality.values import Key, Measured, Values, noise, paired, read_measured

__all__ = ["ALL", "CLEAN", "ITEMS", "results", "shown_methods"]

ALL = "all"
CLEAN = "clean under the base"
_ALL_PROMPTS = "all prompts"
_BESIDE_MASKED = ", beside the masked base"
STRICT = JUDGES[0]
ITEMS = ("minimal pairs", "multiple choice", "relevance", "mass that repeats", "chance of leaving")
_LIKELIHOODS = ("clean text", "unseen text", "English text")
_KLS = ("English KL", "unseen-text KL")
_WORSE = {
    "ended": -1,
    "distinct-4": -1,
    "loops": 1,
    "minimal pairs": -1,
    "multiple choice": -1,
    "relevance": -1,
    "mass that repeats": 1,
    "chance of leaving": 1,
}


def results(out: Path, against: str = BASE, shown: Sequence[str] = ()) -> dict[str, Any]:
    """The figures of all methods against the base, or against another method.

    Args:
        shown: methods that have tables of their own; none for all.

    Raises:
        ValueError: that has not been measured.
    """
    measured = read_measured(out)
    if against not in measured:
        raise ValueError(f"{out} holds no judged answers of {against}; run `answers` and `judge` first")
    base = measured.pop(against)
    masked = measured.get(MASKED)
    names = sorted(measured, key=lambda name: (name != "default", name))  # what README tells most of comes first
    return {
        "against": against,
        "shown": list(shown or names),
        "methods": {name: _method(base, measured[name], None if name == MASKED else masked) for name in names},
    }


def shown_methods(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Those of `results` that have tables of their own."""
    return {name: figures["methods"][name] for name in figures["shown"]}


def _method(base: Measured, after: Measured, masked: Measured | None) -> dict[str, Any]:
    places = sorted({(key[0], key[1]) for key in after.values if key[2] in JUDGES and key in base.values})
    sets = [place for place in places if not place[0].startswith(PREFIX)]
    return {
        "seeds": len(after.seeds),
        "cpu_seconds": _cpu_seconds(after),
        "confusion": [
            {
                "set": prompt_set,
                "tokens": tokens,
                "judge": judge,
                **_confusion(base, after, (prompt_set, tokens, judge)),
            }
            for prompt_set, tokens in sets
            for judge in JUDGES
        ],
        "harm": [
            row
            for prompt_set, tokens in sets
            if prompt_set == HELD_OUT
            for measure in MEASURES
            for row in _harm(base, after, masked, (prompt_set, tokens, measure))
        ],
        "ability": [row for measure in ITEMS for row in _ability(base, after, measure)],
        "likelihood": [row for measure in _LIKELIHOODS for row in _likelihood(base, after, measure)],
        "kl": [row for measure in _KLS for row in _kl(after, measure)],
        "selectivity": [
            {"asked in": place[0].removeprefix(PREFIX), **row}
            for place in places
            if place[0].startswith(PREFIX)
            for row in _selectivity(base, after, (*place, "fastText"))
        ],
    }


def _cpu_seconds(after: Measured) -> float | None:
    """Of a training, a mean over seeds."""
    _, found = paired([{"": {"training": [0.0]}}], after.of(("", 0, CPU_SECONDS)))
    return float(found[""].mean()) if found else None


def _confusion(base: Measured, after: Measured, key: Key) -> dict[str, Any]:
    """Rates and the relative fall, of all languages together and of each."""
    before, now = paired(base.of(key), after.of(key))
    return {"languages": {name: _fall(b, a) for name, b, a in _parts(before, now)}}


def _fall(before: Mapping[str, Means], after: Mapping[str, Means]) -> dict[str, Any]:
    return {
        "prompts": sum(table.shape[1] for table in before.values()),
        "before": share(before).as_dict(),
        "after": share(after).as_dict(),
        "fall": fall(before, after).as_dict(),
        "p": p_value(before, after),
    }


def _parts(
    before: Mapping[str, Means], after: Mapping[str, Means]
) -> list[tuple[str, Mapping[str, Means], Mapping[str, Means]]]:
    """All languages together, then each."""
    if not before:
        return []
    alone = [(tag, {tag: before[tag]}, {tag: after[tag]}) for tag in before]
    return [(ALL, before, after), *alone]


def _harm(base: Measured, after: Measured, masked: Measured | None, key: Key) -> list[dict[str, Any]]:
    """A measure of answers against the base's: over all prompts, and over those that the base answers without confusion, for an
    answer in another language is no measure for the length of one in its own; and against those of the base that is kept in the
    language by a mask."""
    of_base, now = base.of(key), after.of(key)
    compared = [(_ALL_PROMPTS, of_base, None), (CLEAN, of_base, _clean_prompts(base, key))]
    if masked is not None:
        compared += [(over + _BESIDE_MASKED, masked.of(key), only) for over, _, only in compared]
    rows = []
    for over, before, only in compared:
        tables = paired(before, now, only=only)
        if tables[0]:
            rows.append({"tokens": key[1], "measure": key[2], "over": over} | _changed(of_base, *tables, key[2]))
    return rows


def _clean_prompts(base: Measured, key: Key) -> dict[str, list[str]]:
    (values,) = base.of((key[0], key[1], STRICT))
    return {language: [item for item, drawn in items.items() if not any(drawn)] for language, items in values.items()}


def _changed(
    of_base: list[Values], before: Mapping[str, Means], after: Mapping[str, Means], measure: str
) -> dict[str, Any]:
    moved, of_chance = change(before, after), noise(of_base)
    return {
        "before": rate(before).as_dict(),
        "after": rate(after).as_dict(),
        "change": moved.as_dict(),
        "noise": of_chance,
        "p": p_value(before, after),
        "harmless": _harmless(moved, of_chance, _WORSE.get(measure)),
    }


def _harmless(moved: Interval, of_chance: float | None, worse: int | None) -> bool:
    """Whether a change for the worse is within what two draws of the base differ by; where there are none, whether the interval
    reaches no change.

    Args:
        worse: 1 where more is worse, -1 where less is, None where either is.
    """
    if moved.value is None or moved.low is None or moved.high is None:
        return False
    if of_chance is None:
        return (worse == -1 and moved.high >= 0) or (worse == 1 and moved.low <= 0) or moved.low <= 0 <= moved.high
    return (abs(moved.value) if worse is None else worse * moved.value) <= of_chance


def _ability(base: Measured, after: Measured, measure: str) -> list[dict[str, Any]]:
    key = ("", 0, measure)
    before, now = paired(base.of(key), after.of(key))
    return [
        {"measure": measure, "language": name, "items": sum(t.shape[1] for t in b.values())}
        | _changed(base.of(key) if name == ALL else [], b, a, measure)
        for name, b, a in _parts(before, now)
    ]


def _likelihood(base: Measured, after: Measured, measure: str) -> list[dict[str, Any]]:
    """Relative change of the perplexity, from mean log-probabilities of texts, nats a token."""
    key = ("", 0, measure)
    before, now = paired(base.of(key), after.of(key))
    rows = []
    for name, b, a in _parts(before, now):
        moved = change(b, a)
        low, high = (None if x is None else math.expm1(-x) for x in (moved.high, moved.low))
        value = None if moved.value is None else math.expm1(-moved.value)
        texts = sum(t.shape[1] for t in b.values())
        rows.append(
            {"measure": measure, "language": name, "texts": texts, "rise": Interval(value, low, high).as_dict()}
        )
    return rows


def _kl(after: Measured, measure: str) -> list[dict[str, Any]]:
    """KL(base || model), nats a token, a mean over texts."""
    now, _ = paired(after.of(("", 0, measure)), after.of(("", 0, measure)))
    return [{"measure": measure, "language": name, **rate(table).as_dict()} for name, table, _ in _parts(now, now)]


def _selectivity(base: Measured, after: Measured, key: Key) -> list[dict[str, Any]]:
    """Share of the answers that are not in the language that was asked for, by fastText."""
    before, now = paired(base.of(key), after.of(key))
    return [
        {"wanted": name, "prompts": b[name].shape[1], "before": share(b).as_dict(), "after": share(a).as_dict()}
        | {"change": change(b, a).as_dict(), "p": p_value(b, a)}
        for name, b, a in _parts(before, now)
        if name != ALL
    ]
