"""The four launches of a review: look at the probabilities, judge the rows, look again at those that need it, and finish them.

A row in which nothing drifts costs one pass over its probabilities; the later launches leave it at once.
"""

import triton
import triton.language as tl

from tlpo_guard.guard.kernels.candidates import candidates_of_block, candidates_of_row
from tlpo_guard.guard.kernels.redraw import (
    best_of_level,
    drawn_from_all,
    drawn_from_cut,
    least_that_stays,
    redraw_of_block,
    weights_of_level,
)
from tlpo_guard.guard.kernels.tokens import (
    ACTS,
    BANNED,
    CUTS,
    EVENT_MASS,
    MINUS,
    OTHERS,
    PLACE,
    POINT,
    SAMPLED,
    SCALE,
    SLOT,
    STATE,
    bit_at,
    blocked_at,
    told,
    told_float,
)

# Columns of what a review tells of each row; see `FusedReview`.
FIGURES = tl.constexpr(40)
WINNER = tl.constexpr(0)
BITS = tl.constexpr(1)
CONFUSION = tl.constexpr(2)
MASS = tl.constexpr(3)
WORST = tl.constexpr(4)
REPLACEMENT = tl.constexpr(5)
DRIFTING = tl.constexpr(6)
IDS = tl.constexpr(8)
LOGPROBS = tl.constexpr(24)
TOP = tl.constexpr(16)

DRIFTS_BIT = tl.constexpr(1)
BANNED_BIT = tl.constexpr(2)
FOUND_BIT = tl.constexpr(4)
REPORTED_BIT = tl.constexpr(8)
UNWANTED_BIT = tl.constexpr(16)


