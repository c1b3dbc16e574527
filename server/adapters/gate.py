"""Which adapter version the engine holds, and whose turn it is: requests of one version run together.

Requests that name no version come first, in order of arrival. One that names a version runs while nobody needs another
one, and is sent back when somebody does.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from tlpo_guard.errors import RegistryError

__all__ = ["Loan", "VersionGate"]

logger = logging.getLogger(__name__)

_PATIENCE_SECONDS = 60.0  # that a request which names no version waits for a swap


@dataclass(slots=True, eq=False)
class Loan:
    """A version held by a request that named it.

    Attributes:
        recalled: set once a request that names none needs another version.
    """

    version: str
    recalled: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True, eq=False)
class _Waiter:
    version: str
    turn: asyncio.Future[str]


class VersionGate:
    """Lets requests of the loaded version in, and swaps when those before have left and the next one needs another.

    So no answer sees two versions.

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
        self._settled = "base"  # the last current version that could be loaded
        self._load = load
        self._in_flight = 0
        self._loans: set[Loan] = set()
        self._waiting: deque[_Waiter] = deque()
        self._borrowers: deque[_Waiter] = deque()
        self._swap: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        """Whether a request that names no version would run at once."""
        return self._swap is None and not self._waiting and self.version == self.current

    @asynccontextmanager
    async def request(self) -> AsyncIterator[str]:
        """Hold the version that is current now for one response; where it cannot be loaded or takes too long, the one before.

        Raises:
            RegistryError: neither can be loaded.
        """
        version = await self._enter(self.current)
        try:
            yield version
        finally:
            self._in_flight -= 1
            self._advance()

    @asynccontextmanager
    async def borrowed(self, version: str) -> AsyncIterator[Loan]:
        """Hold a version for one response until it is recalled; whoever holds it then has to leave.

        Raises:
            RegistryError: it cannot be loaded.
        """
        loan = Loan(await self._turn(version, self._borrowers))
        self._loans.add(loan)
        try:
            self._advance()  # somebody may have come since
            yield loan
        finally:
            self._loans.discard(loan)
            self._in_flight -= 1
            self._advance()

    async def follow(self, version: str) -> None:
        """Make a version the current one, and load it as soon as the answers under way are out.

        Raises:
            RegistryError: it cannot be loaded; the version before stays.
            TimeoutError: the answers under way took too long; the version before stays.
        """
        self.current = version
        try:
            await asyncio.wait_for(self._turn(version, self._waiting), _PATIENCE_SECONDS)
        except (RegistryError, TimeoutError):
            if self.current == version:
                self.current = self._settled
            raise
        if self.current == version:
            self._settled = version
        self._in_flight -= 1
        self._advance()

    async def _enter(self, wanted: str) -> str:
        with suppress(RegistryError, TimeoutError):
            return await asyncio.wait_for(self._turn(wanted, self._waiting), _PATIENCE_SECONDS)
        if self.version == self._settled and self._swap is None:  # past those who still wait
            self._in_flight += 1
            return self.version
        return await self._turn(self._settled, self._waiting)

    async def _turn(self, version: str, line: deque[_Waiter]) -> str:
        """Wait until a version is loaded and this request may run."""
        waiter = _Waiter(version, asyncio.get_running_loop().create_future())
        line.append(waiter)
        self._advance()
        try:
            return await waiter.turn
        except asyncio.CancelledError:
            if waiter in line:
                line.remove(waiter)
            elif waiter.turn.done() and not waiter.turn.cancelled() and waiter.turn.exception() is None:
                self._in_flight -= 1
            self._advance()
            raise

    def _advance(self) -> None:
        """Let in whoever is next and needs what is loaded; swap where the next one needs something else."""
        if self._swap is not None:
            return
        self._let_in(self._waiting)
        if self._waiting:
            for loan in self._loans:
                loan.recalled.set()
        else:
            self._let_in(self._borrowers)
        line = self._waiting or self._borrowers
        if line and self._in_flight == 0:
            self._swap = asyncio.get_running_loop().create_task(self._swap_to(line[0].version))

    def _let_in(self, line: deque[_Waiter]) -> None:
        while line and line[0].version == self.version:
            waiter = line.popleft()
            if not waiter.turn.done():
                self._in_flight += 1
                waiter.turn.set_result(self.version)

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
        for line in (self._waiting, self._borrowers):
            refused = [waiter for waiter in line if waiter.version == version]
            for waiter in refused:
                line.remove(waiter)
                if not waiter.turn.done():
                    waiter.turn.set_exception(RegistryError(f"adapter version {version} cannot be served: {cause}"))
