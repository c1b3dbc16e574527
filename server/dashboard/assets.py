"""What the pages load: all of it lies in the package, and each file's address changes with its content."""

import hashlib
from functools import cache
from importlib.resources import files

from fastapi import APIRouter, Response

__all__ = ["asset_router", "asset_url"]

_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".txt": "text/plain"}
_FOLDER = files("server.dashboard") / "static"


def asset_url(name: str) -> str:
    """Where a page finds a file, such as `vendor/htmx.min.js`."""
    return f"/dashboard/static/{_read()[name][0]}/{name}"


def asset_router() -> APIRouter:
    """The files; they tell nothing of anybody, and need no session."""
    router = APIRouter(include_in_schema=False)

    @router.get("/dashboard/static/{digest}/{name:path}")
    def asset(digest: str, name: str) -> Response:
        """One file."""
        found = _read().get(name)
        if found is None or found[0] != digest:
            return Response(status_code=404)
        kind = next(kind for ending, kind in _KINDS.items() if name.endswith(ending))
        headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
        return Response(found[1], media_type=kind, headers=headers)

    return router


@cache
def _read() -> dict[str, tuple[str, bytes]]:
    """Each file's digest and content, by name."""
    found = {}
    for prefix, folder in (("", _FOLDER), ("vendor/", _FOLDER / "vendor")):
        for path in folder.iterdir():
            if path.name.endswith(tuple(_KINDS)):
                content = path.read_bytes()
                found[prefix + path.name] = (hashlib.sha256(content).hexdigest()[:16], content)
    return found
