"""The rows of an engine on a CPU: what the guard for `generate` makes of the same logits, and what sampling finds in them."""

from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.tlpo_guard.byte_vocabulary import DETECTOR, SIZE, one_hot, random_logits, word
from tests.tlpo_guard.vocabulary.vocabularies import FAMILIES, vocabulary
from tlpo_guard.brought import Brought
from tlpo_guard.generation import host_rows
from tlpo_guard.generation.late_rows import LateRows
from tlpo_guard.guard.detector import DriftDetector
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.late import SeenPoint, decide_late
from tlpo_guard.guard.points import EventDraft
from tlpo_guard.guard.state import SequenceState
from tlpo_guard.policy import GuardPolicy, Mode
from tlpo_guard.rows.cuts import Cut, Cuts
from tlpo_guard.rows.host_masker import HostMasker, OwnSampling

STRICT = GuardPolicy(languages=("ko",), allow_english=False)
POLICIES = [
    GuardPolicy(languages=("ko",)),
    GuardPolicy(languages=("ja",), mode=Mode.OBSERVE),
    GuardPolicy(languages=("ru",), event_mass=0.3),
    GuardPolicy(languages=("en",)),
]
BEGINNINGS = ["", "한국어로 ", "日本の", "Ответ: да", "naïve 한", "😀 中"]


@cache
def _guard(family: str) -> Guard:
    return Guard(DriftDetector(vocabulary(family).index))


def _masked(guard: Guard, state: SequenceState, logits: torch.Tensor, how: OwnSampling) -> tuple[np.ndarray, list]:
    row = logits[0].numpy().copy()
    seen = HostMasker(guard).mask(row, state, how)
    if seen is None:
        return row, []
    taken = int(row.argmax())
    return row, [decide_late(guard, state, seen.sight(taken, acts=state.acts)).draft]


def _told(draft: EventDraft) -> tuple[object, ...]:
    return draft.position, draft.token_id, draft.action, draft.replacement_id, draft.languages


@pytest.mark.parametrize("family", FAMILIES)
@given(
    policy=st.sampled_from(POLICIES),
    beginning=st.sampled_from(BEGINNINGS),
    cut=st.integers(0, 3),
    seed=st.integers(0, 10_000),
    temperature=st.sampled_from([0.0, 0.7, 1.0]),
)
def test_rows_and_verdicts_are_those_of_the_guard_for_generate(
    family: str, policy: GuardPolicy, beginning: str, cut: int, seed: int, temperature: float
) -> None:
    guard, words = _guard(family), vocabulary(family)
    answer = words.encode(beginning)
    answer = answer[: max(len(answer) - cut, 0)]
    size = words.index.size
    logits = torch.randn(1, size, generator=torch.Generator().manual_seed(seed)) * 3.0
    expected = LateRows(guard, policy, torch.zeros(1, 1, dtype=torch.int64), temperature)
    state = guard.open(policy)
    for length, token_id in enumerate(answer):
        expected.mask(one_row(size, token_id), torch.tensor([answer[:length]], dtype=torch.int64))
        guard.advance(state, token_id)
    position = len(answer)
    masked = expected.mask(logits, torch.tensor([answer], dtype=torch.int64))
    row, drafts = _masked(guard, state, logits, OwnSampling(temperature=temperature))
    if temperature > 0 or drafts:
        assert np.array_equal(row, masked[0].numpy())
    else:  # the most probable token stays, and nothing else can win
        assert int(row.argmax()) == int(masked[0].argmax())
    taken = int(row.argmax())
    expected.mask(logits, torch.tensor([[*answer, taken]], dtype=torch.int64))
    theirs = [draft for _, draft in expected.events() if draft.position == position]
    assert [_told(d) for d in drafts if d is not None] == [_told(d) for d in theirs]
    for ours, other in zip(drafts, theirs, strict=False):
        np.testing.assert_allclose(ours.mass, other.mass, atol=1e-4)
        assert {i for i, _, _ in ours.candidates} == {i for i, _, _ in other.candidates}


@pytest.mark.parametrize("family", FAMILIES)
def test_of_foreign_letters_only_those_are_left_that_may_stand(family: str) -> None:
    guard, words = _guard(family), vocabulary(family)
    for seed, beginning in enumerate(BEGINNINGS):
        state = guard.open(STRICT)
        for token_id in words.encode(beginning):
            guard.advance(state, token_id)
        logits = torch.randn(1, words.index.size, generator=torch.Generator().manual_seed(seed)) * 3.0
        row, _ = _masked(guard, state, logits, OwnSampling())
        left = np.flatnonzero(np.isfinite(row)).tolist()
        foreign = [t for t in left if state.rules.blocks(state.pending, t)]
        assert left and set(foreign) == guard.pardoned(state, foreign)


def one_row(size: int, token_id: int) -> torch.Tensor:
    """A row in which one token leads."""
    row = torch.zeros(1, size)
    row[0, token_id] = 30.0
    return row


def cut(temperature: float = 1.0, **cuts: float) -> OwnSampling:
    """An engine that cuts by itself, in vLLM's order."""
    order = (Cut.MIN_P, Cut.TOP_K, Cut.TOP_P)
    return OwnSampling(temperature, Cuts(temperature=temperature, order=order, **cuts), cut_again=True)


