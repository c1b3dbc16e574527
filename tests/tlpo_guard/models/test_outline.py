"""The fingerprint of a model whose weights are not loaded is that of the loaded one."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    Gemma2Config,
    GPT2Config,
    LlamaConfig,
    MixtralConfig,
    PretrainedConfig,
    Qwen2Config,
)

from tlpo_guard.models.load import LoadedModel, load_model, load_outline

SMALL: dict[str, Any] = {
    "vocab_size": 300,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 64,
}
CONFIGS = {
    "llama": LlamaConfig(**SMALL),
    "llama-tied": LlamaConfig(**SMALL, tie_word_embeddings=True),
    "qwen2": Qwen2Config(**SMALL),
    "gemma2": Gemma2Config(**SMALL),
    "gpt2": GPT2Config(vocab_size=300, n_embd=32, n_layer=2, n_head=4, n_positions=64),
}


def folder_of(tmp_path: Path, smollm2: LoadedModel, config: PretrainedConfig, dtype: torch.dtype, size: str) -> str:
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(config, dtype=dtype).save_pretrained(tmp_path, max_shard_size=size)
    smollm2.tokenizer.save_pretrained(tmp_path)
    return str(tmp_path)


def same(outlined: LoadedModel, loaded: LoadedModel) -> bool:
    fingerprints = [(one.fingerprint, one.tokenizer_fingerprint, one.name) for one in (outlined, loaded)]
    ends = [one.model.generation_config.eos_token_id for one in (outlined, loaded)]
    return fingerprints[0] == fingerprints[1] and ends[0] == ends[1]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("kind", CONFIGS)
def test_a_folders_fingerprint_is_told_without_its_weights(
    kind: str, dtype: torch.dtype, tmp_path: Path, smollm2: LoadedModel
) -> None:
    name = folder_of(tmp_path, smollm2, CONFIGS[kind], dtype, "10KB" if dtype is torch.float16 else "1GB")
    outlined = load_outline(name, cache_dir=tmp_path)
    assert outlined.model.device.type == "meta"
    assert same(outlined, load_model(name, cache_dir=tmp_path, device="cpu"))


def test_so_is_that_of_a_gguf_file(smollm2: LoadedModel, model_cache: Path) -> None:
    outlined = load_outline("smollm2", cache_dir=model_cache)
    assert outlined.model.device.type == "meta" and same(outlined, smollm2)


def test_one_weight_changes_it(tmp_path: Path, smollm2: LoadedModel) -> None:
    name = folder_of(tmp_path, smollm2, CONFIGS["llama"], torch.float32, "1GB")
    before = load_outline(name, cache_dir=tmp_path).fingerprint
    changed: Any = AutoModelForCausalLM.from_pretrained(name)
    with torch.no_grad():
        changed.model.layers[1].mlp.up_proj.weight.mul_(1.5)
    changed.save_pretrained(name)
    assert load_outline(name, cache_dir=tmp_path).fingerprint != before


def test_weights_that_are_stored_in_another_form_are_loaded(tmp_path: Path, smollm2: LoadedModel) -> None:
    config = MixtralConfig(**SMALL, num_local_experts=2)
    name = folder_of(tmp_path, smollm2, config, torch.bfloat16, "1GB")
    outlined = load_outline(name, cache_dir=tmp_path)
    assert outlined.model.device.type == "cpu"
    assert same(outlined, load_model(name, cache_dir=tmp_path, device="cpu"))
