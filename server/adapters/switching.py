"""Moves the registry's pointers, and has the server follow at once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tlpo_guard.registry import AdapterRegistry, Pointers

__all__ = ["Moved", "VersionSwitch"]


@dataclass(frozen=True, slots=True)
class Moved:
    """Where the pointers stand, and which version the server answers with; they differ while a swap waits or failed."""

    pointers: Pointers
    serving: str


class VersionSwitch:
    """Promotes, pins and goes back; raises RegistryError as the registry does.

    Args:
        swap_now: follows the registry's pointer at once; the version that is served then.
    """

    def __init__(self, registry: AdapterRegistry, swap_now: Callable[[], Awaitable[str]]) -> None:
        self._registry = registry
        self._swap_now = swap_now

    async def promote(self, version: str) -> Moved:
        """Promote a version, `base` for the bare model; while another is pinned, that one is still served."""
        return await self._move(lambda: self._registry.promote(version))

    async def pin(self, version: str) -> Moved:
        """Serve a version, `base` for the bare model, whatever is promoted, until `unpin`."""
        return await self._move(lambda: self._registry.pin(version))

    async def rollback(self) -> Moved:
        """Go back to the version that was promoted before."""
        return await self._move(self._registry.rollback)

    async def unpin(self) -> Moved:
        """Serve the promoted version again."""
        return await self._move(self._registry.unpin)

    async def start_canary(self, version: str, share: int) -> Moved:
        """Serve a version for a share of the time, percent."""
        return await self._move(lambda: self._registry.start_canary(version, share))

    async def stop_canary(self) -> Moved:
        """Serve the current version all the time again."""
        return await self._move(self._registry.stop_canary)

    async def _move(self, move: Callable[[], object]) -> Moved:
        await asyncio.to_thread(move)
        pointers = await asyncio.to_thread(self._registry.pointers)
        return Moved(pointers, await self._swap_now())
