"""Swings and the breaks of their levels: BOS and CHoCH.

Decides when a bar is a swing (a window of ``left`` bars before and ``right`` after it, ties pass), which
swings are final, which levels are untaken, and what a close beyond them is called. Knows no other
detector. Nothing is known earlier than ``right`` bars after the swing. Signed prices: side 0 = highs,
side 1 = lows, for which everything is negated.
"""

import math

from ..runtime.machine_code import part
from .events import emit, emit_entry, is_signal
from .layout import (
    B_CLOSE,
    B_HIGH,
    B_LOW,
    B_OPEN,
    BOS,
    BOS_MIN,
    CHOCH,
    D_BOS,
    E_FLAG,
    FAR_STOP,
    L_ORIGIN,
    L_PRICE,
    LEVEL_CAP,
    NONE,
    R_BARS,
    R_BIAS,
    R_FINAL,
    R_FINAL_BEFORE,
    R_INDEX,
    R_LEFT,
    R_LEVELS,
    R_LEVELS_EVICTED,
    R_RIGHT,
    R_RUN_ORIGIN,
    R_RUN_PRICE,
    R_RUN_SIDE,
    R_RUN_TS,
    R_SWING,
    R_TICK,
    R_TS,
    RING,
    STRUCTURE,
    SWING_CANDIDATE,
    SWING_DROPPED,
    SWING_FINAL,
    Events,
    State,
    copy_row,
)
from .live import enlist
from .yardstick import strength


@part
def add_level(st: State, side: int, price: int, origin: int) -> None:
    """Insert an untaken level, nearest price last; at the cap the oldest goes."""
    levels, registers = st.levels[side], st.registers
    n = registers[R_LEVELS + side]
    if n == LEVEL_CAP:
        oldest = 0
        for j in range(1, n):
            if levels[j, L_ORIGIN] < levels[oldest, L_ORIGIN]:
                oldest = j
        for j in range(oldest, n - 1):
            copy_row(levels, j, levels[j + 1])
        n -= 1
        registers[R_LEVELS_EVICTED] += 1
    at = n
    while at > 0 and levels[at - 1, L_PRICE] < price:
        copy_row(levels, at, levels[at - 1])
        at -= 1
    levels[at, L_PRICE] = price
    levels[at, L_ORIGIN] = origin
    registers[R_LEVELS + side] = n + 1


@part
def nearest_level(st: State, side: int, beyond: int) -> int:
    """The nearest untaken level strictly above ``beyond`` (signed), NONE when there is none."""
    levels = st.levels[side]
    for j in range(st.registers[R_LEVELS + side] - 1, -1, -1):
        if levels[j, L_PRICE] > beyond:
            return int(levels[j, L_PRICE])
    return NONE


@part
def reduce_run(st: State, ev: Events, side: int, price: int, origin: int) -> None:
    """Of consecutive same-side candidates keep the most extreme, the earliest on ties.

    It is final when a candidate of the other side is confirmed.
    """
    registers = st.registers
    leader = registers[R_RUN_SIDE]
    sign = 1 - 2 * leader
    led, led_origin, led_ts = registers[R_RUN_PRICE], registers[R_RUN_ORIGIN], registers[R_RUN_TS]
    if leader == side and price <= led:
        emit(st, ev, SWING_DROPPED, sign, origin, price, price, STRUCTURE, registers[R_TS], SWING_CANDIDATE)
        return
    if leader == side:
        emit(st, ev, SWING_DROPPED, sign, led_origin, led, led, STRUCTURE, led_ts, SWING_CANDIDATE)
    elif leader >= 0:
        before = registers[R_FINAL + leader]
        registers[R_FINAL_BEFORE + leader] = before
        registers[R_FINAL + leader] = led
        n = emit(st, ev, SWING_FINAL, sign, led_origin, led, led, STRUCTURE, led_ts, SWING_CANDIDATE)
        if n >= 0 and before != NONE:
            ev.rows[n, E_FLAG] = sign * ((led > before) - (led < before))
    registers[R_RUN_SIDE], registers[R_RUN_PRICE] = side, price
    registers[R_RUN_ORIGIN], registers[R_RUN_TS] = origin, registers[R_TS]


