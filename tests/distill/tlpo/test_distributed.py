"""Two processes learn what one learns, with gloo on the CPU."""

from pathlib import Path

import torch
from safetensors.torch import load_file

from tests.processes import WarmProcess, launched, start_code

CODE = "import sys\nfrom tests.distill.tlpo.launched import main\nmain(sys.argv[1], int(sys.argv[2]), sys.argv[3])"


def _trained(result: Path, *processes: WarmProcess) -> dict[str, torch.Tensor]:
    texts = [process.communicate()[0] for process in processes]
    assert [process.wait() for process in processes] == [0] * len(processes), "".join(texts)[-3000:]
    assert f"processes: {len(processes)}" in texts[0]
    return load_file(result)


def test_two_processes_give_the_parameters_of_one(tmp_path: Path) -> None:
    results = [tmp_path / "one.safetensors", tmp_path / "two.safetensors"]
    one = _trained(results[0], start_code(CODE, str(tmp_path / "a"), "8", str(results[0]), merge=True))
    two = _trained(results[1], *launched(str(tmp_path / "b"), "4", str(results[1]), code=CODE))
    assert one.keys() == two.keys()
    assert (
        max(float(tensor.abs().max()) for name, tensor in one.items() if "lora_B" in name) > 1e-3
    )  # something was learnt
    for name, tensor in one.items():
        torch.testing.assert_close(two[name], tensor, atol=1e-5, rtol=0)
