"""One instant through all detectors, and many of them: the one implementation for live and batch.

Decides the order within an instant: the base bar first (it may fire a trigger), then the own bar: the
triggers no base bar fired, live entries judged, swing, breaks, gaps, the next setup, last the ATR. Knows
no message. Input: rows (see ``layout``); output: event rows and the changed state.
"""

from ..runtime.machine_code import kernel, part
from ..types import MAX_PRICE
from .gaps import find_gap, walk_inverses, walk_zones
from .layout import (
    C_BASE,
    C_BASE_CLOSE,
    C_BASE_HIGH,
    C_BASE_LOW,
    C_BASE_OPEN,
    C_BASE_SESSION,
    C_BASE_START,
    C_CLOSE,
    C_HIGH,
    C_HISTORY,
    C_INDEX,
    C_LOW,
    C_OPEN,
    C_OWN,
    C_SESSION,
    C_TS,
    C_VOLUME,
    H_COUNT,
    H_FAULT,
    ONE,
    R_BAR,
    R_BARS,
    R_INDEX,
    R_LAST_CLOSE,
    R_OWN_END,
    R_PERIOD_BASES,
    R_PERIOD_OPEN,
    R_RAISE,
    R_TS,
    R_VOLUME,
    WARM_BARS,
    ZERO,
    Events,
    Ints,
    State,
)
from .live import settle
from .strat import arm, trigger
from .structure import confirm_swing, take_levels
from .yardstick import is_stub, remember, stretch_atr, volume_ratio, yardstick

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
    registers = st.registers
    if row[C_TS] <= registers[R_TS]:
        return 1
    if row[C_BASE] != 0 and bad_prices(
        row[C_BASE_OPEN], row[C_BASE_HIGH], row[C_BASE_LOW], row[C_BASE_CLOSE]
    ):
        return 2
    if row[C_OWN] == 0:
        return 0
    if bad_prices(row[C_OPEN], row[C_HIGH], row[C_LOW], row[C_CLOSE]):
        return 2
    if row[C_VOLUME] < 0:
        return 3
    return 4 if registers[R_BARS] > 0 and row[C_INDEX] != registers[R_INDEX] + 1 else 0


@part
def take_base(st: State, ev: Events, row: Ints) -> None:
    """A base bar; one that began before the newest own bar ended (own bars finer than base) says nothing."""
    registers = st.registers
    if row[C_BASE_START] < registers[R_OWN_END]:
        return
    if registers[R_PERIOD_BASES] == 0:
        registers[R_PERIOD_OPEN] = row[C_BASE_OPEN]
    registers[R_PERIOD_BASES] += 1
    registers[R_LAST_CLOSE] = row[C_BASE_CLOSE]
    trigger(st, ev, row[C_BASE_OPEN], row[C_BASE_HIGH], row[C_BASE_LOW], row[C_BASE_SESSION])
    settle(st, ev, row[C_BASE_CLOSE], ZERO)


@part
def take_own(st: State, ev: Events, row: Ints) -> None:
    """A closed own bar."""
    registers, close = st.registers, row[C_CLOSE]
    # Fires only what no base bar told: where there are none, or where their edges differ from the own ones.
    trigger(st, ev, row[C_OPEN], row[C_HIGH], row[C_LOW], row[C_SESSION])
    registers[R_INDEX] = row[C_INDEX]
    remember(st, row)
    settle(st, ev, close, ONE)
    scale = yardstick(st, row)
    confirm_swing(st, ev)
    for side in range(2):
        sign = 1 - 2 * side
        take_levels(st, ev, side, sign * close, scale)
        walk_inverses(st, ev, side, sign * close)
        walk_zones(st, ev, side, row[C_LOW] if side == 0 else -row[C_HIGH], sign * close)
        find_gap(st, ev, side, scale)
    arm(st, ev, is_stub(st, row))
    stretch_atr(st)
    # The next bar has no open yet; the close stands for it, so the period has not moved either way.
    registers[R_LAST_CLOSE], registers[R_PERIOD_OPEN], registers[R_PERIOD_BASES] = close, close, 0
    registers[R_OWN_END] = row[C_TS]


@part
def begin(st: State, row: Ints) -> None:
    """What holds for the whole instant: its time, its own bar, whether it may raise, its volume ratio."""
    registers, own = st.registers, row[C_OWN]
    registers[R_TS] = row[C_TS]
    registers[R_BAR] = row[C_INDEX] if own != 0 else registers[R_INDEX]
    warm = registers[R_BARS] + own >= WARM_BARS
    registers[R_RAISE] = 1 if warm and row[C_HISTORY] == 0 else 0
    if own != 0:
        registers[R_VOLUME] = volume_ratio(st, row[C_VOLUME])


@kernel
def advance_many(st: State, ev: Events, rows: Ints, first: int, need: int) -> int:
    """Take the instants from ``first`` on; return the first one not taken.

    ``ev`` starts empty; it stops when fewer than ``need`` event rows are free, and before an instant that
    breaks an invariant, whose fault it leaves in ``ev.head``.
    """
    ev.head[H_COUNT], ev.head[H_FAULT] = 0, 0
    for r in range(first, rows.shape[0]):
        if ev.head[H_COUNT] + need > ev.rows.shape[0]:
            return r
        row = rows[r]
        ev.head[H_FAULT] = fault(st, row)
        if ev.head[H_FAULT] != 0:
            return r
        begin(st, row)
        if row[C_BASE] != 0:
            take_base(st, ev, row)
        if row[C_OWN] != 0:
            take_own(st, ev, row)
    return int(rows.shape[0])
