"""The guard in a real vLLM engine with the V2 runner, on a CPU: the runner's Triton kernels are interpreted, which is slow.

It takes a process of its own, as `make test-vllm` has it, for vLLM reads which runner it is as it is imported.
"""

import os
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pytest
import torch

pytest.importorskip("vllm")
pytest.importorskip("triton")
if os.environ.get("TRITON_INTERPRET") != "1" or os.environ.get("VLLM_USE_V2_MODEL_RUNNER") != "1":
    pytest.skip("needs TRITON_INTERPRET=1 VLLM_USE_V2_MODEL_RUNNER=1", allow_module_level=True)
pytestmark = [pytest.mark.long, pytest.mark.filterwarnings("ignore")]

from triton.backends import backends  # noqa: E402

# vLLM takes Triton on a CPU only where it has a backend for it; what is interpreted needs none.
backends.setdefault("cpu", SimpleNamespace(driver=SimpleNamespace(is_active=lambda: True)))

from tests.tlpo_guard.integrations.vllm import engines  # noqa: E402
from tests.tlpo_guard.integrations.vllm.engines import (  # noqa: E402
    Engine,
    Ids,
    check_events,
    common,
    first_drift,
    prompts,
    sampling,
)
from tlpo_guard.generation import masking  # noqa: E402

ALL, LENGTH = 4, 12
SIZES: dict[str, Any] = {"max_num_seqs": 4, "max_model_len": 256}


def params(mode: str | None = "mask", **how: Any) -> list[Any]:
    return [sampling(i, mode, **({"max_tokens": LENGTH} | how)) for i in range(ALL)]


def with_flags(operation: Callable[..., Any], place: int) -> Callable[..., Any]:
    """The interpreter's masked read or write: its mask, in that place, may have become numbers, which it does not take."""

    def wrapped(builder: object, *arguments: Any) -> Any:
        handle = arguments[place]
        handle.data = handle.data.astype(np.bool_)
        return operation(builder, *arguments)

    return wrapped


@pytest.fixture(scope="module", autouse=True)
def kernels_that_cannot_be_interpreted() -> Iterator[None]:
    """That of vLLM's for top-k and top-p, which has another form of them, and those whose masks become numbers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TORCH_COMPILE_DISABLE", "1")
        from triton.runtime.interpreter import InterpreterBuilder
        from vllm.v1.sample.ops import topk_topp_sampler

        patch.setattr(topk_topp_sampler, "HAS_TRITON", False)
        for name, place in (("create_masked_load", 1), ("create_masked_store", 2)):
            patch.setattr(InterpreterBuilder, name, with_flags(getattr(InterpreterBuilder, name), place))
        yield


@pytest.fixture(scope="module")
def asked(smollm2: Any) -> list[dict[str, Any]]:
    return prompts(smollm2.tokenizer, ALL)


@pytest.fixture(scope="module")
def plain(folder: str, asked: list[Any], tmp_path_factory: pytest.TempPathFactory) -> list[Ids]:
    """Answers of an engine without the guard."""
    with engines.engine(folder, tmp_path_factory.mktemp("plain"), guarded=False, **SIZES) as bare:
        return bare.answers(asked, params(None))


Told = list[tuple[Any, ...]]


def seen(engine: Engine, asked: list[Any]) -> tuple[list[Ids], Told, list[list[float]]]:
    """Some answers, and what was logged of them: what has to be the same, and the figures, which are sums in some order."""
    engine.llm.reset_prefix_cache()  # behind a prefix that was computed before, the model itself rounds in another way
    answers = engine.answers(asked[:2], params(max_tokens=5)[:2])
    events = sorted(engine.events(), key=lambda e: (e.prompt_ids, e.position))
    told = [
        (
            e.prompt_ids,
            e.position,
            e.token_id,
            e.action,
            e.replacement_id,
            [(c.token_id, c.drifts) for c in e.candidates],
        )
        for e in events
    ]
    return answers, told, [[e.confusion_mass, *(c.logprob for c in e.candidates)] for e in events]


@pytest.fixture(scope="module")
def fused(
    folder: str, asked: list[Any], plain: object, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[Ids], Told, list[list[float]]]:
    """What an engine says whose guard works by its own kernels, interpreted too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(masking, "fused_device", lambda device: True)
        with engines.engine(folder, tmp_path_factory.mktemp("fused"), **SIZES) as made:
            assert made.processor._v2._masker._fused is not None
            return seen(made, asked)


