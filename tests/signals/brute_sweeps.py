"""Sweeps by judging every pierced pool once: on the bar that pierced it, or at a close back within two."""

from typing import NamedTuple

from brute_market import SIDES, down_to_tick, stopped, up_to_nano
from brute_pools import Pool, nearest, pools_by_bar

LIFE = 24
LEAST = 50_000


class Swept(NamedTuple):
    pool: Pool
    bar: int
    since: int
    """The bar that pierced it: the sweep's own bar, or one or two bars before (late)."""


def swept(market, steps):
    """Every pool that was swept; all prices seen from the side on which the pool lies."""
    found = []
    for j, step in enumerate(steps):
        for pool in step.pierced:
            k = _back_inside(market, pool, j)
            if k is not None and _deep_enough(market, pool, j, k):
                found.append(Swept(pool, k, j))
    return found


def _back_inside(market, pool, j):
    """The first close at or inside the pool from j to j + 2."""
    rows, level = market.seen(pool.side), pool.side * pool.price
    return next((k for k in range(j, min(j + 3, len(rows))) if rows[k].close <= level), None)


def _deep_enough(market, pool, j, k):
    yardstick = market.yardstick(k)
    least = market.tick if yardstick is None else max(market.tick, 0.05 * yardstick)
    depth = max(row.high for row in market.seen(pool.side)[j : k + 1]) - pool.side * pool.price
    return depth >= least


def sweep_facts(market):
    steps = pools_by_bar(market)
    every, found = swept(market, steps), []
    for k in sorted({each.bar for each in every}):
        for side in SIDES:
            here = [each for each in every if each.bar == k and each.pool.side == side]
            for group in ([e for e in here if e.since == k], [e for e in here if e.since < k]):
                if group:
                    found += _event(market, steps, k, side, group)
    return found


def _event(market, steps, k, side, group):
    """The one event of the pools above (side +1) or below the market that bar k swept in one form."""
    rows, pool = market.seen(side), max((each.pool for each in group), key=lambda p: (p.rank, p.origin))
    j = min(each.since for each in group)
    extreme = max(row.high for row in rows[j : k + 1])
    z = market.strength(extreme - side * pool.price, k)
    wick = any(_wick(rows[at]) for at in (j, k))
    prices = _prices(market, steps, k, side, extreme)
    fields = market.entry(k, -side, prices, z, LEAST if wick else float("inf"))
    fact = market.fact(
        *(k, "sweep", "swept", -side, pool.origin),
        level=pool.price,
        count=len(group),
        lag=k - j,
        pool=pool.kind,
        **fields,
    )
    return [fact, *stopped(market, fact, LIFE)]


def _wick(row):
    return row.high > row.low and 10 * (row.high - max(row.open, row.close)) >= 4 * (row.high - row.low)


def _prices(market, steps, k, side, extreme):
    """(entry, stop, target) seen upward from the trade's own direction, which is away from the pool."""
    yardstick, entry = market.yardstick(k), -side * market.rows[k].close
    if yardstick is None:
        return entry, entry, entry
    stop = down_to_tick(-extreme - up_to_nano(0.1 * yardstick), market.tick)
    target = nearest(steps[k].alive, -side, entry)
    if target is None or 2 * (target - entry) < 3 * (entry - stop):
        target = entry + 2 * (entry - stop)
    return entry, stop, target
