"""What requests with policies that nobody had before leave in the guard. `python -m benchmarks.guard_memory --help`."""

import gc
import itertools
import time
import tracemalloc
from pathlib import Path
from statistics import median
from typing import Annotated

import torch
import typer
from rich.console import Console
from rich.table import Table

from tlpo_guard.generation.draws import Draws, SamplingParams
from tlpo_guard.generation.sampler import Sampler
from tlpo_guard.generation.sequence import SampledSequence
from tlpo_guard.guard.build import build_guard
from tlpo_guard.languages.scripts import script_names
from tlpo_guard.models.load import load_tokenizer
from tlpo_guard.policy import GuardPolicy

SIZE = 49_152
PARTS = 5


def main(
    requests: Annotated[int, typer.Option(help="Requests, each with a policy of its own.")] = 10_000,
    rows: Annotated[int, typer.Option(help="Requests in one batch.")] = 8,
) -> None:
    """Serve one step to every request; memory and time by fifths of them."""
    torch.set_num_threads(1)
    guard = build_guard(load_tokenizer("smollm2", cache_dir=Path("data/cache")), SIZE)
    sampler, params = Sampler(guard), SamplingParams(temperature=0.7)
    logits = torch.randn(rows, SIZE, generator=torch.Generator().manual_seed(0))
    languages = ("ko", "ja", "zh", "ru", "ar", "hi", "th", "el", "vi", "de")
    names = [name for name in script_names() if name not in ("Zyyy", "Zinh", "Zzzz")]
    pairs = itertools.cycle(itertools.combinations(names, 2))
    policies = (
        GuardPolicy(languages=(language,), scripts_too=pair)
        for pair, language in zip(pairs, itertools.cycle(languages))
    )
    table = Table("requests", "memory of the guard, MiB", "CPU ms a request, median")
    tracemalloc.start()
    base = tracemalloc.get_traced_memory()[0]
    served = 0
    for _ in range(PARTS):
        taken = []
        while len(taken) * rows < requests // PARTS:
            began = time.process_time()
            batch = [
                SampledSequence(params, Draws(0), guard.open(policy)) for policy in itertools.islice(policies, rows)
            ]
            sampler.step(logits, batch)
            taken.append((time.process_time() - began) / rows)
        served += len(taken) * rows
        gc.collect()
        held = (tracemalloc.get_traced_memory()[0] - base) / 2**20
        table.add_row(str(served), f"{held:.0f}", f"{median(taken) * 1e3:.2f}")
    Console().print(table)
    assert not sampler.faults


if __name__ == "__main__":
    typer.run(main)
