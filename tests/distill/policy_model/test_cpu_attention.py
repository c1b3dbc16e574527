"""Attention with a backward pass of its own gives torch's numbers and gradients."""

import copy

import pytest
import torch
from peft import LoraConfig, get_peft_model

from distill.policy_model import cpu_attention
from distill.policy_model.cpu_attention import CPU_ATTENTION, attend_on_cpu


def learnt(model, ids, mask):
    torch.manual_seed(0)
    found = get_peft_model(copy.deepcopy(model), LoraConfig(r=4, lora_alpha=8, target_modules="all-linear"))
    with torch.no_grad():
        for name, parameter in found.named_parameters():
            if "lora_B" in name:
                parameter.normal_(std=0.1)
    logits = found(ids, attention_mask=mask).logits
    logits.log_softmax(-1)[mask.bool()][..., 7].sum().backward()
    return logits.detach()[mask.bool()], {n: p.grad for n, p in found.named_parameters() if p.requires_grad}


@pytest.mark.parametrize("lengths", [(8, 8, 8), (8, 3, 5)])
def test_outputs_and_gradients_are_those_of_torch(small_llama, lengths, monkeypatch):
    ids, mask = torch.arange(24).view(3, 8), torch.arange(8) < torch.tensor(lengths)[:, None]
    logits, expected = learnt(small_llama, ids, mask.long())
    used = []
    plain = cpu_attention._Attention.backward
    monkeypatch.setattr(
        cpu_attention._Attention, "backward", staticmethod(lambda ctx, *g: used.append(1) or plain(ctx, *g))
    )
    attend_on_cpu(small_llama)
    assert small_llama.config._attn_implementation == CPU_ATTENTION
    own_logits, found = learnt(small_llama, ids, mask.long())
    assert len(used) == small_llama.config.num_hidden_layers
    torch.testing.assert_close(own_logits, logits)
    for name, gradient in expected.items():
        torch.testing.assert_close(found[name], gradient, atol=1e-4, rtol=1e-3, msg=lambda told, n=name: f"{n}: {told}")


def test_long_sequences_and_those_without_a_gradient_are_torchs(small_llama, monkeypatch):
    attend_on_cpu(small_llama)
    monkeypatch.setattr(cpu_attention._Attention, "apply", lambda *_: pytest.fail("not here"))
    monkeypatch.setattr(cpu_attention, "LONGEST", 4)
    ids = torch.arange(24).view(3, 8)
    small_llama(ids)
    with torch.no_grad():
        small_llama(ids[:, :3])


def test_gradients_under_autocast_are_those_of_float32_but_for_rounding(small_llama):
    ids, mask = torch.arange(24).view(3, 8), torch.ones(3, 8, dtype=torch.long)
    attend_on_cpu(small_llama)
    _, expected = learnt(small_llama, ids, mask)
    with torch.autocast("cpu", torch.bfloat16):
        _, found = learnt(small_llama, ids, mask)
    ours, wanted = (torch.cat([x.flatten() for x in grads.values()]) for grads in (found, expected))
    assert torch.cosine_similarity(ours, wanted, dim=0) > 0.99
