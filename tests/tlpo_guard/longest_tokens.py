"""Texts as a vocabulary of bytes and pieces spells them."""

from collections.abc import Sequence

__all__ = ["cut"]


def cut(text: str, tokens: Sequence[bytes]) -> list[int]:
    """The indices of the tokens, the longest one at each place; single bytes must be among them."""
    data, ids = text.encode(), []
    while data:
        token = max((t for t in tokens if data.startswith(t)), key=len)
        ids.append(tokens.index(token))
        data = data[len(token) :]
    return ids
