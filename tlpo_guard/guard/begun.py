"""The tokens of a prompt that already belong to its answer: the text of a last message that the answer goes on from."""

from collections.abc import Sequence
from typing import Protocol, overload

__all__ = ["Joined", "begun_ids"]

_MORE = 64  # bytes that tokens may have before and behind the text


class _Vocabulary(Protocol):
    def token_bytes(self, token_id: int) -> bytes: ...


def begun_ids(vocabulary: _Vocabulary, prompt_ids: Sequence[int], text: str) -> tuple[int, ...]:
    """The tokens at the end of a prompt that spell a text, whose outer whitespace a chat template may have dropped.

    Args:
        prompt_ids: of a prompt that ends with the text, or with its last part where the prompt was cut.

    Returns:
        Nothing where the prompt ends with another text, as behind a template or a tokenizer that changes messages.
    """
    wanted = text.strip().encode("utf-8", "replace")
    if not wanted:
        return ()
    most = len(text.encode("utf-8", "replace")) + _MORE
    pieces: list[bytes] = []  # the last one first
    size = 0
    for token_id in reversed(prompt_ids):
        pieces.append(vocabulary.token_bytes(token_id))
        size += len(pieces[-1])
        if size >= most:
            break
    end = b"".join(reversed(pieces))
    place = end.rfind(wanted)
    if place < 0:
        is_cut = len(pieces) == len(prompt_ids) and wanted.endswith(end.strip())
        return tuple(prompt_ids) if is_cut else ()
    count = 0
    while size > place:
        size -= len(pieces[count])
        count += 1
    return tuple(prompt_ids[len(prompt_ids) - count :])


class Joined(Sequence[int]):
    """Two lists as one, without a copy; a part of it takes as long as the part is.

    Args:
        first: its beginning.
        second: its end, which may grow.
    """

    def __init__(self, first: list[int], second: list[int]) -> None:
        self._first, self._second = first, second

    def __len__(self) -> int:
        return len(self._first) + len(self._second)

    @overload
    def __getitem__(self, index: int) -> int: ...

    @overload
    def __getitem__(self, index: slice) -> list[int]: ...

    def __getitem__(self, index: int | slice) -> int | list[int]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        place, size = range(len(self))[index], len(self._first)
        return self._first[place] if place < size else self._second[place - size]
