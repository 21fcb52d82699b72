"""Prices and Greeks against published values, and what happens at every edge."""

import math

import numpy as np
import pytest
from option_references import EXTREMES, FORTY_DIGITS, HAUG, HAUG_GREEKS, HULL

from tradingfloor.actors.domain import black, implied
from tradingfloor.actors.domain.pricing import (
    Exercise,
    compile_kernels,
    greeks,
    greeks_of_one,
    implied_volatility,
    implied_volatility_of_one,
    price,
    price_of_one,
    require_european,
)
from tradingfloor.actors.errors import Refused

NAN, INF = math.nan, math.inf
ROW = (True, 100.0, 95.0, 0.5, 0.03, 0.01, 0.2)


@pytest.mark.parametrize(("row", "value"), HAUG)
def test_prices_are_those_of_haug(row, value):
    assert price(*row) == pytest.approx(value, abs=6e-5)


@pytest.mark.parametrize(("row", "greek", "unit", "value"), HAUG_GREEKS)
def test_greeks_are_those_of_haug_in_pinned_units(row, greek, unit, value):
    assert getattr(greeks(*row), greek) * unit == pytest.approx(value, abs=5.1e-5)


@pytest.mark.parametrize(("row", "value"), HULL)
def test_prices_are_those_of_hull(row, value):
    assert price(*row) == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize(("row", "values"), FORTY_DIGITS)
def test_prices_and_greeks_have_their_values_of_40_digits(row, values):
    assert greeks_of_one(*row) == pytest.approx(values, rel=1e-12)


@pytest.mark.parametrize(("row", "value"), EXTREMES)
def test_time_values_keep_their_digits_at_the_extremes(row, value):
    deviation = row[6] * math.sqrt(row[3])
    assert price(*row) == pytest.approx(value, rel=2e-13 + 1e-15 / deviation, abs=0)


def test_the_year_of_theta_has_365_days_and_not_365_and_a_quarter():
    row = (False, 430, 405, 1 / 12, 0.07, 0.05, 0.20)
    assert greeks(*row).theta == pytest.approx(-31.1924 / 365, abs=1.5e-7)
    assert abs(greeks(*row).theta + 31.1924 / 365.25) > 5e-5


@pytest.mark.parametrize("years", [0.0, -1.0])
@pytest.mark.parametrize(
    ("is_call", "spot", "value", "delta"),
    [
        (True, 110.0, 10.0, 1.0),
        (True, 100.0, 0.0, 0.5),
        (True, 90.0, 0.0, 0.0),
        (False, 110.0, 0.0, 0.0),
        (False, 100.0, 0.0, -0.5),
        (False, 90.0, 10.0, -1.0),
    ],
)
def test_an_expired_option_is_its_payoff_and_the_slope_of_it(is_call, spot, value, delta, years):
    found = greeks_of_one(is_call, spot, 100.0, years, 0.05, 0.02, 0.2)
    assert found == (value, delta, 0.0, 0.0, 0.0, 0.0)


def test_without_volatility_an_option_is_the_discounted_payoff_of_the_forward():
    assert price(True, 100, 90, 0.5, 0.05, 0.0, 0.0) == pytest.approx(12.222108, abs=1e-6)
    inside = greeks_of_one(True, 100, 90, 0.5, 0.05, 0.02, 0.0)
    held, owed = 100 * math.exp(-0.01), 90 * math.exp(-0.025)
    assert inside.price == pytest.approx(held - owed, rel=1e-15)
    assert inside.delta == pytest.approx(math.exp(-0.01), rel=1e-15)
    assert (inside.gamma, inside.vega) == (0.0, 0.0)
    assert inside.theta == pytest.approx((0.02 * held - 0.05 * owed) / 365, rel=1e-13)
    assert inside.rho == pytest.approx(0.5 * owed * 0.01, rel=1e-13)
    assert greeks_of_one(False, 100, 90, 0.5, 0.05, 0.02, 0.0) == (0.0,) * 6


def test_without_volatility_at_the_forward_vega_is_its_limit_and_delta_half():
    found = greeks_of_one(True, 100, 100, 0.25, 0.0, 0.0, 0.0)
    assert (found.price, found.delta, found.gamma) == (0.0, 0.5, 0.0)
    assert found.vega == pytest.approx(100 * 0.5 / math.sqrt(2 * math.pi) * 0.01, rel=1e-15)


@pytest.mark.parametrize("is_call", [True, False])
def test_far_from_the_money_every_greek_comes_to_rest(is_call):
    far = greeks_of_one(is_call, 5000, 1.0 if is_call else 1e9, 0.1, 0.04, 0.01, 0.2)
    held, owed = 5000 * math.exp(-0.001), (1.0 if is_call else 1e9) * math.exp(-0.004)
    assert far.price == pytest.approx(abs(held - owed), rel=1e-15)
    assert abs(far.delta) == pytest.approx(math.exp(-0.001), rel=1e-15)
    assert (far.gamma, far.vega) == (0.0, 0.0)
    assert greeks_of_one(not is_call, 5000, 1.0 if is_call else 1e9, 0.1, 0.04, 0.01, 0.2)[:4] == (0, 0, 0, 0)


def test_a_volatility_beyond_all_reason_makes_a_call_worth_the_asset():
    assert price(True, 100, 100, 1.0, 0.03, 0.02, 1e6) == 100 * math.exp(-0.02)
    assert price(False, 100, 100, 1.0, 0.03, 0.02, 1e6) == pytest.approx(100 * math.exp(-0.03), rel=1e-15)


