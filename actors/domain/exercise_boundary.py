"""American puts: the spot below which they are exercised, and what that is worth.

Decides the early-exercise boundary of a put over its whole life, and price, delta and gamma that follow from
it. Knows no call and no array of options (see ``early_exercise``). Everything is in units of the strike,
which is therefore 1; years, rate and sigma are above 0.

At the boundary the put is worth its payoff, and its slope is that of the payoff. Either condition is an
integral equation whose fixed point over 13 Chebyshev nodes in √time is the boundary (L. Andersen, M. Lake and
D. Offengenden, High-performance American option pricing, 2016: their forms B and A, and their variable
ln(boundary / its start)²). The one for the slope settles in few rounds but not where rates are large against
sigma²; the one for the worth takes over there. With the boundary the put is the European one plus the
integral of what early exercise earns.
"""

import math
from typing import Final, NamedTuple, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from ..runtime.machine_code import column_kernel, formula
from .black import greeks_one
from .elementary import below, density, exponential

Floats: TypeAlias = NDArray[np.float64]

NODES: Final = 13
INNER: Final = 24
OUTER: Final = 48
SLOPE_ROUNDS: Final = 40
WORTH_ROUNDS: Final = 400
PUT = cast(bool, np.bool_(False))
"""Not a plain False, for which numba would compile what is called with it once more."""
CLOSE: Final = 1e-10
"""The iteration ends when no node moves by more than this share of itself."""


def _legendre(points: int) -> tuple[Floats, Floats]:
    """(places, weights) of the integral over the root of the time back, as a share of the whole root.

    With y that share the time back is y² of the whole, so that the weights carry 2 y.
    """
    place, weight = np.polynomial.legendre.leggauss(points)
    share = 0.5 * (1.0 + place)
    return share, weight * share


def _interpolation(roots: Floats) -> Floats:
    """From values at the nodes to values at these shares of √time: one row per node, one column per share."""
    order = NODES - 1
    ends = np.where((np.arange(NODES) == 0) | (np.arange(NODES) == order), 0.5, 1.0)
    angles = np.arange(NODES) * np.pi / order
    series = np.cos(np.outer(np.arange(NODES), angles)) * np.outer(ends, ends) * (2.0 / order)
    at = np.cos(np.outer(np.arange(NODES), np.arccos(2.0 * roots - 1.0)))
    return np.ascontiguousarray(series.T @ at)


_ROOT: Final = 0.5 * (1.0 + np.cos(np.arange(NODES) * np.pi / (NODES - 1)))
"""√time at the nodes as a share of the whole: from 1 to 0."""
_BACK, _WEIGHT = _legendre(INNER)
_BACK_ALL, _WEIGHT_ALL = _legendre(OUTER)
_TO_INNER: Final = np.array([_interpolation(root * np.sqrt(1.0 - _BACK**2)) for root in _ROOT])
_TO_OUTER: Final = _interpolation(np.sqrt(1.0 - _BACK_ALL**2))


class Put(NamedTuple):
    """A put in units of its strike."""

    price: float
    delta: float
    gamma: float
    exercised: bool
    """True where it is worth most exercised now."""


@formula
def start(rate: float, dividend: float) -> float:
    """The boundary right before expiry, as a share of the strike."""
    return min(1.0, rate / dividend) if dividend > 0.0 else 1.0


@column_kernel
def boundary(years: float, rate: float, dividend: float, sigma: float, heights: Floats) -> bool:
    """Fill ``heights`` with ln(boundary / start)² at the nodes; False when it does not settle."""
    for by_slope, rounds in ((True, SLOPE_ROUNDS), (False, WORTH_ROUNDS)):
        _seed(years, rate, dividend, sigma, heights)
        for _ in range(rounds):
            moved = _round(by_slope, years, rate, dividend, sigma, heights)
            if moved < CLOSE:
                return True
            if not moved < math.inf:
                break
    return False


