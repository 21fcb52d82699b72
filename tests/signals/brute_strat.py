"""Strat by classifying every bar, arming every setup and looking through the bars inside the next one."""

from bisect import bisect_left
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

from brute_market import Fact, signal_fields
from brute_structure import untaken

LIFE = 8
LEAST = 500_000


class Setup(NamedTuple):
    bar: int
    pattern: str
    sides: tuple
    first: int
    """The first bar of the pattern."""
    insides: int


def scenario(row, before):
    up, down = row.high > before.high, row.low < before.low
    return {(True, True): "3", (True, False): "2u", (False, True): "2d", (False, False): "1"}[up, down]


def scenarios(rows):
    return [None] + [scenario(row, before) for before, row in pairwise(rows)]


def colour(row):
    return "green" if row.close > row.open else "red" if row.close < row.open else "neutral"


def in_force(row, before):
    """+1, -1 or 0."""
    kind = scenario(row, before)
    if row.close > before.high and (kind == "2u" or (kind == "3" and colour(row) == "green")):
        return 1
    if row.close < before.low and (kind == "2d" or (kind == "3" and colour(row) == "red")):
        return -1
    return 0


def shape(row):
    span = row.high - row.low
    if span and 100 * (min(row.open, row.close) - row.low) >= 67 * span:
        return "hammer"
    if span and 100 * (max(row.open, row.close) - row.low) <= 33 * span:
        return "shooter"
    return None


def setup(market, sc, k):
    """The setup armed at the close of bar k, None without one."""
    rows = market.rows
    if sc[k] is None or sc[k] == "3":
        return None
    if sc[k] == "1":
        first = k
        while sc[first] == "1":
            first -= 1
        pattern = {"2": "2-1-2", "3": "3-1-2"}.get((sc[first] or "-")[0])
        sides, insides = (1, -1), k - first
    else:
        first, insides = k - 1, 0
        pattern = {"2": "2-2", "1": "1-2-2", "3": "3-2-2"}.get((sc[first] or "-")[0])
        sides = (1,) if sc[k] == "2d" else (-1,)
    if pattern is None or not _in_one_session(market, first, k):
        return None
    if _sessions_matter(market) and rows[k].end - rows[k].start < market.length:
        return None
    return Setup(k, pattern, sides, first, insides)


def _sessions_matter(market):
    return market.opens_and_closes and market.length is not None


def _in_one_session(market, first, last):
    return not _sessions_matter(market) or market.rows[first].session == market.rows[last].session


def trigger_rows(market, k):
    """The rows on which a setup of bar k may trigger: the base rows inside bar k + 1, else that bar."""
    if k + 1 >= len(market):
        return []
    following = market.rows[k + 1]
    inside = [following]
    if market.base:
        inside = rows_between(market.base, following.start, following.end)
    return [row for row in inside if not _sessions_matter(market) or row.session == market.rows[k].session]


def rows_between(rows, start, end):
    """The rows of an ordered list that start in [start, end)."""
    starts = attrgetter("start")
    return rows[bisect_left(rows, start, key=starts) : bisect_left(rows, end, key=starts)]


def strat_facts(market, *, stop_mode="structural"):
    sc, levels, found = scenarios(market.rows), untaken(market), []
    for k in range(1, len(market)):
        armed = setup(market, sc, k)
        if armed is not None:
            fields = {"pattern": armed.pattern, "count": armed.insides}
            direction = sum(armed.sides)
            found.append(market.fact(k, "strat", "armed", direction, k, **fields))
            entries = list(_entries(market, sc, armed, levels[k], stop_mode))
            found += [fact for entry in entries for fact in entry]
            if k + 1 < len(market) and not entries:
                found.append(market.fact(k + 1, "strat", "expired", direction, k, **fields))
    return found


def _entries(market, sc, armed, levels, stop_mode):
    """For each side that triggers: its `triggered`, and `spent` or `stopped` when they come."""
    k, fired = armed.bar, {}
    for row in trigger_rows(market, k):
        for side in armed.sides:
            seen = row if side > 0 else row.negated()
            if side not in fired and seen.high > market.seen(side)[k].high:
                fired[side] = seen
    for side, row in fired.items():
        prices = _prices(market, armed, levels[side], side, row, stop_mode)
        fields = {"pattern": armed.pattern, "count": armed.insides}
        place = (_newest_closed(market, k, row.end), "strat", "triggered", side, k, row.end)
        known = k + 1 + (market.rows[k + 1].end <= row.end)
        entry = Fact(
            *place,
            **fields,
            sequence=_sequence(sc, armed, side),
            **signal_fields(side, prices, _reward(prices), LEAST, known=known),
        )
        other = fired.get(-side)
        spent = other.end if other is not None and other.end > row.end else None
        ending = _stopped(market, entry, spent)
        if spent is not None:
            bar = _newest_closed(market, k, spent)
            ending = [*ending, Fact(bar, "strat", "spent", side, k, spent, **fields)]
        yield [entry, *ending]


def _newest_closed(market, k, instant):
    """Bar k, or a later one that has ended by then."""
    while k + 1 < len(market) and market.rows[k + 1].end <= instant:
        k += 1
    return k


def _prices(market, armed, levels, side, row, stop_mode):
    """(entry, stop, target) seen upward."""
    rows, k = market.seen(side), armed.bar
    entry = max(rows[k].high + market.tick, row.open)
    stop, target = rows[armed.first].low, rows[armed.first].high
    if armed.pattern not in {"2-1-2", "3-1-2"} or stop_mode == "inside":
        stop = rows[k].low
    risk = entry - stop
    if target - entry < max(risk, market.tick):
        beyond = [side * price for price in levels if side * price > entry]
        target = min(beyond) if beyond else entry + risk
    return entry, stop, target


def _reward(prices):
    """Reward over risk in millionths, half up."""
    entry, stop, target = prices
    return (2 * (target - entry) * 1_000_000 + (entry - stop)) // (2 * (entry - stop))


def _sequence(sc, armed, side):
    last = "2u" if side > 0 else "2d"
    if len(armed.sides) == 2:
        return f"{sc[armed.first]}-1-{last}"
    return (
        f"{sc[armed.bar]}-{last}" if armed.pattern == "2-2" else f"{armed.pattern[0]}-{sc[armed.bar]}-{last}"
    )


def _stopped(market, entry, spent):
    """The `stopped` fact, in a list: the first close from the entry's own on that is beyond the stop."""
    if not entry.is_signal:
        return []
    lifetime = market.rows[entry.origin + 1 : entry.origin + LIFE + 2]
    for row in rows_between(market.base or market.rows, lifetime[0].start, lifetime[-1].end):
        if spent is not None and row.end >= spent:
            break
        if row.end >= entry.known_at and entry.direction * row.close < entry.direction * entry.stop:
            bar = _newest_closed(market, entry.origin, row.end)
            return [Fact(bar, "strat", "stopped", entry.direction, entry.origin, row.end)]
    return []
