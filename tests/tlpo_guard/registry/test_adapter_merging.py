"""Adapters folded into weights: what PEFT makes of them, and nothing that is not the same as weights."""

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, PreTrainedModel

from tlpo_guard.errors import RegistryError
from tlpo_guard.registry.merging import merged_weights, tied_weights

IDS = torch.arange(2, 22).reshape(2, 10)


def llama(*, tied: bool = False, dtype: torch.dtype = torch.float32) -> PreTrainedModel:
    torch.manual_seed(0)
    config = LlamaConfig(
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        vocab_size=64,
        attention_bias=True,
        tie_word_embeddings=tied,
    )
    return LlamaForCausalLM(config).to(dtype).eval()


def gpt2(*, tied: bool = False) -> PreTrainedModel:
    torch.manual_seed(0)
    config = GPT2Config(
        n_embd=32, n_layer=2, n_head=4, vocab_size=64, tie_word_embeddings=tied, bos_token_id=0, eos_token_id=0
    )
    return GPT2LMHeadModel(config).eval()


def trained(model: PreTrainedModel, folder: Path, **config: Any) -> Any:
    """A PEFT model with random weights in every part of its adapter, and its files."""
    torch.manual_seed(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        adapted = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", init_lora_weights=False, **config))
        for name, parameter in adapted.named_parameters():
            if "magnitude" in name:
                parameter.data *= 0.5 + torch.rand_like(parameter)
            elif "lora_" in name:
                parameter.data = torch.randn_like(parameter) * 0.1
        adapted.save_pretrained(str(folder))
    return adapted.eval()


KINDS: dict[str, dict[str, Any]] = {
    "lora": {"r": 4, "lora_alpha": 6, "target_modules": "all-linear"},
    "rslora": {"r": 4, "lora_alpha": 6, "target_modules": "all-linear", "use_rslora": True},
    "dora": {"r": 4, "lora_alpha": 6, "target_modules": "all-linear", "use_dora": True},
    "dora, rslora": {"r": 3, "lora_alpha": 5, "target_modules": "all-linear", "use_dora": True, "use_rslora": True},
    "patterns": {
        "r": 4,
        "lora_alpha": 6,
        "target_modules": "all-linear",
        "use_rslora": True,
        "use_dora": True,
        "rank_pattern": {"q_proj": 2, r"layers\.1\.mlp\..*": 7},
        "alpha_pattern": {r"layers\.0\.self_attn\.q_proj": 1, "down_proj": 16, "proj": 1000},
    },
    "biases": {"r": 4, "target_modules": ["q_proj", "o_proj"], "lora_bias": True},
    "embedding": {"r": 4, "target_modules": ["embed_tokens", "v_proj"]},
    "embedding, dora": {"r": 4, "target_modules": ["embed_tokens", "lm_head"], "use_dora": True},
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_weights_are_those_that_peft_merges(tmp_path: Path, kind: str) -> None:
    compare(llama, tmp_path, KINDS[kind])


@pytest.mark.parametrize("more", [{}, {"use_dora": True}])
def test_layers_that_keep_their_weights_the_other_way_round(tmp_path: Path, more: dict[str, Any]) -> None:
    compare(gpt2, tmp_path, {"r": 4, "target_modules": ["c_attn", "c_proj"]} | more)


def compare(make: Callable[[], PreTrainedModel], folder: Path, config: dict[str, Any]) -> None:
    base = make()
    before = base(IDS).logits
    parameters = dict(base.named_parameters())
    untouched = {name: tensor.detach().clone() for name, tensor in parameters.items()}
    adapted = trained(make(), folder, **config)
    expected = adapted(IDS).logits
    merged = adapted.merge_and_unload()
    changed = merged_weights(folder, parameters, tied_weights(base))
    theirs = dict(merged.named_parameters())
    for name, tensor in parameters.items():
        ours = changed.get(name, tensor)
        assert torch.allclose(ours, theirs[name], rtol=0, atol=1e-5), name
        assert torch.equal(tensor, untouched[name])
    with torch.no_grad():
        for name, tensor in changed.items():
            parameters[name].copy_(tensor)
    assert torch.allclose(base(IDS).logits, expected, rtol=0, atol=1e-4)
    assert (base(IDS).logits - before).abs().max() > 1e-2


def test_weights_keep_their_dtype_and_are_rounded_once(tmp_path: Path) -> None:
    model = llama(dtype=torch.bfloat16)
    trained(llama(dtype=torch.bfloat16), tmp_path, **KINDS["dora"])
    changed = merged_weights(tmp_path, dict(model.named_parameters()))
    exact = merged_weights(tmp_path, {name: tensor.float() for name, tensor in model.named_parameters()})
    assert {tensor.dtype for tensor in changed.values()} == {torch.bfloat16}
    assert all(torch.equal(changed[name], exact[name].bfloat16()) for name in exact)


def test_shared_weights_are_not_changed_for_one_of_their_owners(tmp_path: Path) -> None:
    model = llama(tied=True)
    assert tied_weights(model) == {"model.embed_tokens.weight"}
    trained(llama(tied=True), tmp_path / "embedding", r=2, target_modules=["embed_tokens"])
    with pytest.raises(RegistryError, match="other modules share"):
        merged_weights(tmp_path / "embedding", dict(model.named_parameters()), tied_weights(model))
    trained(llama(tied=True), tmp_path / "head", r=2, target_modules=["lm_head"])
    with pytest.raises(RegistryError, match="does not fit this base model at lm_head"):
        merged_weights(tmp_path / "head", dict(model.named_parameters()), tied_weights(model))


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("peft_type", "IA3"),
        ("modules_to_save", ["lm_head"]),
        ("alora_invocation_tokens", [1, 2]),
        ("layer_replication", [[0, 1]]),
        ("init_lora_weights", "pissa"),
        ("init_lora_weights", "loftq"),
        ("alpha_pattern", {"(": 1}),
        ("alpha_pattern", [1]),
        ("lora_alpha", None),
    ],
)
def test_what_is_more_than_weights_is_refused_by_name(tmp_path: Path, setting: str, value: object) -> None:
    model = llama()
    trained(llama(), tmp_path, r=2, target_modules=["q_proj"])
    file = tmp_path / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {setting: value}))
    with pytest.raises(RegistryError, match=tmp_path.name):
        merged_weights(tmp_path, dict(model.named_parameters()))


