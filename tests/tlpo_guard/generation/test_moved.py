"""What is logged of a row that its request has moved is the model's own: no client makes up confusion mass."""

import math

import pytest
import torch

from tests.tlpo_guard.byte_vocabulary import DETECTOR, SIZE, word
from tlpo_guard.generation.draws import Draws, SamplingParams
from tlpo_guard.generation.offsets import LogitOffsets, Penalties
from tlpo_guard.generation.sampler import Sampler
from tlpo_guard.generation.sequence import SampledSequence, Step
from tlpo_guard.guard.guard import Guard
from tlpo_guard.policy import GuardPolicy

KOREAN, RUSSIAN = word("한국"), word("мир")


def row_of(korean: float, russian: float) -> torch.Tensor:
    """Two tokens with these probabilities, the others with next to none."""
    raw = torch.full((1, SIZE), -30.0)
    raw[0, KOREAN], raw[0, RUSSIAN] = math.log(korean), math.log(russian)
    return raw


def step(raw: torch.Tensor, penalties: Penalties | None, params: SamplingParams) -> Step:
    steps: list[Step] = []
    guard = Guard(DETECTOR)
    state = guard.open(GuardPolicy(languages=("ko",), allow_english=False))
    offsets = None if penalties is None else LogitOffsets(SIZE, raw.device, penalties)
    row = SampledSequence(params, Draws(3), state, offsets, deliver=steps.append)
    Sampler(guard).step(raw, [row])
    return steps[0]


@pytest.mark.parametrize("params", [SamplingParams(), SamplingParams(temperature=0.0), SamplingParams(temperature=1.5)])
def test_a_bias_towards_what_drifts_makes_no_mass(params: SamplingParams) -> None:
    moved = step(row_of(0.98, 0.02), Penalties(bias={RUSSIAN: 50.0}), params)
    (event,) = moved.events  # the token that was drawn drifts
    assert (event.mass, moved.mass) == (pytest.approx(0.02, abs=1e-4), pytest.approx(0.02, abs=1e-4))
    assert [(token, drifts) for token, _, drifts in event.candidates[:2]] == [(KOREAN, False), (RUSSIAN, True)]
    assert math.exp(event.candidates[1][1]) == pytest.approx(0.02, abs=1e-4)


def test_heat_makes_no_mass() -> None:
    raw = row_of(0.999, 0.001)
    hot = step(raw, None, SamplingParams(temperature=20.0))
    assert hot.mass == pytest.approx(0.001, abs=1e-4)


def test_a_bias_that_only_lifts_the_mass_makes_no_event() -> None:
    policy = GuardPolicy(languages=("ko",), allow_english=False)
    raw = row_of(1 - policy.event_mass / 10, policy.event_mass / 10)
    lifted = step(raw, Penalties(bias={RUSSIAN: math.log(20.0)}), SamplingParams(top_k=2, seed=1))
    assert lifted.token_id == KOREAN and lifted.events == ()


def test_a_row_that_nobody_moved_has_its_own_mass() -> None:
    plain = step(row_of(0.7, 0.3), None, SamplingParams())
    assert plain.mass == pytest.approx(0.3, abs=1e-4)


@pytest.mark.parametrize(
    "params",
    [
        SamplingParams(temperature=0.0),
        SamplingParams(temperature=0.05),
        SamplingParams(top_k=1),
        SamplingParams(top_p=0.3),
    ],
)
def test_what_leaves_only_the_drifting_token_makes_no_more_mass_than_the_model_gives_it(params: SamplingParams) -> None:
    sharp = step(row_of(0.4, 0.6), None, params)
    (event,) = sharp.events
    assert (event.mass, sharp.mass) == (pytest.approx(0.6, abs=1e-4), pytest.approx(0.6, abs=1e-4))


def test_a_cold_row_in_which_drift_is_rarer_has_its_own_mass() -> None:
    cold = step(row_of(0.7, 0.3), None, SamplingParams(temperature=0.5))
    assert cold.mass == pytest.approx(0.3**2 / (0.3**2 + 0.7**2), abs=1e-4)
