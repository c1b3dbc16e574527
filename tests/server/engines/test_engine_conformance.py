"""What every engine does, whatever runs the model: the real model, greedy and sampled, guarded and not.

The engine is the one that TLPO_GUARD_ENGINE names, as for the server.
"""

import asyncio
import json
import threading
import unicodedata
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
import torch
from peft import LoraConfig, get_peft_model

from server.engines.engine import AnswerRequest, Engine, EngineError, Resumption
from server.engines.form import Form, FormKind
from tests.foreign_letters import english_words
from tests.server.engines.built_engines import CLOSES, OPENS, BuiltEngine, built_engine
from tlpo_guard.errors import ConfigurationError, RegistryError
from tlpo_guard.generation.draws import SamplingParams
from tlpo_guard.generation.offsets import Penalties
from tlpo_guard.generation.sequence import Step
from tlpo_guard.models.load import load_model
from tlpo_guard.policy import GuardPolicy, Mode

T = TypeVar("T")

ENGLISH = "Why is the sky blue?"
KOREAN = "스트레스를 다루는 방법은 무엇인가요?"
GREEDY = SamplingParams(0.0)
OFF = GuardPolicy(mode=Mode.OFF)
STRICT = GuardPolicy(mode=Mode.MASK, languages=("ko",), allow_english=False)
SECONDS = 120


@dataclass
class Harness:
    """An engine that runs on an event loop of its own, and what a test needs to know of the model in it."""

    built: BuiltEngine
    loop: asyncio.AbstractEventLoop
    _requests: int = 0

    @property
    def engine(self) -> Engine:
        return self.built.engine

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(SECONDS)

    def request(self, text: str, tokens: int, **options: Any) -> AnswerRequest:
        self._requests += 1
        asked = AnswerRequest(f"r{self._requests}", self.prompt(text), tokens, GREEDY, OFF)
        return replace(asked, **options)

    def prompt(self, text: str) -> list[int]:
        turns = [{"role": "user", "content": text}]
        return self.engine.tokenizer.encode_chat(turns, None, open_answer=True)

    def endless(self) -> Penalties:
        """A bias under which answers do not end by themselves."""
        return Penalties(dict.fromkeys(range(3), -100.0) | dict.fromkeys(self.engine.card.end_token_ids, -100.0))

    async def steps(self, request: AnswerRequest) -> list[Step]:
        return [step async for batch in self.engine.generate(request) for step in batch]

    def answer(self, text: str, tokens: int, **options: Any) -> list[Step]:
        return self.run(self.steps(self.request(text, tokens, **options)))

    def text(self, steps: list[Step]) -> str:
        return b"".join(self.engine.vocabulary.token_bytes(step.token_id) for step in steps).decode(errors="replace")


def ids(steps: list[Step]) -> list[int]:
    return [step.token_id for step in steps]


def letters_outside(text: str, script: str) -> list[str]:
    return [c for c in text if c.isalpha() and not unicodedata.name(c, "").startswith(script)]


@pytest.fixture(scope="module")
def harness(model_cache: Path) -> Iterator[Harness]:
    built = built_engine(model_cache)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    made = Harness(built, loop)

    async def begin() -> None:
        built.engine.start()

    made.run(begin())
    yield made
    built.engine.stop()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_the_card_says_what_the_model_is(harness: Harness) -> None:
    card, model = harness.engine.card, harness.built.model
    assert (card.name, card.base_fingerprint) == (model.name, model.fingerprint)
    assert card.tokenizer_fingerprint == model.tokenizer_fingerprint
    assert card.vocabulary_size == model.model.config.vocab_size
    assert 0 < card.context_length <= model.model.config.max_position_embeddings
    assert card.end_token_ids and all(0 <= i < card.vocabulary_size for i in card.end_token_ids)
    assert harness.engine.running


def test_tokens_are_the_text_cut_into_bytes(harness: Harness) -> None:
    for text in (ENGLISH, KOREAN, "naïve 🙂\n\tx"):
        token_ids = harness.engine.tokenizer.encode(text, add_special_tokens=False)
        data = b"".join(map(harness.engine.vocabulary.token_bytes, token_ids))
        assert data.decode() == harness.engine.tokenizer.decode(token_ids) == text


