"""The tables of a benchmark, in Markdown, and their place in a document."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.quality.judges import COUNTED, JUDGES, NEUTRAL
from benchmarks.quality.results import ALL, CLEAN
from benchmarks.quality.stages import HELD_OUT

__all__ = ["BEGIN", "END", "markdown", "summary", "write_between"]

BEGIN, END = "<!-- results: python -m benchmarks.quality table -->", "<!-- end of results -->"
Figures = Mapping[str, Any]


def markdown(figures: Figures) -> str:
    """All tables, one method after the other."""
    parts = []
    for name, method in figures["methods"].items():
        parts.append(f"**{name}**, {_seeds(method)}")
        parts += _confusion(method["confusion"])
        parts += _harm(method)
        parts += _selectivity(method["selectivity"])
    return "\n\n".join(part for part in parts if part) + "\n"


def summary(figures: Figures) -> str:
    """What a README has room for: the first method by judge and by language, and all methods beside each other."""
    methods = figures["methods"]
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
    parts = [f"**{name}**, {_seeds(first)}, all languages together:", _table(head, body)]
    parts.append(f"Of each language, by our strict judge, {lengths[0]} tokens: {told}.")
    return "\n\n".join([*parts, _side_by_side(methods)]) + "\n"


def _over_lengths(rows: Sequence[Figures]) -> list[str]:
    """Before and after, and the fall, over all languages."""
    return [text for row in rows for text in (_before_after(row[ALL]), _fall(row[ALL]))]


def _label(judge: str) -> str:
    return judge if judge in COUNTED else f"*{judge}*"


def _side_by_side(methods: Figures) -> str:
    """One row a method: what it brings and what it costs."""
    head = ["method", "confused, fall", "perplexity, clean", "perplexity, unseen", "English KL"]
    head += ["answers that end", "distinct 4-grams", "relevance", "minimal pairs", "multiple choice"]
    return _table(head, [_method_row(f"{name}, {_seeds(method)}", method) for name, method in methods.items()])


def _method_row(name: str, method: Figures) -> list[str]:
    held_out = [row for row in method["confusion"] if row["set"] == HELD_OUT and row["languages"]]
    strict = min((row for row in held_out if row["judge"] == COUNTED[0]), key=lambda row: row["tokens"], default=None)
    fall = "–" if strict is None else _fall(strict["languages"][ALL])
    rises = {row["measure"]: _interval(row["rise"], 100, "%", digits=2) for row in _all(method["likelihood"])}
    kls = {row["measure"]: _interval(row, 1, "", digits=4) for row in _all(method["kl"])}
    harm = {row["measure"]: row for row in method["harm"] if row["over"] == CLEAN}  # the longest answers come last
    harm |= {row["measure"]: row for row in _all(method["ability"])}
    changes = [
        _interval(harm[measure]["change"], 1, "", digits=3) if measure in harm else "–"
        for measure in ("ended", "distinct-4", "relevance", "minimal pairs", "multiple choice")
    ]
    likely = [rises.get("clean text", "–"), rises.get("unseen text", "–"), kls.get("English KL", "–")]
    return [name, fall, *likely, *changes]


def _seeds(method: Figures) -> str:
    return f"{method['seeds']} training seed{'s' if method['seeds'] > 1 else ''}"


def write_between(document: Path, text: str) -> None:
    """Put a text between the marks of a document.

    Raises:
        ValueError: the document has no such marks.
    """
    whole = document.read_text(encoding="utf-8")
    before, begin, rest = whole.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{document} has no place for the tables; write the lines {BEGIN!r} and {END!r} into it")
    document.write_text(f"{before}{BEGIN}\n{text}{END}{after}", encoding="utf-8")


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
        tables.append(f"Confused answers, {place[0]} prompts ({prompts}), {place[1]} tokens:\n\n{_table(head, body)}")
    return tables


def _confusion_row(row: Figures, languages: Sequence[str]) -> list[str]:
    by_language = row["languages"]
    cells = [_before_after(by_language.get(tag)) for tag in (*languages, ALL)]
    whole = by_language[ALL]
    return [_label(row["judge"]), *cells, _fall(whole), _p(whole["p"])]


def _fall(row: Figures) -> str:
    return _interval(row["fall"], 100, "%", digits=0)


def _before_after(row: Figures | None) -> str:
    return "–" if row is None else f"{_percent(row['before'])} → {_percent(row['after'])}"


def _kept(label: str, row: Figures) -> list[str]:
    return [
        label,
        _number(row["before"]["value"]),
        _number(row["after"]["value"]),
        _interval(row["change"], 1, "", digits=3),
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
        tables.append(f"What should stay:\n\n{_table(head, body)}")
    rises = [
        [f"perplexity, {row['measure']}", _interval(row["rise"], 100, "%", digits=2)]
        for row in method["likelihood"]
        if row["language"] == ALL
    ]
    rises += [[row["measure"] + ", nats a token", _interval(row, 1, "", digits=4)] for row in _all(method["kl"])]
    if rises:
        tables.append(_table(["against the base", ""], rises))
    return tables


def _all(rows: Sequence[Figures]) -> list[Figures]:
    return [row for row in rows if row["language"] == ALL]


def _selectivity(rows: Sequence[Figures]) -> list[str]:
    body = [
        [
            f"{row['asked in']} → {row['wanted']}",
            str(row["prompts"]),
            _percent(row["before"]),
            _percent(row["after"]),
            _interval(row["change"], 100, "", digits=0),
            _p(row["p"]),
        ]
        for row in rows
    ]
    if not body:
        return []
    head = ["asked in → for", "prompts", "not in it, before", "after", "change, points", "p"]
    return [f"Answers in a language that was asked for:\n\n{_table(head, body)}"]


def _table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _percent(interval: Figures) -> str:
    return "–" if interval["value"] is None else f"{100 * interval['value']:.1f}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _interval(interval: Figures, times: float, unit: str, *, digits: int) -> str:
    value, low, high = interval["value"], interval["low"], interval["high"]
    if value is None:
        return "–"
    if low is None or high is None:
        return f"{times * value:.{digits}f}{unit}"
    return f"{times * value:.{digits}f}{unit} [{times * low:.{digits}f}, {times * high:.{digits}f}]"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
