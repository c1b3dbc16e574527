"""What kernels ask of single tokens. `at` are token ids, `inside` marks those that exist.

The tables are those of `FusedTables`: `words` holds a bit a token, set where the rules keep it out at a character's border;
`outcomes` what a beginning makes of a character, plus one, with bit 15 set where that breaks it; `kinds` the bits below.
"""

import triton
import triton.language as tl

BORDER_BREAKS = tl.constexpr(1)
WHOLE = tl.constexpr(2)
ENDS_BROKEN = tl.constexpr(4)
MINUS = tl.constexpr(float("-inf"))

# Columns of what the host tells of each row; see `FusedReview`.
COLUMNS = tl.constexpr(12)
SLOT = tl.constexpr(0)
STATE = tl.constexpr(1)
BANNED = tl.constexpr(2)
POINT = tl.constexpr(3)
PLACE = tl.constexpr(4)
SAMPLED = tl.constexpr(5)
ACTS = tl.constexpr(6)
OTHERS = tl.constexpr(7)
EVENT_MASS = tl.constexpr(8)
SCALE = tl.constexpr(9)
CUTS = tl.constexpr(10)
TOP_K = tl.constexpr(11)


@triton.jit
def told(ints, row, column: tl.constexpr):
    """A figure of a row."""
    return tl.load(ints + row * COLUMNS + column)


@triton.jit
def told_float(ints, row, column: tl.constexpr):
    """The same of a figure that is a float."""
    return tl.load(ints + row * COLUMNS + column).to(tl.float32, bitcast=True)


@triton.jit
def bit_at(words, place, word_stride, at, inside):
    """Whether the bits of tokens are set in one row of packed bits."""
    word = tl.load(words + place * word_stride + at // 32, mask=inside, other=0)
    return ((word >> (at % 32)) & 1) != 0


@triton.jit
def blocked_at(
    at, inside, slot, state, words, flags, begins, kinds, outcomes, word_stride, width, signatures, classes, beginnings
):
    """Whether the rules keep tokens out behind a state."""
    blocked = bit_at(words, slot, word_stride, at, inside)
    if state != 0:
        beginning = tl.load(begins + at, mask=inside, other=-1)
        continuing = beginning >= 0
        found = tl.load(outcomes + state * beginnings + beginning, mask=continuing, other=0).to(tl.int32)
        outcome = (found & 0x7FFF) - 1
        whole = (tl.load(kinds + at, mask=continuing, other=0) & WHOLE) != 0
        counts = continuing & (outcome >= 0) & ((outcome < classes) | whole)
        flag = tl.load(flags + slot * width + signatures + outcome, mask=counts, other=0)
        blocked = blocked | (counts & ((flag & 1) != 0))
    return blocked


@triton.jit
def breaks_at(at, inside, state, begins, kinds, outcomes, classes, beginnings):
    """Whether tokens leave invalid UTF-8 behind a state."""
    kind = tl.load(kinds + at, mask=inside, other=0)
    breaks = (kind & BORDER_BREAKS) != 0
    if state > 1:  # the two borders have nothing to break
        beginning = tl.load(begins + at, mask=inside, other=-1)
        continuing = beginning >= 0
        found = tl.load(outcomes + state * beginnings + beginning, mask=continuing, other=0).to(tl.int32)
        goes_on = (found & 0x7FFF) > classes
        part = (kind & WHOLE) == 0
        breaks = (found & 0x8000) != 0
        breaks = breaks | (goes_on & part) | ((goes_on == 0) & ((kind & ENDS_BROKEN) != 0))
        breaks = breaks | (continuing == 0)
    return breaks


@triton.jit
def finite(x):
    """Values with everything that is no number at minus infinity."""
    return tl.where((x > MINUS) & (x < float("inf")), x, MINUS)


@triton.jit
def ordered(x):
    """Floats as integers of the same order; int32."""
    bits = x.to(tl.int32, bitcast=True)
    return tl.where(bits >= 0, bits, bits ^ 0x7FFFFFFF)


@triton.jit
def unordered(number):
    """The float of such an integer."""
    return tl.where(number >= 0, number, number ^ 0x7FFFFFFF).to(tl.float32, bitcast=True)


@triton.jit
def share(x, best, scale):
    """What values weigh against the best of them; 0 where that is minus infinity."""
    shift = tl.where(best == MINUS, 0.0, best)
    return tl.exp((x - shift) * scale)
