"""`tlpo-guard adapters merge`: a model folder that answers as the base with its adapter does."""

import json
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors import safe_open
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM
from typer.testing import CliRunner, Result

from tlpo_guard.cli import create_app
from tlpo_guard.models.load import load_model, load_tokenizer
from tlpo_guard.registry import open_registry

IDS = torch.arange(2, 34).reshape(2, 16)


@pytest.fixture
def base(tmp_path: Path, model_cache: Path) -> Path:
    """A small random model in a folder, with a real tokenizer."""
    torch.manual_seed(0)
    tokenizer = load_tokenizer("smollm2", cache_dir=model_cache)
    config = LlamaConfig(
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        vocab_size=len(tokenizer),
        tie_word_embeddings=True,
        pad_token_id=2,
        bos_token_id=1,
        eos_token_id=2,
    )
    LlamaForCausalLM(config).save_pretrained(tmp_path / "base")
    tokenizer.save_pretrained(tmp_path / "base")
    return tmp_path / "base"


@pytest.fixture
def expected(base: Path, tmp_path: Path) -> torch.Tensor:
    """v0001 of the base, a DoRA adapter; the logits that PEFT gives with it."""
    loaded = load_model(str(base), cache_dir=tmp_path, device="cpu")
    config = LoraConfig(
        task_type="CAUSAL_LM", r=4, lora_alpha=8, target_modules="all-linear", use_dora=True, init_lora_weights=False
    )
    model = get_peft_model(loaded.model, config)
    lineage = {"base": str(base), "base_fingerprint": loaded.fingerprint, "parent": "base"}
    registry = open_registry(tmp_path / "data" / "adapters")
    registry.add(lambda folder: model.save_pretrained(str(folder)), lineage, {"passed": True})
    with torch.no_grad():
        logits: torch.Tensor = model.float().eval()(IDS).logits
    return logits


def merge(tmp_path: Path, *arguments: str) -> Result:
    command = ["adapters", "merge", "v0001", "--data-dir", str(tmp_path / "data"), *arguments]
    return CliRunner().invoke(create_app(), command)


def test_the_merged_folder_is_a_model_of_its_own(tmp_path: Path, base: Path, expected: torch.Tensor) -> None:
    out = tmp_path / "new" / "merged"
    done = merge(tmp_path, "--out", str(out))
    assert (done.exit_code, done.stdout) == (0, f"v0001 merged into {out}\n"), done.output
    assert not list(out.glob("*.bin"))
    with safe_open(out / "model.safetensors", "pt") as file:
        assert not [name for name in file.keys() if "lora" in name]  # noqa: SIM118 (no mapping)
        assert {file.get_tensor(name).dtype for name in file.keys()} == {torch.bfloat16}  # noqa: SIM118
    model = AutoModelForCausalLM.from_pretrained(out, dtype=torch.float32)
    plain = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    with torch.no_grad():
        logits, before = model(IDS).logits, plain(IDS).logits
    assert (logits - expected).abs().mean() < 0.02 * (before - expected).abs().mean()  # bfloat16 once instead of twice
    assert AutoTokenizer.from_pretrained(out).encode("안녕") == AutoTokenizer.from_pretrained(base).encode("안녕")
    served = load_model(str(out), cache_dir=tmp_path, device="cpu")
    assert served.name == "merged"


def test_another_base_is_refused_and_nothing_written(tmp_path: Path, base: Path, expected: torch.Tensor) -> None:
    torch.manual_seed(1)
    other = AutoModelForCausalLM.from_pretrained(base)
    other.model.norm.weight.data += 1.0
    other.save_pretrained(tmp_path / "other")
    AutoTokenizer.from_pretrained(base).save_pretrained(tmp_path / "other")
    done = merge(tmp_path, "--out", str(tmp_path / "merged"), "--model", str(tmp_path / "other"))
    assert (done.exit_code, done.stdout) == (1, "")
    assert "v0001 was made for base" in done.stderr
    assert not (tmp_path / "merged").exists()


def test_what_cannot_be_merged_is_told(tmp_path: Path, base: Path, expected: torch.Tensor) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    assert "holds something already" in merge(tmp_path, "--out", str(tmp_path / "full")).stderr
    lineage = tmp_path / "data" / "adapters" / "v0001" / "lineage.json"
    kept = json.loads(lineage.read_text())
    lineage.write_text(json.dumps({key: value for key, value in kept.items() if key != "base"}))
    assert "names no base" in merge(tmp_path, "--out", str(tmp_path / "merged")).stderr
    (tmp_path / "empty").mkdir()
    assert merge(tmp_path, "--out", str(tmp_path / "empty"), "--model", str(base)).exit_code == 0
    assert sorted(path.name for path in tmp_path.glob(".*")) == []
