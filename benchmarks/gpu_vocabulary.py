"""A synthetic vocabulary of any size, in the proportions of large ones, from Unicode alone."""

import random

from tlpo_guard.vocabulary.index import VocabularyIndex

__all__ = ["synthetic_vocabulary"]

# Share of the words, and the ranges of code points that they are spelled from.
_SCRIPTS = (
    (0.55, "abcdefghijklmnopqrstuvwxyz", 3, 10),
    (0.08, "abcdefghijklmnopqrstuvwxyzàáâãäåçèéêëìíîïñòóôõöùúûü", 3, 10),
    (0.09, "".join(map(chr, range(0x430, 0x450))), 2, 8),
    (0.10, "".join(map(chr, range(0x4E00, 0x9000))), 1, 2),
    (0.05, "".join(map(chr, range(0xAC00, 0xD7A4))), 1, 2),
    (0.03, "".join(map(chr, range(0x3041, 0x3097))), 1, 4),
    (0.03, "".join(map(chr, range(0x627, 0x64B))), 2, 6),
    (0.02, "".join(map(chr, range(0x905, 0x93A))), 2, 5),
    (0.02, "".join(map(chr, range(0xE01, 0xE2F))), 2, 5),
    (0.02, "0123456789.,;:!?()[]{}<>=+-*/_#%&|~^$@", 1, 5),
    (0.01, "".join(map(chr, range(0x1F300, 0x1F640))), 1, 2),
)


def synthetic_vocabulary(size: int) -> VocabularyIndex:
    """All bytes, a thousand pieces of characters, and words of many scripts, half of them behind a space."""
    chance = random.Random(0)
    tokens = {bytes([byte]): None for byte in range(256)}
    while len(tokens) < 256 + 1000:
        whole = "".join(chance.choice(chance.choice(_SCRIPTS[2:9])[1]) for _ in range(2)).encode()
        tokens[whole[chance.randint(0, 2) : len(whole) - chance.randint(0, 2)]] = None
    weights = [share for share, *_ in _SCRIPTS]
    while len(tokens) < size:
        _, letters, least, most = chance.choices(_SCRIPTS, weights)[0]
        word = "".join(chance.choices(letters, k=chance.randint(least, most)))
        tokens[(" " * chance.randint(0, 1) + word).encode()] = None
    return VocabularyIndex.from_bytes(list(tokens)[:size])
