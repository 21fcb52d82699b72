"""Synthetic chains: values without arbitrage, quotes as a market makes them, computed no more than needed."""

from datetime import date

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradingfloor.actors.domain.contracts import OptionContract, Right
from tradingfloor.actors.domain.option_calendar import MARKET, ROOTS
from tradingfloor.actors.domain.pricing import implied_volatility
from tradingfloor.actors.domain.surface import surface
from tradingfloor.actors.domain.volatility_index import NoIndex
from tradingfloor.actors.errors import NotFound
from tradingfloor.actors.market_data.chains import ChainCache, SyntheticChains
from tradingfloor.actors.market_data.simulation.variance import implied
from tradingfloor.actors.market_data.synthetic import Carry, listing, synthesise
from tradingfloor.actors.types import NANOS

SPOT = 4750 * NANOS
CARRY = Carry(0.05, 0.014)
SESSION = MARKET.session(date(2024, 1, 2).toordinal())
TEN = SESSION.open + 1800 * NANOS
FLAT = surface([1.0], [0.16**2], -0.7, 1.0)


def chain(ts=TEN, spot=SPOT, held=FLAT, carry=CARRY, underlying="SPX", seed=1):
    return synthesise(underlying, listing(underlying, ts, (spot,)), ts, spot, held, carry, seed)


@pytest.fixture(scope="module")
def whole():
    return chain()


def series(found):
    """Calls and puts of every (root, expiry), strikes ascending: chains of one series each."""
    for root, day in found.expiries():
        yield found.select(root=root, expiry=day)


# --- values ---------------------------------------------------------------------------------------


@settings(max_examples=12, deadline=None)
@given(
    slow=st.floats(-0.8, 0.8),
    fast=st.floats(-0.6, 1.0),
    rate=st.floats(-0.01, 0.08),
    dividend=st.floats(0.0, 0.04),
    level=st.integers(3000, 6500),
    minute=st.integers(0, 389),
)
def test_no_chain_has_arbitrage_between_its_values(slow, fast, rate, dividend, level, minute):
    found = chain(
        SESSION.open + minute * 60 * NANOS, level * NANOS, implied(slow, fast), Carry(rate, dividend)
    )
    slack = 1e-9 * level
    for each in series(found):
        calls, puts = (each.select(right=right) for right in ("CALL", "PUT"))
        years = float(calls.years()[0])
        discount, strike = np.exp(-rate * years), calls.strike / NANOS
        forward = float(calls.forward[0])
        assert calls.theoretical - puts.theoretical == pytest.approx(discount * (forward - strike), abs=slack)
        fall = np.diff(calls.theoretical)
        assert (fall <= slack).all()
        assert (-fall <= discount * np.diff(strike) + slack).all()
        slope = fall / np.diff(strike)
        assert (np.diff(slope) >= -1e-9).all()
        for side, sign in ((calls, 1), (puts, -1)):
            intrinsic = discount * np.maximum(sign * (forward - strike), 0)
            assert (side.theoretical >= intrinsic - slack).all()
            assert (side.ask / NANOS >= intrinsic - slack).all()
            assert ((sign * side.delta >= 0) & (sign * side.delta <= 1.001)).all()


def test_the_volatility_of_a_value_is_that_of_the_surface(whole):
    near = whole.select(delta=(0.1, 0.9))
    years = near.years()
    found = implied_volatility(
        near.is_call, near.theoretical, SPOT / NANOS, near.strike / NANOS, years, *CARRY
    )
    assert np.nanmax(np.abs(found.sigma - near.sigma)) < 1e-8
    k = np.log(near.strike / NANOS / near.forward)
    assert near.sigma == pytest.approx(FLAT.volatility(k, years), rel=1e-12)


def test_total_variance_at_one_moneyness_grows_from_expiry_to_expiry():
    found = chain(held=implied(0.1, 0.5))
    k = 0.03
    variances = []
    for each in series(found.select(right="CALL")):
        years, moneyness = each.years(), np.log(each.strike / NANOS / each.forward)
        variances.append((years[0], np.interp(k, moneyness, each.sigma**2 * years)))
    variances.sort()
    assert (np.diff([variance for _, variance in variances]) > -1e-6).all()


# --- quotes ---------------------------------------------------------------------------------------


