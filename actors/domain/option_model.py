"""What a model of options answers, whichever it is: prices, Greeks, volatilities, of one or of many.

Decides shapes. Units and inputs are those of ``pricing``. Knows no formula: a model is its kernels. Input:
arrays of any shapes that broadcast against each other, or plain numbers; output: arrays of their common
shape, or plain numbers.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .black import Columns, Flags, Floats, Six
from .implied import Codes, NoVolatility


class Greeks(NamedTuple):
    """Prices and sensitivities of one unit of each option, held long; all of one shape."""

    price: Floats
    delta: Floats
    """Change of the price per 1.00 of spot."""
    gamma: Floats
    """Change of delta per 1.00 of spot; 0 where sigma or the time left is 0."""
    vega: Floats
    """Change of the price per percentage point of sigma (0.20 to 0.21)."""
    theta: Floats
    """Change of the price per calendar day that passes: 1/365 of that per year."""
    rho: Floats
    """Change of the price per percentage point of the rate (0.04 to 0.05); spot and dividend stay."""


class Implied(NamedTuple):
    """Implied volatilities, of one shape."""

    sigma: Floats
    """NaN where there is none."""
    reason: Codes
    """A ``NoVolatility`` each; 0 where sigma is a number."""


class GreeksOfOne(NamedTuple):
    """``Greeks`` of a single option."""

    price: float
    delta: float
    gamma: float
    vega: float
    theta: float
    rho: float


class ImpliedOfOne(NamedTuple):
    """``Implied`` of a single option."""

    sigma: float
    reason: NoVolatility


class OptionModel(NamedTuple):
    """One model by its kernels; those of one and of many run the same formulas."""

    price_many: Callable[[Floats, Flags, Columns], None]
    greeks_many: Callable[[Floats, Flags, Columns], None]
    implied_many: Callable[[Floats, Codes, Flags, Columns], None]
    price_one: Callable[[bool, float, float, float, float, float, float], float]
    greeks_one: Callable[[bool, float, float, float, float, float, float], Six]
    implied_one: Callable[[bool, float, float, float, float, float, float], tuple[float, int]]

    def price(
        self,
        is_call: ArrayLike,
        spot: ArrayLike,
        strike: ArrayLike,
        years: ArrayLike,
        rate: ArrayLike,
        dividend: ArrayLike,
        sigma: ArrayLike,
    ) -> Floats:
        """Prices in the currency of spot and strike."""
        calls, columns, shape = _columns(is_call, spot, strike, years, rate, dividend, sigma)
        out = np.empty(calls.size)
        self.price_many(out, calls, columns)
        return out.reshape(shape)

    def greeks(
        self,
        is_call: ArrayLike,
        spot: ArrayLike,
        strike: ArrayLike,
        years: ArrayLike,
        rate: ArrayLike,
        dividend: ArrayLike,
        sigma: ArrayLike,
    ) -> Greeks:
        """Prices as of ``price`` and their sensitivities, in the units of ``Greeks``."""
        calls, columns, shape = _columns(is_call, spot, strike, years, rate, dividend, sigma)
        out = np.empty((6, calls.size))
        self.greeks_many(out, calls, columns)
        return Greeks(*out.reshape(6, *shape))

    def implied_volatility(
        self,
        is_call: ArrayLike,
        premium: ArrayLike,
        spot: ArrayLike,
        strike: ArrayLike,
        years: ArrayLike,
        rate: ArrayLike,
        dividend: ArrayLike,
    ) -> Implied:
        """The sigma at which ``price`` is the premium, or NaN and the reason why there is none."""
        calls, columns, shape = _columns(is_call, premium, spot, strike, years, rate, dividend)
        sigma, reason = np.empty(calls.size), np.empty(calls.size, np.int8)
        self.implied_many(sigma, reason, calls, columns)
        return Implied(sigma.reshape(shape), reason.reshape(shape))

    def price_of_one(
        self,
        is_call: bool,
        spot: float,
        strike: float,
        years: float,
        rate: float,
        dividend: float,
        sigma: float,
    ) -> float:
        """``price`` of a single option."""
        return self.price_one(bool(is_call), *map(float, (spot, strike, years, rate, dividend, sigma)))

    def greeks_of_one(
        self,
        is_call: bool,
        spot: float,
        strike: float,
        years: float,
        rate: float,
        dividend: float,
        sigma: float,
    ) -> GreeksOfOne:
        """``greeks`` of a single option."""
        numbers = map(float, (spot, strike, years, rate, dividend, sigma))
        return GreeksOfOne(*self.greeks_one(bool(is_call), *numbers))

    def implied_volatility_of_one(
        self,
        is_call: bool,
        premium: float,
        spot: float,
        strike: float,
        years: float,
        rate: float,
        dividend: float,
    ) -> ImpliedOfOne:
        """``implied_volatility`` of a single option."""
        numbers = map(float, (premium, spot, strike, years, rate, dividend))
        sigma, reason = self.implied_one(bool(is_call), *numbers)
        return ImpliedOfOne(sigma, NoVolatility(reason))

    def compile_kernels(self) -> None:
        """Compile the kernels for their real arguments, or load them from their cache folder."""
        none: list[Any] = [()] * 7
        self.price(*none)
        self.greeks(*none)
        self.implied_volatility(*none)
        self.price_of_one(True, 1.0, 1.0, 1.0, 0.0, 0.0, math.nan)
        self.greeks_of_one(True, 1.0, 1.0, 1.0, 0.0, 0.0, math.nan)
        self.implied_volatility_of_one(True, math.nan, 1.0, 1.0, 1.0, 0.0, 0.0)


def _columns(
    is_call: ArrayLike, a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike, e: ArrayLike, f: ArrayLike
) -> tuple[Flags, Columns, tuple[int, ...]]:
    """(is_call, the others, their shape), all flat, dense and writable as the kernels are compiled for."""
    calls = np.asarray(is_call, np.bool_)
    floats = [np.asarray(value, np.float64) for value in (a, b, c, d, e, f)]
    shape = np.broadcast_shapes(calls.shape, *(column.shape for column in floats))
    a, b, c, d, e, f = (_flat(column, shape) for column in floats)
    return _flat(calls, shape), (a, b, c, d, e, f), shape


def _flat(column: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    if column.shape != shape:
        return np.array(np.broadcast_to(column, shape)).reshape(-1)
    return np.require(column, requirements=("C", "A", "W")).reshape(-1)
