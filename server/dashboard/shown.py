"""Figures and foreign text as a page shows them."""

import re
import unicodedata
from datetime import UTC, datetime

from markupsafe import Markup, escape

__all__ = ["FILTERS", "visible"]

# Controls, and what turns the direction of the text behind it; joiners and direction marks belong to honest text.
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2060-\u2069\ufeff]")


def visible(text: str) -> Markup:
    """Text as HTML that does nothing but show: controls are named, so that none hides or turns what stands around it."""
    return Markup(_INVISIBLE.sub(_named, str(escape(text.replace("\r\n", "\n").replace("\r", "\n")))))


def _named(match: re.Match[str]) -> str:
    code = f"U+{ord(match[0]):04X}"
    name = unicodedata.name(match[0], "control character").lower()
    return f'<span class="control" title="{name}">{code}</span>'


def _percent(share: float | None) -> str:
    """A share as percent; small ones keep a second digit."""
    if share is None:
        return "–"
    value = 100.0 * share
    return f"{value:.1f}%" if value == 0 or abs(value) >= 1 else f"{value:.2g}%"


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"


def _seconds(value: float | None) -> str:
    if value is None:
        return "–"
    if value < 1:
        return f"{1000 * value:.0f} ms"
    if value < 120:
        return f"{value:.1f} s"
    return f"{value / 60:.0f} min" if value < 7200 else f"{value / 3600:.1f} h"


def _moment(value: datetime | str | float | None) -> Markup:
    """A moment in UTC, for people and for machines."""
    if not value:
        return Markup("–")
    try:
        moment = datetime.fromtimestamp(value, UTC) if isinstance(value, int | float) else value
        moment = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    except (ValueError, OverflowError):
        return escape(str(value))
    moment = moment.astimezone(UTC)
    shown = moment.strftime("%Y-%m-%d %H:%M:%S")
    return Markup('<time datetime="{}">{} UTC</time>').format(moment.isoformat(), shown)


FILTERS = {"visible": visible, "percent": _percent, "figure": _figure, "seconds": _seconds, "moment": _moment}
