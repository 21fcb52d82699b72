"""Chains of quotes that were made: volatilities where the quotes have one, NaN where they have none."""

from datetime import date

import numpy as np
import pytest

from tradingfloor.actors.config import Config, DataConfig
from tradingfloor.actors.domain.contracts import OptionContract, Right
from tradingfloor.actors.domain.instruments import instrument
from tradingfloor.actors.domain.option_calendar import MARKET, expiry
from tradingfloor.actors.domain.quote_columns import columns, listing
from tradingfloor.actors.domain.quotes import Quote
from tradingfloor.actors.market_data.core import MarketDataCore
from tradingfloor.actors.market_data.feeds import open_feed
from tradingfloor.actors.market_data.quoted import quoted_chain
from tradingfloor.actors.market_data.simulation.variance import implied
from tradingfloor.actors.market_data.synthetic import Carry, synthesise
from tradingfloor.actors.market_data.synthetic import listing as synthetic_listing
from tradingfloor.actors.types import NANOS

SPOT = 4750 * NANOS
CARRY = Carry(0.05, 0.014)
TS = MARKET.session(date(2024, 1, 2).toordinal()).open + 1800 * NANOS
DAY = date(2024, 1, 19).toordinal()


def columns_of(quotes):
    """Columns of {contract: (bid, ask)} in the currency, quoted at ``TS``."""
    listed = listing(quotes)
    return columns(
        listed,
        [
            Quote(each.occ, TS, *(x for side in quotes[each] for x in (round(side * NANOS), 5)))
            for each in listed.contracts
        ],
    )


@pytest.fixture(scope="module")
def synthetic():
    listed = synthetic_listing("SPX", TS, (SPOT,))
    made = synthesise("SPX", listed, TS, SPOT, implied(0.0, 0.0), CARRY, 1)
    return made.select(delta=(0.02, 1.0))


@pytest.fixture(scope="module")
def read_back(synthetic):
    quotes = {}
    for row in range(len(synthetic)):
        quotes[synthetic.contract(row)] = (synthetic.bid[row] / NANOS, synthetic.ask[row] / NANOS)
    return quoted_chain("SPX", columns_of(quotes), SPOT, CARRY)


def test_the_quotes_of_a_chain_lead_back_to_its_forwards_and_volatilities(synthetic, read_back):
    assert len(read_back) == len(synthetic)
    assert read_back.quoted
    assert not synthetic.quoted
    for name in ("strike", "expiry", "is_call", "bid", "ask", "settles"):
        assert np.array_equal(getattr(read_back, name), getattr(synthetic, name))
    assert np.abs(read_back.forward / synthetic.forward - 1).max() < 5e-4
    near = (np.abs(synthetic.delta) < 0.7) & (synthetic.bid > 0) & (synthetic.years() > 2 / 365)
    assert np.abs(read_back.sigma - synthetic.sigma)[near].max() < 0.02
    assert np.abs(read_back.delta - synthetic.delta)[near].max() < 0.03


def test_the_index_of_quotes_that_were_made_is_that_of_the_chain_they_come_from(synthetic, read_back):
    assert read_back.volatility_index().value == pytest.approx(synthetic.volatility_index().value, abs=0.02)


def a_series(**changed):
    """Calls and puts around 4750 with parity at a forward of 4760; ``changed``: "C4700" -> (bid, ask)."""
    quotes = {}
    for strike, (call, put) in {4700: (110, 50.2), 4750: (79, 69.1), 4800: (54, 94)}.items():
        for right, mid in ((Right.CALL, call), (Right.PUT, put)):
            name = f"{right.value[0]}{strike}"
            held = OptionContract("SPXW", DAY, strike * NANOS, right)
            quotes[held] = changed.get(name, (mid - 0.5, mid + 0.5))
    return quotes


def row(chain, name):
    (found,) = [
        n for n in range(len(chain)) if f"{'CP'[not chain.is_call[n]]}{chain.strike[n] // NANOS}" == name
    ]
    return found


