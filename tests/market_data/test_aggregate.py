"""Bars against a second, naive aggregator written from the definitions, and single stories."""

import os
import zipfile
from bisect import bisect_right
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.domain.instruments import instrument
from tradingfloor.actors.errors import BadConfig
from tradingfloor.actors.market_data.aggregate import Aggregator
from tradingfloor.actors.messages import Bar, MarketUpdate
from tradingfloor.actors.types import Refusal, UpdateKind

SECOND = 10**9
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
EVER = 1 << 62
DATA = os.environ.get("TRADINGFLOOR_TEST_DATA")
needs_data = pytest.mark.skipif(not DATA, reason="TRADINGFLOOR_TEST_DATA does not name the data folder")

NANOS_OF = {"s": SECOND, "m": MINUTE, "h": HOUR}


# --- the naive world: sessions by hand, bars from the definitions ----------------------------------


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


# --- driving the real one ----------------------------------------------------------------------------


def aggregator(timeframes, tape="tick", name="XNYS"):
    symbol = instrument("SPY" if name == "XNYS" else "EURUSD")
    built = Aggregator(symbol, calendar(name), timeframes, tape)
    built.symbol = "S"
    return built


def tick(index, ts, price=100, volume=1):
    return MarketUpdate(index, "S", UpdateKind.TICK, ts, ts, price, price, price, price, volume)


def row(index, start, end, prices=(100, 101, 99, 100), volume=1):
    return MarketUpdate(index, "S", UpdateKind.BAR, end, start, *prices, volume)


def opening(index, ts, price=100):
    return MarketUpdate(index, "S", UpdateKind.OPEN, ts, ts, price, price, price, price, 0)


def fire(built, limit):
    """Run the timers due by ``limit``, one after the other; [(instant, bars)]."""
    log = []
    while (due := built.due()) is not None and due <= limit:
        closed = built.close(due)
        assert all(each.ts <= due and each.bars for each in closed)
        for each in closed:
            own = [bar for bar in each.bars if bar.timeframe == built.base]
            assert each.base == (own[0] if own else None)
        log += [(each.ts, each.bars) for each in closed]
    return log


def play(built, updates):
    """Deliver a tape in sequencer order; (refusals, [(instant, bars)])."""
    refusals, log = [], []
    for update in updates:
        log += fire(built, update.ts - (update.kind is UpdateKind.BAR))
        refusals.append(built.add(update))
    return refusals, log + fire(built, EVER)


def ns(text, zone="America/New_York"):
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * SECOND


# --- properties ------------------------------------------------------------------------------------

STEPS = st.one_of(
    st.integers(0, 20).map(lambda n: n * SECOND),
    st.integers(-90, 150).map(lambda n: n * SECOND),
    st.integers(1, 90).map(lambda n: n * MINUTE),
    st.integers(1, 200).map(lambda n: n * HOUR),
    st.sampled_from(["minute", "close", "open"]),
)
SETS = [
    ["15m", "1h", "1d"],
    ["1m", "7m", "4h", "1w", "1M"],
    ["5s", "90s", "30m", "1w"],
    ["1d", "1M", "5m", "2h"],
]


@st.composite
def tapes(draw, name):
    # From the first whole week of the table to its last.
    ts = draw(st.sampled_from(SESSIONS[name][4:30]))[1] + draw(st.integers(-HOUR, 5 * HOUR))
    ticks = []
    for index, step in enumerate(draw(st.lists(STEPS, min_size=1, max_size=60)), 1):
        if step == "minute":
            ts += -ts % MINUTE
        elif step == "close":
            ts = min((c for _, _, c in SESSIONS[name] if c >= ts), default=ts)
        elif step == "open":
            ts = min((o for _, o, _ in SESSIONS[name] if o >= ts), default=ts)
        else:
            ts += step
        ts = min(ts, ns("2013-12-28", "UTC"))
        ticks.append(tick(index, ts, draw(st.integers(95, 105)), draw(st.integers(0, 9))))
    return ticks


