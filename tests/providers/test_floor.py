"""A live market in the engine: time, bars, states and a restart."""

import threading
import time
from contextlib import closing

import pytest
from fake_alpaca import FakeAlpaca
from fake_server import Faults, Market
from live_feeds import config_of, opened

from tradingfloor import TradingFloor
from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.errors import BadConfig, BadData
from tradingfloor.actors.market_data.feeds.providers import alpaca, rest
from tradingfloor.actors.types import NANOS, TradingState
from tradingfloor.storage.view import View

MINUTE = 60 * NANOS


def until(floor, holds):
    """Wait for something that the engine's threads bring about."""
    deadline, never = time.monotonic() + 20, threading.Event()
    while not holds():
        assert time.monotonic() < deadline, floor.status()
        never.wait(0.01)


def minutes(market, symbol, end):
    """By start: (open, high, low, close, volume, trades) of every minute over by ``end``, from the prints."""
    found = {}
    for each in market.prints:
        start = each.ts // MINUTE * MINUTE
        if each.symbol == symbol and start + MINUTE <= end:
            found.setdefault(start, []).append(each)
    return {
        start: (
            rows[0].price,
            max(row.price for row in rows),
            min(row.price for row in rows),
            rows[-1].price,
            sum(row.size for row in rows),
            len(rows),
        )
        for start, rows in found.items()
    }


def stored_minutes(store, symbol):
    with closing(View(store)) as view:
        bars = [bar for bar in view.bars(symbol, "1m", 1 << 62) if not bar.history]
    return {bar.start: (bar.open, bar.high, bar.low, bar.close, bar.volume, bar.count) for bar in bars}


def floor_on(server, feed, store, *, schedule=(), **more):
    config = config_of(server)
    settings = {"symbols": list(config.symbols), "timeframes": ["1m"], "data": {"source": "alpaca"}}
    settings |= {"schedule": list(schedule)} if schedule else {}
    return TradingFloor(settings, store=store, feed=feed, **more)


def test_bars_of_a_market_that_is_cut_again_and_again_equal_those_of_its_prints(tmp_path):
    market = Market(3, 2_700)
    with FakeAlpaca(market, Faults(3, 25)) as server, opened(alpaca, server) as feed:
        with floor_on(server, feed, tmp_path / "s.db") as floor:
            floor.begin()
            until(floor, lambda: floor.status().tape_index == len(market.prints))
            until(floor, lambda: floor.status().engine_ts > market.prints[-1].ts + 20 * NANOS)
            status = floor.status()
            assert "alpaca iex · SUBSCRIBED, 25 cuts" in status.tape
        assert status.refusals == ()
    for symbol in market.symbols:
        assert stored_minutes(tmp_path / "s.db", symbol) == minutes(market, symbol, status.engine_ts)
    assert len(minutes(market, "SPY", status.engine_ts)) >= 2


def test_a_bar_closes_by_the_clock_when_nobody_trades_any_more(tmp_path):
    market = Market(4, 300, symbols=("SPY",))
    market.prints[-1] = market.prints[-1]._replace(ts=market.start + MINUTE - 2 * NANOS)
    with (
        FakeAlpaca(market) as server,
        opened(alpaca, server) as feed,
        floor_on(server, feed, tmp_path / "s.db") as floor,
    ):
        floor.begin()
        until(floor, lambda: floor.status().bars)
        assert floor.status().engine_ts >= market.start + MINUTE
    assert stored_minutes(tmp_path / "s.db", "SPY") == minutes(market, "SPY", market.now)


def test_a_live_market_goes_on_while_trading_is_stopped_and_killed(tmp_path):
    market = Market(5, 800)
    with (
        FakeAlpaca(market) as server,
        opened(alpaca, server) as feed,
        floor_on(server, feed, tmp_path / "s.db") as floor,  # STOPPED: nobody began
    ):
        until(floor, lambda: floor.status().tape_index > 100)
        assert floor.status().state is TradingState.STOPPED
        floor.kill("enough")
        before = floor.status().tape_index
        until(floor, lambda: floor.status().tape_index == len(market.prints))
        assert before < len(market.prints)
        assert floor.wait(5)  # killed and at rest


