"""LoRA layers in fewer passes over memory give PEFT's numbers and gradients."""

import copy

import pytest
import torch
from peft import LoraConfig, get_peft_model

from distill.policy_model.fused_lora import fuse_lora


def adapted(model, **options):
    torch.manual_seed(0)
    found = get_peft_model(copy.deepcopy(model), LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", **options))
    with torch.no_grad():
        for name, parameter in found.named_parameters():
            if "lora_B" in name:
                parameter.normal_(std=0.1)
    return found.train()


def learnt(model, ids):
    model(ids).logits.float().log_softmax(-1)[..., 7].sum().backward()
    return {name: p.grad for name, p in model.named_parameters() if p.requires_grad}


@pytest.mark.parametrize("options", [{}, {"use_dora": True}, {"use_rslora": True}])
def test_outputs_and_gradients_are_those_of_peft(small_llama, options):
    plain, fused = adapted(small_llama, **options), adapted(small_llama, **options)
    fuse_lora(fused)
    ids = torch.arange(24).view(3, 8)
    with torch.no_grad():
        torch.testing.assert_close(fused(ids).logits, plain(ids).logits, atol=1e-4, rtol=1e-4)
        with plain.disable_adapter(), fused.disable_adapter():
            torch.testing.assert_close(fused(ids).logits, plain(ids).logits)
    expected, found = learnt(plain, ids), learnt(fused, ids)
    assert expected.keys() == found.keys()
    for name, gradient in expected.items():
        torch.testing.assert_close(found[name], gradient, atol=1e-4, rtol=1e-3, msg=lambda told, n=name: f"{n}: {told}")


def test_gradients_stay_float32_and_near_in_bfloat16(small_llama):
    model = small_llama.to(torch.bfloat16)
    plain, fused = adapted(model), adapted(model)
    fuse_lora(fused)
    ids = torch.arange(24).view(3, 8)
    expected, found = learnt(plain, ids), learnt(fused, ids)
    for name, gradient in expected.items():
        assert found[name].dtype == torch.float32
        alike = torch.cosine_similarity(found[name].flatten(), gradient.flatten(), dim=0)
        assert float(alike) > 0.98, name


def test_dropout_and_merged_weights_are_left_to_peft(small_llama):
    model = adapted(small_llama, lora_dropout=0.5)
    fuse_lora(model)
    ids = torch.arange(24).view(3, 8)
    assert not torch.equal(model(ids).logits, model(ids).logits)
    quiet = model.eval()(ids).logits
    torch.testing.assert_close(quiet, model.eval()(ids).logits)
    model.merge_adapter()
    torch.testing.assert_close(model(ids).logits, quiet, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("fused", [True, False])
def test_what_an_optimizer_has_changed_counts_in_the_next_forward(small_llama, fused):
    """A fused optimizer changes parameters without telling autograd."""
    plain, model = (adapted(small_llama.to(torch.bfloat16)) for _ in range(2))
    fuse_lora(model)
    ids = torch.arange(24).view(3, 8)
    with torch.no_grad():
        before = model(ids).logits
    for one in (plain, model):
        changed = [p for name, p in one.named_parameters() if "lora_" in name]
        optimizer = torch.optim.AdamW(changed, lr=0.5, fused=fused)
        for parameter in changed:
            parameter.grad = torch.ones_like(parameter)
        optimizer.step()
    with torch.no_grad():
        after, expected = model(ids).logits, plain(ids).logits
    assert torch.cosine_similarity(after.float().flatten(), expected.float().flatten(), dim=0) > 0.98
    assert torch.cosine_similarity(after.float().flatten(), before.float().flatten(), dim=0) < 0.9