@pytest.mark.parametrize("place", range(1, 7))
@pytest.mark.parametrize("broken", [NAN, INF, -INF])
def test_an_input_that_is_no_number_gives_nan_everywhere_and_never_raises(place, broken):
    row = [*ROW[:place], broken, *ROW[place + 1 :]]
    assert np.isnan(greeks(*row)).all()
    assert math.isnan(price_of_one(*row))
    assert implied_volatility(*row).reason == implied.NoVolatility.BAD_INPUT
    assert implied_volatility_of_one(*row).reason is implied.NoVolatility.BAD_INPUT


@pytest.mark.parametrize(
    "row",
    [
        (True, 0.0, 95, 0.5, 0.03, 0.01, 0.2),
        (True, -1.0, 95, 0.5, 0.03, 0.01, 0.2),
        (False, 100, 0.0, 0.5, 0.03, 0.01, 0.2),
        (False, 100, -5.0, 0.5, 0.03, 0.01, 0.2),
        (True, 100, 95, 0.5, 0.03, 0.01, -0.2),
        (True, 100, 95, 0.5, 2000.0, 0.01, 0.2),
        (True, 100, 95, 0.5, -2000.0, 0.01, 0.2),
        (True, 1e200, 1e-200, 0.5, 0.0, 0.0, 0.2),
        (False, 0.0, 95, 0.0, 0.03, 0.01, 0.2),
    ],
)
def test_what_is_outside_the_model_is_nan(row):
    assert np.isnan(greeks(*row)).all()


def test_one_bad_row_spoils_no_other():
    spots = np.array([100.0, NAN, 100.0, 0.0, 100.0])
    found = price(True, spots, 95.0, 0.5, 0.03, 0.01, 0.2)
    assert np.isnan(found).tolist() == [False, True, False, True, False]
    assert found[0] == found[2] == found[4] == price_of_one(*ROW)


def test_shapes_are_broadcast_and_kept():
    strikes, years = np.linspace(90, 110, 5), np.array([[0.1], [0.5], [1.0]])
    surface = greeks([True] * 5, 100.0, strikes, years, 0.03, 0.01, 0.2)
    assert {column.shape for column in surface} == {(3, 5)}
    assert surface.price[1, 3] == price_of_one(True, 100.0, strikes[3], 0.5, 0.03, 0.01, 0.2)
    assert price(*ROW).shape == ()
    assert price(True, [], 95.0, 0.5, 0.03, 0.01, 0.2).shape == (0,)
    solved = implied_volatility(True, surface.price, 100.0, strikes, years, 0.03, 0.01)
    assert solved.sigma.shape == solved.reason.shape == (3, 5)
    with pytest.raises(ValueError, match="shape"):
        price(True, np.ones(2), np.ones(3), 0.5, 0.03, 0.01, 0.2)


def test_whole_numbers_and_views_with_gaps_are_taken_like_plain_columns():
    table = np.arange(60.0, 140.0).reshape(-1, 2)
    found = price(np.ones(40, int), 100, table[:, 0], 1, 0, 0, 0.2)
    assert found.tolist() == [price_of_one(True, 100, k, 1, 0, 0, 0.2) for k in table[:, 0]]


def chain(n=4_999, seed=11):
    """Options like those on an index, some expired, some without volatility, some broken."""
    g = np.random.default_rng(seed)
    years = np.exp(g.uniform(math.log(1 / 525_600), math.log(3), n))
    sigma = g.uniform(0.05, 1.2, n)
    strikes = 5000 * np.exp(g.normal(0, 1.5, n) * sigma * np.sqrt(years))
    calls = g.random(n) < 0.5
    years[::97], sigma[::89], strikes[::83] = 0.0, 0.0, 5000.0
    strikes[5] = NAN
    return calls, np.full(n, 5000.0), strikes, years, g.uniform(-0.02, 0.08, n), g.uniform(0, 0.03, n), sigma


def test_one_option_and_many_agree_bit_for_bit():
    rows = chain()
    many, prices = np.array(greeks(*rows)), price(*rows)
    np.testing.assert_array_equal(prices, many[0])
    ones = np.array([greeks_of_one(*row) for row in zip(*rows, strict=True)]).T
    np.testing.assert_array_equal(ones, many)
    np.testing.assert_array_equal([price_of_one(*row) for row in zip(*rows, strict=True)], prices)
    calls, sigma = rows[0], rows[6]
    solved = implied_volatility(calls, prices, *rows[1:6])
    alone = [implied_volatility_of_one(*row) for row in zip(calls, prices, *rows[1:6], strict=True)]
    np.testing.assert_array_equal([one.sigma for one in alone], solved.sigma)
    assert [one.reason for one in alone] == solved.reason.tolist()
    assert sigma.shape == solved.sigma.shape


def test_an_option_that_may_be_exercised_early_is_refused():
    require_european(Exercise.EUROPEAN)
    with pytest.raises(Refused, match="American"):
        require_european(Exercise.AMERICAN)


def test_each_kernel_is_compiled_for_one_layout():
    compile_kernels()
    price(*chain(100))
    greeks_of_one(*ROW)
    frozen = np.linspace(90.0, 110.0, 7)
    frozen.flags.writeable = False
    greeks(True, 100.0, frozen, 0.5, 0.03, 0.01, 0.2)
    implied_volatility(True, [1, 2], 100, np.array([[90], [95]]), 1, 0, 0)
    kernels = (black.price_many, black.greeks_many, implied.implied_many)
    singles = (black.price_one, black.greeks_one, implied.implied_one)
    assert [len(kernel.signatures) for kernel in (*kernels, *singles)] == [1] * 6
