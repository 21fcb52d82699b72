"""SSVI without static arbitrage: by its conditions, and by densities and total variances on grids."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradingfloor.actors.domain.surface import (
    butterfly_free,
    calendar_free,
    density,
    durrleman,
    surface,
    variance_swap,
)
from tradingfloor.actors.errors import BadConfig

DAYS = np.array([1, 7, 30, 90, 180, 365, 730])


def flat(volatility=0.16, rho=-0.7, eta=1.0):
    years = DAYS / 365
    return surface(years, volatility**2 * years, rho, eta)


def test_volatilities_are_those_computed_by_hand():
    # eta 1.5, rho -0.7, 16 %, 30 days: figures recomputed from the formula of the paper, to three digits.
    smile = flat(eta=1.5).volatility(np.log([0.8, 0.9, 0.95, 1.0, 1.05, 1.1]), 30 / 365)
    assert np.round(smile, 3).tolist() == [0.425, 0.312, 0.244, 0.16, 0.115, 0.131]


def test_at_the_money_the_surface_is_its_term_curve():
    held = flat()
    assert held.total_variance(0.0, DAYS / 365) == pytest.approx(0.16**2 * DAYS / 365, rel=1e-12)
    assert held.volatility(0.0, 45 / 365) == pytest.approx(0.16)
    assert held.volatility(0.0, 5.0) == pytest.approx(0.16)
    assert held.total_variance(0.0, 0.0) == 0


@pytest.mark.parametrize("eta", [1.0, 1.5])
def test_durrlemans_function_of_the_usual_surfaces_stays_near_a_quarter_in_the_wings(eta):
    # With the slope of total variance at its bound it would end at 0 there: (1 - 1/2)^2 - slope^2 / 16.
    held = flat(eta=eta)
    k = np.linspace(-1.5, 1.5, 6001)
    values = [durrleman(k, held.theta(years), held.rho, held.eta).min() for years in DAYS / 365]
    assert min(values) == pytest.approx(0.25, abs=0.003)


@settings(max_examples=60, deadline=None)
@given(
    rho=st.floats(-0.95, 0.95),
    share=st.floats(0.05, 1.0),
    thetas=st.lists(st.floats(1e-6, 0.5), min_size=2, max_size=5, unique=True),
)
def test_every_accepted_surface_has_a_density_and_variances_that_grow(rho, share, thetas):
    thetas = np.array(sorted(thetas))
    held = surface(np.arange(1, len(thetas) + 1) / 10, thetas, rho, share * 2 / np.sqrt(1 + abs(rho)))
    for theta in thetas:
        k = np.sqrt(theta) * np.sinh(np.linspace(-7, 7, 20_001))
        mass = density(k, theta, held.rho, held.eta)
        assert mass.min() >= -1e-12
        assert np.trapezoid(mass, k) == pytest.approx(1, abs=2e-4)
        # The forward is the mean: the density is that of a martingale.
        assert np.trapezoid(mass * np.exp(np.minimum(k, 700)), k) == pytest.approx(1, abs=2e-3)
    years = np.linspace(0.001, len(thetas) / 10 + 0.5, 80)[:, None]
    grown = held.total_variance(np.linspace(-2, 2, 81)[None, :], years)
    assert np.diff(grown, axis=0).min() >= -1e-12


def test_the_density_is_the_second_derivative_of_call_prices():
    from scipy.special import ndtr

    held, years = flat(), 30 / 365
    strikes = np.linspace(0.7, 1.3, 6001)
    deviation = np.sqrt(held.total_variance(np.log(strikes), years))
    upper = -np.log(strikes) / deviation + deviation / 2
    calls = ndtr(upper) - strikes * ndtr(upper - deviation)
    step = strikes[1] - strikes[0]
    curvature = np.diff(calls, 2) / step**2
    inside = strikes[1:-1]
    expected = density(np.log(inside), held.theta(years), held.rho, held.eta) / inside
    assert np.abs(curvature - expected).max() < 1e-3 * expected.max()
    assert curvature.min() > -1e-6


def test_too_much_curvature_is_seen_by_the_condition_and_in_the_density():
    rho, eta, theta = -0.7, 3.5, 0.16**2 * 30 / 365
    assert not butterfly_free(theta, rho, eta)
    k = np.linspace(-3, 3, 20_001)
    assert durrleman(k, theta, rho, eta).min() < 0
    with pytest.raises(BadConfig, match=r"butterfly arbitrage; 1\.534 never does"):
        flat(eta=3.5)


def test_a_falling_term_curve_is_calendar_arbitrage():
    assert not calendar_free([0.01, 0.009], -0.7, 1.0)
    with pytest.raises(BadConfig, match="calendar arbitrage"):
        surface([0.1, 0.2], [0.01, 0.009], -0.7, 1.0)


@pytest.mark.parametrize(
    ("years", "thetas", "rho", "eta"),
    [
        ([0.1], [float("nan")], -0.5, 1.0),
        ([0.2, 0.1], [0.01, 0.02], -0.5, 1.0),
        ([], [], -0.5, 1.0),
        ([0.1], [0.01, 0.02], -0.5, 1.0),
        ([0.1], [0.01], -1.0, 1.0),
        ([0.1], [0.01], -0.5, 0.0),
    ],
)
def test_what_is_no_surface_is_refused(years, thetas, rho, eta):
    with pytest.raises(BadConfig, match="surface"):
        surface(years, thetas, rho, eta)


@pytest.mark.parametrize("theta", [1e-4, 0.0021, 0.05])
def test_the_variance_swap_is_the_mean_of_the_log_return_under_the_density(theta):
    k = np.sqrt(theta) * np.sinh(np.linspace(-8, 8, 200_001))
    mean = np.trapezoid(k * density(k, theta, -0.7, 1.0), k)
    assert variance_swap(theta, -0.7, 1.0) == pytest.approx(-2 * mean, rel=1e-4)


def test_without_skew_and_curvature_the_variance_swap_is_the_variance():
    assert variance_swap(0.02, 0.0, 1e-6) == pytest.approx(0.02, rel=3e-5)
