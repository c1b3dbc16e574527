"""Addresses: URLs, e-mail addresses, domains, file names and paths, handles and tags."""

import re
from collections.abc import Iterator

from tlpo_guard.exemptions.spans import Span
from tlpo_guard.words.patterns import compiled

__all__ = ["Links"]


_MARK = re.compile(r"[./@#](?=[^\s\d])")  # most texts have none: a full stop has a space after it


_ADDRESS = r"""(?x)(?:https?|ftp|file)://[^\s<>"'`）】」]+
      | (?<![\w@])www\.[^\s<>"'`）】」]+
      | [A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+
      | (?<![A-Za-z0-9_])[#@][A-Za-z0-9_]{2,}
      | (?<![A-Za-z0-9_/.])(?:~|\.{1,2})?(?:/[A-Za-z0-9_.\-]+){2,}/?
      | (?<![A-Za-z0-9_.])[A-Za-z0-9_\-]+(?:\.[A-Za-z0-9_\-]+)*\.[A-Za-z][A-Za-z0-9]{1,4}(?![A-Za-z0-9_])
    """


class Links:
    """Whatever is an address and no word."""

    def spans(self, text: str) -> Iterator[Span]:
        """The addresses."""
        if _MARK.search(text) is not None:
            yield from (match.span() for match in compiled(_ADDRESS).finditer(text))
