"""Versions in the engine: what is served, that undoing is exact, and a registry that is away for a while."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

from server.adapters.following import AdapterFollower
from server.adapters.gate import VersionGate
from server.adapters.loading import AdapterLoader
from server.engines.adapter_weights import AdapterWeights
from server.engines.engine import Engine, ModelCard
from tlpo_guard.errors import RegistryError
from tlpo_guard.registry import StoredRegistry, open_registry

KINDS: tuple[dict[str, Any], ...] = (
    {"target_modules": "all-linear", "use_dora": True},
    {"target_modules": ["q_proj", "v_proj"], "use_rslora": True, "rank_pattern": {"q_proj": 2}},
    {"target_modules": ["down_proj"], "alpha_pattern": {"down_proj": 32}},
)


class Holder:
    """Holds a model and overwrites its weights, as an engine does between two steps."""

    def __init__(self) -> None:
        self.model = llama()
        self.card = ModelCard("llama", "f", "t", 64, frozenset(), 64)
        self._weights = AdapterWeights(self.model)

    async def load_version(self, folder: Path | None) -> None:
        self._weights.load(folder, self._overwrite)

    def _overwrite(self, weights: Mapping[str, torch.Tensor]) -> None:
        parameters = dict(self.model.named_parameters())
        with torch.no_grad():
            for name, tensor in weights.items():
                parameters[name].copy_(tensor)

    def weights(self) -> dict[str, torch.Tensor]:
        return {name: tensor.detach().clone() for name, tensor in self.model.named_parameters()}


def llama() -> LlamaForCausalLM:
    torch.manual_seed(0)
    config = LlamaConfig(
        hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, vocab_size=64
    )
    return LlamaForCausalLM(config).bfloat16()


@pytest.fixture
def registry(tmp_path: Path) -> StoredRegistry:
    """A version of each kind, at a URL: its files have to be fetched."""
    registry = open_registry(f"async_wrapper::file://{tmp_path}/adapters")
    for kind in KINDS:
        config = LoraConfig(task_type="CAUSAL_LM", r=4, init_lora_weights=False, **kind)
        model: Any = get_peft_model(llama(), config)
        registry.add(lambda folder, model=model: model.save_pretrained(str(folder)), {"base_fingerprint": "f"}, {})
    return registry


def merged(kind: dict[str, Any], registry: StoredRegistry, name: str, cache: Path) -> dict[str, torch.Tensor]:
    from peft import PeftModel

    adapted: Any = PeftModel.from_pretrained(llama().float(), str(registry.local(name, cache)))
    return {key: tensor.detach() for key, tensor in adapted.merge_and_unload().named_parameters()}


def same(one: Mapping[str, torch.Tensor], other: Mapping[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_every_kind_is_served_and_undone_to_the_last_bit(registry: StoredRegistry, tmp_path: Path) -> None:
    engine = Holder()
    base = engine.weights()
    loader = AdapterLoader(registry, cast(Engine, engine), tmp_path / "cache")

    async def scene() -> None:
        served: dict[str, dict[str, torch.Tensor]] = {}
        for name in ("v0001", "v0002", "v0003", "v0001", "v0003", "v0002"):
            await loader.load(name)
            assert not same(engine.weights(), base)
            assert same(served.setdefault(name, engine.weights()), engine.weights())
        for index, kind in enumerate(KINDS):
            expected = merged(kind, registry, f"v000{index + 1}", tmp_path / "cache")
            assert same(served[f"v000{index + 1}"], {key: tensor.bfloat16() for key, tensor in expected.items()})
        await loader.load("base")
        assert same(engine.weights(), base)

    asyncio.run(scene())


def test_a_version_that_cannot_be_merged_leaves_the_weights(registry: StoredRegistry, tmp_path: Path) -> None:
    engine = Holder()
    loader = AdapterLoader(registry, cast(Engine, engine), tmp_path / "cache")
    config = LoraConfig(task_type="CAUSAL_LM", r=2, target_modules=["q_proj"], modules_to_save=["lm_head"])
    model: Any = get_peft_model(llama(), config)
    registry.add(lambda folder: model.save_pretrained(str(folder)), {"base_fingerprint": "f"}, {})

    async def scene() -> None:
        await loader.load("v0001")
        before = engine.weights()
        with pytest.raises(RegistryError, match="modules_to_save"):
            await loader.load("v0004")
        assert same(engine.weights(), before)

    asyncio.run(scene())


def test_a_pinned_version_is_followed_and_unpinning_goes_on(registry: StoredRegistry, tmp_path: Path) -> None:
    async def scene() -> None:
        loader = AdapterLoader(registry, cast(Engine, Holder()), tmp_path / "cache")
        follower = AdapterFollower(registry, VersionGate(loader.load), loader.fetch, server="one")
        registry.promote("v0001")
        assert await follower.check() == "v0001"
        registry.pin("v0002")
        registry.promote("v0003")
        assert await follower.check() == "v0002"
        registry.unpin()
        assert await follower.check() == "v0003"

    asyncio.run(scene())


def test_a_canary_is_served_in_its_minutes_and_the_current_version_in_the_others(
    registry: StoredRegistry, tmp_path: Path
) -> None:
    async def scene() -> None:
        loader = AdapterLoader(registry, cast(Engine, Holder()), tmp_path / "cache")
        minute = 0
        follower = AdapterFollower(
            registry, VersionGate(loader.load), loader.fetch, server="one", now=lambda: 60.0 * minute
        )
        registry.promote("v0001")
        registry.start_canary("v0002", 50)
        canary = registry.pointers().canary
        assert canary is not None
        served = set()
        for minute in range(12):
            served.add(serving := await follower.check())
            assert serving == ("v0002" if canary.has_turn("one", 60 * minute) else "v0001")
        assert served == {"v0001", "v0002"}
        registry.stop_canary()
        assert await follower.check() == "v0001"

    asyncio.run(scene())


def test_a_canary_that_cannot_be_served_is_tried_once(registry: StoredRegistry, tmp_path: Path) -> None:
    async def scene() -> None:
        loader = AdapterLoader(registry, cast(Engine, Holder()), tmp_path / "cache")
        gate, minute = VersionGate(loader.load), 0
        follower = AdapterFollower(registry, gate, loader.fetch, server="one", now=lambda: 60.0 * minute)
        registry.promote("v0001")
        registry.start_canary("v0002", 50)
        (tmp_path / "adapters" / "v0002" / "adapter_model.safetensors").write_bytes(b"other")
        canary = registry.pointers().canary
        assert canary is not None
        turns = 0
        for minute in range(12):
            turns += canary.has_turn("one", 60 * minute)
            assert await follower.check() == "v0001"
        assert (turns > 1, gate.failures) == (True, 1)

    asyncio.run(scene())


def test_a_version_that_cannot_be_fetched_yet_is_tried_again_and_a_damaged_one_is_not(
    registry: StoredRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    local = registry.local

    def away(name: str, cache_dir: Path) -> Path:
        calls.append(name)
        if len(calls) < 3:
            raise RegistryError("cannot be read") from ConnectionResetError(104, "Connection reset by peer")
        return local(name, cache_dir)

    async def scene() -> None:
        loader = AdapterLoader(registry, cast(Engine, Holder()), tmp_path / "cache")
        gate = VersionGate(loader.load)
        follower = AdapterFollower(registry, gate, loader.fetch, server="one")
        monkeypatch.setattr(registry, "local", away)
        registry.promote("v0001")
        assert [await follower.check() for _ in range(3)] == ["base", "base", "v0001"]
        assert gate.failures == 0
        registry.promote("v0002")
        (tmp_path / "adapters" / "v0002" / "adapter_model.safetensors").write_bytes(b"other")
        tried = len(calls)
        assert [await follower.check() for _ in range(3)] == ["v0001"] * 3
        assert gate.failures == 1
        assert len(calls) == tried + 2  # fetched, and loaded, once each

    asyncio.run(scene())
