"""A tokenizer's vocabulary as bytes and code points.

A token is a piece of a UTF-8 byte stream: it may begin with the end of a character, end with the beginning of one, or both.
The index keeps, for every token, its bytes, the code points it spells in full, and the incomplete character it ends with.
"""

import hashlib
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.vocabulary.spelling import spell_tokens

__all__ = ["VocabularyIndex"]

_FORMAT = 2


@dataclass(frozen=True, slots=True)
class VocabularyIndex:
    """Bytes, characters and UTF-8 borders of every token.

    Attributes:
        data: all tokens' bytes, one after the other; uint8 [bytes].
        offsets: where each token begins in `data`; int64 [size + 1].
        points: code points of the characters that tokens spell in full; int32 [characters].
        point_tokens: the token of each of `points`, ascending; int32 [characters].
        tails: number of bytes of the incomplete character at each token's end, 0 to 3; uint8 [size].
        heads: number of UTF-8 continuation bytes at each token's start; uint8 [size].
        broken: tokens that hold a byte which no neighbour can make valid; bool [size].
    """

    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    points: NDArray[np.int32]
    point_tokens: NDArray[np.int32]
    tails: NDArray[np.uint8]
    heads: NDArray[np.uint8]
    broken: NDArray[np.bool_]

    @property
    def size(self) -> int:
        """Number of token ids, the columns of the logits."""
        return len(self.offsets) - 1

    def token_bytes(self, token_id: int) -> bytes:
        """The bytes of one token; empty for special tokens and unused ids."""
        return self.data[self.offsets[token_id] : self.offsets[token_id + 1]].tobytes()

    def token_of_bytes(self) -> dict[bytes, int]:
        """The token that spells some bytes; made at each call, for 150,000 tokens some 20 MB in some 30 ms."""
        data, offsets = self.data.tobytes(), self.offsets.tolist()
        return {data[start:end]: token for token, (start, end) in enumerate(pairwise(offsets)) if end > start}

    def tokens_with(self, marks: bytes) -> frozenset[int]:
        """The tokens that hold one of some bytes."""
        hits = np.flatnonzero(np.isin(self.data, np.frombuffer(marks, dtype=np.uint8)))
        return frozenset((np.searchsorted(self.offsets, hits, side="right") - 1).tolist())

    @classmethod
    def from_bytes(cls, tokens: list[bytes]) -> "VocabularyIndex":
        """Index a list of byte strings, one for every token id."""
        offsets = np.zeros(len(tokens) + 1, dtype=np.int64)
        np.cumsum([len(t) for t in tokens], out=offsets[1:])
        data = np.frombuffer(b"".join(tokens), dtype=np.uint8)
        return _index(data, offsets)

    @classmethod
    def of(cls, tokenizer: Any, *, size: int, cache_dir: Path | None = None) -> "VocabularyIndex":
        """Index the vocabulary of a tokenizer.

        Args:
            tokenizer: of a family that `spell_tokens` reads.
            size: columns of the model's logits; ids past the tokenizer's own are empty.
            cache_dir: keeps the index by the vocabulary's content.

        Raises:
            ModelError: a tokenizer of another family.
        """
        if cache_dir is None:
            return cls.from_bytes(spell_tokens(tokenizer, size))
        path = cache_dir / f"vocabulary-{_fingerprint(tokenizer, size)}.npz"
        if (cached := _load(path)) is not None:
            return cached
        index = cls.from_bytes(spell_tokens(tokenizer, size))
        _save(index, path)
        return index


def _fingerprint(tokenizer: Any, size: int) -> str:
    backend = getattr(tokenizer, "backend_tokenizer", None)
    content = repr(spell_tokens(tokenizer, size)) if backend is None else backend.to_str()
    return hashlib.sha256(f"{_FORMAT} {size} {content}".encode()).hexdigest()[:16]


def _load(path: Path) -> VocabularyIndex | None:
    try:
        with np.load(path, allow_pickle=False) as file:
            return VocabularyIndex(**{f.name: file[f.name] for f in fields(VocabularyIndex)})
    except (OSError, ValueError, KeyError, EOFError):  # absent, cut short or of another format: made again
        return None


