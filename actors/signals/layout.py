"""Where everything stands in the arrays that the detector kernels share, and their fixed numbers.

Decides the columns of an instant (what closed), of an event (what a detector saw) and of the state (see
``state``), and the caps that bound memory. Knows no behaviour; least strengths and lives come from
``domain.evidence``. Prices are int nanos.

Detectors are written once, for the upward direction. The downward direction is the same code over
negated prices: ``signed = sign * price``, where high and low change places. So the two cannot differ.
"""

from typing import cast

import numpy as np

from ..domain.evidence import DROPPED_AFTER, KINDS


def number(value: int) -> int:
    """A constant to call kernel parts with: for a plain int numba compiles the part once per value."""
    return cast(int, np.int64(value))


NONE = -(1 << 62)
"""No price: below every signed price."""

ZERO, ONE = number(0), number(1)
NEVER = number(1 << 62)
"""A least strength that none reaches."""

# --- an instant: everything of one symbol that closed at one time; the columns of a row -----------
C_TS, C_HISTORY, C_BASE, C_OWN = 0, 1, 2, 3
"""C_BASE, C_OWN: 1 when the row carries a base bar, an own bar. A base bar that is the own bar counts
as own only."""
C_BASE_START, C_BASE_OPEN, C_BASE_HIGH, C_BASE_LOW, C_BASE_CLOSE, C_BASE_SESSION = 4, 5, 6, 7, 8, 9
C_INDEX, C_START, C_OPEN, C_HIGH, C_LOW, C_CLOSE = 10, 11, 12, 13, 14, 15
C_VOLUME, C_SESSION, C_FULL, C_OFFSET = 16, 17, 18, 19
"""C_OFFSET: own start since the open of its session, ns; -1 where it is not known."""
ROW = 20

# --- an event: the columns of what a scan lists ---------------------------------------------------
E_CODE, E_TS, E_BAR, E_ORIGIN, E_DIRECTION = 0, 1, 2, 3, 4
E_LEVEL, E_TOP, E_BOTTOM = 5, 6, 7
E_ENTRY, E_STOP, E_TARGET = 8, 9, 10
"""0 where the event is no entry."""
E_STRENGTH, E_VOLUME = 11, 12
"""Millionths."""
E_COUNT = 13
"""Breaks, sweeps: levels taken. Strat: inside bars in a row. Gap: confirming bar of the first of its run."""
E_FLAG = 14
"""Breaks: 1 = the last two final opposite swings moved the same way. Final swing: +1 above, -1 below
the one before it on its side (higher or lower high, higher or lower low). Sweep: bars it came late.
Strat: scenario of the pattern's first bar."""
E_SIGNAL = 15
STRUCTURE, RAISED, CHANGED = number(0), number(1), number(2)
"""Values of E_SIGNAL: no signal, a signal to raise, a raised signal changed."""
E_SOURCE_TS, E_SOURCE_CODE = 16, 17
"""Of the event that this one belongs to (itself, where it begins something)."""
E_FIRST = 18
"""First bar that the pattern is made of; of later events the same as the origin."""
E_FORM = 19
"""Sweep: rank of the pool. Strat: the pattern (P_)."""
EVENT = 20

SWING_CANDIDATE, SWING_FINAL, SWING_DROPPED = number(1), number(2), number(3)
BOS, CHOCH, BREAK_FAILED, LEVEL_BROKEN = number(4), number(5), number(6), number(7)
FVG, FVG_TOUCHED, FVG_CE, FVG_FILLED, FVG_INVERTED = number(8), number(9), number(10), number(11), number(12)
IFVG, IFVG_CLOSED, IFVG_EXPIRED = number(13), number(14), number(15)
SWEEP = number(16)
DISPLACED, DISPLACED_MULTI, WITH_GAP = number(17), number(18), number(19)
BLOCK_FORMED, BLOCK_MITIGATED, BLOCK_BROKEN = number(20), number(21), number(22)
STOPPED = number(23)
"""A close beyond the stop of a live break, sweep, displacement or strat entry."""
STRAT_ARMED, STRAT_SPENT, STRAT_EXPIRED = number(24), number(25), number(26)
STRAT_REVERSAL, STRAT_CONTINUATION, STRAT_312 = number(27), number(28), number(29)
STRAT_22, STRAT_122, STRAT_322 = number(30), number(31), number(32)
"""From STRAT_REVERSAL on: entries."""

P_212, P_312, P_22, P_122, P_322 = number(1), number(2), number(3), number(4), number(5)

SWING_POOL, EQUAL_POOL, RANGE_POOL = number(1), number(2), number(3)
DAY_POOL, WEEK_POOL = number(4), number(5)
"""Ranks of pools, the weightiest last."""

