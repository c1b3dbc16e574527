"""Leases in the event store: of all processes that open it, one at a time does what a lease is named after."""

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
from typing import Any, Self

import psutil
from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from tlpo_guard.errors import LeaseHeldError, StoreError
from tlpo_guard.events.schema import LeaseRow
from tlpo_guard.events.store import EventStore

__all__ = ["Lease"]

logger = logging.getLogger(__name__)

_BOOT_TOLERANCE_SECONDS = 2.0  # Linux tells in whole seconds when it started, and not always the same one
_TRIES = 3


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Lease:
    """The right to do something alone, as long as its holder shows signs of life.

    Args:
        store: where the lease is kept.
        name: any; leases of different names have nothing to do with one another.
        seconds: how long a sign of life lasts, above 0. A heartbeat gives three in that time.
        clock: the wall clock, aware; those of all hosts should agree to well within `seconds`.

    Raises:
        ValueError: `seconds` is not above 0.
    """

    def __init__(
        self, store: EventStore, name: str, *, seconds: float, clock: Callable[[], datetime] = _utc_now
    ) -> None:
        if not seconds > 0:
            raise ValueError(f"a lease of {seconds} s is none; give more than 0")
        self.name = name
        self.seconds = seconds
        self._store = store
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
            raise self._refusal(self._row())

    def _acquire(self) -> None:
        token = uuid.uuid4().hex
        for _ in range(_TRIES):
            row = self._row()
            dead = row.token if row is not None and _is_dead(row) else None
            asked = time.monotonic()
            if self._take(token, dead):
                self._token, self._taken, self._renewed = token, False, asked
                return
            if (row := self._row()) is not None:  # None where it was given back this very moment
                raise self._refusal(row)
        raise LeaseHeldError(f"the lease {self.name!r} changes hands too fast; try again")

    def _take(self, token: str, dead: str | None) -> bool:
        """Write the row if there is none, or one that has expired or is a dead process's: one statement, so that of all
        who try, one wins."""
        now, me = self._clock(), _me()
        values: dict[str, Any] = {
            "token": token,
            "host": me.host,
            "machine": me.machine,
            "pid": me.pid,
            "pid_started_at": me.started_at,
            "since": now,
            "seconds": self.seconds,
            "expires_at": now + timedelta(seconds=self.seconds),
        }
        free = or_(LeaseRow.expires_at <= now, LeaseRow.token == dead)
        statement = (
            insert(LeaseRow)
            .values(name=self.name, **values)
            .on_conflict_do_update(index_elements=["name"], set_=values, where=free)
            .returning(LeaseRow.token)
        )
        with self._store.session() as session:
            won = session.execute(statement).first() is not None
            session.commit()
        return won

    def _row(self) -> LeaseRow | None:
        with self._store.session() as session:
            return session.scalar(select(LeaseRow).where(LeaseRow.name == self.name))

    def _renew(self) -> bool:
        """Whether the lease is still this holder's; if so, for `seconds` from now on."""
        asked, until = time.monotonic(), self._clock() + timedelta(seconds=self.seconds)
        mine = update(LeaseRow).where(LeaseRow.name == self.name, LeaseRow.token == self._token)
        with self._store.session() as session:
            result: Any = session.execute(mine.values(expires_at=until))
            session.commit()
        if result.rowcount:
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
            with self._store.session() as session:
                session.execute(delete(LeaseRow).where(LeaseRow.name == self.name, LeaseRow.token == self._token))
                session.commit()
        except StoreError as exc:
            logger.warning("the lease %r was not given back, and expires by itself: %s", self.name, exc)

    def _refusal(self, row: LeaseRow | None) -> LeaseHeldError:
        if row is None:
            return LeaseHeldError(f"the lease {self.name!r} was lost after {self.seconds:g} s without a sign of life")
        return LeaseHeldError(
            f"the lease {self.name!r} is held by {row.host}, process {row.pid}, since {row.since:%Y-%m-%d %H:%M:%S} UTC;"
            f" it frees itself {row.seconds:g} seconds after that process's last sign of life"
        )


@dataclass(frozen=True, slots=True)
class _Process:
    """A process, told apart from all others that there are and were.

    Attributes:
        host: its name.
        machine: equal only where process ids mean the same: one start of one system, one namespace of ids in it.
        pid: its id there.
        started_at: seconds since the machine started, which no change of the clock moves.
    """

    host: str
    machine: str
    pid: int
    started_at: float


def _me() -> _Process:
    host, pid = socket.gethostname(), os.getpid()
    return _Process(host, f"{host} {_namespace()}", pid, _started_at(psutil.Process(pid)))


def _namespace() -> str:
    """Containers share a host's name or its ids, or have their own; Linux tells."""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    return ""


def _started_at(process: psutil.Process) -> float:
    return float(process.create_time() - psutil.boot_time())


def _is_dead(row: LeaseRow) -> bool:
    """Whether the holder was a process of this machine that is no more; of other machines' nothing is known."""
    if row.machine != _me().machine:
        return False
    try:
        process = psutil.Process(row.pid)
        same = abs(_started_at(process) - row.pid_started_at) <= _BOOT_TOLERANCE_SECONDS
        return not same or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False
