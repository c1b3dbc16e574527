"""Examples of requests on a report's page."""

from collections.abc import Collection
from html import escape

__all__ = ["without_examples"]

_BEGIN, _END = '<article class="example"', "</article>"


def without_examples(page: str, event_ids: Collection[str]) -> str:
    """A page less the examples that come from some events, and less those that do not say which they come from."""
    struck = {f'data-event="{escape(event_id)}"' for event_id in event_ids}
    kept, rest = "", page
    while True:
        before, begin, after = rest.partition(_BEGIN)
        kept += before
        if not begin:
            return kept
        article, _, rest = after.partition(_END)
        head = article.partition(">")[0].strip()
        if head and head not in struck:
            kept += f"{begin}{article}{_END}"
