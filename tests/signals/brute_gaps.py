"""Fair value gaps by following every gap, and its inverse, bar by bar to its end."""

from brute_market import SIDES

LIFE = 96
LEAST = 250_000


def gaps(market):
    """(k, side) of every gap, at the bar that confirms it."""
    found = []
    for side in SIDES:
        rows = market.seen(side)
        found += [
            (k, side)
            for k in range(2, len(rows))
            if rows[k].low > rows[k - 2].high and rows[k - 1].close > rows[k - 1].open
        ]
    return sorted(found)


def edges(market, k, side):
    """(top, bottom) of the gap confirmed at k, seen upward."""
    rows = market.seen(side)
    return rows[k].low, rows[k - 2].high


def stages(market, k, side):
    """[touched, midpoint, filled, inverted]: the first later bar of each, None where it never came."""
    rows = market.seen(side)
    top, bottom = edges(market, k, side)
    first = [None, None, None, None]
    for j in range(k + 1, len(rows)):
        low, close = rows[j].low, rows[j].close
        for n, reached in enumerate((low <= top, 2 * low <= top + bottom, low <= bottom, close < bottom)):
            if reached and first[n] is None:
                first[n] = j
        if first[3] is not None:
            break
    return first


def gap_facts(market):
    found, every = [], set(gaps(market))
    for k, side in sorted(every):
        rows, zone = market.seen(side), _zone(market, k, side)
        top, bottom = edges(market, k, side)
        run = k
        while (run - 1, side) in every:
            run -= 1
        entry, stop = rows[k].close, rows[k - 2].low - market.tick
        fields = market.entry(
            k, side, (entry, stop, entry + 2 * (entry - stop)), market.strength(top - bottom, k), LEAST
        )
        found.append(market.fact(k, "fvg", "confirmed", side, k - 1, run=run, **zone, **fields))
        reached = stages(market, k, side)
        for name, j in zip(("touched", "midpoint", "filled", "inverted"), reached, strict=True):
            if j is not None:
                found.append(market.fact(j, "fvg", name, side, k - 1, **zone))
        if reached[3] is not None:
            found += _inverse(market, k, side, reached[3])
    return found


def _inverse(market, k, side, inverted):
    """The zone of the other direction that begins at the bar ``inverted``, and its end."""
    zone, rows = _zone(market, k, side), market.seen(-side)
    far, near = (-price for price in edges(market, k, side))  # the old top is the far edge
    entry, stop = rows[inverted].close, far - market.tick
    prices = (entry, stop, entry + 2 * (entry - stop))
    z = market.strength(near - far, inverted)
    fields = market.entry(inverted, -side, prices, z, LEAST if inverted - k <= LIFE else float("inf"))
    found = [market.fact(inverted, "fvg", "inverse", -side, k - 1, **zone, **fields)]
    for j in range(inverted + 1, len(rows)):
        if rows[j].close < far:
            return [*found, market.fact(j, "fvg", "inverse_closed", -side, k - 1, **zone)]
        if j - inverted >= LIFE:
            return [*found, market.fact(j, "fvg", "inverse_expired", -side, k - 1, **zone)]
    return found


def _zone(market, k, side):
    top, bottom = sorted((side * price for price in edges(market, k, side)), reverse=True)
    return {"top": top, "bottom": bottom}
