"""What the room keeps of quotes: the newest of each contract and session, counted and judged."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradingfloor.actors.domain.contracts import Right, contract
from tradingfloor.actors.domain.instruments import instrument
from tradingfloor.actors.domain.quotes import OptionTrade, Quote
from tradingfloor.actors.market_data.core import MarketDataCore
from tradingfloor.actors.market_data.quality import MAX_VOLUME
from tradingfloor.actors.market_data.quotes import QuoteBook
from tradingfloor.actors.messages import ChainUpdate, QuoteUpdated, RefusedUpdate
from tradingfloor.actors.types import MAX_PRICE, NANOS, Refusal


def ns(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/New_York")).timestamp()) * NANOS


NOON = ns("2023-06-26 12:00")
CALL, PUT = "SPXW  230630C04400000", "SPXW  230630P04400000"
TODAY = "SPXW  230626P04400000"


def quote(ts=NOON, bid=5, ask=8, symbol=CALL, sizes=(1, 1)):
    return Quote(symbol, ts, bid, sizes[0], ask, sizes[1])


def book():
    return QuoteBook(instrument("SPX"))


def take(held, *quotes, trades=()):
    held.take(ChainUpdate(1, "SPX", NOON, quotes, trades))
    return held


def newest(held):
    return [quote for _, quote in held.quotes()]


BAD = [
    (quote(bid=9), Refusal.CROSSED),
    (quote(bid=8), Refusal.LOCKED),
    (quote(bid=-1), Refusal.NOT_POSITIVE),
    (quote(ask=-1), Refusal.NOT_POSITIVE),
    (quote(ask=MAX_PRICE + 1), Refusal.OUT_OF_RANGE),
    (quote(sizes=(MAX_VOLUME + 1, 1)), Refusal.OUT_OF_RANGE),
    (quote(sizes=(1, -1)), Refusal.NEGATIVE_VOLUME),
    (quote(1 << 80), Refusal.BAD_TIME),
    (quote(symbol="SPXW"), Refusal.UNKNOWN_SYMBOL),
    (quote(symbol="GOOG  230630C04400000"), Refusal.UNKNOWN_SYMBOL),
    (quote(ns("2023-06-26 09:30")), Refusal.OUT_OF_SESSION),
    (quote(ns("2023-06-26 16:16")), Refusal.OUT_OF_SESSION),
    (quote(ns("2023-07-03 13:16"), symbol="SPXW  230731C04400000"), Refusal.OUT_OF_SESSION),
    (quote(ns("2023-06-26 16:01"), symbol="SPX"), Refusal.OUT_OF_SESSION),
    (quote(ns("2023-06-26 16:01"), symbol=TODAY), Refusal.EXPIRED),
    (quote(ns("2023-06-27 12:00"), symbol=TODAY), Refusal.EXPIRED),
    # settled at the morning's open: the evening before was its last
    (quote(ns("2023-06-16 09:31"), symbol="SPX   230616C04400000"), Refusal.EXPIRED),
    (OptionTrade(CALL, NOON, 0, 1), Refusal.NOT_POSITIVE),
    (OptionTrade(CALL, NOON, MAX_PRICE + 1, 1), Refusal.OUT_OF_RANGE),
    (OptionTrade(CALL, NOON, 5, -1), Refusal.NEGATIVE_VOLUME),
    (OptionTrade(CALL, 1 << 80, 5, 1), Refusal.BAD_TIME),
]


@pytest.mark.parametrize(("item", "reason"), BAD, ids=lambda each: getattr(each, "value", ""))
def test_what_cannot_be_is_refused_by_reason_and_not_kept(item, reason):
    held = book()
    take(held, *([item] if isinstance(item, Quote) else []), trades=[item] * isinstance(item, OptionTrade))
    assert (held.received, held.accepted, dict(held.refused)) == (1, 0, {reason: 1})
    assert newest(held) == []
    assert held.last_trade(CALL) is None


@pytest.mark.parametrize(
    "item",
    [
        quote(bid=0, sizes=(0, 1)),
        quote(ask=0, sizes=(1, 0)),
        quote(bid=0, ask=0, sizes=(0, 0)),
        quote(bid=MAX_PRICE - 1, ask=MAX_PRICE),
        quote(ns("2023-06-26 09:30") + 1),
        quote(ns("2023-06-26 16:15")),
        quote(ns("2023-06-26 16:00"), symbol=TODAY),
        quote(ns("2023-07-03 13:15"), symbol="SPXW  230731C04400000"),
    ],
)
def test_one_sided_quotes_and_the_last_instants_of_the_session_are_kept(item):
    held = take(book(), item)
    assert newest(held) == [item]
    assert (held.contracts, held.two_sided) == (1, item.two_sided)


def test_the_newest_quote_of_a_contract_replaces_the_older_and_never_the_other_way_round():
    first, second, other = quote(), quote(NOON + 1, 6, 7), quote(symbol=PUT)
    held = take(book(), second, first, other, second)
    assert newest(held) == [second, other]
    assert dict(held.refused) == {Refusal.BACKWARDS: 1, Refusal.DUPLICATE: 1}
    corrected = quote(NOON + 1, 6, 9)
    assert newest(take(held, corrected)) == [corrected, other]


def test_a_refused_quote_leaves_the_one_before_in_place():
    held = take(book(), quote(), quote(NOON + 1, 9, 8))
    assert newest(held) == [quote()]


def test_a_session_begins_without_the_quotes_of_the_day_before_and_takes_none_of_them_later():
    held = take(book(), quote(), trades=[OptionTrade(CALL, NOON, 5, 2)])
    assert held.last_trade(CALL) == OptionTrade(CALL, NOON, 5, 2)
    morning = quote(ns("2023-06-27 09:31"), symbol=PUT)
    assert newest(take(held, morning, quote(NOON + 1))) == [morning]
    assert held.last_trade(CALL) is None
    assert dict(held.refused) == {Refusal.LATE: 1}


def test_the_quote_of_the_underlying_itself_is_no_contract():
    held = take(book(), quote(symbol="SPX"), quote())
    assert held.own == quote(symbol="SPX")
    assert (held.contracts, held.two_sided, newest(held)) == (1, 1, [quote()])


def test_the_columns_are_sorted_and_grow_with_new_contracts():
    held = take(book(), quote(symbol=PUT), quote(bid=0, sizes=(0, 1)))
    view = held.columns()
    assert [each.occ for each in view.listing.contracts] == [CALL, PUT]
    assert view.listing.sign.tolist() == [1, -1]
    assert view.listing.strike.tolist() == [4_400 * NANOS] * 2
    assert view.listing.expiry.tolist() == [date(2023, 6, 30).toordinal()] * 2
    assert (view.bid.tolist(), view.ask.tolist()) == ([0, 5], [8, 8])
    assert (view.bid_size.tolist(), view.ask_size.tolist()) == ([0, 1], [1, 1])
    assert view.two_sided.tolist() == [False, True]
    take(held, quote(NOON + 1, symbol="SPX   230721C04400000"), quote(NOON + 2))
    grown = held.columns()
    assert [each.root for each in grown.listing.contracts] == ["SPX", "SPXW", "SPXW"]
    assert grown.ts.tolist() == [NOON + 1, NOON + 2, NOON]
    two = grown.where(np.array([True, False, True]))
    assert ([each.occ for each in two.listing.contracts][1], two.ts.tolist()) == (PUT, [NOON + 1, NOON])


def test_the_columns_of_no_quotes_are_empty():
    view = book().columns()
    assert (view.listing.contracts, view.bid.tolist(), view.two_sided.tolist()) == ((), [], [])


EXPIRY = date(2023, 7, 21).toordinal()
ANY = st.builds(
    Quote,
    st.sampled_from([CALL, PUT, contract("SPX", EXPIRY, 4_000 * NANOS, Right.PUT).occ, "SPX", "GOOG", TODAY]),
    st.sampled_from([NOON, NOON + 1, NOON + 2, ns("2023-06-27 10:00"), ns("2023-06-24 10:00")]),
    st.integers(-1, 5),
    st.integers(-1, 3),
    st.integers(-1, 5),
    st.integers(-1, 3),
)


@given(st.lists(st.lists(ANY, max_size=8), max_size=12))
def test_every_quote_received_is_accepted_or_refused_for_a_reason(batches):
    core = MarketDataCore([instrument("SPX")], ("15m",), "1m")
    state = core.initial()
    for index, batch in enumerate(batches):
        before = state.books["SPX"].told
        said = list(core.advance(state, ChainUpdate(index, "SPX", NOON, tuple(batch)), NOON))
        told = state.books["SPX"].told
        # Only what is quoted of the underlying itself is passed on.
        changed = told is not None and told is not before
        assert said == ([QuoteUpdated("SPX", told.ts, told.bid, told.ask)] if changed else [])
    held = state.books["SPX"]
    assert held.received == sum(map(len, batches)) == held.accepted + sum(held.refused.values())
    for kept in newest(held):
        assert 0 <= kept.bid < kept.ask or 0 in (kept.bid, kept.ask)
    view = held.columns()
    assert len(view.bid) == held.contracts
    assert int(view.two_sided.sum()) == held.two_sided


def test_rows_that_could_not_be_read_are_counted_with_the_quotes():
    core = MarketDataCore([instrument("SPX")], ("15m",), "1m")
    state = core.initial()
    core.advance(state, RefusedUpdate(1, "SPX", NOON, Refusal.NAN, "", quote=True), NOON)
    core.advance(state, RefusedUpdate(2, "SPX", NOON, Refusal.NAN), NOON)
    held = state.books["SPX"]
    assert (held.received, dict(held.refused)) == (1, {Refusal.NAN: 1})
    assert dict(state.refusals) == {("SPX", Refusal.NAN): 1}


def test_quotes_of_a_symbol_that_is_not_configured_are_counted_as_unknown():
    core = MarketDataCore([instrument("SPX")], ("15m",), "1m")
    state = core.initial()
    core.advance(state, ChainUpdate(2, "GOOG", NOON, (quote(), quote(symbol=PUT))), NOON)
    assert dict(state.refusals) == {("GOOG", Refusal.UNKNOWN_SYMBOL): 2}


def test_what_is_recalled_is_kept_and_not_counted():
    core = MarketDataCore([instrument("SPX")], ("15m",), "1m")
    state = core.initial()
    core.recall(state, ChainUpdate(2, "SPX", NOON, (quote(), quote(bid=9, symbol=PUT))))
    held = state.books["SPX"]
    assert (newest(held), held.received, held.accepted, dict(held.refused)) == ([quote()], 0, 0, {})
