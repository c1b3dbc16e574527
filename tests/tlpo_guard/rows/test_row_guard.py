"""The guard over numpy rows beside the one inside transformers, on the same logits."""

import subprocess
import sys
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.examples import examples
from tests.tlpo_guard.byte_vocabulary import DETECTOR, MARKS, SIZE, word
from tests.tlpo_guard.vocabulary.vocabularies import FAMILIES, vocabulary
from tlpo_guard.brought import Brought
from tlpo_guard.generation.late_rows import LateRows
from tlpo_guard.guard.detector import DriftDetector
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.points import EventDraft
from tlpo_guard.policy import GuardPolicy, Mode
from tlpo_guard.rows.cuts import Cut, Cuts
from tlpo_guard.rows.host_masker import HostMasker
from tlpo_guard.rows.row_guard import RowGuard
from tlpo_guard.vocabulary.index import VocabularyIndex

BYTES = HostMasker(Guard(DETECTOR))
STRICT = GuardPolicy(languages=("ko",), allow_english=False)
POLICIES = [
    STRICT,
    GuardPolicy(languages=("ko",)),
    GuardPolicy(languages=("en",)),
    GuardPolicy(languages=("ru",), event_mass=0.3),
    GuardPolicy(mode=Mode.OBSERVE, languages=("ko",), allow_english=False),
    GuardPolicy(mode=Mode.OFF, languages=("ko",)),
    GuardPolicy(),
]
TEXTS = ["가나다 漢字 abc", "Привет мир, hello", "日本語とかな 1, 2", "λόγος π α", "Café مرحبا"]


def vocabulary_of(*tokens: str) -> VocabularyIndex:
    return VocabularyIndex.from_bytes([token.encode() for token in tokens])


def one_hot(*token_ids: int, size: int = SIZE, height: float = 30.0) -> NDArray[np.float32]:
    """A row over which the tokens come in this order."""
    row = np.zeros(size, dtype=np.float32)
    for rank, token_id in enumerate(token_ids):
        row[token_id] = height - rank
    return row


def in_transformers(
    guard: Guard, policy: GuardPolicy, logits: torch.Tensor, answer: Sequence[int], temperature: float, brought: Brought
) -> tuple[list[NDArray[np.float32]], list[EventDraft]]:
    """What `generate` is left to sample from before each token of an answer, and the events."""
    rows = LateRows(guard, policy, torch.zeros(1, 0, dtype=torch.int64), temperature, brought)
    ids = torch.tensor([list(answer)], dtype=torch.int64)
    if not policy.guards:
        return [row.numpy() for row in logits], []
    masked = [rows.mask(logits[i : i + 1], ids[:, :i])[0].numpy() for i in range(len(answer))]
    rows.mask(logits[-1:], ids)
    return masked, [draft for _, draft in rows.events() if draft.position < len(answer)]


def same_events(ours: Sequence[EventDraft], theirs: Sequence[EventDraft]) -> None:
    assert [(d.position, d.token_id, d.action, d.replacement_id, d.languages) for d in ours] == [
        (d.position, d.token_id, d.action, d.replacement_id, d.languages) for d in theirs
    ]
    for own, other in zip(ours, theirs, strict=True):
        assert own.mass == pytest.approx(other.mass, abs=1e-4)
        assert [(t, f) for t, _, f in own.candidates] == [(t, f) for t, _, f in other.candidates]
        np.testing.assert_allclose([c[1] for c in own.candidates], [c[1] for c in other.candidates], atol=1e-4)


def check_same(masker: HostMasker, policy: GuardPolicy, seed: int, answer: Sequence[int], temperature: float) -> None:
    """Masks are those of `generate`, less what the guard pardons; so are the events."""
    size = masker.size
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(len(answer), size, generator=generator) * 4
    logits[:, :256][:, MARKS] -= 100.0
    brought = Brought(["가수 邓丽君 노래, мир 뜻"]) if seed % 2 else Brought()
    theirs, expected = in_transformers(masker.guard, policy, logits, answer, temperature, brought)
    guard = RowGuard(masker, policy, temperature=temperature, brought=brought)
    for row, other, token_id in zip(logits.numpy(), theirs, answer, strict=True):
        own = guard.mask(row.copy())
        np.testing.assert_array_equal(own[np.isfinite(own)], row[np.isfinite(own)])
        assert not (np.isneginf(own) & ~np.isneginf(other)).any()
        spared = np.flatnonzero(np.isneginf(other) & ~np.isneginf(own)).tolist()
        assert masker.guard.pardoned(guard.state, spared) == frozenset(spared)
        guard.take(token_id)
    events = guard.events
    same_events(events, expected)