def test_every_quote_is_on_its_tick_around_its_value_and_never_crossed(whole):
    for root, held in ROOTS.items():
        if root not in whole.roots:
            continue
        found = whole.select(root=root)
        for prices in (found.bid, found.ask):
            step = np.where(prices < 3 * NANOS, held.small_tick, held.large_tick)
            assert not (prices % step).any()
    assert (whole.bid < whole.ask).all()
    assert (whole.bid / NANOS <= whole.theoretical).all()
    assert (whole.ask / NANOS >= whole.theoretical).all()


def test_below_three_quotes_are_in_nickels(whole):
    for prices in (whole.bid, whole.ask):
        cheap = prices[(prices > 0) & (prices < 3 * NANOS)]
        assert 0.4 < (cheap % (NANOS // 10) != 0).mean() < 0.8


def test_in_the_wings_nobody_bids_and_the_offer_is_a_tick_or_little_more(whole):
    far = whole.select(right="PUT", expiry="2024-01-05", delta=(0, 0.0005))
    assert len(far) > 10
    assert not far.bid.any()
    assert not far.bid_size.any()
    assert far.ask.max() <= NANOS // 4
    near = whole.select(right="PUT", expiry="2024-01-19", delta=(0.05, 0.5))
    assert near.bid.all()
    assert near.bid_size.all()


def test_a_puts_zero_bids_come_in_a_row_from_the_low_strikes_on(whole):
    puts = whole.select(right="PUT", root="SPXW", expiry="2024-02-16")
    zero = puts.bid == 0
    assert zero[0]
    assert not zero[-1]
    assert (np.diff(zero.astype(int)) <= 0).all()


def test_spreads_are_a_fraction_of_volatility_at_the_money_and_wider_in_the_wings(whole):
    puts = whole.select(root="SPX", expiry="2024-02-16", right="PUT")
    spread = (puts.ask - puts.bid) / NANOS
    money, wing = abs(abs(puts.delta) - 0.5).argmin(), abs(abs(puts.delta) - 0.02).argmin()
    assert 0.2 < spread[money] < 2.5
    assert spread[wing] / puts.vega[wing] > 1.5 * spread[money] / puts.vega[money]


def test_spreads_widen_with_volatility_before_settlement_and_outside_the_session():
    def spread(**held):
        found = chain(**held).select(expiry="2024-01-02" if "ts" in held else "2024-01-19", delta=(0.3, 0.7))
        return float(((found.ask - found.bid) / NANOS).mean())

    assert spread(held=implied(0.4, 0.8)) > 1.3 * spread(held=implied(-0.3, -0.4))
    late = SESSION.close - 3600 * NANOS
    found, before = (chain(ts=ts).select(expiry="2024-01-02", delta=(0.3, 0.7)) for ts in (late, TEN))
    assert ((found.ask - found.bid) / found.vega).mean() > 1.3 * (
        (before.ask - before.bid) / before.vega
    ).mean()
    evening = chain(ts=SESSION.close + 300 * NANOS).select(expiry="2024-01-19", delta=(0.4, 0.6))
    closing = chain(ts=SESSION.close - NANOS).select(expiry="2024-01-19", delta=(0.4, 0.6))
    assert (evening.ask - evening.bid).mean() > 1.7 * (closing.ask - closing.bid).mean()


def test_the_same_input_is_the_same_chain_and_another_seed_has_other_sizes_alone(whole):
    same, other = chain(), chain(seed=2)
    for name in ("bid", "ask", "bid_size", "ask_size", "theoretical"):
        assert np.array_equal(getattr(same, name), getattr(whole, name))
    assert np.array_equal(other.bid, whole.bid)
    assert not np.array_equal(other.bid_size, whole.bid_size)
    quoted = whole.bid_size[whole.bid > 0]
    assert (quoted.min(), quoted.max()) == (1, 500)
    assert abs(np.corrcoef(whole.ask_size[::2], whole.ask_size[1::2])[0, 1]) < 0.03


def test_the_size_of_a_contract_does_not_depend_on_which_others_are_listed(whole):
    wide = synthesise("SPX", listing("SPX", TEN, (SPOT * 9 // 10, SPOT)), TEN, SPOT, FLAT, CARRY, 1)
    assert len(wide) > len(whole)
    sizes = {wide.contract(row): wide.ask_size[row] for row in range(0, len(wide), 7)}
    shared = [row for row in range(len(whole)) if whole.contract(row) in sizes]
    assert len(shared) > 1000
    assert all(sizes[whole.contract(row)] == whole.ask_size[row] for row in shared)


# --- what is listed -------------------------------------------------------------------------------


def test_an_expiry_leaves_the_chain_with_its_last_trade():
    before, after = chain(ts=SESSION.close - NANOS), chain(ts=SESSION.close)
    assert ("SPXW", date(2024, 1, 2)) in before.expiries()
    assert ("SPXW", date(2024, 1, 2)) not in after.expiries()
    thursday = MARKET.session(date(2024, 1, 18).toordinal())
    evening = thursday.close + 14 * 60 * NANOS
    assert ("SPX", date(2024, 1, 19)) in chain(ts=evening).expiries()
    assert ("SPX", date(2024, 1, 19)) not in chain(ts=evening + 60 * NANOS).expiries()
    friday = MARKET.session(date(2024, 1, 19).toordinal())
    assert ("SPXW", date(2024, 1, 19)) in chain(ts=friday.open).expiries()


def test_in_the_last_minute_the_greeks_are_finite():
    found = chain(ts=SESSION.close - NANOS).select(expiry="2024-01-02")
    for column in (found.theoretical, found.delta, found.gamma, found.vega, found.theta, found.rho):
        assert np.isfinite(column).all()


def test_the_mini_trades_in_pennies_on_strikes_of_a_tenth():
    found = chain(spot=475 * NANOS, underlying="XSP")
    assert found.roots == ("XSP",)
    assert not (found.strike % NANOS).any()
    dear = found.ask[found.ask > 5 * NANOS]
    assert (dear % (NANOS // 10)).any()


def test_a_share_has_no_chain_here():
    with pytest.raises(NotFound, match="SPY: no chain"):
        listing("SPY", TEN, (SPOT,))


# --- picking --------------------------------------------------------------------------------------


def test_a_selection_has_the_rows_that_meet_every_condition(whole):
    found = whole.select(expiry=date(2024, 1, 19), root="SPXW", right=Right.PUT, delta=(0.1, 0.4))
    assert len(found) > 10
    for row in range(len(found)):
        held = found.contract(row)
        assert (held.root, held.expiry, held.right) == ("SPXW", date(2024, 1, 19).toordinal(), Right.PUT)
        assert 0.1 <= -found.delta[row] <= 0.4
    everything = whole.select(expiry="2024-01-19")
    assert len(everything) == len(whole.select(expiry=date(2024, 1, 19).toordinal()))
    assert {everything.contract(0).root, everything.contract(len(everything) - 1).root} == {"SPX", "SPXW"}


def test_strikes_around_the_money_are_counted_from_the_forward(whole):
    found = whole.select(expiry="2024-06-21", root="SPX", strikes=3)
    forward = float(found.forward[0])
    assert forward > 4800
    strike = np.unique(found.strike) / NANOS
    assert len(found) == 12
    assert (strike <= forward).sum() == 3
    assert np.diff(strike).max() == 5
    nearest = whole.select(strikes=1)
    assert len(nearest) == 4 * len(whole.expiries())


def test_single_contracts_can_be_picked_and_quoted(whole):
    wanted = OptionContract("SPXW", date(2024, 1, 19).toordinal(), 4700 * NANOS, Right.PUT)
    found = whole.select(contracts=[wanted])
    assert len(found) == 1
    quote = found.quote(0)
    assert (quote.symbol, quote.ts) == ("SPXW  240119P04700000", TEN)
    assert 0 < quote.bid < quote.ask
    assert quote.bid_size * quote.ask_size > 0
    assert len(whole.select(contracts=[])) == 0
    pair = [wanted, msgspec.structs.replace(wanted, root="SPX"), msgspec.structs.replace(wanted, root="NDX")]
    assert {whole.select(contracts=pair).contract(row) for row in range(2)} == set(pair[:2])
    assert len(whole.select(contracts=pair)) == 2


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"expiry": "2024-01-20"}, "nothing expires on 2024-01-20; the next are 2024-01-02, 2024-01-03"),
        ({"expiry": "tomorrow"}, "write a date such as"),
        ({"root": "NDX"}, "no root 'NDX'; there are SPX, SPXW"),
    ],
)
def test_what_is_not_listed_is_refused_with_what_is(given, says, whole):
    with pytest.raises(NotFound, match=says):
        whole.select(**given)


def test_the_index_of_a_flat_surface_is_its_volatility():
    # Without skew the strip pays the variance itself, but for what lies between and beyond the strikes.
    plain = surface([1.0], [0.16**2], 0.0, 1e-3)
    assert chain(held=plain).volatility_index().value == pytest.approx(16, abs=0.1)


def test_a_chain_of_one_expiry_has_no_index(whole):
    with pytest.raises(NoIndex, match="one expiry"):
        whole.select(expiry="2024-02-01").volatility_index()


def test_a_term_has_every_strike_once_and_nothing_where_a_side_is_missing(whole):
    lone = whole.select(
        contracts=[OptionContract("SPX", date(2024, 2, 16).toordinal(), 4700 * NANOS, Right.CALL)]
    )
    term = lone.term("SPX", date(2024, 2, 16))
    assert term.strikes.tolist() == [4700.0]
    assert term.call_ask[0] > term.call_bid[0] > 0
    assert term.put_bid[0] == term.put_ask[0] == 0


# --- computed when read ---------------------------------------------------------------------------


class Reads:
    def __init__(self):
        self.cache, self.chains = ChainCache(), SyntheticChains(CARRY, 1)
        self.clock = 0

    def read(self, spot=SPOT, ts=TEN, *, after=0, **given):
        self.clock += after
        return self.cache.read(
            "SPX", (spot, ts), lambda: self.chains.chain("SPX", spot, ts, FLAT), clock=self.clock, **given
        )


def test_nothing_is_computed_before_it_is_read():
    reads = Reads()
    assert reads.cache.computed == 0
    reads.read()
    assert reads.cache.computed == 1


def test_at_most_ten_chains_are_computed_a_second_however_often_they_are_read():
    reads = Reads()
    for n in range(1, 1001):
        reads.read(SPOT + n * NANOS // 100, TEN + n * NANOS // 1000, after=NANOS // 1000)
    assert reads.cache.computed == 10


def test_within_a_tenth_of_a_second_the_same_chain_is_shown_again_and_then_a_new_one():
    reads = Reads()
    first = reads.read()
    moved = (SPOT + NANOS, TEN + NANOS)
    assert reads.read(*moved, after=NANOS // 10 - 1) is first
    assert reads.read(*moved, after=1).spot == SPOT + NANOS


def test_at_a_decision_the_chain_is_of_the_newest_price():
    reads = Reads()
    reads.read()
    found = reads.read(SPOT + NANOS, TEN + NANOS, decision=True)
    assert (found.spot, found.ts) == (SPOT + NANOS, TEN + NANOS)
    assert reads.read(SPOT + NANOS, TEN + NANOS, decision=True) is found
    assert reads.read(SPOT + NANOS, TEN + NANOS, after=NANOS) is found


def test_underlyings_do_not_wait_for_each_other():
    cache, chains = ChainCache(), SyntheticChains(CARRY, 1)

    def read(underlying, spot):
        return cache.read(underlying, spot, lambda: chains.chain(underlying, spot, TEN, FLAT), clock=0)

    assert [read(*each).underlying for each in (("SPX", SPOT), ("XSP", SPOT // 10))] == ["SPX", "XSP"]
    assert cache.computed == 2


def test_a_series_leaves_the_chain_with_its_last_trade_between_two_reads():
    reads, thursday = Reads(), MARKET.session(date(2024, 1, 18).toordinal())
    series = ("SPX", date(2024, 1, 19))
    minute = 60 * NANOS
    assert series in reads.read(ts=thursday.close + 14 * minute, after=NANOS).expiries()
    assert series not in reads.read(ts=thursday.close + 15 * minute, after=NANOS).expiries()


def test_a_strike_that_was_listed_stays_until_the_end_of_the_session():
    reads = Reads()
    before = reads.read()
    after = reads.read(SPOT * 102 // 100, TEN + NANOS, after=NANOS)
    listed = {after.contract(row) for row in range(len(after))}
    assert {before.contract(row) for row in range(len(before))} <= listed
    assert len(listed) > len(before)
    tomorrow = MARKET.next_session(TEN).open
    fresh = reads.read(SPOT * 102 // 100, tomorrow, after=NANOS)
    assert len(fresh) == len(chain(ts=tomorrow, spot=SPOT * 102 // 100))
