"""What the engine over libllama does beyond what every engine does; on the bundled file."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model

from server.engines.engine import AnswerRequest
from server.engines.hf_tokenizer import HfTokenizer
from tlpo_guard.generation.draws import SamplingParams
from tlpo_guard.models.load import LoadedModel, load_model
from tlpo_guard.policy import GuardPolicy, Mode
from tlpo_guard.settings import load_settings

pytest.importorskip("llama_cpp")

import llama_cpp

from server.engines.llama_cpp.build import build
from server.engines.llama_cpp.engine import LlamaCppEngine

TURNS = [{"role": "user", "content": "Why is the sky <|im_end|> blue? 왜 <think>파란</think>가요?"}]
OFF = GuardPolicy(mode=Mode.OFF)
TEXT = "The sky is blue because air scatters short waves of light more than long ones. Le ciel est bleu. 하늘은 파랗다."


def with_engine(work: Callable[[LlamaCppEngine], Awaitable[Any]], **settings: Any) -> Any:
    async def scene() -> Any:
        engine = build(load_settings(model="smollm2", engine="llama-cpp", kv_cache_tokens=2048, **settings))
        engine.start()
        try:
            return await work(engine)
        finally:
            engine.stop()

    return asyncio.run(scene())


def request(engine: LlamaCppEngine, name: str, tokens: int, **options: Any) -> AnswerRequest:
    prompt = engine.tokenizer.encode_chat(TURNS, None, open_answer=True)
    return AnswerRequest(name, prompt, tokens, SamplingParams(0.0), OFF, **options)


async def answer(engine: LlamaCppEngine, asked: AnswerRequest) -> list[int]:
    return [step.token_id async for batch in engine.generate(asked) for step in batch]


def counting(engine: LlamaCppEngine) -> list[int]:
    """How many tokens each step computes from now on."""
    counts: list[int] = []
    decode = engine._context.decode

    def counted(chunks: list[Any]) -> torch.Tensor:
        counts.append(sum(len(chunk.token_ids) for chunk in chunks))
        return decode(chunks)

    engine._context.decode = counted  # type: ignore[method-assign]
    return counts


def test_going_back_computes_nothing_again() -> None:
    async def work(engine: LlamaCppEngine) -> None:
        first = await answer(engine, request(engine, "a", 24))
        counts = counting(engine)
        again = await answer(engine, request(engine, "b", 4, output_ids=tuple(first[:10])))
        assert counts[0] == 1 and again == first[10:14]

    with_engine(work)


def test_answers_to_one_prompt_compute_it_once() -> None:
    async def work(engine: LlamaCppEngine) -> None:
        counts = counting(engine)
        told = await asyncio.gather(*(answer(engine, request(engine, f"r{i}", 4)) for i in range(4)))
        assert all(one == told[0] for one in told)
        prompt = len(request(engine, "x", 1).prompt_ids)
        assert sum(counts) < prompt + 4 * 5

    with_engine(work)


def test_a_long_prompt_is_answered_the_same_to_the_last_bit_whatever_else_is_in_the_batch() -> None:
    async def told(engine: LlamaCppEngine, first: int, prompt: int, tokens: int) -> list[float]:
        asked = AnswerRequest(
            f"r{first}", list(range(first, first + prompt)), tokens, SamplingParams(0.0), OFF, top_logprobs=1
        )
        steps = [step async for batch in engine.generate(asked) for step in batch]
        return [step.logprobs.chosen for step in steps if step.logprobs is not None]

    async def work(engine: LlamaCppEngine) -> None:
        alone = await told(engine, 1_000, 400, 6)
        beside, *_ = await asyncio.gather(
            told(engine, 1_000, 400, 6), told(engine, 2_000, 33, 30), told(engine, 3_000, 170, 3)
        )
        assert beside == alone and len(alone) == 6

    # more threads than one share out the past of a token that is computed alone
    with_engine(work, prefix_caching=False, torch_threads=1)


def test_a_flag_computes_more_tokens_together_and_says_nearly_the_same() -> None:
    async def told(engine: LlamaCppEngine) -> tuple[int, torch.Tensor]:
        token_ids = engine.tokenizer.encode(3 * TEXT)
        assert len(token_ids) > 64
        scores = [token.logprobs.chosen for token in await engine.score(token_ids, 1)]
        return int(llama_cpp.llama_n_ubatch(engine._context._handle)), torch.tensor(scores)

    few, usual = with_engine(told)
    many, together = with_engine(told, engine_flags="--ubatch-size 512")
    assert (few, many) == (63, 512)
    assert float((usual - together).abs().mean()) < 0.1


def test_answers_longer_than_the_room_for_all_take_turns() -> None:
    async def work(engine: LlamaCppEngine) -> None:
        alone = await answer(engine, request(engine, "alone", 60))
        told = await asyncio.gather(*(answer(engine, request(engine, f"r{i}", 60)) for i in range(6)))
        assert [len(one) for one in told] == [len(alone)] * 6

    async def small(engine: LlamaCppEngine) -> None:
        assert engine.card.context_length == 256
        await work(engine)

    async def scene() -> None:
        engine = build(load_settings(model="smollm2", engine="llama-cpp", kv_cache_tokens=256))
        engine.start()
        try:
            await small(engine)
        finally:
            engine.stop()

    asyncio.run(scene())


def test_tokens_and_fingerprints_are_those_of_the_model_in_transformers(smollm2: LoadedModel) -> None:
    async def work(engine: LlamaCppEngine) -> None:
        theirs, ours = HfTokenizer(smollm2.tokenizer), engine.tokenizer
        assert ours.encode_chat(TURNS, None, open_answer=True) == theirs.encode_chat(TURNS, None, open_answer=True)
        token_ids = ours.encode(TEXT + "<|im_end|>")
        assert token_ids == theirs.encode(TEXT + "<|im_end|>")
        assert ours.strings(token_ids) == theirs.strings(token_ids)
        assert ours.decode(token_ids) == TEXT and ours.decode(token_ids, special=True) == TEXT + "<|im_end|>"
        assert ours.special_tokens == theirs.special_tokens and ours.chat_template == theirs.chat_template
        card = engine.card
        assert card.base_fingerprint == smollm2.fingerprint
        assert card.tokenizer_fingerprint == smollm2.tokenizer_fingerprint

    with_engine(work)


@pytest.fixture(scope="module")
def adapter(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Path:
    folder = tmp_path_factory.mktemp("adapter")
    torch.manual_seed(0)
    loaded = load_model("smollm2", cache_dir=model_cache, device="cpu")
    config = LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", task_type="CAUSAL_LM", init_lora_weights=False)
    model: Any = get_peft_model(loaded.model, config)  # type: ignore[arg-type]
    model.save_pretrained(str(folder))
    return folder


def test_an_adapter_changes_what_it_changes_in_transformers(adapter: Path, model_cache: Path) -> None:
    loaded = load_model("smollm2", cache_dir=model_cache, dtype=torch.float32, device="cpu")
    token_ids = loaded.tokenizer(TEXT)["input_ids"]

    def theirs(model: Any) -> torch.Tensor:
        with torch.no_grad():
            logprobs = model(torch.tensor([token_ids])).logits[0, :-1].log_softmax(-1)
        return logprobs.gather(1, torch.tensor(token_ids[1:]).unsqueeze(1)).squeeze(1)

    async def ours(engine: LlamaCppEngine, folder: Path | None) -> torch.Tensor:
        await engine.load_version(folder)
        return torch.tensor([token.logprobs.chosen for token in await engine.score(token_ids, 1)])

    async def work(engine: LlamaCppEngine) -> torch.Tensor:
        before, changed = await ours(engine, None), await ours(engine, adapter)
        assert torch.equal(await ours(engine, None), before)
        return changed - before

    base = theirs(loaded.model)
    expected = theirs(PeftModel.from_pretrained(loaded.model, str(adapter))) - base
    told = with_engine(work)
    assert float(expected.abs().mean()) > 0.5
    assert float(torch.corrcoef(torch.stack([told, expected]))[0, 1]) > 0.97
    assert float((told - expected).abs().mean()) < 0.25 * float(expected.abs().mean())
