"""The Strat: setups armed by closed own bars, entered by a later trade beyond the setup bar.

Decides the scenario of a bar (1 inside, 2u, 2d, 3 outside; equal extremes are no take-out), which setup a
bar arms, when a trigger fires, and stop and target of the entry. Knows of structure only the untaken
levels, as targets. A setup lives for one own bar; its triggers are read from the base bars of that bar
as they close, and last from the own bar itself. Signed prices for the short side.
"""

from ..runtime.machine_code import part
from . import layout as at
from .events import annotate, emit, emit_entry, is_signal, micros
from .live import enlist, spend
from .state import Events, Ints, State
from .structure import nearest_level

LONG, SHORT = at.ONE, at.number(2)
"""Bits of the sides on which a setup can trigger."""


@part
def scenario(high: int, low: int, high_before: int, low_before: int) -> int:
    """One bar against the bar before it: 1, 2 (2u), -2 (2d) or 3; both comparisons strict."""
    up, down = high > high_before, low < low_before
    if up and down:
        return 3
    if up:
        return 2
    return -2 if down else 1


@part
def strat_target(st: State, side: int, entry: int, stop: int, first: int) -> int:
    """The first target of the table; the nearest untaken level, else 1 R, where it pays less than 1 R."""
    risk = entry - stop
    if first - entry >= st.tick and first - entry >= risk:
        return first
    level = nearest_level(st, side, entry)
    return level if level != at.NONE else entry + risk


@part
def entry_code(pattern: int, before: int, sign: int) -> int:
    """The event of an entry: a 2-1-2 goes on in the direction of its first bar, or against it."""
    if pattern == at.P_212:
        return at.STRAT_CONTINUATION if before == 2 * sign else at.STRAT_REVERSAL
    return at.STRAT_312 + pattern - at.P_312


@part
def entry_detector(pattern: int) -> int:
    """The bit that lets a pattern raise signals."""
    return at.D_STRAT_212 if pattern == at.P_212 else at.D_STRAT_312 << (pattern - at.P_312)


@part
def fire(st: State, ev: Events, side: int, opened: int) -> None:
    """The trigger of one side was traded through; ``opened``: open of the bar it happened in (signed)."""
    sign = 1 - 2 * side
    high, low = st.setup_high, st.setup_low
    if side == 1:
        high, low = -low, -high
    entry = max(high + st.tick, opened)
    stop = st.setup_stop[side]
    target = strat_target(st, side, entry, stop, st.setup_target[side])
    pattern, before = st.armed, st.setup_before
    code, origin = entry_code(pattern, before, sign), st.setup_bar
    z = micros((target - entry) / (entry - stop))
    signal = is_signal(st, entry_detector(pattern), sign, entry, stop, target, z, at.STRAT_MIN)
    first = st.setup_first
    n = emit_entry(st, ev, code, sign, origin, first, high, low, signal, entry, stop, target, z)
    annotate(ev, n, st.setup_insides, before, pattern)
    enlist(st, code, origin, origin + 1, sign, high, stop if signal else at.NONE)


@part
def trigger(st: State, ev: Events, opened: int, high: int, low: int, session: int) -> None:
    """Let a bar of the setup's one bar test both triggers.

    Where one bar takes both, their order is not known and both stand; where the other side comes in a
    later bar, the entry before it is spent.
    """
    if st.armed == 0:
        return
    if st.cross_session == 0 and session != st.setup_session:
        return
    for side in range(2):
        if st.taken[side] == 1:
            st.taken[side] = 2
    for side in range(2):
        beyond = high > st.setup_high if side == 0 else low < st.setup_low
        allowed = st.sides & (LONG if side == 0 else SHORT)
        if beyond and allowed and st.taken[side] == 0:
            if st.taken[1 - side] == 2:
                spend(st, ev, st.setup_bar, 2 * side - 1)
            fire(st, ev, side, opened if side == 0 else -opened)
            st.taken[side] = 1


@part
def emit_setup(st: State, ev: Events, code: int) -> None:
    """Write that the setup in hand was armed or has expired; no direction where both sides can trigger."""
    sides = st.sides
    high, low = st.setup_high, st.setup_low
    sign = -1 if sides == SHORT else 1
    top, bottom = (high, low) if sign > 0 else (-low, -high)
    origin, ts = st.setup_bar, st.setup_ts
    n = emit(st, ev, code, sign, origin, top, bottom, at.STRUCTURE, ts, at.STRAT_ARMED)
    if n < 0:
        return
    annotate(ev, n, st.setup_insides, st.setup_before, st.armed)
    ev.rows[n, at.E_FIRST] = st.setup_first
    if sides == LONG + SHORT:
        ev.rows[n, at.E_DIRECTION], ev.rows[n, at.E_LEVEL] = 0, 0


