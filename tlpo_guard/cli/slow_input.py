"""Lines of an input that is still being written."""

import select
from collections.abc import Iterator
from typing import IO

__all__ = ["lines_as_they_come"]

_READ = 1 << 16  # bytes; what a pipe holds


def lines_as_they_come(source: IO[bytes]) -> Iterator[bytes]:
    """The lines of a pipe or terminal, and an empty one wherever the next may be long in coming."""
    begun: list[bytes] = []  # pieces of a line whose end has not come
    while read := source.read1(_READ):  # type: ignore[attr-defined]
        first, *others = read.split(b"\n")
        begun.append(first)
        for piece in others:
            yield b"".join((*begun, b"\n"))
            begun = [piece]
        if not _more_waits(source):
            yield b""
    if last := b"".join(begun):
        yield last


def _more_waits(source: IO[bytes]) -> bool:
    """Whether there is something to read, or the end; also where that cannot be told."""
    try:
        return bool(select.select([source.fileno()], [], [], 0)[0])
    except (OSError, ValueError):  # no file of the system's, or a system that cannot tell of pipes
        return True
