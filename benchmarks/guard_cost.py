"""What the guard costs a step, as a multiple of one argmax over the same rows. `python -m benchmarks.guard_cost --help`."""

import time
from collections.abc import Callable
from functools import cache
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Annotated

import torch
import typer
from rich.console import Console
from rich.table import Table

from tlpo_guard.guard.detector import DriftDetector
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.state import SequenceState
from tlpo_guard.models.load import load_tokenizer
from tlpo_guard.policy import GuardPolicy, Mode
from tlpo_guard.vocabulary.index import VocabularyIndex

SIZES = (49_152, 151_936, 262_144)
ROWS = (1, 8, 64)
LENGTHS = (10, 10_000)
PEAK = 30.0  # logit of the token that a row is sure of, over noise of three nats


def main(
    repeats: Annotated[int, typer.Option(help="Measurements of each; the median counts.")] = 40,
    threads: Annotated[int, typer.Option(help="CPU threads of torch.")] = 2,
    language: Annotated[str, typer.Option(help="Expected language.")] = "es",
) -> None:
    """Rows in which nothing drifts, by size of the vocabulary, rows and length of the answer."""
    torch.set_num_threads(threads)
    table = Table(
        "vocabulary", "rows", "argmax us", *(f"{m} x, {n} tokens" for m in ("observe", "mask") for n in LENGTHS)
    )
    for size in SIZES:
        guard = Guard(DriftDetector(_vocabulary(size)))
        for rows in ROWS:
            logits = _clean_rows(guard, rows, language)
            figures = _ratios(guard, logits, language, repeats)
            table.add_row(str(size), str(rows), *figures)
    Console(width=120).print(table)


def _ratios(guard: Guard, logits: torch.Tensor, language: str, repeats: int) -> list[str]:
    base, guarded = [], {}
    setups = [(mode, length) for mode in (Mode.OBSERVE, Mode.MASK) for length in LENGTHS]
    states = {setup: _states(guard, len(logits), language, *setup) for setup in setups}
    chosen = logits.argmax(dim=-1).tolist()
    for _ in range(repeats + 5):  # in turns, so that a busy moment of the machine falls on all
        base.append(_seconds(lambda: logits.argmax(dim=-1)))
        for setup in setups:
            guarded.setdefault(setup, []).append(_seconds(lambda s=states[setup]: _step(guard, logits, s, chosen)))
    unit = median(base[5:])
    return [f"{unit * 1e6:.0f}", *(f"{median(guarded[setup][5:]) / unit:.2f}" for setup in setups)]


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _step(guard: Guard, logits: torch.Tensor, states: list[SequenceState], chosen: list[int]) -> None:
    """What the sampler has the guard do in a step."""
    found = guard.review(logits, states, [0.7] * len(states), lambda row: (logits[row] / 0.7).softmax(-1))
    assert not found
    for state, token_id in zip(states, chosen, strict=True):
        assert not guard.drifts(state, token_id)
        guard.advance(state, token_id)


def _states(guard: Guard, rows: int, language: str, mode: Mode, length: int) -> list[SequenceState]:
    policy = GuardPolicy(mode=mode, languages=(language,))
    states = [guard.open(policy) for _ in range(rows)]
    for state in states:
        state.output_ids.extend([1] * length)
    return states


def _clean_rows(guard: Guard, rows: int, language: str) -> torch.Tensor:
    """Logits of a model that is sure of a token of the expected language."""
    rules = guard.detector.rules(GuardPolicy(languages=(language,)))
    own = (~rules.verdicts().blocked & ~rules.verdicts().breaks).nonzero()[0]
    logits = torch.randn(rows, guard.detector.vocabulary.size, generator=torch.Generator().manual_seed(0)) * 3
    for row in range(rows):
        logits[row, int(own[(row * 977 + 300) % len(own)])] = PEAK
    return logits


@cache
def _words() -> list[bytes]:
    """Tokens as large vocabularies have them: words of many languages and scripts, most frequent first."""
    from wordfreq import available_languages, top_n_list

    lists = [top_n_list(tag, 12_000) for tag in sorted(available_languages("small"))]
    seen: dict[bytes, None] = {}
    for rank in range(12_000):
        for words in lists:
            if rank < len(words):
                seen.setdefault(f" {words[rank]}".encode())
    return list(seen)


def _vocabulary(size: int) -> VocabularyIndex:
    if size == SIZES[0]:
        return VocabularyIndex.of(load_tokenizer("smollm2", cache_dir=Path("data/cache")), size=size)
    tokens = [bytes([b]) for b in range(256)] + list(islice(_words(), size - 256))
    return VocabularyIndex.from_bytes(tokens + [f"<{i}>".encode() for i in range(size - len(tokens))])


if __name__ == "__main__":
    typer.run(main)
