"""Places in wide rows are those that one pass over all values finds."""

import pytest
import torch

from distill.policy_model.wide_rows import drawn, largest

SIZES = [7, 64, 1000, 4096, 49152]
ENDS = [0.0, 2.0**-53, 0.5, 1.0 - 2.0**-53]


def dice(number: int) -> torch.Generator:
    return torch.Generator().manual_seed(number)


@pytest.mark.parametrize("size", SIZES)
def test_the_first_of_the_largest_values(size):
    values = torch.randint(50, (40, size), generator=dice(0)).bfloat16()
    first = (values == values.amax(dim=-1, keepdim=True)).int().argmax(dim=-1)
    assert torch.equal(largest(values), first)


@pytest.mark.parametrize("size", SIZES)
def test_a_place_is_drawn_as_along_one_sum(size):
    weights = (3.0 * torch.randn(200, size, generator=dice(1))).softmax(dim=-1)
    chances = torch.rand(200, dtype=torch.float64, generator=dice(2))
    reached = weights.double().cumsum(dim=-1)
    expected = torch.searchsorted(reached, chances.unsqueeze(1) * reached[:, -1:], right=True).squeeze(1)
    assert (drawn(weights, chances) == expected).float().mean() > 0.99  # rounding may take the neighbour


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("chance", ENDS)
def test_what_has_no_weight_is_never_drawn(size, chance):
    weights = torch.rand(60, size, generator=dice(3)) * (torch.rand(60, size, generator=dice(4)) < 0.1)
    weights[:20, : size // 2], weights[20:40, -(size // 2) :] = 0.0, 0.0
    weights[torch.arange(60), torch.randint(size, (60,), generator=dice(5))] += 1e-30
    place = drawn(weights, torch.full((60,), chance, dtype=torch.float64))
    assert (weights.gather(1, place.unsqueeze(1)) > 0.0).all()