@triton.jit
def look(
    own, stride, parts, sums, ints, blocks, vocabulary,
    words, flags, begins, kinds, outcomes, word_stride, width, signatures, classes, beginnings,
    BLOCK: tl.constexpr, SUMMED: tl.constexpr,
):  # fmt: skip
    """Of each block of probabilities: the drifting ones' sum, the best of them, its token, and the best of all.

    The same pass brings the sums that the row is drawn from, of every `SUMMED` tokens; for rows that nothing is watched in, too.
    """
    place, block = tl.program_id(0), tl.program_id(1)
    row = told(ints, place, SAMPLED)
    slot, state = told(ints, row, SLOT), told(ints, row, STATE)
    at = block * BLOCK + tl.arange(0, BLOCK)
    inside = at < vocabulary
    x = tl.load(own + place.to(tl.int64) * stride + at, mask=inside, other=0.0)
    count = tl.cdiv(vocabulary, SUMMED)
    part_of = block * (BLOCK // SUMMED) + tl.arange(0, BLOCK // SUMMED)
    in_parts = tl.sum(tl.reshape(x, (BLOCK // SUMMED, SUMMED)), 1)
    tl.store(sums + place * count + part_of, in_parts, mask=part_of < count)
    if slot == 0:
        return
    blocked = blocked_at(
        at, inside, slot, state, words, flags, begins, kinds, outcomes,
        word_stride, width, signatures, classes, beginnings,
    )  # fmt: skip
    drifting = tl.where(blocked, x, 0.0)
    best = tl.max(drifting, 0)
    part = parts + (place * blocks + block) * 4
    tl.store(part, tl.sum(drifting, 0))
    tl.store(part + 1, best)
    tl.store(part + 2, tl.min(tl.where(drifting == best, at, 0x7FFFFFFF), 0).to(tl.float32, bitcast=True))
    tl.store(part + 3, tl.max(x, 0))


@triton.jit
def points(row, place, parts, own, stride, ints, blocks, PARTS: tl.constexpr):
    """Of a row that is drawn from: its confusion mass, whether it is a confusion point, and its best drifting token."""
    part = tl.arange(0, PARTS)
    here = part < tl.where(told(ints, row, SLOT) != 0, blocks, 0)
    base = parts + (place * blocks + part) * 4
    mass = tl.sum(tl.load(base, mask=here, other=0.0), 0)
    bests = tl.load(base + 1, mask=here, other=0.0)
    tokens = tl.load(base + 2, mask=here, other=0.0).to(tl.int32, bitcast=True)
    best, top = tl.max(bests, 0), tl.max(tl.load(base + 3, mask=here, other=0.0), 0)
    token = tl.min(tl.where(here & (bests == best), tokens, 0x7FFFFFFF), 0)
    found = (mass >= told_float(ints, row, EVENT_MASS)) | ((best >= top) & (best > 0))
    return mass, found, tl.where(mass > 0, token, -1)


@triton.jit
def judge(
    winners, own, stride, parts, ints, figures, others, blocks, vocabulary, events,
    words, flags, begins, kinds, outcomes, word_stride, width, signatures, classes, beginnings,
    PARTS: tl.constexpr,
):  # fmt: skip
    """What is known of each row before anything is drawn again."""
    row = tl.program_id(0)
    slot, state, place = told(ints, row, SLOT), told(ints, row, STATE), told(ints, row, PLACE)
    banned, point, others_row = told(ints, row, BANNED), told(ints, row, POINT), told(ints, row, OTHERS)
    winner = tl.load(winners + row).to(tl.int32)
    exists = (winner >= 0) & (winner < vocabulary)
    drifts = blocked_at(
        winner, exists, slot, state, words, flags, begins, kinds, outcomes,
        word_stride, width, signatures, classes, beginnings,
    )  # fmt: skip
    bans = (winner == banned) | bit_at(others, others_row, word_stride, winner, exists & (others_row >= 0))
    confusion = drifts.to(tl.float32)
    found, worst = drifts, tl.where(drifts, winner, -1)
    mass = tl.where(point >= 0, (winner == point).to(tl.float32), confusion)
    if place >= 0:
        confusion, found, worst = points(row, place, parts, own, stride, ints, blocks, PARTS)
        mass = confusion
        if point >= 0:
            mass = tl.load(own + place.to(tl.int64) * stride + point)
    unwanted = (drifts & (told(ints, row, ACTS) != 0)) | bans | (drifts & (point >= 0))
    unwanted = unwanted & ((point < 0) | (banned >= 0))  # a point that is only observed keeps its token
    reported = (found | drifts | (point >= 0)) & (events != 0)
    bits = drifts.to(tl.int32) * DRIFTS_BIT + bans.to(tl.int32) * BANNED_BIT + found.to(tl.int32) * FOUND_BIT
    bits += reported.to(tl.int32) * REPORTED_BIT + unwanted.to(tl.int32) * UNWANTED_BIT
    here = figures + row * FIGURES
    tl.store(here + WINNER, winner)
    tl.store(here + BITS, bits)
    tl.store(here + CONFUSION, confusion.to(tl.int32, bitcast=True))
    tl.store(here + MASS, mass.to(tl.int32, bitcast=True))
    tl.store(here + WORST, worst)
    tl.store(here + REPLACEMENT, -1)


@triton.jit
def look_again(
    raw, raw_stride, logits, stride, parts, keys, sums, ints, figures, others, blocks, vocabulary,
    words, flags, begins, kinds, outcomes, word_stride, width, signatures, classes, beginnings,
    BLOCK: tl.constexpr,
):  # fmt: skip
    """Of each block of the rows that need it: the best tokens, and what a second draw is made from."""
    row = tl.program_id(0)
    bits = tl.load(figures + row * FIGURES + BITS)
    if (bits & (REPORTED_BIT | UNWANTED_BIT)) == 0:
        return
    for block in range(tl.program_id(1), blocks, tl.num_programs(1)):
        at = block * BLOCK + tl.arange(0, BLOCK)
        inside = at < vocabulary
        if (bits & REPORTED_BIT) != 0:
            x = tl.load(raw + row.to(tl.int64) * raw_stride + at, mask=inside, other=MINUS)
            candidates_of_block(x, at, inside, keys, sums, row * blocks + block, TOP)
        if (bits & UNWANTED_BIT) != 0:
            redraw_of_block(
                at, inside, row, block, blocks, parts, logits, stride, ints, others,
                words, flags, begins, kinds, outcomes, word_stride, width, signatures, classes, beginnings,
            )  # fmt: skip


@triton.jit
def replaced(
    row, uniforms, parts, logits, stride, ints, others, blocks, vocabulary,
    words, flags, begins, kinds, outcomes, word_stride, width, signatures, classes, beginnings,
    PARTS: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """What is drawn in a winner's place, -1 where nothing may."""
    level = row * 0 + 3
    best = best_of_level(row, 3, blocks, parts, PARTS)
    for back in range(3):  # the first level that leaves anything
        other = best_of_level(row, 2 - back, blocks, parts, PARTS)
        level = tl.where(other > MINUS, 2 - back, level)
        best = tl.where(other > MINUS, other, best)
    token = row * 0 - 1
    if best > MINUS:
        uniform = tl.load(uniforms + row * 3)
        if (told(ints, row, CUTS) != 0) & (told(ints, row, PLACE) >= 0):
            top_p, min_p = tl.load(uniforms + row * 3 + 1), tl.load(uniforms + row * 3 + 2)
            weights, _ = weights_of_level(row, level, best, told_float(ints, row, SCALE), blocks, parts, PARTS)
            total = tl.sum(weights, 0)
            least, ties, total = least_that_stays(
                row, level, best, total, top_p, min_p, blocks, vocabulary, logits, stride, ints, others,
                words, flags, begins, kinds, outcomes, word_stride, width, signatures, classes, beginnings, BLOCK,
            )  # fmt: skip
            token = drawn_from_cut(
                row, level, best, uniform, least, ties, total, blocks, vocabulary, logits, stride, ints, others,
                words, flags, begins, kinds, outcomes, word_stride, width, signatures, classes, beginnings, BLOCK,
            )  # fmt: skip
        else:
            token = drawn_from_all(
                row, level, best, uniform, blocks, vocabulary, parts, logits, stride, ints, others,
                words, flags, begins, kinds, outcomes, word_stride, width, signatures, classes, beginnings,
                PARTS, BLOCK,
            )  # fmt: skip
    return token


@triton.jit
def finish(
    logits, stride, parts, keys, sums, ints, uniforms, figures, others, blocks, vocabulary,
    words, flags, begins, kinds, outcomes, word_stride, width, signatures, classes, beginnings,
    PARTS: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """The candidates of the rows that are reported, and what is drawn in place of winners that may not stay."""
    row = tl.program_id(0)
    bits = tl.load(figures + row * FIGURES + BITS)
    if (bits & REPORTED_BIT) != 0:
        candidates_of_row(
            row, blocks, keys, sums, figures,
            told(ints, row, SLOT), told(ints, row, STATE), told(ints, row, BANNED), told(ints, row, OTHERS), others,
            words, flags, begins, kinds, outcomes, word_stride, width, signatures, classes, beginnings,
            FIGURES, DRIFTING, IDS, LOGPROBS, PARTS, TOP,
        )  # fmt: skip
    if (bits & UNWANTED_BIT) != 0:
        token = replaced(
            row, uniforms, parts, logits, stride, ints, others, blocks, vocabulary,
            words, flags, begins, kinds, outcomes, word_stride, width, signatures, classes, beginnings, PARTS, BLOCK,
        )  # fmt: skip
        tl.store(figures + row * FIGURES + REPLACEMENT, token)
