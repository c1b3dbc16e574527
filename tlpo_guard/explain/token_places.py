"""Where the tokens of a text stand in it."""

from collections.abc import Iterator, Sequence

__all__ = ["token_places"]

_AHEAD = 16  # characters in which a tokenizer's changes to a text, such as a space before it, are made up for


def token_places(text: str, pieces: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """The characters that each token has a part in, as offsets from and to.

    Args:
        pieces: the tokens' bytes; all together the text, or nearly so, for some tokenizers normalise it.
    """
    spelled = b"".join(pieces).decode("utf-8", "replace")
    places = _places(text, spelled)
    character_of_byte: list[int] = []
    for index, char in enumerate(spelled):
        character_of_byte += [index] * len(char.encode())
    first = 0
    for piece in pieces:
        last = first + len(piece)
        if piece and last <= len(character_of_byte):
            start = places[character_of_byte[first]]
            yield start, max(places[character_of_byte[last - 1]] + 1, start)
        else:
            place = places[character_of_byte[first]] if first < len(character_of_byte) else len(text)
            yield place, place
        first = last


def _places(text: str, spelled: str) -> list[int]:
    """The offset in a text of each character of what its tokens spell; of one that the text lacks, that of its successor."""
    if text == spelled:
        return list(range(len(text)))
    places, place = [], 0
    for char in spelled:
        found = text.find(char, place, place + _AHEAD)
        places.append(place if found < 0 else found)
        place = place if found < 0 else found + 1
    return [min(place, len(text) - 1) for place in places]
