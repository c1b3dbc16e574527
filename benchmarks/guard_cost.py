"""What the guard costs a sampling step, as a multiple of the same step unguarded. `python -m benchmarks.guard_cost --help`.

A step is all that happens between the model's logits and the tokens: distributions, draws, the guard's review, decisions,
events, states, steps handed out. Guard off and on take turns, so that a busy moment of the machine falls on both, and CPU time
counts, so that other processes do not.
"""

import time
from collections.abc import Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Annotated

import numpy as np
import torch
import typer
from rich.console import Console
from rich.table import Table

from tlpo_guard.generation.draws import Draws, SamplingParams
from tlpo_guard.generation.sampler import Sampler
from tlpo_guard.generation.sequence import SampledSequence
from tlpo_guard.guard.detector import BLOCKED, DriftDetector
from tlpo_guard.guard.guard import Guard
from tlpo_guard.models.load import load_tokenizer
from tlpo_guard.policy import GuardPolicy, Mode
from tlpo_guard.vocabulary.index import VocabularyIndex

SIZES = (49_152, 151_936, 262_144)
ROWS = (1, 8, 32, 64, 256)
LANGUAGE = "es"
PEAK = 30.0  # logit of the token that a row is sure of, over noise of three nats
SETTINGS = {"T 0.7": SamplingParams(temperature=0.7), "top_p 0.9": SamplingParams(temperature=0.7, top_p=0.9)}
SCRIPTS = (
    "Grek",
    "Cyrl",
    "Hang",
    "Hira",
    "Kana",
    "Thai",
    "Deva",
    "Arab",
    "Hebr",
    "Geor",
    "Armn",
    "Ethi",
    "Khmr",
    "Laoo",
)


def main(
    seconds: Annotated[float, typer.Option(help="Time for each measurement; the medians count.")] = 2.0,
    threads: Annotated[int, typer.Option(help="CPU threads of torch.")] = 1,
    sizes: Annotated[str, typer.Option(help="Vocabularies, with commas.")] = ",".join(map(str, SIZES)),
    rows: Annotated[str, typer.Option(help="Batch sizes, with commas.")] = ",".join(map(str, ROWS)),
) -> None:
    """Steps with the guard off and on: clean rows, as many policies as rows, and rows that all drift."""
    torch.set_num_threads(threads)
    kinds = ("clean", "own policies", "all drift")
    columns = [f"{setting}: {kind}" for setting in SETTINGS for kind in kinds]
    table = Table("vocabulary", "rows", "off us a row", *columns, "top_p off / plain off")
    for size in map(int, sizes.split(",")):
        guard = Guard(DriftDetector(_vocabulary(size)))
        for count in map(int, rows.split(",")):
            table.add_row(str(size), str(count), *_measured(guard, count, seconds))
    console = Console(width=170)
    console.print(table)
    console.print("guard on / guard off over the whole sampling step; medians of alternating steps")


def _measured(guard: Guard, rows: int, seconds: float) -> list[str]:
    plain, ratios, cut = 0.0, [], 0.0
    for setting, params in SETTINGS.items():
        for drifting, policies in ((False, 1), (False, rows), (True, 1)):
            off, on = _times(guard, rows, params, seconds, drifting=drifting, policies=policies)
            ratios.append(f"{on / off:.2f}")
            if not drifting and policies == 1:
                plain, cut = (off, cut) if setting == "T 0.7" else (plain, off)
    return [f"{plain / rows * 1e6:.0f}", *ratios, f"{cut / plain:.2f}"]


def _times(
    guard: Guard, rows: int, params: SamplingParams, seconds: float, *, drifting: bool, policies: int
) -> tuple[float, float]:
    """Median CPU seconds of a step with the guard off and on."""
    logits = _logits(guard, rows, drifting=drifting)
    sampler = Sampler(guard)
    batches = [_batch(guard, rows, params, mode, policies) for mode in (Mode.OFF, Mode.MASK)]
    samplers = [sampler, Sampler(guard)]  # each keeps what it knows of its batch
    taken: list[list[float]] = [[], []]
    until = time.perf_counter() + seconds
    while len(taken[0]) < 7 or time.perf_counter() < until:
        for which in (0, 1):
            began = time.process_time()
            samplers[which].step(logits, batches[which])
            taken[which].append(time.process_time() - began)
            for sequence in batches[which]:
                sequence.state.pending = 0
                sequence.state.output_ids.clear()
    assert not sampler.faults
    return median(taken[0][2:]), median(taken[1][2:])


def _batch(guard: Guard, rows: int, params: SamplingParams, mode: Mode, policies: int) -> list[SampledSequence]:
    made = []
    for row in range(rows):
        bits = row if policies > 1 else 0
        scripts = tuple(script for bit, script in enumerate(SCRIPTS) if bits >> bit & 1)
        state = guard.open(GuardPolicy(mode=mode, languages=(LANGUAGE,), scripts_too=scripts))
        made.append(SampledSequence(params, Draws(row), state))
    return made


def _logits(guard: Guard, rows: int, *, drifting: bool) -> torch.Tensor:
    """Logits of a model that is sure of a token, which is Spanish or Chinese."""
    rules = guard.detector.rules(GuardPolicy(languages=(LANGUAGE,)))
    chinese = guard.detector.rules(GuardPolicy(languages=("zh",), allow_english=False))
    blocked = rules.flags(0) & BLOCKED > 0
    whole = ~rules.tables.breaks(0) & (rules.tables.tail == 0)
    usable = blocked & (chinese.flags(0) & BLOCKED == 0) if drifting else ~blocked
    tokens = np.flatnonzero(usable & whole)
    logits = torch.randn(rows, len(blocked), generator=torch.Generator().manual_seed(0)) * 3
    for row in range(rows):
        logits[row, int(tokens[(row * 977 + 300) % len(tokens)])] = PEAK
    return logits


@cache
def _words() -> list[bytes]:
    """Tokens as large vocabularies have them: words of many languages and scripts, most frequent first."""
    from wordfreq import available_languages, top_n_list

    lists: Sequence[list[str]] = [top_n_list(tag, 12_000) for tag in sorted(available_languages("small"))]
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
