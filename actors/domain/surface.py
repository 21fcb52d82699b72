"""An implied volatility surface without static arbitrage: SSVI over a term curve of at-the-money variance.

Decides total variance at any strike and time, and whether butterfly or calendar arbitrage exists. Knows no
spot, no contract and no price. Input: log-moneyness k = ln(K / F) and years t; output: total variance
w = sigma^2 t. The formulas are those of Gatheral and Jacquier, "Arbitrage-free SVI volatility surfaces"
(2012, arXiv 1204.0646), with the power law phi = eta / sqrt(theta (1 + theta)).
"""

from typing import TypeAlias

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import BadConfig

Floats: TypeAlias = NDArray[np.float64]


class Surface(msgspec.Struct, frozen=True):
    """SSVI; build it with ``surface``, which refuses one with arbitrage."""

    years: tuple[float, ...]
    """Nodes of the term curve, from 0, increasing."""
    thetas: tuple[float, ...]
    """At-the-money total variance at the nodes, from 0; linear between them and beyond the last."""
    rho: float
    """Correlation of spot and volatility, in (-1, 1): the skew."""
    eta: float
    """Curvature."""

    def theta(self, years: ArrayLike) -> Floats:
        """At-the-money total variance."""
        t = np.asarray(years, dtype=np.float64)
        slope = (self.thetas[-1] - self.thetas[-2]) / (self.years[-1] - self.years[-2])
        beyond = np.maximum(t - self.years[-1], 0.0) * slope
        found: Floats = np.interp(t, self.years, self.thetas) + beyond
        return found

    def total_variance(self, k: ArrayLike, years: ArrayLike) -> Floats:
        """w(k, t); ``k`` and ``years`` broadcast."""
        return ssvi(np.asarray(k, dtype=np.float64), self.theta(years), self.rho, self.eta)

    def volatility(self, k: ArrayLike, years: ArrayLike) -> Floats:
        """sqrt(w / t), annual; ``years`` > 0."""
        found: Floats = np.sqrt(self.total_variance(k, years) / np.asarray(years, dtype=np.float64))
        return found


def surface(years: ArrayLike, thetas: ArrayLike, rho: float, eta: float) -> Surface:
    """A surface over the nodes after 0. Raises BadConfig when its parameters allow arbitrage."""
    t, theta = (np.concatenate(([0.0], np.asarray(nodes, dtype=np.float64))) for nodes in (years, thetas))
    if len(t) < 2 or len(t) != len(theta) or not np.isfinite(theta).all() or not (np.diff(t) > 0).all():
        raise BadConfig("surface: needs finite variances at increasing years")
    if not -1 < rho < 1 or not eta > 0:
        raise BadConfig(f"surface: rho {rho:g} must lie between -1 and 1, eta {eta:g} above 0")
    if not calendar_free(theta, rho, eta):
        raise BadConfig("surface: at-the-money total variance falls with time: calendar arbitrage")
    if not butterfly_free(theta[1:], rho, eta).all():
        limit = 2.0 / np.sqrt(1.0 + abs(rho))
        raise BadConfig(
            f"surface: eta {eta:g} with rho {rho:g} allows butterfly arbitrage; {limit:.3f} never does"
        )
    return Surface(tuple(t.tolist()), tuple(theta.tolist()), rho, eta)


def ssvi(k: Floats, theta: Floats, rho: float, eta: float) -> Floats:
    """Total variance w(k, theta) = theta/2 (1 + rho phi k + sqrt((phi k + rho)^2 + 1 - rho^2))."""
    scaled = phi(theta, eta) * k
    found: Floats = theta / 2 * (1 + rho * scaled + np.sqrt((scaled + rho) ** 2 + 1 - rho * rho))
    return found


