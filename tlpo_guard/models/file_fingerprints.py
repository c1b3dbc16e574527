"""Fingerprints of files and vocabularies, without loading a model."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

__all__ = ["evenly_spread", "file_fingerprint", "vocabulary_fingerprint"]

_SLICES, _SLICE_BYTES = 64, 65_536


def file_fingerprint(path: Path) -> str:
    """Of a file of any size, by its length and evenly spread slices: 16 hex digits."""
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        for start in evenly_spread(size, _SLICES, _SLICE_BYTES):
            file.seek(start)
            digest.update(file.read(_SLICE_BYTES))
    return digest.hexdigest()[:16]


def vocabulary_fingerprint(vocabulary: Mapping[str, int], added: Mapping[int, str]) -> str:
    """Of the tokens and those of them that were added by hand: 16 hex digits."""
    contents = json.dumps([sorted(vocabulary.items()), sorted(added.items())])
    return hashlib.sha256(contents.encode()).hexdigest()[:16]


def evenly_spread(size: int, count: int, width: int) -> list[int]:
    """Where `count` slices of `width` start when they are spread over `size`, first and last included."""
    last = max(size - width, 0)
    return sorted({last * i // (count - 1) for i in range(count)})