def _save(index: VocabularyIndex, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, suffix=".npz", delete=False) as file:
        np.savez(file, **{f.name: getattr(index, f.name) for f in fields(VocabularyIndex)})
    Path(file.name).replace(path)


def _index(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> VocabularyIndex:
    """Decode all tokens at once."""
    size = len(offsets) - 1
    lengths = np.diff(offsets)
    token = np.repeat(np.arange(size, dtype=np.int32), lengths)
    left = offsets[1:][token] - np.arange(len(data))  # bytes from here to the end of the token
    need = _character_lengths(data)
    have = 1 + _continuations_after(data, left)
    full = (need > 0) & (have >= need)
    points = _code_points(data, need, full)
    tail = (need > 1) & (have < need) & (have == left)
    tails = np.zeros(size, dtype=np.uint8)
    tails[token[tail]] = left[tail]
    heads = _leading_continuations(data, token, offsets, lengths)
    covered = _covered(token, need, full | tail) | (np.arange(len(data)) - offsets[:-1][token] < heads[token])
    broken = np.zeros(size, dtype=np.bool_)
    broken[token[~covered]] = True
    return VocabularyIndex(
        data=data,
        offsets=offsets,
        points=points[full].astype(np.int32),
        point_tokens=token[full],
        tails=tails,
        heads=heads,
        broken=broken,
    )


def _character_lengths(data: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Length announced by a lead byte, 0 for continuation and invalid bytes."""
    table = np.zeros(256, dtype=np.int64)
    table[:0x80] = 1
    table[0xC2:0xE0] = 2
    table[0xE0:0xF0] = 3
    table[0xF0:0xF5] = 4
    lengths: NDArray[np.int64] = table[data].astype(np.int64, copy=False)
    return lengths


def _continuations_after(data: NDArray[np.uint8], left: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many of the next three bytes of the token are valid continuation bytes in a row."""
    padded = np.concatenate([data, np.zeros(3, dtype=np.uint8)])
    low = np.full(256, 0x80, dtype=np.uint8)
    high = np.full(256, 0xBF, dtype=np.uint8)
    low[0xE0], low[0xF0], high[0xED], high[0xF4] = 0xA0, 0x90, 0x9F, 0x8F  # overlong, surrogates, past U+10FFFF
    first = padded[1 : len(data) + 1]
    running = (left > 1) & (first >= low[data]) & (first <= high[data])
    count = running.astype(np.int64)
    for step in (2, 3):
        running = running & (left > step) & ((padded[step : len(data) + step] & 0xC0) == 0x80)
        count += running
    return np.asarray(count, dtype=np.int64)


def _code_points(data: NDArray[np.uint8], need: NDArray[np.int64], full: NDArray[np.bool_]) -> NDArray[np.int64]:
    padded = np.concatenate([data, np.zeros(3, dtype=np.uint8)]).astype(np.int64)
    count = len(data)
    points = padded[:count] & np.asarray([0, 0x7F, 0x1F, 0x0F, 0x07], dtype=np.int64)[need]
    for step in (1, 2, 3):
        more = full & (need > step)
        points[more] = (points[more] << 6) | (padded[step : count + step][more] & 0x3F)
    return np.asarray(points, dtype=np.int64)


def _leading_continuations(
    data: NDArray[np.uint8], token: NDArray[np.int32], offsets: NDArray[np.int64], lengths: NDArray[np.int64]
) -> NDArray[np.uint8]:
    heads = np.zeros(len(lengths), dtype=np.uint8)
    running = np.ones(len(lengths), dtype=np.bool_)
    padded = np.append(data, np.uint8(0))
    for step in range(3):
        at = np.minimum(offsets[:-1] + step, len(data))
        running &= (lengths > step) & ((padded[at] & 0xC0) == 0x80)
        heads += running
    return heads


def _covered(token: NDArray[np.int32], need: NDArray[np.int64], starts: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Bytes that belong to a full character or to a token's incomplete end."""
    covered = starts.copy()
    for step in (1, 2, 3):
        covered[step:] |= starts[:-step] & (need[:-step] > step) & (token[:-step] == token[step:])
    return covered
