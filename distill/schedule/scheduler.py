"""Distillations by the clock: each run is a process of its own, and what was missed or cut off is made up for."""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from distill.config import Notification
from distill.outcome import Outcome
from distill.schedule.crontab import is_due
from distill.schedule.notify import notify
from tlpo_guard.errors import StoreError
from tlpo_guard.events.copies import run_folder
from tlpo_guard.events.opening import open_store
from tlpo_guard.settings import PREFIX, store_location

__all__ = ["RunPlan", "Scheduler"]

logger = structlog.get_logger(__name__)

_NAME = "distill"


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What a run is told.

    Attributes:
        data_dir: where events and adapters are.
        options: of `tlpo-guard distill`.
        notification: who is told of runs that fail; of others the run itself tells.
        lease_seconds: after which the lease of a run that died on another host is free.
        grace_seconds: what a run has to end by itself when the scheduler is told to.
        store_url: of the event store; None takes the setting `store`, or the file in the data folder.
        program: what runs, before `--data-dir` and the options; its exit codes are those of `tlpo-guard distill`.
    """

    data_dir: Path
    options: Sequence[str] = ()
    notification: Notification = field(default_factory=Notification)
    lease_seconds: float = 120.0
    grace_seconds: float = 30.0
    store_url: str | None = None
    program: Sequence[str] = (sys.executable, "-m", "tlpo_guard", "distill")

    @property
    def command(self) -> list[str]:
        """The command line of a run."""
        return [*self.program, "--data-dir", str(self.data_dir), *self.options]

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment of a run; it names the store, whose URL may hold a password that no process list should show."""
        return {**os.environ, **({} if self.store_url is None else {f"{PREFIX}STORE": self.store_url})}


class Scheduler:
    """Runs distillations at a trigger's times, one at a time, until it is told to stop.

    How far it got is kept in the event store, so that times that passed while nobody was there, or were dealt with by
    another host, are known. Several missed times make one run.
    """

    def __init__(self, plan: RunPlan, trigger: Any) -> None:
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.blocking import BlockingScheduler

        self._plan = plan
        self._trigger = trigger
        self._stopping = threading.Event()
        self._run_lock = threading.Lock()  # held during a run
        self._process_lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        # In memory: APScheduler's own stores keep jobs as pickles. One thread: what comes during a run waits for its end.
        self._scheduler = BlockingScheduler(
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def run(self) -> None:
        """Make up for what was missed, then run at the trigger's times; returns after `stop`.

        Raises:
            ConfigurationError: the store's URL cannot be used.
            StoreError: the store cannot be opened.
        """
        with closing(open_store(store_location(self._plan.store_url, self._plan.data_dir))) as store:
            self._schedules = store.schedules
            self._note(self._schedules.begin, _now())
            self._scheduler.add_job(self._catch_up)
            self._scheduler.add_job(self._at_the_time, self._trigger)
            logger.info("schedule_started", trigger=str(self._trigger), **self._next())
            if not self._stopping.is_set():
                self._scheduler.start()
            with self._run_lock:  # the run's end is still to be told
                logger.info("schedule_ended")

    def stop(self) -> None:
        """End, with the run under way: it goes on from its last checkpoint the next time. From any thread."""
        self._stopping.set()
        with self._process_lock:
            if self._process is not None:
                self._process.terminate()
                killer = threading.Timer(self._plan.grace_seconds, self._process.kill)
                killer.daemon = True
                killer.start()
        self._shut_down()

    def _shut_down(self) -> None:
        from apscheduler.schedulers import SchedulerNotRunningError

        with suppress(SchedulerNotRunningError):
            self._scheduler.shutdown(wait=False)

    def _catch_up(self) -> None:
        """Go on with a run that was cut off, or run because a time was missed."""
        if self._stopping.is_set():  # told to before the scheduler ran
            self._shut_down()
        elif self._is_unfinished():
            if (
                self._run("interrupted") == Outcome.ANOTHER_RUNS.exit_code
            ):  # by a run of another host, which may be dead
                self._go_on_later()
        elif self._is_due():
            self._run_on("missed")

    def _run_on(self, reason: str) -> None:
        """A run that, if it is killed, as for want of memory, goes on once by itself."""
        code = self._run(reason)
        if code is not None and code < 0:
            self._go_on_later()

    def _go_on_later(self) -> None:
        """Once more, when the lease of a dead run is free on every host."""
        wanted = _now() + timedelta(seconds=self._plan.lease_seconds + 1)
        self._scheduler.add_job(self._go_on, "date", run_date=wanted)

    def _go_on(self) -> None:
        if self._is_unfinished():
            self._run("interrupted")

    def _at_the_time(self) -> None:
        if self._is_due():
            self._run_on("scheduled")
        else:
            logger.info("run_skipped", reason="this time was dealt with already", **self._next())

    def _is_unfinished(self) -> bool:
        """Whether a run is under way, or one that crashed has left work that no other has finished."""
        return run_folder(self._plan.data_dir).exists()

    def _is_due(self) -> bool:
        """Whether a time has come that no run, of any host, has dealt with."""
        done_until = self._done_until()
        return done_until is None or is_due(self._trigger, done_until, _now())

    def _run(self, reason: str) -> int | None:
        """A run's exit code, when it is over; None where it was not to be, or was ended from here."""
        with self._run_lock:
            started = _now()
            process = self._start()
            if process is None:
                return None
            logger.info("run_started", reason=reason, process=process.pid)
            code = process.wait()
            with self._process_lock:
                self._process = None
            seconds = round((_now() - started).total_seconds(), 1)
            if self._stopping.is_set() and Outcome.of_exit_code(code) is Outcome.FAILED:
                logger.info("run_interrupted", seconds=seconds, exit_code=code)
                return None
            self._tell(code, seconds)
            self._note(self._schedules.advance, started)
            return code

    def _start(self) -> subprocess.Popen[bytes] | None:
        with self._process_lock:
            if self._stopping.is_set():
                return None
            try:
                self._process = subprocess.Popen(
                    self._plan.command, stdin=subprocess.DEVNULL, env=self._plan.environment
                )
            except OSError as exc:
                logger.error("run_failed", reason=str(exc), **self._next())
                return None
            return self._process

    def _tell(self, code: int, seconds: float) -> None:
        outcome = Outcome.of_exit_code(code)
        level = logging.ERROR if outcome is Outcome.FAILED else logging.INFO
        name = "run_skipped" if outcome is Outcome.ANOTHER_RUNS else "run_ended"
        logger.log(level, name, outcome=outcome.value, exit_code=code, seconds=seconds, **self._next())
        if outcome is Outcome.FAILED:
            notify(self._plan.notification, {"outcome": outcome.value, "exit_code": code, "seconds": seconds})

    def _next(self) -> dict[str, str]:
        following = self._trigger.get_next_fire_time(None, _now())
        return {} if following is None else {"next": following.isoformat()}

    def _done_until(self) -> datetime | None:
        try:
            return self._schedules.done_until(_NAME)
        except StoreError as exc:
            logger.warning("schedule_unreadable", reason=str(exc))
            return None

    def _note(self, write: Callable[[str, datetime], None], moment: datetime) -> None:
        try:
            write(_NAME, moment)
        except StoreError as exc:
            logger.warning("schedule_not_written", reason=str(exc))


def _now() -> datetime:
    return datetime.now(UTC)
