"""One answer after the other, of an engine that hands over the prompt and the answer so far as one array of token ids."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.rows.host_masker import Row
from tlpo_guard.rows.row_guard import RowGuard

__all__ = ["Answers", "TokenIds"]


class TokenIds(Protocol):
    """Token ids, as some engine's array."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: Any, /) -> Any: ...

    def __iter__(self) -> Iterator[Any]: ...


class Answers:
    """Tells answers apart: a row that does not stand one token behind the last one begins a new answer.

    Args:
        begin: makes the guard of a new answer; called with the tokens before it.
    """

    def __init__(self, begin: Callable[[TokenIds], RowGuard]) -> None:
        self._begin = begin
        self._count = -1
        self.current: RowGuard | None = None

    def mask(self, token_ids: TokenIds, row: NDArray[np.float32]) -> Row:
        """The row of the next token, changed in place. Of the token ids only the last is read, behind an answer's first row."""
        count = len(token_ids)
        step = count - self._count
        if self.current is not None and step == 1:
            self.current.take(int(token_ids[count - 1]))
        elif self.current is None or step != 0:
            self.current = self._begin(token_ids)
        self._count = count
        return self.current.mask(row)
