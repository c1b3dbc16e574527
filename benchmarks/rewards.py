"""How often the distiller's rewards are right: `python -m benchmarks.rewards --help`.

Each candidate was labelled by hand: it leaves the language, it does not, or it stands in code. It is judged as the
distiller does, with the look-ahead behind it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.candidates import LANGUAGES, Candidate, candidates
from benchmarks.quality.cells import between
from benchmarks.quality.cells import table as markdown_table
from distill.run.job import drift_rules
from distill.selection.groups import Group
from distill.tlpo.exploration import Depths
from tlpo_guard.models.load import LoadedModel, load_model

__all__ = ["RIGHT_LEFT", "WRONG_FOUND", "judge_of", "markdown", "shares"]

WRONG_FOUND, RIGHT_LEFT = 0.92, 0.98
"""What is asked of each language; in code nothing may be punished."""
_BEGIN, _END = "<!-- rewards: python -m benchmarks.rewards --half sealed -->", "<!-- end of rewards -->"
_ADMIT_ENGLISH = ("de", "tr", "vi")  # in Latin letters, where words decide and not the letters

Judge = Callable[[Candidate], tuple[bool, str]]
"""Whether a candidate is punished, and the text that was looked at."""
Counts = Mapping[str, tuple[int, int]]
"""By label, how many candidates are judged rightly, of how many."""


def judge_of(loaded: LoadedModel, cache_dir: Path) -> Judge:
    """The distiller's judgement under a model's vocabulary."""
    tokenizer, rules_of = loaded.tokenizer, drift_rules(loaded, cache_dir)

    def judge(case: Candidate) -> tuple[bool, str]:
        prompt = _tokens(tokenizer, case.question)
        group = Group(
            "", prompt, len(prompt), (len(prompt) - 1,), case.language, allow_english=case.language in _ADMIT_ENGLISH
        )
        before, whole = _tokens(tokenizer, case.before), _tokens(tokenizer, case.before + case.after)
        after = whole[len(before) :] if whole[: len(before)] == before else _tokens(tokenizer, case.after)
        branch = after[: 1 + Depths().of([group], rules_of)[0]]
        return rules_of(group).drifts(before, branch), tokenizer.decode(branch)

    return judge


def shares(cases: Iterator[Candidate], judge: Judge) -> tuple[Counts, list[tuple[Candidate, str]]]:
    """What is judged rightly; and the candidates that are not, with the text that was looked at."""
    good: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    failed = []
    for case in cases:
        punished, looked_at = judge(case)
        seen[case.label] += 1
        good[case.label] += punished == (case.label == "W")
        if punished != (case.label == "W"):
            failed.append((case, looked_at))
    return {label: (good[label], seen[label]) for label in seen}, failed


def markdown(counted: Mapping[str, Counts]) -> str:
    """A table of the languages, and of all together."""
    rows = [
        [LANGUAGES[tag], *(f"{good} of {of}" for good, of in (counts[x] for x in "WRC"))]
        for tag, counts in counted.items()
    ]
    sums = [[sum(counts[label][place] for counts in counted.values()) for place in (0, 1)] for label in "WRC"]
    rows.append(["all", *(f"{good} of {of}, {good / of:.1%}" for good, of in sums)])
    return markdown_table(["", "wrong ones found", "right ones left alone", "left alone in code"], rows) + "\n"


def main(
    half: Annotated[str, typer.Option(help="open or sealed.")] = "open",
    model: Annotated[str, typer.Option(help="Name, folder or GGUF file.")] = "smollm2",
    cache_dir: Annotated[Path, typer.Option(help="Where the model is unpacked to.")] = Path("data/cache"),
    fails: Annotated[bool, typer.Option(help="Show the candidates that are judged wrongly.")] = False,
    document: Annotated[
        Path | None, typer.Option(help="A document to write the table into, between its marks.")
    ] = None,
) -> None:
    """Print the share of wrong-language candidates that are found, of right ones that are left alone, and of those in code."""
    judge = judge_of(load_model(model, cache_dir=cache_dir, device="cpu"), cache_dir)
    console, table, counted = Console(width=160), Table("language", "found", "left alone", "left alone in code"), {}
    for language in LANGUAGES:
        counted[language], failed = shares(candidates(language, half), judge)
        counts = counted[language]
        table.add_row(language, *(f"{good} of {of}: {good / of:.1%}" for good, of in (counts[x] for x in "WRC")))
        for case, looked_at in failed if fails else ():
            console.print(language, case.label, case.kind, repr(case.before[-40:]), repr(looked_at), markup=False)
    console.print(table)
    if document is not None:
        between(document, markdown(counted), _BEGIN, _END)


def _tokens(tokenizer: Any, text: str) -> tuple[int, ...]:
    return tuple(tokenizer(text, add_special_tokens=False)["input_ids"])


if __name__ == "__main__":
    typer.run(main)
