"""An application on a real socket, and the server's own log while it runs."""

import io
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from typing import Any

import structlog
import uvicorn
from starlette.types import ASGIApp

from server.operations import logs

_LOGGERS = ("uvicorn", "uvicorn.error", "uvicorn.access", "alembic", "ContinuousBatchingLogger")


@contextmanager
def served_app(app: ASGIApp, **options: Any) -> Iterator[tuple[str, int]]:
    """Serve an application as `tlpo-guard serve` does, logs left as they are; host and port.

    Args:
        options: further ones of uvicorn's.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    chosen: dict[str, Any] = {"timeout_graceful_shutdown": 5, **options}
    config = uvicorn.Config(app, log_config=None, ws="none", lifespan="off", **chosen)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield listener.getsockname()
    finally:
        server.should_exit = True
        thread.join(timeout=30)
        listener.close()


@contextmanager
def logged(form: str, level: str = "info") -> Iterator[io.StringIO]:
    """What the server's log has in a form and from a level on; behind it all loggers are as they were."""
    root, named = logging.getLogger(), [logging.getLogger(name) for name in _LOGGERS]
    handlers, root_level = root.handlers[:], root.level
    before = [(one.handlers[:], one.propagate, one.disabled, one.level) for one in named]
    out = io.StringIO()
    try:
        with redirect_stderr(out):
            logs.configure(form, level)
        yield out
    finally:
        root.handlers = handlers
        root.setLevel(root_level)
        for one, (its_handlers, propagate, disabled, its_level) in zip(named, before, strict=True):
            one.handlers, one.propagate, one.disabled = its_handlers, propagate, disabled
            one.setLevel(its_level)
        structlog.reset_defaults()
