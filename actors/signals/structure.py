"""Swings and the breaks of their levels: BOS and CHoCH.

Decides when a bar is a swing (a window of ``left`` bars before and ``right`` after it, ties pass), which
swings are final, which levels are untaken, and what a close beyond them is called. Nothing is known
earlier than ``right`` bars after the swing. Signed prices: side 0 = highs, side 1 = lows, for which
everything is negated.
"""

import math

from ..runtime.machine_code import part
from . import layout as at
from .blocks import form_block
from .events import annotate, emit, emit_entry, is_signal
from .live import enlist
from .pools import add_swing_pool
from .state import Events, State, copy_row, levels_of
from .yardstick import strength


@part
def add_level(st: State, side: int, price: int, origin: int) -> None:
    """Insert an untaken level, nearest price last; at the cap the oldest goes."""
    levels = levels_of(st, side)
    n = st.level_count[side]
    if n == at.LEVEL_CAP:
        oldest = 0
        for j in range(1, n):
            if levels[j, at.L_ORIGIN] < levels[oldest, at.L_ORIGIN]:
                oldest = j
        for j in range(oldest, n - 1):
            copy_row(levels, j, levels[j + 1])
        n -= 1
        st.levels_evicted += 1
    place = n
    while place > 0 and levels[place - 1, at.L_PRICE] < price:
        copy_row(levels, place, levels[place - 1])
        place -= 1
    levels[place, at.L_PRICE], levels[place, at.L_ORIGIN] = price, origin
    st.level_count[side] = n + 1


@part
def nearest_level(st: State, side: int, beyond: int) -> int:
    """The nearest untaken level strictly above ``beyond`` (signed), NONE when there is none."""
    for j in range(st.level_count[side] - 1, -1, -1):
        if levels_of(st, side)[j, at.L_PRICE] > beyond:
            return int(levels_of(st, side)[j, at.L_PRICE])
    return at.NONE


@part
def reduce_run(st: State, ev: Events, side: int, price: int, origin: int) -> None:
    """Of consecutive same-side candidates keep the most extreme, the earliest on ties.

    It is final when a candidate of the other side is confirmed.
    """
    ts = st.ts
    leader = st.run_side
    sign = 1 - 2 * leader
    led, led_origin, led_ts = st.run_price, st.run_origin, st.run_ts
    of = at.SWING_CANDIDATE
    if leader == side and price <= led:
        emit(st, ev, at.SWING_DROPPED, sign, origin, price, price, at.STRUCTURE, ts, of)
        return
    if leader == side:
        emit(st, ev, at.SWING_DROPPED, sign, led_origin, led, led, at.STRUCTURE, led_ts, of)
    elif leader >= 0:
        before = st.final[leader]
        st.final_before[leader] = before
        st.final[leader] = led
        n = emit(st, ev, at.SWING_FINAL, sign, led_origin, led, led, at.STRUCTURE, led_ts, of)
        annotate(ev, n, 0, 0 if before == at.NONE else sign * ((led > before) - (led < before)), 0)
    st.run_side, st.run_price = side, price
    st.run_origin, st.run_ts = origin, ts


@part
def swing_side(st: State) -> int:
    """Is the bar ``right`` bars ago a swing: 0 high, 1 low, -1 neither.

    A bar that is both counts for the side on which it sticks out further, on ties for the side it closed
    towards, so that negated prices give the negated swing.
    """
    ring = st.ring
    left, right = st.left, st.right
    middle = st.bars - 1 - right
    if middle < left + right:
        return -1
    bar = middle & at.NEWEST
    above, below = -at.NONE, -at.NONE
    for j in range(middle + right, middle - left - 1, -1):
        if j == middle:
            continue
        above = min(above, ring[bar, at.B_HIGH] - ring[j & at.NEWEST, at.B_HIGH])
        below = min(below, ring[j & at.NEWEST, at.B_LOW] - ring[bar, at.B_LOW])
        if above < 0 and below < 0:
            return -1
    if above == below:
        towards = ring[bar, at.B_CLOSE] - ring[bar, at.B_OPEN]
        return -1 if towards == 0 else (0 if towards > 0 else 1)
    return 0 if above > below else 1


@part
def confirm_swing(st: State, ev: Events, scale: float) -> None:
    """Confirm the bar that the newest one completes the window of: a level, and a pool."""
    side = swing_side(st)
    if side < 0:
        return
    middle = (st.bars - 1 - st.right) & at.NEWEST
    price = st.ring[middle, at.B_HIGH] if side == 0 else -st.ring[middle, at.B_LOW]
    sign, origin, ts = 1 - 2 * side, st.index - st.right, st.ts
    emit(st, ev, at.SWING_CANDIDATE, sign, origin, price, price, at.STRUCTURE, ts, at.SWING_CANDIDATE)
    add_level(st, side, price, origin)
    add_swing_pool(st, 1 - side, -price, origin, scale)
    st.swing[side] = price
    reduce_run(st, ev, side, price, origin)


@part
def break_stop(st: State, side: int, level: int, entry: int) -> int:
    """The last opposite swing; level - 1 ATR, on the tick grid, when there is none or it is too far."""
    atr = st.atr
    swing = st.swing[1 - side]
    if atr <= 0.0:
        return at.NONE
    if swing == at.NONE or entry + swing > at.FAR_STOP * atr:
        tick = st.tick
        return int((level - math.ceil(atr)) // tick * tick)
    return int(-swing)


@part
def take_levels(st: State, ev: Events, side: int, reach: int, close: int, scale: float) -> None:
    """Take every untaken level that ``reach`` is strictly beyond (signed); one break for all of them."""
    n = st.level_count[side]
    level, origin, taken, sign = at.NONE, -1, 0, 1 - 2 * side
    while n > 0 and levels_of(st, side)[n - 1, at.L_PRICE] < reach:
        n -= 1
        taken += 1
        price, i = levels_of(st, side)[n, at.L_PRICE], levels_of(st, side)[n, at.L_ORIGIN]
        emit(st, ev, at.LEVEL_BROKEN, sign, i, price, price, at.STRUCTURE, st.ts, at.LEVEL_BROKEN)
        if i > origin:
            level, origin = price, i
    if taken == 0:
        return
    st.level_count[side] = n
    enter_break(st, ev, side, level, origin, taken, close, strength(close - level, scale))


@part
def enter_break(
    st: State, ev: Events, side: int, level: int, origin: int, taken: int, close: int, z: int
) -> None:
    """Name the break of ``level``, turn the bias, write the entry and the order block behind it."""
    sign = 1 - 2 * side
    code = at.CHOCH if st.bias == -sign else at.BOS
    st.bias = sign
    stop = break_stop(st, side, level, close)
    target = nearest_level(st, side, close)
    if target == at.NONE and stop != at.NONE:
        target = close + 2 * (close - stop)
    signal = is_signal(st, at.D_BOS, sign, close, stop, target, z, at.BOS_MIN)
    last, before = st.final[1 - side], st.final_before[1 - side]
    n = emit_entry(st, ev, code, sign, origin, origin, level, level, signal, close, stop, target, z)
    annotate(ev, n, taken, 1 if before != at.NONE and last < before else 0, 0)
    enlist(st, code, origin, st.index, sign, level, stop if signal else at.NONE)
    form_block(st, ev, side, origin, close, z)
