"""Sweeps: a pool is pierced, and the close comes back, on the same bar or soon after.

Decides which piercing is a sweep, which of several pools one bar sweeps is named, and stop and target of
the entry. A pool is judged once. Signed prices: side 0 = bullish, pools below the market; side 1 =
bearish, pools above it, for which everything is negated.
"""

import math

from ..runtime.machine_code import part
from . import layout as at
from .events import annotate, emit_entry, is_signal
from .live import enlist
from .state import Events, Ints, State, copy_row, pierced_of, pools_of
from .yardstick import strength

STOP_BEYOND = 0.1
"""Yardsticks beyond the sweep's extreme."""


@part
def has_wick(opened: int, high: int, low: int, close: int) -> int:
    """1 when at least 40 % of the bar lie below its body (signed)."""
    return 1 if high > low and 5 * (min(opened, close) - low) >= 2 * (high - low) else 0


@part
def deep_enough(st: State, depth: int, scale: float) -> bool:
    """At least a tick and the least share of the yardstick beyond the pool."""
    return bool(depth >= st.tick and (scale <= 0.0 or depth >= st.sweep_depth * scale))


@part
def outranks(pool: Ints, best: Ints) -> bool:
    """The weightier pool, of equals the newer."""
    if pool[at.P_RANK] != best[at.P_RANK]:
        return bool(pool[at.P_RANK] > best[at.P_RANK])
    return bool(pool[at.P_ORIGIN] > best[at.P_ORIGIN])


@part
def sweep_target(st: State, side: int, high: int, entry: int, stop: int) -> int:
    """The nearest pool of the other side beyond the entry where it pays 1.5 R, else 2 R.

    A pool under the bar's own high is pierced, whichever side is looked at first.
    """
    other = 1 - side
    for j in range(st.pool_count[other] - 1, -1, -1):
        price = -pools_of(st, other)[j, at.P_PRICE]
        if price > entry and price >= high:
            return int(price) if 2 * (price - entry) >= 3 * (entry - stop) else entry + 2 * (entry - stop)
    return entry + 2 * (entry - stop)


@part
def enter_sweep(
    st: State, ev: Events, side: int, pool: Ints, lag: int, taken: int, extreme: int, wick: int, scale: float
) -> None:
    """Write the sweep of ``pool``, the weightiest of ``taken`` ones, and follow it."""
    sign = 1 - 2 * side
    level, origin, rank = pool[at.P_PRICE], pool[at.P_ORIGIN], pool[at.P_RANK]
    bar = st.ring[(st.bars - 1) & at.NEWEST]
    close, high = sign * bar[at.B_CLOSE], bar[at.B_HIGH] if side == 0 else -bar[at.B_LOW]
    z, tick = strength(level - extreme, scale), st.tick
    stop = (extreme - math.ceil(STOP_BEYOND * scale)) // tick * tick
    target = sweep_target(st, side, high, close, stop)
    least = at.SWEEP_MIN if wick != 0 else at.NEVER
    signal = is_signal(st, at.D_SWEEP, sign, close, stop, target, z, least)
    n = emit_entry(st, ev, at.SWEEP, sign, origin, origin, level, extreme, signal, close, stop, target, z)
    annotate(ev, n, taken, lag, rank)
    if signal == at.RAISED:
        enlist(st, at.SWEEP, origin, st.index, sign, extreme, stop)


@part
def come_back(st: State, ev: Events, side: int, row: Ints, scale: float) -> None:
    """Late sweeps: pools closed beyond by one of the last bars, that this close is back through."""
    table, sign = pierced_of(st, side), 1 - 2 * side
    high, low = (row[at.C_HIGH], row[at.C_LOW]) if side == 0 else (-row[at.C_LOW], -row[at.C_HIGH])
    opened, close, index = sign * row[at.C_OPEN], sign * row[at.C_CLOSE], st.index
    best, first, taken, kept, extreme = -1, -1, 0, 0, low
    count = st.pierced_count[side]
    for j in range(count):
        table[j, at.P_EXTREME] = min(table[j, at.P_EXTREME], low)
        if close >= table[j, at.P_PRICE] and deep_enough(
            st, table[j, at.P_PRICE] - table[j, at.P_EXTREME], scale
        ):
            extreme = min(extreme, table[j, at.P_EXTREME])
            taken += 1
            if best < 0 or outranks(table[j], table[best]):
                best = j
            if first < 0 or table[j, at.P_BAR] < table[first, at.P_BAR]:
                first = j
    if best >= 0:
        wick = table[first, at.P_WICK] | has_wick(opened, high, low, close)
        lag = index - table[first, at.P_BAR]
        enter_sweep(st, ev, side, table[best], lag, taken, extreme, wick, scale)
    for j in range(count):
        if close < table[j, at.P_PRICE] and index - table[j, at.P_BAR] < st.late_bars:
            copy_row(table, kept, table[j])
            kept += 1
    st.pierced_count[side] = kept


@part
def pierce(st: State, ev: Events, side: int, row: Ints, scale: float) -> None:
    """Same-bar sweeps: every pool the bar trades beyond is judged; those closed beyond may come back."""
    pools, sign = pools_of(st, side), 1 - 2 * side
    high, low = (row[at.C_HIGH], row[at.C_LOW]) if side == 0 else (-row[at.C_LOW], -row[at.C_HIGH])
    opened, close, index = sign * row[at.C_OPEN], sign * row[at.C_CLOSE], st.index
    n = st.pool_count[side]
    held, first = st.pierced_count[side], n
    best, taken, wick = -1, 0, has_wick(opened, high, low, close)
    while first > 0 and pools[first - 1, at.P_PRICE] > low:
        first -= 1
        if close < pools[first, at.P_PRICE]:
            if held < at.POOL_CAP:
                for column in range(at.POOL):
                    pierced_of(st, side)[held, column] = pools[first, column]
                pierced_of(st, side)[held, at.P_BAR], pierced_of(st, side)[held, at.P_EXTREME] = index, low
                pierced_of(st, side)[held, at.P_WICK] = wick
                held += 1
            else:
                st.pools_evicted += 1
        elif deep_enough(st, pools[first, at.P_PRICE] - low, scale):
            taken += 1
            if best < 0 or outranks(pools[first], pools[best]):
                best = first
    st.pool_count[side], st.pierced_count[side] = first, held
    if best >= 0:
        enter_sweep(st, ev, side, pools[best], at.ZERO, taken, low, wick, scale)
