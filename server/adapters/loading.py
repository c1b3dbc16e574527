"""Adapter versions as weights: merged into the base, which is kept so that undoing is exact."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import torch

from server.adapters.gate import VersionGate
from server.engines.transformers import TransformersEngine
from tlpo_guard.errors import RegistryError
from tlpo_guard.registry import BASE, AdapterRegistry, unreachable
from tlpo_guard.registry.merging import merged_weights, tied_weights

__all__ = ["AdapterFollower", "AdapterLoader"]

logger = logging.getLogger(__name__)


class AdapterLoader:
    """Brings a version's weights into the engine. Base tensors are kept, so undoing a version is exact.

    Args:
        cache_dir: where the files of a registry at a URL are kept.
    """

    def __init__(self, registry: AdapterRegistry, engine: TransformersEngine, cache_dir: Path) -> None:
        self.registry = registry
        self._engine = engine
        self._cache_dir = cache_dir
        self._base: dict[str, torch.Tensor] = {}
        self._merged: frozenset[str] = frozenset()

    async def fetch(self, version: str) -> None:
        """Bring a version's files to this machine, so that loading it will be short.

        Raises:
            RegistryError: unknown, damaged, or not to be fetched.
        """
        if version != BASE:
            await asyncio.to_thread(self.registry.local, version, self._cache_dir)

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
        adapter = self.registry.get(version)
        made_for, base = adapter.lineage.get("base_fingerprint"), self._engine.loaded.fingerprint
        if made_for != base:
            raise RegistryError(f"{version} was made for base {made_for}, this server runs {base}")
        model = self._engine.loaded.model
        current = dict(model.named_parameters())
        folder = self.registry.local(version, self._cache_dir)
        untouched = {name: self._base.get(name, parameter.detach()) for name, parameter in current.items()}
        changed = merged_weights(folder, untouched, tied_weights(model))
        for name in changed:
            self._base.setdefault(name, current[name].detach().cpu().clone())
        return changed


class AdapterFollower:
    """Follows the registry's pointers.

    Args:
        fetch: brings a version's files to this machine, before requests wait for the swap.
    """

    def __init__(self, registry: AdapterRegistry, gate: VersionGate, fetch: Callable[[str], Awaitable[None]]) -> None:
        self._registry = registry
        self._gate = gate
        self._fetch = fetch
        self._refused: str | None = None
        self._turn = asyncio.Lock()

    async def follow(self, poll_seconds: float) -> None:
        """Swap whenever the current version is another; runs until cancelled."""
        while True:
            await asyncio.sleep(poll_seconds)
            await self.check()

    async def check(self) -> str:
        """Swap now if the current version is another; the version that is served then.

        One that cannot be served is refused once, one that cannot be reached is tried again.
        """
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
            await self._fetch(wanted)
        except RegistryError as exc:
            if unreachable(exc):
                logger.warning("%s keeps being served, %s waits: %s", self._gate.version, wanted, exc)
                return  # the gate refuses and counts what is damaged
        try:
            await self._gate.follow(wanted)
            self._refused = None
        except TimeoutError:
            logger.warning("answers under way keep adapter version %s; %s waits", self._gate.version, wanted)
        except RegistryError:
            self._refused = wanted