def test_steps_come_one_by_one_and_there_are_as_many_as_were_asked_for(harness: Harness) -> None:
    request = harness.request(ENGLISH, 24, penalties=harness.endless())

    async def batches() -> list[int]:
        return [len(batch) async for batch in harness.engine.generate(request)]

    sizes = harness.run(batches())
    assert sum(sizes) == 24
    assert len(sizes) > 1 and min(sizes) > 0


def test_a_greedy_answer_is_the_models_own(harness: Harness) -> None:
    for text in (ENGLISH, KOREAN):
        assert ids(harness.answer(text, 12)) == harness.built.greedy(harness.prompt(text), 12)


def test_an_answer_ends_with_the_first_token_that_ends_it(harness: Harness) -> None:
    end = min(harness.engine.card.end_token_ids)
    assert ids(harness.answer(ENGLISH, 24, penalties=Penalties({end: 100.0}))) == [end]


def test_a_seed_repeats_its_answer_and_another_seed_or_branch_brings_another(harness: Harness) -> None:
    def sampled(seed: int, branch: int = 0) -> list[int]:
        return ids(harness.answer(ENGLISH, 12, params=SamplingParams(1.0, 0.9, seed=seed), branch=branch))

    assert sampled(1) == sampled(1)
    assert len({tuple(sampled(1)), tuple(sampled(2)), tuple(sampled(1, branch=1))}) == 3


def test_rows_at_once_say_what_each_says_alone(harness: Harness) -> None:
    asked = [
        {"text": text, "tokens": 10, "params": SamplingParams(0.8, seed=seed), "policy": policy}
        for seed, (text, policy) in enumerate([(ENGLISH, OFF), (KOREAN, STRICT), (KOREAN, OFF), ("Hi", OFF)])
    ]
    alone = [ids(harness.answer(**one)) for one in asked]

    async def together() -> list[list[Step]]:
        return await asyncio.gather(*(harness.steps(harness.request(**one)) for one in asked))

    assert [ids(steps) for steps in harness.run(together())] == alone


def test_mask_keeps_other_scripts_out_and_tells_what_it_did(harness: Harness) -> None:
    free: list[str] = []
    steps: list[Step] = []
    for seed in range(4):
        params = SamplingParams(1.0, seed=seed)
        free += letters_outside(harness.text(harness.answer(KOREAN, 16, params=params)), "HANGUL")
        steps += harness.answer(KOREAN, 16, params=params, policy=STRICT)
    text = harness.text(steps)
    assert free and not letters_outside("".join(c for c in text if not c.isascii()), "HANGUL")
    assert not english_words(text)
    events = [(step, event) for step in steps for event in step.events]
    assert any(step.replaced for step in steps)
    assert all(event.replacement_id == step.token_id != event.token_id for step, event in events if step.replaced)
    assert {str(event.action) for _, event in events} == {"masked"}
    assert all(0.0 <= step.mass <= 1.0 for step in steps) and sum(step.mass for step in steps) > 0.0
    assert not any(step.stood_back or step.paused for step in steps)


def test_observe_is_off_token_for_token_and_only_it_tells_of_drift(harness: Harness) -> None:
    seen = 0
    for seed in range(3):
        params = SamplingParams(1.0, seed=seed)
        off = harness.answer(KOREAN, 12, params=params)
        observed = harness.answer(KOREAN, 12, params=params, policy=replace(STRICT, mode=Mode.OBSERVE))
        assert ids(observed) == ids(off)
        assert not any(step.events or step.mass for step in off)
        assert not any(step.replaced for step in observed)
        seen += sum(len(step.events) for step in observed)
    assert seen > 0


def test_what_a_model_thinks_aloud_is_not_guarded_unless_it_is_asked_for(harness: Harness) -> None:
    def answer(*begun: int, reasoning: bool = False) -> list[Step]:
        policy = replace(STRICT, reasoning=reasoning)
        ends = Penalties({**harness.endless().bias, OPENS: -100.0, CLOSES: -100.0})
        return harness.answer(ENGLISH, 12, policy=policy, output_ids=begun, penalties=ends)

    thinking, thought, guarded = answer(OPENS), answer(OPENS, CLOSES), answer(OPENS, reasoning=True)
    assert all(step.paused for step in thinking) and letters_outside(harness.text(thinking), "HANGUL")
    for steps in (thought, guarded):
        assert not any(step.paused for step in steps) and not letters_outside(harness.text(steps), "HANGUL")


