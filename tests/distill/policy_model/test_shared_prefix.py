"""What all sequences begin with, run once, changes no logit and no gradient."""

import pytest
import torch
from transformers.cache_utils import DynamicCache

from distill.policy_model import shared_prefix
from distill.policy_model.forward import logits_at
from distill.policy_model.shared_prefix import whole_forwards

LENGTHS = torch.tensor([20, 14, 17])


@pytest.fixture
def ids():
    torch.manual_seed(0)
    found = torch.randint(1, 256, (3, 20))
    found[:, :10] = found[0, :10]
    return found.masked_fill(torch.arange(20) >= LENGTHS[:, None], 0)


@pytest.fixture(autouse=True)
def worth_it(monkeypatch):
    monkeypatch.setattr(shared_prefix, "_SAVED", 8)


def learnt(model, ids, **options):
    widths, states = [], []
    hook = model.model.layers[0].register_forward_pre_hook(
        lambda _, args, kwargs: widths.append((args[0] if args else kwargs["hidden_states"]).shape[:2]),
        with_kwargs=True,
    )
    rows, places = torch.tensor([0, 0, 1, 2]), torch.tensor([12, 19, 13, 16])
    logits = logits_at(model, ids, rows, places, states=states, **options)
    hook.remove()
    model.zero_grad()
    logits.log_softmax(-1)[:, 7].sum().backward()
    return logits.detach(), {n: p.grad.clone() for n, p in model.named_parameters()}, [tuple(w) for w in widths], states


@pytest.mark.parametrize("masked", [True, False])
def test_logits_and_gradients_are_those_of_whole_sequences(gentle_llama, ids, masked):
    options = {"attention_mask": (torch.arange(20) < LENGTHS[:, None]).long()} if masked else {}
    logits, gradients, widths, states = learnt(gentle_llama, ids, use_cache=False, **options)
    assert widths == [(1, 10), (3, 10)] and states[0].shape == (4, 32) and len(states) == 1
    with whole_forwards():
        expected, whole, widths, _ = learnt(gentle_llama, ids, use_cache=False, **options)
    assert widths == [(3, 20)]
    torch.testing.assert_close(logits, expected, atol=1e-5, rtol=1e-4)
    for name, gradient in whole.items():
        torch.testing.assert_close(
            gradients[name], gradient, atol=1e-4, rtol=1e-3, msg=lambda told, n=name: f"{n}: {told}"
        )


@torch.no_grad()
def test_a_cache_that_is_to_be_filled_holds_whole_sequences(gentle_llama, ids):
    rows, places = torch.arange(3), LENGTHS - 1
    shared, whole = DynamicCache(), DynamicCache()
    logits_at(gentle_llama, ids, rows, places, past_key_values=shared, use_cache=True)
    with whole_forwards():
        logits_at(gentle_llama, ids, rows, places, past_key_values=whole, use_cache=True)
    for one, other in zip(shared.layers, whole.layers, strict=True):
        torch.testing.assert_close(one.keys, other.keys, atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(one.values, other.values, atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_positions_in_the_prefix_and_prefixes_that_save_little_stay_whole(gentle_llama, ids, monkeypatch):
    widths = []
    gentle_llama.model.embed_tokens.register_forward_pre_hook(lambda _, args: widths.append(tuple(args[0].shape)))
    logits_at(gentle_llama, ids, torch.arange(3), torch.tensor([19, 2, 16]), use_cache=False)
    monkeypatch.setattr(shared_prefix, "_SAVED", 1000)
    logits_at(gentle_llama, ids, torch.arange(3), LENGTHS - 1, use_cache=False)
    assert widths == [(3, 20), (3, 20)]
