"""LaTeX."""

import re
from collections.abc import Iterator

from tlpo_guard.exemptions.spans import Span

__all__ = ["Latex"]

_LATEX = re.compile(
    r"""\$\$.+?\$\$
      | \\\[.+?\\\]
      | \\\(.+?\\\)
      | \\begin\{(?P<name>[a-z]+\*?)\}.*?(?:\\end\{(?P=name)\}|\Z)
      | (?<![\\$\w])\$(?=[^\s$])[^$\n]{1,200}?(?<=[^\s\\$])\$(?![\w$])
      | \\[A-Za-z]+(?:\{[^{}\n]*\})*
    """,
    re.VERBOSE | re.DOTALL,
)
_PRICE = re.compile(r"\$\d[\d.,]*\s[^\\^_={}]*\$")


class Latex:
    """Formulas between dollars or backslash brackets, environments and commands; two prices on a line are none."""

    def spans(self, text: str) -> Iterator[Span]:
        """The formulas with their delimiters."""
        if "$" in text or "\\" in text:
            yield from (match.span() for match in _LATEX.finditer(text) if not _PRICE.fullmatch(match.group()))