@pytest.mark.parametrize("policy", POLICIES, ids=str)
@given(
    st.lists(
        st.one_of(st.sampled_from([i for i in range(256) if i not in MARKS]), st.integers(256, SIZE - 1)),
        min_size=1,
        max_size=12,
    ),
    st.integers(0, 10_000),
    st.sampled_from([0.0, 0.7, 1.0]),
)
@examples(10, 400)
def test_rows_of_bytes_are_masked_as_generate_masks_them(
    policy: GuardPolicy, answer: list[int], seed: int, temperature: float
) -> None:
    check_same(BYTES, policy, seed, answer, temperature)


@pytest.mark.parametrize("family", FAMILIES)
def test_rows_of_real_vocabularies_are_masked_as_generate_masks_them(family: str) -> None:
    held = vocabulary(family)
    masker = HostMasker(Guard(DriftDetector(held.index)))
    for seed, text in enumerate(TEXTS):
        for policy, temperature in ((STRICT, 1.0), (POLICIES[2], 0.0), (POLICIES[4], 0.7)):
            check_same(masker, policy, seed, held.encode(text)[:6], temperature)


def test_the_most_probable_drift_is_named_with_what_was_taken_instead() -> None:
    told: list[tuple[EventDraft, int]] = []
    guard = RowGuard(BYTES, STRICT, temperature=0.0, on_event=lambda draft, before: told.append((draft, len(before))))
    guard.mask(one_hot(word("가")))
    guard.take(word("가"))
    row = guard.mask(one_hot(word("漢"), word("hello"), word("가"), word("1")))
    assert row.argmax() == word("가")
    assert [(d.token_id, d.replacement_id) for d in guard.events] == [(word("漢"), None)]
    assert told == []
    guard.take(word("가"))
    ((draft, before),) = told
    assert (draft.position, draft.token_id, draft.action, draft.replacement_id, before) == (
        1,
        word("漢"),
        "masked",
        word("가"),
        1,
    )
    guard.mask(one_hot(word("мир"), word("1")))
    guard.finish()
    assert [(d.token_id, d.replacement_id) for d in guard.events] == [(word("漢"), word("가")), (word("мир"), None)]
    guard.finish()
    assert len(told) == 2


def test_observed_rows_are_left_alone_and_logged_up_to_the_first_drift() -> None:
    guard = RowGuard(BYTES, POLICIES[4], temperature=0.0)
    for token_id in map(word, ("가", "漢", "мир")):
        row = one_hot(token_id)
        np.testing.assert_array_equal(guard.mask(row.copy()), row)
        guard.take(token_id)
    assert [(d.position, d.action, d.replacement_id) for d in guard.events] == [(1, "observed", None)]


def test_where_everything_drifts_the_row_is_left_alone() -> None:
    masker = HostMasker(Guard(DriftDetector(vocabulary_of("漢", "字"))))
    guard = RowGuard(masker, STRICT, temperature=0.0)
    assert guard.mask(np.array([0.0, 1.0], dtype=np.float32)).tolist() == [0.0, 1.0]
    guard.take(1)
    assert [(d.action, d.replacement_id) for d in guard.events] == [("stood_back", None)]


def test_padding_behind_the_vocabulary_is_left_alone() -> None:
    row = np.append(one_hot(word("漢"), word("가")), np.float32([5.0, 6.0]))
    masked = RowGuard(BYTES, STRICT).mask(row)
    assert masked[-2:].tolist() == [5.0, 6.0]
    assert np.isneginf(masked[word("漢")])


def test_code_glosses_and_copies_stay_open() -> None:
    english = GuardPolicy(languages=("en",))
    song = Brought(["가수 邓丽君 노래"])
    for policy, text, token, brought, stays in (
        (STRICT, "`", "hello", Brought(), True),
        (STRICT, "가 ", "hello", Brought(), False),
        (english, "Kyiv (", "К", Brought(), True),
        (english, "Kyiv ", "К", Brought(), False),
        (POLICIES[1], "", "邓", song, True),
        (POLICIES[1], "", "邓", Brought(), False),
    ):
        guard = RowGuard(BYTES, policy, brought=brought)
        for byte in text.encode():
            guard.take(byte)
        first = word(token) if token == "hello" else token.encode()[0]
        assert np.isfinite(guard.mask(one_hot(first))[first]) == stays, (text, token)


def test_reasoning_is_not_guarded_but_on_request() -> None:
    masker = HostMasker(Guard(DETECTOR, {1: "<think>", 2: "</think>"}))
    latin = ord("a")

    def kept_out(policy: GuardPolicy) -> list[bool]:
        guard = RowGuard(masker, policy, prompt_ids=[1])
        seen = []
        for token_id in (latin, 2, latin):
            seen.append(bool(np.isneginf(guard.mask(one_hot(word("가")))[latin])))
            guard.take(token_id)
        return seen

    assert kept_out(STRICT) == [False, False, True]
    assert kept_out(GuardPolicy(languages=("ko",), allow_english=False, reasoning=True)) == [True] * 3


