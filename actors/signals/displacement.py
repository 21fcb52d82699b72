"""Displacement: one bar, or three, that moved far and closed where they went.

Decides when a move is one, in yardsticks of before it. Knows gaps only as far as they follow the bar.
Signed prices: side 0 = up, side 1 = down, for which everything is negated.
"""

from ..runtime.machine_code import part
from . import layout as at
from .events import emit, emit_entry, is_signal
from .live import enlist
from .state import Events, State
from .yardstick import strength, true_range

BODY_LEAST, NET_LEAST = 1.5, 2.0
"""Yardsticks that the body of one bar, and the net move of three, is long at least."""


@part
def enter_displacement(
    st: State, ev: Events, code: int, side: int, first: int, top: int, bottom: int, z: int
) -> None:
    """Write a displacement whose zone is [bottom, top], and follow it."""
    sign = 1 - 2 * side
    index = st.index
    close = st.ring[(st.bars - 1) & at.NEWEST, at.B_CLOSE]
    entry, stop = sign * close, bottom - st.tick
    target = entry + 2 * (entry - stop)
    signal = is_signal(st, at.D_DISPLACEMENT, sign, entry, stop, target, z, at.DISPLACEMENT_MIN)
    emit_entry(st, ev, code, sign, index, first, top, bottom, signal, entry, stop, target, z)
    if signal == at.RAISED:
        enlist(st, code, index, index, sign, bottom, stop)


@part
def find_displacement(st: State, ev: Events, side: int, scale: float) -> None:
    """Test the newest bar: body of 1.5 yardsticks, 60 % of its range, closed in its outer quarter."""
    bar = st.ring[(st.bars - 1) & at.NEWEST]
    high, low = (bar[at.B_HIGH], bar[at.B_LOW]) if side == 0 else (-bar[at.B_LOW], -bar[at.B_HIGH])
    sign = 1 - 2 * side
    close, body = sign * bar[at.B_CLOSE], sign * (bar[at.B_CLOSE] - bar[at.B_OPEN])
    if body <= 0 or 5 * body < 3 * (high - low) or 4 * (high - close) > high - low:
        return
    if scale <= 0.0 or body < BODY_LEAST * scale:
        return
    st.displaced[side] = st.index
    enter_displacement(st, ev, at.DISPLACED, side, st.index, high, low, strength(body, scale))


@part
def net_move(st: State, side: int) -> int:
    """Strength of the three newest bars as one move of this side, millionths; -1 when they are none."""
    ring = st.ring
    n, sign = st.bars, 1 - 2 * side
    atr = st.atr_second
    if n < 4 or atr <= 0.0:
        return -1
    net = sign * (ring[(n - 1) & at.NEWEST, at.B_CLOSE] - ring[(n - 4) & at.NEWEST, at.B_CLOSE])
    if net < NET_LEAST * atr:
        return -1
    ranges, towards = 0, 0
    for j in range(n - 3, n):
        ranges += true_range(st, j)
        step = ring[j & at.NEWEST, at.B_CLOSE] - ring[(j - 1) & at.NEWEST, at.B_CLOSE]
        towards += 1 if sign * step > 0 else 0
    return -1 if 2 * net < ranges or towards < 2 else strength(net, atr)


@part
def find_move(st: State, ev: Events, side: int) -> None:
    """Test the three newest bars; written where they begin to be a displacement."""
    ring = st.ring
    z = net_move(st, side)
    held = st.multi[side]
    st.multi[side] = 1 if z >= 0 else 0
    if z < 0 or held != 0:
        return
    n = st.bars
    high, low = ring[(n - 1) & at.NEWEST, at.B_HIGH], ring[(n - 1) & at.NEWEST, at.B_LOW]
    for j in range(n - 3, n - 1):
        high, low = max(high, ring[j & at.NEWEST, at.B_HIGH]), min(low, ring[j & at.NEWEST, at.B_LOW])
    top, bottom = (high, low) if side == 0 else (-low, -high)
    enter_displacement(st, ev, at.DISPLACED_MULTI, side, st.index - 2, top, bottom, z)


@part
def follow_displacement(st: State, ev: Events, side: int, top: int, bottom: int) -> None:
    """A gap was confirmed: had its middle bar been a displacement, that one left it."""
    origin = st.index - 1
    if st.displaced[side] == origin:
        sign, ts = 1 - 2 * side, st.own_end  # still that of the bar before
        emit(st, ev, at.WITH_GAP, sign, origin, top, bottom, at.STRUCTURE, ts, at.DISPLACED)
