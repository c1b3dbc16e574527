"""Addresses: URLs, e-mail addresses, domains, file names and paths, handles and tags."""

import re
from collections.abc import Iterator

from tlpo_guard.exemptions.spans import Span
from tlpo_guard.words.patterns import compiled

__all__ = ["Links"]


_MARK = re.compile(r"[./@#](?=[^\s\d])")  # most texts have none: a full stop has a space after it


# Each run of characters is read once: an address begins where no character of its own kind stands before it.
_ADDRESS = r"""(?x)(?:https?|ftp|file)://[^\s<>"'`）】」]++
      | (?<![\w@])www\.[^\s<>"'`）】」]++
      | (?<![A-Za-z0-9._%+\-])[A-Za-z0-9._%+\-]++@[A-Za-z0-9\-]++(?:\.[A-Za-z0-9\-]++)++
      | (?<![A-Za-z0-9_])[#@][A-Za-z0-9_]{2,}+
      | (?<![A-Za-z0-9_/.])(?:~|\.{1,2})?(?:/[A-Za-z0-9_.\-]++){2,}+/?
      | (?P<dotted>(?<![A-Za-z0-9_.\-])[A-Za-z0-9_\-]++(?:\.[A-Za-z0-9_\-]++)++)
    """
_EXTENSION = re.compile(r"[A-Za-z][A-Za-z0-9]{1,4}(?![A-Za-z0-9_])")


class Links:
    """Whatever is an address and no word."""

    def spans(self, text: str) -> Iterator[Span]:
        """The addresses."""
        if _MARK.search(text) is not None:
            for match in compiled(_ADDRESS).finditer(text):
                end = match.end() if match["dotted"] is None else _name_end(text, *match.span())
                if end > match.start():
                    yield match.start(), end


def _name_end(text: str, start: int, end: int) -> int:
    """Where a domain or file name ends: behind the last of its parts that can be an extension; at its start where none can."""
    while (dot := text.rfind(".", start, end)) >= 0:
        if (extension := _EXTENSION.match(text, dot + 1)) is not None:
            return extension.end()
        end = dot
    return start