def test_a_request_cuts_before_the_guard_masks() -> None:
    guard = RowGuard(BYTES, STRICT, cuts=Cuts(top_k=3))
    ranked = one_hot(word("가"), word("漢"), word("1"), word("한국"))
    masked = guard.mask(ranked.copy())
    assert sorted(np.flatnonzero(np.isfinite(masked))) == sorted([word("가"), word("1")])
    assert masked[word("1")] == ranked[word("1")]


def test_a_request_that_samples_from_drift_alone_samples_from_the_rest() -> None:
    guard = RowGuard(BYTES, STRICT, cuts=Cuts(top_k=2))
    masked = guard.mask(one_hot(word("漢"), word("мир"), word("가"), word("1"), word("한국")))
    assert sorted(np.flatnonzero(np.isfinite(masked))) == sorted([word("가"), word("1")])


@given(st.integers(0, 10_000), st.sampled_from([1.0, 0.7]))
@examples(50)
def test_what_may_stay_keeps_its_share_under_a_request_s_cuts(seed: int, temperature: float) -> None:
    row = np.random.default_rng(seed).normal(0, 3, SIZE).astype(np.float32)
    row[MARKS] = -100.0
    cuts = Cuts(top_k=40, top_p=0.8, min_p=0.02, temperature=temperature)
    support = np.sort(cuts.kept(row))
    masked = RowGuard(BYTES, POLICIES[1], temperature=temperature, cuts=cuts).mask(row.copy())
    blocked = DETECTOR.rules(POLICIES[1]).verdicts().blocked
    kept = np.flatnonzero(np.isfinite(masked))
    np.testing.assert_array_equal(masked[kept], row[kept])
    drifting = [t for t in support if blocked[t]]
    assert not set(kept) & set(drifting)
    whole = [t for t in support if not blocked[t] and not DETECTOR.tables.breaks(0)[t]]
    if whole:
        assert set(whole if drifting else support) <= set(kept) <= set(support)


class TestCuts:
    """Against the plain way: sort, then cut."""

    @given(
        st.integers(0, 10_000),
        st.sampled_from([0, 1, 5, 40]),
        st.sampled_from([1.0, 0.95, 0.5, 0.01]),
        st.sampled_from([0.0, 0.05, 0.5, 1.0]),
        st.permutations(list(Cut)),
        st.sampled_from([0.5, 1.0, 2.0]),
    )
    @examples(200)
    def test_each_cut_takes_what_the_one_before_left(
        self, seed: int, top_k: int, top_p: float, min_p: float, order: list[Cut], temperature: float
    ) -> None:
        row = np.random.default_rng(seed).normal(0, 3, 120).astype(np.float32)
        cuts = Cuts(top_k, top_p, min_p, temperature, tuple(order))
        if not cuts:
            return
        ids = np.argsort(-row, kind="stable")
        for cut in order:
            probs = np.exp((row[ids] - row[ids[0]]).astype(np.float64) / temperature)
            if cut is Cut.TOP_K and top_k:
                ids = ids[:top_k]
            elif cut is Cut.TOP_P and top_p < 1:
                ids = ids[np.append(0.0, np.cumsum(probs)[:-1]) < top_p * probs.sum()]
            elif cut is Cut.MIN_P:
                ids = ids[probs >= min_p * (1 - 1e-6)]
        assert sorted(cuts.kept(row).tolist()) == sorted(ids.tolist())
        assert sorted(cuts.kept(row, ties=True).tolist()) == sorted(ids.tolist())

    def test_rows_that_are_masked_already(self) -> None:
        row = np.full(10, -np.inf, dtype=np.float32)
        row[3] = 1.0
        for cuts in (Cuts(top_k=4), Cuts(top_p=0.5), Cuts(min_p=0.1)):
            assert 3 in cuts.kept(row)
        assert Cuts(top_p=0.5).kept(row).tolist() == [3]

    def test_tokens_as_probable_as_the_last_one(self) -> None:
        row = np.array([2.0, 3.0, 2.0, 1.0, 2.0], dtype=np.float32)
        assert Cuts(top_k=2).kept(row).size == 2
        assert Cuts(top_k=2).kept(row, ties=True).tolist() == [0, 1, 2, 4]


def test_neither_the_guard_nor_its_rows_import_torch() -> None:
    program = "import sys, tlpo_guard.rows.answers; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
