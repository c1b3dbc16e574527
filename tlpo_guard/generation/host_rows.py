"""Rows in the host's memory, where looking at a value costs nothing: only what can be in the nucleus is sorted, and what is
kept out is left out of a sum instead of taken out of the row.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["cut", "draw_kept", "pick", "softmax", "top_candidates"]

_BLOCK = 128
_ENOUGH = 1e-25  # probability that is left; with less, float32 has no numbers for the smaller shares of it
_NONE = -1
_TINY = float(np.finfo(np.float64).tiny)


def softmax(logits: NDArray[np.float32], temperature: NDArray[np.float32]) -> NDArray[np.float32]:
    """Every row's distribution; float32 [rows, vocabulary].

    Args:
        logits: float32 [rows, vocabulary].
        temperature: above 0; float32 [rows].
    """
    out = np.empty_like(logits)
    with np.errstate(invalid="ignore"):  # of a row without numbers nothing can be made
        for row, probs, scale in zip(logits, out, (1.0 / temperature).astype(np.float32), strict=True):
            np.subtract(row, row.max(), out=probs)
            if scale != 1.0:
                probs *= scale
            np.exp(probs, out=probs)
            probs /= probs.sum()
    return out


def pick(probs: NDArray[np.float32], uniforms: NDArray[np.float64]) -> NDArray[np.int64]:
    """As `distribution.pick`, over host arrays; int64 [rows]."""
    return np.array([_reached(row, None, _block_sums(row), u) for row, u in zip(probs, uniforms.tolist(), strict=True)])


def cut(
    probs: NDArray[np.float32], top_p: NDArray[np.float64], top_k: NDArray[np.int64], min_p: NDArray[np.float64]
) -> NDArray[np.float32]:
    """As `distribution.cut`, over host arrays; float32 [rows, vocabulary]."""
    out = np.empty_like(probs)
    for row, cuts in enumerate(zip(top_p.tolist(), top_k.tolist(), min_p.tolist(), strict=True)):
        _cut_row(probs[row], *cuts, out[row])
    return out


def _cut_row(probs: NDArray[np.float32], mass: float, most: int, share: float, out: NDArray[np.float32]) -> None:
    size = len(probs)
    most = most if 0 < most < size else size
    some = most < size or share > 0
    # All tokens below this together hold less than what the nucleus may leave out.
    least = 0.0 if some else (1.0 - mass) / size
    ordered = np.sort(probs[probs > least] if share <= 0 else probs[probs >= share * probs.max()])[::-1][:most]
    if not len(ordered):  # no numbers, or none above nothing
        out[:] = probs
        return
    total = float(ordered.sum(dtype=np.float64)) if some else 1.0
    before = np.cumsum(ordered, dtype=np.float64) - ordered
    count = max(int(np.searchsorted(before >= mass * total, True)), 1)
    edge = ordered[count - 1]
    np.multiply(probs, probs >= edge, out=out)
    surplus = int(np.count_nonzero(out)) - count
    if surplus > 0:  # tokens as probable as the last one: the first of them stay
        out[np.flatnonzero(out == edge)[-surplus:]] = 0.0
    out /= out.sum()


def draw_kept(
    logits: NDArray[np.float32],
    whole: NDArray[np.float32] | None,
    kept: NDArray[np.float32],
    top_p: float,
    top_k: int,
    min_p: float,
    temperature: float,
    uniform: float,
) -> int:
    """The token that is drawn from what is kept of a row; -1 where nothing is.

    Args:
        logits: float32 [vocabulary].
        whole: its distribution before min-p, top-k and top-p; None for a greedy row, of which the most probable token is taken.
        kept: 1 for the tokens that may be drawn, else 0; float32 [vocabulary].
        top_p: of what is kept; so are `top_k`, 0 for all, and `min_p`, 0 for all.
        uniform: in (0, 1].
    """
    if whole is None:
        masked = np.where(kept > 0, logits, -np.inf)
        best = int(masked.argmax())
        return best if np.isfinite(masked[best]) else _NONE
    if top_p < 1.0 or top_k > 0 or min_p > 0:
        return _draw_cut(logits, whole, kept, top_p, top_k, min_p, temperature, uniform)
    blocks = _block_sums(whole, kept)
    if blocks.sum() >= _ENOUGH:
        return _reached(whole, kept, blocks, uniform)
    exact = _softmax(logits, kept, temperature)
    return _NONE if exact is None else _reached(exact, kept, _block_sums(exact, kept), uniform)


def _draw_cut(
    logits: NDArray[np.float32],
    whole: NDArray[np.float32],
    kept: NDArray[np.float32],
    top_p: float,
    top_k: int,
    min_p: float,
    temperature: float,
    uniform: float,
) -> int:
    masked = whole * kept
    total = float(masked.sum())
    left = masked / np.float32(total) if total >= _ENOUGH else _softmax(logits, kept, temperature)
    if left is None:
        return _NONE
    own = np.empty_like(left)
    _cut_row(left, top_p, top_k, min_p, own)
    return _reached(own, kept, _block_sums(own, kept), uniform)


def _softmax(logits: NDArray[np.float32], kept: NDArray[np.float32], temperature: float) -> NDArray[np.float32] | None:
    masked = np.where(kept > 0, logits, -np.inf) / temperature
    best = masked.max()
    if not np.isfinite(best):
        return None
    exps = np.exp(masked - best)
    return np.asarray(exps / exps.sum(), dtype=np.float32)


def _block_sums(probs: NDArray[np.float32], kept: NDArray[np.float32] | None = None) -> NDArray[np.float64]:
    """What each block of tokens holds of what is kept, and what stands behind the last whole block."""
    full = len(probs) // _BLOCK * _BLOCK
    sums = np.empty(-(-len(probs) // _BLOCK))
    blocks, rest = probs[:full].reshape(-1, _BLOCK), probs[full:]
    if kept is None:
        sums[: len(blocks)] = blocks.sum(axis=1)
    else:
        sums[: len(blocks)] = np.einsum("bt,bt->b", blocks, kept[:full].reshape(-1, _BLOCK))
    if len(rest):
        sums[-1] = rest.sum() if kept is None else rest @ kept[full:]
    return sums


def _reached(
    probs: NDArray[np.float32], kept: NDArray[np.float32] | None, blocks: NDArray[np.float64], uniform: float
) -> int:
    """The token at which the cumulative distribution reaches a uniform; of a positive probability."""
    reached = blocks.cumsum()
    wanted = uniform * float(reached[-1])
    if wanted != wanted:  # the model brought no numbers
        return len(probs) - 1
    block = int(reached.searchsorted(wanted))
    start = min(block, len(blocks) - 1) * _BLOCK
    chosen = probs[start : start + _BLOCK].astype(np.float64)
    inner = (chosen if kept is None else chosen * kept[start : start + _BLOCK]).cumsum()
    # Rounding must neither leave the block nor stop at a token before its first positive one.
    rest = max(wanted - (float(reached[block - 1]) if block else 0.0), _TINY)
    return min(start + int(inner.searchsorted(min(rest, float(inner[-1])))), len(probs) - 1)


def top_candidates(logits: NDArray[np.float32], count: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The most probable tokens of one row and their log-probabilities at temperature 1, nats; int64 and float32 [count].

    Of equals the first ones. The best lie in as many blocks of the highest maxima, so that most of the vocabulary is read once
    and never sorted. Row by row it all happens in the processor's cache.
    """
    full = len(logits) // _BLOCK * _BLOCK
    blocks = logits[:full].reshape(-1, _BLOCK)
    chosen = np.sort(_first_of_the_best(blocks.max(axis=1), count))
    within = np.concatenate([blocks[chosen].ravel(), logits[full:]])
    ids = np.concatenate([(chosen[:, None] * _BLOCK + np.arange(_BLOCK)).ravel(), np.arange(full, len(logits))])
    order = _first_of_the_best(within, count)
    top = within[order]
    total = np.exp(logits - top[0]).sum()
    return ids[order], np.asarray(top - top[0] - np.log(total), dtype=np.float32)


def _first_of_the_best(values: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Indices of the greatest values, best first, and of equals the first ones."""
    least = np.partition(values, -count)[-count] if len(values) > count else -np.inf
    near = np.flatnonzero(~(values < least))
    return near[np.argsort(-values[near], kind="stable")][:count]
