"""What the simulated volatility promises: the term curve of variance, its surface and its index.

Decides the implied volatilities of the simulated market. Knows no path and no contract. Input: the state
of volatility (slow, fast; see ``days``); output: at-the-money variances, a Surface, and the level of the
VIX-style symbol. The curve is the model's own conditional expectation, so it is flat in the long run,
high and falling after a fall of the market; implied volatility is ``PREMIUM`` times what is expected.
"""

from typing import Final

import numpy as np

from ...domain.randomness import Floats
from ...domain.surface import Surface, surface, variance_swap
from .days import DAILY_VOLATILITY, FAST, FAST_SPREAD, LOG_VARIANCE, SESSIONS_A_YEAR, SLOW, SLOW_SPREAD

PREMIUM: Final = 1.1
SKEW: Final = -0.7
CURVATURE: Final = 1.0
"""rho and eta of the surface; any eta up to 1.53 is free of butterfly arbitrage at this rho."""

MONTH: Final = 30 / 365
"""The horizon of the index, in years."""

_AHEAD: Final = np.array(
    (0, 0.25, 1, 2, 3, 5, 7, 10, 14, 21, 30, 42, 63, 90, 126, 189, 252, 378, 504, 756, 1260, 2520),
    dtype=float,
)
"""Nodes of the curve, sessions ahead."""
YEARS: Final = _AHEAD / SESSIONS_A_YEAR
_SLOW_LEFT: Final = SLOW**_AHEAD
_FAST_LEFT: Final = FAST**_AHEAD
_KNOWN_VARIANCE: Final = (
    SLOW_SPREAD**2 * (1 - _SLOW_LEFT**2) / (1 - SLOW**2)
    + FAST_SPREAD**2 * (1 - _FAST_LEFT**2) / (1 - FAST**2)
    + 2 * SLOW_SPREAD * FAST_SPREAD * (1 - _SLOW_LEFT * _FAST_LEFT) / (1 - SLOW * FAST)
)
"""Variance of the logarithm of volatility that many sessions ahead, as seen from now."""
_YEARLY: Final = SESSIONS_A_YEAR * DAILY_VOLATILITY**2 * PREMIUM**2
_THETAS: Final = np.geomspace(1e-6, 4.0, 400)
_SWAPS: Final = variance_swap(_THETAS, SKEW, CURVATURE)


def total_variances(slow: Floats | float, fast: Floats | float) -> Floats:
    """At-the-money total variance of the market; states along the first axis, ``YEARS`` along the last."""
    level = np.multiply.outer(slow, _SLOW_LEFT) + np.multiply.outer(fast, _FAST_LEFT)
    ahead = _YEARLY * np.exp(2 * (level + _KNOWN_VARIANCE - LOG_VARIANCE))
    pieces = (ahead[..., 1:] + ahead[..., :-1]) / 2 * np.diff(YEARS)
    return np.concatenate((np.zeros((*ahead.shape[:-1], 1)), np.cumsum(pieces, axis=-1)), axis=-1)


def implied(slow: float, fast: float, scale: float = 1.0) -> Surface:
    """The surface of a symbol whose volatility is ``scale`` times the market's."""
    return surface(YEARS[1:], scale**2 * total_variances(slow, fast)[1:], SKEW, CURVATURE)


def index_level(slow: Floats, fast: Floats) -> Floats:
    """The VIX-style symbol: 100 x the annual volatility that an unbounded strip of 30-day options pays."""
    curves = total_variances(slow, fast)
    after = int(np.searchsorted(YEARS, MONTH))
    share = (MONTH - YEARS[after - 1]) / (YEARS[after] - YEARS[after - 1])
    month = curves[..., after - 1] + share * (curves[..., after] - curves[..., after - 1])
    found: Floats = 100 * np.sqrt(np.interp(month, _THETAS, _SWAPS) / MONTH)
    return found
