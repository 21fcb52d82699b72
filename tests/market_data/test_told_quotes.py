"""What is quoted of a traded symbol itself: with its prices, for as long as it is believed, and to risk."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tradingfloor.actors.domain.instruments import instrument
from tradingfloor.actors.domain.quotes import Quote
from tradingfloor.actors.market_data.core import MarketDataCore
from tradingfloor.actors.market_data.quality import MAX_VOLUME, Rules
from tradingfloor.actors.messages import ChainUpdate, MarketUpdate, PriceUpdated, QuoteUpdated
from tradingfloor.actors.types import MAX_PRICE, Refusal, UpdateKind

SECOND = 10**9
MINUTE = 60 * SECOND


def ns(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/New_York")).timestamp()) * SECOND


NOON = ns("2023-08-03 12:00")


class Room:
    """One room over SPY and QQQ, fed by hand."""

    def __init__(self, tape="tick", **rules):
        instruments = [instrument(symbol) for symbol in ("SPY", "QQQ")]
        self.core = MarketDataCore(instruments, ("5m",), tape, Rules(**rules))
        self.state = self.core.initial()
        self.index = 0

    def quote(self, ts, bid, ask, symbol="SPY"):
        self.index += 1
        quotes = (Quote(symbol, ts, bid, 1 if bid else 0, ask, 1 if ask else 0),)
        return list(self.core.advance(self.state, ChainUpdate(self.index, symbol, ts, quotes), ts))

    def price(self, ts, start=None, kind=UpdateKind.TICK, symbol="SPY"):
        self.index += 1
        start = ts if start is None else start
        update = MarketUpdate(self.index, symbol, kind, ts, start, 100, 100, 100, 100, 1)
        (price,) = self.core.advance(self.state, update, ts)
        assert isinstance(price, PriceUpdated)
        return price.bid, price.ask, price.quote_ts


NONE = (0, 0, 0)


@pytest.fixture
def room():
    return Room()


def test_a_price_comes_with_the_newest_quote_of_its_own_symbol(room):
    room.quote(NOON, 99, 101)
    room.quote(NOON + 1, 98, 102)
    room.quote(NOON + 1, 7, 8, "QQQ")
    assert room.price(NOON + 2) == (98, 102, NOON + 1)
    assert room.price(NOON + 2, symbol="QQQ") == (7, 8, NOON + 1)


def test_a_price_before_any_quote_has_none(room):
    assert room.price(NOON) == NONE


def test_a_quote_is_passed_on_alone_once_and_only_when_it_is_news(room):
    assert room.quote(NOON, 99, 101) == [QuoteUpdated("SPY", NOON, 99, 101)]
    assert room.quote(NOON, 99, 101) == []
    assert room.quote(NOON - 1, 90, 101) == []
    assert room.quote(NOON + 1, 99, 101) == [QuoteUpdated("SPY", NOON + 1, 99, 101)]


def test_a_quote_goes_with_prices_for_as_long_as_the_rules_say_and_is_forgotten_then():
    room = Room(quote_age=5 * SECOND)
    room.quote(NOON, 99, 101)
    assert room.price(NOON + 5 * SECOND) == (99, 101, NOON)
    assert room.price(NOON + 5 * SECOND + 1) == NONE


def test_the_default_age_is_a_minute(room):
    room.quote(NOON, 99, 101)
    assert room.price(NOON + MINUTE) == (99, 101, NOON)
    assert room.price(NOON + MINUTE + 1) == NONE


def test_beside_a_bar_the_age_is_counted_to_its_begin():
    room = Room(tape="5m", quote_age=SECOND)
    room.quote(NOON, 99, 101)
    assert room.price(NOON, kind=UpdateKind.OPEN) == (99, 101, NOON)
    assert room.price(NOON + 5 * MINUTE, NOON, UpdateKind.BAR) == (99, 101, NOON)
    assert room.price(NOON + 5 * MINUTE, kind=UpdateKind.OPEN) == NONE


@pytest.mark.parametrize(
    ("bid", "ask", "reason"),
    [(101, 101, Refusal.LOCKED), (102, 101, Refusal.CROSSED), (99, 0, None), (0, 101, None), (0, 0, None)],
)
def test_a_quote_that_cannot_be_traded_at_takes_the_place_of_the_good_one_before_it(room, bid, ask, reason):
    room.quote(NOON, 99, 101)
    assert room.quote(NOON + 1, bid, ask) == [QuoteUpdated("SPY", NOON + 1, bid, ask)]
    assert room.price(NOON + 2) == (bid, ask, NOON + 1)
    assert dict(room.state.books["SPY"].refused) == ({reason: 1} if reason else {})


def test_a_locked_quote_of_the_same_instant_takes_the_place_of_the_good_one(room):
    room.quote(NOON, 99, 101)
    assert room.quote(NOON, 100, 100) == [QuoteUpdated("SPY", NOON, 100, 100)]


def test_a_locked_quote_of_before_or_from_outside_the_session_is_not_told(room):
    room.quote(NOON, 99, 101)
    assert room.quote(NOON - 1, 100, 100) == []
    assert room.quote(ns("2023-08-03 18:00"), 100, 100) == []
    assert room.price(NOON + 1) == (99, 101, NOON)


@pytest.mark.parametrize(
    ("bid", "ask", "size", "reason"),
    [
        (-1, 101, 1, Refusal.NOT_POSITIVE),
        (MAX_PRICE + 1, 101, 1, Refusal.OUT_OF_RANGE),
        (MAX_PRICE + 1, MAX_PRICE + 1, 1, Refusal.OUT_OF_RANGE),
        (102, 101, MAX_VOLUME + 1, Refusal.OUT_OF_RANGE),
        (102, 101, -1, Refusal.NEGATIVE_VOLUME),
    ],
)
def test_an_impossible_quote_is_not_told_also_when_it_is_locked_or_crossed(room, bid, ask, size, reason):
    room.quote(NOON, 99, 101)
    told = Quote("SPY", NOON + 1, bid, size, ask, 1)
    assert list(room.core.advance(room.state, ChainUpdate(9, "SPY", NOON + 1, (told,)), NOON + 1)) == []
    assert room.price(NOON + 2) == (99, 101, NOON)
    assert dict(room.state.books["SPY"].refused) == {reason: 1}


def test_a_crossed_quote_of_an_impossible_time_is_refused_for_the_time(room):
    assert room.quote(1 << 70, 102, 101) == []
    assert dict(room.state.books["SPY"].refused) == {Refusal.BAD_TIME: 1}


def test_a_quote_of_an_option_is_not_one_of_its_underlying(room):
    option = Quote("SPY   230818C00450000", NOON, 3, 1, 4, 1)
    assert list(room.core.advance(room.state, ChainUpdate(1, "SPY", NOON, (option,)), NOON)) == []
    assert room.price(NOON) == NONE


def test_a_session_begins_without_a_quote_and_takes_none_of_the_day_before():
    room = Room(quote_age=24 * 60 * MINUTE)
    evening, morning = ns("2023-08-02 15:59"), ns("2023-08-03 10:00")
    room.quote(evening, 99, 101)
    option = Quote("SPY   230818C00450000", morning, 3, 1, 4, 1)
    room.core.advance(room.state, ChainUpdate(9, "SPY", morning, (option,)), morning)
    assert room.price(morning) == NONE
    assert room.quote(evening + 1, 97, 103) == []
    assert room.price(morning) == NONE


def test_a_room_that_is_rebuilt_knows_what_was_quoted():
    room, again = Room(), Room()
    for update in [(NOON, 99, 101), (NOON + 1, 100, 100)]:
        room.quote(*update)
        told = Quote("SPY", update[0], update[1], 1, update[2], 1)
        again.core.recall(again.state, ChainUpdate(1, "SPY", update[0], (told,)))
    assert again.state.quotes == room.state.quotes == [QuoteUpdated("SPY", NOON + 1, 100, 100)]
    assert again.price(NOON + 2) == room.price(NOON + 2) == (100, 100, NOON + 1)
