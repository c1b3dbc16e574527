"""The sampler of continuous batching over bytes: what it leaves alone, what it replaces, what a fault does."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.examples import examples
from tests.foreign_letters import english_words, foreign_to
from tests.tlpo_guard.byte_vocabulary import DETECTOR, SETTINGS, SIZE, STEPS, TOKENS, one_hot, random_logits, word
from tlpo_guard.generation import host_rows
from tlpo_guard.generation.distribution import RowSampling
from tlpo_guard.generation.drawn import draw
from tlpo_guard.generation.draws import Draws, SamplingParams
from tlpo_guard.generation.sequence import SampledSequence
from tlpo_guard.guard.automaton import BEHIND_GREEK, BORDER
from tlpo_guard.guard.detector import DriftDetector
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.points import EventDraft
from tlpo_guard.integrations.transformers import GuardedSampler
from tlpo_guard.policy import GuardPolicy, Mode
from tlpo_guard.vocabulary.index import VocabularyIndex

FOREIGN_TO_KOREAN = foreign_to("Hangul", "Latin")
# Lead bytes of Cyrillic and Han characters, and the first two bytes of kana.
PIECE_OF_FOREIGN = re.compile(rb"[\xd0-\xd3\xe4-\xe9]|\xe3[\x81\x83]")


@dataclass
class Row:
    """One request of the batch, its winners with the guard off, and what became of it."""

    sequence: SampledSequence
    shadow: Draws
    events: list[EventDraft] = field(default_factory=list)

    @property
    def answer(self) -> bytes:
        return b"".join(TOKENS[i] for i in self.sequence.state.output_ids)

    @property
    def pending(self) -> bytes:
        """The beginning of a character that the answer ends with."""
        tail = self.answer[-3:]
        return next((tail[cut:] for cut in range(len(tail)) if begins_character(tail[cut:])), b"")

    @property
    def request(self) -> SimpleNamespace:
        return SimpleNamespace(state=SimpleNamespace(logit_processor_kwargs={"sequence": self.sequence}))

    def unguarded(self, logits: torch.Tensor) -> int:
        """The winner of the untouched row; call it once a step."""
        params = self.sequence.params
        how = RowSampling(
            np.array([1.0 if params.greedy else params.temperature], dtype=np.float32),
            np.array([params.top_p]),
            np.array([params.top_k or 0]),
            np.array([params.min_p]),
        )
        uniform = np.array([self.shadow.next()[0]])
        return int(draw(logits.unsqueeze(0), how, np.array([params.greedy]), uniform).winners)


def row(guard: Guard, mode: Mode, params: SamplingParams, languages: Sequence[str] = ("ko",)) -> Row:
    policy = GuardPolicy(mode=mode, languages=tuple(languages), allow_english=False)
    made = Row(SampledSequence(params, Draws(params.seed), guard.open(policy)), Draws(params.seed))
    made.sequence.deliver = lambda step: made.events.extend(step.events)
    return made


def step(sampler: GuardedSampler, rows: Sequence[Row], logits: torch.Tensor) -> list[int]:
    """One step as the engine does it; the chosen tokens."""
    scores = sampler(logits.clone(), sampler.prepare_tensor_args([row.request for row in rows]))  # type: ignore[arg-type]
    assert torch.isposinf(scores[: len(rows)]).sum(dim=-1).tolist() == [1] * len(rows)
    return scores.argmax(dim=-1).tolist()[: len(rows)]


class _FailingAdvance(Guard):
    def advance(self, *_: object, **__: object) -> None:
        raise RuntimeError("boom")


def boom(*_: object, **__: object) -> None:
    raise RuntimeError("boom")


def test_off_and_observe_choose_what_is_drawn() -> None:
    sampler = GuardedSampler(Guard(DETECTOR))
    rows = [row(sampler.guard, mode, params) for params in SETTINGS for mode in (Mode.OFF, Mode.OBSERVE)]
    for number in range(STEPS):
        logits = random_logits(number, len(SETTINGS)).repeat_interleave(2, dim=0)
        expected = [row.unguarded(logits[i]) for i, row in enumerate(rows)]
        assert step(sampler, rows, logits) == expected
    observed = [row.events for row in rows[1::2]]
    assert all(observed)
    assert {draft.action for events in observed for draft in events} == {"observed"}
    assert [row.events for row in rows[::2]] == [[]] * len(SETTINGS)
    assert sampler.faults == 0
    assert [row.sequence.state.interventions for row in rows] == [0] * len(rows)


def test_observe_logs_up_to_the_first_drift_and_not_behind_it() -> None:
    sampler = GuardedSampler(Guard(DETECTOR))
    watched = row(sampler.guard, Mode.OBSERVE, SamplingParams(temperature=0.0))
    for text in ("가", "漢", "中文"):
        step(sampler, [watched], one_hot(word(text)))
    (draft,) = watched.events
    assert (draft.position, draft.token_id, draft.replacement_id) == (1, word("漢"), None)
    assert draft.candidates[0][0] == word("漢") and draft.candidates[0][2]
    assert draft.mass == pytest.approx(1.0)


def test_mask_changes_drifting_winners_only() -> None:
    sampler = GuardedSampler(Guard(DETECTOR))
    rows = [row(sampler.guard, Mode.MASK, params) for params in SETTINGS]
    replaced = kept = 0
    for number in range(STEPS):
        logits = random_logits(100 + number, len(rows))
        drifting = [{i for i in range(SIZE) if sampler.guard.drifts(row.sequence.state, i)} for row in rows]
        winners = [row.unguarded(logits[i]) for i, row in enumerate(rows)]
        for winner, chosen, kept_out in zip(winners, step(sampler, rows, logits), drifting, strict=True):
            assert word("漢") in kept_out
            if winner in kept_out:
                assert chosen != winner
                replaced += 1
            else:
                assert chosen == winner
                kept += 1
            assert chosen not in kept_out
    assert replaced == sum(row.sequence.state.interventions for row in rows)
    assert min(replaced, kept) >= 10


def test_min_p_measures_what_the_guard_has_left() -> None:
    sampler = GuardedSampler(Guard(DETECTOR))
    guarded = row(sampler.guard, Mode.MASK, SamplingParams(min_p=0.5))
    logits = torch.full((1, SIZE), -30.0)
    logits[0, word("漢")], logits[0, word("가")] = 10.0, 0.0
    # Beside the drifting token nothing reaches half of the greatest probability; without it, the next one does.
    assert step(sampler, [guarded], logits) == [word("가")]
    assert guarded.sequence.state.interventions == 1


def test_the_replacement_is_the_most_probable_that_does_not_drift() -> None:
    sampler = GuardedSampler(Guard(DETECTOR))
    masked = row(sampler.guard, Mode.MASK, SamplingParams(temperature=0.0))
    assert step(sampler, [masked], one_hot(word("漢"), word("hello"), word("가"), word("1"))) == [word("가")]
    (draft,) = masked.events
    assert (draft.action, draft.token_id, draft.replacement_id) == ("masked", word("漢"), word("가"))
    assert [c[:1] + c[2:] for c in draft.candidates[:4]] == [
        (word("漢"), True),
        (word("hello"), True),
        (word("가"), False),
        (word("1"), False),
    ]


def test_where_everything_drifts_the_guard_stands_back() -> None:
    vocabulary = VocabularyIndex.from_bytes(["漢".encode(), "字".encode()])
    sampler = GuardedSampler(Guard(DriftDetector(vocabulary)))
    masked = row(sampler.guard, Mode.MASK, SamplingParams(temperature=0.0))
    assert step(sampler, [masked], torch.tensor([[0.0, 1.0]])) == [1]
    assert [(d.action, d.replacement_id) for d in masked.events] == [("stood_back", None)]
    assert (masked.sequence.state.interventions, masked.sequence.state.stood_back) == (0, 1)


def test_every_row_has_the_rules_of_its_own_request() -> None:
    sampler = GuardedSampler(Guard(DETECTOR))
    greedy = SamplingParams(temperature=0.0)
    rows = [
        row(sampler.guard, Mode.MASK, greedy),
        row(sampler.guard, Mode.MASK, greedy, ["zh"]),
        row(sampler.guard, Mode.OFF, greedy),
        row(sampler.guard, Mode.MASK, greedy, []),
        row(sampler.guard, Mode.MASK, greedy, ["ru"]),
    ]
    logits = one_hot(word("漢"), word("가"), word("мир")).repeat(len(rows), 1)
    assert step(sampler, rows, logits) == [word(t) for t in ("가", "漢", "漢", "漢", "мир")]
    assert [len(row.events) for row in rows] == [1, 0, 0, 0, 1]


def test_rows_past_the_requests_are_left_without_a_choice() -> None:
    sampler = GuardedSampler(Guard(DETECTOR))
    masked = row(sampler.guard, Mode.MASK, SamplingParams(temperature=0.0))
    logits = one_hot(word("가")).repeat(3, 1)
    scores = sampler(logits, sampler.prepare_tensor_args([masked.request]))  # type: ignore[arg-type]
    assert scores.shape == logits.shape
    assert masked.sequence.state.output_ids == [word("가")]


def test_rows_that_cannot_be_reviewed_together_are_reviewed_apart(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sampler = GuardedSampler(Guard(DETECTOR))
    bank, slots = sampler.guard.bank, sampler.guard.bank.slots
    monkeypatch.setattr(bank, "slots", lambda rules: slots(rules) if len(rules) == 1 else boom())
    rows = [row(sampler.guard, Mode.MASK, SamplingParams(temperature=0.0)) for _ in range(2)]
    assert step(sampler, rows, one_hot(word("漢"), word("가")).repeat(2, 1)) == [word("가")] * 2
    assert [draft.token_id for made in rows for draft in made.events] == [word("漢")] * 2
    assert sampler.faults == 1
    assert "the guard failed" in caplog.text
    assert "boom" in caplog.text


def test_a_fault_lets_the_rows_pass_as_without_a_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = GuardedSampler(Guard(DETECTOR))
    monkeypatch.setattr(sampler.guard.bank, "slots", boom)
    rows = [row(sampler.guard, Mode.MASK, params) for params in SETTINGS]
    for number in range(STEPS):
        logits = random_logits(number, len(rows))
        expected = [row.unguarded(logits[i]) for i, row in enumerate(rows)]
        assert step(sampler, rows, logits) == expected
        assert sampler.faults == (number + 1) * (1 + 2 * len(rows))


def test_a_fault_in_one_row_leaves_the_others_guarded() -> None:
    sampler = GuardedSampler(Guard(DETECTOR))
    rows = [row(sampler.guard, Mode.MASK, SamplingParams(temperature=0.0)) for _ in range(3)]
    rows[1].sequence.state.pending = 10**9  # no such state
    assert step(sampler, rows, one_hot(word("漢"), word("가")).repeat(3, 1)) == [word(w) for w in ("가", "漢", "가")]
    assert [len(made.events) for made in rows] == [1, 0, 1]


def test_an_event_that_cannot_be_taken_leaves_its_row_guarded(monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = GuardedSampler(Guard(DETECTOR))
    masked = row(sampler.guard, Mode.MASK, SamplingParams(temperature=0.0))
    monkeypatch.setattr(host_rows, "top_candidates", boom)
    assert step(sampler, [masked], one_hot(word("漢"), word("가"))) == [word("가")]
    assert masked.events == []
    assert sampler.faults == 2


def test_a_replacement_at_a_border_begins_no_broken_character() -> None:
    sampler = GuardedSampler(Guard(DETECTOR))
    masked = row(sampler.guard, Mode.MASK, SamplingParams(temperature=0.0))
    assert step(sampler, [masked], one_hot(word("漢"), 0x95, 0xFF, word("가"))) == [word("가")]


def test_after_a_fault_the_guard_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = GuardedSampler(Guard(DETECTOR))
    masked = row(sampler.guard, Mode.MASK, SamplingParams(temperature=0.0))
    drift = one_hot(word("漢"), word("가"))
    with monkeypatch.context() as patch:
        patch.setattr(sampler.guard.bank, "slots", boom)
        assert step(sampler, [masked], drift) == [word("漢")]
    assert step(sampler, [masked], drift) == [word("가")]
    assert (sampler.faults, masked.sequence.state.interventions) == (3, 1)
    assert masked.sequence.state.output_ids == [word("漢"), word("가")]


def test_a_fault_while_taking_in_a_token_is_counted_by_row() -> None:
    sampler = GuardedSampler(_FailingAdvance(DETECTOR))
    rows = [row(sampler.guard, Mode.MASK, SamplingParams(temperature=0.0)) for _ in range(3)]
    assert step(sampler, rows, one_hot(word("漢"), word("가")).repeat(3, 1)) == [word("가")] * 3
    assert sampler.faults == 3


params_drawn = st.builds(
    SamplingParams,
    temperature=st.sampled_from([0.0, 0.5, 1.0, 2.0]),
    top_p=st.sampled_from([0.5, 0.95, 1.0]),
    top_k=st.sampled_from([None, 5, 100]),
    seed=st.integers(0, 2**32),
)


def favouring_characters(logits: torch.Tensor, pending: bytes) -> torch.Tensor:
    """A model that mostly finishes what it has begun, and now and then does not."""
    out = logits.clone()
    if pending:
        out[0x80:0xC0] += 6.0
    else:
        out[0x80:0xC0] -= 6.0
    return out


def legal_rest(pending: bytes, token_id: int) -> bool:
    """Whether pending bytes and a token are still the beginning of valid UTF-8."""
    data = pending + TOKENS[token_id]
    for cut in range(4):
        try:
            data[: len(data) - cut].decode()
        except UnicodeDecodeError:
            continue
        return cut == 0 or begins_character(data[len(data) - cut :])
    return False


def begins_character(tail: bytes) -> bool:
    lengths = {2: range(0xC2, 0xE0), 3: range(0xE0, 0xF0), 4: range(0xF0, 0xF5)}
    missing = next((n - len(tail) for n, leads in lengths.items() if tail[0] in leads), 0)
    if missing < 1:
        return False
    for first in (0x80, 0x90, 0xA0):  # the second byte's range depends on the first
        try:
            (tail + bytes([first] + [0x80] * (missing - 1))).decode()
        except UnicodeDecodeError:
            continue
        return True
    return False


@examples(60)
@given(params_drawn, st.integers(0, 2**32), st.sampled_from([0.5, 2.0, 6.0]), st.booleans())
def test_a_masked_korean_answer_holds_no_foreign_character_and_no_piece_of_one(
    params: SamplingParams, seed: int, spread: float, coherent: bool
) -> None:
    sampler = GuardedSampler(Guard(DETECTOR))
    masked = row(sampler.guard, Mode.MASK, params)
    for number in range(STEPS):
        logits = random_logits(seed + number, 1, spread)
        if coherent:
            logits[0] = favouring_characters(logits[0], masked.pending)
        step(sampler, [masked], logits)
    answer = masked.answer
    assert not FOREIGN_TO_KOREAN.search(answer.decode(errors="replace"))
    assert not PIECE_OF_FOREIGN.search(answer)
    assert not english_words(answer.decode(errors="replace"))
    assert sampler.faults == 0


@examples(60)
@given(params_drawn, st.integers(0, 2**32), st.sampled_from(["ko", "ru", "ja", "th"]))
def test_a_replacement_never_breaks_a_character_that_could_be_finished(
    params: SamplingParams, seed: int, language: str
) -> None:
    sampler = GuardedSampler(Guard(DETECTOR))
    masked = row(sampler.guard, Mode.MASK, params, [language])
    rules = masked.sequence.state.rules
    assert rules is not None
    for number in range(STEPS):
        pending, state = masked.pending, masked.sequence.state.pending
        assert (state in (BORDER, BEHIND_GREEK)) == (not pending)
        logits = favouring_characters(random_logits(seed + number, 1)[0], pending)
        winner = masked.unguarded(logits)
        (chosen,) = step(sampler, [masked], logits.unsqueeze(0))
        if chosen != winner and pending:
            finishing = [i for i in range(SIZE) if legal_rest(pending, i) and not rules.blocks(state, i)]
            assert finishing
            assert legal_rest(pending, chosen)


@pytest.mark.parametrize(
    ("begun", "drifting", "others"),
    [
        (b"\xe3", [0x81], ["가", "1"]),  # Hiragana begun with a byte that 、 shares
        (b"\xe3\x80", [word("漢")], ["다é", "한국", " "]),
        (b"\xea", [word("hello")], ["가", "1"]),
        (b"\xf0\x9f", [word("мир")], ["1"]),
    ],
)
def test_a_drift_inside_a_character_is_replaced_by_what_finishes_it(
    begun: bytes, drifting: list[int], others: list[str]
) -> None:
    sampler = GuardedSampler(Guard(DETECTOR))
    masked = row(sampler.guard, Mode.MASK, SamplingParams(temperature=0.0))
    for byte in begun:
        assert step(sampler, [masked], one_hot(byte)) == [byte]
    step(sampler, [masked], one_hot(*drifting, *map(word, others)))
    assert masked.sequence.state.interventions == 1
    assert masked.sequence.state.output_ids[-1] not in {*drifting, *map(word, others)}
    assert legal_rest(begun, masked.sequence.state.output_ids[-1])
    for _ in range(4):
        if not masked.sequence.state.pending:
            break
        step(sampler, [masked], favouring_characters(torch.zeros(SIZE), b"x").unsqueeze(0))
    text = masked.answer.decode()  # would raise on a broken character
    assert not FOREIGN_TO_KOREAN.search(text)


@examples(30)
@given(params_drawn, st.integers(0, 2**32))
def test_up_to_its_first_replacement_a_masked_answer_is_the_unguarded_one(params: SamplingParams, seed: int) -> None:
    sampler = GuardedSampler(Guard(DETECTOR))
    rows = [row(sampler.guard, mode, params) for mode in (Mode.OFF, Mode.MASK)]
    for number in range(STEPS):
        step(sampler, rows, random_logits(seed + number, 1).expand(2, -1).clone())
    off, mask = (row.sequence.state.output_ids for row in rows)
    replaced = [draft for draft in rows[1].events if draft.replacement_id is not None]
    assume(replaced)
    first = replaced[0].position
    assert off[:first] == mask[:first]
    assert off[first] == replaced[0].token_id
    assert mask[first] == replaced[0].replacement_id != off[first]
