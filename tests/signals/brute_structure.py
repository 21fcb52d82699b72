"""Breaks of structure by following every level to its first close beyond, and every break to its end."""

from typing import NamedTuple

from brute_market import SIDES, down_to_tick, stopped, up_to_nano
from brute_swings import candidates, finals

LIFE = 48


class Break(NamedTuple):
    bar: int
    event: str
    side: int
    level: int
    origin: int
    count: int


def taken(market, *, by="close"):
    """(swing, bar of the first close, or wick, strictly beyond it or None) of every candidate."""
    reach = {side: [row.close if by == "close" else row.high for row in market.seen(side)] for side in SIDES}
    found = []
    for swing in candidates(market):
        prices, level = reach[swing.side], swing.side * swing.price
        later = range(swing.known, len(market))
        found.append((swing, next((k for k in later if prices[k] > level), None)))
    return found


def untaken(market, *, by="close"):
    """For each bar {side: prices of the levels known and untaken after its close}."""
    every = taken(market, by=by)
    starting, endings = {}, {end for _, end in every}
    for swing, end in every:
        starting.setdefault(swing.known, []).append((swing, end))
    found, alive, prices = [], [], {side: [] for side in SIDES}
    for k in range(len(market)):
        if k in starting or k in endings:
            alive = [(swing, end) for swing, end in alive + starting.get(k, []) if end != k]
            prices = {side: [swing.price for swing, _ in alive if swing.side == side] for side in SIDES}
        found.append(prices)
    return found


def breaks(market, *, by="close"):
    """Every break in the order of time, labelled by the bias."""
    together = {}
    for swing, end in taken(market, by=by):
        if end is not None:
            together.setdefault((end, swing.side), []).append(swing)
    found, bias = [], 0
    for (k, side), swings in sorted(together.items()):
        newest = max(swings, key=lambda swing: swing.bar)
        event = "choch" if bias == -side else "bos"
        found.append(Break(k, event, side, newest.price, newest.bar, len(swings)))
        bias = side
    return found


def failure(market, each):
    """The bar that closes back at or through the level within two bars, None when none does."""
    rows = market.seen(each.side)
    for j in range(each.bar + 1, min(each.bar + 3, len(rows))):
        if rows[j].close <= each.side * each.level:
            return j
    return None


def structure_facts(market, *, by="close"):
    found = []
    swings = {side: [swing for swing in candidates(market) if swing.side == side] for side in SIDES}
    settled = {
        side: [(known, label) for known, s, label in finals(market) if s.side == side] for side in SIDES
    }
    for swing, end in taken(market, by=by):
        if end is not None:
            found.append(market.fact(end, "structure", "broken", swing.side, swing.bar, level=swing.price))
    open_levels = untaken(market, by=by)
    for each in breaks(market, by=by):
        k, side = each.bar, each.side
        prices = _entry(market, each, swings[-side], open_levels[k][side])
        z = market.strength(side * (market.rows[k].close - each.level), k)
        opposite = [label for known, label in settled[-side] if known <= k]
        entered = market.fact(
            *(k, "structure", each.event, side, each.origin),
            level=each.level,
            count=each.count,
            strong=len(opposite) > 1 and opposite[-1] == side,
            **market.entry(k, side, prices, z, 0),
        )
        failed = failure(market, each)
        found.append(entered)
        if failed is not None:
            found.append(
                market.fact(failed, "structure", "break_failed", side, each.origin, level=each.level)
            )
        found += stopped(market, entered, LIFE, gone=failed)
    return found


def _entry(market, each, opposite, levels):
    """(entry, stop, target) seen upward; ``opposite``: all candidates of the other side."""
    k, side, level = each.bar, each.side, each.side * each.level
    entry, yardstick = side * market.rows[k].close, market.atr[k - 1] if k else None  # never scaled
    if yardstick is None:
        return entry, entry, entry
    last = next((side * swing.price for swing in reversed(opposite) if swing.known <= k), None)
    if last is not None and entry - last <= 3 * yardstick:
        stop = last
    else:
        stop = down_to_tick(level - up_to_nano(yardstick), market.tick)
    beyond = [side * price for price in levels if side * price > entry]
    return entry, stop, min(beyond) if beyond else entry + 2 * (entry - stop)
