import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from tlpo_guard.generation.distribution import RowSampling, cut_by_tensor
from tlpo_guard.generation.support import cut_proof

VOCABULARY = 1200


@given(
    seed=st.integers(0, 10_000),
    spread=st.floats(0.5, 4.0),
    temperature=st.floats(0.3, 2.0),
    top_p=st.sampled_from([1.0, 0.95, 0.9, 0.5]),
    top_k=st.sampled_from([0, 0, 5, 40]),
    min_p=st.sampled_from([0.0, 0.0, 0.05]),
)
def test_an_engine_that_cuts_again_samples_from_what_was_left_of_its_own_support(
    seed: int, spread: float, temperature: float, top_p: float, top_k: int, min_p: float
) -> None:
    generator = torch.Generator().manual_seed(seed)
    likely = torch.randn(4, VOCABULARY // 2, generator=generator) * spread
    logits = torch.cat([likely, likely - 60.0], dim=1)  # most of a vocabulary is hardly possible, and may fill up
    blocked = torch.rand(4, VOCABULARY, generator=generator) < 0.3
    sampling = RowSampling(np.full(4, temperature, np.float32), np.full(4, top_p), np.full(4, top_k), np.full(4, min_p))
    own = cut_by_tensor(torch.softmax(logits / temperature, dim=-1), sampling)
    kept = (own > 0) & ~blocked
    some = kept.any(dim=-1)
    temperatures, masses = torch.full((4,), temperature), torch.full((4,), top_p)
    rows = cut_proof(logits, kept, ~blocked, temperatures, masses)
    again = cut_by_tensor(torch.softmax(rows / temperature, dim=-1), sampling)[some]
    assert not again[blocked[some]].any()
    left = torch.where(kept, own, 0.0)[some]
    left = left / left.sum(dim=-1, keepdim=True)
    assert float((again - left).abs().sum(dim=-1).max() if len(again) else 0.0) < 2e-3
