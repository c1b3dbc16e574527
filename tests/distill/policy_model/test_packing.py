"""Sequences in one row give the logits and the gradients of padded ones, and are fewer tokens."""

import pytest
import torch
from transformers.cache_utils import DynamicCache

from distill.policy_model import row_attention
from distill.policy_model.cpu_attention import attend_on_cpu
from distill.policy_model.forward import logits_at
from distill.policy_model.packing import Packing, packs, plain_forwards

LENGTHS = torch.tensor([20, 14, 17])


@pytest.fixture(params=[10, 0, 20], ids=["shared", "unlike", "within"])
def ids(request):
    torch.manual_seed(0)
    found = torch.randint(1, 256, (3, 20))
    found[:, : request.param] = found[0, : request.param]
    return found.masked_fill(torch.arange(20) >= LENGTHS[:, None], 0)


@pytest.fixture
def model(gentle_llama):
    attend_on_cpu(gentle_llama)
    return gentle_llama


def learnt(model, ids, **options):
    widths, states = [], []
    hook = model.model.layers[0].register_forward_pre_hook(
        lambda _, args, kwargs: widths.append((args[0] if args else kwargs["hidden_states"]).shape[:2]),
        with_kwargs=True,
    )
    rows, places = torch.tensor([0, 0, 1, 2]), torch.tensor([3, 17, 13, 16])
    logits = logits_at(model, ids, rows, places, states=states, use_cache=False, **options)
    hook.remove()
    model.zero_grad()
    logits.log_softmax(-1)[:, 7].sum().backward()
    return logits.detach(), {n: p.grad.clone() for n, p in model.named_parameters()}, [tuple(w) for w in widths], states


@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("longest", [384, 4], ids=["own backward", "torch's"])
def test_logits_and_gradients_are_those_of_padded_sequences(model, ids, masked, longest, monkeypatch):
    monkeypatch.setattr(row_attention, "LONGEST", longest)
    options = {"attention_mask": (torch.arange(20) < LENGTHS[:, None]).long()} if masked else {}
    logits, gradients, widths, states = learnt(model, ids, **options)
    alike = int((ids == ids[:1]).all(dim=0).long().cumprod(dim=0).sum())
    assert widths == [(1, 18 + 14 + 17 - 2 * alike)]  # nothing is wanted of the first one's last two
    assert states[0].shape == (4, 32) and len(states) == 1
    with plain_forwards():
        expected, whole, widths, _ = learnt(model, ids, **options)
    assert widths == [(3, 20)]
    torch.testing.assert_close(logits, expected, atol=1e-5, rtol=1e-4)
    for name, gradient in whole.items():
        torch.testing.assert_close(
            gradients[name], gradient, atol=1e-4, rtol=1e-3, msg=lambda told, n=name: f"{n}: {told}"
        )


@torch.no_grad()
def test_a_cache_that_is_to_be_filled_holds_whole_sequences(model, ids):
    rows, places = torch.arange(3), LENGTHS - 1
    packed, padded = DynamicCache(), DynamicCache()
    logits_at(model, ids, rows, places, past_key_values=packed, use_cache=True)
    with plain_forwards():
        logits_at(model, ids, rows, places, past_key_values=padded, use_cache=True)
    there = torch.arange(20) < LENGTHS[:, None]
    for one, other in zip(packed.layers, padded.layers, strict=True):
        for found, expected in ((one.keys, other.keys), (one.values, other.values)):
            torch.testing.assert_close(
                found.transpose(1, 2)[there], expected.transpose(1, 2)[there], atol=1e-5, rtol=1e-4
            )


def test_states_go_into_a_row_and_back(ids):
    packing = Packing.of(ids, torch.arange(3), LENGTHS - 1)
    assert torch.equal(packing.padded(packing.packed(ids[..., None]))[..., 0], ids.where(ids > 0, ids[0, 0]))
    assert torch.equal(packing.packed(ids[..., None])[0, :, 0], packing.ids[0])


def test_models_that_see_less_than_a_sequence_or_compute_layers_twice_get_padded_ones(model, small_llama):
    assert packs(model, 20)
    model.config.sliding_window = 19
    assert not packs(model, 20) and packs(model, 19)
    model.config.sliding_window = None
    model.config.layer_types = ["full_attention", "linear_attention"]
    assert not packs(model, 20)
    model.config.layer_types = None
    model.gradient_checkpointing_enable()
    assert packs(model, 20) and not packs(model.train(), 20)
