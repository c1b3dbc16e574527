"""Bucketing by length."""

from collections.abc import Iterator, Sequence

__all__ = ["alike", "bounded"]

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


def bounded(lengths: Sequence[int], most: int, most_tokens: int | None) -> Iterator[list[int]]:
    """Indexes of what goes into one batch, shortest first.

    Args:
        most: in a batch.
        most_tokens: of a batch, padded, where it is not a single one's; None bounds them by nothing.
    """
    batch: list[int] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        too_long = most_tokens is not None and (len(batch) + 1) * lengths[i] > most_tokens
        if batch and (len(batch) == most or too_long):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch
