"""What a bar is measured against: the bars before it, their true range and their volume.

Decides the ATR (Wilder, 14, first value the plain mean), the volume ratio and the scale of a stub bar.
Knows no detector. A tested bar is measured against the ATR before it, so that it does not stretch its
own yardstick. Input: own bars; prices exact, the ATR a float.
"""

import math

from ..runtime.machine_code import part
from .events import micros
from .layout import (
    ATR_BARS,
    B_CLOSE,
    B_HIGH,
    B_INDEX,
    B_LOW,
    B_OPEN,
    B_SESSION,
    B_VOLUME,
    C_CLOSE,
    C_FULL,
    C_HIGH,
    C_INDEX,
    C_LOW,
    C_OPEN,
    C_SESSION,
    C_START,
    C_TS,
    C_VOLUME,
    MILLION,
    R_BARS,
    R_INTRADAY_NS,
    R_TR_SUM,
    R_VOLUME_SUM,
    RING,
    VOLUME_BARS,
    Ints,
    State,
)


@part
def volume_ratio(st: State, volume: int) -> int:
    """Volume over the mean of up to 20 bars before it, millionths; 1.0 where either is 0 or unknown."""
    known = min(st.registers[R_BARS], VOLUME_BARS)
    total = st.registers[R_VOLUME_SUM]
    if volume == 0 or total == 0:
        return MILLION
    return micros(volume * known / total)


@part
def remember(st: State, row: Ints) -> None:
    """Take an own bar into the ring, the running volume sum and the bar count."""
    registers, ring = st.registers, st.ring
    n = registers[R_BARS]
    if n >= VOLUME_BARS:
        registers[R_VOLUME_SUM] -= ring[(n - VOLUME_BARS) % RING, B_VOLUME]
    registers[R_VOLUME_SUM] += row[C_VOLUME]
    bar = ring[n % RING]
    bar[B_INDEX], bar[B_OPEN], bar[B_HIGH] = row[C_INDEX], row[C_OPEN], row[C_HIGH]
    bar[B_LOW], bar[B_CLOSE], bar[B_VOLUME] = row[C_LOW], row[C_CLOSE], row[C_VOLUME]
    bar[B_SESSION] = row[C_SESSION]
    registers[R_BARS] = n + 1


@part
def stretch_atr(st: State) -> None:
    """Let the newest bar of the ring into the ATR; last of all, after it was tested."""
    registers, ring, reals = st.registers, st.ring, st.reals
    n = registers[R_BARS]
    bar = ring[(n - 1) % RING]
    reach = bar[B_HIGH] - bar[B_LOW]
    if n > 1:
        before = ring[(n - 2) % RING, B_CLOSE]
        reach = max(reach, abs(bar[B_HIGH] - before), abs(bar[B_LOW] - before))
    if n <= ATR_BARS:
        registers[R_TR_SUM] += reach
        if n == ATR_BARS:
            reals[0] = registers[R_TR_SUM] / ATR_BARS
    else:
        reals[0] = (reals[0] * (ATR_BARS - 1) + reach) / ATR_BARS


@part
def is_stub(st: State, row: Ints) -> bool:
    """An intraday own bar that is short of its timeframe, or of its session minutes."""
    whole = st.registers[R_INTRADAY_NS]
    return bool(whole > 0 and (row[C_FULL] == 0 or row[C_TS] - row[C_START] < whole))


@part
def yardstick(st: State, row: Ints) -> float:
    """The ATR before the bar; for a short intraday bar scaled by sqrt(its length / the timeframe)."""
    whole = st.registers[R_INTRADAY_NS]
    length = row[C_TS] - row[C_START]
    atr = float(st.reals[0])
    if whole > 0 and 0 < length < whole:
        return atr * math.sqrt(length / whole)
    return atr


@part
def strength(size: int, scale: float) -> int:
    """A size in yardsticks, millionths; -1 (below any minimum) while there is no yardstick."""
    if scale <= 0.0:
        return -1
    return micros(size / scale)
