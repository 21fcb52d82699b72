"""Displacement by measuring every bar, and every three bars, on their own."""

from brute_gaps import edges, gaps
from brute_market import SIDES, millionths, stopped

LIFE = 16
LEAST = 1_500_000


def one_bar(market, k, side):
    """Does bar k alone move far and close there."""
    row, yardstick = market.seen(side)[k], market.yardstick(k)
    body, span = row.close - row.open, row.high - row.low
    return (
        yardstick is not None
        and body > 0
        and body >= 1.5 * yardstick
        and 10 * body >= 6 * span
        and 4 * (row.high - row.close) <= span
    )


def three_bars(market, k, side):
    """Did the three bars that end with k move far without turning."""
    if k < 16 or not market.atr[k - 3]:
        return False
    rows = market.seen(side)
    net = rows[k].close - rows[k - 3].close
    upward = sum(rows[j].close > rows[j - 1].close for j in range(k - 2, k + 1))
    return net >= 2 * market.atr[k - 3] and 2 * net >= sum(market.true_ranges[k - 2 : k + 1]) and upward >= 2


def displacement_facts(market):
    found, every = [], set(gaps(market))
    for side in SIDES:
        rows = market.seen(side)
        for k in range(len(rows)):
            if one_bar(market, k, side):
                z = market.strength(rows[k].close - rows[k].open, k)
                found += _confirmed(market, k, side, "bar", 1, z)
                if (k + 1, side) in every:
                    top, bottom = sorted((side * p for p in edges(market, k + 1, side)), reverse=True)
                    found.append(
                        market.fact(k + 1, "displacement", "with_gap", side, k, top=top, bottom=bottom)
                    )
            if three_bars(market, k, side) and not three_bars(market, k - 1, side):
                z = millionths(rows[k].close - rows[k - 3].close, market.atr[k - 3])
                found += _confirmed(market, k, side, "multi_bar", 3, z)
    return found


def _confirmed(market, k, side, form, width, z):
    seen = market.seen(side)
    entry, stop = seen[k].close, min(row.low for row in seen[k - width + 1 : k + 1]) - market.tick
    fields = market.entry(k, side, (entry, stop, entry + 2 * (entry - stop)), z, LEAST)
    rows = market.rows[k - width + 1 : k + 1]
    zone = {"top": max(row.high for row in rows), "bottom": min(row.low for row in rows)}
    fact = market.fact(k, "displacement", "confirmed", side, k, form=form, **zone, **fields)
    return [fact, *stopped(market, fact, LIFE)]
