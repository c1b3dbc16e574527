"""The server's own log: structlog and the standard library's loggers in one stream, for people or for machines."""

import logging
import sys
from typing import Any

import structlog

__all__ = ["configure"]


def configure(form: str, level: str) -> None:
    """Send all logs to stderr.

    Args:
        form: `console` or `json`.
        level: of the least that is shown.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    last: list[Any] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    if form == "console":
        last = [
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        ]
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), _without_colors, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
    logging.getLogger("uvicorn.error").addFilter(_expected)
    logging.getLogger("uvicorn.access").disabled = True  # a line of our own tells more, and nothing of the query
    # It tells of its context at every opening of the store.
    logging.getLogger("alembic").setLevel(max(root.level, logging.WARNING))
    logging.getLogger("ContinuousBatchingLogger").setLevel("ERROR")  # its warnings show token ids of prompts


def _without_colors(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """The web server says some of its lines twice, once with a terminal's colours."""
    event.pop("color_message", None)
    return event


def _expected(record: logging.LogRecord) -> bool:
    """Whether a line of the web server's is worth showing: clients that leave are told of once, with their request."""
    return not record.getMessage().startswith("ASGI callable returned without completing response")
