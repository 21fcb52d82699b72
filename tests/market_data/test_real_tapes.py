"""Real files through the room: bars against sums of the test's own, sessions cut by the calendar."""

import zipfile
from collections import Counter
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest

from tradingfloor import TradingFloor
from tradingfloor.actors.config import Config, DataConfig
from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.domain.instruments import instrument
from tradingfloor.actors.market_data.core import MarketDataCore
from tradingfloor.actors.market_data.feeds import open_feed
from tradingfloor.actors.messages import BarsClosed, TimerDue
from tradingfloor.actors.runtime.sequencer import phase
from tradingfloor.actors.types import NANOS
from tradingfloor.storage.view import View

NEW_YORK = ZoneInfo("America/New_York")
SECOND, MINUTE = 1_000, 60_000
"""Milliseconds."""


def played(path, symbol, timeframes):
    """(bars by timeframe, refusals by reason) of a tape run through the room."""
    feed = open_feed(Config(symbols=(symbol,), data=DataConfig(source=f"replay:{path}")))
    core = MarketDataCore([instrument(symbol)], timeframes, feed.timeframe(symbol))
    state = core.initial()
    bars = {}

    def keep(outputs):
        for output in outputs:
            if isinstance(output, BarsClosed):
                for bar in output.bars:
                    bars.setdefault(bar.timeframe, []).append(bar)

    def fire(until):
        while (due := core.next_due(state)) is not None and due <= until:
            keep(core.advance(state, TimerDue(due), due))

    for update in feed.updates():
        fire(update.ts if phase(update) else update.ts - 1)
        keep(core.advance(state, update, update.ts))
    fire(1 << 62)
    return bars, {reason.value: n for (_, reason), n in state.refusals.items()}


def lines(path):
    with zipfile.ZipFile(path) as archive:
        return archive.read(archive.namelist()[0]).decode().splitlines()


def told(bars):
    """The bars as ``summed`` tells them."""
    return [
        (
            bar.start,
            bar.end,
            (bar.open, bar.high, bar.low, bar.close),
            bar.volume,
            bar.count,
            (bar.first_index, bar.last_index),
        )
        for bar in bars
    ]


def summed(trades, step):
    """Bars of (row, ms, price, size) by hand: session 09:30 to 16:00, a trade at 16:00 in the last bar."""
    opened, closed = 34_200_000, 57_600_000
    buckets = {}
    for row, ms, price, size in trades:
        if opened <= ms <= closed:
            buckets.setdefault((min(ms, closed - 1) - opened) // step, []).append((row, price, size))
    midnight = int(datetime(2013, 10, 11, tzinfo=NEW_YORK).timestamp()) * NANOS
    found = []
    for bucket, inside in sorted(buckets.items()):
        start = opened + bucket * step
        prices = [price for _, price, _ in inside]
        found.append(
            (
                midnight + start * NANOS // 1000,
                midnight + min(start + step, closed) * NANOS // 1000,
                (prices[0], max(prices), min(prices), prices[-1]),
                sum(size for *_, size in inside),
                len(inside),
                (inside[0][0], inside[-1][0]),
            )
        )
    return found


def test_bars_of_the_tick_file_are_those_the_test_sums_up_itself(lean):
    path = lean / "equity/usa/tick/spy/20131011_trade.zip"
    steps = {
        "1s": SECOND,
        "1m": MINUTE,
        "5m": 5 * MINUTE,
        "15m": 15 * MINUTE,
        "1h": 60 * MINUTE,
        "1d": 390 * MINUTE,
    }
    bars, refused = played(path, "SPY", tuple(steps))
    rows = [line.split(",") for line in lines(path)]
    assert len(rows) == 285_605
    assert {row[5] for row in rows} == {"0"}
    trades = [(n, int(row[0]), int(row[1]) * 100_000, int(row[2])) for n, row in enumerate(rows, 1)]
    outside = sum(not 34_200_000 <= ms <= 57_600_000 for _, ms, _, _ in trades)
    assert refused == {"OUT_OF_SESSION": outside}
    for timeframe, step in steps.items():
        assert told(bars[timeframe]) == summed(trades, step), timeframe


@pytest.mark.slow
def test_a_live_floor_at_full_speed_stores_the_same_bars_of_the_tick_file(lean, tmp_path):
    path = lean / "equity/usa/tick/spy/20131011_trade.zip"
    config = Config(
        symbols=("SPY",), timeframes=("5m", "1h"), data=DataConfig(source=f"replay:{path}", tape="bars")
    )
    with TradingFloor(config, store=tmp_path / "a.db", free_running=True) as floor:
        started = perf_counter()
        floor.begin()
        assert floor.wait(100)
        print(f"{285_605 / (perf_counter() - started):,.0f} trades/s")
    rows = (line.split(",") for line in lines(path))
    trades = [(n, int(row[0]), int(row[1]) * 100_000, int(row[2])) for n, row in enumerate(rows, 1)]
    with closing(View(tmp_path / "a.db")) as view:
        for timeframe, step in {"1m": MINUTE, "5m": 5 * MINUTE, "1h": 60 * MINUTE}.items():
            assert told(view.bars("SPY", timeframe, 1 << 62)) == summed(trades, step), timeframe


def test_hours_on_half_days_end_at_the_early_close_whatever_the_file_goes_on_to_say(lean):
    path = lean / "equity/usa/hour/spy.zip"
    bars, refused = played(path, "SPY", ("1h", "1d"))
    market = calendar("XNYS")
    half, late = Counter(), 0
    for line in lines(path):
        begun = datetime.strptime(line[:14], "%Y%m%d %H:%M").replace(tzinfo=NEW_YORK)
        if market.is_early_close(begun.toordinal()):
            half[begun.date()] += 1
            late += begun.hour >= 13
    assert (len(half), late) == (52, 47)
    assert refused == {"OUT_OF_SESSION": late}
    hours = Counter(date.fromordinal(bar.session) for bar in bars["1h"])
    days = {date.fromordinal(bar.session): bar for bar in bars["1d"]}
    assert {hours[day] for day in half} == {4}
    for day in half:
        assert datetime.fromtimestamp(days[day].end // NANOS, NEW_YORK) == datetime(
            day.year, day.month, day.day, 13, tzinfo=NEW_YORK
        )
    assert all(market.session(bar.session).open <= bar.start for bar in bars["1h"])
    assert all(bar.end <= market.session(bar.session).close for bar in bars["1h"])


def test_minutes_of_the_index_fall_into_the_session_of_new_york_they_belong_to(lean):
    bars, refused = played(lean / "index/usa/minute/spx", "SPX", ("1m", "15m", "1d"))
    sessions = Counter(date.fromordinal(bar.session).isoformat() for bar in bars["1m"])
    assert sessions == {
        "2021-01-04": 390,
        "2021-01-14": 390,
        "2023-06-26": 390,
        "2023-06-30": 390,
        "2023-07-03": 210,
    }
    assert refused == {"OUT_OF_SESSION": 2 * 21}  # two files go on to a quarter past four
    for bar in bars["1d"]:
        day = date.fromordinal(bar.session)
        begun = datetime(day.year, day.month, day.day, 9, 30, tzinfo=NEW_YORK)
        length = timedelta(hours=3, minutes=30) if day == date(2023, 7, 3) else timedelta(hours=6, minutes=30)
        assert datetime.fromtimestamp(bar.start // NANOS, UTC) == begun
        assert datetime.fromtimestamp(bar.end // NANOS, UTC) == begun + length
        assert bar.full
