"""The tables of the benchmark, in Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.quality.cells import interval, number, p_value, percent, table
from benchmarks.quality.judges import COUNTED, JUDGES, NEUTRAL
from benchmarks.quality.models import MASKED
from benchmarks.quality.results import ALL, CLEAN, shown_methods
from benchmarks.quality.stages import HELD_OUT

__all__ = ["BEGIN", "END", "comparison", "markdown", "summary"]

BEGIN, END = "<!-- results: python -m benchmarks.quality table -->", "<!-- end of results -->"
Figures = Mapping[str, Any]


def markdown(figures: Figures) -> str:
    """All tables, one of the shown methods after the other."""
    parts = []
    for name, method in shown_methods(figures).items():
        parts.append(f"**{name}**, {_seeds(name, method)}")
        parts += _confusion(method["confusion"])
        parts += _harm(method)
        parts += _selectivity(method["selectivity"])
    return "\n\n".join(part for part in parts if part) + "\n"


def summary(figures: Figures) -> str:
    """What a README has room for: the first method by judge and by language, and all methods beside each other."""
    methods = shown_methods(figures)
    if not methods:
        return "Nothing but the base has been measured.\n"
    name, first = next(iter(methods.items()))
    rows = [row for row in first["confusion"] if row["set"] == HELD_OUT and row["languages"]]
    lengths = sorted({row["tokens"] for row in rows})
    found = {(row["judge"], row["tokens"]): row["languages"] for row in rows}
    shown = [judge for judge in (*COUNTED, NEUTRAL[0]) if (judge, lengths[0]) in found]
    head = ["judge", *(text for length in lengths for text in (f"{length} tokens, %", "fall"))]
    body = [[_label(judge), *_over_lengths([found[judge, length] for length in lengths])] for judge in shown]
    by_language = {tag: row for tag, row in found[COUNTED[0], lengths[0]].items() if tag != ALL}
    told = ", ".join(f"{tag} {_before_after(row)}" for tag, row in by_language.items())
    parts = [f"**{name}**, {_seeds(name, first)}, all languages together:", table(head, body)]
    parts.append(f"Of each language, by our strict judge, {lengths[0]} tokens: {told}.")
    return "\n\n".join([*parts, _side_by_side(methods)]) + "\n"


def comparison(figures: Figures) -> str:
    """One row a method, of all that were measured: what it brings, moves and takes."""
    head = ["", "confused, %", "fall", "answers that end", "distinct 4-grams", "perplexity, clean"]
    head += ["English KL, nats a token", "CPU seconds"]
    rows = [_brief(f"{name}, {_seeds(name, method)}", method) for name, method in figures["methods"].items()]
    return table(head, rows) + "\n"


def _brief(name: str, method: Figures) -> list[str]:
    strict = _strict(method)
    cells = ["–", "–"] if strict is None else [_before_after(strict), _fall(strict)]
    seconds = method["cpu_seconds"]
    shortest = min((row["tokens"] for row in method["harm"]), default=0)
    changes = _changes(_over_clean(method, shortest), "ended", "distinct-4")
    return [name, *cells, *changes, *_moved(method, "clean text"), "–" if seconds is None else f"{seconds:,.0f}"]


def _over_clean(method: Figures, tokens: int) -> dict[str, Figures]:
    """By measure, what a length's answers to prompts that the base never confuses have become."""
    return {row["measure"]: row for row in method["harm"] if row["over"] == CLEAN and row["tokens"] == tokens}


def _changes(rows: Mapping[str, Figures], *measures: str) -> list[str]:
    return [interval(rows[m]["change"], 1, "", digits=3) if m in rows else "–" for m in measures]


def _strict(method: Figures) -> Figures | None:
    """What our strict judge says of the shortest answers to held-out prompts, in all languages."""
    held_out = [row for row in method["confusion"] if row["set"] == HELD_OUT and row["languages"]]
    found = min((row for row in held_out if row["judge"] == COUNTED[0]), key=lambda row: row["tokens"], default=None)
    return None if found is None else found["languages"][ALL]


def _moved(method: Figures, *texts: str) -> list[str]:
    """The rise of some texts' perplexity, and the English KL."""
    rises = {row["measure"]: interval(row["rise"], 100, "%", digits=2) for row in _all(method["likelihood"])}
    kls = {row["measure"]: interval(row, 1, "", digits=4) for row in _all(method["kl"])}
    return [*(rises.get(text, "–") for text in texts), kls.get("English KL", "–")]


def _over_lengths(rows: Sequence[Figures]) -> list[str]:
    """Before and after, and the fall, over all languages."""
    return [text for row in rows for text in (_before_after(row[ALL]), _fall(row[ALL]))]


