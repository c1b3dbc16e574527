"""vLLM's own server with the plugin, the middleware and the resolver, and adapters of a small model for it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from benchmarks.vllm_on_cpu import VARIABLES

if TYPE_CHECKING:
    import torch

__all__ = ["MIDDLEWARE", "adapted", "add_adapter", "command", "environment", "serving"]

ROOT = Path(__file__).parents[4]
MIDDLEWARE = "tlpo_guard.integrations.vllm.GuardMiddleware"
_GROUPS = ("vllm.general_plugins", "vllm.logits_processors")
_START_SECONDS = 240
_RANK, _SCALE = 4, 2.0
_PARTS = ("self_attn.q_proj", "self_attn.o_proj", "mlp.down_proj")


def command(model: Path, *flags: str) -> list[str]:
    """What starts vLLM's server; its name for the model is `smollm2`."""
    entry = ["-m", "vllm.entrypoints.openai.api_server", "--model", str(model), "--served-model-name", "smollm2"]
    sizes = ["--max-num-seqs", "16", "--max-model-len", "1024", "--kv-cache-memory-bytes", "268435456"]
    return [sys.executable, *entry, "--enforce-eager", *sizes, *flags]


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The variables that it needs on a CPU; the entry points are found though the package is not installed."""
    installed = all(any("tlpo_guard" in point.value for point in entry_points(group=group)) for group in _GROUPS)
    paths = [str(ROOT)] if installed else [str(ROOT), str(_entry_points(folder))]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        **VARIABLES,
        "TLPO_GUARD_DATA_DIR": str(folder / "data"),
        **more,
    }


def _entry_points(folder: Path) -> Path:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    path = folder / "entry-points"
    info = path / "tlpo_guard_here-1.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tlpo-guard-here\nVersion: 1\n")
    lines = [line for group in _GROUPS for line in (f"[{group}]", *(f"{n} = {v}" for n, v in told[group].items()))]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return path


@contextmanager
def serving(folder: Path, model: Path, *flags: str, **variables: str) -> Iterator[str]:
    """The URL of a server that is ready."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "server.log"
    with log.open("w") as output:
        asked = command(model, "--port", str(port), "--middleware", MIDDLEWARE, *flags)
        process = subprocess.Popen(
            asked, env=environment(folder, **variables), stdout=output, stderr=output, start_new_session=True
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, process, log)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"{url}/health").status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.5)
    raise RuntimeError(f"vLLM's server did not start:\n{log.read_text()[-4000:]}")


def add_adapter(data_dir: Path, model: Path, seed: int) -> str:
    """An adapter of random weights in the registry, in the form that peft writes; its version."""
    from safetensors.torch import save_file

    from tlpo_guard.registry import open_registry

    names = [part.rpartition(".")[2] for part in _PARTS]
    config = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": _RANK, "lora_alpha": _RANK * _SCALE, "bias": "none"}
    weights = {
        f"base_model.model.{name}.lora_{letter}.weight": tensor
        for name, pair in _weights(model, seed).items()
        for letter, tensor in zip("AB", pair, strict=True)
    }

    def write(folder: Path) -> None:
        save_file(weights, str(folder / "adapter_model.safetensors"))
        (folder / "adapter_config.json").write_text(json.dumps({**config, "target_modules": names}))

    return open_registry(data_dir / "adapters").add(write, {"parent": "base"}, {"passed": True}).name


def adapted(model: Path, seed: int | None) -> Any:
    """The model in transformers, 32 bits, with the same weights added to its own; None for the base."""
    import torch
    from transformers import AutoModelForCausalLM

    loaded = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    with torch.inference_mode():
        for name, (down, up) in (_weights(model, seed) if seed is not None else {}).items():
            loaded.get_submodule(name).weight += _SCALE * up @ down
    return loaded.eval()


def _weights(model: Path, seed: int) -> "dict[str, Sequence[torch.Tensor]]":
    import torch

    config = json.loads((model / "config.json").read_text())
    width, inner = config["hidden_size"], config["intermediate_size"]
    drawn = torch.Generator().manual_seed(seed)
    weights = {}
    for layer in range(config["num_hidden_layers"]):
        for part in _PARTS:
            inputs = inner if part == "mlp.down_proj" else width
            sizes = ((_RANK, inputs), (width, _RANK))
            weights[f"model.layers.{layer}.{part}"] = [0.1 * torch.randn(*s, generator=drawn) for s in sizes]
    return weights
