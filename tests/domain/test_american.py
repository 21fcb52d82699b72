"""American options against published values, QuantLib, their own limits and their European twins."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradingfloor.actors.domain import american, early_exercise, pricing
from tradingfloor.actors.domain.american import (
    greeks,
    greeks_of_one,
    implied_volatility,
    implied_volatility_of_one,
    price,
    price_of_one,
)
from tradingfloor.actors.domain.pricing import NoVolatility

LONGSTAFF_SCHWARTZ = {
    36: (4.478, 4.840, 7.101, 8.508),
    38: (3.250, 3.745, 6.148, 7.670),
    40: (2.314, 2.885, 5.312, 6.920),
    42: (1.617, 2.212, 4.582, 6.248),
    44: (1.110, 1.690, 3.948, 5.647),
}
"""Puts by finite differences in Longstaff and Schwartz (2001), table 1: strike 40, rate 6 %.

They may be exercised 50 times a year and not always, so they are worth a little less.
"""


def share_options(n, seed=9):
    """A day to four years, volatilities 3 to 150 %, rates and dividends to 15 %; spot 100."""
    g = np.random.default_rng(seed)
    days = np.exp(g.uniform(0, math.log(1500), n)).astype(int)
    sigma = np.exp(g.uniform(math.log(0.03), math.log(1.5), n))
    k = np.clip(g.normal(0, 1.2, n) * sigma * np.sqrt(days / 365), -1.5, 1.5)
    rates, dividends = g.uniform(1e-4, 0.15, (2, n))
    return g.random(n) < 0.5, np.full(n, 100.0), 100 * np.exp(k), days / 365, rates, dividends, sigma


@pytest.mark.parametrize("spot", LONGSTAFF_SCHWARTZ)
def test_puts_are_those_of_longstaff_and_schwartz(spot):
    found = [price_of_one(False, spot, 40, years, 0.06, 0.0, s) for s in (0.2, 0.4) for years in (1, 2)]
    for ours, theirs in zip(found, LONGSTAFF_SCHWARTZ[spot], strict=True):
        assert -0.0005 < ours - theirs < 0.01


def test_prices_are_those_of_quantlib():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # its bindings' own, at import
        ql = pytest.importorskip("QuantLib", reason="QuantLib is not installed: no independent prices")
    today, year = ql.Date(2, 1, 2026), ql.Actual365Fixed()
    ql.Settings.instance().evaluationDate = today
    scheme = ql.QdFpAmericanEngine.highPrecisionScheme()

    def theirs(is_call, spot, strike, years, rate, dividend, sigma):
        curve = lambda r: ql.YieldTermStructureHandle(ql.FlatForward(today, r, year))  # noqa: E731
        vol = ql.BlackConstantVol(today, ql.NullCalendar(), sigma, year)
        process = ql.BlackScholesMertonProcess(
            ql.QuoteHandle(ql.SimpleQuote(spot)),
            curve(dividend),
            curve(rate),
            ql.BlackVolTermStructureHandle(vol),
        )
        side = ql.Option.Call if is_call else ql.Option.Put
        expiry = today + round(years * 365)
        option = ql.VanillaOption(ql.PlainVanillaPayoff(side, strike), ql.AmericanExercise(today, expiry))
        option.setPricingEngine(ql.QdFpAmericanEngine(process, scheme))
        return option.NPV()

    rows = share_options(80)
    expected = [theirs(*(value.item() for value in row)) for row in zip(*rows, strict=True)]
    off = np.abs(price(*rows) - expected) / np.maximum(rows[1], rows[2])
    assert np.max(off) < 1e-6


def test_every_usual_option_has_a_price_between_its_european_twin_and_its_bounds():
    rows = share_options(2_000, seed=21)
    calls, spot, strike = rows[:3]
    found = price(*rows)
    payoff = np.maximum(np.where(calls, spot - strike, strike - spot), 0.0)
    exact = 1e-6 * np.maximum(spot, strike)
    assert (found >= payoff).all()
    assert (found >= pricing.price(*rows) - exact).all()
    assert (found <= np.where(calls, spot, strike) + exact).all()


def test_where_early_exercise_cannot_pay_everything_is_european_to_the_bit():
    strikes = np.linspace(60, 150, 31)
    for kept in (
        (True, 100.0, strikes, 0.7, 0.05, 0.0),
        (True, 100.0, strikes, 0.7, -0.02, -0.02),
        (False, 100.0, strikes, 0.7, 0.0, 0.02),
        (False, 100.0, strikes, 0.7, -0.01, 0.0),
    ):
        np.testing.assert_array_equal(greeks(*kept, 0.3), pricing.greeks(*kept, 0.3))
        paid = pricing.price(*kept, 0.3)
        np.testing.assert_array_equal(
            implied_volatility(kept[0], paid, *kept[1:]),
            pricing.implied_volatility(kept[0], paid, *kept[1:]),
        )


def test_rates_with_two_boundaries_are_not_priced():
    for row in ((False, 100, 95, 1.0, 0.0, -0.02), (True, 100, 95, 1.0, -0.05, -0.01)):
        assert np.isnan(greeks(*row, 0.2)).all()
        assert math.isnan(price_of_one(*row, 0.2))
        found = implied_volatility_of_one(row[0], 8.0, *row[1:])
        assert (found.reason, math.isnan(found.sigma)) == (NoVolatility.UNPRICED, True)


def test_a_put_deep_enough_is_exercised_now():
    found = greeks_of_one(False, 50, 100, 1.0, 0.05, 0.0, 0.2)
    assert found == (50.0, -1.0, 0.0, 0.0, 0.0, 0.0)
    call = greeks_of_one(True, 100, 40, 1.0, 0.01, 0.08, 0.2)
    assert call == pytest.approx((60.0, 1.0, 0.0, 0.0, 0.0, 0.0), abs=1e-12)


def test_an_expired_option_is_its_payoff():
    for row in ((False, 90, 100, 0.0), (True, 110, 100, -1.0), (True, 100, 100, 0.0)):
        assert greeks_of_one(*row, 0.05, 0.02, 0.2) == pricing.greeks_of_one(*row, 0.05, 0.02, 0.2)
        assert price_of_one(*row, 0.05, 0.02, 0.2) == pricing.price_of_one(*row, 0.05, 0.02, 0.2)
        assert implied_volatility_of_one(*row[:1], 5.0, *row[1:], 0.05, 0.02).reason is NoVolatility.EXPIRED


def test_without_volatility_the_best_day_is_chosen():
    assert price(False, 100, 120, 2.0, 0.05, 0.0, 0.0) == 20.0
    waits = price(True, 100, 100, 2.0, 0.05, 0.02, 0.0)
    assert waits == pytest.approx(100 * math.exp(-0.04) - 100 * math.exp(-0.1), rel=1e-14)
    days = np.linspace(0, 40, 100_001)
    between = np.max(100 * np.exp(-0.03 * days) - 100 * np.exp(-0.06 * days))
    assert between > 100 * math.exp(-1.2) - 100 * math.exp(-2.4) + 1
    assert price(True, 100, 100, 40.0, 0.06, 0.03, 0.0) == pytest.approx(between, rel=1e-8)
    nearly = price(True, 100, 100, 40.0, 0.06, 0.03, 0.01)
    assert nearly == pytest.approx(between, abs=0.2)


def test_a_price_grows_with_time_and_volatility():
    for is_call in (True, False):
        by_time = price(is_call, 100, 105, np.linspace(0.01, 3, 60), 0.05, 0.04, 0.25)
        by_sigma = price(is_call, 100, 105, 1.0, 0.05, 0.04, np.linspace(0.0, 2.0, 60))
        assert (np.diff(by_time) > -1e-6).all()
        assert (np.diff(by_sigma) > -1e-6).all()


@pytest.mark.parametrize("is_call", [True, False])
@pytest.mark.parametrize("strike", [85.0, 100.0, 118.0])
def test_greeks_are_the_slopes_of_the_price(is_call, strike):
    row = [is_call, 100.0, strike, 0.8, 0.05, 0.04, 0.3]
    found = greeks_of_one(*row)

    def slope(place, step, of=price_of_one):
        low, high = ([*row[:place], row[place] + move, *row[place + 1 :]] for move in (-step, step))
        return (of(*high) - of(*low)) / (2 * step)

    assert found.delta == pytest.approx(slope(1, 0.01), abs=1e-5)
    assert found.gamma == pytest.approx(slope(1, 0.01, lambda *r: greeks_of_one(*r).delta), abs=1e-5)
    assert found.vega == pytest.approx(0.01 * slope(6, 1e-3), rel=1e-4)
    assert found.theta == pytest.approx(-slope(3, 1e-3) / 365, rel=1e-3)
    assert found.rho == pytest.approx(0.01 * slope(4, 1e-3), rel=1e-3)


def test_the_way_back_from_a_price_is_exact_wherever_waiting_is_worth_something():
    rows = share_options(600, seed=4)
    known = greeks(*rows)
    found = implied_volatility(rows[0], known.price, *rows[1:6])
    assert set(np.unique(found.reason)) <= {0, NoVolatility.NO_TIME_VALUE}
    solved = found.reason == 0
    assert solved.sum() > 500
    assert np.max(np.abs(found.sigma - rows[6])[solved]) < 1e-8


def test_a_price_outside_the_model_has_its_reason():
    kept = (100.0, 110.0, 1.0, 0.05, 0.02)
    for premium, reason in (
        (9.0, "BELOW_INTRINSIC"),
        (10.0, "NO_TIME_VALUE"),
        (110.0, "ABOVE_MAXIMUM"),
        (500.0, "ABOVE_MAXIMUM"),
        (-1.0, "BELOW_INTRINSIC"),
        (math.nan, "BAD_INPUT"),
    ):
        found = implied_volatility_of_one(False, premium, *kept)
        assert (found.reason.name, math.isnan(found.sigma)) == (reason, True)
    dear = implied_volatility_of_one(False, 109.0, *kept)
    assert price_of_one(False, *kept, dear.sigma) == pytest.approx(109.0, abs=1e-6)


@pytest.mark.parametrize("place", range(1, 7))
@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
def test_an_input_that_is_no_number_gives_nan_and_never_raises(place, broken):
    row = [False, 100.0, 95.0, 0.5, 0.03, 0.01, 0.2]
    row[place] = broken
    assert np.isnan(greeks(*row)).all()
    assert math.isnan(price_of_one(*row))
    assert implied_volatility(*row).reason == NoVolatility.BAD_INPUT


anything = st.one_of(st.floats(), st.floats(1e-6, 1e3), st.floats(-1.0, 1.0))


@given(st.booleans(), st.tuples(*[anything] * 6))
def test_no_numbers_whatever_raise_or_imply_a_volatility_without_a_reason(is_call, numbers):
    found = greeks_of_one(is_call, *numbers)
    assert math.isnan(found.price) or found.price >= 0.0
    back = implied_volatility_of_one(is_call, *numbers)
    assert math.isnan(back.sigma) == (back.reason is not NoVolatility.NONE)


def test_one_option_and_many_agree_bit_for_bit():
    rows = share_options(60, seed=2)
    many = np.array(greeks(*rows))
    ones = np.array([greeks_of_one(*row) for row in zip(*rows, strict=True)]).T
    np.testing.assert_array_equal(ones, many)
    np.testing.assert_array_equal(price(*rows), many[0])
    np.testing.assert_array_equal([price_of_one(*row) for row in zip(*rows, strict=True)], many[0])
    solved = implied_volatility(rows[0], many[0], *rows[1:6])
    alone = [implied_volatility_of_one(*row) for row in zip(rows[0], many[0], *rows[1:6], strict=True)]
    np.testing.assert_array_equal([one.sigma for one in alone], solved.sigma)


def test_each_kernel_is_compiled_for_one_layout():
    american.compile_kernels()
    price(*share_options(3))
    names = ("price", "greeks", "implied")
    kernels = [
        getattr(early_exercise, f"american_{name}_{many}") for name in names for many in ("many", "one")
    ]
    assert [len(kernel.signatures) for kernel in kernels] == [1] * 6