@column_kernel
def _round(
    by_slope: bool, years: float, rate: float, dividend: float, sigma: float, heights: Floats
) -> float:
    """One iteration of ``heights``; the largest move of the boundary at a node, as a share of it."""
    log_first, drift, worst = math.log(start(rate, dividend)), rate - dividend, 0.0
    moved, known = np.zeros(NODES), np.empty(INNER)
    up, down = np.empty(INNER), np.empty(INNER)
    for i in range(NODES - 1):
        v, tau = sigma * math.sqrt(years) * _ROOT[i], years * _ROOT[i] * _ROOT[i]
        log = log_first - math.sqrt(heights[i])
        _interpolate(_TO_INNER[i], heights, known)
        for k in range(INNER):
            back, w, share = tau * _BACK[k] * _BACK[k], v * _BACK[k], _WEIGHT[k] * tau
            near = log_first - math.sqrt(max(known[k], 0.0))
            d = (log - near + drift * back) / w + 0.5 * w
            cash = density(d - w) / w if by_slope else below(d - w)
            asset = below(d) + (density(d) / w if by_slope else 0.0)
            up[k] = share * exponential(rate * (tau - back)) * cash
            down[k] = share * exponential(dividend * (tau - back)) * asset
        d = (log + drift * tau) / v + 0.5 * v
        cash = density(d - v) / v if by_slope else below(d - v)
        asset = below(d) + (density(d) / v if by_slope else 0.0)
        ratio = (cash + rate * _sum(up)) / (asset + dividend * _sum(down))
        found = min(math.log(max(ratio, 1e-300)) - drift * tau, log_first)
        worst = max(worst, math.inf if math.isnan(found) else abs(found - log))
        moved[i] = (found - log_first) ** 2
    # Element by element: assigning slices makes numba compile a general broadcast, for seconds.
    for i in range(NODES):
        heights[i] = moved[i]
    return worst


@column_kernel
def _interpolate(table: Floats, heights: Floats, out: Floats) -> None:
    for k in range(out.size):
        out[k] = table[0, k] * heights[0]
    for j in range(1, NODES):
        for k in range(out.size):
            out[k] += table[j, k] * heights[j]


@column_kernel
def _sum(values: Floats) -> float:
    total = 0.0
    for value in values:
        total += value
    return total


@column_kernel
def _seed(years: float, rate: float, dividend: float, sigma: float, heights: Floats) -> None:
    """The boundary of Barone-Adesi and Whaley (1987): from its start towards that of a perpetual put."""
    variance, drift = sigma * sigma, rate - dividend
    a = drift / variance - 0.5
    power = -a - math.sqrt(a * a + 2.0 * rate / variance)
    perpetual = power / (power - 1.0)
    first = start(rate, dividend)
    for i in range(NODES):
        root = math.sqrt(years) * _ROOT[i]
        fall = math.exp(min((drift * root * root - 2.0 * sigma * root) / (1.0 - perpetual), 0.0))
        guess = min(perpetual + (1.0 - perpetual) * fall, first)
        heights[i] = math.log(guess / first) ** 2


@column_kernel
def put_from(spot: float, years: float, rate: float, dividend: float, sigma: float, heights: Floats) -> Put:
    """Price, delta and gamma with a known boundary."""
    log_first, drift = math.log(start(rate, dividend)), rate - dividend
    log = math.log(spot)
    if log <= log_first - math.sqrt(heights[0]):
        return Put(1.0 - spot, -1.0, 0.0, True)
    known = np.empty(OUTER)
    _interpolate(_TO_OUTER, heights, known)
    prices, deltas, gammas = np.empty(OUTER), np.empty(OUTER), np.empty(OUTER)
    for k in range(OUTER):
        back, w = years * _BACK_ALL[k] * _BACK_ALL[k], sigma * math.sqrt(years) * _BACK_ALL[k]
        near = log_first - math.sqrt(max(known[k], 0.0))
        d = (log - near + drift * back) / w + 0.5 * w
        cash = _WEIGHT_ALL[k] * years * rate * exponential(-rate * back)
        asset = _WEIGHT_ALL[k] * years * dividend * exponential(-dividend * back)
        low, high = density(d - w), density(d)
        prices[k] = cash * below(w - d) - asset * spot * below(-d)
        deltas[k] = asset * (high / w - below(-d)) - cash * low / (spot * w)
        gammas[k] = (cash * low * ((d - w) / w + 1.0) / spot + asset * high * (1.0 - d / w)) / (spot * w)
    price, delta, gamma, _, _, _ = greeks_one(PUT, spot, 1.0, years, rate, dividend, sigma)
    total = price + _sum(prices)
    return Put(max(total, 1.0 - spot), delta + _sum(deltas), gamma + _sum(gammas), False)


@column_kernel
def put_without_chance(spot: float, years: float, rate: float, dividend: float) -> Put:
    """The put of sigma 0 or years 0: exercised on the day that is worth most, now, at the end or between."""
    best, at = max(1.0 - spot, 0.0), 0.0
    turn = years
    if dividend > 0.0 and rate > 0.0 and rate != dividend:
        turn = min(max(math.log(rate / (dividend * spot)) / (rate - dividend), 0.0), years)
    for day in (turn, years):
        worth = math.exp(-rate * day) - spot * math.exp(-dividend * day)
        if worth > best:
            best, at = worth, day
    inside = 1.0 if best > 0.0 else 0.5 if years <= 0.0 and spot == 1.0 else 0.0
    return Put(best, -inside * math.exp(-dividend * at), 0.0, at == 0.0 and best > 0.0)
