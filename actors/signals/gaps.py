"""Fair value gaps and their life: touched, half filled (CE), filled, inverted, and the inverse zone after.

Decides when three bars leave a gap, how far later bars have come into it, and when it is forgotten.
Knows no other detector. A gap is confirmed by its third bar and lives on the bars after it. Signed
prices: side 0 = bullish, side 1 = bearish, for which everything is negated.

Open zones are sorted by the price at which their next stage begins, so zones that a bar does not reach
cost nothing.
"""

from ..runtime.machine_code import part
from .events import emit, emit_entry, is_signal
from .layout import (
    B_CLOSE,
    B_HIGH,
    B_LOW,
    B_OPEN,
    CHANGED,
    D_FVG,
    FVG,
    FVG_CE,
    FVG_FILLED,
    FVG_INVERTED,
    FVG_LIFE,
    FVG_MIN,
    FVG_TOUCHED,
    HAND,
    IFVG_CLOSED,
    IFVG_EXPIRED,
    INVERSE_CAP,
    INVERSE_LIFE,
    R_BARS,
    R_GAP_BAR,
    R_GAP_RUN,
    R_INDEX,
    R_INVERSES,
    R_TICK,
    R_TS,
    R_ZONES,
    R_ZONES_EVICTED,
    RING,
    STRUCTURE,
    Z_BAR,
    Z_BOTTOM,
    Z_KEY,
    Z_RAISED,
    Z_STAGE,
    Z_TOP,
    Z_TS,
    ZERO,
    ZONE_CAP,
    Events,
    Ints,
    State,
    copy_row,
)
from .yardstick import strength


@part
def drop_oldest(table: Ints, n: int) -> None:
    """Remove the row with the smallest Z_BAR of the first ``n``, keeping the order of the rest."""
    oldest = 0
    for j in range(1, n):
        if table[j, Z_BAR] < table[oldest, Z_BAR]:
            oldest = j
    for j in range(oldest, n - 1):
        copy_row(table, j, table[j + 1])


