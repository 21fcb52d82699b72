"""How a detector writes down what it saw, and whether an entry becomes a signal.

Decides the bytes of an event row and the conditions every signal meets (warm, not history, enabled,
strong enough, stop < entry < target). Knows no detector. Prices come signed (see ``layout``) and are
written as they trade.
"""

import math

from ..runtime.machine_code import part
from ..types import MAX_PRICE
from . import layout as at
from .state import Events, State


@part
def micros(value: float) -> int:
    """A ratio in millionths, half up; capped where it no longer means anything."""
    return math.floor(min(value, 9e12) * at.MILLION + 0.5)


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
    wanted = ev.wanted
    if wanted == at.WANT_NOTHING or (wanted != at.WANT_ALL and signal == at.STRUCTURE):
        return -1
    n = ev.count
    ev.count = n + 1
    e = ev.rows[n]
    e[at.E_CODE], e[at.E_TS], e[at.E_BAR] = code, st.ts, st.bar
    e[at.E_ORIGIN], e[at.E_DIRECTION] = origin, sign
    e[at.E_LEVEL] = sign * top
    e[at.E_TOP] = max(sign * top, sign * bottom)
    e[at.E_BOTTOM] = min(sign * top, sign * bottom)
    e[at.E_ENTRY], e[at.E_STOP], e[at.E_TARGET] = 0, 0, 0
    e[at.E_STRENGTH], e[at.E_VOLUME] = 0, st.volume
    e[at.E_COUNT], e[at.E_FLAG], e[at.E_SIGNAL] = 0, 0, signal
    e[at.E_SOURCE_TS], e[at.E_SOURCE_CODE] = source_ts, source_code
    e[at.E_FIRST], e[at.E_FORM] = origin, 0
    return int(n)


@part
def is_signal(
    st: State, detector: int, sign: int, entry: int, stop: int, target: int, strength: int, minimum: int
) -> int:
    """RAISED when an entry (signed prices) is a signal; a broken geometry is counted, never raised."""
    if st.may_raise == 0 or (st.detectors & detector) == 0 or strength < minimum:
        return at.STRUCTURE
    low, high = min(sign * stop, sign * target), max(sign * stop, sign * target)
    if stop < entry < target and low > 0 and high <= MAX_PRICE:
        return at.RAISED
    st.refused += 1
    return at.STRUCTURE


@part
def emit_entry(
    st: State,
    ev: Events,
    code: int,
    sign: int,
    origin: int,
    first: int,
    top: int,
    bottom: int,
    signal: int,
    entry: int,
    stop: int,
    target: int,
    strength: int,
) -> int:
    """Write an event that is an entry, a raised signal or not; signed prices. Returns as ``emit`` does."""
    n = emit(st, ev, code, sign, origin, top, bottom, signal, st.ts, code)
    if n >= 0:
        e = ev.rows[n]
        e[at.E_ENTRY] = sign * entry
        if stop != at.NONE:
            e[at.E_STOP], e[at.E_TARGET] = sign * stop, sign * target
        e[at.E_STRENGTH], e[at.E_FIRST] = strength, first
    return n


@part
def annotate(ev: Events, n: int, count: int, flag: int, form: int) -> None:
    """Add the details of a detector to the event in row ``n``; nothing when it was not wanted."""
    if n >= 0:
        ev.rows[n, at.E_COUNT], ev.rows[n, at.E_FLAG], ev.rows[n, at.E_FORM] = count, flag, form
