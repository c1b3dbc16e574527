"""The candidates of events: whichever way a row is reviewed, the same tokens in the same order, equals among them."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tlpo_guard.generation import host_rows
from tlpo_guard.generation.review import top_candidates
from tlpo_guard.guard.points import NUM_CANDIDATES


def ordered(row: torch.Tensor) -> list[int]:
    """The best tokens, and of equals the first ones."""
    return sorted(range(len(row)), key=lambda token: (-float(row[token]), token))[:NUM_CANDIDATES]


@given(
    seed=st.integers(0, 10_000),
    size=st.sampled_from([3, 16, 127, 128, 300, 2048, 5000]),
    step=st.sampled_from([0.125, 1.0, 4.0]),
    left=st.sampled_from([1.0, 0.5, 0.01]),
)
def test_equals_come_in_the_order_of_their_ids(seed: int, size: int, step: float, left: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    rows = (torch.randn(2, size, generator=generator) * 3 / step).round() * step  # negative zeros are among them
    rows = rows.masked_fill(torch.rand(2, size, generator=generator) > left, -torch.inf)
    rows[:, 0] = 1.0
    ids, logprobs = top_candidates(rows)
    count = min(NUM_CANDIDATES, size)
    for row, own_ids, own_logprobs in zip(rows, ids, logprobs, strict=True):
        assert own_ids.tolist() == ordered(row)
        expected = row.double().log_softmax(-1)[own_ids]
        np.testing.assert_allclose(own_logprobs, expected, atol=1e-5)
        host_ids, host_logprobs = host_rows.top_candidates(row.numpy(), count)
        assert host_ids.tolist() == own_ids.tolist()
        np.testing.assert_allclose(host_logprobs, expected, atol=1e-5)


@pytest.mark.parametrize("numbers", [0, 5])
def test_a_row_without_numbers_is_no_error(numbers: int) -> None:
    row = torch.full((300,), torch.nan)
    row[:numbers] = 1.0
    assert top_candidates(row.unsqueeze(0))[0].shape == (1, NUM_CANDIDATES)
    assert len(host_rows.top_candidates(row.numpy(), NUM_CANDIDATES)[0]) == NUM_CANDIDATES
