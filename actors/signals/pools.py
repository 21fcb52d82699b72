"""Liquidity pools: prices beyond which stops rest, and when they become known.

Decides which prices are pools (swings, equal highs and lows, the opening range, completed sessions and
weeks) and their rank. Knows no sweep (see ``sweeps``). Signed prices: side 0 = pools below the market,
side 1 = above, for which everything is negated; so a further pool is a lower one on both sides.
"""

from ..runtime.machine_code import part
from . import layout as at
from .state import Ints, State, copy_row, pools_of


@part
def add_pool(st: State, side: int, price: int, origin: int, rank: int) -> None:
    """Insert an unpierced pool, nearest last; at the cap the oldest goes."""
    pools = pools_of(st, side)
    n = st.pool_count[side]
    if n == at.POOL_CAP:
        oldest = 0
        for j in range(1, n):
            if pools[j, at.P_ORIGIN] < pools[oldest, at.P_ORIGIN]:
                oldest = j
        for j in range(oldest, n - 1):
            copy_row(pools, j, pools[j + 1])
        n -= 1
        st.pools_evicted += 1
    place = n
    while place > 0 and pools[place - 1, at.P_PRICE] > price:
        copy_row(pools, place, pools[place - 1])
        place -= 1
    pools[place, at.P_PRICE], pools[place, at.P_ORIGIN], pools[place, at.P_RANK] = price, origin, rank
    st.pool_count[side] = n + 1


@part
def add_swing_pool(st: State, side: int, price: int, origin: int, scale: float) -> None:
    """Add a confirmed swing; of unpierced swings within the tolerance the furthest counts as equal.

    Those that the newest bar pierces are still in the table: they are judged after this.
    """
    newest = (st.bars - 1) & at.NEWEST
    low = st.ring[newest, at.B_LOW] if side == 0 else -st.ring[newest, at.B_HIGH]
    tolerance = st.equal_tolerance * scale
    rank, furthest, lowest = at.SWING_POOL, -1, price
    if scale > 0.0:
        for j in range(st.pool_count[side] - 1, -1, -1):
            distance = pools_of(st, side)[j, at.P_PRICE] - price
            if distance < 0 and -distance > tolerance:
                break
            if pools_of(st, side)[j, at.P_PRICE] > low or distance > tolerance:
                continue
            if pools_of(st, side)[j, at.P_RANK] <= at.EQUAL_POOL:
                pools_of(st, side)[j, at.P_RANK] = at.SWING_POOL
                rank = at.EQUAL_POOL
                if pools_of(st, side)[j, at.P_PRICE] < lowest:
                    furthest, lowest = j, pools_of(st, side)[j, at.P_PRICE]
    if furthest >= 0:
        pools_of(st, side)[furthest, at.P_RANK] = at.EQUAL_POOL
        rank = at.SWING_POOL
    add_pool(st, side, price, origin, rank)


@part
def add_period(st: State, period: int, rank: int) -> None:
    """Both extremes of a period that has ended."""
    for side in range(2):
        if st.periods[period, at.T_PRICE + side] != -at.NONE:
            price, origin = st.periods[period, at.T_PRICE + side], st.periods[period, at.T_ORIGIN + side]
            add_pool(st, side, price, origin, rank)


@part
def turn(st: State, period: int, now: int, rank: int) -> None:
    """Begin the period ``now`` where it is another one; the first one seen is never complete."""
    before = st.periods[period, at.T_KEY]
    if before == now:
        return
    if st.periods[period, at.T_KNOWN] != 0 and rank != at.RANGE_POOL:
        add_period(st, period, rank)
    st.periods[period, at.T_KEY], st.periods[period, at.T_KNOWN] = now, 1 if before != 0 else 0
    st.periods[period, at.T_PRICE], st.periods[period, at.T_PRICE + 1] = -at.NONE, -at.NONE


@part
def stretch(st: State, period: int, row: Ints) -> None:
    """Let a bar into the extremes of the period under way; the first bar at an extreme holds it."""
    for side in range(2):
        extreme = row[at.C_LOW] if side == 0 else -row[at.C_HIGH]
        if extreme < st.periods[period, at.T_PRICE + side]:
            st.periods[period, at.T_PRICE + side] = extreme
            st.periods[period, at.T_ORIGIN + side] = row[at.C_INDEX]


@part
def begin_periods(st: State, row: Ints) -> None:
    """Before the bar is tested: what ended with the bar before it is known."""
    session = row[at.C_SESSION]
    if st.day_pools != 0:
        turn(st, at.DAY, session, at.DAY_POOL)
    if st.week_pools != 0:
        turn(st, at.WEEK, (session - 1) // 7 + 1, at.WEEK_POOL)  # ordinal 1 was a Monday
    if st.opening_ns != 0:
        turn(st, at.OPENING, session, at.RANGE_POOL)


@part
def end_periods(st: State, row: Ints) -> None:
    """After the bar was tested: it belongs to its periods; the opening range may be complete."""
    if st.day_pools != 0:
        stretch(st, at.DAY, row)
    if st.week_pools != 0:
        stretch(st, at.WEEK, row)
    if st.periods[at.OPENING, at.T_KNOWN] == 0 or row[at.C_OFFSET] < 0:
        return
    if row[at.C_OFFSET] < st.opening_ns:
        stretch(st, at.OPENING, row)
    if row[at.C_OFFSET] + st.intraday_ns >= st.opening_ns:
        add_period(st, at.OPENING, at.RANGE_POOL)
        st.periods[at.OPENING, at.T_KNOWN] = 0  # once a session
