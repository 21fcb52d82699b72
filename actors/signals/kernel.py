"""One instant through all detectors, and many of them: the one implementation for live and batch.

Decides the order within an instant: the base bar first (it may fire a trigger), then the own bar: the
triggers no base bar fired, live entries judged, swing, sweeps, breaks, gaps, displacement, the next setup,
last the ATR. Knows no message. Input: rows (see ``layout``); output: event rows and the changed state.
"""

from ..runtime.machine_code import kernel, part
from ..types import MAX_PRICE
from . import layout as at
from .blocks import remember_low, walk_blocks
from .displacement import find_displacement, find_move
from .gaps import find_gap, walk_inverses, walk_zones
from .live import settle
from .pools import begin_periods, end_periods
from .state import Events, Ints, State
from .strat import arm, trigger
from .structure import confirm_swing, take_levels
from .sweeps import come_back, pierce
from .yardstick import (
    is_short,
    remember,
    remember_volume,
    slot_of,
    stretch_atr,
    volume_ratio,
    yardstick,
)

FAULTS = (
    "",
    "instants must ascend",
    "a price outside the bar's range or out of bounds",
    "a negative volume",
    "own bars must follow each other",
)


@part
def bad_prices(opened: int, high: int, low: int, close: int) -> bool:
    """True outside the bounds that keep all sums of prices inside 64 bits."""
    inside = low <= opened <= high and low <= close <= high
    return not inside or low <= 0 or high > MAX_PRICE


@part
def fault(st: State, row: Ints) -> int:
    """Why an instant cannot be taken, as an index into ``FAULTS``; 0 = it can. Changes nothing."""
    if row[at.C_TS] <= st.ts:
        return 1
    if row[at.C_BASE] != 0 and bad_prices(
        row[at.C_BASE_OPEN], row[at.C_BASE_HIGH], row[at.C_BASE_LOW], row[at.C_BASE_CLOSE]
    ):
        return 2
    if row[at.C_OWN] == 0:
        return 0
    if bad_prices(row[at.C_OPEN], row[at.C_HIGH], row[at.C_LOW], row[at.C_CLOSE]):
        return 2
    if row[at.C_VOLUME] < 0:
        return 3
    return 4 if st.bars > 0 and row[at.C_INDEX] != st.index + 1 else 0


@part
def take_base(st: State, ev: Events, row: Ints) -> None:
    """A base bar; one that began before the newest own bar ended (own bars finer than base) says nothing."""
    if row[at.C_BASE_START] < st.own_end:
        return
    if st.period_bases == 0:
        st.period_open = row[at.C_BASE_OPEN]
    st.period_bases += 1
    st.last_close = row[at.C_BASE_CLOSE]
    trigger(st, ev, row[at.C_BASE_OPEN], row[at.C_BASE_HIGH], row[at.C_BASE_LOW], row[at.C_BASE_SESSION])
    settle(st, ev, row[at.C_BASE_CLOSE], at.ZERO)


@part
def look(st: State, ev: Events, row: Ints, side: int, scale: float) -> None:
    """What a closed own bar says upward (side 0) or downward, each detector after what it relies on."""
    sign = 1 - 2 * side
    close, low = sign * row[at.C_CLOSE], row[at.C_LOW] if side == 0 else -row[at.C_HIGH]
    high = row[at.C_HIGH] if side == 0 else -row[at.C_LOW]
    walk_blocks(st, ev, side, row)
    take_levels(st, ev, side, high if st.break_wick != 0 else close, close, scale)
    remember_low(st, side)
    walk_inverses(st, ev, side, close)
    walk_zones(st, ev, side, low, close, scale)
    find_gap(st, ev, side, scale)
    find_displacement(st, ev, side, scale)
    find_move(st, ev, side)


@part
def take_own(st: State, ev: Events, row: Ints) -> None:
    """A closed own bar."""
    close = row[at.C_CLOSE]
    # Fires only what no base bar told: where there are none, or where their edges differ from the own ones.
    trigger(st, ev, row[at.C_OPEN], row[at.C_HIGH], row[at.C_LOW], row[at.C_SESSION])
    st.index = row[at.C_INDEX]
    remember(st, row)
    settle(st, ev, close, at.ONE)
    scale = yardstick(st, row)
    begin_periods(st, row)
    confirm_swing(st, ev, scale)
    for side in range(2):
        come_back(st, ev, side, row, scale)
        pierce(st, ev, side, row, scale)
    end_periods(st, row)
    for side in range(2):
        look(st, ev, row, side, scale)
    arm(st, ev, is_short(st, row))
    stretch_atr(st)
    # The next bar has no open yet; the close stands for it, so the period has not moved either way.
    st.last_close, st.period_open, st.period_bases = close, close, 0
    st.own_end = row[at.C_TS]


@part
def begin(st: State, row: Ints) -> None:
    """What holds for the whole instant: its time, its own bars, whether it may raise, its volume ratio."""
    own = row[at.C_OWN]
    st.ts = row[at.C_TS]
    st.bar = row[at.C_INDEX] if own != 0 else st.index
    st.within = st.bar if own != 0 else st.index + 1
    warm = st.bars + own >= at.WARM_BARS
    st.may_raise = 1 if warm and row[at.C_HISTORY] == 0 else 0
    if own != 0:
        slot = slot_of(st, row[at.C_OFFSET])
        st.volume = volume_ratio(st, row[at.C_VOLUME], slot)
        remember_volume(st, row[at.C_VOLUME], slot)


@part
def most_events(st: State) -> int:
    """More than one instant can write: every zone passes its five stages, every level breaks, and so on."""
    zones = st.zone_count[0] + st.zone_count[1] + st.inverse_count[0] + st.inverse_count[1]
    blocks, levels = st.block_count[0] + st.block_count[1], st.level_count[0] + st.level_count[1]
    return int(5 * zones + 2 * blocks + levels + st.live_count + 64)


@kernel
def advance_many(states: State, events: Events, rows: Ints, first: int) -> int:
    """Take the instants from ``first`` on; return the first one not taken.

    ``events`` is emptied first; it stops when the next instant's might not fit, and before an instant that
    breaks an invariant, whose fault it leaves there.
    """
    st, ev = states[0], events[0]
    ev.count, ev.fault = 0, 0
    for r in range(first, rows.shape[0]):
        if ev.count + most_events(st) > at.EVENT_CAP:
            return r
        row = rows[r]
        ev.fault = fault(st, row)
        if ev.fault != 0:
            return r
        begin(st, row)
        if row[at.C_BASE] != 0:
            take_base(st, ev, row)
        if row[at.C_OWN] != 0:
            take_own(st, ev, row)
    return int(rows.shape[0])
