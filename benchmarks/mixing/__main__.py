"""`python -m benchmarks.mixing`."""

import json
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.made_with import adapter_digest, is_made, keep_settings
from benchmarks.mixing.answers import answer
from benchmarks.mixing.contexts import Asked, Cell, asked, cells, read_kept, shared_documents, write_kept
from benchmarks.mixing.judges import JUDGES, MIXED
from benchmarks.mixing.markdown import BEGIN, END, markdown
from benchmarks.mixing.paired import Comparison, compare
from benchmarks.quality.cells import between
from benchmarks.quality.models import merged
from benchmarks.quality.statistics import Interval

app = typer.Typer(no_args_is_help=True)
SEARCH_DRAW = 1_000  # beyond those of `compare`
BAR = 0.01

Out = Annotated[Path, typer.Option(help="Keeps the set, and every draw's verdicts; what is there is not drawn again.")]
Model = Annotated[str, typer.Option(help="Packaged model, GGUF file, folder or hub name.")]
Rates = dict[str, dict[str, list[dict[str, bool]]]]  # by cell and prompt


@app.command()
def find(
    out: Out = Path("out/mixing"),
    model: Model = "smollm2",
    data: Annotated[Path | None, typer.Option(help="Folder with prompts/<language>.jsonl, for more of them.")] = None,
    most: Annotated[int, typer.Option(min=2, help="Prompts of a cell.")] = 32,
    share: Annotated[float, typer.Option(min=0.0, max=1.0, help="Least share of mixed answers of a cell.")] = 0.15,
    languages: Annotated[str, typer.Option(help="Of these alone, with commas; default: all.")] = "",
    minutes: Annotated[float, typer.Option(help="Stop trying cells after so long.")] = 30.0,
) -> None:
    """Find the cells in which the model mixes scripts, by the open half of their prompts, and keep them in set.json."""
    out.mkdir(parents=True, exist_ok=True)
    loaded, end = merged(model, None, out / "cache"), time.monotonic() + 60 * minutes
    tried: dict[Cell, float] = {}
    for cell in sorted(_cells_in(languages), key=lambda cell: (cell.tokens, cell.kind, cell.temperature)):
        if time.monotonic() > end:
            break
        prompts = [p for p in asked(cell.language, cell.kind, most, data) if not p.sealed]
        if prompts:
            verdicts = [verdict[MIXED] for _, verdict in answer(loaded, cell, prompts, SEARCH_DRAW)]
            tried[cell] = sum(verdicts) / len(verdicts)
            typer.echo(f"{tried[cell]:6.1%} {len(prompts):3} prompts {cell}", err=True)
    kept = [cell for cell, found in tried.items() if found >= share]
    kinds = dict.fromkeys((cell.language, cell.kind) for cell in kept)
    settings = {"model": model, "share": share, "tried": [asdict(c) | {"share": s} for c, s in tried.items()]}
    write_kept(out / "set.json", kept, [p for kind in kinds for p in asked(*kind, most, data)], settings)
    typer.echo(f"{len(kept)} of {len(tried)} cells kept")


@app.command()
def prompts(
    file: Annotated[Path, typer.Argument(help="New JSONL file, for `tlpo-guard distill --prompts`.")],
    data: Annotated[Path | None, typer.Option(help="Folder with prompts/<language>.jsonl, for more of them.")] = None,
    most: Annotated[int, typer.Option(help="Of one kind in one language.")] = 32,
    kind: Annotated[Literal["plain", "document"] | None, typer.Option(help="Of this alone; default: of both.")] = None,
    languages: Annotated[str, typer.Option(help="Of these alone, with commas; default: all.")] = "",
) -> None:
    """Prompts to train on, English neutral: of the same kinds, about other documents and other things than those of `find`."""
    kinds = dict.fromkeys((cell.language, cell.kind) for cell in _cells_in(languages) if kind in (None, cell.kind))
    chosen = [prompt for of_kind in kinds for prompt in asked(*of_kind, most, data, training=True)]
    lines = [
        json.dumps(
            {"messages": [{"role": r, "content": t} for r, t in prompt.messages], "language": prompt.language},
            ensure_ascii=False,
        )
        for prompt in chosen
    ]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    typer.echo(f"{len(lines)} prompts")


@app.command(name="compare")
def compare_models(
    adapter: Annotated[list[str], typer.Option(help="NAME=FOLDER; one name for the seeds of one method.")],
    out: Out = Path("out/mixing"),
    model: Model = "smollm2",
    draws: Annotated[int, typer.Option(min=1, help="Answers to each prompt in each cell.")] = 2,
    cell_limit: Annotated[int | None, typer.Option(help="Only so many cells, those kept first.")] = None,
) -> None:
    """Report the share of mixed answers of the base model and of adapters, on the open and on the sealed half, where it is."""
    kept, prompts = read_kept(out / "set.json")
    kept = kept[:cell_limit]
    named = [(name, Path(folder)) for name, _, folder in (text.partition("=") for text in adapter)]
    base = _draws(out / "base.json", model, out / "cache", None, kept, prompts, draws)
    methods: dict[str, list[Rates]] = defaultdict(list)
    for name, folder in named:
        file = out / f"{name}-{len(methods[name])}.json"
        methods[name].append(_draws(file, model, out / "cache", folder, kept, prompts, draws))
    rows = list(_rows(kept, prompts, base, methods))
    (out / "report.json").write_text(json.dumps([row | asdict(c) for row, c in rows], indent=1) + "\n")
    table = _table(rows)
    Console(width=160).print(table)


