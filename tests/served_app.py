"""An application on a real socket, and the server's own log while it runs."""

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
import uvicorn
from starlette.types import ASGIApp

_LOGGERS = ("uvicorn", "uvicorn.error", "uvicorn.access", "ContinuousBatchingLogger")


@contextmanager
def served_app(app: ASGIApp) -> Iterator[tuple[str, int]]:
    """Serve an application as `tlpo-guard serve` does, logs left as they are; host and port."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, ws="none", lifespan="off", timeout_graceful_shutdown=5)
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
def kept_logging() -> Iterator[None]:
    """Put the loggers back as they were."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    named = [logging.getLogger(name) for name in _LOGGERS]
    before = [(one.handlers[:], one.propagate, one.disabled, one.level) for one in named]
    try:
        yield
    finally:
        root.handlers = handlers
        root.setLevel(level)
        for one, (its_handlers, propagate, disabled, its_level) in zip(named, before, strict=True):
            one.handlers, one.propagate, one.disabled = its_handlers, propagate, disabled
            one.setLevel(its_level)
        structlog.reset_defaults()
