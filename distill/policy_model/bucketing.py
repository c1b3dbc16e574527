"""Bucketing by length."""

from collections.abc import Sequence

__all__ = ["alike"]

_LONGER = 1.3
_PADDING = 128  # tokens that cost about as much as one more forward


def alike(lengths: Sequence[int]) -> list[list[int]]:
    """Indexes of what goes well together, shortest first: none is much longer than the shortest beside it, or the padding is
    little."""
    buckets: list[list[int]] = []
    padding = 0
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if buckets:
            shortest, longest = lengths[buckets[-1][0]], lengths[buckets[-1][-1]]
            padding += (lengths[i] - longest) * len(buckets[-1])
            if lengths[i] <= _LONGER * shortest or padding <= _PADDING:
                buckets[-1].append(i)
                continue
        buckets.append([i])
        padding = 0
    return buckets
