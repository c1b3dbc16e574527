"""`tlpo-guard distill prompts`: a file of prompts to train on, without any log."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from tlpo_guard.errors import ConfigurationError

__all__ = ["prompts"]


def prompts(
    source: Annotated[str, typer.Argument(help="JSONL file, or the name of a dataset on the hub.")],
    out: Annotated[Path, typer.Option(help="New file of prompts, for `distill --prompts`.")],
    language: Annotated[str | None, typer.Option(help="Only prompts in this language; default: any.")] = None,
    column: Annotated[
        str | None, typer.Option(help="Column of the prompt; default: messages, prompt, instruction, question, text.")
    ] = None,
    split: Annotated[str, typer.Option(help="Split of a dataset.")] = "train",
    config: Annotated[str | None, typer.Option(help="Configuration of a dataset.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Most prompts to keep.")] = None,
    strict: Annotated[bool, typer.Option(help="English in answers is confusion, too.")] = False,
) -> None:
    """Choose prompts whose answers should be in the prompt's own language: none that name a language, ask for a translation
    or for code, or hold other languages' text (the TLPO paper's filter)."""
    from distill.prompts.choice import ChosenPrompts
    from tlpo_guard.languages.tags import language as tag_of

    chosen = ChosenPrompts(None if language is None else tag_of(language).tag, column, strict)
    lines = islice(chosen.of(_rows(source, split, config)), limit)
    _write(out, lines)
    for tag, count in chosen.kept.most_common():
        typer.echo(f"{count} prompts in {tag}")
    for reason, count in chosen.left_out.most_common():
        typer.echo(f"{count} left out: {reason}", err=True)
    if not chosen.kept:
        raise ConfigurationError(f"{source} holds no prompt that fits; --column names where its text is")


def _rows(source: str, split: str, config: str | None) -> Iterable[Mapping[str, Any]]:
    if Path(source).is_file():
        return _lines(source)
    if source.endswith((".jsonl", ".json")):
        raise ConfigurationError(f"{source} is not a file")
    from datasets import load_dataset

    try:
        return load_dataset(source, config, split=split, streaming=True)  # type: ignore[no-any-return]
    except Exception as exc:  # of the hub, of the network, of the dataset's own
        raise ConfigurationError(f"{source} is no file, and the hub does not give it ({exc})") from exc


def _lines(source: str) -> Iterator[Mapping[str, Any]]:
    from tlpo_guard.cli.json_lines import json_rows, opened

    with opened(source) as file:
        for _, row in json_rows(file, source, "prompts"):
            yield row


def _write(out: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    """The file appears when it is whole and holds a line, and none is written over."""
    if out.exists():
        raise ConfigurationError(f"{out} exists; name a new file with --out")
    part = out.with_name(f".{out.name}.part")
    try:
        with part.open("w", encoding="utf-8") as file:
            for line in lines:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
        if part.stat().st_size:
            part.rename(out)
    except OSError as exc:
        raise ConfigurationError(f"{out} cannot be written ({exc.strerror}); name another file with --out") from exc
    finally:
        part.unlink(missing_ok=True)