def _label(judge: str) -> str:
    return judge if judge in COUNTED else f"*{judge}*"


def _side_by_side(methods: Figures) -> str:
    """One row a method: what it brings and what it costs, the latter of the longest answers that there are of any."""
    head = ["method", "confused, fall", "perplexity, clean", "perplexity, unseen", "English KL"]
    head += ["answers that end", "distinct 4-grams", "relevance", "minimal pairs", "multiple choice"]
    longest = max((row["tokens"] for method in methods.values() for row in method["harm"]), default=0)
    return table(
        head, [_method_row(f"{name}, {_seeds(name, method)}", method, longest) for name, method in methods.items()]
    )


def _method_row(name: str, method: Figures, longest: int) -> list[str]:
    strict = _strict(method)
    fall = "–" if strict is None else _fall(strict)
    harm = _over_clean(method, longest) | {row["measure"]: row for row in _all(method["ability"])}
    changes = _changes(harm, "ended", "distinct-4", "relevance", "minimal pairs", "multiple choice")
    return [name, fall, *_moved(method, "clean text", "unseen text"), *changes]


def _seeds(name: str, method: Figures) -> str:
    if name == MASKED:
        return "not trained"
    return f"{method['seeds']} training seed{'s' if method['seeds'] > 1 else ''}"


def _confusion(rows: Sequence[Figures]) -> list[str]:
    """A table for each set and length: judges down, languages across."""
    tables = []
    for place in dict.fromkeys((row["set"], row["tokens"]) for row in rows):
        here = [row for row in rows if (row["set"], row["tokens"]) == place and row["languages"]]
        if not here:
            continue
        languages = list(dict.fromkeys(tag for row in here for tag in row["languages"] if tag != ALL))
        prompts = max(row["languages"][ALL]["prompts"] for row in here)
        head = ["judge", *languages, "all", "fall", "p"]
        body = [_confusion_row(row, languages) for row in sorted(here, key=lambda row: JUDGES.index(row["judge"]))]
        tables.append(f"Confused answers, {place[0]} prompts ({prompts}), {place[1]} tokens:\n\n{table(head, body)}")
    return tables


def _confusion_row(row: Figures, languages: Sequence[str]) -> list[str]:
    by_language = row["languages"]
    cells = [_before_after(by_language.get(tag)) for tag in (*languages, ALL)]
    whole = by_language[ALL]
    return [_label(row["judge"]), *cells, _fall(whole), p_value(whole["p"])]


def _fall(row: Figures) -> str:
    return interval(row["fall"], 100, "%", digits=0)


def _before_after(row: Figures | None) -> str:
    return "–" if row is None else f"{percent(row['before'])} → {percent(row['after'])}"


def _kept(label: str, row: Figures) -> list[str]:
    return [
        label,
        number(row["before"]["value"]),
        number(row["after"]["value"]),
        interval(row["change"], 1, "", digits=3),
        "" if row["noise"] is None else f"{row['noise']:.3f}",
        "yes" if row["harmless"] else "**no**",
    ]


def _harm(method: Figures) -> list[str]:
    body = [_kept(f"{row['measure']}, {row['tokens']} tokens, {row['over']}", row) for row in method["harm"]]
    body += [
        _kept(f"{row['measure']}, {row['items']} items", row) for row in method["ability"] if row["language"] == ALL
    ]
    tables = []
    if body:
        head = ["", "before", "after", "change", "noise of two base draws", "harmless"]
        tables.append(f"What should stay:\n\n{table(head, body)}")
    rises = [
        [f"perplexity, {row['measure']}", interval(row["rise"], 100, "%", digits=2)]
        for row in method["likelihood"]
        if row["language"] == ALL
    ]
    rises += [[row["measure"] + ", nats a token", interval(row, 1, "", digits=4)] for row in _all(method["kl"])]
    if rises:
        tables.append(table(["against the base", ""], rises))
    return tables


def _all(rows: Sequence[Figures]) -> list[Figures]:
    return [row for row in rows if row["language"] == ALL]


def _selectivity(rows: Sequence[Figures]) -> list[str]:
    body = [
        [
            f"{row['asked in']} → {row['wanted']}",
            str(row["prompts"]),
            percent(row["before"]),
            percent(row["after"]),
            interval(row["change"], 100, "", digits=0),
            p_value(row["p"]),
        ]
        for row in rows
    ]
    if not body:
        return []
    head = ["asked in → for", "prompts", "not in it, before", "after", "change, points", "p"]
    return [f"Answers in a language that was asked for:\n\n{table(head, body)}"]