@part
def stage_key(zone: Ints) -> int:
    """The signed price that begins the zone's next stage when a low comes down to it.

    Half of an odd sum is floored: a whole price is at or below the one iff it is at or below the other.
    """
    stage = zone[Z_STAGE]
    if stage == 0:
        return int(zone[Z_TOP])
    if stage == 1:
        return int((zone[Z_TOP] + zone[Z_BOTTOM]) // 2)
    return int(zone[Z_BOTTOM] - (1 if stage == 3 else 0))


@part
def add_inverse(st: State, side: int, zone: Ints) -> None:
    """Follow the inverse of an inverted zone; at the cap the oldest goes."""
    registers, table = st.registers, st.inverses[side]
    n = registers[R_INVERSES + side]
    if n == INVERSE_CAP:
        drop_oldest(table, n)
        registers[R_ZONES_EVICTED] += 1
        n -= 1
    copy_row(table, n, zone)
    table[n, Z_KEY] = zone[Z_BAR] - 1  # the gap's middle bar, its origin
    table[n, Z_BAR] = registers[R_INDEX]
    registers[R_INVERSES + side] = n + 1


@part
def advance_zone(st: State, ev: Events, side: int, zone: Ints, low: int, close: int) -> None:
    """Let one bar into a zone: every stage it reaches, in order. Stage 4 = inverted."""
    sign, index = 1 - 2 * side, st.registers[R_INDEX]
    top, bottom, origin, ts = zone[Z_TOP], zone[Z_BOTTOM], zone[Z_BAR] - 1, zone[Z_TS]
    changed = CHANGED if zone[Z_RAISED] != 0 and index - zone[Z_BAR] <= FVG_LIFE else STRUCTURE
    if zone[Z_STAGE] == 0 and low <= top:
        zone[Z_STAGE] = 1
        emit(st, ev, FVG_TOUCHED, sign, origin, top, bottom, STRUCTURE, ts, FVG)
    if zone[Z_STAGE] == 1 and 2 * low <= top + bottom:
        zone[Z_STAGE] = 2
        emit(st, ev, FVG_CE, sign, origin, top, bottom, changed, ts, FVG)
    if zone[Z_STAGE] == 2 and low <= bottom:
        zone[Z_STAGE] = 3
        emit(st, ev, FVG_FILLED, sign, origin, top, bottom, changed, ts, FVG)
    if zone[Z_STAGE] == 3 and close < bottom:
        zone[Z_STAGE] = 4
        emit(st, ev, FVG_INVERTED, sign, origin, top, bottom, STRUCTURE, ts, FVG)
        add_inverse(st, side, zone)


@part
def insert_held(zones: Ints, n: int) -> None:
    """Put the zone in hand at its place among the first ``n`` sorted by key; row ``n`` is free."""
    zone, at = zones[HAND], n
    while at > 0 and zones[at - 1, Z_KEY] > zone[Z_KEY]:
        copy_row(zones, at, zones[at - 1])
        at -= 1
    copy_row(zones, at, zone)


@part
def walk_zones(st: State, ev: Events, side: int, low: int, close: int) -> None:
    """Advance every zone the bar reaches, highest first, and sort them by what they wait for next."""
    zones, registers = st.zones[side], st.registers
    n = registers[R_ZONES + side]
    first = n
    while first > 0 and zones[first - 1, Z_KEY] >= low:
        first -= 1
        advance_zone(st, ev, side, zones[first], low, close)
    kept = first
    for j in range(first, n):
        if zones[j, Z_STAGE] < 4:
            copy_row(zones, HAND, zones[j])
            zones[HAND, Z_KEY] = stage_key(zones[j])
            insert_held(zones, kept)
            kept += 1
    registers[R_ZONES + side] = kept


@part
def walk_inverses(st: State, ev: Events, side: int, close: int) -> None:
    """End inverse zones that are closed beyond (back through the gap) or too old."""
    table, registers = st.inverses[side], st.registers
    sign, kept = 1 - 2 * side, 0
    for n in range(registers[R_INVERSES + side]):
        zone = table[n]
        code = 0
        if close > zone[Z_TOP]:
            code = IFVG_CLOSED
        elif registers[R_INDEX] - zone[Z_BAR] >= INVERSE_LIFE:
            code = IFVG_EXPIRED
        if code:
            emit(st, ev, code, sign, zone[Z_KEY], zone[Z_TOP], zone[Z_BOTTOM], STRUCTURE, zone[Z_TS], FVG)
        else:
            if kept != n:
                copy_row(table, kept, zone)
            kept += 1
    registers[R_INVERSES + side] = kept


@part
def find_gap(st: State, ev: Events, side: int, scale: float) -> None:
    """Confirm a gap between the newest bar and the one two before it."""
    registers, ring, sign = st.registers, st.ring, 1 - 2 * side
    n = registers[R_BARS]
    first, middle, last = ring[(n - 3) % RING], ring[(n - 2) % RING], ring[(n - 1) % RING]
    if side == 0:
        bottom, top, beyond = first[B_HIGH], last[B_LOW], first[B_LOW]
    else:
        bottom, top, beyond = -first[B_LOW], -last[B_HIGH], -first[B_HIGH]
    if n < 3 or top <= bottom or sign * (middle[B_CLOSE] - middle[B_OPEN]) <= 0:
        return
    index = registers[R_INDEX]
    if registers[R_GAP_BAR + side] != index - 1:
        registers[R_GAP_RUN + side] = index
    registers[R_GAP_BAR + side] = index
    entry, stop = sign * last[B_CLOSE], beyond - registers[R_TICK]
    target = entry + 2 * (entry - stop)
    z = strength(top - bottom, scale)
    signal = is_signal(st, D_FVG, sign, entry, stop, target, z, FVG_MIN)
    run = registers[R_GAP_RUN + side]
    emit_entry(st, ev, FVG, sign, index - 1, top, bottom, signal, entry, stop, target, z, run, ZERO)
    add_zone(st, side, top, bottom, signal)


@part
def add_zone(st: State, side: int, top: int, bottom: int, raised: int) -> None:
    """Follow a new gap; at the cap the oldest goes."""
    registers, zones = st.registers, st.zones[side]
    n = registers[R_ZONES + side]
    if n == ZONE_CAP:
        drop_oldest(zones, n)
        registers[R_ZONES_EVICTED] += 1
        n -= 1
    zone = zones[HAND]
    zone[Z_KEY], zone[Z_TOP], zone[Z_BOTTOM], zone[Z_STAGE] = top, top, bottom, 0
    zone[Z_BAR], zone[Z_TS], zone[Z_RAISED] = registers[R_INDEX], registers[R_TS], raised
    insert_held(zones, n)
    registers[R_ZONES + side] = n + 1