def rename(tensors: dict[str, torch.Tensor], old: str, new: str) -> None:
    for key in [key for key in tensors if old in key]:
        tensors[key.replace(old, new)] = tensors.pop(key)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda tensors: tensors.update({"base_model.model.lm_head.weight": torch.zeros(64, 32)}), "lm_head.weight"),
        (lambda tensors: rename(tensors, "layers.0", "layers.7"), "does not fit this base model at model.layers.7"),
        (lambda tensors: rename(tensors, "lora_B", "lora_C"), "lora_C"),
        (lambda tensors: [tensors.pop(key) for key in [*tensors] if "lora_B" in key], "does not fit"),
        (lambda tensors: [tensors.update({k: v[:, :-1]}) for k, v in tensors.items() if "lora_A" in k], "does not fit"),
        (lambda tensors: [v.fill_(float("nan")) for v in tensors.values()], "no numbers"),
    ],
)
def test_files_that_do_not_fit_are_refused(
    tmp_path: Path, spoil: Callable[[dict[str, torch.Tensor]], object], told: str
) -> None:
    trained(llama(), tmp_path, r=2, target_modules=["q_proj"])
    tensors = load_file(tmp_path / "adapter_model.safetensors")
    spoil(tensors)
    save_file({key: tensor.contiguous() for key, tensor in tensors.items()}, tmp_path / "adapter_model.safetensors")
    with pytest.raises(RegistryError, match=told):
        merged_weights(tmp_path, dict(llama().named_parameters()))


def test_an_adapter_with_base_weights_of_its_own_is_refused(tmp_path: Path) -> None:
    other = llama()
    other.get_input_embeddings().weight.data += 1.0
    trained(other, tmp_path, r=2, target_modules=["embed_tokens"])
    with pytest.raises(RegistryError, match="other base weights"):
        merged_weights(tmp_path, dict(llama().named_parameters()))
