"""ASGI layers around the application; none of them buffers a body or a stream."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from server.http.middleware.bodies import BodyLimit
from server.http.middleware.context import RequestContext
from server.http.middleware.hosts import HostCheck
from server.http.middleware.sending import SendTimeout
from server.operations.metrics import Metrics
from tlpo_guard.settings import Settings

__all__ = ["add_middleware"]


def add_middleware(app: FastAPI, settings: Settings, metrics: Metrics) -> None:
    """Put all layers around an app; the last one added is the outermost."""
    app.add_middleware(SendTimeout, seconds=settings.send_timeout_seconds)
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST"],
            allow_headers=["*"],
        )
    app.add_middleware(HostCheck, host=settings.host, names=settings.allowed_hosts, origins=settings.cors_origins)
    app.add_middleware(RequestContext, on_done=metrics.request)