@pytest.fixture(scope="module")
def engine(folder: str, fused: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    structured = {"structured_outputs_config": {"backend": "guidance"}}
    with engines.engine(folder, tmp_path_factory.mktemp("guarded"), **SIZES, **structured) as made:
        assert made.processor._v2 is not None
        yield made


@pytest.fixture(scope="module")
def guard(smollm2: Any) -> Any:
    return engines.model_guard(smollm2)


def test_drafts_are_masked_and_logged_in_whatever_parts_they_come(
    folder: str, asked: list[Any], guard: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vllm.v1.worker.gpu.spec_decode import rejection_sampler

    monkeypatch.setattr(rejection_sampler, "get_max_chunk_logits", lambda vocabulary: ALL)
    drafts = {"method": "ngram", "num_speculative_tokens": 2, "prompt_lookup_min": 1, "prompt_lookup_max": 2}
    with engines.engine(folder, tmp_path, **SIZES, speculative_config=drafts) as engine:
        inner, parts = engine.processor._v2, []
        apply = inner.apply

        def noted(logits: torch.Tensor, ctx: Any) -> torch.Tensor:
            parts.append((len(logits), len(ctx.idx_mapping_np)))
            return apply(logits, ctx)

        inner.apply = noted
        outputs = engine.run(asked, params(temperature=0.0))
        events = engine.events()
    assert any(rows > requests for rows, requests in parts)  # drafts
    assert min(requests for _, requests in parts[:-1]) < ALL  # parts
    answers = [tuple(o.outputs[0].token_ids) for o in outputs]
    assert [first_drift(guard, answer) for answer in answers] == [len(answer) for answer in answers]
    check_events(events, outputs)
    assert events


def test_off_is_as_if_there_were_no_guard(engine: Engine, asked: list[Any], plain: list[Ids]) -> None:
    assert engine.answers(asked, params("off")) == plain
    assert engine.events() == []


def test_observe_changes_nothing_and_logs(engine: Engine, asked: list[Any], plain: list[Ids]) -> None:
    outputs = engine.run(asked, params("observe"))
    assert [tuple(o.outputs[0].token_ids) for o in outputs] == plain
    events = engine.events()
    check_events(events, outputs)
    assert events and {event.action for event in events} == {"observed"}


def test_the_fused_kernels_do_the_same(
    engine: Engine, asked: list[Any], fused: tuple[list[Ids], Told, list[list[float]]]
) -> None:
    answers, told, figures = seen(engine, asked)
    assert fused[:2] == (answers, told)
    np.testing.assert_allclose(fused[2], figures, atol=1e-4)
    assert told


@pytest.mark.parametrize("how", [{}, {"temperature": 0.0}, {"top_k": 40, "top_p": 0.95}, {"min_p": 0.05}], ids=str)
def test_answers_are_the_unguarded_ones_up_to_their_first_drift_and_hold_none(
    engine: Engine, asked: list[Any], guard: Any, how: dict[str, float]
) -> None:
    off = engine.answers(asked, params("off", **how))
    outputs = engine.run(asked, params("mask", **how))
    mask = [tuple(o.outputs[0].token_ids) for o in outputs]
    drifts = [first_drift(guard, answer) for answer in off]
    assert [common(a, b) for a, b in zip(off, mask, strict=True)] == drifts
    assert any(drift < LENGTH for drift in drifts)
    assert [first_drift(guard, answer) for answer in mask] == [len(answer) for answer in mask]
    events = engine.events()
    check_events(events, outputs)
    assert {event.action for event in events} == {"masked"}
    if how.get("temperature") == 0.0:  # there each drift is the most probable token, and so an event
        told = {(e.prompt_ids, e.output_ids) for e in events}
        for prompt, answer, drift in zip(asked, off, drifts, strict=True):
            assert drift == LENGTH or (tuple(prompt["prompt_token_ids"]), answer[:drift]) in told


def test_a_mixed_batch_in_recycled_slots_is_each_request_alone(
    engine: Engine, asked: list[Any], plain: list[Ids]
) -> None:
    count = 3 * ALL
    modes = [("off", "mask", "observe", None)[i % 4] for i in range(count)]
    lengths = [1 + i % 3 for i in range(count)]
    many = [sampling(i % ALL, modes[i], max_tokens=lengths[i]) for i in range(count)]
    outputs = engine.run([asked[i % ALL] for i in range(count)], many)
    masked = engine.answers(asked, params("mask", max_tokens=3))
    for index, output in enumerate(outputs):
        alone = masked if modes[index] == "mask" else plain
        assert tuple(output.outputs[0].token_ids) == alone[index % ALL][: lengths[index]]
    check_events([e for e in engine.events() if e.action == "observed"], outputs)


def test_penalties_logprobs_and_several_answers(engine: Engine, asked: list[Any], guard: Any) -> None:
    how = {"presence_penalty": 0.5, "repetition_penalty": 1.1, "min_tokens": 4, "logprobs": 3, "n": 2, "max_tokens": 6}
    outputs = engine.run(asked[:2], params("mask", **how)[:2])
    answers = [one for output in outputs for one in output.outputs]
    assert len(answers) == 4
    for answer in answers:
        ids = tuple(answer.token_ids)
        assert first_drift(guard, ids) == len(ids)
        assert min(step[token].logprob for step, token in zip(answer.logprobs, ids, strict=True)) > float("-inf")
    check_events(engine.events(), outputs)


@pytest.mark.parametrize("by", ["front end", "prompt", "nobody"])
def test_a_name_that_the_conversation_brought_is_said_again(
    engine: Engine, asked: list[Any], guard: Any, smollm2: Any, by: str
) -> None:
    name, text = smollm2.tokenizer.encode("Чехов", add_special_tokens=False), "작가 Чехов 소설"
    bias = {token: 40.0 + 5.0 * place for place, token in enumerate(name)}  # the last that may stand comes
    one = sampling(0, "mask", temperature=0.0, max_tokens=len(name), logit_bias=bias)
    prompt = list(asked[0]["prompt_token_ids"])
    if by == "front end":
        one.extra_args["guard_brought"] = [text]
    elif by == "prompt":
        del one.extra_args["guard_brought"]
        prompt += smollm2.tokenizer.encode(text, add_special_tokens=False)
    (answer,) = engine.answers([{"prompt_token_ids": prompt}], [one])
    events = engine.events()
    if by == "nobody":
        assert first_drift(guard, answer) == len(answer) and events
    else:
        assert list(answer) == name
        assert all(event.token_id != name[event.position] for event in events)


def test_a_grammar_that_allows_only_drift_passes_without_an_event(
    engine: Engine, asked: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    if find_spec("lmformatenforcer") is None:  # vLLM asks for it though another backend does the work
        monkeypatch.setitem(sys.modules, "lmformatenforcer", MagicMock())
    from vllm.sampling_params import StructuredOutputsParams

    choices = ["漢字です", "中文文字"]
    grammar = StructuredOutputsParams(choice=choices)
    outputs = engine.run(asked[:2], params("mask", structured_outputs=grammar)[:2])
    assert all(output.outputs[0].text in choices for output in outputs)
    assert engine.events() == []


def test_an_aborted_request_is_followed_by_another(engine: Engine, asked: list[Any], plain: list[Ids]) -> None:
    inner = engine.llm.llm_engine
    inner.add_request("aborted", asked[0], sampling(0, max_tokens=64))
    for _ in range(3):
        inner.step()
    inner.abort_request(["aborted"])
    engine.events()
    assert engine.answers(asked, params("off", max_tokens=2)) == [answer[:2] for answer in plain]
    assert engine.events() == []
