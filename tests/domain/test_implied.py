"""Volatility from price and back, and the reason wherever there is no way back."""

import math

import numba
import numpy as np
import pytest
from option_references import EXTREMES, FORTY_DIGITS

from tradingfloor.actors.domain.implied import UNSETTLED, settle
from tradingfloor.actors.domain.pricing import (
    NoVolatility,
    greeks,
    implied_volatility,
    implied_volatility_of_one,
    price,
)

EPSILON = 2.0**-52


def index_options(n=100_000, seed=7):
    """Around an index of 5,000: a day to two years, 10 to 60 % volatility, strikes out to the far wings."""
    g = np.random.default_rng(seed)
    years = np.exp(g.uniform(math.log(1 / 365), math.log(2.0), n))
    sigma = g.uniform(0.10, 0.60, n)
    strikes = 5000 * np.exp(np.clip(g.normal(0, 1.2, n) * sigma * np.sqrt(years), -0.35, 0.26))
    return g.random(n) < 0.5, np.full(n, 5000.0), strikes, years, np.full(n, 0.045), np.full(n, 0.013), sigma


def time_value(rows, premium):
    calls, spot, strikes, years, rate, dividend, _ = rows
    legs = spot * np.exp(-dividend * years) - strikes * np.exp(-rate * years)
    return premium - np.maximum(np.where(calls, legs, -legs), 0.0)


def test_the_way_back_from_the_price_is_exact_to_1e10_wherever_time_value_is_1e4():
    rows = index_options()
    premium = price(*rows)
    found = implied_volatility(rows[0], premium, *rows[1:6])
    solid = time_value(rows, premium) >= 1e-4
    assert solid.sum() > 99_000
    assert (found.reason[solid] == NoVolatility.NONE).all()
    assert np.max(np.abs(found.sigma - rows[6])[solid]) < 1e-10


def test_two_steps_settle_every_index_option():
    @numba.njit(error_model="numpy")
    def first_pass(calls, premiums, spots, strikes, years, rates, dividends):
        out = np.empty(calls.size, np.int8)
        for i in range(calls.size):
            out[i] = settle(calls[i], premiums[i], spots[i], strikes[i], years[i], rates[i], dividends[i])[1]
        return out

    rows = index_options(20_000)
    assert UNSETTLED not in first_pass(rows[0], price(*rows), *rows[1:6])


@pytest.mark.parametrize("row", [row for row, _ in (*EXTREMES, *FORTY_DIGITS)])
def test_the_extremes_have_a_way_back_too(row):
    is_call, spot, strike, years, rate, dividend, sigma = row
    found = implied_volatility_of_one(is_call, float(price(*row)), spot, strike, years, rate, dividend)
    assert found.reason is NoVolatility.NONE
    assert found.sigma == pytest.approx(sigma, rel=1e-9)


def test_no_corner_of_the_model_loses_more_than_the_price_did():
    """From one tick of the mantissa off the forward to 30 standard deviations, volatilities 1e-6 to 25."""
    g = np.random.default_rng(3)
    n = 200_000
    k = g.choice([-1.0, 1.0], n) * np.exp(g.uniform(math.log(1e-12), math.log(30), n))
    k[:500] = 0.0
    sigma = np.exp(g.uniform(math.log(1e-6), math.log(25), n))
    calls, strikes = k >= 0.0, 100.0 * np.exp(k)
    known = greeks(calls, 100.0, strikes, 1.0, 0.0, 0.0, sigma)
    found = implied_volatility(calls, known.price, 100.0, strikes, 1.0, 0.0, 0.0)
    smaller = np.minimum(100.0, strikes)
    solved = found.reason == NoVolatility.NONE
    assert solved.sum() > 150_000
    assert set(np.unique(found.reason)) == {0, NoVolatility.NO_TIME_VALUE, NoVolatility.ABOVE_MAXIMUM}
    # A price is known to an epsilon of itself and its time value to an epsilon of the leg.
    decided = EPSILON * (known.price + 0.5 * smaller)[solved] / (100.0 * known.vega[solved])
    off = np.abs(found.sigma - sigma)[solved]
    assert np.max(off / np.maximum(decided, EPSILON * sigma[solved])) < 20.0
    lost = known.price[found.reason == NoVolatility.NO_TIME_VALUE]
    assert np.max(lost) < 1e-297
    full = found.reason == NoVolatility.ABOVE_MAXIMUM
    assert np.max(1.0 - (known.price / smaller)[full]) < 2e-15


