"""Where everything stands in the arrays that the detector kernels share, and their fixed numbers.

Decides the columns of an instant (what closed), of an event (what a detector saw) and of the state, the
caps that bound memory, and the thresholds of the definitions. Knows no behaviour. Prices are int nanos.

Detectors are written once, for the upward direction. The downward direction is the same code over
negated prices: ``signed = sign * price``, where high and low change places. So the two cannot differ.
"""

from typing import NamedTuple, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from ..runtime.machine_code import part

Ints: TypeAlias = NDArray[np.int64]


def number(value: int) -> int:
    """A constant to call kernel parts with: for a plain int numba compiles the part once per value."""
    return cast(int, np.int64(value))


NONE = -(1 << 62)
"""No price: below every signed price."""

ZERO, ONE = number(0), number(1)

# --- an instant: everything of one symbol that closed at one time; the columns of a row -----------
C_TS, C_HISTORY, C_BASE, C_OWN = 0, 1, 2, 3
"""C_BASE, C_OWN: 1 when the row carries a base bar, an own bar. A base bar that is the own bar counts
as own only."""
C_BASE_START, C_BASE_OPEN, C_BASE_HIGH, C_BASE_LOW, C_BASE_CLOSE, C_BASE_SESSION = 4, 5, 6, 7, 8, 9
C_INDEX, C_START, C_OPEN, C_HIGH, C_LOW, C_CLOSE = 10, 11, 12, 13, 14, 15
C_VOLUME, C_SESSION, C_FULL = 16, 17, 18
ROW = 19

# --- an event: the columns of what a scan lists ---------------------------------------------------
E_CODE, E_TS, E_BAR, E_ORIGIN, E_DIRECTION = 0, 1, 2, 3, 4
E_LEVEL, E_TOP, E_BOTTOM = 5, 6, 7
E_ENTRY, E_STOP, E_TARGET = 8, 9, 10
"""0 where the event is no entry."""
E_STRENGTH, E_VOLUME = 11, 12
"""Millionths."""
E_COUNT = 13
"""Breaks: levels taken. Strat: inside bars in a row. Gap: confirming bar of the first of its run."""
E_FLAG = 14
"""Breaks: 1 = the last two final opposite swings moved the same way. Final swing: +1 above, -1 below
the one before it on its side (higher or lower high, higher or lower low)."""
E_SIGNAL = 15
STRUCTURE, RAISED, CHANGED = number(0), number(1), number(2)
"""Values of E_SIGNAL: no signal, a signal to raise, a raised signal changed."""
E_SOURCE_TS, E_SOURCE_CODE = 16, 17
"""Of the event that this one belongs to (itself, where it begins something)."""
EVENT = 18

SWING_CANDIDATE, SWING_FINAL, SWING_DROPPED = number(1), number(2), number(3)
BOS, CHOCH, BREAK_FAILED = number(4), number(5), number(6)
FVG, FVG_TOUCHED, FVG_CE, FVG_FILLED, FVG_INVERTED = number(7), number(8), number(9), number(10), number(11)
IFVG_CLOSED, IFVG_EXPIRED = number(12), number(13)
STRAT_ARMED, STRAT_REVERSAL, STRAT_CONTINUATION = number(14), number(15), number(16)
STRAT_SPENT, STRAT_EXPIRED = number(17), number(18)
STOPPED = number(19)
"""A close beyond the stop of a live break or strat entry."""

# --- registers: the scalars of the state ----------------------------------------------------------
R_TICK, R_LEFT, R_RIGHT, R_DETECTORS, R_CROSS, R_INTRADAY_NS = 0, 1, 2, 3, 4, 5
"""Parameters. R_DETECTORS: bits of those that raise signals; R_INTRADAY_NS: 0 for 1d and coarser."""
R_TS, R_BAR, R_RAISE, R_VOLUME = 6, 7, 8, 9
"""Of the instant in hand: time, own bar as of which it is known, may raise, volume ratio (millionths)."""
R_INDEX, R_BARS, R_TR_SUM, R_VOLUME_SUM = 10, 11, 12, 13
R_LAST_CLOSE, R_PERIOD_OPEN, R_PERIOD_BASES = 14, 15, 16
R_BIAS = 17
R_LEVELS, R_SWING, R_FINAL, R_FINAL_BEFORE = 18, 20, 22, 24
"""Two each, [high side, low side]: level count, newest swing, newest final swing, the one before it;
prices signed."""
R_RUN_SIDE, R_RUN_PRICE, R_RUN_ORIGIN, R_RUN_TS = 26, 27, 28, 29
"""The swing that leads its run of same-side candidates; side -1 = none."""
R_ZONES, R_INVERSES, R_GAP_BAR, R_GAP_RUN = 30, 32, 34, 36
"""Two each, [bullish, bearish]: counts; newest gap's bar and its run."""
R_LIVE = 38
R_ARMED, R_SETUP_BAR, R_SETUP_HIGH, R_SETUP_LOW, R_SETUP_SESSION = 39, 40, 41, 42, 43
R_MOTHER, R_MOTHER_HIGH, R_MOTHER_LOW, R_MOTHER_SESSION, R_INSIDES = 44, 45, 46, 47, 48
"""The directional bar of the setup (+1 = 2u, -1 = 2d, 0 = none) and the inside bars after it."""
R_TAKEN = 49
"""Two: the long and the short trigger of the setup have fired (0 no, 1 at this instant, 2 before)."""
R_SCENARIO = 51
"""Of the newest own bar: 0 undefined, 1, 2 = 2u, -2 = 2d, 3."""
R_SETUP_TS = 52
R_OWN_END = 53
"""End of the newest own bar."""
R_LEVELS_EVICTED, R_ZONES_EVICTED, R_REFUSED = 54, 55, 56
"""Counters; R_REFUSED: entries without stop < entry < target."""
REGISTERS = 57

