"""The naive world: sessions by hand, bars by brute force from the definitions."""

from bisect import bisect_right
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from functools import cache
from operator import itemgetter

from aggregation import EVER, HOUR, MINUTE, SECOND

from tradingfloor.actors.messages import Bar
from tradingfloor.actors.types import Refusal

NANOS_OF = {"s": SECOND, "m": MINUTE, "h": HOUR}


def hand_sessions(name):
    """(date, open, close) of November and December 2013, without zoneinfo and without the calendar."""
    table = []
    day = date(2013, 11, 1)
    while day.year == 2013:
        midnight = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * SECOND
        if name == "24h":
            table.append((day, midnight, midnight + 24 * HOUR))
        elif day.weekday() < 5 and day not in {date(2013, 11, 28), date(2013, 12, 25)}:
            behind = 4 if day < date(2013, 11, 3) else 5
            length = 3.5 if day in {date(2013, 11, 29), date(2013, 12, 24)} else 6.5
            opens = midnight + behind * HOUR + 570 * MINUTE
            table.append((day, opens, opens + int(length * HOUR)))
        day += timedelta(1)
    return table


SESSIONS = {name: hand_sessions(name) for name in ("XNYS", "24h")}


def nominal(timeframe):
    """Length of an intraday timeframe, None for 1d, 1w, 1M."""
    return None if timeframe in {"1d", "1w", "1M"} else int(timeframe[:-1]) * NANOS_OF[timeframe[-1]]


def size(timeframe):
    return nominal(timeframe) or {"1d": 24, "1w": 168, "1M": 720}[timeframe] * HOUR


@cache
def grid(name, timeframe):
    """All buckets (start, end, ordinal of the session it ends in, its sessions) of the two months."""
    table = SESSIONS[name]
    length = nominal(timeframe)
    if length is not None:
        return [
            (start, min(start + length, close), day.toordinal(), 1)
            for day, opens, close in table
            for start in range(opens, close, length)
        ]
    groups = defaultdict(list)
    for day, opens, close in table:
        key = {"1d": day, "1w": day.isocalendar()[:2], "1M": (day.year, day.month)}[timeframe]
        groups[key].append((opens, close, day.toordinal()))
    return [(group[0][0], group[-1][1], group[-1][2], len(group)) for group in groups.values()]


class Naive:
    """Bars of one symbol by brute force: everything accepted is kept, every bar is cut out of it."""

    def __init__(self, name, timeframes):
        self.name = name
        self.inclusive = name == "XNYS"
        self.timeframes = sorted({*timeframes, "1m"}, key=size)
        self.grids = {timeframe: grid(name, timeframe) for timeframe in self.timeframes}
        self.closes = {close for _, _, close in SESSIONS[name]}
        self.data = {timeframe: defaultdict(list) for timeframe in self.timeframes}
        self.bars = {timeframe: [] for timeframe in self.timeframes}
        self.minutes = set()
        self.published_end = -EVER
        self.log = []

    def due(self, end):
        return end + (self.inclusive and end in self.closes)

    def bucket(self, timeframe, ts):
        if self.session(ts) is None:
            return None
        buckets = self.grids[timeframe]
        number = bisect_right(buckets, ts, key=itemgetter(0)) - 1
        assert buckets[number][0] <= ts < self.due(buckets[number][1])
        return number

    def session(self, ts):
        return next((d for d, opens, close in SESSIONS[self.name] if opens <= ts < self.due(close)), None)

    def direct(self, timeframe):
        return timeframe == "1m" or (nominal(timeframe) is not None and nominal(timeframe) % MINUTE != 0)

    def publish(self, now):
        instants = defaultdict(list)
        for timeframe in self.timeframes:
            for number in sorted(self.data[timeframe]):
                end = self.grids[timeframe][number][1]
                if self.due(end) <= now:
                    instants[end].append(self.cut(timeframe, number, self.data[timeframe].pop(number)))
        for end in sorted(instants):
            self.log.append((end, tuple(instants[end])))
            self.published_end = max(self.published_end, end)

    def cut(self, timeframe, number, ticks):
        start, end, session, sessions = self.grids[timeframe][number]
        in_time = sorted(ticks, key=lambda tick: tick.ts)
        latest = max(tick.ts for tick in ticks)
        close = [tick for tick in ticks if tick.ts == latest][-1].close
        length = nominal(timeframe)
        if timeframe in {"1w", "1M"}:
            full = len({self.session(tick.ts) for tick in ticks}) == sessions
        elif self.direct(timeframe):
            full = end - start == length
        else:
            every_minute = all(minute in self.minutes for minute in range(start, end, MINUTE))
            full = every_minute and length in {None, end - start}
        own = self.bars[timeframe]
        gap = number - own[-1][0] - 1 if own else 0
        bar = Bar(
            "S", timeframe, len(own), start, end,
            in_time[0].open, max(t.high for t in ticks), min(t.low for t in ticks), close,
            sum(t.volume for t in ticks), len(ticks), full, session, gap,
            min(t.index for t in ticks), max(t.index for t in ticks),
        )  # fmt: skip
        own.append((number, bar))
        return bar

    def add(self, tick):
        self.publish(tick.ts)
        places = {timeframe: self.bucket(timeframe, tick.ts) for timeframe in self.timeframes}
        if places["1m"] is None:
            return Refusal.OUT_OF_SESSION
        inner = [timeframe for timeframe in self.timeframes if self.direct(timeframe)]
        if min(self.grids[each][places[each]][1] for each in inner) <= self.published_end:
            return Refusal.LATE
        if any(places[each] < max(self.data[each], default=-1) for each in inner):
            return Refusal.BACKWARDS
        for timeframe, number in places.items():
            self.data[timeframe][number].append(tick)
        self.minutes.add(self.grids["1m"][places["1m"]][0])
        return None