def test_a_prepared_policy_answers_as_any_other(harness: Harness) -> None:
    policy = GuardPolicy(mode=Mode.REWIND, languages=("de",), allow_english=False)
    before = ids(harness.answer("Wie?", 8, policy=policy))
    harness.engine.prepare(policy)
    harness.engine.prepare(policy)
    assert ids(harness.answer("Wie?", 8, policy=policy)) == before


def test_logprobs_are_of_the_untouched_row(harness: Harness) -> None:
    plain = harness.answer(ENGLISH, 8, top_logprobs=3)
    for step in plain:
        assert step.logprobs is not None and len(step.logprobs.top) == 3
        assert step.logprobs.top[0] == (step.token_id, step.logprobs.chosen)
        figures = [logprob for _, logprob in step.logprobs.top]
        assert figures == sorted(figures, reverse=True) and figures[0] <= 0.0
    first = ids(plain)[0]
    biased = harness.answer(ENGLISH, 1, top_logprobs=3, penalties=Penalties({first: -100.0}))
    assert biased[0].token_id != first
    assert biased[0].logprobs is not None and plain[0].logprobs is not None
    assert biased[0].logprobs.top[0][0] == first
    assert biased[0].logprobs.top[0][1] == pytest.approx(plain[0].logprobs.chosen, abs=1e-4)
    assert harness.answer(ENGLISH, 1)[0].logprobs is None


def test_penalties_count_what_the_answer_has_already(harness: Harness) -> None:
    first = ids(harness.answer(ENGLISH, 1))[0]
    forced = Penalties({first: 50.0})
    assert ids(harness.answer(ENGLISH, 3, penalties=forced)) == [first] * 3
    once, then, *_ = ids(harness.answer(ENGLISH, 3, penalties=replace(forced, frequency=100.0)))
    assert once == first != then
    again = harness.answer(ENGLISH, 1, penalties=replace(forced, presence=100.0), output_ids=(first,))
    assert again[0].token_id != first


def test_an_answer_goes_on_behind_what_it_keeps(harness: Harness) -> None:
    whole = ids(harness.answer(ENGLISH, 12))
    assert ids(harness.answer(ENGLISH, 8, output_ids=tuple(whole[:4]))) == whole[4:]


def test_an_answer_that_goes_back_says_something_else_there_and_tells_of_it(harness: Harness) -> None:
    policy = GuardPolicy(mode=Mode.REWIND, languages=("de",), allow_english=False)
    whole = ids(harness.answer(ENGLISH, 12, policy=policy))
    again = harness.answer(
        ENGLISH, 8, policy=policy, output_ids=tuple(whole[:4]), resumption=Resumption(whole[4]), branch=1
    )
    assert again[0].token_id != whole[4]
    (event,) = again[0].events
    assert (event.position, event.token_id, event.replacement_id) == (4, whole[4], again[0].token_id)
    assert (str(event.kind), str(event.action)) == ("word", "rewound")
    kept_out = Resumption(whole[4], language="en", until=12)
    second = harness.answer(ENGLISH, 8, policy=policy, output_ids=tuple(whole[:4]), resumption=kept_out, branch=2)
    assert ids(second) != ids(again)


def test_a_point_that_is_only_observed_is_told_and_changes_nothing(harness: Harness) -> None:
    policy = GuardPolicy(mode=Mode.OBSERVE, languages=("de",), allow_english=False)
    whole = ids(harness.answer(ENGLISH, 6))
    resumption = Resumption(whole[4], only_observed=True)
    (step,) = harness.answer(ENGLISH, 1, policy=policy, output_ids=tuple(whole[:4]), resumption=resumption)
    (event,) = step.events
    assert step.token_id == whole[4]
    assert (event.position, event.token_id, str(event.action)) == (4, whole[4], "observed")
    assert event.candidates


def test_an_answer_is_held_to_a_schema(harness: Harness) -> None:
    form = {"type": "object", "properties": {"sky": {"enum": ["blue", "red"]}}, "required": ["sky"]}
    schema = json.dumps(form | {"additionalProperties": False})
    asked = Form(FormKind.JSON_SCHEMA, schema)
    harness.run(harness.engine.check_form(asked))
    steps = harness.answer(ENGLISH, 60, form=asked)
    assert json.loads(harness.text(steps))["sky"] in ("blue", "red")


def test_a_schema_that_cannot_be_followed_is_refused(harness: Harness) -> None:
    with pytest.raises(ConfigurationError):
        harness.run(harness.engine.check_form(Form(FormKind.JSON_SCHEMA, json.dumps({"type": "nothing"}))))


