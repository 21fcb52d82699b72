"""Against the C library, SciPy and values of 40 digits, as compiled."""

import math

import numba
import numpy as np
import pytest
from scipy.special import erfcx

from tradingfloor.actors.domain.elementary import exponential, logarithm, scaled_tail


def compiled(formula):
    @numba.njit(error_model="numpy")
    def over(values):
        out = np.empty(values.size)
        for i in range(values.size):
            out[i] = formula(values[i])
        return out

    return over


exponentials, logarithms, scaled_tails = compiled(exponential), compiled(logarithm), compiled(scaled_tail)


def worst(found, expected):
    return float(np.max(np.abs(found - expected) / np.abs(expected + (expected == 0.0))))


def test_the_exponential_agrees_with_the_c_library_to_the_last_digits():
    x = np.concatenate((np.linspace(-707.9, 708.9, 50_001), np.linspace(-1, 1, 50_001)))
    assert worst(exponentials(x), np.exp(x)) < 6e-16


def test_the_exponential_ends_in_nothing_and_in_infinity():
    ends = exponentials(np.array([-math.inf, -1e300, -708.1, 0.0, 709.1, 1e300, math.inf]))
    assert ends.tolist() == [0.0, 0.0, 0.0, 1.0, math.inf, math.inf, math.inf]


def test_the_logarithm_agrees_with_the_c_library_to_the_last_digits():
    y = np.concatenate((np.exp(np.linspace(-700, 700, 50_001)), np.linspace(0.5, 1.5, 50_002)))
    assert worst(logarithms(y), np.log(y)) < 8e-16
    assert logarithms(np.array([1.0]))[0] == 0.0


def test_the_logarithm_of_nothing_is_a_number_further_down_than_any_other():
    assert -711 < logarithms(np.array([0.0]))[0] < math.log(1e-307)


def test_the_scaled_tail_agrees_with_scipy_over_the_whole_half_line():
    x = np.concatenate(([0.0], np.exp(np.linspace(-30, 30, 50_001)), np.linspace(0, 30, 50_001)))
    assert worst(scaled_tails(x), erfcx(x)) < 1.5e-15


@pytest.mark.parametrize(
    ("x", "value"),
    [
        (0.0, 1.0),
        (1e-9, 0.99999999887162083),
        (0.5, 0.61569034419292587),
        (1.0, 0.427583576155807),
        (3.5, 0.1552936556088943),
        (10.0, 0.056140992743822586),
        (100.0, 0.0056416137829894329),
        (1e5, 5.6418958351954681e-06),
    ],
)
def test_the_scaled_tail_has_its_values_of_40_digits(x, value):
    assert scaled_tails(np.array([x]))[0] == pytest.approx(value, rel=6e-16, abs=0)