@app.command(name="table")
def write_table(
    out: Out = Path("out/mixing"),
    document: Annotated[Path | None, typer.Option(help="A document to write it into, between its marks.")] = None,
    results: Annotated[Path | None, typer.Option(help="A report, in place of the folder's.")] = None,
) -> None:
    """Make a table in Markdown of the report that `compare` has left."""
    text = markdown(json.loads((results or out / "report.json").read_text(encoding="utf-8")))
    if document is not None:
        between(document, text, BEGIN, END)
    typer.echo(text, nl=False)


def _cells_in(languages: str) -> list[Cell]:
    """Those in some languages, with commas; all where none is named."""
    return [cell for cell in cells() if not languages or cell.language in languages.split(",")]


def _draws(
    file: Path,
    model: str,
    cache: Path,
    adapter: Path | None,
    kept: Sequence[Cell],
    prompts: Sequence[Asked],
    draws: int,
) -> Rates:
    """The verdicts of each draw, by cell and prompt; drawn where the file has them not.

    Raises:
        typer.BadParameter: the file is of another model or adapter.
    """
    settings = {"model": model, "adapter": adapter_digest(adapter)}
    made = is_made(file, settings)
    if not made:
        keep_settings(file, settings)
    found: Rates = json.loads(file.read_text(encoding="utf-8")) if made else {}
    loaded = None
    for cell in kept:
        of_cell = [p for p in prompts if (p.language, p.kind) == (cell.language, cell.kind)]
        had = found.setdefault(str(cell), {prompt.id: [] for prompt in of_cell})
        for draw in range(min(map(len, had.values())), draws):
            loaded = loaded or merged(model, adapter, cache)
            for prompt, (_, verdict) in zip(of_cell, answer(loaded, cell, of_cell, draw), strict=True):
                had[prompt.id].append(dict(verdict))
            file.write_text(json.dumps(found), encoding="utf-8")
            typer.echo(f"{file.stem}: {cell}, draw {draw}", err=True)
    return found


def _rows(
    kept: Sequence[Cell], prompts: Sequence[Asked], base: Rates, methods: Mapping[str, list[Rates]]
) -> Iterator[tuple[dict[str, Any], Comparison]]:
    for name, seeds in methods.items():
        for half, of_half in _halves(prompts).items():
            for judge in JUDGES:
                for group, chosen in _groups(kept, half):
                    of_base = _shares(base, chosen, judge)
                    others = [_shares(rates, chosen, judge) for rates in seeds]
                    if rated := [p for p in of_half if p.id in of_base]:
                        key = {"method": name, "half": half, "judge": judge, "cells": group}
                        yield key, compare(rated, of_base, others)


def _halves(prompts: Sequence[Asked]) -> dict[str, Sequence[Asked]]:
    """Both alone where they share a document, so that none is sealed."""
    if shared_documents(prompts):
        return {"both": prompts}
    open_half, sealed = ([p for p in prompts if p.sealed == half] for half in (False, True))
    return {"open": open_half, "sealed": sealed, "both": prompts}


def _groups(kept: Sequence[Cell], half: str) -> Iterator[tuple[str, list[Cell]]]:
    """All cells, and where both halves are taken those of each language and kind."""
    yield "all", list(kept)
    if half == "both":
        for name in dict.fromkeys(f"{cell.language}, {cell.kind}" for cell in kept):
            yield name, [cell for cell in kept if f"{cell.language}, {cell.kind}" == name]


def _shares(rates: Rates, chosen: Sequence[Cell], judge: str) -> dict[str, float]:
    """Share of mixed answers of each prompt, over cells and draws."""
    found: dict[str, list[bool]] = defaultdict(list)
    for cell in chosen:
        for prompt, verdicts in rates[str(cell)].items():
            found[prompt] += [verdict[judge] for verdict in verdicts if judge in verdict]
    return {prompt: sum(verdicts) / len(verdicts) for prompt, verdicts in found.items() if verdicts}


def _table(rows: Sequence[tuple[dict[str, Any], Comparison]]) -> Table:
    columns = ("method", "half", "judge", "cells", "prompts", "units", "base, mixed", "mixed", "fall", "p", "")
    table = Table(*columns)
    for row, c in rows:
        passed = "significant" if c.p < BAR and (c.fall.value or 0.0) > 0.0 else ""
        table.add_row(
            *map(str, row.values()),
            str(c.prompts),
            str(c.units),
            *map(_percent, (c.base, c.other, c.fall)),
            f"{c.p:.2g}",
            passed,
        )
    return table


def _percent(figure: Interval) -> str:
    if figure.value is None:
        return "-"
    ends = "" if figure.low is None or figure.high is None else f" [{figure.low:.1%}, {figure.high:.1%}]"
    return f"{figure.value:.1%}{ends}"


if __name__ == "__main__":
    app()