@part
def disarm(st: State, ev: Events) -> None:
    """The setup's one bar has ended."""
    if st.armed != 0 and st.taken[0] == 0 and st.taken[1] == 0:
        emit_setup(st, ev, at.STRAT_EXPIRED)
    st.armed, st.taken[0], st.taken[1] = 0, 0, 0


@part
def follow_insides(st: State, now: int, previous: int, before: Ints) -> None:
    """Keep the bar that a run of inside bars follows: stop and target of the setup are its extremes."""
    if now != 1:
        return
    if previous == 1:
        st.insides += 1
        return
    st.mother, st.insides = previous, 1
    st.mother_high, st.mother_low = before[at.B_HIGH], before[at.B_LOW]
    st.mother_session, st.mother_bar = before[at.B_SESSION], before[at.B_INDEX]


@part
def force(now: int, bar: Ints, before: Ints) -> int:
    """+1: a 2u or green 3 that closed above the bar before it; -1: a 2d or red 3 that closed below."""
    up = now == 2 or (now == 3 and bar[at.B_CLOSE] > bar[at.B_OPEN])
    down = now == -2 or (now == 3 and bar[at.B_CLOSE] < bar[at.B_OPEN])
    above, below = bar[at.B_CLOSE] > before[at.B_HIGH], bar[at.B_CLOSE] < before[at.B_LOW]
    return int(up and above) - int(down and below)


@part
def arm_inside(st: State, bar: Ints) -> int:
    """An inside bar after a 2 or a 3: both sides; returns the session of the pattern's first bar."""
    st.armed = at.P_312 if st.mother == 3 else at.P_212
    st.sides, st.setup_first = LONG + SHORT, st.mother_bar
    st.setup_before, st.setup_insides = st.mother, st.insides
    high, low = st.mother_high, st.mother_low
    st.setup_target[0], st.setup_target[1] = high, -low
    if st.stop_inside != 0:
        high, low = bar[at.B_HIGH], bar[at.B_LOW]
    st.setup_stop[0], st.setup_stop[1] = low, -high
    return int(st.mother_session)


@part
def arm_reversal(st: State, now: int, previous: int, bar: Ints, before: Ints) -> int:
    """A directional bar after a 1, 2 or 3: against it; returns the session of the pattern's first bar."""
    st.armed = at.P_122 if previous == 1 else (at.P_322 if previous == 3 else at.P_22)
    st.sides, st.setup_first = LONG if now < 0 else SHORT, before[at.B_INDEX]
    st.setup_before = previous
    st.setup_insides = st.insides if previous == 1 else 0
    st.setup_stop[0], st.setup_stop[1] = bar[at.B_LOW], -bar[at.B_HIGH]
    st.setup_target[0], st.setup_target[1] = before[at.B_HIGH], -before[at.B_LOW]
    return int(before[at.B_SESSION])


@part
def arm(st: State, ev: Events, short_bar: bool) -> None:
    """At the close of an own bar: end the old setup, arm the new one that the bar makes."""
    disarm(st, ev)
    n = st.bars
    if n < 2:
        return
    bar, before = st.ring[(n - 1) & at.NEWEST], st.ring[(n - 2) & at.NEWEST]
    previous = st.scenario
    now = scenario(bar[at.B_HIGH], bar[at.B_LOW], before[at.B_HIGH], before[at.B_LOW])
    st.scenario = now
    st.in_force = force(now, bar, before)
    follow_insides(st, now, previous, before)
    if now == 3 or previous == 0 or (now == 1 and st.mother == 0):
        return
    session = arm_inside(st, bar) if now == 1 else arm_reversal(st, now, previous, bar, before)
    if st.cross_session == 0 and (short_bar or bar[at.B_SESSION] != session):
        st.armed = 0
        return
    st.setup_bar, st.setup_ts = bar[at.B_INDEX], st.ts
    st.setup_high, st.setup_low = bar[at.B_HIGH], bar[at.B_LOW]
    st.setup_session = bar[at.B_SESSION]
    emit_setup(st, ev, at.STRAT_ARMED)