def test_a_restarted_engine_goes_on_without_gap_and_duplicate(tmp_path):
    market = Market(6, 2_700)
    store = tmp_path / "s.db"
    with FakeAlpaca(market, Faults(6, 20)) as server:
        server.limit = 1_300
        with opened(alpaca, server) as feed, floor_on(server, feed, store) as floor:
            floor.begin()
            until(floor, lambda: floor.status().tape_index > 900)
        server.limit = len(market.prints)
        with opened(alpaca, server) as feed, floor_on(server, feed, store) as floor:
            assert 900 < floor.status().tape_index <= 1_400
            until(floor, lambda: floor.status().tape_index == len(market.prints))
            until(floor, lambda: floor.status().engine_ts > market.prints[-1].ts + 20 * NANOS)
            assert floor.status().refusals == ()
            end = floor.status().engine_ts
    for symbol in market.symbols:
        assert stored_minutes(store, symbol) == minutes(market, symbol, end)
    with closing(View(store)) as view:
        tape = [(each.symbol, each.ts, each.close, each.volume) for each in view.tape(0, 1 << 62)]
    assert tape == [(each.symbol, each.ts, each.price, each.size) for each in market.prints]


def test_what_was_scheduled_while_nobody_was_there_is_listed_and_not_made_up_for(tmp_path):
    store, entries = tmp_path / "s.db", [{"at": "close-10m", "do": "flatten"}, {"at": "close", "do": "stop"}]
    first, hours = Market(9, 600), calendar("XNYS")
    with (
        FakeAlpaca(first) as server,
        opened(alpaca, server) as feed,
        floor_on(server, feed, store, schedule=entries) as floor,
    ):
        floor.begin()
        until(floor, lambda: floor.status().tape_index == len(first.prints))
    away = hours.next_session(hours.next_session(hours.session_at(first.start).close).close)
    later = Market(10, 600, start=away.open + MINUTE)
    with (
        FakeAlpaca(later) as server,
        opened(alpaca, server) as feed,
        floor_on(server, feed, store, schedule=entries) as floor,
    ):
        until(floor, lambda: floor.status().tape_index > len(first.prints) + 300)
        status = floor.status()
    assert [words.split(" on ")[0] for words in status.missed] == ["close-10m flatten", "close stop"]
    assert status.state is TradingState.RUNNING
    with closing(View(store)) as view:
        handled = [item.event for item in view.events(["ScheduleHandled"])]
        assert list(view.events(["FlattenRequested"])) == []
    before = hours.previous_session(away.ordinal).close
    assert [(e.entry, e.due, e.outcome.value, e.detail) for e in handled] == [
        ("close-10m flatten", before - 10 * MINUTE, "MISSED", "missed 2 times"),
        ("close stop", before, "MISSED", "missed 2 times"),
    ]


def test_free_running_the_actors_take_a_live_market_as_it_comes(tmp_path):
    market = Market(8, 1_500)
    with (
        FakeAlpaca(market) as server,
        opened(alpaca, server) as feed,
        floor_on(server, feed, tmp_path / "s.db", free_running=True) as floor,
    ):
        floor.begin()
        until(floor, lambda: floor.status().tape_index == len(market.prints))
        until(floor, lambda: floor.status().bars >= 2)
    for symbol in market.symbols:
        assert stored_minutes(tmp_path / "s.db", symbol) == minutes(market, symbol, market.start + MINUTE)


def test_a_live_market_has_no_speed_of_ours(tmp_path):
    market = Market(1, 10)
    with (
        FakeAlpaca(market) as server,
        opened(alpaca, server) as feed,
        pytest.raises(BadConfig, match="speed: alpaca iex is live"),
    ):
        floor_on(server, feed, tmp_path / "s.db", speed=2.0)


def test_a_feed_that_cannot_warm_up_ends_the_boot_and_its_thread(tmp_path, monkeypatch):
    monkeypatch.setattr(rest, "ATTEMPTS", 1)
    market = Market(1, 10)
    with FakeAlpaca(market, Faults(0, answers=1.0)) as server, opened(alpaca, server) as feed:
        with pytest.raises(BadData, match="try again later"), floor_on(server, feed, tmp_path / "s.db"):
            pass
        assert not feed._thread.is_alive()


def test_what_is_not_kept_of_a_live_market_is_lost_and_so_refused(tmp_path):
    market = Market(1, 10)
    with (
        FakeAlpaca(market) as server,
        opened(alpaca, server) as feed,
        pytest.raises(BadConfig, match=r"data\.tape"),
    ):
        TradingFloor({"symbols": ["SPY", "QQQ"], "data": {"tape": "bars"}}, feed=feed)
