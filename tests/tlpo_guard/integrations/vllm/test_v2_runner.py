"""The guard in a real vLLM engine with the V2 runner, on a CPU: the runner's Triton kernels are interpreted, which is slow.

It takes a process of its own, as `make test-vllm` has it, for vLLM reads which runner it is as it is imported.
"""

import os
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("vllm")
triton = pytest.importorskip("triton")
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

ALL, LENGTH = 4, 12
SIZES: dict[str, Any] = {"max_num_seqs": 4, "max_model_len": 256}


def params(mode: str | None = "mask", **how: Any) -> list[Any]:
    return [sampling(i, mode, **({"max_tokens": LENGTH} | how)) for i in range(ALL)]


@pytest.fixture(scope="module")
def folder(smollm2: Any) -> str:
    return str(smollm2.model.name_or_path)


@pytest.fixture(scope="module")
def asked(smollm2: Any) -> list[dict[str, Any]]:
    return prompts(smollm2.tokenizer, ALL)


@pytest.fixture(scope="module")
def plain(folder: str, asked: list[Any], tmp_path_factory: pytest.TempPathFactory) -> list[Ids]:
    """Answers of an engine without the guard."""
    with engines.engine(folder, tmp_path_factory.mktemp("plain"), guarded=False, **SIZES) as bare:
        return bare.answers(asked, params(None))


@pytest.fixture(scope="module")
def engine(folder: str, plain: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with engines.engine(folder, tmp_path_factory.mktemp("guarded"), **SIZES) as made:
        assert made.processor._v2 is not None
        yield made


@pytest.fixture(scope="module")
def guard(smollm2: Any) -> Any:
    return engines.model_guard(smollm2)


def test_off_is_as_if_there_were_no_guard(engine: Engine, asked: list[Any], plain: list[Ids]) -> None:
    assert engine.answers(asked, params("off")) == plain
    assert engine.events() == []


def test_observe_changes_nothing_and_logs(engine: Engine, asked: list[Any], plain: list[Ids]) -> None:
    outputs = engine.run(asked, params("observe"))
    assert [tuple(o.outputs[0].token_ids) for o in outputs] == plain
    events = engine.events()
    check_events(events, outputs)
    assert events and {event.action for event in events} == {"observed"}
