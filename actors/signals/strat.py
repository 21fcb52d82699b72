"""The Strat 2-1-2: armed by closed own bars, entered by a later trade beyond the inside bar.

Decides the scenario of a bar (1 inside, 2u, 2d, 3 outside; equal extremes are no take-out), when a setup
is armed, when a trigger fires, and stop and target of the entry. Knows of structure only the untaken
levels, as targets. A setup lives for one own bar; its triggers are read from the base bars of that bar
as they close, and last from the own bar itself. Signed prices for the short side.
"""

from ..runtime.machine_code import part
from .events import emit, emit_entry, is_signal, micros
from .layout import (
    B_HIGH,
    B_INDEX,
    B_LOW,
    B_SESSION,
    D_STRAT,
    E_COUNT,
    NONE,
    R_ARMED,
    R_BARS,
    R_CROSS,
    R_INSIDES,
    R_MOTHER,
    R_MOTHER_HIGH,
    R_MOTHER_LOW,
    R_MOTHER_SESSION,
    R_SCENARIO,
    R_SETUP_BAR,
    R_SETUP_HIGH,
    R_SETUP_LOW,
    R_SETUP_SESSION,
    R_SETUP_TS,
    R_TAKEN,
    R_TICK,
    R_TS,
    RING,
    STRAT_ARMED,
    STRAT_CONTINUATION,
    STRAT_EXPIRED,
    STRAT_MIN,
    STRAT_REVERSAL,
    STRUCTURE,
    ZERO,
    Events,
    Ints,
    State,
)
from .live import enlist, spend
from .structure import nearest_level


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
    if first - entry >= st.registers[R_TICK] and first - entry >= risk:
        return first
    level = nearest_level(st, side, entry)
    return level if level != NONE else entry + risk


@part
def fire(st: State, ev: Events, side: int, opened: int) -> None:
    """The trigger of one side was traded through; ``opened``: open of the bar it happened in (signed)."""
    registers, sign = st.registers, 1 - 2 * side
    if side == 0:
        high, low = registers[R_SETUP_HIGH], registers[R_SETUP_LOW]
        stop, first = registers[R_MOTHER_LOW], registers[R_MOTHER_HIGH]
    else:
        high, low = -registers[R_SETUP_LOW], -registers[R_SETUP_HIGH]
        stop, first = -registers[R_MOTHER_HIGH], -registers[R_MOTHER_LOW]
    entry = max(high + registers[R_TICK], opened)
    target = strat_target(st, side, entry, stop, first)
    code = STRAT_CONTINUATION if registers[R_MOTHER] == sign else STRAT_REVERSAL
    origin, insides = registers[R_SETUP_BAR], registers[R_INSIDES]
    z = micros((target - entry) / (entry - stop))
    signal = is_signal(st, D_STRAT, sign, entry, stop, target, z, STRAT_MIN)
    emit_entry(st, ev, code, sign, origin, high, low, signal, entry, stop, target, z, insides, ZERO)
    enlist(st, code, origin, origin + 1, sign, high, stop, signal)


@part
def trigger(st: State, ev: Events, opened: int, high: int, low: int, session: int) -> None:
    """Let a bar of the setup's one bar test both triggers.

    Where one bar takes both, their order is not known and both stand; where the other side comes in a
    later bar, the entry before it is spent.
    """
    registers = st.registers
    if registers[R_ARMED] == 0:
        return
    if registers[R_CROSS] == 0 and session != registers[R_SETUP_SESSION]:
        return
    for side in range(2):
        if registers[R_TAKEN + side] == 1:
            registers[R_TAKEN + side] = 2
    for side in range(2):
        beyond = high > registers[R_SETUP_HIGH] if side == 0 else low < registers[R_SETUP_LOW]
        if beyond and registers[R_TAKEN + side] == 0:
            if registers[R_TAKEN + 1 - side] == 2:
                spend(st, ev, registers[R_SETUP_BAR], 2 * side - 1)
            fire(st, ev, side, opened if side == 0 else -opened)
            registers[R_TAKEN + side] = 1


@part
def emit_setup(st: State, ev: Events, code: int) -> None:
    """Write that the setup in hand was armed or has expired; direction: that of its directional bar."""
    registers = st.registers
    sign, high, low = registers[R_MOTHER], registers[R_SETUP_HIGH], registers[R_SETUP_LOW]
    top, bottom = (high, low) if sign > 0 else (-low, -high)
    origin, ts = registers[R_SETUP_BAR], registers[R_SETUP_TS]
    n = emit(st, ev, code, sign, origin, top, bottom, STRUCTURE, ts, STRAT_ARMED)
    if n >= 0:
        ev.rows[n, E_COUNT] = registers[R_INSIDES]


@part
def disarm(st: State, ev: Events) -> None:
    """The setup's one bar has ended."""
    registers = st.registers
    if registers[R_ARMED] != 0 and registers[R_TAKEN] == 0 and registers[R_TAKEN + 1] == 0:
        emit_setup(st, ev, STRAT_EXPIRED)
    registers[R_ARMED], registers[R_TAKEN], registers[R_TAKEN + 1] = 0, 0, 0


@part
def follow_mother(st: State, bar: Ints, before: Ints) -> None:
    """Keep the directional bar that a run of inside bars follows; stop and target stay those of it."""
    registers = st.registers
    previous = registers[R_SCENARIO]
    now = scenario(bar[B_HIGH], bar[B_LOW], before[B_HIGH], before[B_LOW])
    registers[R_SCENARIO] = now
    if now != 1:
        registers[R_MOTHER], registers[R_INSIDES] = 0, 0
    elif abs(previous) == 2:
        registers[R_MOTHER], registers[R_INSIDES] = previous // 2, 1
        registers[R_MOTHER_HIGH], registers[R_MOTHER_LOW] = before[B_HIGH], before[B_LOW]
        registers[R_MOTHER_SESSION] = before[B_SESSION]
    elif registers[R_MOTHER] != 0:
        registers[R_INSIDES] += 1


@part
def arm(st: State, ev: Events, stub: bool) -> None:
    """At the close of an own bar: end the old setup, arm a new one where the bar is inside."""
    registers = st.registers
    disarm(st, ev)
    n = registers[R_BARS]
    if n < 2:
        return
    bar, before = st.ring[(n - 1) % RING], st.ring[(n - 2) % RING]
    follow_mother(st, bar, before)
    if registers[R_MOTHER] == 0:
        return
    if registers[R_CROSS] == 0 and (stub or bar[B_SESSION] != registers[R_MOTHER_SESSION]):
        return
    registers[R_ARMED], registers[R_SETUP_BAR] = 1, bar[B_INDEX]
    registers[R_SETUP_HIGH], registers[R_SETUP_LOW] = bar[B_HIGH], bar[B_LOW]
    registers[R_SETUP_SESSION], registers[R_SETUP_TS] = bar[B_SESSION], registers[R_TS]
    emit_setup(st, ev, STRAT_ARMED)