@pytest.mark.parametrize("timeframes", SETS, ids=" ".join)
@pytest.mark.parametrize("name", ["XNYS", "24h"])
@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_bars_of_random_trades_are_those_of_the_definitions(name, timeframes, data):
    ticks = data.draw(tapes(name))
    naive = Naive(name, timeframes)
    expected = [naive.add(each) for each in ticks]
    naive.publish(EVER)
    refusals, log = play(aggregator(timeframes, name=name), ticks)
    assert refusals == expected
    assert log == naive.log


@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_late_timers_change_neither_the_bars_nor_their_order(data):
    ticks = sorted(data.draw(tapes("XNYS")), key=lambda each: each.ts)
    built = aggregator(["5m", "1h", "1d"])
    log = []
    for each in ticks:
        built.add(each)
        if data.draw(st.booleans()):
            log += fire(built, each.ts)
    assert log + fire(built, EVER) == play(aggregator(["5m", "1h", "1d"]), ticks)[1]


@settings(deadline=None, max_examples=60)
@given(
    hours=st.lists(st.tuples(st.integers(0, 40), st.integers(7, 18)), max_size=60, unique=True),
    noise=st.lists(st.tuples(st.integers(0, 59), st.integers(0, 59)), max_size=8),
)
def test_an_hourly_tape_passes_through_clipped_and_its_days_are_unions(hours, noise):
    """Clock hours of random days around Thanksgiving: rows out of session, half in it, missing, doubled."""
    starts = [ns("2013-11-11") + day * 24 * HOUR + hour * HOUR for day, hour in sorted(hours)]
    for source, target in noise:
        if starts:
            at = target % len(starts) + 1
            starts.insert(at, starts[source % at])
    updates = []
    for number, start in enumerate(starts):
        price = 100 + number
        updates.append(opening(2 * number + 1, start, price))
        updates.append(
            row(2 * number + 2, start, start + HOUR, (price, price + 3, price - 2, price + 1), number)
        )

    own, last = [], (-EVER, -EVER)
    expected = []
    for each in updates[1::2]:
        inside = [s for s in SESSIONS["XNYS"] if each.start < s[2] and s[1] < each.ts]
        if each.start == last[0]:
            expected.append(Refusal.DUPLICATE)
        elif not inside:
            expected.append(Refusal.OUT_OF_SESSION)
        elif each.start < last[1]:
            expected.append(Refusal.BACKWARDS)
        else:
            expected.append(None)
            last = (each.start, each.ts)
            own.append((max(each.start, inside[0][1]), min(each.ts, inside[0][2]), inside[0], each))

    refusals, log = play(aggregator(["1h", "1d", "1w"], tape="1h"), updates[1::2])
    with_opens = play(aggregator(["1h", "1d", "1w"], tape="1h"), updates)[1]
    assert with_opens == log, "an OPEN opens a period and is no part of a bar"
    # A row that goes backwards is late when its successor was published already.
    assert [Refusal.BACKWARDS if each is Refusal.LATE else each for each in refusals] == expected
    bars = [bar for _, instant in log for bar in instant]
    assert [(b.start, b.end, b.open, b.close, b.full) for b in bars if b.timeframe == "1h"] == [
        (start, end, each.open, each.close, end - start == HOUR) for start, end, _, each in own
    ]
    clock = [
        max(opens, hour)
        for _, opens, close in SESSIONS["XNYS"]
        for hour in range(opens - opens % HOUR, close, HOUR)
    ]
    places = [clock.index(start) for start, _, _, _ in own]
    gaps = [later - earlier - 1 for earlier, later in pairwise(places)]
    assert [b.gap_before for b in bars if b.timeframe == "1h"] == [0, *gaps][: len(own)]
    days = defaultdict(list)
    for start, end, session, each in own:
        days[session].append((start, end, each))
    assert [
        (b.start, b.end, b.open, b.high, b.low, b.close, b.volume, b.count, b.full)
        for b in bars
        if b.timeframe == "1d"
    ] == [
        (
            session[1],
            session[2],
            parts[0][2].open,
            max(part.high for _, _, part in parts),
            min(part.low for _, _, part in parts),
            parts[-1][2].close,
            sum(part.volume for _, _, part in parts),
            len(parts),
            sum(end - start for start, end, _ in parts) == session[2] - session[1],
        )
        for session, parts in days.items()
    ]


