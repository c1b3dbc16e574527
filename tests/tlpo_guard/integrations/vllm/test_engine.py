"""The guard in real vLLM engines on a CPU, V1's runner, without a server."""

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

pytest.importorskip("vllm")
pytestmark = pytest.mark.filterwarnings("ignore")

from tests.tlpo_guard.integrations.vllm import engines  # noqa: E402
from tests.tlpo_guard.integrations.vllm.engines import (  # noqa: E402
    Engine,
    check_events,
    common,
    first_drift,
    prompts,
    sampling,
)

ALL = 8


@pytest.fixture(scope="module")
def asked(smollm2: Any) -> list[dict[str, Any]]:
    return prompts(smollm2.tokenizer, ALL)


@pytest.fixture(scope="module")
def plain(folder: str, asked: list[Any], tmp_path_factory: pytest.TempPathFactory) -> dict[float, list[Any]]:
    """Answers of an engine without the guard, by temperature."""
    with engines.engine(folder, tmp_path_factory.mktemp("plain"), guarded=False) as bare:
        return {t: bare.answers(asked, [sampling(i, None, temperature=t) for i in range(ALL)]) for t in (0.0, 0.8)}


@pytest.fixture(scope="module")
def engine(folder: str, plain: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    structured = {"structured_outputs_config": {"backend": "guidance"}}
    with engines.engine(folder, tmp_path_factory.mktemp("guarded"), **structured) as made:
        yield made


@pytest.fixture(scope="module")
def guard(smollm2: Any) -> Any:
    return engines.model_guard(smollm2)


@pytest.fixture(autouse=True)
def nothing_is_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "engine" in request.fixturenames:
        made: Engine = request.getfixturevalue("engine")
        made.run([{"prompt_token_ids": [1]}], [sampling(0, "off", max_tokens=1)])  # the next step takes them out
        assert made.processor.rows == 0
        made.events()


def test_off_is_as_if_there_were_no_guard(engine: Engine, asked: list[Any], plain: dict[float, list[Any]]) -> None:
    for temperature, expected in plain.items():
        params = [sampling(i, "off", temperature=temperature) for i in range(ALL)]
        assert engine.answers(asked, params) == expected
    assert engine.events() == []


def test_observe_changes_nothing_and_logs(engine: Engine, asked: list[Any], plain: dict[float, list[Any]]) -> None:
    outputs = engine.run(asked, [sampling(i, "observe") for i in range(ALL)])
    assert [tuple(o.outputs[0].token_ids) for o in outputs] == plain[0.8]
    events = engine.events()
    check_events(events, outputs)
    assert events and {event.action for event in events} == {"observed"}


@pytest.mark.parametrize(
    "how",
    [{}, {"temperature": 0.0}, {"top_p": 0.9}, {"top_k": 20}, {"top_k": 40, "top_p": 0.95}, {"min_p": 0.05}],
    ids=str,
)
def test_answers_are_the_unguarded_ones_up_to_their_first_drift_and_hold_none(
    engine: Engine, asked: list[Any], guard: Any, how: dict[str, float]
) -> None:
    off = engine.answers(asked, [sampling(i, "off", **how) for i in range(ALL)])
    outputs = engine.run(asked, [sampling(i, "mask", **how) for i in range(ALL)])
    mask = [tuple(o.outputs[0].token_ids) for o in outputs]
    drifts = [first_drift(guard, answer) for answer in off]
    assert [common(a, b) for a, b in zip(off, mask, strict=True)] == drifts
    assert any(drift < len(answer) for drift, answer in zip(drifts, off, strict=True))
    assert [first_drift(guard, answer) for answer in mask] == [len(answer) for answer in mask]
    events = engine.events()
    check_events(events, outputs)
    replaced = {(e.prompt_ids, e.output_ids) for e in events}
    for prompt, answer, drift in zip(asked, off, drifts, strict=True):
        if drift < len(answer) and how.get("temperature") == 0.0:
            assert (tuple(prompt["prompt_token_ids"]), answer[:drift]) in replaced


def test_events_can_be_distilled(engine: Engine, asked: list[Any], smollm2: Any) -> None:
    outputs = engine.run(asked, [sampling(i) for i in range(ALL)])
    events = engine.events()
    check_events(events, outputs)
    assert {e.base_fingerprint for e in events} == {smollm2.fingerprint}
    assert {e.tokenizer_fingerprint for e in events} == {smollm2.tokenizer_fingerprint}
    assert {e.model for e in events} == {"smollm2"} and {e.language for e in events} == {"ko"}
    assert all(len(e.candidates) == 16 for e in events) and any(c.drifts for e in events for c in e.candidates)


def test_a_mixed_batch_is_each_request_alone(engine: Engine, asked: list[Any], plain: dict[float, list[Any]]) -> None:
    alone = engine.answers(asked, [sampling(i) for i in range(ALL)])
    modes = [("off", "mask", "observe", None)[i % 4] for i in range(ALL)]
    mixed = engine.answers(asked, [sampling(i, mode) for i, mode in enumerate(modes)])
    for mode, one, masked, untouched in zip(modes, mixed, alone, plain[0.8], strict=True):
        assert one == (masked if mode == "mask" else untouched)


def test_several_answers_penalties_stops_and_logprobs(engine: Engine, asked: list[Any], guard: Any) -> None:
    outputs = engine.run(asked[:4], [sampling(i, n=3, logprobs=3, max_tokens=16) for i in range(4)])
    assert all(len(output.outputs) == 3 for output in outputs)
    for answer in (one for output in outputs for one in output.outputs):
        chosen = [step[token].logprob for step, token in zip(answer.logprobs, answer.token_ids, strict=True)]
        assert min(chosen) > float("-inf")
    check_events(engine.events(), outputs)
    penalties = {"presence_penalty": 0.5, "repetition_penalty": 1.1, "top_k": 20, "min_tokens": 8, "stop": ["다."]}
    outputs = engine.run(asked, [sampling(i, **penalties) for i in range(ALL)])
    answers = [tuple(o.outputs[0].token_ids) for o in outputs]
    assert [first_drift(guard, answer) for answer in answers] == [len(answer) for answer in answers]
    events = engine.events()
    check_events(events, outputs)
    assert {event.biased for event in events} <= {True}


def test_a_grammar_that_allows_only_drift_passes_without_an_event(
    engine: Engine, asked: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    if find_spec("lmformatenforcer") is None:  # vLLM asks for it though another backend does the work
        monkeypatch.setitem(sys.modules, "lmformatenforcer", MagicMock())
    from vllm.sampling_params import StructuredOutputsParams

    choices = ["漢字です", "中文文字"]
    outputs = engine.run(
        asked[:2], [sampling(i, structured_outputs=StructuredOutputsParams(choice=choices)) for i in (0, 1)]
    )
    assert all(output.outputs[0].text in choices for output in outputs)
    assert engine.events() == []


@pytest.mark.parametrize("count", [200, pytest.param(1_000, marks=pytest.mark.long)])
def test_many_requests_and_recycled_slots(engine: Engine, asked: list[Any], guard: Any, count: int) -> None:
    modes = [("off", "mask", "observe")[i % 3] for i in range(count)]
    many = [asked[i % ALL] for i in range(count)]
    outputs = engine.run(many, [sampling(i, mode, max_tokens=1 + i % 4) for i, mode in enumerate(modes)])
    check_events(engine.events(), outputs)
    for mode, output in zip(modes, outputs, strict=True):
        answer = tuple(output.outputs[0].token_ids)
        assert mode != "mask" or first_drift(guard, answer) == len(answer)


def test_an_aborted_request_leaves_nothing_behind(engine: Engine, asked: list[Any]) -> None:
    inner = engine.llm.llm_engine
    inner.add_request("aborted", asked[0], sampling(0, max_tokens=64))
    for _ in range(3):
        inner.step()
    assert engine.processor.rows == 1
    inner.abort_request(["aborted"])


def test_arguments_that_cannot_be_used_are_refused(engine: Engine, asked: list[Any]) -> None:
    for mode, message in (("loud", "guard_mode"), ("rewind", "tlpo-guard serve --engine vllm")):
        with pytest.raises(Exception, match=message):
            engine.run(asked[:1], [sampling(0, mode)])


def test_chunks_preemption_and_a_guard_that_is_named_twice(
    folder: str, smollm2: Any, guard: Any, tmp_path: Path
) -> None:
    tight = {"max_num_batched_tokens": 64, "num_gpu_blocks_override": 24, "max_model_len": 512}
    twice = {"logits_processors": [engines.GUARD, engines.GUARD]}
    asked = prompts(smollm2.tokenizer, ALL, " 그리고 자세히 설명해 주세요." * 6)
    with engines.engine(folder, tmp_path, **tight, **twice) as engine:
        scheduler = engine.llm.llm_engine.engine_core.engine_core.scheduler
        preempt, preempted = scheduler._preempt_request, []
        scheduler._preempt_request = lambda request, *a, **k: (preempted.append(request), preempt(request, *a, **k))[1]
        outputs = engine.run(asked, [sampling(None, max_tokens=96) for _ in range(ALL)])
        events = engine.events()
    assert preempted
    check_events(events, outputs)
    answers = [tuple(o.outputs[0].token_ids) for o in outputs]
    assert events and [first_drift(guard, answer) for answer in answers] == [len(answer) for answer in answers]
