"""Tells a webhook and a program how a run ended."""

import logging
import shlex
import subprocess
from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import to_json

from distill.config import Notification

__all__ = ["notify"]

logger = logging.getLogger(__name__)

_ATTEMPTS = 4
_FIRST_WAIT_SECONDS = 1.0
_LATER = frozenset({408, 425, 429})  # besides 5xx, what may be otherwise the next time
_STDERR = 2
_OF_USERS = "max_user_share"  # the cap that names a user
_TEXTS = "examples"  # the part of a report that holds what people wrote


def notify(settings: Notification, report: Mapping[str, Any]) -> None:
    """Send a report to whom the settings name. What fails is logged and never raised: the run is over, and well.

    Both get the same JSON: figures, without the text of examples and the names of users. A number that is not finite
    becomes null.

    Args:
        settings: the webhook gets it by POST, again after a failure that may pass, four times in all; the command gets it
            on standard input, and its output goes to standard error.
        report: of the run, as plain data.
    """
    if settings.webhook is None and settings.command is None:
        return
    try:
        body = to_json(_figures(report), inf_nan_mode="null")
    except ValueError as exc:
        logger.error("the report of the run cannot be sent: %s", exc)
        return
    if settings.webhook is not None:
        _attempt("the webhook", lambda: _post(settings.webhook or "", body, settings.timeout_seconds))
    if settings.command is not None:
        _attempt("the command", lambda: _call(settings.command or "", body, settings.timeout_seconds))


def _figures(report: Mapping[str, Any]) -> dict[str, Any]:
    """A report without what people wrote, and without who they are."""
    figures = {name: value for name, value in report.items() if name != _TEXTS}
    if isinstance(selection := figures.get("selection"), Mapping):
        caps = [_nameless(cap) for cap in selection.get("capped", ())]
        figures["selection"] = {**selection, "capped": caps}
    return figures


def _nameless(cap: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in cap.items() if name != "which" or cap.get("reason") != _OF_USERS}


class _Failed(Exception):
    """A program that did not do what it was called for."""


def _attempt(what: str, send: Callable[[], None]) -> None:
    try:
        send()
    except Exception as exc:  # whatever a URL or a program brings about
        logger.error("%s was not told how the run ended: %s", what, _reason(exc))


def _reason(exc: Exception) -> str:
    """What went wrong, without the URL: those of webhooks are secrets, and httpx puts them into its messages."""
    import httpx

    if isinstance(exc, httpx.HTTPStatusError):
        return f"it answered {exc.response.status_code}"
    if isinstance(exc, subprocess.TimeoutExpired):
        return f"it took longer than {exc.timeout:g} s and was ended"
    if isinstance(exc, httpx.InvalidURL):
        return "its URL cannot be used; set distill.notify.webhook to one that begins with http:// or https://"
    return f"{type(exc).__name__}: {exc}" if isinstance(exc, OSError | ValueError | _Failed) else type(exc).__name__


def _post(url: str, body: bytes, timeout: float) -> None:
    import httpx
    from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential, wait_random

    waits = wait_exponential(multiplier=_FIRST_WAIT_SECONDS, max=30.0) + wait_random(0.0, _FIRST_WAIT_SECONDS)
    again = Retrying(stop=stop_after_attempt(_ATTEMPTS), wait=waits, retry=retry_if_exception(_may_pass), reraise=True)
    with httpx.Client(timeout=timeout) as client:
        for attempt in again:
            with attempt:
                client.post(url, content=body, headers={"Content-Type": "application/json"}).raise_for_status()


def _may_pass(exc: BaseException) -> bool:
    import httpx

    if isinstance(exc, httpx.HTTPStatusError):
        return exc.response.status_code >= 500 or exc.response.status_code in _LATER
    return isinstance(exc, httpx.TransportError) and not isinstance(exc, httpx.UnsupportedProtocol)


def _call(command: str, body: bytes, timeout: float) -> None:
    arguments = shlex.split(command)
    if not arguments:
        raise _Failed("distill.notify.command names no program")
    # Its output passes by, so that nothing that it leaves running can hold us up by a pipe.
    done = subprocess.run(arguments, input=body, stdout=_STDERR, timeout=timeout, check=False)
    if done.returncode:
        raise _Failed(f"it ended with {done.returncode}")
