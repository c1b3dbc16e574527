"""What is drawn in place of a winner that may not stay: of what is left of the row, by a second uniform, in token order.

What is left comes on four levels, of which the first that leaves anything counts: without a repair's further tokens (0 and 1)
or with them (2 and 3), and without what breaks a character (0 and 2) or with it (1 and 3).
"""

import triton
import triton.language as tl

from tlpo_guard.guard.kernels.tokens import (
    BANNED,
    MINUS,
    OTHERS,
    PLACE,
    SCALE,
    SLOT,
    STATE,
    TOP_K,
    bit_at,
    blocked_at,
    breaks_at,
    finite,
    ordered,
    share,
    told,
    told_float,
    unordered,
)


@triton.jit
def left_of_row(
    at, inside, level, row, logits, stride, ints, others,
    words, flags, begins, kinds, outcomes, word_stride, width, signatures, classes, beginnings,
):  # fmt: skip
    """The logits that a level leaves of some tokens, minus infinity for all others."""
    slot, state, others_row = told(ints, row, SLOT), told(ints, row, STATE), told(ints, row, OTHERS)
    x = finite(tl.load(logits + row.to(tl.int64) * stride + at, mask=inside, other=MINUS))
    out = blocked_at(
        at, inside, slot, state, words, flags, begins, kinds, outcomes,
        word_stride, width, signatures, classes, beginnings,
    )  # fmt: skip
    out = out | (at == told(ints, row, BANNED))
    few = tl.where((others_row >= 0) & (level < 2), 0x7FFFFFFF, 0)
    out = out | bit_at(others, others_row, word_stride, at, inside & (at < few))
    if level % 2 == 0:
        out = out | breaks_at(at, inside, state, begins, kinds, outcomes, classes, beginnings)
    return tl.where(out, MINUS, x)


@triton.jit
def redraw_of_block(
    at, inside, row, block, blocks, parts, logits, stride, ints, others,
    words, flags, begins, kinds, outcomes, word_stride, width, signatures, classes, beginnings,
):  # fmt: skip
    """Write what a block holds on each level: its greatest logit, and the sum of all against it."""
    scale = told_float(ints, row, SCALE)
    for level in range(4):
        x = left_of_row(
            at, inside, level, row, logits, stride, ints, others,
            words, flags, begins, kinds, outcomes, word_stride, width, signatures, classes, beginnings,
        )  # fmt: skip
        best = tl.max(x, 0)
        part = parts + ((row * 4 + level) * blocks + block) * 2
        tl.store(part, best)
        tl.store(part + 1, tl.sum(share(x, best, scale), 0))


@triton.jit
def best_of_level(row, level, blocks, parts, PARTS: tl.constexpr):
    """The greatest logit that a level leaves."""
    part = tl.arange(0, PARTS)
    best = tl.load(parts + ((row * 4 + level) * blocks + part) * 2, mask=part < blocks, other=MINUS)
    return tl.max(best, 0)


@triton.jit
def weights_of_level(row, level, best, scale, blocks, parts, PARTS: tl.constexpr):
    """What each block of a level weighs against its greatest logit, and each block's own greatest."""
    part = tl.arange(0, PARTS)
    here = parts + ((row * 4 + level) * blocks + part) * 2
    most = tl.load(here, mask=part < blocks, other=MINUS)
    summed = tl.load(here + 1, mask=part < blocks, other=0.0)
    return (summed * share(most, best, scale)).to(tl.float64), most


@triton.jit
def reached(weights, wanted):
    """Where cumulative weights reach what is wanted, and what stands before that place.

    Rounding neither leaves the weights nor stops at a place before the first positive one.
    """
    cumulative = tl.cumsum(weights, 0)
    last = tl.max(cumulative, 0)
    wanted = tl.minimum(tl.maximum(wanted, 2.3e-308), last)
    place = tl.sum((cumulative < wanted).to(tl.int32), 0)
    return place, tl.max(tl.where(cumulative < wanted, cumulative, 0.0), 0)