D_FVG, D_BOS, D_STRAT = number(1), number(2), number(4)

# --- tables ---------------------------------------------------------------------------------------
RING = 64
B_INDEX, B_OPEN, B_HIGH, B_LOW, B_CLOSE, B_VOLUME, B_SESSION = 0, 1, 2, 3, 4, 5, 6
BAR_COLUMNS = 7

LEVEL_CAP = 1024
L_PRICE, L_ORIGIN = 0, 1

ZONE_CAP = 1024
INVERSE_CAP = 256
HAND = number(ZONE_CAP)
"""The row after the cap, which holds the zone being sorted in."""
Z_KEY, Z_TOP, Z_BOTTOM, Z_STAGE, Z_BAR, Z_TS, Z_RAISED = 0, 1, 2, 3, 4, 5, 6
"""Signed. Z_KEY: the price at which the next stage begins; Z_BAR: the bar that confirmed (inverted) it."""
ZONE = 7

LIVE_CAP = 128
V_CODE, V_TS, V_ORIGIN, V_BAR, V_SIGN, V_LEVEL, V_STOP, V_RAISED = 0, 1, 2, 3, 4, 5, 6, 7
LIVE = 8

# --- the numbers of the definitions ---------------------------------------------------------------
ATR_BARS = 14
WARM_BARS = ATR_BARS + 1
VOLUME_BARS = 20
MILLION = 1_000_000
FVG_MIN, BOS_MIN, STRAT_MIN = number(250_000), number(0), number(500_000)
"""Least strength of a signal, millionths."""
FAIL_BARS = 2
FVG_LIFE, BOS_LIFE, STRAT_LIFE = 96, 48, 8
"""Own bars after which a signal is no evidence any more (four half-lives)."""
INVERSE_LIFE = 96
FAR_STOP = 3.0
"""ATRs from entry beyond which the opposite swing is no stop."""

WANT_NOTHING, WANT_SIGNALS, WANT_ALL = 0, 1, 2
NEED_SIGNALS = 512
"""Free event rows one instant needs when only signals are wanted: at most one gap signal per bar of
FVG_LIFE changes twice, every live entry once, and four signals are new."""
NEED_ALL = 4 * 2 * ZONE_CAP + 2 * INVERSE_CAP + LIVE_CAP + 64
"""The same when every event is wanted: every zone passes its four stages."""
H_COUNT, H_WANTED, H_FAULT = 0, 1, 2


class State(NamedTuple):
    """What the detectors of one (symbol, timeframe) know. Changed in place; bounded."""

    registers: Ints
    reals: NDArray[np.float64]
    """[0]: the ATR as of the newest own bar, nanos; 0 until ATR_BARS bars are known."""
    ring: Ints
    levels: Ints
    """[side, n, (price, origin)] untaken levels, signed, highest price first."""
    zones: Ints
    """[side, n, ...] open gaps, signed, lowest key first: only the last can be reached next."""
    inverses: Ints
    live: Ints


class Events(NamedTuple):
    """Where the kernels write what they see."""

    rows: Ints
    head: Ints
    """[rows written, what is wanted, fault (an index into ``kernel.FAULTS``)]."""


@part
def copy_row(table: Ints, to: int, source: Ints) -> None:
    """Column by column: assigning slices makes numba compile a general broadcast."""
    for column in range(table.shape[1]):
        table[to, column] = source[column]


def new_state(
    *, tick: int, detectors: int, cross_session: bool, intraday_ns: int, left: int = 4, right: int = 5
) -> State:
    """The state before the first bar.

    ``tick``: nanos; ``detectors``: D_ bits that may raise; ``intraday_ns``: length of an intraday
    timeframe, else 0; ``left``, ``right``: the swing window around a bar. Raises ValueError when the
    window does not fit into the ring.
    """
    if left < 0 or right < 1 or left + right >= RING:
        raise ValueError(f"a swing window of {left} + 1 + {right} bars: at least one after, {RING} in all")
    registers = np.zeros(REGISTERS, np.int64)
    registers[[R_TICK, R_LEFT, R_RIGHT, R_DETECTORS]] = tick, left, right, detectors
    registers[[R_CROSS, R_INTRADAY_NS]] = cross_session, intraday_ns
    registers[[R_INDEX, R_RUN_SIDE, R_BAR]] = -1
    registers[[R_TS, R_OWN_END]] = NONE
    for first in (R_SWING, R_FINAL, R_FINAL_BEFORE, R_GAP_BAR):
        registers[first : first + 2] = NONE
    return State(
        registers,
        np.zeros(1, np.float64),
        np.zeros((RING, BAR_COLUMNS), np.int64),
        np.zeros((2, LEVEL_CAP, 2), np.int64),
        np.zeros((2, ZONE_CAP + 1, ZONE), np.int64),
        np.zeros((2, INVERSE_CAP, ZONE), np.int64),
        np.zeros((LIVE_CAP, LIVE), np.int64),
    )


def new_events(wanted: int, instants: int = 1) -> Events:
    """Room for the events of ``instants`` instants at least; ``wanted``: WANT_ constant."""
    need = (0, NEED_SIGNALS, NEED_ALL)[wanted]
    return Events(np.zeros((need * instants, EVENT), np.int64), np.array([0, wanted, 0], np.int64))
