"""Quotes of a stream on their way to market data: in the order of time, without rows of the tape."""

import json

import pytest
from all_providers import PROVIDERS
from fake_alpaca import FakeAlpaca
from fake_server import OPEN, Market
from live_feeds import opened
from live_feeds import until as wait_until

from tradingfloor import TradingFloor
from tradingfloor.actors.domain.quotes import Quote
from tradingfloor.actors.market_data.feeds.providers import alpaca
from tradingfloor.actors.market_data.feeds.providers.quote_line import QuoteLine
from tradingfloor.actors.market_data.feeds.providers.tradier_stream import TradierStream
from tradingfloor.actors.market_data.feeds.providers.vocabulary import Corrupt, Trade
from tradingfloor.actors.messages import ChainUpdate, MarketUpdate
from tradingfloor.actors.types import NANOS
from tradingfloor.status import room_state

BID, ASK = 469_990_000_000, 470_010_000_000
"""What the servers quote."""


def trade(ts, symbol="SPY"):
    return Trade(symbol, ts, 470, 1, (symbol, ts))


def quote(ts, bid=1, symbol="SPY"):
    return Quote(symbol, ts, bid, 1, bid + 2, 1)


def line_of(*quotes):
    line = QuoteLine()
    for each in quotes:
        line.streamed(each)
    return line


def test_before_each_trade_comes_the_newest_quote_of_its_symbol_that_is_not_younger():
    line = line_of(quote(1), quote(2, 5), quote(3, 6), quote(4, 7), quote(2, 9, "QQQ"))
    trades = [trade(3), trade(3, "IWM"), trade(4)]
    assert list(line.woven(trades, 4)) == [
        quote(3, 6),
        trade(3),
        trade(3, "IWM"),
        quote(4, 7),
        trade(4),
        quote(2, 9, "QQQ"),
    ]


def test_a_quote_that_is_younger_than_what_is_complete_waits():
    line = line_of(quote(5), quote(2))
    assert list(line.woven([trade(3)], 4)) == [quote(2), trade(3)]
    assert list(line.woven([], 4)) == []
    assert list(line.woven([], 5)) == [quote(5)]


def test_without_trades_the_newest_quote_alone_is_given():
    assert list(line_of(quote(1), quote(3, 4), quote(2, 3)).woven([], 3)) == [quote(3, 4)]


@pytest.mark.parametrize(
    ("told", "ts"),
    [({"biddate": "1700000000123", "askdate": "1700000000456"}, 1_700_000_000_456_000_000), ({}, None)],
)
def test_a_tradier_quote_is_as_old_as_its_younger_side_and_without_a_time_it_is_none(told, ts):
    expected = [] if ts is None else [Quote("SPY", ts, 470 * NANOS, 1, 471 * NANOS, 2)]
    assert tradier_says(told) == expected


@pytest.mark.parametrize("millis", [-1, 1 << 62])
def test_a_tradier_quote_of_an_impossible_time_makes_the_frame_corrupt(millis):
    with pytest.raises(Corrupt):
        tradier_says({"biddate": str(millis), "askdate": str(millis)})


def tradier_says(told):
    sides = {"symbol": "SPY", "bid": 470, "bidsz": 1, "ask": 471, "asksz": 2}
    stream = TradierStream("", ("SPY",), None)
    return stream.read(json.dumps({"type": "quote", **sides, **told}))


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_feed_gives_the_quotes_of_the_stream_between_its_trades(name):
    codec, fake = PROVIDERS[name]
    market = Market(1, 60, symbols=("SPY",))
    updates = []
    with fake(market) as server, opened(codec, server) as feed:
        assert list(feed.quotes(0)) == []
        for update in feed.updates():
            updates.append(update)
            if isinstance(update, MarketUpdate) and update.index == len(market.prints):
                break
        (now,) = feed.quotes(60)
    assert (now.index, now.symbol, now.quotes[0].bid, now.quotes[0].ask) == (60, "SPY", BID, ASK)
    row, newest, told = 0, 0, 0
    for update in updates:
        if isinstance(update, MarketUpdate):
            row += 1
            newest = update.ts
        elif isinstance(update, ChainUpdate):
            told += 1
            (held,) = update.quotes
            assert (held.symbol, held.bid, held.ask, held.ts) == ("SPY", BID, ASK, update.ts)
            assert update.ts >= newest, "told after a younger trade"
            assert update.index == row, "a row of the tape"
    assert told > 5


def test_what_is_quoted_before_the_open_is_not_told():
    market = Market(1, 20, symbols=("SPY",), start=OPEN - 3_600 * NANOS)
    with FakeAlpaca(market) as server, opened(alpaca, server) as feed:
        feed.updates()
        wait_until(lambda: feed.quote("SPY") is not None)
        assert list(feed.quotes(0)) == []


def test_market_data_knows_what_a_live_market_quotes(tmp_path):
    market = Market(5, 200, symbols=("SPY",))
    with FakeAlpaca(market) as server, opened(alpaca, server) as feed:
        settings = {"symbols": ["SPY"], "timeframes": ["1m"], "data": {"source": "alpaca"}}
        with TradingFloor(settings, store=tmp_path / "s.db", feed=feed) as floor:
            floor.begin()
            wait_until(lambda: floor.status().tape_index == len(market.prints))
            told = room_state(floor._engine, "market_data").books["SPY"].told
            assert (told.bid, told.ask) == (BID, ASK)
            wait_until(lambda: room_state(floor._engine, "risk").books["SPY"].quote is not None)
            heard = room_state(floor._engine, "risk").books["SPY"].quote
            assert (heard.bid, heard.ask) == (BID, ASK)
            assert floor.status().refusals == ()
