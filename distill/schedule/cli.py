"""`tlpo-guard distill schedule`."""

import logging
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from tlpo_guard.cli.store import Store
from tlpo_guard.errors import ConfigurationError

if TYPE_CHECKING:
    from distill.schedule.scheduler import RunPlan

__all__ = ["schedule"]


def schedule(
    options: Annotated[
        list[str] | None, typer.Argument(metavar="[-- OPTIONS]", help="Further options of each run, after `--`.")
    ] = None,
    cron: Annotated[
        str, typer.Option(help="Minute, hour, day of month, month and day of week, as in crontab.")
    ] = "0 3 * * *",
    timezone: Annotated[
        str | None, typer.Option(help="Of --cron, as in Europe/Berlin; by default this machine's.")
    ] = None,
    data_dir: Annotated[
        Path, typer.Option(envvar="TLPO_GUARD_DATA_DIR", help="Where events and adapters are kept.")
    ] = Path("data"),
    store: Store = None,
    min_events: Annotated[int | None, typer.Option(help="Fewer usable events than this train nothing.")] = None,
    time_budget_minutes: Annotated[
        float | None, typer.Option(help="Training of a run ends after so many minutes.")
    ] = None,
    log_format: Annotated[
        Literal["console", "json"], typer.Option(envvar="TLPO_GUARD_LOG_FORMAT", help="For people or for machines.")
    ] = "console",
) -> None:
    """Distil at certain times, until told to stop.

    A run that was cut off goes on at the start, a time that was missed is made up for. Of all hosts that share the data
    one runs at a time. SIGTERM ends the run under way, too; it goes on from its last checkpoint.
    """
    from distill.config import load_config
    from distill.schedule.crontab import cron_trigger
    from distill.schedule.scheduler import RunPlan, Scheduler

    trigger = cron_trigger(cron, timezone)
    config = load_config({"selection.min_events": min_events, "time_budget_minutes": time_budget_minutes})
    given = _flag("--min-events", min_events) + _flag("--time-budget-minutes", time_budget_minutes)
    plan = RunPlan(data_dir, [*given, *(options or [])], config.notify, config.lease_seconds, store_url=store)
    _check(plan)
    _log(log_format)
    scheduler = Scheduler(plan, trigger)
    for number in (signal.SIGTERM, signal.SIGINT):
        # In a thread of its own: a handler interrupts code that may hold the locks that stopping needs.
        signal.signal(number, lambda *_: threading.Thread(target=scheduler.stop, daemon=True).start())
    scheduler.run()


def _flag(name: str, value: float | None) -> list[str]:
    return [] if value is None else [name, f"{value:g}" if isinstance(value, float) else str(value)]


def _check(plan: "RunPlan") -> None:
    """Refuse now what every run would refuse."""
    if plan.options and not plan.options[0].startswith("-"):
        raise ConfigurationError(f"{plan.options[0]!r} is no option; after `--` come options of `tlpo-guard distill`")
    tried = subprocess.run([*plan.command, "--help"], capture_output=True, text=True, check=False)
    if tried.returncode:
        reason = (tried.stderr.strip().splitlines() or ["unknown"])[-1].removeprefix("Error: ")
        raise ConfigurationError(f"the options after `--` cannot be used: {reason}")


def _log(form: str) -> None:
    """This program's lines and those of its libraries to standard error, in one form."""
    import structlog

    shared: list[Any] = [structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True)]
    last: list[Any] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    if form == "console":
        last = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler()
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[remove, *last]))
    logging.basicConfig(level="INFO", handlers=[handler])
    for name in ("alembic", "apscheduler", "httpx"):  # httpx's lines hold the webhook's URL
        logging.getLogger(name).setLevel("WARNING")
