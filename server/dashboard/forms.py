"""Forms that a page sends."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from fastapi import Request

__all__ = ["form_of"]

_MOST_FIELDS = 64


async def form_of(request: Request) -> Mapping[str, str]:
    """The fields of a form; empty where the body is none. Of two fields of one name the last one counts."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
        return {}
    try:
        text = (await request.body()).decode()
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        return {}
