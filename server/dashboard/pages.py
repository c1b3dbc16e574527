"""Templates to pages, and the headers that keep a page from doing more than it should."""

from functools import cache
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from server.dashboard.assets import asset_url
from server.dashboard.shown import FILTERS

__all__ = ["page", "protect"]

_THEMES = ("light", "dark")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def page(request: Request, template: str, code: int = 200, **values: Any) -> Response:
    """A page, or a part of one for a page that asks for it."""
    theme = request.cookies.get("theme", "")
    shared = {
        "csrf": getattr(request.state, "csrf", ""),
        "theme": theme if theme in _THEMES else "",
        "path": request.url.path,
    }
    return HTMLResponse(_environment().get_template(template).render(shared | values), code)


def protect(response: Response) -> Response:
    """The response with the headers of a page; nobody keeps it."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("server.dashboard", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= FILTERS
    environment.globals["asset"] = asset_url
    return environment
