"""The loop closed on vLLM's own server: observe, distil, swap, measure. `python -m benchmarks.demo_vllm --help`.

vLLM runs in an environment of its own, with this package in it; what is distilled here its resolver serves there.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.table import Table

from benchmarks.prompts import held_out_prompts, training_prompts
from benchmarks.traffic import NAMES, ask, console, rates
from benchmarks.vllm_on_cpu import VARIABLES
from tlpo_guard.models import load_model

Rates = dict[str, dict[str, float]]
"""Share of confused answers, by round and language."""

ROUNDS = ("guard off, before", "guard off, after", "guard on, after")

_SIZES = ["--max-num-seqs", "16", "--max-model-len", "1024", "--kv-cache-memory-bytes", "268435456"]
_ADAPTERS = ["--enable-lora", "--max-loras", "4", "--max-lora-rank", "16"]


def main(
    vllm_python: Annotated[Path, typer.Option(help="Python of the environment in which vLLM and this package are.")],
    out: Annotated[Path, typer.Option(help="Folder for the data and the table; must be new.")] = Path("out/demo-vllm"),
    max_tokens: Annotated[int, typer.Option(help="Length of an answer.")] = 48,
    temperature: Annotated[float, typer.Option(help="Sampling temperature.")] = 0.6,
    passes: Annotated[int, typer.Option(help="Times that each training prompt is asked.")] = 2,
    max_steps: Annotated[int, typer.Option(help="Optimizer steps of the distillation.")] = 9,
) -> None:
    """Close the loop once and print what changed."""
    data = _new_data(out)
    model = _folder(data)
    options = {"max_tokens": max_tokens, "temperature": temperature}
    train = [(lang, p, seed) for lang in NAMES for p in training_prompts(lang) for seed in range(passes)]
    shares: Rates = {}
    with _serving(vllm_python, data, model) as url:
        ask(url, "observe", train, "training traffic, observed", options)
        shares[ROUNDS[0]] = _confused(url, "off", ROUNDS[0], options)
        _distil(data, "--model", str(model), "--max-steps", str(max_steps))
        version = _wait_for_swap(url, data)
        shares[ROUNDS[1]] = _confused(url, "off", ROUNDS[1], options)
        shares[ROUNDS[2]] = _confused(url, "mask", ROUNDS[2], options)
    _show(shares)
    (out / "demo.json").write_text(json.dumps({"confused": shares, "version": version}, indent=2))


def _show(shares: Rates) -> None:
    table = Table("held-out answers on vLLM with a foreign letter or an English word", *NAMES.values())
    for name, by_language in shares.items():
        table.add_row(name, *(f"{by_language[lang]:.1%}" for lang in NAMES))
    console.print(table)
    before, after = (sum(shares[name].values()) for name in ROUNDS[:2])
    console.print(f"with the guard off, confusion fell by {1 - after / before:.0%}")


def _new_data(out: Path) -> Path:
    """An empty data folder in the folder of a demonstration; what an earlier one has left keeps another name."""
    if out.exists():
        out.rename(out.with_name(f"{out.name}-{time.strftime('%Y%m%d-%H%M%S')}"))
    data = out / "data"
    data.mkdir(parents=True)
    return data


def _distil(data: Path, *flags: str) -> None:
    """Run the distiller; the demonstration ends with its exit code where nothing was promoted."""
    command = [sys.executable, "-m", "tlpo_guard", "distill", "--data-dir", str(data), *flags]
    code = subprocess.run(command, check=False).returncode
    if code:
        console.print(f"the distillation ended with exit code {code}; nothing to swap in")
        raise typer.Exit(code)


def _confused(url: str, mode: str, title: str, options: dict[str, float]) -> dict[str, float]:
    questions = [(lang, prompt, 0) for lang in NAMES for prompt in held_out_prompts(lang)]
    return rates(ask(url, mode, questions, title, dict(options)))


def _folder(data: Path) -> Path:
    """The packaged model as a folder that vLLM reads."""
    loaded = load_model("smollm2", cache_dir=data / "cache", device="cpu")
    folder = data / "model"
    loaded.model.save_pretrained(folder)
    loaded.tokenizer.save_pretrained(folder)
    return folder


@contextmanager
def _serving(python: Path, data: Path, model: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(python), "-m", "vllm.entrypoints.openai.api_server", "--model", str(model), "--port", str(port)]
    command += ["--served-model-name", "smollm2", "--enforce-eager", *_SIZES, *_ADAPTERS]
    command += ["--middleware", "tlpo_guard.integrations.vllm.GuardMiddleware"]
    told = {"TLPO_GUARD_ALLOW_ENGLISH": "false", "TLPO_GUARD_DATA_DIR": str(data)}
    variables = {**os.environ, **VARIABLES, **told}
    log = data / "vllm.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, env=variables, stdout=file, stderr=subprocess.STDOUT, start_new_session=True
        )
    url = f"http://127.0.0.1:{port}"
    try:
        while not _healthy(url):
            if process.poll() is not None:
                raise RuntimeError(f"vLLM's server ended:\n{log.read_text()[-4000:]}")
            time.sleep(0.5)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def _healthy(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health").status_code == 200
    except httpx.TransportError:
        return False


def _wait_for_swap(url: str, data: Path) -> str:
    """The promoted version, once the bare model's name means it."""
    version = (data / "adapters" / "CURRENT").read_text().strip()
    for _ in range(60):
        body = {"model": "smollm2", "prompt": "1", "max_tokens": 1}
        if httpx.post(f"{url}/v1/completions", json=body, timeout=60).json().get("model") == f"smollm2@{version}":
            return version
        time.sleep(1)
    raise RuntimeError(f"the server did not swap to {version} within a minute")


if __name__ == "__main__":
    typer.run(main)
