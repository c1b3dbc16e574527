"""The four launches of the mask-only path: look at the logits, judge the rows, write them, and finish the candidates."""

import triton
import triton.language as tl

from tlpo_guard.guard.kernels.candidates import candidates_of_block, candidates_of_row
from tlpo_guard.guard.kernels.review import DRIFTING, FIGURES, IDS, LOGPROBS, TOP
from tlpo_guard.guard.kernels.tokens import MINUS, blocked_at, breaks_at, finite, share

# Columns of what masking tells of each row, beside those of the candidates; see `FusedMasker`.
FOUND = tl.constexpr(0)
USABLE = tl.constexpr(1)
LEVEL = tl.constexpr(2)
MASKED_MASS = tl.constexpr(3)
MASKED_WORST = tl.constexpr(4)

PARTS_OF_MASK = tl.constexpr(7)


@triton.jit
def look_at_logits(
    logits, stride, parts, slots, states, scales, blocks, vocabulary,
    words, flags, begins, kinds, outcomes, word_stride, width, signatures, classes, beginnings,
    BLOCK: tl.constexpr,
):  # fmt: skip
    """Of each block: the greatest logit, of all and of the drifting ones, what they weigh, and the best that may stay."""
    row, block = tl.program_id(0), tl.program_id(1)
    slot, state = tl.load(slots + row).to(tl.int32), tl.load(states + row).to(tl.int32)
    if slot == 0:
        return
    scale = tl.load(scales + row)
    scale = tl.where(scale > 0, scale, 1.0)
    at = block * BLOCK + tl.arange(0, BLOCK)
    inside = at < vocabulary
    x = tl.load(logits + row.to(tl.int64) * stride + at, mask=inside, other=MINUS)
    blocked = blocked_at(
        at, inside, slot, state, words, flags, begins, kinds, outcomes,
        word_stride, width, signatures, classes, beginnings,
    )  # fmt: skip
    breaks = breaks_at(at, inside, state, begins, kinds, outcomes, classes, beginnings)
    drifting, kept = tl.where(blocked, x, MINUS), tl.where(blocked, MINUS, finite(x))
    best, worst = tl.max(x, 0), tl.max(drifting, 0)
    part = parts + (row * blocks + block) * PARTS_OF_MASK
    tl.store(part, best)
    tl.store(part + 1, tl.sum(share(x, best, scale), 0))
    tl.store(part + 2, worst)
    tl.store(part + 3, tl.sum(share(drifting, best, scale), 0))
    token = tl.min(tl.where(blocked & (drifting == worst), at, 0x7FFFFFFF), 0)
    tl.store(part + 4, token.to(tl.float32, bitcast=True))
    tl.store(part + 5, tl.max(kept, 0))
    tl.store(part + 6, tl.max(tl.where(breaks, MINUS, kept), 0))


@triton.jit
def judge_logits(parts, slots, acts, event_mass, scales, figures, blocks, PARTS: tl.constexpr):
    """What was seen in each row, and what goes: nothing (0), what drifts (1), or also what breaks a character (2)."""
    row = tl.program_id(0)
    part = tl.arange(0, PARTS)
    here = part < tl.where(tl.load(slots + row) != 0, blocks, 0)
    base = parts + (row * blocks + part) * PARTS_OF_MASK
    bests, worsts = tl.load(base, mask=here, other=MINUS), tl.load(base + 2, mask=here, other=MINUS)
    best, worst = tl.max(bests, 0), tl.max(worsts, 0)
    weights = share(bests, best, tl.where(tl.load(scales + row) > 0, tl.load(scales + row), 1.0))
    total = tl.sum(tl.load(base + 1, mask=here, other=0.0) * weights, 0)
    drifting = tl.sum(tl.load(base + 3, mask=here, other=0.0) * weights, 0)
    tokens = tl.load(base + 4, mask=here, other=0.0).to(tl.int32, bitcast=True)
    token = tl.min(tl.where(here & (worsts == worst), tokens, 0x7FFFFFFF), 0)
    kept = tl.max(tl.load(base + 5, mask=here, other=MINUS), 0)
    whole = tl.max(tl.load(base + 6, mask=here, other=MINUS), 0)
    top_drifts = (worst >= best) & (worst > MINUS) & (worst < float("inf"))
    mass = tl.where(tl.load(scales + row) > 0, drifting / tl.where(total > 0, total, 1.0), top_drifts.to(tl.float32))
    found = top_drifts | (mass >= tl.load(event_mass + row))
    usable = kept > MINUS
    level = tl.where(found & (whole > MINUS), 2, 1)
    level = tl.where(usable & (tl.load(acts + row) != 0) & (tl.load(slots + row) != 0), level, 0)
    out = figures + row * FIGURES
    tl.store(out + FOUND, found.to(tl.int32))
    tl.store(out + USABLE, usable.to(tl.int32))
    tl.store(out + LEVEL, level)
    tl.store(out + MASKED_MASS, mass.to(tl.int32, bitcast=True))
    tl.store(out + MASKED_WORST, tl.where(token < 0x7FFFFFFF, token, -1))


@triton.jit
def write_rows(
    logits, stride, out, out_stride, keys, sums, slots, states, figures, blocks, vocabulary,
    words, flags, begins, kinds, outcomes, word_stride, width, signatures, classes, beginnings,
    IN_PLACE: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """The masked rows, and the best tokens of each block of the rows that are reported."""
    row, block = tl.program_id(0), tl.program_id(1)
    level = tl.load(figures + row * FIGURES + LEVEL)
    found = tl.load(figures + row * FIGURES + FOUND)
    if IN_PLACE and level == 0 and found == 0:
        return
    at = block * BLOCK + tl.arange(0, BLOCK)
    inside = at < vocabulary
    x = tl.load(logits + row.to(tl.int64) * stride + at, mask=inside, other=MINUS)
    if found != 0:
        candidates_of_block(x, at, inside, keys, sums, row * blocks + block, TOP)
    goes = at < 0
    if level > 0:
        slot, state = tl.load(slots + row).to(tl.int32), tl.load(states + row).to(tl.int32)
        goes = blocked_at(
            at, inside, slot, state, words, flags, begins, kinds, outcomes,
            word_stride, width, signatures, classes, beginnings,
        )  # fmt: skip
        if level > 1:
            goes = goes | breaks_at(at, inside, state, begins, kinds, outcomes, classes, beginnings)
    write = inside & goes if IN_PLACE else inside
    tl.store(out + row.to(tl.int64) * out_stride + at, tl.where(goes, MINUS, x), mask=write)


@triton.jit
def finish_candidates(
    keys, sums, slots, states, figures, blocks,
    words, flags, begins, kinds, outcomes, word_stride, width, signatures, classes, beginnings,
    PARTS: tl.constexpr,
):  # fmt: skip
    """The candidates of the rows that are reported."""
    row = tl.program_id(0)
    if tl.load(figures + row * FIGURES + FOUND) != 0:
        slot, state = tl.load(slots + row).to(tl.int32), tl.load(states + row).to(tl.int32)
        candidates_of_row(
            row, blocks, keys, sums, figures, slot, state, row * 0 - 1, row * 0 - 1, words,
            words, flags, begins, kinds, outcomes, word_stride, width, signatures, classes, beginnings,
            FIGURES, DRIFTING, IDS, LOGPROBS, PARTS, TOP,
        )  # fmt: skip
