# ruff: noqa: E402
"""What vLLM's scheduling must not change: prompts read in parts, and kept prefixes."""

import asyncio
import json
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

pytest.importorskip("vllm")

from server.engines.cards import model_card
from server.engines.engine import AnswerRequest
from server.engines.vllm.build import prepare_environment

prepare_environment()

from vllm.v1.core.sched.scheduler import Scheduler

from server.engines.vllm.arguments import engine_arguments
from server.engines.vllm.engine import VllmEngine
from tests.server.engines.built_engines import exact_model, own_greedy, thinking_guard
from tlpo_guard.errors import ConfigurationError, RegistryError
from tlpo_guard.generation.draws import SamplingParams
from tlpo_guard.generation.sequence import Step
from tlpo_guard.models.load import LoadedModel, model_source
from tlpo_guard.policy import GuardPolicy, Mode
from tlpo_guard.settings import load_settings

T = TypeVar("T")

OFF = GuardPolicy(mode=Mode.OFF)
STRICT = GuardPolicy(mode=Mode.MASK, languages=("ko",), allow_english=False)
WATCHED = GuardPolicy(mode=Mode.OBSERVE, languages=("ko",), allow_english=False)
LONG = "Why is the sky blue, and the sea as well, and what of the hills far away in the evening? " * 8
SHORT_STEPS = "--dtype float32 --max-num-batched-tokens 64"  # the long prompt takes three of them
ROOM = 512  # tokens
TOO_LONG = 160  # for four answers at a time


@pytest.fixture(scope="module")
def loaded(model_cache: Path) -> LoadedModel:
    return exact_model(model_cache)


class Running:
    """An engine on an event loop of its own."""

    def __init__(self, engine: VllmEngine) -> None:
        self.engine = engine
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._count = 0

        async def begin() -> None:
            engine.start()

        self.run(begin())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(300)

    async def steps(self, text: str, tokens: int, seed: int | None = None, **options: Any) -> list[Step]:
        self._count += 1
        ids = self.engine.tokenizer.encode(text)
        params = SamplingParams(0.0) if seed is None else SamplingParams(1.0, seed=seed)
        request = AnswerRequest(f"r{self._count}", ids, tokens, params, options.pop("policy", OFF), **options)
        return [step async for batch in self.engine.generate(request) for step in batch]

    def close(self) -> None:
        self.engine.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture(scope="module")
def running(loaded: LoadedModel, model_cache: Path) -> Iterator[Running]:
    settings = load_settings(engine_flags=SHORT_STEPS, kv_cache_tokens=ROOM, max_concurrent=4)
    arguments = engine_arguments(model_source("smollm2", model_cache), loaded.model.config, settings)
    made = Running(
        VllmEngine(model_card(loaded, ROOM), loaded.tokenizer, thinking_guard(loaded, model_cache), arguments)
    )
    yield made
    made.close()


def ids(steps: list[Step]) -> list[int]:
    return [step.token_id for step in steps]


def test_a_prompt_that_is_read_in_parts_draws_nothing_before_its_end(running: Running, loaded: LoadedModel) -> None:
    prompt = running.engine.tokenizer.encode(LONG)
    assert len(prompt) > 2 * 64
    cold = running.run(running.steps(LONG, 12, seed=5, policy=STRICT))
    warm = running.run(running.steps(LONG, 12, seed=5, policy=STRICT))
    assert (cold[0].cached_tokens, warm[0].cached_tokens) == (0, (len(prompt) - 1) // 32 * 32)
    assert ids(warm) == ids(cold)
    assert ids(running.run(running.steps(LONG, 8))) == own_greedy(loaded)(prompt, 8)


def test_going_back_reads_nothing_anew_but_the_last_block(running: Running) -> None:
    whole = ids(running.run(running.steps(LONG, 96)))
    again = running.run(running.steps(LONG, 16, output_ids=tuple(whole[:80])))
    assert ids(again) == whole[80:]
    kept = len(running.engine.tokenizer.encode(LONG)) + 80
    assert again[0].cached_tokens > kept - 33


def test_an_adapter_of_too_high_a_rank_is_refused_with_the_flag_that_helps(running: Running, tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text(json.dumps({"r": 100, "peft_type": "LORA"}))
    with pytest.raises(RegistryError, match="rank 100, and vLLM takes 16: serve -- --max-lora-rank N"):
        running.run(running.engine.load_version(tmp_path))


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ("--no-such-flag", "no-such-flag"),
        ("--tensor-parallel-size 2", "tensor_parallel_size is 2"),
        ("--model other", "model is other: the server's own --model names it"),
        ('--speculative-config \'{"method": "ngram", "num_speculative_tokens": 2}\'', "speculative_config"),
    ],
)
def test_flags_that_cannot_be_used_are_named(flags: str, said: str, loaded: LoadedModel, tmp_path: Path) -> None:
    folder = str(tmp_path)
    with pytest.raises(ConfigurationError, match=said):
        engine_arguments(folder, loaded.model.config, load_settings(engine_flags=flags))


def test_settings_are_vllms_unless_its_own_flags_say_otherwise(loaded: LoadedModel, tmp_path: Path) -> None:
    settings = load_settings(max_concurrent=5, prefix_caching=False, engine_flags="--max-num-seqs 3")
    made = engine_arguments(str(tmp_path), loaded.model.config, settings)
    assert (made.max_num_seqs, made.enable_prefix_caching, made.enable_lora) == (3, False, True)
    assert (made.async_scheduling, made.max_model_len) == (False, loaded.model.config.max_position_embeddings)


@pytest.mark.parametrize("policy", [OFF, WATCHED], ids=["off", "observe"])
def test_rows_that_are_put_back_for_want_of_room_go_on_as_if_nothing_had_been(
    running: Running, monkeypatch: pytest.MonkeyPatch, policy: GuardPolicy
) -> None:
    """Greedily: in other company log-probabilities change by 2e-5, and the draws among a thousand unlikely tokens with them."""
    put_back = []
    real = Scheduler._preempt_request

    def counted(scheduler: Scheduler, request: Any, *arguments: Any, **options: Any) -> None:
        put_back.append(request.request_id)
        real(scheduler, request, *arguments, **options)

    def answer(start: int) -> Coroutine[Any, Any, list[Step]]:
        return running.steps(f"{start} {LONG[:60]}", TOO_LONG, policy=policy)

    async def all_of_them() -> list[list[Step]]:
        return await asyncio.gather(*map(answer, range(4)))

    monkeypatch.setattr(Scheduler, "_preempt_request", counted)
    together = running.run(all_of_them())
    assert put_back
    put_back.clear()
    alone = [running.run(answer(start)) for start in range(4)]
    assert not put_back
    assert [ids(steps) for steps in together] == [ids(steps) for steps in alone]
    assert [_events(steps) for steps in together] == [_events(steps) for steps in alone]


def _events(steps: list[Step]) -> list[tuple[int, int, int | None]]:
    """Where each event of an answer lies, and what it kept out for which other token."""
    return [(place, event.token_id, event.replacement_id) for place, step in enumerate(steps) for event in step.events]