@pytest.mark.parametrize("is_call", [True, False])
@pytest.mark.parametrize(
    ("name", "premium"),
    [
        ("BELOW_INTRINSIC", lambda low, high: low - 0.01),
        ("BELOW_INTRINSIC", lambda low, high: -1.0),
        ("NO_TIME_VALUE", lambda low, high: low),
        ("NO_TIME_VALUE", lambda low, high: low * (1 + EPSILON)),
        ("ABOVE_MAXIMUM", lambda low, high: high),
        ("ABOVE_MAXIMUM", lambda low, high: high + 0.01),
        ("ABOVE_MAXIMUM", lambda low, high: 1e12),
        ("BAD_INPUT", lambda low, high: math.nan),
        ("BAD_INPUT", lambda low, high: math.inf),
    ],
)
@pytest.mark.parametrize("strike", [80.0, 100.0, 125.0])
def test_a_price_outside_the_model_has_its_reason_and_no_volatility(is_call, name, premium, strike):
    held, owed = 100.0 * math.exp(-0.01), strike * math.exp(-0.02)
    low = max(held - owed if is_call else owed - held, 0.0)
    asked = premium(low, held if is_call else owed)
    found = implied_volatility_of_one(is_call, asked, 100.0, strike, 1.0, 0.02, 0.01)
    assert (found.reason.name, math.isnan(found.sigma)) == (name, True)


def test_a_price_just_inside_its_bounds_has_a_volatility():
    held, owed = 100.0 * math.exp(-0.01), 80.0 * math.exp(-0.02)
    for premium in ((held - owed) + 1e-9, held - 1e-9):
        found = implied_volatility_of_one(True, premium, 100.0, 80.0, 1.0, 0.02, 0.01)
        assert found.reason is NoVolatility.NONE
        assert price(True, 100.0, 80.0, 1.0, 0.02, 0.01, found.sigma) == pytest.approx(premium, abs=1e-12)


def test_an_option_without_a_price_has_no_volatility():
    found = implied_volatility_of_one(True, 0.0, 100.0, 120.0, 1.0, 0.0, 0.0)
    assert found.reason is NoVolatility.NO_TIME_VALUE


@pytest.mark.parametrize("years", [0.0, -0.1])
@pytest.mark.parametrize("premium", [-1.0, 0.0, 10.0, 500.0])
def test_an_expired_option_has_no_volatility_whatever_it_costs(years, premium):
    found = implied_volatility_of_one(True, premium, 110.0, 100.0, years, 0.0, 0.0)
    assert found.reason is NoVolatility.EXPIRED


def test_what_rounding_left_of_a_deep_option_is_not_taken_for_time_value():
    """At 40 deviations the price is the intrinsic value give or take its last bits."""
    sigma, years = 0.1, 0.01
    strikes = 5000 * np.exp(-np.linspace(0.2, 1.5, 2000))
    premium = price(True, 5000.0, strikes, years, 0.045, 0.013, sigma)
    for nudge in (-1, 0, 1):
        nudged = premium * (1 + nudge * EPSILON / 2)
        found = implied_volatility(True, nudged, 5000.0, strikes, years, 0.045, 0.013)
        assert (found.reason == NoVolatility.NO_TIME_VALUE).all()


def test_calls_and_puts_of_one_strike_imply_one_volatility():
    strikes = np.linspace(80, 125, 46)
    kept = (100.0, strikes, 0.75, 0.03, 0.01)
    of_calls = implied_volatility(True, price(True, *kept, 0.37), *kept)
    of_puts = implied_volatility(False, price(False, *kept, 0.37), *kept)
    np.testing.assert_allclose(of_calls.sigma, of_puts.sigma, rtol=1e-13)
