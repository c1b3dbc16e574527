"""The guard inside MLX-LM, on the packaged model; `make test-mlx` brings MLX."""

from pathlib import Path
from typing import Any

import pytest

from tests.foreign_letters import english_words, foreign_to
from tlpo_guard.events.record import Event
from tlpo_guard.guard.build import build_guard
from tlpo_guard.models.load import LoadedModel
from tlpo_guard.policy import GuardPolicy, Mode

mx = pytest.importorskip("mlx.core", reason="MLX is not installed")
mlx_lm = pytest.importorskip("mlx_lm", reason="MLX-LM is not installed")
from tlpo_guard.integrations.mlx import GuardedAnswers, guarded  # noqa: E402

FOREIGN = foreign_to("Hangul", "Latin")
PROMPTS = ["스트레스를 줄이는 방법을 알려 주세요.", "Tell me about Seoul."]
SAMPLINGS = [{"temperature": 0.0}, {"temperature": 0.8}, {"temperature": 1.0, "top_p": 0.9, "top_k": 40}]
TOKENS = 6


@pytest.fixture(scope="module")
def loaded(smollm2: LoadedModel, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    mx.set_default_device(mx.cpu)
    folder = tmp_path_factory.mktemp("mlx") / "model"
    smollm2.model.save_pretrained(folder)
    smollm2.tokenizer.save_pretrained(folder)
    model, tokenizer = mlx_lm.load(str(Path(folder)))
    return model, tokenizer


def strict(mode: Mode) -> GuardPolicy:
    return GuardPolicy(mode=mode, languages=("ko",), allow_english=False)


def prompt_ids(tokenizer: Any, prompt: str) -> list[int]:
    turns = [{"role": "user", "content": prompt}]
    return list(tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=False))


def answer(loaded: tuple[Any, Any], prompt: str, guard: GuardedAnswers, **options: Any) -> tuple[list[int], str]:
    """The tokens and the text of an answer."""
    model, tokenizer = loaded
    mx.random.seed(3)
    steps = list(
        mlx_lm.stream_generate(
            model, tokenizer, prompt_ids(tokenizer, prompt), max_tokens=TOKENS, **(guard.options | options)
        )
    )
    return [step.token for step in steps], "".join(step.text for step in steps)


def first_drift(loaded: tuple[Any, Any], token_ids: list[int]) -> int:
    """How many tokens of an answer come before the first that the guard would keep out."""
    guard = build_guard(loaded[1]._tokenizer, loaded[0].args.vocab_size)
    state = guard.open(strict(Mode.MASK))
    for index, token_id in enumerate(token_ids):
        if guard.drifts(state, token_id):
            return index
        guard.advance(state, token_id)
    return len(token_ids)


@pytest.mark.parametrize("sampling", SAMPLINGS, ids=str)
def test_masked_observed_and_unguarded_answers(loaded: tuple[Any, Any], sampling: dict[str, Any]) -> None:
    shared, acted = [], []
    for prompt in PROMPTS:
        unguarded = guarded(loaded[1], strict(Mode.OFF), **sampling)
        plain, _ = answer(loaded, prompt, unguarded, logits_processors=[])
        observing = guarded(loaded[1], strict(Mode.OBSERVE), **sampling)
        assert answer(loaded, prompt, observing)[0] == plain
        told: list[Event] = []
        masking = guarded(loaded[1], strict(Mode.MASK), on_event=told.append, **sampling)
        ids, text = answer(loaded, prompt, masking)
        assert not FOREIGN.search(text)
        assert english_words(text) == []
        common = next((i for i, (a, b) in enumerate(zip(ids, plain, strict=False)) if a != b), len(plain))
        first = first_drift(loaded, plain)
        # MLX rounds log-probabilities to the model's 16 bits: where a drift is taken out, draws between neighbours may change.
        assert common == first if sampling["temperature"] == 0.0 else common <= first
        assert [(e.position, e.replacement_id) for e in told] == [
            (d.position, ids[d.position]) for d in masking.events if d.position < len(ids)
        ]
        shared.append(common)
        acted += masking.events
    assert max(shared) > 0
    assert acted


def test_one_guard_follows_one_answer_after_the_other(loaded: tuple[Any, Any]) -> None:
    guard = guarded(loaded[1], strict(Mode.MASK))
    answers = [answer(loaded, prompt, guard)[0] for prompt in (PROMPTS[0], PROMPTS[1], PROMPTS[0])]
    assert answers[0] == answers[2] != answers[1]
