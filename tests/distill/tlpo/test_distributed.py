"""Two processes learn what one learns, by DDP with gloo on the CPU: gradients of every step, parameters, what is saved."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.processes import WarmProcess, launched, start_code

CODE = """
import sys
from tests.distill.tlpo.launched import main
main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
"""


def _trained(result: Path, *processes: WarmProcess) -> dict[str, torch.Tensor]:
    texts = [process.communicate()[0] for process in processes]
    assert [process.wait() for process in processes] == [0] * len(processes), "".join(texts)[-3000:]
    assert f"processes: {len(processes)}" in texts[0]
    return load_file(result)


@pytest.mark.parametrize(
    ("what", "rows"), [(what, rows) for rows in ("given", "explored", "fresh") for what in ("lora", "whole")]
)
def test_two_processes_give_the_gradients_and_parameters_of_one(tmp_path: Path, what: str, rows: str) -> None:
    results = [tmp_path / "one.safetensors", tmp_path / "two.safetensors"]
    one = _trained(results[0], start_code(CODE, str(tmp_path / "a"), "8", str(results[0]), what, rows, merge=True))
    two = _trained(results[1], *launched(str(tmp_path / "b"), "4", str(results[1]), what, rows, code=CODE))
    assert one.keys() == two.keys()
    gradients = [name for name in one if name.startswith("gradient")]
    assert {name.split()[1] for name in gradients} == {f"{step}" for step in range(6)}
    assert max(float(one[name].abs().max()) for name in gradients) > 1e-2  # there was something to learn
    for name, tensor in one.items():
        torch.testing.assert_close(two[name], tensor, atol=1e-5, rtol=0, msg=lambda told, name=name: f"{name}: {told}")
