"""A series as the brute-force detectors see it: rows, their yardstick, volume, and the facts they state.

Shares no code with the kernels. ``Market.seen(side)`` shows the rows upward (+1) or with every price negated
(-1), so that each definition is written once, upward. A ``Fact`` is one event with the fields that matter.
"""

from bisect import bisect_left
from functools import cached_property
from math import sqrt
from typing import NamedTuple

from tradingfloor.actors.domain.calendar import calendar as calendar_named
from tradingfloor.actors.domain.timeframes import parse

MILLION = 1_000_000
MAX_PRICE = 10**17
SIDES = (1, -1)


class Row(NamedTuple):
    open: int
    high: int
    low: int
    close: int
    volume: int
    session: int
    start: int
    end: int

    def negated(self):
        return self._replace(open=-self.open, high=-self.low, low=-self.high, close=-self.close)


class Fact(NamedTuple):
    """One event; prices in nanos, ``z`` (-1: none) and ratios in millionths; a plan only for a signal."""

    bar: int
    detector: str
    event: str
    direction: int
    origin: int
    known_at: int
    top: int = 0
    bottom: int = 0
    level: int = 0
    count: int = 0
    lag: int = 0
    pool: str = ""
    form: str = ""
    pattern: str = ""
    sequence: str = ""
    run: int = 0
    strong: bool = False
    label: int = 0
    entry: int = 0
    stop: int = 0
    target: int = 0
    z: int = -1
    is_signal: bool = False
    volume_ratio: int = 0


class Market:
    """Own rows, the base rows inside them (may be none), the tick, the calendar and the timeframe."""

    def __init__(self, bars, base=(), *, tick=1, calendar=None):
        self.rows = [_row(bar) for bar in bars]
        self.base = [_row(bar) for bar in base]
        self.tick = tick
        self.calendar = calendar or calendar_named("24h")
        self.timeframe = bars[0].timeframe if bars else "15m"
        self.length = parse(self.timeframe).nanos
        self.opens_and_closes = self.calendar.name != "24h"

    def __len__(self):
        return len(self.rows)

    def seen(self, side):
        return self.rows if side > 0 else self._negated

    @cached_property
    def _negated(self):
        return [row.negated() for row in self.rows]

    @cached_property
    def true_ranges(self):
        found = []
        for k, row in enumerate(self.rows):
            before = self.rows[k - 1].close if k else row.close
            found.append(max(row.high - row.low, abs(row.high - before), abs(row.low - before)))
        if self.rows:
            found[0] = self.rows[0].high - self.rows[0].low
        return found

    @cached_property
    def atr(self):
        """Wilder's mean of 14 true ranges after each bar, None before the 14th."""
        ranges, found = self.true_ranges, []
        for k in range(len(ranges)):
            if k < 13:
                found.append(None)
            elif k == 13:
                found.append(sum(ranges[:14]) / 14)
            else:
                found.append((found[-1] * 13 + ranges[k]) / 14)
        return found

    def yardstick(self, k):
        """A: the ATR before bar k, scaled for an intraday bar that was cut short; None without one."""
        atr = self.atr[k - 1] if k else None
        if not atr:
            return None
        row = self.rows[k]
        lasted = row.end - row.start
        return atr * sqrt(lasted / self.length) if self.length and lasted < self.length else atr

    def strength(self, size, k):
        """``size`` in millionths of A, half up; None without A."""
        yardstick = self.yardstick(k)
        return None if yardstick is None else millionths(size, yardstick)

    def volume_ratio(self, k):
        """Millionths, half up."""
        row = self.rows[k]
        sample = [each.volume for each in self.rows[max(0, k - 20) : k]]
        if self.length:
            sessions, volumes = self._by_time_of_session[self._time_of_session(row)]
            same = volumes[: bisect_left(sessions, row.session)][-20:]
            if len(same) >= 10:
                sample = same
        if not sample or not sum(sample) or not row.volume:
            return MILLION
        return millionths(row.volume * len(sample), sum(sample))

    def _time_of_session(self, row):
        session = self.calendar.session(row.session)
        return row.start - session.open

    @cached_property
    def _by_time_of_session(self):
        """{time: (sessions, volumes)} of the bars that began that long after their session's open."""
        found = {}
        for row in self.rows:
            sessions, volumes = found.setdefault(self._time_of_session(row), ([], []))
            sessions.append(row.session)
            volumes.append(row.volume)
        return found

    def fact(self, k, detector, event, direction, origin, **fields):
        return Fact(k, detector, event, direction, origin, self.rows[k].end, **fields)

    def entry(self, k, side, prices, z, least):
        """The fields of an entry at the close of bar k; ``prices`` = (entry, stop, target) seen upward."""
        fields = signal_fields(side, prices, z, least, known=k + 1)
        return fields | {"volume_ratio": self.volume_ratio(k)}


def signal_fields(side, prices, z, least, *, known):
    """z, and when it is a signal its prices; ``known``: how many own bars are closed."""
    entry, stop, target = prices
    is_signal = (
        z is not None
        and z >= least
        and known >= 15
        and stop < entry < target
        and all(0 < side * price <= MAX_PRICE for price in prices)
    )
    fields = {"z": -1 if z is None else z}
    if is_signal:
        fields |= {"entry": side * entry, "stop": side * stop, "target": side * target, "is_signal": True}
    return fields


def millionths(size, of):
    return int(size / of * MILLION + 0.5)


def up_to_nano(value):
    return -int(-value // 1)


def down_to_tick(price, tick):
    return price // tick * tick


def stopped(market, fact, life, *, gone=None):
    """The `stopped` fact of an entry made at a close, in a list; ``gone``: the bar that ended it before."""
    if not fact.is_signal:
        return []
    rows, side = market.seen(fact.direction), fact.direction
    for j in range(fact.bar + 1, min(fact.bar + life + 1, len(rows))):
        if gone is not None and j >= gone:
            break
        if rows[j].close < side * fact.stop:
            return [market.fact(j, fact.detector, "stopped", side, fact.origin)]
    return []


def _row(bar):
    return Row(bar.open, bar.high, bar.low, bar.close, bar.volume, bar.session, bar.start, bar.end)