D_FVG, D_BOS, D_STRAT_212, D_IFVG = number(1), number(2), number(4), number(8)
D_SWEEP, D_DISPLACEMENT, D_BLOCK = number(16), number(32), number(64)
D_STRAT_312, D_STRAT_22, D_STRAT_122, D_STRAT_322 = number(128), number(256), number(512), number(1024)

# --- tables ---------------------------------------------------------------------------------------
RING = 64
NEWEST = RING - 1
"""Mask of the ring: bar number n stands in row ``n & NEWEST``."""
B_INDEX, B_OPEN, B_HIGH, B_LOW, B_CLOSE, B_VOLUME, B_SESSION = 0, 1, 2, 3, 4, 5, 6
BAR_COLUMNS = 7

ENTRY_CAP = 1024
"""Rows of ``State.entries``: row n holds the n-th entry of every table, so that few entries are few pages."""
LEVEL_CAP = ENTRY_CAP
L_PRICE, L_ORIGIN = 0, 1
LEVEL = 2

ZONE_CAP = ENTRY_CAP
INVERSE_CAP = 256
Z_KEY, Z_TOP, Z_BOTTOM, Z_STAGE, Z_BAR, Z_TS, Z_RAISED = 0, 1, 2, 3, 4, 5, 6
"""Signed. Z_KEY: the price at which the next stage begins; Z_BAR: the bar that confirmed (inverted) it."""
ZONE = 7

POOL_CAP = ENTRY_CAP
P_PRICE, P_ORIGIN, P_RANK = 0, 1, 2
P_BAR, P_EXTREME, P_WICK = 3, 4, 5
"""Of a pierced pool: the bar that pierced it, the extreme since, whether that bar left a wick."""
POOL, PIERCED = 3, 6

DAY, WEEK, OPENING = number(0), number(1), number(2)
T_KEY, T_KNOWN, T_PRICE, T_ORIGIN = 0, 1, 2, 4
"""Of a period under way: which one, whether its begin was seen, and two each: signed extreme and its bar."""
PERIOD = 6

BLOCK_CAP = ENTRY_CAP
K_BOTTOM, K_TOP, K_ORIGIN, K_BAR, K_TS, K_STAGE, K_RAISED = 0, 1, 2, 3, 4, 5, 6
BLOCK = 7
SUFFIX_CAP = ENTRY_CAP
X_LOW, X_HIGH, X_BAR = 0, 1, 2
SUFFIX = 3

LIVE_CAP = 320
V_CODE, V_TS, V_ORIGIN, V_BAR, V_SIGN, V_LEVEL, V_STOP = 0, 1, 2, 3, 4, 5, 6
LIVE = 7

LEVELS_AT = 0
ZONES_AT = LEVELS_AT + 2 * LEVEL
INVERSES_AT = ZONES_AT + 2 * ZONE
POOLS_AT = INVERSES_AT + 2 * ZONE
PIERCED_AT = POOLS_AT + 2 * POOL
SUFFIX_AT = PIERCED_AT + 2 * PIERCED
BLOCKS_AT = SUFFIX_AT + 2 * SUFFIX
LIVE_AT = BLOCKS_AT + 2 * BLOCK
ENTRY = LIVE_AT + LIVE
"""Where the columns of each table begin in an entry row, those of side 0 before those of side 1."""

SLOT_SESSIONS = 20
MATCHED_FROM = 10
"""Sessions of one time of day that must be known before volume is measured against them."""
SLOT_CAP = 1441
"""A session of more bars than 24 hours of minutes has no volume by time of day."""

# --- the numbers of the definitions ---------------------------------------------------------------
ATR_BARS = 14
WARM_BARS = ATR_BARS + 1
VOLUME_BARS = 20
MILLION = 1_000_000


def least(kind: str) -> int:
    """Strength from which a kind is a signal, millionths."""
    return number(round(KINDS[kind].z_min * MILLION))


def life(kind: str) -> int:
    """Own bars after which a signal of that kind is no evidence any more."""
    return number(DROPPED_AFTER * KINDS[kind].half_life)


FVG_MIN, IFVG_MIN, BOS_MIN, SWEEP_MIN = least("fvg"), least("ifvg"), least("bos"), least("sweep")
DISPLACEMENT_MIN, STRAT_MIN, BLOCK_MIN = least("displacement"), least("strat_22"), least("order_block")
FVG_LIFE, IFVG_LIFE, BOS_LIFE, SWEEP_LIFE = life("fvg"), life("ifvg"), life("bos"), life("sweep")
DISPLACEMENT_LIFE, STRAT_LIFE, BLOCK_LIFE = life("displacement"), life("strat_22"), life("order_block")
FAR_STOP = 3.0
"""ATRs from entry beyond which the opposite swing is no stop."""

WANT_NOTHING, WANT_SIGNALS, WANT_ALL = 0, 1, 2
EVENT_CAP = 26_000
"""Rows of the event buffer: more than one instant can ever fill (see ``kernel.most_events``)."""
