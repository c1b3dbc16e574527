"""Serving the registry's current adapter version: merged into the weights, swapped between responses."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import torch
from safetensors.torch import load_file

from server.engine import TransformersEngine
from tlpo_guard.errors import RegistryError
from tlpo_guard.registry import AdapterRegistry

__all__ = ["AdapterSwapper", "VersionGate", "following", "merged_weights"]

logger = logging.getLogger(__name__)

_PREFIX = "base_model.model."
_DRAIN_SECONDS = 60.0  # that new requests wait for running answers before a swap is put off


class VersionGate:
    """Lets requests in together and a swap in alone, so that no response sees two versions."""

    def __init__(self) -> None:
        self.version = "base"
        self._condition = asyncio.Condition()
        self._in_flight = 0
        self._swapping = False

    @asynccontextmanager
    async def request(self) -> AsyncIterator[str]:
        """Hold the version for one response; waits while a swap is under way."""
        async with self._condition:
            await self._condition.wait_for(lambda: not self._swapping)
            self._in_flight += 1
        try:
            yield self.version
        finally:
            self._in_flight -= 1
            if self._swapping:  # nobody else waits for it
                async with self._condition:
                    self._condition.notify_all()

    @asynccontextmanager
    async def swap(self) -> AsyncIterator[None]:
        """Keep new requests waiting, let the running ones finish, then go on alone.

        Raises:
            TimeoutError: they did not finish in a minute; new requests go on.
        """
        async with self._condition:
            self._swapping = True
        try:
            async with self._condition:
                await asyncio.wait_for(self._condition.wait_for(lambda: self._in_flight == 0), _DRAIN_SECONDS)
            yield
        finally:
            async with self._condition:
                self._swapping = False
                self._condition.notify_all()


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


class AdapterSwapper:
    """Follows the registry's CURRENT pointer. Base tensors are kept, so undoing a version is exact."""

    def __init__(self, registry: AdapterRegistry, engine: TransformersEngine, gate: VersionGate) -> None:
        self.registry = registry
        self.failures = 0
        self._engine = engine
        self._gate = gate
        self._refused: str | None = None
        self._base: dict[str, torch.Tensor] = {}
        self._merged: frozenset[str] = frozenset()

    async def follow(self, poll_seconds: float) -> None:
        """Swap whenever CURRENT moves; runs until cancelled."""
        while True:
            await asyncio.sleep(poll_seconds)
            await self.check()

    async def check(self) -> None:
        """Swap now if CURRENT has moved. A version that cannot be served is refused once, and the old one stays."""
        wanted = self._gate.version
        try:
            wanted = await asyncio.to_thread(self.registry.current)
            if wanted in (self._gate.version, self._refused):
                return
            changed = await asyncio.to_thread(self._changed_by, wanted)
            undone = {name: self._base[name] for name in self._merged - changed.keys()}
            async with self._gate.swap():
                await asyncio.to_thread(self._engine.load_weights, changed | undone)
                self._merged = frozenset(changed)
                self._gate.version = wanted
            self._refused = None
            logger.info("now serving adapter version %s", wanted)
        except TimeoutError:
            logger.warning("answers under way keep adapter version %s; %s waits", self._gate.version, wanted)
        except Exception:
            self.failures += 1
            self._refused = wanted
            logger.exception("adapter version %s cannot be served; staying with %s", wanted, self._gate.version)

    def _changed_by(self, version: str) -> dict[str, torch.Tensor]:
        """The weights that a version changes; none for the base."""
        if version == "base":
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


@asynccontextmanager
async def following(swapper: AdapterSwapper, poll_seconds: float) -> AsyncIterator[None]:
    """Follow the registry for as long as the context lasts."""
    await swapper.check()
    task = asyncio.create_task(swapper.follow(poll_seconds))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