def phi(theta: ArrayLike, eta: float) -> Floats:
    """Power law, eta / sqrt(theta (1 + theta)); theta 0 is taken as 1e-12."""
    held = np.maximum(np.asarray(theta, dtype=np.float64), 1e-12)
    found: Floats = eta / np.sqrt(held * (1 + held))
    return found


def butterfly_free(theta: ArrayLike, rho: float, eta: float) -> NDArray[np.bool_]:
    """Theorem 4.2: theta phi (1 + |rho|) < 4 and theta phi^2 (1 + |rho|) <= 4, per theta."""
    held = np.asarray(theta, dtype=np.float64)
    curve = phi(held, eta)
    found: NDArray[np.bool_] = (held * curve * (1 + abs(rho)) < 4) & (held * curve**2 * (1 + abs(rho)) <= 4)
    return found


def calendar_free(thetas: ArrayLike, rho: float, eta: float) -> bool:
    """Theorem 4.1: theta never falls, and 0 <= d(theta phi)/d theta <= phi (1 + sqrt(1 - rho^2)) / rho^2.

    For this phi the derivative is phi / (2 (1 + theta)).
    """
    theta = np.asarray(thetas, dtype=np.float64)
    curve = phi(theta, eta)
    grows = curve / (2 * (1 + np.maximum(theta, 0.0)))
    # Multiplied by rho^2: without correlation there is no bound.
    bounded = grows * rho**2 <= curve * (1 + np.sqrt(1 - rho * rho))
    return bool((np.diff(theta) >= 0).all() and (grows >= 0).all() and bounded.all())


def durrleman(k: ArrayLike, theta: ArrayLike, rho: float, eta: float) -> Floats:
    """g(k) = (1 - k w'/(2 w))^2 - w'^2/4 (1/w + 1/4) + w''/2; negative somewhere = butterfly arbitrage."""
    at, held = np.asarray(k, dtype=np.float64), np.asarray(theta, dtype=np.float64)
    curve = phi(held, eta)
    w = ssvi(at, held, rho, eta)
    root = np.sqrt((curve * at + rho) ** 2 + 1 - rho * rho)
    first = held * curve / 2 * (rho + (curve * at + rho) / root)
    second = held * curve**2 / 2 * (1 - rho * rho) / root**3
    found: Floats = (1 - at * first / (2 * w)) ** 2 - first**2 / 4 * (1 / w + 0.25) + second / 2
    return found


def density(k: ArrayLike, theta: ArrayLike, rho: float, eta: float) -> Floats:
    """Risk-neutral density of k = ln(S_T / F): g(k) / sqrt(2 pi w) exp(-d2^2 / 2)."""
    at, held = np.asarray(k, dtype=np.float64), np.asarray(theta, dtype=np.float64)
    w = ssvi(at, held, rho, eta)
    d2 = -at / np.sqrt(w) - np.sqrt(w) / 2
    found: Floats = durrleman(at, held, rho, eta) / np.sqrt(2 * np.pi * w) * np.exp(-d2 * d2 / 2)
    return found


def variance_swap(theta: ArrayLike, rho: float, eta: float) -> Floats:
    """Total variance of the log contract, -2 E[k]: what an unbounded strip of options would pay.

    Integral of w(k) n(d2) over d2 (Gatheral, "The Volatility Surface", 2006, ch. 11), by trapezoids on
    strikes that thin out towards the wings.
    """
    held = np.atleast_1d(np.asarray(theta, dtype=np.float64))[:, None]
    k = np.sqrt(held) * np.sinh(np.linspace(-6.0, 6.0, 1201))
    w = ssvi(k, held, rho, eta)
    d2 = -k / np.sqrt(w) - np.sqrt(w) / 2
    weight = w * np.exp(-d2 * d2 / 2) / np.sqrt(2 * np.pi)
    pieces = (weight[:, 1:] + weight[:, :-1]) / 2 * (d2[:, :-1] - d2[:, 1:])
    found: Floats = pieces.sum(axis=1).reshape(np.shape(theta))
    return found
