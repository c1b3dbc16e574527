"""Adapter versions as weights: merged into the base, which is kept so that undoing is exact."""

import asyncio
import json
import logging
from pathlib import Path

import torch
from safetensors.torch import load_file

from server.engine import TransformersEngine
from server.versions import VersionGate
from tlpo_guard.errors import RegistryError
from tlpo_guard.registry import BASE, AdapterRegistry

__all__ = ["AdapterFollower", "AdapterLoader", "merged_weights"]

logger = logging.getLogger(__name__)

_PREFIX = "base_model.model."


def merged_weights(path: Path, base: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The base weights that an adapter changes, changed: W + scale * B A, computed in float32.

    Args:
        path: folder of a PEFT LoRA adapter.
        base: the base model's parameters by name.

    Raises:
        RegistryError: a kind of adapter that cannot be merged this way, or one that does not fit the base.
    """
    config = json.loads((path / "adapter_config.json").read_text(encoding="utf-8"))
    if config.get("peft_type") != "LORA" or config.get("use_dora") or config.get("modules_to_save"):
        raise RegistryError(f"{path.name} is no plain LoRA adapter; this server merges plain LoRA only")
    rank, alpha = int(config["r"]), float(config["lora_alpha"])
    scale = alpha / (rank**0.5 if config.get("use_rslora") else rank)
    tensors = load_file(path / "adapter_model.safetensors")
    out = {}
    for key, down in tensors.items():
        if not key.endswith(".lora_A.weight"):
            continue
        module = key.removeprefix(_PREFIX).removesuffix(".lora_A.weight")
        up = tensors.get(f"{_PREFIX}{module}.lora_B.weight")
        weight = base.get(f"{module}.weight")
        if weight is None or up is None or weight.shape != (up.shape[0], down.shape[1]):
            raise RegistryError(f"{path.name} does not fit this base model at {module}")
        delta = scale * (up.float() @ down.float())
        out[f"{module}.weight"] = (weight.float().cpu() + delta).to(weight.dtype)
    return out


class AdapterLoader:
    """Brings a version's weights into the engine. Base tensors are kept, so undoing a version is exact."""

    def __init__(self, registry: AdapterRegistry, engine: TransformersEngine) -> None:
        self.registry = registry
        self._engine = engine
        self._base: dict[str, torch.Tensor] = {}
        self._merged: frozenset[str] = frozenset()

    async def load(self, version: str) -> None:
        """Serve a version from the next step on.

        Raises:
            RegistryError: damaged, for another base, or of a kind that cannot be merged; the weights stay as they are.
        """
        changed = await asyncio.to_thread(self._changed_by, version)
        undone = {name: self._base[name] for name in self._merged - changed.keys()}
        await asyncio.to_thread(self._engine.load_weights, changed | undone)
        self._merged = frozenset(changed)

    def _changed_by(self, version: str) -> dict[str, torch.Tensor]:
        """The weights that a version changes; none for the base."""
        if version == BASE:
            return {}
        self.registry.verify(version)
        adapter = self.registry.get(version)
        made_for, base = adapter.lineage.get("base_fingerprint"), self._engine.loaded.fingerprint
        if made_for != base:
            raise RegistryError(f"{version} was made for base {made_for}, this server runs {base}")
        current = dict(self._engine.loaded.model.named_parameters())
        changed = merged_weights(adapter.path, {n: self._base.get(n, p.detach()) for n, p in current.items()})
        for name in changed:
            self._base.setdefault(name, current[name].detach().cpu().clone())
        return changed


class AdapterFollower:
    """Follows the registry's CURRENT pointer."""

    def __init__(self, registry: AdapterRegistry, gate: VersionGate) -> None:
        self._registry = registry
        self._gate = gate
        self._refused: str | None = None
        self._turn = asyncio.Lock()

    async def follow(self, poll_seconds: float) -> None:
        """Swap whenever CURRENT moves; runs until cancelled."""
        while True:
            await asyncio.sleep(poll_seconds)
            await self.check()

    async def check(self) -> str:
        """Swap now if CURRENT has moved; the version that is served then. One that cannot be served is refused once."""
        async with self._turn:
            try:
                wanted = await asyncio.to_thread(self._registry.current)
            except Exception:
                logger.exception("the adapter registry cannot be read; staying with %s", self._gate.version)
                return self._gate.version
            if wanted == self._gate.current:
                self._refused = None
            elif wanted != self._refused:
                await self._move(wanted)
            return self._gate.version

    async def _move(self, wanted: str) -> None:
        try:
            await self._gate.follow(wanted)
            self._refused = None
        except TimeoutError:
            logger.warning("answers under way keep adapter version %s; %s waits", self._gate.version, wanted)
        except RegistryError:
            self._refused = wanted
