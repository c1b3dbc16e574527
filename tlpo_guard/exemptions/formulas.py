"""LaTeX."""

import re
from collections.abc import Iterator

from tlpo_guard.exemptions.spans import Span

__all__ = ["Latex"]

_BEGINS = re.compile(
    r"""(?P<block>\$\$|\\\[|\\\()
      | \\begin\{(?P<name>[a-z]{1,40}\*?)\}
      | (?<![\\$\w])\$(?=[^\s$])[^$\n]{1,200}?(?<=[^\s\\$])\$(?![\w$])
      | \\[A-Za-z]++(?:\{[^{}\n]*+\})*+
    """,
    re.VERBOSE,
)
_CLOSES = {"$$": "$$", r"\[": r"\]", r"\(": r"\)"}
_PRICE = re.compile(r"\$\d[\d.,]*\s[^\\^_={}]*\$")


class Latex:
    """Formulas between dollars or backslash brackets, environments and commands; two prices on a line are none."""

    def spans(self, text: str) -> Iterator[Span]:
        """The formulas with their delimiters; an environment that is not closed runs to the end."""
        if "$" not in text and "\\" not in text:
            return
        never_closed: set[str] = set()  # further on
        place = 0
        while (begins := _BEGINS.search(text, place)) is not None:
            place, block = begins.end(), begins["block"]
            if block is None and begins["name"] is None:
                if _PRICE.fullmatch(begins.group()) is None:
                    yield begins.span()
                continue
            closes = _CLOSES[block] if block else f"\\end{{{begins['name']}}}"
            end = -1 if closes in never_closed else text.find(closes, place + bool(block))
            if end >= 0:
                place = end + len(closes)
                yield begins.start(), place
            elif block:
                never_closed.add(closes)
            else:
                yield begins.start(), len(text)
                return
