"""What training is held to is never trained along."""

import copy

import pytest
import torch
from peft import LoraConfig, PromptTuningConfig, get_peft_model

from distill.policy_model.reference import Reference
from tlpo_guard.errors import ConfigurationError

LORA = {"r": 4, "lora_alpha": 8, "target_modules": "all-linear", "init_lora_weights": False}
IDS = torch.tensor([[1, 2, 3, 4]])


@torch.no_grad()
def logits(model):
    return model(input_ids=IDS).logits


@torch.no_grad()
def train(model):
    """Move all that is trained."""
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.add_(0.1)


def changed(base, model, reference):
    """Whether the policy moved, and its reference did not."""
    train(model)
    with reference.policy(model) as frozen:
        torch.testing.assert_close(logits(frozen), base)
    return not torch.allclose(logits(model), base)


@pytest.mark.parametrize("kept", [None, ["lm_head"]])
def test_of_an_adapter_it_is_the_model_without(small_llama, kept):
    base = logits(small_llama)
    model = get_peft_model(small_llama, LoraConfig(**LORA, modules_to_save=kept))
    assert changed(base, model, Reference.of(model))


def test_of_a_whole_model_it_is_a_copy(small_llama):
    base = logits(small_llama)
    assert changed(base, small_llama, Reference.of(small_llama))


def test_what_is_trained_beside_an_adapter_needs_a_reference_of_its_own(small_llama):
    base, apart = logits(small_llama), copy.deepcopy(small_llama)
    model = get_peft_model(small_llama, LoraConfig(**LORA))
    model.get_input_embeddings().weight.requires_grad_(True)
    with pytest.raises(ConfigurationError, match=r"embed_tokens.* is trained beside the adapter \(1 such parameters\)"):
        Reference.of(model)
    assert changed(base, model, Reference.of(model, apart))


def test_biases_that_an_adapter_trains_are_not_undone_by_switching_it_off(small_llama):
    small_llama.lm_head = torch.nn.Linear(32, 304, bias=True)
    model = get_peft_model(small_llama, LoraConfig(**LORA | {"target_modules": ["lm_head"]}, bias="all"))
    with pytest.raises(ConfigurationError, match=r"bias.* is trained beside the adapter"):
        Reference.of(model)


@pytest.mark.parametrize("given", ["itself", "the model inside the adapter"])
def test_a_reference_that_would_be_trained_along_is_refused(small_llama, given):
    model = small_llama if given == "itself" else get_peft_model(small_llama, LoraConfig(**LORA))
    reference = model if given == "itself" else model.get_base_model()
    with pytest.raises(ConfigurationError, match="`reference` shares parameters"):
        Reference.of(model, reference)
    assert any(parameter.requires_grad for parameter in model.parameters())


def test_a_learnt_prompt_is_refused(small_llama):
    model = get_peft_model(small_llama, PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=2))
    with pytest.raises(ConfigurationError, match="learn a prompt"):
        Reference.of(model)
