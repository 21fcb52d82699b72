"""Swings by looking at every window and every run: candidates, finals with their label, dropped ones."""

from itertools import groupby, pairwise
from typing import NamedTuple

LEFT, RIGHT = 4, 5


class Swing(NamedTuple):
    known: int
    side: int
    price: int
    bar: int


def candidates(market):
    """Every candidate in the order in which it becomes known; at most one per bar."""
    rows, found = market.rows, []
    for i in range(LEFT + RIGHT, len(rows) - RIGHT):
        others = [rows[j] for j in range(i - LEFT, i + RIGHT + 1) if j != i]
        out_above = rows[i].high - max(row.high for row in others)
        out_below = min(row.low for row in others) - rows[i].low
        if out_above >= 0 and out_below >= 0:
            body = rows[i].close - rows[i].open
            lean = out_above - out_below or body
            side = (lean > 0) - (lean < 0)
        else:
            side = (out_above >= 0) - (out_below >= 0)
        if side:
            found.append(Swing(i + RIGHT, side, rows[i].high if side > 0 else rows[i].low, i))
    return found


def runs(market):
    """Candidates in runs of one side."""
    return [list(run) for _, run in groupby(candidates(market), key=lambda swing: swing.side)]


def finals(market):
    """(known, swing, label) of every final swing; label +1 above, -1 below the one before of its side."""
    found, before, grouped = [], {}, runs(market)
    for run, following in pairwise(grouped):
        extreme = max(swing.side * swing.price for swing in run)
        swing = next(swing for swing in run if swing.side * swing.price == extreme)
        last = before.get(swing.side, swing.price)
        found.append((following[0].known, swing, (swing.price > last) - (swing.price < last)))
        before[swing.side] = swing.price
    return found


def dropped(market):
    """(known, swing), as soon as another of the run is more extreme, or as extreme and earlier."""
    found = []
    for run in runs(market):
        leader = run[0]
        for swing in run[1:]:
            if swing.side * swing.price > swing.side * leader.price:
                found.append((swing.known, leader))
                leader = swing
            else:
                found.append((swing.known, swing))
    return found


def swing_facts(market):
    found = [
        market.fact(swing.known, "swing", "candidate", swing.side, swing.bar, level=swing.price)
        for swing in candidates(market)
    ]
    found += [
        market.fact(known, "swing", "final", swing.side, swing.bar, level=swing.price, label=label)
        for known, swing, label in finals(market)
    ]
    found += [
        market.fact(known, "swing", "dropped", swing.side, swing.bar, level=swing.price)
        for known, swing in dropped(market)
    ]
    return found
