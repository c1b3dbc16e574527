"""The loop closed on the real model: observe, distil, swap, measure. `make demo`, or `python -m benchmarks.demo --help`."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.prompts import held_out_prompts, training_prompts
from benchmarks.traffic import NAMES, Question, ask, console, serving
from benchmarks.traffic import rates as shares

ROUNDS = ("guard off, before", "guard off, after", "guard on, after")


def main(
    out: Annotated[Path, typer.Option(help="Folder for the data, the table and the plot; must be new.")] = Path(
        "out/demo"
    ),
    max_tokens: Annotated[int, typer.Option(help="Length of an answer.")] = 48,
    temperature: Annotated[float, typer.Option(help="Sampling temperature.")] = 0.6,
    passes: Annotated[int, typer.Option(help="Times that each training prompt is asked.")] = 1,
    max_steps: Annotated[int, typer.Option(help="Optimizer steps of the distillation.")] = 9,
) -> None:
    """Close the loop once and print what changed."""
    data = new_data(out)
    options = {"max_tokens": max_tokens, "temperature": temperature}
    rates: dict[str, dict[str, float]] = {}
    with serving(data) as url:
        train = [(lang, p, seed) for lang in NAMES for p in training_prompts(lang) for seed in range(passes)]
        ask(url, "observe", train, "training traffic, observed", options)
        rates[ROUNDS[0]] = shares(ask(url, "off", _held_out(), ROUNDS[0], options))
        distil(data, "--max-steps", str(max_steps))
        version = _wait_for_swap(url, data)
        rates[ROUNDS[1]] = shares(ask(url, "off", _held_out(), ROUNDS[1], options))
        rates[ROUNDS[2]] = shares(ask(url, "mask", _held_out(), ROUNDS[2], options))
    report = json.loads((data / "adapters" / version / "report.json").read_text())
    _show(rates)
    (out / "demo.json").write_text(json.dumps({"confused": rates, "version": version, "report": report}, indent=2))
    _plot(rates, out / "demo.png")
    console.print(f"written: {out / 'demo.json'}, {out / 'demo.png'}")


def new_data(out: Path) -> Path:
    """An empty data folder in the folder of a demonstration; what an earlier one has left keeps another name."""
    if out.exists():
        out.rename(out.with_name(f"{out.name}-{time.strftime('%Y%m%d-%H%M%S')}"))
    data = out / "data"
    data.mkdir(parents=True)
    return data


def distil(data: Path, *flags: str) -> None:
    """Run the distiller; the demonstration ends with its exit code where nothing was promoted."""
    command = [sys.executable, "-m", "tlpo_guard", "distill", "--data-dir", str(data), *flags]
    code = subprocess.run(command, check=False).returncode
    if code:
        console.print(f"the distillation ended with exit code {code}; nothing to swap in")
        raise typer.Exit(code)


def _held_out() -> list[Question]:
    return [(lang, prompt, 0) for lang in NAMES for prompt in held_out_prompts(lang)]


def _wait_for_swap(url: str, data: Path) -> str:
    version = (data / "adapters" / "CURRENT").read_text().strip()
    for _ in range(120):
        if httpx.get(f"{url}/health").json()["adapter"] == version:
            return version
        time.sleep(0.5)
    raise RuntimeError(f"the server did not swap to {version} within a minute")


def _show(rates: dict[str, dict[str, float]]) -> None:
    table = Table("held-out answers with a foreign letter", *NAMES.values())
    for name, by_language in rates.items():
        table.add_row(name, *(f"{by_language[lang]:.1%}" for lang in NAMES))
    Console().print(table)


def _plot(rates: dict[str, dict[str, float]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 3.5), layout="constrained")
    for index, (name, by_language) in enumerate(rates.items()):
        places = [i + (index - 1) * 0.25 for i in range(len(NAMES))]
        bars = axes.bar(places, [100 * by_language[lang] for lang in NAMES], width=0.23, label=name)
        axes.bar_label(bars, fmt="%.1f")
    axes.set_xticks(range(len(NAMES)), list(NAMES.values()))
    axes.set_ylabel("answers with a foreign letter, %")
    axes.legend(frameon=False)
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    typer.run(main)