@pytest.mark.parametrize(
    "how", [cut(top_p=0.9), cut(top_k=20), cut(min_p=0.1), cut(0.7, top_p=0.95, top_k=50, min_p=0.02)]
)
def test_a_row_is_masked_inside_what_it_would_be_sampled_from(how: OwnSampling) -> None:
    guard, untouched, held = Guard(DETECTOR), 0, 0
    for seed in range(60):
        logits = random_logits(seed, 1, 3.0)
        state = guard.open(STRICT)
        row, _ = _masked(guard, state, logits, how)
        probs = torch.softmax(logits[0] / how.temperature, dim=-1).numpy()
        own, cuts = probs, (np.array([how.cuts.top_p]), np.array([how.cuts.top_k]), np.array([how.cuts.min_p]))
        own = host_rows.cut(probs[None], *cuts)[0]
        blocked = np.array([guard.drifts(state, t) for t in range(SIZE)])
        untouched += np.array_equal(row, logits[0].numpy())
        again = host_rows.cut(torch.softmax(torch.from_numpy(row) / how.temperature, dim=-1).numpy()[None], *cuts)[0]
        left = np.flatnonzero(again)
        assert not blocked[left].any()
        if (own[~blocked] > 0).any():
            held += 1
            assert (own[left] > 0).all()
            assert np.array_equal(row[left], logits[0].numpy()[left])
    assert held > 5 and (untouched or how.cuts.top_p < 1.0)


def test_where_all_that_would_be_sampled_drifts_the_rest_of_the_row_is_left() -> None:
    guard = Guard(DETECTOR)
    logits = one_hot(word("中文"), word("漢"), word("한국"))
    row, drafts = _masked(guard, guard.open(STRICT), logits, cut(top_k=2))
    assert int(row.argmax()) == word("한국")
    assert [d.replacement_id for d in drafts] == [word("한국")]


def test_a_grammar_that_leaves_only_drift_is_let_pass_and_is_no_event() -> None:
    guard = Guard(DETECTOR)
    logits = torch.full((1, SIZE), -torch.inf)
    logits[0, [word("中文"), word("漢")]] = torch.tensor([2.0, 1.0])
    row, drafts = _masked(guard, guard.open(STRICT), logits, OwnSampling(constrained=True))
    assert np.array_equal(row, logits[0].numpy()) and drafts == [None]
    _, drafts = _masked(guard, guard.open(STRICT), logits, OwnSampling())
    assert [draft.action for draft in drafts] == ["stood_back"]
    assert [i for i, _, _ in drafts[0].candidates] == [word("中文"), word("漢")]


def test_rows_of_few_tokens_are_reported_without_the_others() -> None:
    guard = Guard(DETECTOR)
    logits = torch.full((1, SIZE), -torch.inf)
    logits[0, [word("中文"), word("한국")]] = torch.tensor([2.0, 1.0])
    rows = LateRows(guard, STRICT, torch.zeros(1, 1, dtype=torch.int64), 1.0)
    assert int(rows.mask(logits, torch.empty(1, 0, dtype=torch.int64))[0].argmax()) == word("한국")
    ((_, draft),) = rows.events()
    assert [i for i, _, _ in draft.candidates] == [word("中文"), word("한국")]


def test_what_the_conversation_brought_may_be_said_again_in_the_same_odds() -> None:
    guard = Guard(DETECTOR)
    logits = one_hot(word("中文"), word("漢"), word("한국"), height=3.0)
    state = guard.open(STRICT, brought=Brought(["「中文」는 무슨 뜻이에요?"]))
    row, drafts = _masked(guard, state, logits, OwnSampling())
    assert row[word("中文")] == logits[0, word("中文")] and row[word("漢")] == -np.inf
    assert [draft.token_id for draft in drafts] == [word("漢")]


def test_penalties_that_come_later_may_bring_in_what_top_k_left_out() -> None:
    guard = Guard(DETECTOR)
    logits = one_hot(word("한국"), word("中文"), height=9.0)
    moving = [(cut(top_k=1), False), (OwnSampling(moved=True), True)]
    moving += [(OwnSampling(0.0), False), (OwnSampling(0.0, moved=True), True)]
    for how, moved in moving:
        row, _ = _masked(guard, guard.open(STRICT), logits, how)
        assert bool(np.isinf(row[word("中文")])) is moved


def test_nothing_is_done_inside_reasoning_nor_behind_a_drift_that_was_only_observed() -> None:
    guard = Guard(DETECTOR)
    logits = one_hot(word("中文"))
    paused = guard.open(STRICT, list(b"<think>"))
    assert paused.paused
    observed = guard.open(GuardPolicy(languages=("ko",), mode=Mode.OBSERVE))
    guard.advance(observed, word("中文"))
    for state in (paused, observed):
        row, drafts = _masked(guard, state, logits, OwnSampling())
        assert not drafts and np.array_equal(row, logits[0].numpy())


def test_an_event_names_the_token_that_was_taken_though_inside_a_letter_another_one_may_stand() -> None:
    guard = Guard(DETECTOR)
    state = guard.open(STRICT, brought=Brought(["「中文」는 무슨 뜻이에요?"]))
    first, second, _ = "中".encode()
    guard.advance(state, first)
    assert guard.pardoned(state, [second, second + 1]) == {second}
    seen = SeenPoint(second + 1, True, 0.9, ((second + 1, -0.2, True), (second, -2.0, True)))
    draft = decide_late(guard, state, seen.sight(word("한국"), acts=True)).draft
    assert draft is not None and draft.replacement_id == word("한국")