@triton.jit
def drawn_from_all(
    row, level, best, uniform, blocks, vocabulary, parts, logits, stride, ints, others,
    words, flags, begins, kinds, outcomes, word_stride, width, signatures, classes, beginnings,
    PARTS: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """The token at which a level's cumulative distribution reaches a uniform; of a greedy row its most probable one."""
    scale = told_float(ints, row, SCALE)
    greedy = told(ints, row, PLACE) < 0
    weights, most = weights_of_level(row, level, best, scale, blocks, parts, PARTS)
    weights = tl.where(greedy, (most == best).to(tl.float64), weights)
    wanted = tl.where(greedy, 1e-300, uniform * tl.sum(weights, 0))
    block, before = reached(weights, wanted)
    at = block * BLOCK + tl.arange(0, BLOCK)
    x = left_of_row(
        at, at < vocabulary, level, row, logits, stride, ints, others,
        words, flags, begins, kinds, outcomes, word_stride, width, signatures, classes, beginnings,
    )  # fmt: skip
    inner = share(x, best, scale).to(tl.float64)
    inner = tl.where(greedy, (x == best).to(tl.float64), inner)
    place, _ = reached(inner, wanted - before)
    return block * BLOCK + place


@triton.jit
def above(
    threshold, level, best, row, blocks, vocabulary, logits, stride, ints, others,
    words, flags, begins, kinds, outcomes, word_stride, width, signatures, classes, beginnings, BLOCK: tl.constexpr,
):  # fmt: skip
    """How many tokens lie above a threshold, and what they weigh."""
    scale = told_float(ints, row, SCALE)
    count = tl.zeros((BLOCK,), tl.int32)
    weight = tl.zeros((BLOCK,), tl.float32)
    for block in range(blocks):
        at = block * BLOCK + tl.arange(0, BLOCK)
        x = left_of_row(
            at, at < vocabulary, level, row, logits, stride, ints, others,
            words, flags, begins, kinds, outcomes, word_stride, width, signatures, classes, beginnings,
        )  # fmt: skip
        more = (x > MINUS) & (ordered(x).to(tl.int64) > threshold)
        count += more.to(tl.int32)
        weight += tl.where(more, share(x, best, scale), 0.0)
    return tl.sum(count, 0), tl.sum(weight.to(tl.float64), 0)


@triton.jit
def least_that_stays(
    row, level, best, total, top_p, min_p, blocks, vocabulary, logits, stride, ints, others,
    words, flags, begins, kinds, outcomes, word_stride, width, signatures, classes, beginnings, BLOCK: tl.constexpr,
):  # fmt: skip
    """The least logit behind min-p, top-k and top-p as an ordered integer, how many of its equals stay, and what all weigh.

    Nothing is sorted: it is searched by halving, first for top-k, then within that for top-p. Min-p is where both begin.
    """
    top_k, scale = told(ints, row, TOP_K), told_float(ints, row, SCALE)
    top = ordered(best).to(tl.int64)
    lowest = top * 0 - 2147483648
    least, ties = lowest, top_k * 0
    if min_p > 0:
        least = tl.minimum(ordered((best + tl.log(min_p.to(tl.float32)) / scale).to(tl.float32)).to(tl.int64), top) - 1
        _, total = above(
            least, level, best, row, blocks, vocabulary, logits, stride, ints, others,
            words, flags, begins, kinds, outcomes, word_stride, width, signatures, classes, beginnings, BLOCK,
        )  # fmt: skip
    for stage in range(tl.where(top_k > 0, 0, 1), tl.where(top_p < 1.0, 2, 1)):
        most = tl.where(stage == 0, top_k, 2147483647)
        heaviest = tl.where(stage == 0, float("inf"), top_p * total)
        low, high, count, weight = least, top, top_k * 0, total * 0
        for _ in range(33):  # the last one brings the figures of what was found
            middle = (low + high) >> 1
            count, weight = above(
                middle, level, best, row, blocks, vocabulary, logits, stride, ints, others,
                words, flags, begins, kinds, outcomes, word_stride, width, signatures, classes, beginnings, BLOCK,
            )  # fmt: skip
            stays = (count < most) & (weight < heaviest)
            high = tl.where(stays, middle, high)
            low = tl.where(stays, low, middle + 1)
        each = share(unordered(tl.where(high > lowest, high, top).to(tl.int32)), best, scale).to(tl.float64)
        room = tl.where(each > 0, tl.minimum((heaviest - weight) / each, 1e9), 1e9)
        fitting = tl.where(stage == 0, top_k - count, tl.ceil(room).to(tl.int32))
        fitting = tl.where((high == least) & (high > lowest), tl.minimum(fitting, ties), fitting)
        ties = tl.where(high > lowest, fitting, 0)
        total = weight + tl.where(high > lowest, ties * each, 0.0)
        least = high
    return least, ties, total


@triton.jit
def drawn_from_cut(
    row, level, best, uniform, least, ties, total, blocks, vocabulary, logits, stride, ints, others,
    words, flags, begins, kinds, outcomes, word_stride, width, signatures, classes, beginnings, BLOCK: tl.constexpr,
):  # fmt: skip
    """The same of what top-k and top-p leave; among equal logits the first tokens stay, as a stable sort has it."""
    scale = told_float(ints, row, SCALE)
    wanted, before, seen = uniform * total, total * 0, ties * 0
    token, last = ties * 0 - 1, ties * 0
    for block in range(blocks):
        at = block * BLOCK + tl.arange(0, BLOCK)
        x = left_of_row(
            at, at < vocabulary, level, row, logits, stride, ints, others,
            words, flags, begins, kinds, outcomes, word_stride, width, signatures, classes, beginnings,
        )  # fmt: skip
        number = ordered(x).to(tl.int64)
        tie = ((x > MINUS) & (number == least)).to(tl.int32)
        fits = (tie > 0) & (tl.cumsum(tie, 0) + seen <= ties)
        weights = tl.where((x > MINUS) & ((number > least) | fits), share(x, best, scale), 0.0).to(tl.float64)
        here = tl.sum(weights, 0)
        if here > 0:
            place, _ = reached(weights, wanted - before)
            last = tl.max(tl.where(weights > 0, at, 0), 0)
            token = tl.where((token < 0) & (before + here >= wanted), block * BLOCK + place, token)
        before += here
        seen += tl.sum(tie, 0)
    return tl.where(token < 0, last, token)