# --- stories -----------------------------------------------------------------------------------------


def test_a_trade_on_a_boundary_opens_the_next_bar_and_one_on_the_close_ends_the_last():
    built = aggregator(["1m"])
    _, log = play(
        built,
        [
            tick(1, ns("2023-08-03 15:58:30"), 10),
            tick(2, ns("2023-08-03 15:59:00"), 20),
            tick(3, ns("2023-08-03 16:00:00"), 30),
        ],
    )
    bars = [bar for _, instant in log for bar in instant]
    assert [(bar.open, bar.close, bar.count) for bar in bars] == [(10, 10, 1), (20, 30, 2)]
    assert bars[-1].end == ns("2023-08-03 16:00:00")


def test_the_last_bar_of_a_session_waits_one_nanosecond_for_the_closing_auction():
    built = aggregator(["1h"])
    built.add(tick(1, ns("2023-08-03 15:59:59")))
    close = ns("2023-08-03 16:00:00")
    assert built.due() == close + 1
    assert built.close(close) == []
    assert [each.ts for each in built.close(close + 1)] == [close]
    assert built.due() is None


def test_bars_of_a_24_hour_market_close_exactly_at_their_end():
    built = aggregator(["1d"], name="24h")
    built.add(tick(1, ns("2023-08-03 23:59:59", "UTC")))
    assert built.due() == ns("2023-08-04", "UTC")
    assert built.add(tick(2, ns("2023-08-04", "UTC"))) is None
    assert [bar.count for each in built.close(ns("2023-08-04", "UTC")) for bar in each.bars] == [1, 1]


def test_everything_that_closes_at_one_instant_comes_in_one_message_small_to_large():
    built = aggregator(["1M", "1w", "1d", "1h", "15m", "5s"])
    built.add(tick(1, ns("2023-06-30 15:59:57")))
    (closed,) = built.close(ns("2023-07-01"))
    assert [bar.timeframe for bar in closed.bars] == ["5s", "1m", "15m", "1h", "1d", "1w", "1M"]
    assert closed.base is closed.bars[1]
    assert closed.ts == ns("2023-06-30 16:00:00")


def test_the_last_hour_of_the_session_is_a_stub_and_a_day_that_closes_early_is_not():
    start = ns("2013-11-29 09:30:00")
    ticks = [tick(n + 1, start + n * MINUTE) for n in range(210)]
    _, log = play(aggregator(["1h", "1d"]), ticks)
    bars = [bar for _, instant in log for bar in instant]
    assert [bar.full for bar in bars if bar.timeframe == "1h"] == [True, True, True, False]
    assert [(bar.full, bar.end) for bar in bars if bar.timeframe == "1d"] == [
        (True, ns("2013-11-29 13:00:00"))
    ]


def test_a_bar_whose_first_minutes_are_missing_is_not_full():
    start = ns("2023-08-03 09:37:00")
    _, log = play(aggregator(["15m"]), [tick(n + 1, start + n * MINUTE) for n in range(23)])
    bars = [bar for _, instant in log for bar in instant if bar.timeframe == "15m"]
    assert [(bar.start, bar.full) for bar in bars] == [
        (ns("2023-08-03 09:30:00"), False),
        (ns("2023-08-03 09:45:00"), True),
    ]


def test_a_week_ends_with_the_last_session_the_calendar_gives_it():
    built = aggregator(["1w"])
    built.add(tick(1, ns("2013-03-25 10:00:00")))  # Good Friday is the 29th
    closed = [each for each in built.close(EVER) if each.bars[-1].timeframe == "1w"]
    assert closed[0].ts == ns("2013-03-28 16:00:00")
    assert closed[0].bars[-1].session == date(2013, 3, 28).toordinal()
    assert not closed[0].bars[-1].full


