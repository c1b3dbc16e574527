"""Which adapter version the engine holds, and whose turn it is: requests of one version run together, in order of arrival."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tlpo_guard.errors import RegistryError

__all__ = ["VersionGate"]

logger = logging.getLogger(__name__)

_PATIENCE_SECONDS = 60.0  # that a request which names no version waits for a swap


@dataclass(slots=True, eq=False)
class _Waiter:
    version: str
    turn: asyncio.Future[str]


class VersionGate:
    """Lets requests of the loaded version in, and swaps when those before have left and the next one needs another.

    So no answer sees two versions, and a request for another version is overtaken by nobody.

    Args:
        load: brings a version's weights into the engine; called while no answer is under way.

    Attributes:
        version: the loaded one.
        current: the one for requests that name none.
        failures: versions that could not be loaded.
    """

    def __init__(self, load: Callable[[str], Awaitable[None]]) -> None:
        self.version = self.current = "base"
        self.failures = 0
        self._load = load
        self._in_flight = 0
        self._waiting: deque[_Waiter] = deque()
        self._swap: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def request(self, pinned: str | None = None) -> AsyncIterator[str]:
        """Hold a version for one response.

        Args:
            pinned: a version; None takes the current one, or the loaded one where a swap takes too long or fails.

        Raises:
            RegistryError: the pinned version cannot be loaded.
        """
        version = await self._enter(pinned)
        try:
            yield version
        finally:
            self._in_flight -= 1
            self._advance()

    async def follow(self, version: str) -> None:
        """Make a version the current one, and load it as soon as the answers under way are out.

        Raises:
            RegistryError: it cannot be loaded; the version before stays.
            TimeoutError: the answers under way took too long; the version before stays.
        """
        before, self.current = self.current, version
        try:
            await asyncio.wait_for(self._turn(version), _PATIENCE_SECONDS)
        except (RegistryError, TimeoutError):
            if self.current == version:
                self.current = before
            raise
        self._in_flight -= 1
        self._advance()

    async def _enter(self, pinned: str | None) -> str:
        if pinned is not None:
            return await self._turn(pinned)
        try:
            return await asyncio.wait_for(self._turn(self.current), _PATIENCE_SECONDS)
        except (RegistryError, TimeoutError):
            return await self._turn(None)

    async def _turn(self, version: str | None) -> str:
        """Wait until a version is loaded and this request may run; None takes what is loaded, at once."""
        if version is None:
            self._in_flight += 1
            return self.version
        waiter = _Waiter(version, asyncio.get_running_loop().create_future())
        self._waiting.append(waiter)
        self._advance()
        try:
            return await waiter.turn
        except asyncio.CancelledError:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
            elif waiter.turn.done() and not waiter.turn.cancelled() and waiter.turn.exception() is None:
                self._in_flight -= 1
            self._advance()
            raise

    def _advance(self) -> None:
        """Let in whoever is first in line and needs what is loaded; swap where the first one needs something else."""
        if self._swap is not None:
            return
        while self._waiting and self._waiting[0].version == self.version:
            waiter = self._waiting.popleft()
            if not waiter.turn.done():
                self._in_flight += 1
                waiter.turn.set_result(self.version)
        if self._waiting and self._in_flight == 0:
            self._swap = asyncio.get_running_loop().create_task(self._swap_to(self._waiting[0].version))

    async def _swap_to(self, version: str) -> None:
        try:
            await self._load(version)
            self.version = version
            logger.info("now serving adapter version %s", version)
        except Exception as exc:
            self.failures += 1
            logger.exception("adapter version %s cannot be served; staying with %s", version, self.version)
            self._refuse(version, exc)
        finally:
            self._swap = None
            self._advance()

    def _refuse(self, version: str, cause: Exception) -> None:
        refused = [waiter for waiter in self._waiting if waiter.version == version]
        self._waiting = deque(waiter for waiter in self._waiting if waiter.version != version)
        for waiter in refused:
            if not waiter.turn.done():
                waiter.turn.set_exception(RegistryError(f"adapter version {version} cannot be served: {cause}"))