def test_the_forward_is_that_of_put_call_parity():
    found = quoted_chain("SPX", columns_of(a_series()), None, CARRY)
    years = float(found.years()[0])
    parity = [
        k + np.exp(0.05 * years) * (c - p)
        for k, c, p in ((4700, 110, 50.2), (4750, 79, 69.1), (4800, 54, 94))
    ]
    assert found.forward[0] == pytest.approx(np.median(parity))
    assert found.spot == 0
    assert np.isfinite(found.sigma).all()


@pytest.mark.parametrize(
    ("sides", "why"),
    [
        ((0, 0.1), "nobody bids"),
        ((1.0, 0), "nobody offers"),
        ((9.0, 9.2), "below what the forward makes certain"),
    ],
)
def test_a_quote_without_a_volatility_has_no_value_and_no_greeks(sides, why):
    found = quoted_chain("SPX", columns_of(a_series(C4700=sides)), SPOT, CARRY)
    at, other = row(found, "C4700"), row(found, "C4800")
    for name in ("theoretical", "sigma", "delta", "gamma", "vega", "theta", "rho"):
        column = getattr(found, name)
        assert np.isnan(column[at]), (name, why)
        assert np.isfinite(column[other]), name
    assert (found.bid[at], found.ask[at]) == tuple(round(side * NANOS) for side in sides)


def test_without_a_pair_the_forward_comes_from_the_spot_and_without_a_spot_there_is_none():
    lone = {OptionContract("SPXW", DAY, 4700 * NANOS, Right.CALL): (109.5, 110.5)}
    found = quoted_chain("SPX", columns_of(lone), SPOT, CARRY)
    assert found.forward[0] == pytest.approx(4750 * np.exp(0.036 * found.years()[0]))
    assert 0.1 < found.sigma[0] < 0.3
    blind = quoted_chain("SPX", columns_of(lone), None, CARRY)
    assert np.isnan(blind.forward[0])
    assert np.isnan(blind.sigma[0])


def test_an_option_that_can_be_exercised_early_is_shown_and_not_valued():
    quotes = {OptionContract("GOOG", DAY, 140 * NANOS, right): (5.0, 5.2) for right in Right}
    found = quoted_chain("GOOG", columns_of(quotes), 139 * NANOS, CARRY)
    assert len(found) == 2
    assert (found.bid > 0).all()
    assert np.isnan(found.sigma).all()
    assert np.isnan(found.delta).all()


def test_a_contract_that_has_settled_has_no_value_any_more():
    today = date(2024, 1, 2).toordinal()
    old, alive = (OptionContract("SPXW", day, 4700 * NANOS, Right.CALL) for day in (today, DAY))
    listed = listing([old, alive])
    late = expiry("SPXW", today).settles
    quotes = [Quote(each.occ, late, 100 * NANOS, 1, 101 * NANOS, 1) for each in listed.contracts]
    found = quoted_chain("SPX", columns(listed, quotes), SPOT, CARRY)
    assert np.isnan(found.sigma[0])
    assert np.isfinite(found.sigma[1])


def test_recorded_spx_quotes_imply_the_same_volatility_by_call_and_put(lean):
    source = lean / "indexoption/usa/minute/spxw/20210105_quote_european.zip"
    feed = open_feed(Config(timeframes=("1h",), data=DataConfig(source=f"replay:{source}")))
    core = MarketDataCore([instrument("SPX")], ("1h",), feed.timeframe("SPX"))
    state = core.initial()
    for update in feed.updates():
        core.advance(state, update, update.ts)
    found = quoted_chain("SPX", state.books["SPX"].columns(), None, CARRY)
    assert len(found) == 8
    assert np.isfinite(found.sigma).all()
    assert 3700 < found.forward.min() <= found.forward.max() < 3760
    assert np.abs(found.sigma[::2] - found.sigma[1::2]).max() < 0.01
    assert 0.1 < found.sigma.min() <= found.sigma.max() < 0.4
