"""What a bar is measured against: the bars before it, their true range and their volume.

Decides the ATR (Wilder, 14, first value the plain mean), the volume ratio and the scale of a shortened
bar. Knows no detector. A tested bar is measured against the ATR before it, so that it does not stretch
its own yardstick. Input: own bars; prices exact, the ATR a float.
"""

import math

from ..runtime.machine_code import part
from . import layout as at
from .events import micros
from .state import Ints, State


@part
def volume_ratio(st: State, volume: int, slot: int) -> int:
    """Volume over the mean of what is comparable, millionths; 1.0 where either is 0 or unknown.

    Comparable are up to 20 earlier bars of the same time of session (``slot``, -1 = unknown) when 10 are
    known, else the 20 bars before.
    """
    known = min(st.bars, at.VOLUME_BARS)
    total = st.volume_sum
    if slot >= 0 and st.slots[slot, 0] >= at.MATCHED_FROM:
        known, total = min(st.slots[slot, 0], at.SLOT_SESSIONS), 0
        for j in range(1, known + 1):
            total += st.slots[slot, j]
    if volume == 0 or total == 0:
        return at.MILLION
    return micros(volume * known / total)


@part
def slot_of(st: State, offset: int) -> int:
    """The time of session of an own bar, -1 = not known or too fine to be kept.

    Rounded up: on the clock's grid the first bar of a session is a short one, with a slot of its own.
    """
    if offset < 0 or st.slot_count == 0:
        return -1
    slot = -(-offset // st.intraday_ns)
    return int(slot) if slot < st.slot_count else -1


@part
def remember_volume(st: State, volume: int, slot: int) -> None:
    """Keep the volume of a time of session, in place of the oldest."""
    if slot >= 0:
        known = st.slots[slot, 0]
        st.slots[slot, 1 + known % at.SLOT_SESSIONS] = volume
        st.slots[slot, 0] = known + 1


@part
def remember(st: State, row: Ints) -> None:
    """Take an own bar into the ring, the running volume sum and the bar count."""
    ring = st.ring
    n = st.bars
    if n >= at.VOLUME_BARS:
        st.volume_sum -= ring[(n - at.VOLUME_BARS) & at.NEWEST, at.B_VOLUME]
    st.volume_sum += row[at.C_VOLUME]
    bar = ring[n & at.NEWEST]
    bar[at.B_INDEX], bar[at.B_OPEN], bar[at.B_HIGH] = row[at.C_INDEX], row[at.C_OPEN], row[at.C_HIGH]
    bar[at.B_LOW], bar[at.B_CLOSE], bar[at.B_VOLUME] = row[at.C_LOW], row[at.C_CLOSE], row[at.C_VOLUME]
    bar[at.B_SESSION] = row[at.C_SESSION]
    st.bars = n + 1


@part
def true_range(st: State, n: int) -> int:
    """Of the bar number ``n`` (from 0) of the ring; its plain range where no bar is before it."""
    ring = st.ring
    high, low = ring[n & at.NEWEST, at.B_HIGH], ring[n & at.NEWEST, at.B_LOW]
    if n > 0:
        before = ring[(n - 1) & at.NEWEST, at.B_CLOSE]
        high, low = max(high, before), min(low, before)
    return int(high - low)


@part
def stretch_atr(st: State) -> None:
    """Let the newest bar of the ring into the ATR; last of all, after it was tested."""
    n = st.bars
    reach = true_range(st, n - 1)
    st.atr_second, st.atr_before = st.atr_before, st.atr
    if n > at.ATR_BARS:
        st.atr = (st.atr * (at.ATR_BARS - 1) + reach) / at.ATR_BARS
        return
    st.tr_sum += reach
    if n == at.ATR_BARS:
        st.atr = st.tr_sum / at.ATR_BARS


@part
def is_short(st: State, row: Ints) -> bool:
    """An intraday own bar that is short of its timeframe, or of its session minutes."""
    whole = st.intraday_ns
    return bool(whole > 0 and (row[at.C_FULL] == 0 or row[at.C_TS] - row[at.C_START] < whole))


@part
def yardstick(st: State, row: Ints) -> float:
    """The ATR before the bar; for a short intraday bar scaled by sqrt(its length / the timeframe)."""
    whole = st.intraday_ns
    length = row[at.C_TS] - row[at.C_START]
    atr = float(st.atr)
    if whole > 0 and 0 < length < whole:
        return atr * math.sqrt(length / whole)
    return atr


@part
def strength(size: int, scale: float) -> int:
    """A size in yardsticks, millionths; -1 (below any minimum) while there is no yardstick."""
    if scale <= 0.0:
        return -1
    return micros(size / scale)
