"""The page that a distillation wrote of itself, shown inside the version's."""

from collections.abc import Iterator

from fastapi import Response
from fastapi.responses import HTMLResponse

from tlpo_guard.style_hash import style_hash

__all__ = ["report_page"]


def report_page(page: str) -> Response:
    """The page as it was written: its own style sheets, no script, no form, nothing fetched, no way into the page around it."""
    sheets = " ".join(sorted({f"'{style_hash(sheet)}'" for sheet in _sheets(page)})) or "'none'"
    policy = (
        f"default-src 'none'; style-src {sheets}; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox"
    )
    return HTMLResponse(page, headers={"Content-Security-Policy": policy})


def _sheets(page: str) -> Iterator[str]:
    rest = page
    while "<style>" in rest:
        sheet, _, rest = rest.partition("<style>")[2].partition("</style>")
        yield sheet
