"""Fair value gaps and their life: touched, half filled (CE), filled, inverted, and the inverse zone after.

Decides when three bars leave a gap, how far later bars have come into it, and when it is forgotten. A gap
is confirmed by its third bar and lives on the bars after it. Signed prices: side 0 = bullish, side 1 =
bearish, for which everything is negated.

Open zones are sorted by the price at which their next stage begins, so zones that a bar does not reach
cost nothing.
"""

from ..runtime.machine_code import part
from . import layout as at
from .displacement import follow_displacement
from .events import annotate, emit, emit_entry, is_signal
from .state import Events, Ints, State, copy_row, inverses_of, zones_of
from .yardstick import strength


@part
def drop_oldest(table: Ints, n: int) -> None:
    """Remove the row with the smallest Z_BAR of the first ``n``, keeping the order of the rest."""
    oldest = 0
    for j in range(1, n):
        if table[j, at.Z_BAR] < table[oldest, at.Z_BAR]:
            oldest = j
    for j in range(oldest, n - 1):
        copy_row(table, j, table[j + 1])


@part
def stage_key(zone: Ints) -> int:
    """The signed price that begins the zone's next stage when a low comes down to it.

    Half of an odd sum is floored: a whole price is at or below the one iff it is at or below the other.
    """
    stage = zone[at.Z_STAGE]
    if stage == 0:
        return int(zone[at.Z_TOP])
    if stage == 1:
        return int((zone[at.Z_TOP] + zone[at.Z_BOTTOM]) // 2)
    return int(zone[at.Z_BOTTOM] - (1 if stage == 3 else 0))


@part
def invert(st: State, ev: Events, side: int, zone: Ints, close: int, scale: float) -> None:
    """Write the inverse of a zone just inverted, and follow it; signed as the zone is."""
    sign, index = 1 - 2 * side, st.index
    top, bottom, origin = zone[at.Z_TOP], zone[at.Z_BOTTOM], zone[at.Z_BAR] - 1
    # In the direction of the inverse: prices negated once more.
    entry, stop = -close, -top - st.tick
    target = entry + 2 * (entry - stop)
    z = strength(top - bottom, scale)
    least = at.IFVG_MIN if index - zone[at.Z_BAR] <= at.FVG_LIFE else at.NEVER
    signal = is_signal(st, at.D_IFVG, -sign, entry, stop, target, z, least)
    emit_entry(st, ev, at.IFVG, -sign, origin, origin - 1, -bottom, -top, signal, entry, stop, target, z)
    add_inverse(st, side, zone, signal)


@part
def add_inverse(st: State, side: int, zone: Ints, raised: int) -> None:
    """Insert an inverse zone, highest top first; at the cap the oldest goes."""
    table = inverses_of(st, side)
    n = st.inverse_count[side]
    if n == at.INVERSE_CAP:
        drop_oldest(table, n)
        st.zones_evicted += 1
        n -= 1
    if n == 0:
        st.oldest_inverse[side] = st.index
    place = n
    while place > 0 and table[place - 1, at.Z_TOP] < zone[at.Z_TOP]:
        copy_row(table, place, table[place - 1])
        place -= 1
    copy_row(table, place, zone)
    table[place, at.Z_KEY] = zone[at.Z_BAR] - 1  # the gap's middle bar, its origin
    table[place, at.Z_BAR], table[place, at.Z_TS] = st.index, st.ts
    table[place, at.Z_RAISED] = raised
    st.inverse_count[side] = n + 1


@part
def advance_zone(st: State, ev: Events, side: int, zone: Ints, low: int, close: int, scale: float) -> None:
    """Let one bar into a zone: every stage it reaches, in order. Stage 4 = inverted."""
    sign, index = 1 - 2 * side, st.index
    top, bottom, origin, ts = zone[at.Z_TOP], zone[at.Z_BOTTOM], zone[at.Z_BAR] - 1, zone[at.Z_TS]
    changed = at.CHANGED if zone[at.Z_RAISED] != 0 and index - zone[at.Z_BAR] <= at.FVG_LIFE else at.STRUCTURE
    if zone[at.Z_STAGE] == 0 and low <= top:
        zone[at.Z_STAGE] = 1
        emit(st, ev, at.FVG_TOUCHED, sign, origin, top, bottom, at.STRUCTURE, ts, at.FVG)
    if zone[at.Z_STAGE] == 1 and 2 * low <= top + bottom:
        zone[at.Z_STAGE] = 2
        emit(st, ev, at.FVG_CE, sign, origin, top, bottom, changed, ts, at.FVG)
    if zone[at.Z_STAGE] == 2 and low <= bottom:
        zone[at.Z_STAGE] = 3
        emit(st, ev, at.FVG_FILLED, sign, origin, top, bottom, changed, ts, at.FVG)
    if zone[at.Z_STAGE] == 3 and close < bottom:
        zone[at.Z_STAGE] = 4
        emit(st, ev, at.FVG_INVERTED, sign, origin, top, bottom, at.STRUCTURE, ts, at.FVG)
        invert(st, ev, side, zone, close, scale)


@part
def insert_held(zones: Ints, zone: Ints, n: int) -> None:
    """Put the zone in hand at its place among the first ``n`` sorted by key; row ``n`` is free."""
    place = n
    while place > 0 and zones[place - 1, at.Z_KEY] > zone[at.Z_KEY]:
        copy_row(zones, place, zones[place - 1])
        place -= 1
    copy_row(zones, place, zone)


@part
def walk_zones(st: State, ev: Events, side: int, low: int, close: int, scale: float) -> None:
    """Advance every zone the bar reaches, highest first, and sort them by what they wait for next."""
    zones = zones_of(st, side)
    n = st.zone_count[side]
    first = n
    while first > 0 and zones[first - 1, at.Z_KEY] >= low:
        first -= 1
        advance_zone(st, ev, side, zones[first], low, close, scale)
    kept = first
    for j in range(first, n):
        if zones[j, at.Z_STAGE] < 4:
            for column in range(at.ZONE):
                st.hand[column] = zones[j, column]
            st.hand[at.Z_KEY] = stage_key(zones[j])
            insert_held(zones, st.hand, kept)
            kept += 1
    st.zone_count[side] = kept


@part
def end_inverse(st: State, ev: Events, side: int, zone: Ints, code: int) -> None:
    """Write that an inverse zone has ended."""
    sign, signal = 2 * side - 1, at.CHANGED if zone[at.Z_RAISED] != 0 else at.STRUCTURE
    top, bottom, ts = -zone[at.Z_BOTTOM], -zone[at.Z_TOP], zone[at.Z_TS]
    emit(st, ev, code, sign, zone[at.Z_KEY], top, bottom, signal, ts, at.IFVG)


@part
def expire_inverses(st: State, ev: Events, side: int) -> None:
    """End the inverse zones that are too old; looked for only when the oldest one is."""
    table = inverses_of(st, side)
    index, kept, oldest = st.index, 0, st.index
    for n in range(st.inverse_count[side]):
        if index - table[n, at.Z_BAR] >= at.IFVG_LIFE:
            end_inverse(st, ev, side, table[n], at.IFVG_EXPIRED)
            continue
        oldest = min(oldest, table[n, at.Z_BAR])
        if kept != n:
            copy_row(table, kept, table[n])
        kept += 1
    st.inverse_count[side], st.oldest_inverse[side] = kept, oldest


@part
def walk_inverses(st: State, ev: Events, side: int, close: int) -> None:
    """End inverse zones that are closed beyond (back through the gap) or too old."""
    n = st.inverse_count[side]
    while n > 0 and close > inverses_of(st, side)[n - 1, at.Z_TOP]:
        n -= 1
        end_inverse(st, ev, side, inverses_of(st, side)[n], at.IFVG_CLOSED)
    st.inverse_count[side] = n
    if n > 0 and st.index - st.oldest_inverse[side] >= at.IFVG_LIFE:
        expire_inverses(st, ev, side)


@part
def find_gap(st: State, ev: Events, side: int, scale: float) -> None:
    """Confirm a gap between the newest bar and the one two before it."""
    ring, sign = st.ring, 1 - 2 * side
    n = st.bars
    first, middle, last = (n - 3) & at.NEWEST, (n - 2) & at.NEWEST, (n - 1) & at.NEWEST
    if side == 0:
        bottom, top, beyond = ring[first, at.B_HIGH], ring[last, at.B_LOW], ring[first, at.B_LOW]
    else:
        bottom, top, beyond = -ring[first, at.B_LOW], -ring[last, at.B_HIGH], -ring[first, at.B_HIGH]
    if n < 3 or top <= bottom or sign * (ring[middle, at.B_CLOSE] - ring[middle, at.B_OPEN]) <= 0:
        return
    index = st.index
    if st.gap_bar[side] != index - 1:
        st.gap_run[side] = index
    st.gap_bar[side] = index
    entry, stop = sign * ring[last, at.B_CLOSE], beyond - st.tick
    target = entry + 2 * (entry - stop)
    z = strength(top - bottom, scale)
    signal = is_signal(st, at.D_FVG, sign, entry, stop, target, z, at.FVG_MIN)
    n = emit_entry(st, ev, at.FVG, sign, index - 1, index - 2, top, bottom, signal, entry, stop, target, z)
    annotate(ev, n, st.gap_run[side], 0, 0)
    add_zone(st, side, top, bottom, signal)
    follow_displacement(st, ev, side, top, bottom)


@part
def add_zone(st: State, side: int, top: int, bottom: int, raised: int) -> None:
    """Follow a new gap; at the cap the oldest goes."""
    zones = zones_of(st, side)
    n = st.zone_count[side]
    if n == at.ZONE_CAP:
        drop_oldest(zones, n)
        st.zones_evicted += 1
        n -= 1
    zone = st.hand
    zone[at.Z_KEY], zone[at.Z_TOP], zone[at.Z_BOTTOM], zone[at.Z_STAGE] = top, top, bottom, 0
    zone[at.Z_BAR], zone[at.Z_TS], zone[at.Z_RAISED] = st.index, st.ts, raised
    insert_held(zones, zone, n)
    st.zone_count[side] = n + 1