def test_no_bar_fills_a_gap_and_the_next_one_says_how_many_are_missing():
    updates = [tick(1, ns("2023-08-03 15:58:10")), tick(2, ns("2023-08-04 09:32:10"))]
    _, log = play(aggregator(["1m", "15m"]), updates)
    bars = [bar for _, instant in log for bar in instant]
    assert [(b.timeframe, b.gap_before) for b in bars] == [("1m", 0), ("15m", 0), ("1m", 3), ("15m", 0)]


def test_a_bucket_without_trades_closes_its_larger_bar_without_a_base_bar():
    built = aggregator(["5m"])
    built.add(tick(1, ns("2023-08-03 09:31:10")))
    minute, five = built.close(ns("2023-08-03 09:35:00"))
    assert minute.base is not None
    assert five.base is None
    assert [bar.timeframe for bar in five.bars] == ["5m"]


def test_a_late_trade_is_refused_and_the_published_bar_stays():
    built = aggregator(["1m"])
    built.add(tick(1, ns("2023-08-03 09:31:10"), 10))
    (closed,) = built.close(ns("2023-08-03 09:32:00"))
    assert built.add(tick(2, ns("2023-08-03 09:31:59"), 99)) is Refusal.LATE
    assert built.due() is None
    assert built.close(EVER) == []
    assert closed.base is not None
    assert closed.base.high == 10


def test_a_trade_on_the_close_that_comes_after_the_close_was_published_is_late():
    built = aggregator(["1h"])
    built.add(tick(1, ns("2023-08-03 15:31:00")))
    built.close(ns("2023-08-03 16:00:00") + 1)
    assert built.add(tick(2, ns("2023-08-03 16:00:00"))) is Refusal.LATE


def test_within_the_open_bar_trades_may_come_in_any_order():
    base = ns("2023-08-03 09:31:00")
    built = aggregator(["1m"])
    for index, (second, price) in enumerate([(30, 5), (10, 3), (50, 4), (50, 7), (10, 9), (40, 1)], 1):
        assert built.add(tick(index, base + second * SECOND, price)) is None
    assert built.forming_open("1m") == 3
    (closed,) = built.close(EVER)
    bar = closed.bars[0]
    assert (bar.open, bar.high, bar.low, bar.close, bar.count) == (3, 9, 1, 7, 6)
    assert (bar.first_index, bar.last_index) == (1, 6)


def test_a_trade_before_the_open_bar_goes_backwards_while_nothing_was_published():
    built = aggregator(["5m"])
    built.add(tick(1, ns("2023-08-03 09:33:10")))
    assert built.add(tick(2, ns("2023-08-03 09:31:10"))) is Refusal.BACKWARDS
    # The refused trade must not have moved the bucket of the larger bar.
    assert built.add(tick(3, ns("2023-08-03 09:29:10"))) is Refusal.OUT_OF_SESSION
    assert built.add(tick(4, ns("2023-08-02 09:31:10"))) is Refusal.BACKWARDS
    five = built.close(EVER)[-1].bars[-1]
    assert (five.timeframe, five.start) == ("5m", ns("2023-08-03 09:30:00"))


def test_a_row_that_starts_like_the_last_one_is_a_duplicate_published_or_not():
    start = ns("2022-10-10", "UTC")
    built = aggregator(["15m"], tape="15m", name="24h")
    assert built.add(opening(1, start)) is None
    assert built.add(opening(2, start)) is Refusal.DUPLICATE
    assert built.add(row(3, start, start + 15 * MINUTE)) is None
    assert built.add(row(4, start, start + 15 * MINUTE)) is Refusal.DUPLICATE
    assert len(built.close(start + 15 * MINUTE)) == 1
    assert built.add(row(5, start, start + 15 * MINUTE)) is Refusal.DUPLICATE
    assert built.add(opening(6, start)) is Refusal.DUPLICATE
    assert built.add(row(7, start - 15 * MINUTE, start)) is Refusal.LATE
    assert built.add(opening(8, start + 5 * MINUTE)) is Refusal.LATE