def test_leaving_early_frees_the_row(harness: Harness) -> None:
    async def leave() -> None:
        answering = harness.engine.generate(harness.request(ENGLISH, 2_000, penalties=harness.endless()))
        await anext(answering)
        assert harness.engine.rows == 1
        await answering.aclose()
        async with asyncio.timeout(20):
            while harness.engine.rows:
                await asyncio.sleep(0.01)

    harness.run(leave())


def test_repetition_weakens_what_prompt_and_answer_have(harness: Harness) -> None:
    asked, prompt = Penalties(repetition=1.5), harness.prompt(ENGLISH)
    plain, told = ids(harness.answer(ENGLISH, 12)), ids(harness.answer(ENGLISH, 12, penalties=asked))
    assert told != plain
    first = next(place for place, (a, b) in enumerate(zip(plain, told, strict=False)) if a != b)
    assert plain[first] in {*prompt, *plain[:first]}


def test_an_answer_ends_at_a_stop_token_and_not_before_its_least_length(harness: Harness) -> None:
    plain = ids(harness.answer(ENGLISH, 8))
    stops = frozenset({plain[3]})
    assert ids(harness.answer(ENGLISH, 8, stop_token_ids=stops)) == plain[: plain.index(plain[3]) + 1]
    late = Penalties(barred={plain[3]: 6})
    told = ids(harness.answer(ENGLISH, 8, stop_token_ids=stops, penalties=late))
    assert plain[3] not in told[:6]
    (end, *_) = harness.engine.card.end_token_ids
    eager = Penalties({end: 100.0}, barred={end: 5})
    assert ids(harness.answer(ENGLISH, 24, penalties=eager)).index(end) == 5


@pytest.fixture(scope="module")
def adapter(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Path:
    """An adapter that changes every answer."""
    folder = tmp_path_factory.mktemp("adapter")
    torch.manual_seed(0)
    loaded = load_model("smollm2", cache_dir=model_cache, device="cpu")
    config = LoraConfig(r=2, lora_alpha=4, target_modules="all-linear", task_type="CAUSAL_LM", init_lora_weights=False)
    get_peft_model(loaded.model, config).save_pretrained(str(folder))  # type: ignore[arg-type]
    return folder


def test_a_version_changes_answers_and_the_base_comes_back_to_the_last_bit(harness: Harness, adapter: Path) -> None:
    def told(version: Path | None) -> list[tuple[int, Any]]:
        harness.run(harness.engine.load_version(version))  # which also drops the prefixes that answers share
        return [(step.token_id, step.logprobs) for step in harness.answer(ENGLISH, 12, top_logprobs=4)]

    base, changed = told(None), told(adapter)
    assert changed != base
    assert [told(None), told(adapter), told(None)] == [base, changed, base]


def test_a_version_that_cannot_be_loaded_leaves_the_one_before(harness: Harness, adapter: Path, tmp_path: Path) -> None:
    before = ids(harness.answer(ENGLISH, 12))
    broken = tmp_path / "broken"
    broken.mkdir()
    config = json.loads((adapter / "adapter_config.json").read_text()) | {"modules_to_save": ["lm_head"]}
    (broken / "adapter_config.json").write_text(json.dumps(config))
    (broken / "adapter_model.safetensors").write_bytes((adapter / "adapter_model.safetensors").read_bytes())
    with pytest.raises(RegistryError):
        harness.run(harness.engine.load_version(broken))
    assert ids(harness.answer(ENGLISH, 12)) == before


@asynccontextmanager
async def kept_running(engine: Engine) -> AsyncIterator[None]:
    task = asyncio.create_task(engine.keep_running())
    yield
    task.cancel()


def test_an_engine_that_fails_says_so_and_starts_anew(harness: Harness) -> None:
    engine, before = harness.engine, ids(harness.answer(ENGLISH, 12))

    async def scene() -> list[Step]:
        async with kept_running(engine):
            harness.built.fail_once()
            with pytest.raises(EngineError):
                await harness.steps(harness.request(ENGLISH, 12))
            async with asyncio.timeout(30):
                while not (engine.running and engine.restarts):
                    await asyncio.sleep(0.05)
            return await harness.steps(harness.request(ENGLISH, 12))

    assert engine.restarts == 0
    assert ids(harness.run(scene())) == before
    assert engine.restarts == 1
    assert engine.guard_faults == 0
