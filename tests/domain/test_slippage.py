"""The price models alone: no fill at a price costs more than what is the dearest at it."""

from fractions import Fraction
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradingfloor.actors.config import ExecutionConfig
from tradingfloor.actors.domain.money import to_tick_up
from tradingfloor.actors.domain.slippage import dearest, price_model
from tradingfloor.actors.types import NANOS

CENT = NANOS // 100
DETERMINISTIC = ("none", "fixed_bps", "fixed_ticks", "half_spread")


class Market(NamedTuple):
    volume: int
    bid: int
    ask: int
    quote_ts: int = 0


@st.composite
def venues(draw, names=(*DETERMINISTIC, "volume_share")):
    share = st.integers(1, 1_000).map(lambda part: part / 1_000)
    return ExecutionConfig(
        price_model=draw(st.sampled_from(names)),
        slippage_bps=draw(st.integers(0, 50_000)) / 10,
        slippage_ticks=draw(st.integers(0, 1_000_000)),
        spread_part=draw(share),
        spread_bps=draw(st.integers(0, 50_000)) / 10,
        volume_limit=draw(share),
        volume_impact=draw(st.integers(0, 1_000)) / 10,
        assumed_volume=draw(st.integers(1, 10**6)),
    )


RAW = st.integers(1, 10**8 * NANOS)
TICKS = st.sampled_from([1, 10_000, CENT, NANOS])
UNITS = st.integers(1, 10**6)
HALVES = st.one_of(st.none(), st.integers(-NANOS, 100 * NANOS))
"""Half the spread: none = no quote, not above 0 = locked or crossed."""


def quote(raw, half):
    return (0, 0) if half is None else (max(1, raw - half), max(1, raw + half))


@settings(deadline=None, max_examples=500)
@given(venues(), RAW, TICKS, UNITS, UNITS, st.integers(0, 10**7), HALVES, st.sampled_from([1, -1]))
def test_no_fill_of_at_most_so_many_units_costs_more_than_the_dearest(
    venue, raw, tick, one, other, volume, half, sign
):
    model, (bid, ask) = price_model(venue), quote(raw, half)
    most = dearest(model, raw, tick, max(one, other), bid, ask)
    paid = model.price(raw, sign, tick, min(one, other), Market(volume, bid, ask))
    assert paid is None or paid <= most
    assert most % tick == 0
    assert most >= raw


@settings(deadline=None, max_examples=300)
@given(venues(DETERMINISTIC), RAW, TICKS, UNITS, st.integers(0, 10**7), HALVES)
def test_a_purchase_costs_the_dearest_where_only_price_and_quote_decide(
    venue, raw, tick, units, volume, half
):
    model, (bid, ask) = price_model(venue), quote(raw, half)
    paid = model.price(raw, 1, tick, units, Market(volume, bid, ask))
    assert paid is None or paid == dearest(model, raw, tick, units, bid, ask)


@settings(deadline=None, max_examples=300)
@given(venues(("volume_share",)), RAW, TICKS, UNITS)
def test_the_dearest_share_of_the_volume_is_the_limit_and_such_a_market_is_possible(venue, raw, tick, units):
    impact, limit = (Fraction(str(each)) for each in (venue.volume_impact, venue.volume_limit))
    model = price_model(venue)
    most = dearest(model, raw, tick, units)
    exact = raw * (1 + impact * limit**2)
    # The impact is rounded up to 1e-9 of a basis point, then the price to the tick.
    assert exact <= most < exact + Fraction(raw, 10_000 * NANOS) + tick + 1
    assert model.price(raw, 1, tick, units, Market(units, 0, 0)) == most


@pytest.mark.parametrize(
    ("bid", "ask", "paid"),
    [(99.8, 100.2, 100.15), (0, 0, 100.08), (100, 100, 100.08), (100.2, 99.8, 100.08), (0, 100.2, 100.08)],
)
def test_a_quote_that_trades_tells_the_spread_and_any_other_leaves_the_assumed_one(bid, ask, paid):
    model = price_model(ExecutionConfig(price_model="half_spread", spread_part=0.75, spread_bps=20.0))
    bid, ask = (round(side * 100) * CENT for side in (bid, ask))
    assert dearest(model, 100 * NANOS, CENT, 7, bid, ask) == round(paid * 100) * CENT


def test_without_a_cost_the_dearest_is_the_price_on_the_tick():
    model = price_model(ExecutionConfig(price_model="none"))
    assert dearest(model, 100 * NANOS + 1, CENT, 7) == to_tick_up(100 * NANOS + 1, CENT)


@pytest.mark.parametrize("model", ["fixed_bps", "fixed_ticks", "half_spread"])
def test_no_sale_falls_below_one_tick(model):
    priced = price_model(ExecutionConfig(price_model=model, slippage_bps=5_000.0, slippage_ticks=9))
    assert priced.price(CENT, -1, CENT, 1, Market(1, 1, 4 * CENT, 1)) == CENT


@pytest.mark.parametrize(("bid", "ask"), [(100, 100), (101, 100), (0, 100), (100, 0), (0, 0)])
def test_a_quote_that_trades_nothing_has_no_price_under_half_spread(bid, ask):
    priced = price_model(ExecutionConfig(price_model="half_spread"))
    assert priced.price(100, 1, 1, 1, Market(1, bid, ask, 1)) is None
