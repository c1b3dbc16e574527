"""Schedules with real processes and a real store; the runs are programs that say when they begin and end."""

import json
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import structlog
import typer
from apscheduler.triggers.cron import CronTrigger
from typer.testing import CliRunner

from distill.config import Notification
from distill.schedule.cli import schedule
from distill.schedule.crontab import cron_trigger, is_due
from distill.schedule.scheduler import RunPlan, Scheduler
from tlpo_guard.errors import ConfigurationError
from tlpo_guard.events.store import EventStore

RARELY = CronTrigger(year="2200", timezone="UTC")
EVERY_SECOND = CronTrigger(second="*", timezone="UTC")
DAILY = CronTrigger(hour="3", timezone="UTC")

SAY = """
import os, pathlib, signal, sys, time
data = pathlib.Path(sys.argv[sys.argv.index("--data-dir") + 1])
def say(word):
    with open(data / "journal", "a") as file:
        file.write(word + "\\n")
say("begin")
"""


@dataclass(frozen=True, slots=True)
class Night:
    """A data folder, and the program that stands for a distillation."""

    data_dir: Path

    def plan(self, program: str = "say('end')", **change: Any) -> RunPlan:
        plan = RunPlan(self.data_dir, program=(sys.executable, "-c", SAY + program))
        return replace(plan, **change)

    @property
    def said(self) -> list[str]:
        journal = self.data_dir / "journal"
        return journal.read_text().split() if journal.exists() else []

    def done_until(self, moment: datetime | None = None) -> datetime:
        """How far the schedule got; with a moment, make it so."""
        path = self.data_dir / "events.sqlite3"
        EventStore(path).close()
        with closing(sqlite3.connect(path)) as database:
            if moment is not None:
                text = moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
                database.execute("INSERT OR REPLACE INTO schedules VALUES ('distill', ?)", (text,))
                database.commit()
            ((text,),) = database.execute("SELECT done_until FROM schedules").fetchall()
        return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def night(tmp_path: Path) -> Night:
    return Night(tmp_path)


def wait_until(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.02)


@contextmanager
def running(plan: RunPlan, trigger: Any) -> Iterator[tuple[Scheduler, list[Any]]]:
    """A scheduler in a thread, and its log so far; ended at the end."""
    scheduler = Scheduler(plan, trigger)
    thread = threading.Thread(target=scheduler.run)
    with structlog.testing.capture_logs() as lines:
        thread.start()
        try:
            yield scheduler, lines
        finally:
            scheduler.stop()
            thread.join(30)
        assert not thread.is_alive()


def names(lines: list[Any]) -> list[str]:
    return [line["event"] for line in lines]


def test_missed_times_make_one_run_at_the_start_and_none_the_next_time(night: Night) -> None:
    night.done_until(datetime.now(UTC) - timedelta(days=10))
    with running(night.plan(), DAILY) as (_, lines):
        wait_until(lambda: "run_ended" in names(lines))
    assert [line["reason"] for line in lines if line["event"] == "run_started"] == ["missed"]
    assert (datetime.now(UTC) - night.done_until()).total_seconds() < 60
    with running(night.plan(), DAILY) as (_, lines):
        wait_until(lambda: "schedule_started" in names(lines))
        time.sleep(0.5)
    assert night.said == ["begin", "end"]


def test_a_new_schedule_has_missed_nothing(night: Night) -> None:
    with running(night.plan(), DAILY) as (_, lines):
        wait_until(lambda: "schedule_started" in names(lines))
        time.sleep(0.5)
    assert night.said == []


def test_a_run_that_was_cut_off_goes_on_before_the_first_time(night: Night) -> None:
    (night.data_dir / "distill" / "run").mkdir(parents=True)
    with running(night.plan("(data / 'distill' / 'run').rmdir(); say('end')"), RARELY) as (_, lines):
        wait_until(lambda: "run_ended" in names(lines))
    assert [line["reason"] for line in lines if line["event"] == "run_started"] == ["interrupted"]
    assert night.said == ["begin", "end"]


def test_a_run_whose_lease_another_host_holds_is_tried_once_more_when_a_dead_ones_would_be_free(night: Night) -> None:
    (night.data_dir / "distill" / "run").mkdir(parents=True)
    with running(night.plan("sys.exit(5)", lease_seconds=0.2), RARELY) as (_, lines):
        wait_until(lambda: names(lines).count("run_skipped") == 2)
        time.sleep(1.5)
    assert night.said == ["begin", "begin"]


