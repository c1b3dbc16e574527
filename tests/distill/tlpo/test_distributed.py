"""Processes together find and learn what one does, with gloo on the CPU: points, gradients of every step, parameters."""

import ast
import re
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


ANSWERS = "from tests.distill.tlpo.launched import answer\nanswer()"


def _answered(*processes: WarmProcess) -> list[tuple[list[object], dict[str, int]]]:
    """What each process says that all found, and how often it answered each prompt."""
    texts = [process.communicate()[0] for process in processes]
    assert [process.wait() for process in processes] == [0] * len(processes), "".join(texts)[-3000:]
    told = [[re.findall(rf"^{name}: (.*)$", text, re.MULTILINE)[0] for name in ("found", "answered")] for text in texts]
    return [(ast.literal_eval(found), ast.literal_eval(answered)) for found, answered in told]


def test_three_processes_answer_prompts_of_their_own_and_find_the_points_of_one() -> None:
    ((found, answered),) = _answered(start_code(ANSWERS, merge=True))
    assert len(found) == 3 * 75 and 0 < sum(point is not None for point in found) < len(found)
    together = _answered(*launched(code=ANSWERS, processes=3))
    assert [of_one for of_one, _ in together] == [found] * 3
    shares = [shared for _, shared in together]
    assert [len(shared) for shared in shares] == [16 + 16, 16 + 11, 16]
    assert {prompt: count for shared in shares for prompt, count in shared.items()} == answered


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