@part
def swing_side(st: State) -> int:
    """Is the bar ``right`` bars ago a swing: 0 high, 1 low, -1 neither.

    A bar that is both counts for the side on which it sticks out further, on ties for the side it closed
    towards, so that negated prices give the negated swing.
    """
    registers, ring = st.registers, st.ring
    left, right = registers[R_LEFT], registers[R_RIGHT]
    at = registers[R_BARS] - 1 - right
    if at < left + right:
        return -1
    bar = ring[at % RING]
    high, low = NONE, -NONE
    for j in range(at - left, at + right + 1):
        if j != at:
            high = max(high, ring[j % RING, B_HIGH])
            low = min(low, ring[j % RING, B_LOW])
    above, below = bar[B_HIGH] - high, low - bar[B_LOW]
    if above < 0 and below < 0:
        return -1
    if above == below:
        towards = bar[B_CLOSE] - bar[B_OPEN]
        return -1 if towards == 0 else (0 if towards > 0 else 1)
    return 0 if above > below else 1


@part
def confirm_swing(st: State, ev: Events) -> None:
    """Confirm the bar that the newest one completes the window of."""
    side = swing_side(st)
    if side < 0:
        return
    registers = st.registers
    at = registers[R_BARS] - 1 - registers[R_RIGHT]
    bar = st.ring[at % RING]
    price = bar[B_HIGH] if side == 0 else -bar[B_LOW]
    sign, origin = 1 - 2 * side, registers[R_INDEX] - registers[R_RIGHT]
    emit(st, ev, SWING_CANDIDATE, sign, origin, price, price, STRUCTURE, registers[R_TS], SWING_CANDIDATE)
    add_level(st, side, price, origin)
    registers[R_SWING + side] = price
    reduce_run(st, ev, side, price, origin)


@part
def break_stop(st: State, side: int, level: int, entry: int) -> int:
    """The last opposite swing; level - 1 ATR, on the tick grid, when there is none or it is too far."""
    atr = st.reals[0]
    swing = st.registers[R_SWING + 1 - side]
    if atr <= 0.0:
        return NONE
    if swing == NONE or entry + swing > FAR_STOP * atr:
        tick = st.registers[R_TICK]
        return int((level - math.ceil(atr)) // tick * tick)
    return int(-swing)


@part
def take_levels(st: State, ev: Events, side: int, close: int, scale: float) -> None:
    """Take every untaken level that the close (signed) is strictly beyond; one event for all of them."""
    registers, levels = st.registers, st.levels[side]
    n = registers[R_LEVELS + side]
    level, origin, taken = NONE, -1, 0
    while n > 0 and levels[n - 1, L_PRICE] < close:
        n -= 1
        taken += 1
        if levels[n, L_ORIGIN] > origin:
            level, origin = levels[n, L_PRICE], levels[n, L_ORIGIN]
    if taken == 0:
        return
    registers[R_LEVELS + side] = n
    sign = 1 - 2 * side
    code = CHOCH if registers[R_BIAS] == -sign else BOS
    registers[R_BIAS] = sign
    stop = break_stop(st, side, level, close)
    target = nearest_level(st, side, close)
    if target == NONE:
        target = close + 2 * (close - stop) if stop != NONE else NONE
    z = strength(close - level, scale)
    signal = is_signal(st, D_BOS, sign, close, stop, target, z, BOS_MIN)
    last, before = registers[R_FINAL + 1 - side], registers[R_FINAL_BEFORE + 1 - side]
    strong = 1 if before != NONE and last < before else 0
    emit_entry(st, ev, code, sign, origin, level, level, signal, close, stop, target, z, taken, strong)
    enlist(st, code, origin, registers[R_INDEX], sign, level, stop if signal else NONE, signal)