def test_a_row_at_or_after_the_close_is_out_of_session_though_a_trade_there_is_not():
    close = ns("2013-11-29 13:00:00")
    hourly = aggregator(["1h"], tape="1h")
    assert hourly.add(row(1, close, close + HOUR)) is Refusal.OUT_OF_SESSION
    assert hourly.add(opening(2, close)) is Refusal.OUT_OF_SESSION
    assert aggregator(["1h"]).add(tick(1, close)) is None


def test_a_row_that_a_larger_bucket_would_cut_is_refused():
    start = ns("2022-10-10 00:37", "UTC")
    built = aggregator(["15m", "1h"], tape="15m", name="24h")
    assert built.add(row(1, start, start + 15 * MINUTE)) is None
    assert built.add(row(2, start + 15 * MINUTE, start + 30 * MINUTE)) is Refusal.BAD_TIME
    assert built.add(row(3, start + 23 * MINUTE, start + 38 * MINUTE)) is None
    bars = [bar for each in built.close(EVER) for bar in each.bars if bar.timeframe == "1h"]
    assert [(bar.start, bar.count) for bar in bars] == [
        (ns("2022-10-10 00:00", "UTC"), 1),
        (ns("2022-10-10 01:00", "UTC"), 1),
    ]


def test_second_rows_build_the_minute_and_a_row_over_its_edge_is_refused():
    start = ns("2013-10-11 09:30:00")
    built = aggregator(["5s"], tape="1s")
    for n in range(60):
        update = row(n + 1, start + n * SECOND, start + (n + 1) * SECOND, (n + 1, n + 2, n + 1, n + 2), 2)
        assert built.add(update) is None
    assert built.add(row(99, start + 59 * SECOND, start + 61 * SECOND)) is Refusal.DUPLICATE
    _, log = play(built, [row(100, start + 119 * SECOND, start + 121 * SECOND)])
    bars = [bar for _, instant in log for bar in instant]
    minute = next(bar for bar in bars if bar.timeframe == "1m")
    assert (minute.open, minute.high, minute.low, minute.close, minute.volume) == (1, 61, 1, 61, 120)
    assert [bar.close for bar in bars if bar.timeframe == "5s"] == [*range(6, 62, 5)]
    assert built.add(row(101, start + 179 * SECOND, start + 181 * SECOND)) is Refusal.BAD_TIME


def test_a_row_that_overlaps_the_row_before_it_goes_backwards():
    start = ns("2022-10-10 10:00", "UTC")
    built = aggregator(["15m"], tape="15m", name="24h")
    assert built.add(row(1, start, start + 15 * MINUTE)) is None
    assert built.add(row(2, start + 5 * MINUTE, start + 20 * MINUTE)) is Refusal.BACKWARDS
    assert [each.base.volume for each in built.close(EVER)] == [1]


def test_an_open_before_the_newest_open_goes_backwards():
    start = ns("2022-10-10 10:00", "UTC")
    built = aggregator(["15m"], tape="15m", name="24h")
    assert built.add(opening(1, start + HOUR, 7)) is None
    assert built.add(opening(2, start, 8)) is Refusal.BACKWARDS
    assert built.forming_open("15m") == 7


def test_rows_shorter_than_the_tape_says_pass_through_and_are_not_full():
    start = ns("2022-10-10 10:00", "UTC")
    built = aggregator(["15m"], tape="15m", name="24h")
    _, log = play(built, [row(n + 1, start + n * MINUTE, start + (n + 1) * MINUTE) for n in range(2)])
    assert [(b.end - b.start, b.gap_before, b.full) for _, (b,) in log] == [(MINUTE, 0, False)] * 2


