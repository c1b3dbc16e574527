from pathlib import Path
from types import MappingProxyType

import pytest
import torch

from tlpo_guard.models import dtypes
from tlpo_guard.models.load import load_model, load_outline

WITHOUT = {"architecture": "x86_64", "avx512_bf16": False, "amx_bf16": False}
WITH = [{**WITHOUT, "avx512_bf16": True}, {**WITHOUT, "amx_bf16": True}, {"architecture": "aarch64"}, {}]


@pytest.fixture
def able(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What the CPU can do."""
    found: dict[str, object] = {}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: MappingProxyType(found))
    return found


@pytest.mark.parametrize("cpu", WITH)
def test_a_cpu_that_has_bfloat16_computes_in_it(
    able: dict[str, object], cpu: dict[str, object], small_model: Path
) -> None:
    able.update(cpu)
    assert load_model(str(small_model), cache_dir=small_model, device="cpu").model.dtype is torch.bfloat16


def test_a_cpu_without_bfloat16_computes_with_the_same_weights_in_float32(
    able: dict[str, object], small_model: Path
) -> None:
    able.update(WITH[0])
    narrow = load_model(str(small_model), cache_dir=small_model, device="cpu")
    able.update(WITHOUT)
    wide = load_model(str(small_model), cache_dir=small_model, device="cpu")
    assert wide.model.dtype is torch.float32
    for name, tensor in wide.model.state_dict().items():
        assert torch.equal(tensor, narrow.model.state_dict()[name].float()), name
    outline = load_outline(str(small_model), cache_dir=small_model)
    assert wide.fingerprint == narrow.fingerprint == outline.fingerprint


def test_a_dtype_that_is_asked_for_is_kept(able: dict[str, object], small_model: Path) -> None:
    able.update(WITHOUT)
    asked = load_model(str(small_model), cache_dir=small_model, device="cpu", dtype=torch.bfloat16)
    assert asked.model.dtype is torch.bfloat16


def test_a_large_model_takes_no_more_memory(
    able: dict[str, object], small_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    able.update(WITHOUT)
    monkeypatch.setattr(dtypes, "_MOST_PARAMETERS", 1000)
    assert load_model(str(small_model), cache_dir=small_model, device="cpu").model.dtype is torch.bfloat16
