"""Bias and penalties as one row."""

import pytest
import torch

from tlpo_guard.generation.offsets import LogitOffsets, Penalties

CPU = torch.device("cpu")


def applied(offsets: LogitOffsets, logits: torch.Tensor | None = None) -> torch.Tensor:
    """What becomes of some logits, zeros by default."""
    row = torch.zeros(8) if logits is None else logits.clone()
    offsets.apply(row)
    return row


def test_penalties_follow_their_definition() -> None:
    answer = [3, 5, 3, 3]
    offsets = LogitOffsets(8, CPU, Penalties(bias={5: 2.0, 1: -100.0}, presence=0.5, frequency=0.25))
    for token_id in answer:
        offsets.advance(token_id)
    counts = torch.bincount(torch.tensor(answer), minlength=8)
    expected = -0.5 * (counts > 0) - 0.25 * counts
    expected[5] += 2.0
    expected[1] -= 100.0
    torch.testing.assert_close(applied(offsets), expected)


def test_an_answer_that_goes_on_has_the_same_row_as_one_that_was_followed() -> None:
    followed = LogitOffsets(8, CPU, Penalties(presence=1.0, frequency=1.0))
    for token_id in (1, 2, 1):
        followed.advance(token_id)
    resumed = LogitOffsets(8, CPU, Penalties(presence=1.0, frequency=1.0), output_ids=[1, 2, 1])
    assert torch.equal(applied(followed), applied(resumed))
    assert float(applied(followed)[1]) == pytest.approx(-3.0)


def test_repetition_weakens_the_tokens_of_prompt_and_answer() -> None:
    logits = torch.tensor([2.0, -2.0, 4.0, -4.0, 1.0, 1.0, 1.0, 1.0])
    offsets = LogitOffsets(8, CPU, Penalties(repetition=2.0), prompt_ids=[0, 1])
    assert applied(offsets, logits).tolist() == [1.0, -4.0, 4.0, -4.0, 1.0, 1.0, 1.0, 1.0]
    offsets.advance(2)
    offsets.advance(2)  # a token that comes twice is weakened once
    assert applied(offsets, logits).tolist() == [1.0, -4.0, 2.0, -4.0, 1.0, 1.0, 1.0, 1.0]


def test_barred_tokens_come_once_the_answer_is_long_enough() -> None:
    offsets = LogitOffsets(8, CPU, Penalties(barred={2: 2, 7: 2, 3: 1}))
    for left in ([2, 3, 7], [2, 7]):
        assert torch.isinf(applied(offsets)).nonzero().flatten().tolist() == left
        offsets.advance(0)
    assert not torch.isinf(applied(offsets)).any()
    resumed = LogitOffsets(8, CPU, Penalties(barred={2: 2}), output_ids=[0, 0])
    assert not torch.isinf(applied(resumed)).any()


def test_what_changes_nothing_is_none() -> None:
    assert not Penalties().any
    for penalties in (Penalties(bias={1: 1.0}), Penalties(repetition=1.1), Penalties(barred={2: 1})):
        assert penalties.any