def test_a_run_that_was_killed_goes_on_by_itself(night: Night) -> None:
    program = """
run = data / "distill" / "run"
if not run.exists():
    run.mkdir(parents=True)
    os.kill(os.getpid(), signal.SIGKILL)
run.rmdir()
say("end")
"""
    night.done_until(datetime.now(UTC) - timedelta(days=10))
    with running(night.plan(program, lease_seconds=0.2), DAILY) as (_, lines):
        wait_until(lambda: "end" in night.said)
    assert night.said == ["begin", "begin", "end"]
    assert [line["reason"] for line in lines if line["event"] == "run_started"] == ["missed", "interrupted"]


def test_at_its_times_runs_come_one_after_the_other(night: Night) -> None:
    night.done_until(datetime.now(UTC) + timedelta(seconds=2))  # none is missed while the scheduler starts
    with running(night.plan("time.sleep(1.2); say('end')"), EVERY_SECOND) as (_, lines):
        wait_until(lambda: night.said.count("end") >= 2)
    assert night.said[:4] == ["begin", "end", "begin", "end"]
    assert {line["reason"] for line in lines if line["event"] == "run_started"} == {"scheduled"}
    assert all(line["outcome"] == "promoted" for line in lines if line["event"] == "run_ended")


def test_a_time_that_another_host_dealt_with_is_skipped(night: Night) -> None:
    night.done_until(datetime.now(UTC) + timedelta(hours=1))
    with running(night.plan(), EVERY_SECOND) as (_, lines):
        wait_until(lambda: "run_skipped" in names(lines))
    assert night.said == []


def test_of_two_schedulers_over_one_store_one_runs(night: Night) -> None:
    program = """
from tlpo_guard.errors import LeaseHeldError
from tlpo_guard.events.lease import Lease
from tlpo_guard.events.store import EventStore
try:
    with Lease(EventStore(data / "events.sqlite3").leases, "distill", seconds=60).held():
        say("works")
        while not (data / "enough").exists():
            time.sleep(0.05)
except LeaseHeldError:
    sys.exit(5)
"""
    night.done_until(datetime.now(UTC) - timedelta(days=10))
    with running(night.plan(program), DAILY) as (_, lines):
        wait_until(lambda: "works" in night.said)
        second = Scheduler(night.plan(program), DAILY)
        thread = threading.Thread(target=second.run)
        thread.start()
        wait_until(lambda: "run_skipped" in names(lines))
        (night.data_dir / "enough").touch()
        wait_until(lambda: "run_ended" in names(lines))
        second.stop()
        thread.join(30)
    assert night.said.count("works") == 1


@pytest.mark.parametrize("deaf", [False, True])
def test_the_end_of_the_scheduler_is_that_of_its_run_which_is_made_up_for(night: Night, deaf: bool) -> None:
    missed = datetime.now(UTC) - timedelta(days=10)
    night.done_until(missed)
    hearing = "signal.signal(signal.SIGTERM, signal.SIG_IGN)" if deaf else ""
    program = f"{hearing}\nsay('ready'); time.sleep(600)"
    with running(night.plan(program, grace_seconds=0.5), DAILY) as (_, lines):
        wait_until(lambda: "ready" in night.said)
    (line,) = [line for line in lines if line["event"] == "run_interrupted"]
    assert line["exit_code"] == -(signal.SIGKILL if deaf else signal.SIGTERM)
    assert names(lines)[-1] == "schedule_ended"
    assert night.done_until() == missed


def test_a_scheduler_that_is_told_to_stop_before_it_began_does_not_begin(night: Night) -> None:
    scheduler = Scheduler(night.plan(), EVERY_SECOND)
    scheduler.stop()
    scheduler.run()
    assert night.said == []


def test_of_a_run_that_fails_somebody_is_told_and_the_schedule_goes_on(night: Night, tmp_path: Path) -> None:
    told = f'{sys.executable} -c "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text(sys.stdin.read())" {tmp_path}/told'
    plan = night.plan("sys.exit(1)", notification=Notification(command=told))
    with running(plan, EVERY_SECOND) as (_, lines):
        wait_until(lambda: names(lines).count("run_ended") >= 2)
    assert {(line["outcome"], line["log_level"]) for line in lines if line["event"] == "run_ended"} == {
        ("failed", "error")
    }
    report = json.loads((tmp_path / "told").read_text())
    assert (report["outcome"], report["exit_code"]) == ("failed", 1)


@pytest.mark.parametrize(("code", "outcome"), [(3, "gate_not_passed"), (4, "too_few_events")])
def test_a_gate_that_is_not_passed_and_too_few_events_are_no_failures(night: Night, code: int, outcome: str) -> None:
    night.done_until(datetime.now(UTC) - timedelta(days=10))
    with running(night.plan(f"sys.exit({code})"), DAILY) as (_, lines):
        wait_until(lambda: "run_ended" in names(lines))
    (line,) = [line for line in lines if line["event"] == "run_ended"]
    assert (line["outcome"], line["exit_code"], line["log_level"]) == (outcome, code, "info")


