"""Answers of every mode, setting and language, played step by step, to hold one device's against another's."""

import numpy as np
import pytest
import torch

from tests.tlpo_guard.byte_vocabulary import SETTINGS, SIZE, random_logits, word
from tlpo_guard.generation.draws import Draws, SamplingParams
from tlpo_guard.generation.sequence import SampledSequence, Step
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.state import Repair, SequenceState
from tlpo_guard.policy import GuardPolicy, Mode

MODES = (Mode.OFF, Mode.OBSERVE, Mode.MASK, Mode.REWIND)
LANGUAGES = ("ko", "ru", "ja", "zh", "vi")


class Run:
    """One answer, and the steps that it was given."""

    def __init__(self, guard: Guard, state: SequenceState, params: SamplingParams, top_logprobs: int | None) -> None:
        self.steps: list[Step] = []
        draws = Draws(params.seed)
        self.sequence = SampledSequence(params, draws, state, top_logprobs=top_logprobs, deliver=self.steps.append)


def runs(guard: Guard) -> list[Run]:
    """Requests of every mode, setting and language, two of which have gone back."""
    made = []
    for number, params in enumerate(SETTINGS * 2):
        policy = GuardPolicy(
            mode=MODES[number % 4], languages=(LANGUAGES[number % 5],), allow_english=False, event_mass=0.2
        )
        seeded = SamplingParams(params.temperature, params.top_p, params.top_k, seed=number)
        made.append(Run(guard, guard.open(policy), seeded, None if number % 3 else number % 4))
    others = np.zeros(SIZE, dtype=np.bool_)
    others[[word("가"), word("한국"), word("1")]] = True
    state = guard.open(GuardPolicy(mode=Mode.REWIND, languages=("ko",)))
    for until in (0, 6):  # a first attempt, and a second one that also keeps words out
        again = guard.resume(state, Repair(0, word("hello"), others if until else None, until))
        made.append(Run(guard, again, SamplingParams(temperature=0.0), 2))
    observed = Repair(0, word("hello"), only_observed=True)
    made.append(Run(guard, guard.resume(state, observed), SamplingParams(seed=5), None))
    return made


def batch(step: int, rows: int) -> torch.Tensor:
    logits = random_logits(step, rows, spread=3.0)
    logits[:, word("hello")] += 4.0  # the token that the repairs are about
    return logits


def same(one: Step, other: Step) -> None:
    assert (one.token_id, one.replaced, one.stood_back) == (other.token_id, other.replaced, other.stood_back)
    assert one.mass == pytest.approx(other.mass, abs=1e-5)
    assert (one.logprobs is None) == (other.logprobs is None)
    if one.logprobs is not None and other.logprobs is not None:
        assert one.logprobs.chosen == pytest.approx(other.logprobs.chosen, abs=1e-4)
        assert [t for t, _ in one.logprobs.top] == [t for t, _ in other.logprobs.top]
    assert len(one.events) == len(other.events)
    for here, there in zip(one.events, other.events, strict=True):
        told = ("position", "token_id", "kind", "action", "replacement_id")
        assert [getattr(here, name) for name in told] == [getattr(there, name) for name in told]
        assert here.mass == pytest.approx(there.mass, abs=1e-5)
        assert [c[::2] for c in here.candidates] == [c[::2] for c in there.candidates]
        np.testing.assert_allclose([c[1] for c in here.candidates], [c[1] for c in there.candidates], atol=1e-4)
