"""The guard inside llama-cpp-python, on the packaged model."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.foreign_letters import english_words, foreign_to
from tlpo_guard.errors import ConfigurationError
from tlpo_guard.events.record import Event
from tlpo_guard.guard.detector import DriftDetector
from tlpo_guard.models.names import bundled_gguf
from tlpo_guard.policy import GuardPolicy, Mode

llama_cpp = pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")
from tlpo_guard.integrations.llama_cpp import GuardedAnswers, guarded, row_masks  # noqa: E402

FOREIGN = foreign_to("Hangul", "Latin")
PROMPTS = ["스트레스를 줄이는 방법을 알려 주세요.", "Tell me about Seoul."]
SAMPLINGS = [
    {"temperature": 0.0},
    {"temperature": 0.8, "top_k": 0, "top_p": 1.0, "min_p": 0.0},
    {"temperature": 1.0, "top_p": 0.9, "top_k": 40},
]
TOKENS = 10


@pytest.fixture(scope="module")
def llm() -> Iterator[Any]:
    loaded = llama_cpp.Llama(str(bundled_gguf()), n_ctx=512, n_threads=1, n_threads_batch=1, verbose=False)
    yield loaded
    loaded.close()


def strict(mode: Mode) -> GuardPolicy:
    return GuardPolicy(mode=mode, languages=("ko",), allow_english=False)


def ask(llm: Any, prompt: str, guard: GuardedAnswers, **options: Any) -> str:
    reply = llm.create_chat_completion(
        [{"role": "user", "content": prompt}], max_tokens=TOKENS, seed=7, **(guard.options | options)
    )
    guard.finish()
    return str(reply["choices"][0]["message"]["content"])


def prompt_ids(llm: Any, prompt: str) -> list[int]:
    chat = f"<|im_start|>user\n{prompt}<|im_end|>\n<|im_start|>assistant\n"
    return list(llm.tokenize(chat.encode(), special=True))


def answer_ids(llm: Any, prompt: str, **options: Any) -> list[int]:
    """The tokens of an answer, by the loop that the completions run on."""
    llm.reset()
    llm.set_seed(7)
    options["temp"] = options.pop("temperature")
    ids: list[int] = []
    for token_id in llm.generate(prompt_ids(llm, prompt), **options):
        ids.append(token_id)
        if token_id == llm.token_eos() or len(ids) == TOKENS:
            return ids
    return ids


@pytest.mark.parametrize("sampling", SAMPLINGS, ids=str)
def test_a_masked_answer_holds_no_foreign_letter(llm: Any, sampling: dict[str, float]) -> None:
    actions = set()
    for prompt in PROMPTS:
        guard = guarded(llm, strict(Mode.MASK), **sampling)  # type: ignore[arg-type]
        text = ask(llm, prompt, guard)
        assert not FOREIGN.search(text)
        assert english_words(text) == []
        assert "\ufffd" not in text[:-1]
        actions |= {draft.action for draft in guard.events}
    assert actions == {"masked"}


@pytest.mark.parametrize("sampling", SAMPLINGS, ids=str)
def test_observed_answers_are_the_unguarded_ones(llm: Any, sampling: dict[str, float]) -> None:
    events = []
    for prompt in PROMPTS:
        plain = answer_ids(llm, prompt, **sampling)
        for mode in (Mode.OFF, Mode.OBSERVE):
            guard = guarded(llm, strict(mode), **sampling)  # type: ignore[arg-type]
            assert answer_ids(llm, prompt, **guard.options) == plain
            events += guard.events
    assert {draft.action for draft in events} == {"observed"}


@pytest.mark.parametrize("sampling", SAMPLINGS, ids=str)
def test_a_masked_answer_is_the_unguarded_one_until_the_first_drift_could_be_drawn(
    llm: Any, sampling: dict[str, float]
) -> None:
    shared = []
    for prompt in PROMPTS:
        policy = GuardPolicy(languages=("ko", "en"))
        plain = answer_ids(llm, prompt, **sampling)
        guard = guarded(llm, policy, **sampling)  # type: ignore[arg-type]
        ids = answer_ids(llm, prompt, **guard.options)
        rules = DriftDetector(row_masks(llm).guard.detector.vocabulary).rules(policy)
        common = next((i for i, (a, b) in enumerate(zip(ids, plain, strict=False)) if a != b), len(plain))
        first = rules.first_drift(0, plain)
        assert common <= (len(plain) if first is None else first)
        if sampling["temperature"] == 0.0:
            assert common == (len(plain) if first is None else first)
        shared.append(common)
    assert max(shared) > 0


def test_events_name_what_was_taken_and_can_be_stored(llm: Any) -> None:
    told: list[Event] = []
    guard = guarded(llm, strict(Mode.MASK), temperature=0.0, on_event=told.append)
    ids = answer_ids(llm, PROMPTS[1], **guard.options)
    guard.finish()
    assert [event.position for event in told] == [draft.position for draft in guard.events]
    assert len({event.request_id for event in told}) == 1
    for event in told:
        assert event.prompt_ids == tuple(prompt_ids(llm, PROMPTS[1]))
        assert event.output_ids == tuple(ids[: event.position])
        last = event.position == len(ids) - 1
        assert event.replacement_id == (None if last else ids[event.position])
        assert (event.model, event.temperature, event.language) == ("SmolLM2-135M-Instruct.Q4_1", 0.0, "ko")


def test_one_guard_follows_one_answer_after_the_other(llm: Any) -> None:
    guard = guarded(llm, strict(Mode.MASK), temperature=0.0)
    first = [answer_ids(llm, prompt, **guard.options) for prompt in (PROMPTS[0], PROMPTS[1], PROMPTS[0])]
    assert first[0] == first[2] != first[1]


def test_a_logit_bias_leaves_the_guard_in_its_place(llm: Any) -> None:
    guard = guarded(llm, strict(Mode.MASK), temperature=0.0)
    text = ask(llm, PROMPTS[1], guard, logit_bias={"5": -100.0})
    assert guard.events and not FOREIGN.search(text) and english_words(text) == []


def test_tokens_are_spelt_as_the_converted_model_spells_them(llm: Any, smollm2: Any) -> None:
    from tlpo_guard.guard.build import build_guard

    ours = row_masks(llm).guard
    theirs = build_guard(smollm2.tokenizer, smollm2.model.config.vocab_size)
    np.testing.assert_array_equal(ours.detector.vocabulary.offsets, theirs.detector.vocabulary.offsets)
    np.testing.assert_array_equal(ours.detector.vocabulary.data, theirs.detector.vocabulary.data)
    assert row_masks(llm) is row_masks(llm)


def test_a_draft_model_is_refused(llm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llm, "draft_model", object())
    with pytest.raises(ConfigurationError, match="draft_model"):
        guarded(llm, "ko")
