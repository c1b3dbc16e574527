"""The guard as SGLang calls it: its own base class and serialisation, with requests that hold what it reads of them."""

import importlib.util
import sys
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch

from tlpo_guard.events.record import Event
from tlpo_guard.models.load import LoadedModel

PACKAGES = ("sglang", "sglang.srt", "sglang.srt.sampling")


@pytest.fixture(scope="module", autouse=True)
def sglang() -> Iterator[None]:
    """SGLang's packages without what they import, which needs a GPU."""
    found = importlib.util.find_spec("sglang")
    if found is None or not found.submodule_search_locations:
        pytest.skip("SGLang is not installed; `make test-sglang` brings it")
    root = Path(next(iter(found.submodule_search_locations))).parent
    before = set(sys.modules)
    for name in PACKAGES:
        package = ModuleType(name)
        package.__path__ = [str(root.joinpath(*name.split(".")))]
        sys.modules[name] = package
    yield
    for name in set(sys.modules) - before:
        if name.startswith(("sglang", "tlpo_guard.integrations.sglang")):
            del sys.modules[name]


@dataclass
class Request:
    tokenizer: Any
    sampling_params: SimpleNamespace
    rid: str = "r1"
    origin_input_ids: list[int] = field(default_factory=lambda: [1, 2])
    output_ids: list[int] = field(default_factory=list)


def params(request: Request, **options: Any) -> dict[str, Any]:
    """As SGLang gives a request's parameters to its processor."""
    return {**options, "__req__": weakref.proxy(request)}


def test_rows_are_masked_by_their_own_requests(smollm2: LoadedModel) -> None:
    from tlpo_guard.integrations.sglang import LanguageGuard

    told: list[Event] = []
    LanguageGuard.on_event = told.append
    processor = LanguageGuard.from_str(LanguageGuard().to_str())
    size = smollm2.model.config.vocab_size
    hangul = smollm2.tokenizer.encode(" 한국", add_special_tokens=False)[0]
    latin = smollm2.tokenizer.encode(" because", add_special_tokens=False)[0]
    sampled = SimpleNamespace(temperature=0.7, top_p=1.0, top_k=1 << 30)
    requests = [Request(smollm2.tokenizer, sampled) for _ in range(4)]
    strict = {"guard_languages": "ko", "guard_allow_english": False}
    held: list[dict[str, Any] | None] = [
        params(requests[0], **strict),
        params(requests[1], **strict, guard_mode="observe"),
        params(requests[2], guard_languages="nonsense?"),
        None,
    ]
    logits = torch.zeros(4, size, dtype=torch.bfloat16)
    logits[:, latin], logits[:, hangul] = 30.0, 20.0
    masked = processor(logits.clone(), held)
    assert masked.dtype == logits.dtype
    assert masked[0, latin].isneginf() and masked[0, hangul] == 20.0
    assert torch.equal(masked[1:], logits[1:])
    for request, token_id in zip(requests, (hangul, latin, latin, latin), strict=True):
        request.output_ids.append(token_id)
    again = LanguageGuard.from_str(LanguageGuard().to_str())  # a batch that changes makes its processors anew
    again(logits.clone(), held)
    assert [(e.position, e.token_id, e.replacement_id, e.action) for e in told] == [
        (0, latin, hangul, "masked"),
        (0, latin, None, "observed"),
    ]
    assert {e.prompt_ids for e in told} == {(1, 2)}
    LanguageGuard.on_event = None


def test_rows_without_the_guard_are_left_alone() -> None:
    from tlpo_guard.integrations.sglang import LanguageGuard

    logits = torch.randn(2, 8)
    assert LanguageGuard()(logits, [None, {}]) is logits
    assert LanguageGuard()(logits, None) is logits
