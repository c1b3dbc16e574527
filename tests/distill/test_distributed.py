"""Two processes learn what one learns: `accelerate launch` with gloo on the CPU."""

import os
import subprocess
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

ROOT = Path(__file__).parents[2]
SCRIPT = str(Path(__file__).with_name("launched.py"))


def _run(command: list[str], result: Path, processes: int) -> dict[str, torch.Tensor]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-3000:]
    assert f"processes: {processes}" in ended.stdout
    return load_file(result)


def test_two_processes_give_the_parameters_of_one(tmp_path: Path, launch: list[str]) -> None:
    results = [tmp_path / "one.safetensors", tmp_path / "two.safetensors"]
    one = _run([sys.executable, SCRIPT, str(tmp_path / "a"), "8", str(results[0])], results[0], 1)
    two = _run([*launch, SCRIPT, str(tmp_path / "b"), "4", str(results[1])], results[1], 2)
    assert one.keys() == two.keys()
    assert (
        max(float(tensor.abs().max()) for name, tensor in one.items() if "lora_B" in name) > 1e-3
    )  # something was learnt
    for name, tensor in one.items():
        torch.testing.assert_close(two[name], tensor, atol=1e-5, rtol=0)
