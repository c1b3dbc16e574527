"""Bias and penalties as one row."""

import pytest
import torch

from tlpo_guard.generation.offsets import LogitOffsets

CPU = torch.device("cpu")


def test_penalties_follow_their_definition() -> None:
    answer = [3, 5, 3, 3]
    offsets = LogitOffsets(8, CPU, bias={5: 2.0, 1: -100.0}, presence=0.5, frequency=0.25)
    for token_id in answer:
        offsets.advance(token_id)
    counts = torch.bincount(torch.tensor(answer), minlength=8)
    expected = -0.5 * (counts > 0) - 0.25 * counts
    expected[5] += 2.0
    expected[1] -= 100.0
    torch.testing.assert_close(offsets.row, expected)


def test_an_answer_that_goes_on_has_the_same_row_as_one_that_was_followed() -> None:
    followed = LogitOffsets(8, CPU, bias={}, presence=1.0, frequency=1.0)
    for token_id in (1, 2, 1):
        followed.advance(token_id)
    resumed = LogitOffsets(8, CPU, bias={}, presence=1.0, frequency=1.0, output_ids=[1, 2, 1])
    assert torch.equal(followed.row, resumed.row)
    assert float(followed.row[1]) == pytest.approx(-3.0)
