"""The most probable tokens of a row: the best of each block of tokens, then the best of these."""

import triton
import triton.language as tl

from tlpo_guard.guard.kernels.tokens import MINUS, bit_at, blocked_at, ordered, share, unordered

LEAST = tl.constexpr(-(2**63))


@triton.jit
def candidates_of_block(x, at, inside, keys, sums, part, TOP: tl.constexpr):
    """Write a block's best tokens, best first, and what its log-sum-exp takes."""
    best = tl.max(x, 0)
    tl.store(sums + part * 2, best)
    tl.store(sums + part * 2 + 1, tl.sum(share(x, best, 1.0), 0))
    # One number for value and token: the greatest is the best value and, among equals, the first token.
    value = tl.where(x == 0, 0.0, x)  # a negative zero equals the other one
    key = tl.where(inside, (ordered(value).to(tl.int64) << 32) | (at ^ 0x7FFFFFFF).to(tl.int64), LEAST)
    for rank in range(TOP):
        first = tl.max(key, 0)
        tl.store(keys + part * TOP + rank, first)
        key = tl.where(key == first, LEAST, key)


@triton.jit
def candidates_of_row(
    row, blocks, keys, sums, figures, slot, state, banned, others_row, others,
    words, flags, begins, kinds, outcomes, word_stride, width, signatures, classes, beginnings,
    FIGURES: tl.constexpr, DRIFTING: tl.constexpr, IDS: tl.constexpr, LOGPROBS: tl.constexpr,
    PARTS: tl.constexpr, TOP: tl.constexpr,
):  # fmt: skip
    """Write a row's best tokens, their log-probabilities, and which of them are kept out."""
    part = tl.arange(0, PARTS)
    here = part < blocks
    best = tl.load(sums + (row * blocks + part) * 2, mask=here, other=MINUS)
    summed = tl.load(sums + (row * blocks + part) * 2 + 1, mask=here, other=0.0)
    most = tl.max(best, 0)
    total = most + tl.log(tl.sum(summed * share(best, most, 1.0), 0))
    place = tl.arange(0, PARTS * TOP)
    key = tl.load(keys + row * blocks * TOP + place, mask=place < blocks * TOP, other=LEAST)
    drifting = 0
    for rank in range(TOP):
        first = tl.max(key, 0)
        key = tl.where(key == first, LEAST, key)
        token = (first & 0x7FFFFFFF).to(tl.int32) ^ 0x7FFFFFFF
        exists = first != LEAST
        token = tl.where(exists, token, 0)
        out = blocked_at(
            token, exists, slot, state, words, flags, begins, kinds, outcomes,
            word_stride, width, signatures, classes, beginnings,
        )  # fmt: skip
        out = out | (token == banned) | bit_at(others, others_row, word_stride, token, exists & (others_row >= 0))
        drifting = drifting | (out.to(tl.int32) << rank)
        tl.store(figures + row * FIGURES + IDS + rank, token)
        logprob = unordered((first >> 32).to(tl.int32)) - total
        tl.store(figures + row * FIGURES + LOGPROBS + rank, logprob.to(tl.int32, bitcast=True))
    tl.store(figures + row * FIGURES + DRIFTING, drifting)