def test_the_open_of_a_forming_bar_of_trades_is_its_first_trade():
    start = ns("2023-08-03 09:30:00")
    built = aggregator(["5m"])
    built.add(tick(1, start, 10))
    assert (built.forming_open("1m"), built.forming_open("5m")) == (10, 10)
    built.close(start + MINUTE)
    assert (built.forming_open("1m"), built.forming_open("5m")) == (0, 10)
    built.add(tick(2, start + MINUTE, 20))
    assert (built.forming_open("1m"), built.forming_open("5m")) == (20, 10)


def test_a_trade_has_no_place_on_a_bar_tape():
    assert aggregator(["1h"], tape="1h").add(tick(1, ns("2023-08-03 10:00:00"))) is Refusal.BAD_ROW


def test_the_open_of_a_forming_bar_is_known_from_the_open_of_its_first_row():
    built = aggregator(["1h", "1d"], tape="1h")
    ten, eleven = ns("2023-08-03 10:00:00"), ns("2023-08-03 11:00:00")
    assert built.forming_open("1d") == 0
    built.add(opening(1, ten, 70))
    assert (built.forming_open("1h"), built.forming_open("1d")) == (70, 70)
    built.add(row(2, ten, eleven, (70, 80, 60, 75)))
    built.close(eleven)
    assert (built.forming_open("1h"), built.forming_open("1d")) == (0, 70)
    built.add(opening(3, eleven, 76))
    assert (built.forming_open("1h"), built.forming_open("1d")) == (76, 70)


def test_daily_rows_are_sessions_and_weeks_and_months_are_their_unions():
    market = calendar("XNYS")
    days = market.sessions(date(2015, 12, 21).toordinal(), date(2016, 1, 8).toordinal())
    updates = []
    for n, day in enumerate(days):
        updates += [opening(2 * n + 1, day.open, n + 10), row(2 * n + 2, day.open, day.close, (n + 10,) * 4)]
    built = aggregator(["1d", "1w", "1M"], tape="1d")
    refusals, log = play(built, updates)
    assert set(refusals) == {None}
    bars = [bar for _, instant in log for bar in instant]
    assert all(bar.full for bar in bars if bar.timeframe == "1d")
    weeks = [(b.open, b.close, b.count, b.full) for b in bars if b.timeframe == "1w"]
    assert weeks == [(10, 13, 4, True), (14, 17, 4, True), (18, 22, 5, True)]
    months = [(b.open, b.close, b.full) for b in bars if b.timeframe == "1M"]
    assert months == [(10, 17, False), (18, 22, False)]


def test_weekly_rows_are_full_when_they_cover_every_session_of_their_week():
    market = calendar("XNYS")
    monday = date(2015, 12, 21).toordinal()
    week, following = market.sessions(monday, monday + 6), market.sessions(monday + 7, monday + 13)
    rows = [row(1, week[0].open, week[-1].close), row(2, following[1].open, following[-1].close)]
    refusals, log = play(aggregator(["1w"], tape="1w"), rows)
    assert refusals == [None, None]
    assert [(each.start, each.end, each.full, each.gap_before) for _, (each,) in log] == [
        (week[0].open, week[-1].close, True, 0),
        (following[1].open, following[-1].close, False, 0),
    ]


def test_a_timeframe_that_the_tape_cannot_build_is_refused_when_the_aggregator_is_made():
    with pytest.raises(BadConfig, match=r"'15m' is finer than the tape's 1h bars; possible: 1h, 1d, 1w, 1M"):
        aggregator(["15m"], tape="1h")


# --- real data -----------------------------------------------------------------------------------------


def lean_rows(path):
    """(local start, prices in nanos, volume) of a daily or hourly Lean file."""
    with zipfile.ZipFile(path) as archive:
        text = archive.read(archive.namelist()[0]).decode()
    for line in text.splitlines():
        stamp, *prices, volume = line.split(",")
        local = datetime.strptime(stamp, "%Y%m%d %H:%M").replace(tzinfo=ZoneInfo("America/New_York"))
        yield local, tuple(int(price) * 100_000 for price in prices), int(float(volume))


