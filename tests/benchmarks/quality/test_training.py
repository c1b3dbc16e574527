from pathlib import Path

import torch
from safetensors.torch import load_file
from typer.testing import CliRunner

from benchmarks.quality.cli import app
from distill.config import LoraSettings
from distill.policy_model.trainable import with_new_adapter
from tests.benchmarks.quality.test_stages import data
from tests.cache import CACHE
from tlpo_guard.models.load import load_model

__all__ = ["data"]


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "adapter_model.safetensors")


def test_ordinary_fine_tuning_goes_on_with_an_adapter_and_begins_one_for_the_base(data, tmp_path, small_model):
    loaded = load_model(str(small_model), cache_dir=CACHE)
    with_new_adapter(loaded, LoraSettings(rank=2)).save_pretrained(str(tmp_path / "adapter"))
    arguments = ["tune", "--data", str(data), str(tmp_path / "tuned"), "--adapter", f"tlpo={tmp_path / 'adapter'}"]
    arguments += ["--steps", "2", "--model", str(small_model), "--cache-dir", str(CACHE), "--languages", "ko,de"]
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    before, after = weights(tmp_path / "adapter"), weights(tmp_path / "tuned" / "tlpo-0")
    assert before.keys() == after.keys() and any(not torch.equal(before[name], after[name]) for name in before)
    of_base = weights(tmp_path / "tuned" / "base-0")
    assert any("lora_B" in name and bool(tensor.any()) for name, tensor in of_base.items())
