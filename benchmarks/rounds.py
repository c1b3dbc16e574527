"""Three rounds of serve, log, distil and swap: what a running server's own figures say. `python -m benchmarks.rounds --help`."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import httpx
import typer
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from rich.table import Table

from benchmarks.prompts import held_out_prompts, training_prompts
from benchmarks.traffic import NAMES, ask, console, serving

GATE_NOT_PASSED, TOO_FEW_EVENTS = 3, 4


def main(
    out: Annotated[Path, typer.Option(help="Folder for the data and the figures; must be new.")] = Path("out/rounds"),
    rounds: Annotated[int, typer.Option(help="Rounds.")] = 3,
    mode: Annotated[str, typer.Option(help="The guard's mode while it serves.")] = "mask",
    max_tokens: Annotated[int, typer.Option(help="Length of an answer.")] = 48,
    temperature: Annotated[float, typer.Option(help="Sampling temperature.")] = 0.6,
    distill: Annotated[str, typer.Option(help="Further flags of `tlpo-guard distill`.")] = "",
) -> None:
    """Serve training prompts, distil, swap; after each round the confusion mass of held-out prompts."""
    data = out / "data"
    data.mkdir(parents=True)
    options = {"max_tokens": max_tokens, "temperature": temperature}
    table = Table("round", "gate", "served", "confusion mass a token", "perplexity of clean answers", "over the base")
    with serving(data) as url:
        masses = [_held_out_mass(url, mode, options)]
        table.add_row("0", "", "base", f"{masses[0]:.4f}", "", "")
        for number in range(1, rounds + 1):
            train = [(lang, prompt, number) for lang in NAMES for prompt in training_prompts(lang)]
            ask(url, mode, train, f"round {number}, traffic", options)
            command = [sys.executable, "-m", "tlpo_guard", "distill", "--data-dir", str(data), *distill.split()]
            code = subprocess.run(command, check=False).returncode
            if code not in (0, GATE_NOT_PASSED, TOO_FEW_EVENTS):
                raise typer.Exit(code)
            version = _served(url, data)
            masses.append(_held_out_mass(url, mode, options))
            perplexity = _perplexity(data, version)
            told = "" if perplexity is None else f"{perplexity[1] / perplexity[0] - 1:+.2%}"
            gate = {0: "passed", GATE_NOT_PASSED: "refused", TOO_FEW_EVENTS: "too few events"}[code]
            figure = "" if perplexity is None else f"{perplexity[0]:.4f} -> {perplexity[1]:.4f}"
            table.add_row(str(number), gate, version, f"{masses[-1]:.4f}", figure, told)
            console.print(table)
    Console(width=120).print(table)
    (out / "rounds.json").write_text(json.dumps({"masses": masses}))


def _held_out_mass(url: str, mode: str, options: dict[str, object]) -> float:
    """Confusion mass a guarded token over held-out prompts, from the server's metrics."""
    before = _counters(url)
    questions = [(lang, prompt, 0) for lang in NAMES for prompt in held_out_prompts(lang)]
    ask(url, mode, questions, "held-out prompts", options)
    mass, tokens = (now - then for now, then in zip(_counters(url), before, strict=True))
    return mass / tokens


def _counters(url: str) -> tuple[float, float]:
    """Confusion mass and guarded tokens so far."""
    found = {"tlpo_guard_confusion_mass": 0.0, "tlpo_guard_guarded_tokens": 0.0}
    for family in text_string_to_metric_families(httpx.get(f"{url}/metrics").text):
        if family.name in found:
            found[family.name] = sum(s.value for s in family.samples if s.name.endswith("_total"))
    return found["tlpo_guard_confusion_mass"], found["tlpo_guard_guarded_tokens"]


def _served(url: str, data: Path) -> str:
    """The current version, once the server has it."""
    pointer = data / "adapters" / "CURRENT"
    version = pointer.read_text().strip() if pointer.exists() else "base"
    for _ in range(120):
        if httpx.get(f"{url}/health").json()["adapter"] == version:
            return version
        time.sleep(0.5)
    raise RuntimeError(f"the server did not swap to {version} within a minute")


def _perplexity(data: Path, version: str) -> tuple[float, float] | None:
    """Of the base and of the version, on the clean answers of the version's report."""
    if version == "base":
        return None
    report = json.loads((data / "adapters" / version / "report.json").read_text())
    return report["after"]["base_perplexity"], report["after"]["perplexity"]


if __name__ == "__main__":
    typer.run(main)