@needs_data
def test_days_built_from_hourly_spy_are_the_vendors_own_days_but_for_what_came_after_early_closes():
    folder = Path(DATA) / "lean" / "equity" / "usa"
    updates = []
    for number, (local, prices, volume) in enumerate(lean_rows(folder / "hour" / "spy.zip"), 1):
        start = int(local.timestamp()) * SECOND
        updates.append(row(number, start, start + HOUR, prices, volume))
    refusals, log = play(aggregator(["1h", "1d", "1w", "1M"], tape="1h"), updates)
    assert {None, Refusal.OUT_OF_SESSION} == set(refusals)
    assert refusals.count(Refusal.OUT_OF_SESSION) == 47
    bars = [bar for _, instant in log for bar in instant]
    ours = {
        bar.session: ((bar.open, bar.high, bar.low, bar.close), bar.volume)
        for bar in bars
        if bar.timeframe == "1d"
    }
    vendors = {
        local.toordinal(): (prices, volume)
        for local, prices, volume in lean_rows(folder / "daily" / "spy.zip")
    }
    assert ours.keys() == vendors.keys()
    different = {day for day in ours if ours[day] != vendors[day]}
    early = {day for day in ours if calendar("XNYS").is_early_close(day)}
    assert different < early
    assert len(different) == 23
    firsts = [bar for bar in bars if bar.timeframe == "1h" and not bar.full]
    assert all(bar.end - bar.start == HOUR // 2 for bar in firsts)
    assert len(firsts) == 5848
    hours = {timeframe: [b for b in bars if b.timeframe == timeframe] for timeframe in ("1w", "1M")}
    assert [bar.full for bar in hours["1w"]] == [False, *[True] * (len(hours["1w"]) - 2), False]
    assert all(bar.full and bar.gap_before == 0 for bar in hours["1M"])


@needs_data
def test_quarter_hours_of_eurusd_pass_through_and_their_gaps_are_the_weekends():
    lines = (Path(DATA) / "fx" / "EURUSD_15M.csv").read_text().splitlines()[1:]
    updates = []
    for number, line in enumerate(lines, 1):
        stamp, *prices = line.split(",")[:5]
        start = ns(stamp.replace(".", "-"), "UTC")
        cents = tuple(round(float(price) * 100_000) * 10_000 for price in prices)
        updates.append(row(number, start, start + 15 * MINUTE, cents, int(line.split(",")[5])))
    refusals, log = play(aggregator(["15m", "4h", "1d"], tape="15m", name="24h"), updates)
    assert set(refusals) == {None}
    bars = [bar for _, instant in log for bar in instant]
    own = [bar for bar in bars if bar.timeframe == "15m"]
    assert [(b.start, b.end, b.open, b.high, b.low, b.close, b.volume) for b in own] == [
        (u.start, u.ts, u.open, u.high, u.low, u.close, u.volume) for u in updates
    ]
    steps = [(b.start - a.start) // (15 * MINUTE) - 1 for a, b in pairwise(updates)]
    assert [bar.gap_before for bar in own] == [0, *steps]
    assert sum(bar.gap_before > 0 for bar in own) == 52
    for timeframe, length in (("4h", 4 * HOUR), ("1d", 24 * HOUR)):
        groups = defaultdict(list)
        for update in updates:
            groups[update.start // length * length].append(update)
        larger = [bar for bar in bars if bar.timeframe == timeframe]
        assert [(b.start, b.open, b.high, b.low, b.close, b.volume, b.count, b.full) for b in larger] == [
            (
                start,
                group[0].open,
                max(u.high for u in group),
                min(u.low for u in group),
                group[-1].close,
                sum(u.volume for u in group),
                len(group),
                len(group) == length // (15 * MINUTE),
            )
            for start, group in groups.items()
        ]