@pytest.mark.parametrize(
    ("expression", "zone", "now", "expected"),
    [  # 2026-11-25 is a Wednesday
        ("0 3 * * *", "UTC", "2026-11-25T03:00:01+00:00", ["2026-11-26T03:00", "2026-11-27T03:00"]),
        ("30 4 * * 0", "UTC", "2026-11-25T00:00:00+00:00", ["2026-11-29T04:30", "2026-12-06T04:30"]),
        ("30 4 * * 7", "UTC", "2026-11-25T00:00:00+00:00", ["2026-11-29T04:30", "2026-12-06T04:30"]),
        ("0 0 * * 1-5", "UTC", "2026-11-27T00:00:01+00:00", ["2026-11-30T00:00", "2026-12-01T00:00"]),
        (
            "0 0 * * fri-7",
            "UTC",
            "2026-11-25T00:00:01+00:00",
            ["2026-11-27T00:00", "2026-11-28T00:00", "2026-11-29T00:00"],
        ),
        (
            "0 0 * * */3",
            "UTC",
            "2026-11-25T00:00:00+00:00",
            ["2026-11-25T00:00", "2026-11-28T00:00", "2026-11-29T00:00"],
        ),
        ("0 0 * jan Mon,thu", "UTC", "2026-11-25T00:00:00+00:00", ["2027-01-04T00:00", "2027-01-07T00:00"]),
        ("0 0 1 * 1", "UTC", "2026-11-25T00:00:00+00:00", ["2026-11-30T00:00", "2026-12-01T00:00", "2026-12-07T00:00"]),
        ("0 3 * * *", "Europe/Berlin", "2026-10-24T12:00:00+00:00", ["2026-10-25T03:00", "2026-10-26T03:00"]),
        ("*/20 * * * *", "Asia/Seoul", "2026-11-25T00:05:00+00:00", ["2026-11-25T09:20", "2026-11-25T09:40"]),
    ],
)
def test_expressions_mean_what_they_mean_to_cron(expression: str, zone: str, now: str, expected: list[str]) -> None:
    trigger, moment = cron_trigger(expression, zone), datetime.fromisoformat(now)
    for text in expected:
        comes = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
        found = trigger.get_next_fire_time(None, moment)
        assert found == comes
        assert not is_due(trigger, moment - timedelta(microseconds=1), found - timedelta(microseconds=1))
        assert is_due(trigger, moment - timedelta(microseconds=1), found)
        assert not is_due(trigger, found, found + timedelta(microseconds=1))
        moment = found + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--cron", "0 3 * *"], "has 4 fields"),
        (["--cron", "@daily"], "needs five"),
        (["--cron", "61 3 * * *"], "61 3"),
        (["--cron", "0 3 * * 8"], "'8' is no day"),
        (["--cron", "0 3 * * 5-1"], "backwards"),
        (["--cron", "0 3 * * 1/0"], "'0 3 . . 1/0' cannot be read"),
        (["--cron", "0 3 * * ,"], "'' is no day"),
        (["--cron", "now or never ! ."], "cannot be read"),
        (["--cron", "0 0 30 2 *"], "never comes"),
        (["--timezone", "Mars/Olympus"], "no time zone 'Mars/Olympus'"),
        (["--timezone", "../../etc/passwd"], "no time zone"),
        (["--time-budget-minutes", "0"], "distill.time_budget_minutes is 0"),
        (["--min-events", "0"], "distill.selection.min_events is 0"),
        (["--", "promote"], "'promote' is no option"),
    ],
)
def test_what_cannot_be_used_is_refused_at_the_start(arguments: list[str], told: str, tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(schedule)
    result = CliRunner().invoke(app, ["--data-dir", str(tmp_path), *arguments])
    assert isinstance(result.exception, ConfigurationError)
    assert re.search(told, str(result.exception))
    assert list(tmp_path.iterdir()) == []


def test_the_command_runs_what_was_missed_and_ends_when_told(night: Night) -> None:
    night.done_until(datetime.now(UTC) - timedelta(days=10))
    command = [sys.executable, "-m", "tlpo_guard", "distill", "schedule", "--data-dir", str(night.data_dir)]
    options = ["--cron", "0 3 * * *", "--log-format", "json", "--min-events", "7", "--", "--max-steps", "1"]
    with subprocess.Popen([*command, *options], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        lines = []
        for line in process.stderr:
            lines.append(line)
            if "run_ended" in line:
                process.send_signal(signal.SIGTERM)
    told = {row["event"]: row for row in map(json.loads, filter(lambda line: line.startswith("{"), lines))}
    assert list(told) == ["schedule_started", "run_started", "run_ended", "schedule_ended"]
    assert told["run_ended"]["outcome"] == "too_few_events", lines
    assert any("a run needs 7" in line for line in lines)
    assert process.returncode == 0
