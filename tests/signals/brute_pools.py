"""The pools of a series: which price levels exist from which bar on, and how each of them ends.

``periods`` finds the pools of completed sessions, weeks and opening ranges; ``pools_by_bar`` adds the swings,
groups equal ones and walks over the bars with a plain list of what is still unpierced.
"""

from typing import NamedTuple

from brute_swings import candidates

MINUTE = 60 * 10**9
RANKS = {"swing": 1, "equal": 2, "opening_range": 3, "day": 4, "week": 5}


class Pool(NamedTuple):
    side: int
    """+1: above the market."""
    price: int
    origin: int
    kind: str

    @property
    def rank(self):
        return RANKS[self.kind]


class Step(NamedTuple):
    """One bar: the pools it pierced first, and the unpierced ones after its close."""

    pierced: list
    alive: list


def periods(market):
    """{bar from which it holds: [pools]} of completed sessions, weeks and opening ranges."""
    found = {}
    if market.length:
        for k, members in _completed(market, lambda row: row.session):
            found.setdefault(k, []).extend(_extremes(market, members, "day"))
    if market.timeframe not in {"1w", "1M"}:
        for k, members in _completed(market, lambda row: (row.session - 1) // 7):
            found.setdefault(k, []).extend(_extremes(market, members, "week"))
    for k, members in _opening_ranges(market):
        found.setdefault(k, []).extend(_extremes(market, members, "opening_range"))
    return found


def _completed(market, key):
    """(first bar of the next period, bars of the period), without the first period of the series."""
    groups = {}
    for k, row in enumerate(market.rows):
        groups.setdefault(key(row), []).append(k)
    ordered = list(groups.values())
    return [(ordered[n + 1][0], ordered[n]) for n in range(1, len(ordered) - 1)]


def _opening_ranges(market):
    half_hour = 30 * MINUTE
    if not market.opens_and_closes or not market.length or half_hour % market.length:
        return []
    sessions = {}
    for k, row in enumerate(market.rows):
        sessions.setdefault(row.session, []).append(k)
    found = []
    for session, members in list(sessions.items())[1:]:
        end = market.calendar.session(session).open + half_hour
        early = [k for k in members if market.rows[k].start < end]
        late = [k for k in members if market.rows[k].start >= end]
        if early and late:
            found.append((late[0], early))
    return found


def _extremes(market, members, kind):
    rows = market.rows
    top, bottom = max(rows[k].high for k in members), min(rows[k].low for k in members)
    first = next(k for k in members if rows[k].high == top), next(k for k in members if rows[k].low == bottom)
    return [Pool(1, top, first[0], kind), Pool(-1, bottom, first[1], kind)]


def pools_by_bar(market):
    """A Step for every bar: new periods' pools, then what it pierces, then the swing it confirms."""
    starting, confirmed = periods(market), {}
    for swing in candidates(market):
        confirmed.setdefault(swing.known, []).append(swing)
    steps, alive = [], []
    for k in range(len(market)):
        alive = alive + starting.get(k, [])
        pierced = [pool for pool in alive if market.seen(pool.side)[k].high > pool.side * pool.price]
        alive = [pool for pool in alive if pool not in pierced]
        for swing in confirmed.get(k, []):
            alive = _with_swing(alive, Pool(swing.side, swing.price, swing.bar, "swing"), market.yardstick(k))
        steps.append(Step(pierced, alive))
    return steps


def _with_swing(alive, new, yardstick):
    """The pools after a swing: the most extreme of those near it is ``equal``, the newest of equals."""
    near = [
        pool
        for pool in alive
        if pool.side == new.side
        and pool.kind in {"swing", "equal"}
        and yardstick is not None
        and abs(pool.price - new.price) <= 0.1 * yardstick
    ]
    if not near:
        return [*alive, new]
    group = [*near, new]
    extreme = max(group, key=lambda pool: (pool.side * pool.price, pool.origin))
    others = [pool for pool in alive if pool not in near]
    return others + [pool._replace(kind="equal" if pool == extreme else "swing") for pool in group]


def first_pierces(market):
    """(side, price, origin, first bar with a trade beyond it or None) of every swing candidate."""
    found = []
    for swing in candidates(market):
        rows, level = market.seen(swing.side), swing.side * swing.price
        later = range(swing.known, len(rows))
        found.append((*swing[1:], next((k for k in later if rows[k].high > level), None)))
    return found


def nearest(pools, side, beyond):
    """The closest pool of a side strictly beyond a price, both seen upward; None without one."""
    prices = [side * pool.price for pool in pools if pool.side == side and side * pool.price > beyond]
    return min(prices) if prices else None
