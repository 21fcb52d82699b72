"""What holds for every option, by hypothesis; and QuantLib as an independent oracle."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tradingfloor.actors.domain.pricing import (
    NoVolatility,
    greeks,
    greeks_of_one,
    implied_volatility_of_one,
    price,
    price_of_one,
)

SPOT = 100.0
STRIKES = st.floats(50.0, 200.0)
YEARS = st.floats(0.02, 3.0)
RATES = st.floats(-0.05, 0.12)
SIGMAS = st.floats(0.05, 0.9)
CALLS = st.booleans()
ROUNDING = 1e-12 * SPOT

markets = st.tuples(YEARS, RATES, RATES)
options = st.tuples(CALLS, st.just(SPOT), STRIKES, YEARS, RATES, RATES, SIGMAS)


def slope(function, at, step):
    """The derivative by five points, exact to the fourth order of the step."""
    far = function(at + 2 * step) - function(at - 2 * step)
    return (8 * (function(at + step) - function(at - step)) - far) / (12 * step)


def moved(row, place):
    return lambda value: price_of_one(*row[:place], value, *row[place + 1 :])


@given(options)
def test_call_minus_put_is_forward_minus_strike(row):
    _, spot, strike, years, rate, dividend, _ = row
    call, put = (price_of_one(side, *row[1:]) for side in (True, False))
    parity = spot * math.exp(-dividend * years) - strike * math.exp(-rate * years)
    assert call - put == pytest.approx(parity, abs=ROUNDING)


@given(options)
def test_calls_and_puts_share_gamma_and_vega(row):
    call, put = (greeks_of_one(side, *row[1:]) for side in (True, False))
    assert call.gamma == put.gamma
    assert call.vega == put.vega
    assert call.delta - put.delta == pytest.approx(math.exp(-row[5] * row[3]), abs=1e-14)


@given(options)
def test_a_price_lies_between_the_payoff_of_the_forward_and_the_larger_leg(row):
    is_call, spot, strike, years, rate, dividend, _ = row
    held, owed = spot * math.exp(-dividend * years), strike * math.exp(-rate * years)
    low, high = (held - owed, held) if is_call else (owed - held, owed)
    assert max(low, 0.0) - ROUNDING <= price_of_one(*row) <= high + ROUNDING


@given(options, st.floats(1.0, 1.5))
def test_a_price_never_falls_with_volatility(row, factor):
    assert price_of_one(*row[:6], row[6] * factor) >= price_of_one(*row) - ROUNDING


@given(CALLS, markets, SIGMAS)
def test_prices_are_monotone_and_convex_in_the_strike(is_call, market, sigma):
    strikes = np.linspace(40.0, 220.0, 181)
    column = price(is_call, SPOT, strikes, *market, sigma)
    fall = np.diff(column)
    discount = math.exp(-market[1] * market[0])
    assert (fall <= ROUNDING).all() if is_call else (fall >= -ROUNDING).all()
    assert (np.abs(fall) <= discount * (1 + 1e-12) + ROUNDING).all()
    assert (np.diff(fall) >= -2 * ROUNDING).all()


@given(options)
def test_greeks_are_the_slopes_of_the_price(row):
    found = greeks_of_one(*row)
    years, sigma = row[3], row[6]
    width = SPOT * sigma * math.sqrt(years)
    checks = [
        (found.delta, moved(row, 1), SPOT, 0.01 * width, 1.0),
        (found.vega, moved(row, 6), sigma, 0.01 * sigma, 0.01),
        (found.theta, moved(row, 3), years, 0.01 * years, -1 / 365),
        (found.rho, moved(row, 4), row[4], 0.01 * sigma / math.sqrt(years), 0.01),
    ]
    for greek, function, at, step, unit in checks:
        assert greek == pytest.approx(unit * slope(function, at, step), rel=1e-6, abs=1e-7)
    delta = lambda spot: greeks_of_one(row[0], spot, *row[2:]).delta  # noqa: E731
    assert found.gamma == pytest.approx(slope(delta, SPOT, 0.01 * width), rel=1e-6, abs=1e-9)


@given(options, st.floats(0.01, 100.0))
def test_a_price_scales_with_its_currency(row, factor):
    is_call, spot, strike, *rest = row
    scaled = price_of_one(is_call, spot * factor, strike * factor, *rest)
    assert scaled == pytest.approx(factor * price_of_one(*row), abs=ROUNDING * factor)


@given(options)
def test_a_call_is_a_put_with_asset_and_cash_exchanged(row):
    is_call, spot, strike, years, rate, dividend, sigma = row
    mirrored = price_of_one(not is_call, strike, spot, years, dividend, rate, sigma)
    assert price_of_one(*row) == pytest.approx(mirrored, abs=ROUNDING)


@given(options)
def test_the_volatility_of_a_price_is_the_one_that_made_it(row):
    is_call, spot, strike, years, rate, dividend, sigma = row
    known = greeks_of_one(*row)
    legs = spot * math.exp(-dividend * years) - strike * math.exp(-rate * years)
    assume(known.price - max(legs if is_call else -legs, 0.0) > 1e-6)
    found = implied_volatility_of_one(is_call, known.price, *row[1:6])
    assert found.reason is NoVolatility.NONE
    assert found.sigma == pytest.approx(sigma, abs=1e-13 + 1e-15 * SPOT / known.vega)


anything = st.one_of(st.floats(), st.floats(1e-12, 1e4), st.floats(-2.0, 2.0))


@given(CALLS, st.tuples(*[anything] * 6))
def test_no_numbers_whatever_raise_or_imply_a_volatility_without_a_reason(is_call, numbers):
    found = greeks_of_one(is_call, *numbers)
    assert math.isnan(found.price) or found.price >= 0.0
    implied = implied_volatility_of_one(is_call, *numbers)
    assert math.isnan(implied.sigma) == (implied.reason is not NoVolatility.NONE)
    if implied.reason is NoVolatility.NONE:
        assert 0.0 <= implied.sigma < math.inf


@pytest.fixture(scope="module")
def quantlib():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # its bindings' own, at import
        return pytest.importorskip("QuantLib", reason="QuantLib is not installed: no independent prices")


def test_prices_and_greeks_are_those_of_quantlib(quantlib):
    g = np.random.default_rng(5)
    n = 5_000
    years = np.exp(g.uniform(math.log(1 / 365), math.log(2.0), n))
    sigma = g.uniform(0.05, 0.9, n)
    strikes = 5000 * np.exp(g.normal(0, 1.5, n) * sigma * np.sqrt(years))
    calls, rates, dividends = g.random(n) < 0.5, g.uniform(-0.02, 0.08, n), g.uniform(0, 0.03, n)
    found = np.array(greeks(calls, 5000.0, strikes, years, rates, dividends, sigma)).T
    for row, ours in zip(
        zip(calls, strikes, years, rates, dividends, sigma, strict=True), found, strict=True
    ):
        is_call, strike, t, r, q, s = (value.item() for value in row)
        side = quantlib.Option.Call if is_call else quantlib.Option.Put
        forward = 5000.0 * math.exp((r - q) * t)
        black = quantlib.BlackCalculator(
            quantlib.PlainVanillaPayoff(side, strike), forward, s * math.sqrt(t), math.exp(-r * t)
        )
        theirs = (
            black.value(),
            black.delta(5000.0),
            black.gamma(5000.0),
            black.vega(t) * 0.01,
            black.theta(5000.0, t) / 365,
            black.rho(t) * 0.01,
        )
        assert ours == pytest.approx(theirs, rel=1e-10, abs=1e-11)


def test_implied_volatilities_are_those_of_quantlib(quantlib):
    for is_call, strike, years, sigma in (
        (True, 5200.0, 0.1, 0.15),
        (False, 4000.0, 0.5, 0.3),
        (True, 3000.0, 1.0, 0.4),
        (False, 5000.0, 0.003, 0.11),
    ):
        premium = price_of_one(is_call, 5000.0, strike, years, 0.04, 0.01, sigma)
        side = quantlib.Option.Call if is_call else quantlib.Option.Put
        theirs = quantlib.blackFormulaImpliedStdDevLiRS(
            side,
            strike,
            5000.0 * math.exp(0.03 * years),
            premium,
            math.exp(-0.04 * years),
            0.0,
            quantlib.nullDouble(),
            1.0,
            1e-14,
            200,
        )
        ours = implied_volatility_of_one(is_call, premium, 5000.0, strike, years, 0.04, 0.01)
        assert ours.sigma == pytest.approx(theirs / math.sqrt(years), abs=1e-10)
