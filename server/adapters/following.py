"""The registry's pointers, followed."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from server.adapters.gate import VersionGate
from tlpo_guard.errors import RegistryError
from tlpo_guard.registry import AdapterRegistry, Canary, Pointers, unreachable

__all__ = ["AdapterFollower"]

logger = logging.getLogger(__name__)


class AdapterFollower:
    """Follows the registry's pointers, and serves the canary when it is its turn.

    Args:
        fetch: brings a version's files to this machine, before requests wait for the swap.
        server: tells this server from others on the same registry; the same after a restart.
        now: Unix time.
    """

    def __init__(
        self,
        registry: AdapterRegistry,
        gate: VersionGate,
        fetch: Callable[[str], Awaitable[None]],
        *,
        server: str,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._registry = registry
        self._gate = gate
        self._fetch = fetch
        self._server = server
        self._now = now
        self._refused: str | None = None
        self._failed: Canary | None = None
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
                pointers = await asyncio.to_thread(self._registry.pointers)
            except Exception:
                logger.exception("the adapter registry cannot be read; staying with %s", self._gate.version)
                return self._gate.version
            wanted = self._wanted(pointers)
            if wanted == self._gate.current:
                self._refused = None
            elif wanted != self._refused:
                await self._move(wanted)
                if self._refused == wanted != pointers.current:
                    self._failed = pointers.canary  # not again at each of its turns
            return self._gate.version

    def _wanted(self, pointers: Pointers) -> str:
        canary = pointers.canary
        if canary is None or canary == self._failed or not canary.has_turn(self._server, self._now()):
            return pointers.current
        return canary.version

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
