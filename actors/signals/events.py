"""How a detector writes down what it saw, and whether an entry becomes a signal.

Decides the bytes of an event row and the conditions every signal meets (warm, not history, enabled,
strong enough, stop < entry < target). Knows no detector. Prices come signed (see ``layout``) and are
written as they trade.
"""

import math

from ..runtime.machine_code import part
from ..types import MAX_PRICE
from .layout import (
    E_BAR,
    E_BOTTOM,
    E_CODE,
    E_COUNT,
    E_DIRECTION,
    E_ENTRY,
    E_FLAG,
    E_LEVEL,
    E_ORIGIN,
    E_SIGNAL,
    E_SOURCE_CODE,
    E_SOURCE_TS,
    E_STOP,
    E_STRENGTH,
    E_TARGET,
    E_TOP,
    E_TS,
    E_VOLUME,
    EVENT,
    H_COUNT,
    H_WANTED,
    MILLION,
    NONE,
    R_BAR,
    R_DETECTORS,
    R_RAISE,
    R_REFUSED,
    R_TS,
    R_VOLUME,
    RAISED,
    STRUCTURE,
    WANT_ALL,
    WANT_NOTHING,
    Events,
    State,
)


@part
def micros(value: float) -> int:
    """A ratio in millionths, half up; capped where it no longer means anything."""
    return math.floor(min(value, 9e12) * MILLION + 0.5)


@part
def emit(
    st: State,
    ev: Events,
    code: int,
    sign: int,
    origin: int,
    top: int,
    bottom: int,
    signal: int,
    source_ts: int,
    source_code: int,
) -> int:
    """Write one event; return its row, or -1 when nobody wants it. ``top`` and ``bottom`` are signed."""
    wanted = ev.head[H_WANTED]
    if wanted == WANT_NOTHING or (wanted != WANT_ALL and signal == STRUCTURE):
        return -1
    n = ev.head[H_COUNT]
    ev.head[H_COUNT] = n + 1
    e = ev.rows[n]
    for column in range(EVENT):
        e[column] = 0
    e[E_CODE] = code
    e[E_TS] = st.registers[R_TS]
    e[E_BAR] = st.registers[R_BAR]
    e[E_ORIGIN] = origin
    e[E_DIRECTION] = sign
    e[E_LEVEL] = sign * top
    e[E_TOP] = max(sign * top, sign * bottom)
    e[E_BOTTOM] = min(sign * top, sign * bottom)
    e[E_VOLUME] = st.registers[R_VOLUME]
    e[E_SIGNAL] = signal
    e[E_SOURCE_TS] = source_ts
    e[E_SOURCE_CODE] = source_code
    return int(n)


@part
def is_signal(
    st: State, detector: int, sign: int, entry: int, stop: int, target: int, strength: int, minimum: int
) -> int:
    """RAISED when an entry (signed prices) is a signal; a broken geometry is counted, never raised."""
    registers = st.registers
    if registers[R_RAISE] == 0 or (registers[R_DETECTORS] & detector) == 0 or strength < minimum:
        return STRUCTURE
    low, high = min(sign * stop, sign * target), max(sign * stop, sign * target)
    if stop < entry < target and low > 0 and high <= MAX_PRICE:
        return RAISED
    registers[R_REFUSED] += 1
    return STRUCTURE


@part
def emit_entry(
    st: State,
    ev: Events,
    code: int,
    sign: int,
    origin: int,
    top: int,
    bottom: int,
    signal: int,
    entry: int,
    stop: int,
    target: int,
    strength: int,
    count: int,
    flag: int,
) -> None:
    """Write an event that is an entry, a raised signal or not; signed prices."""
    n = emit(st, ev, code, sign, origin, top, bottom, signal, st.registers[R_TS], code)
    if n < 0:
        return
    e = ev.rows[n]
    e[E_ENTRY] = sign * entry
    if stop != NONE:
        e[E_STOP] = sign * stop
        e[E_TARGET] = sign * target
    e[E_STRENGTH] = max(strength, 0)
    e[E_COUNT] = count
    e[E_FLAG] = flag
