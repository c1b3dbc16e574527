"""Adapter versions of the registry, brought into the engine."""

import asyncio
from pathlib import Path

from server.engines.engine import Engine
from tlpo_guard.errors import RegistryError
from tlpo_guard.registry import BASE, StoredRegistry

__all__ = ["AdapterLoader"]


class AdapterLoader:
    """Brings a version's weights into the engine.

    Args:
        cache_dir: where the files of a registry at a URL are kept.
    """

    def __init__(self, registry: StoredRegistry, engine: Engine, cache_dir: Path) -> None:
        self.registry = registry
        self._engine = engine
        self._cache_dir = cache_dir

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
        folder = None if version == BASE else await asyncio.to_thread(self._folder, version)
        await self._engine.load_version(folder)

    def _folder(self, version: str) -> Path:
        made_for = self.registry.get(version).lineage.get("base_fingerprint")
        base = self._engine.card.base_fingerprint
        if made_for != base:
            raise RegistryError(f"{version} was made for base {made_for}, this server runs {base}")
        return self.registry.local(version, self._cache_dir)
