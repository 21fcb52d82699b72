"""How far a trade went its way and against it: only prices surely seen while it was open count."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradingfloor.actors.messages import TradeClosed
from tradingfloor.actors.types import NANOS

CENT = NANOS // 100


def reached(here):
    """(mfe, mae) of the trades that were closed, in decimal prices."""
    return [(trade.mfe / NANOS, trade.mae / NANOS) for trade in here.said(TradeClosed)]


def entered(desk, side="BUY", at=100.0, stop=90.0, target=120.0, **settings):
    """A desk with ten units entered at the open of the bar that runs from 1 to 2."""
    here = desk(bar=1, **settings)
    here.approve(0, side, 10, stop, target)
    here.open(1, at)
    return here


LIVES = [
    ("nothing but its own bars", [("bar", 1, 2, 100, 104, 97, 103), ("open", 2, 121)], (21, 3)),
    ("the bar it was entered at the open of counts whole", [("bar", 1, 2, 100, 119, 91, 100)], None),
    ("of the bar that stops it the fill alone", [("bar", 1, 2, 100, 119, 89, 100)], (0, 10)),
    (
        "an open beyond the stop is as far as it went",
        [("bar", 1, 2, 100, 101, 99, 100), ("open", 2, 85)],
        (1, 15),
    ),
    (
        "the bars before the last count whole",
        [("bar", 1, 2, 100, 119, 91, 100), ("bar", 2, 3, 100, 119.5, 80, 100)],
        (19, 10),
    ),
    (
        "a target fills at its level though the bar went further",
        [("bar", 1, 2, 100, 101, 99, 100), ("bar", 2, 3, 100, 130, 92, 125)],
        (20, 1),
    ),
]


@pytest.mark.parametrize(("life", "prices", "expected"), LIVES)
def test_a_long_trade_reached(desk, life, prices, expected):
    here = entered(desk)
    for name, *arguments in prices:
        getattr(here, name)(*arguments)
    if expected is None:
        assert reached(here) == []
        here.flatten(3)
        here.open(4, 100)
        expected = (19, 9)
    assert reached(here) == [expected]


def test_a_short_trade_is_the_long_one_upside_down(desk):
    here = entered(desk, "SELL", stop=110.0, target=80.0)
    here.bar(1, 2, 100, 104, 97, 103)
    here.bar(2, 3, 103, 112, 81, 100)
    assert reached(here) == [(3, 10)]


def test_slots_count_from_the_one_after_the_entry_on_and_the_entry_slot_by_its_last_price(desk):
    here = desk()
    here.approve(0, "BUY", 10, 90, 120)
    here.slot(1, 2, 100, 118, 91, 105)
    here.slot(2, 3, 105, 106, 98, 99)
    here.tick(4, 90)
    assert reached(here) == [(6, 10)]


def test_prices_before_and_after_a_trade_do_not_count_for_it_or_the_next(desk):
    here = desk()
    here.tick(0, 500)
    here.approve(0, "BUY", 1, 90, 120)
    here.tick(1, 100)
    here.tick(2, 120.5)
    here.tick(3, 10)
    here.approve(3, "BUY", 1, 90, 120)
    here.tick(4, 100)
    here.tick(5, 89)
    assert reached(here) == [(20.5, 0), (0, 11)]


def test_slippage_is_part_of_how_far_it_went(desk):
    here = entered(desk, slippage_bps=100.0, stop=90.0)
    here.bar(1, 2, 100, 100, 90, 95)
    (trade,) = here.said(TradeClosed)
    assert (trade.entry_price, trade.exit_price) == (101 * NANOS, 8910 * CENT)
    assert (trade.mfe, trade.mae) == (0, 1190 * CENT)


BARS = st.lists(
    st.tuples(st.integers(0, 80), st.integers(0, 80), st.integers(0, 80), st.integers(0, 80)),
    min_size=1,
    max_size=12,
)


@settings(deadline=None, max_examples=150)
@given(bars=BARS, side=st.sampled_from(["BUY", "SELL"]), partial=st.sampled_from([0.0, 0.7]))
def test_what_it_earned_per_unit_lies_between_its_excursions_and_those_within_what_was_traded(
    desk, bars, side, partial
):
    here = desk(bar=1, partial_fill_probability=partial)
    stop, target = (90, 130) if side == "BUY" else (130, 90)
    here.approve(0, side, 10, stop, target)
    here.open(1, 110)
    for at, prices in enumerate(bars, 1):
        first, last, *between = (80 + step for step in prices)
        if at > 1:
            here.open(at, first)
        first = 110 if at == 1 else first
        path = (first, last, *between)
        here.bar(at, at + 1, first, max(path), min(path), last)
        assert here.recovered().books["SPX"] == here.state.books["SPX"]
    for trade in here.said(TradeClosed):
        gained = trade.direction * (trade.exit_price - trade.entry_price)
        assert -trade.mae <= gained <= trade.mfe
        lows, highs = zip(*((p.low, p.high) for p in here.prices), strict=True)
        assert trade.entry_price - min(lows) >= (trade.mae if trade.direction > 0 else trade.mfe)
        assert max(highs) - trade.entry_price >= (trade.mfe if trade.direction > 0 else trade.mae)


def test_a_price_told_twice_after_a_crash_counts_once(desk):
    here = entered(desk)
    here.bar(1, 2, 100, 104, 97, 103)
    before = here.recovered()
    here.core.apply(before, here.prices[-1])
    assert before.books == here.state.books


def test_after_a_restart_what_another_symbols_longer_trade_needs_does_not_count(desk):
    here = desk(symbols=("SPX", "ABC"))
    here.approve(0, "BUY", 1, 90, 120, symbol="ABC")
    here.tick(1, 100, "ABC")
    here.tick(2, 500)
    here.tick(3, 5)
    here.approve(3, "BUY", 1, 90, 120)
    here.tick(4, 100)
    here.tick(5, 99)
    assert here.recovered().books == here.state.books
