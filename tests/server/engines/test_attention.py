"""Attention of decoding steps against the library's own, in the real engine."""

import asyncio
from pathlib import Path

import pytest
import torch

from server.engines import row_attention as attention
from server.engines.engine import AnswerRequest
from server.engines.transformers import TransformersEngine
from tlpo_guard.generation.draws import SamplingParams
from tlpo_guard.guard.build import build_guard
from tlpo_guard.models.load import LoadedModel, load_model
from tlpo_guard.policy import GuardPolicy, Mode

PROMPTS = [
    "Why is the sky blue?",
    "Hi",
    "¿Cómo se cocinan las lentejas? " * 12,
    "Name three uses of a paper clip.",
    "왜?",
]
TOKENS = 40


@pytest.fixture(scope="module")
def exact(small_model: Path) -> LoadedModel:
    """In float32, where two ways of adding up do not lead to two answers."""
    return load_model(str(small_model), cache_dir=small_model.parents[1], dtype=torch.float32, device="cpu")


def prompt_ids(loaded: LoadedModel) -> list[list[int]]:
    return [loaded.tokenizer(text)["input_ids"] for text in PROMPTS]


async def answers(loaded: LoadedModel, cache: Path) -> list[list[int]]:
    """Greedy answers to all prompts at once; the second one begins when the others are under way."""
    guard = build_guard(loaded.tokenizer, int(loaded.model.config.vocab_size), cache)
    engine = TransformersEngine(loaded, guard, kv_cache_tokens=4096, max_requests=8, prefix_caching=True)
    engine.start()

    async def one(number: int, ids: list[int]) -> list[int]:
        await asyncio.sleep(0.1 if number == 1 else 0.0)
        request = AnswerRequest(f"r{number}", ids, TOKENS, SamplingParams(0.0), GuardPolicy(mode=Mode.OFF))
        steps = [step async for batch in engine.generate(request) for step in batch]
        return [step.token_id for step in steps]

    try:
        return await asyncio.gather(*(one(number, ids) for number, ids in enumerate(prompt_ids(loaded))))
    finally:
        await asyncio.to_thread(engine.stop)


def alone(loaded: LoadedModel, ids: list[int], count: int) -> list[int]:
    out = loaded.model.generate(  # type: ignore[operator]
        torch.tensor([ids]), max_new_tokens=count, do_sample=False, attention_mask=torch.ones(1, len(ids)).long()
    )
    return out[0, len(ids) :].tolist()  # type: ignore[no-any-return]


def test_rows_that_read_only_their_own_keys_say_what_each_says_alone(
    exact: LoadedModel, model_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[int] = []
    real = attention._decode

    def seen(layer: int, query: torch.Tensor, *rest: object) -> torch.Tensor:
        rows.append(query.shape[2])
        return real(layer, query, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(attention, "_decode", seen)
    told = asyncio.run(answers(exact, model_cache))
    assert max(rows) >= len(PROMPTS) - 1
    assert told == [alone(exact, ids, len(answer)) for ids, answer in zip(prompt_ids(exact), told, strict=True)]
