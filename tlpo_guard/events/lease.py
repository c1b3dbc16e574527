"""Leases: of all processes that share a store, one at a time does what a lease is named after."""

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol, Self

import psutil

from tlpo_guard.errors import LeaseHeldError, StoreError

__all__ = ["Holding", "Lease", "Leases"]

logger = logging.getLogger(__name__)

_BOOT_TOLERANCE_SECONDS = 2.0  # Linux tells in whole seconds when it started, and not always the same one
_TRIES = 3


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Holding:
    """Who holds a lease.

    Attributes:
        name: of the lease.
        token: of this holding; drawn anew each time.
        host: for people.
        machine: equal only where process ids mean the same: one start of one system, one namespace of ids in it.
        pid: the holder's process id there.
        pid_started_at: seconds from the machine's start to the process's, which no change of the clock moves.
        since: aware.
        seconds: how long a sign of life lasts.
        expires_at: aware; from then on the lease is free.
    """

    name: str
    token: str
    host: str
    machine: str
    pid: int
    pid_started_at: float
    since: datetime
    seconds: float
    expires_at: datetime


class Leases(Protocol):
    """Where leases are kept, for all processes that share a database; each method raises StoreError where it fails."""

    def holding(self, name: str) -> Holding | None:
        """The last one to hold a lease, maybe expired; None where nobody has it."""

    def take(self, wanted: Holding, *, dead_token: str | None = None) -> bool:
        """Take a lease that nobody holds, or whose holding expired before `wanted.since` or is known to be a dead process's.

        In one statement, so that of all who try, one wins.

        Args:
            wanted: the new holding.
            dead_token: of a holding whose process is known to be dead.
        """

    def renew(self, name: str, token: str, expires_at: datetime) -> bool:
        """Have a holding last until a later moment; False where somebody else holds the lease by now."""

    def release(self, name: str, token: str) -> None:
        """Give a lease back; nothing happens where somebody else holds it by now."""


class Lease:
    """The right to do something alone, as long as its holder shows signs of life.

    Args:
        leases: where the lease is kept.
        name: any; leases of different names have nothing to do with one another.
        seconds: how long a sign of life lasts, above 0. A heartbeat gives three in that time.
        clock: the wall clock, aware; those of all hosts should agree to well within `seconds`.

    Raises:
        ValueError: `seconds` is not above 0.
    """

    def __init__(self, leases: Leases, name: str, *, seconds: float, clock: Callable[[], datetime] = _utc_now) -> None:
        if not seconds > 0:
            raise ValueError(f"a lease cannot last {seconds} s; give more than 0")
        self.name = name
        self.seconds = seconds
        self._leases = leases
        self._clock = clock
        self._token = ""
        self._taken = False
        self._renewed = 0.0  # monotonic seconds

    @property
    def lost(self) -> bool:
        """Whether somebody else has the lease by now, or could have it, since no sign of life got through for so long."""
        return self._taken or time.monotonic() >= self._renewed + self.seconds

    @contextmanager
    def held(self) -> Iterator[Self]:
        """Hold the lease; it is free again at the end, and by itself when this process dies: at once for those on this
        machine, after `seconds` for others.

        Raises:
            LeaseHeldError: somebody else holds it; the message tells who.
            StoreError: the store failed.
        """
        self._acquire()
        stop = threading.Event()
        heart = threading.Thread(target=self._beat, args=(stop,), name=f"lease-{self.name}", daemon=True)
        heart.start()
        try:
            yield self
        finally:
            stop.set()
            heart.join()
            self._release()

    def confirm(self) -> None:
        """Give a sign of life now; for the moment before something that must not be done twice.

        Raises:
            LeaseHeldError: the lease was lost.
            StoreError: the store failed.
        """
        if not self._renew():
            raise self._refusal(self._leases.holding(self.name))

    def _acquire(self) -> None:
        token = uuid.uuid4().hex
        for _ in range(_TRIES):
            there = self._leases.holding(self.name)
            dead = there.token if there is not None and _is_dead(there) else None
            asked = time.monotonic()
            if self._leases.take(self._wanted(token), dead_token=dead):
                self._token, self._taken, self._renewed = token, False, asked
                return
            if (there := self._leases.holding(self.name)) is not None:  # None where it was given back this very moment
                raise self._refusal(there)
        raise LeaseHeldError(f"the lease {self.name!r} changes hands too fast; try again")

    def _wanted(self, token: str) -> Holding:
        now, pid = self._clock(), os.getpid()
        return Holding(
            name=self.name,
            token=token,
            host=socket.gethostname(),
            machine=_machine(),
            pid=pid,
            pid_started_at=_started_at(psutil.Process(pid)),
            since=now,
            seconds=self.seconds,
            expires_at=now + timedelta(seconds=self.seconds),
        )

    def _renew(self) -> bool:
        """Whether the lease is still this holder's; if so, for `seconds` from now on."""
        asked, until = time.monotonic(), self._clock() + timedelta(seconds=self.seconds)
        if self._leases.renew(self.name, self._token, until):
            self._renewed = asked
        else:
            self._taken = True
        return not self._taken

    def _beat(self, stop: threading.Event) -> None:
        while not stop.wait(self.seconds / 3):
            try:
                if not self._renew():
                    logger.error("the lease %r was taken away: this process had shown no sign of life", self.name)
                    return
            except StoreError as exc:
                logger.warning("the lease %r was not renewed, and will be tried again: %s", self.name, exc)

    def _release(self) -> None:
        try:
            self._leases.release(self.name, self._token)
        except StoreError as exc:
            logger.warning("the lease %r was not given back, and expires by itself: %s", self.name, exc)

    def _refusal(self, holding: Holding | None) -> LeaseHeldError:
        if holding is None:
            return LeaseHeldError(f"the lease {self.name!r} was lost after {self.seconds:g} s without a sign of life")
        return LeaseHeldError(
            f"the lease {self.name!r} is held by {holding.host}, process {holding.pid}, since"
            f" {holding.since:%Y-%m-%d %H:%M:%S} UTC;"
            f" it frees itself {holding.seconds:g} seconds after that process's last sign of life"
        )


def _machine() -> str:
    return f"{socket.gethostname()} {_namespace()}"


def _namespace() -> str:
    """Containers share a host's name or its ids, or have their own; Linux tells."""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    return ""


def _started_at(process: psutil.Process) -> float:
    return float(process.create_time() - psutil.boot_time())


def _is_dead(holding: Holding) -> bool:
    """Whether the holder was a process of this machine that is no more; of other machines' nothing is known."""
    if holding.machine != _machine():
        return False
    try:
        process = psutil.Process(holding.pid)
        same = abs(_started_at(process) - holding.pid_started_at) <= _BOOT_TOLERANCE_SECONDS
        return not same or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False
