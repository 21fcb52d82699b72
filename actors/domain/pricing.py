"""European options in the model of Black, Scholes and Merton: prices, Greeks and implied volatilities.

Decides units and shapes. Knows no chain, no clock and no quote. Inputs are arrays of any shapes that
broadcast against each other, what comes out has their common shape; whatever cannot be priced is NaN, and
nothing raises but shapes that do not fit.

``is_call``: True for a call. ``spot``, ``strike``: above 0, in one currency. ``years``: calendar time to
the settlement instant in years of 365 days, from minutes or finer, never from whole days; 0 or less is
expired. ``rate``, ``dividend``: continuously compounded per year, of either sign. ``sigma``: per square root
of a year, 1.0 = 100 %. An option on a future has the future as spot and the rate as dividend; one on an index
whose forward is known (see ``forward``) has spot = forward x exp(-rate x years) and dividend 0.

The ``_of_one`` functions take and give plain numbers and run the same formulas, so they agree with the arrays
bit for bit. An option that may be exercised early is worth more than these formulas say: ``require_european``
refuses it, ``american`` prices it.
"""

import math
from enum import Enum
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import Refused
from .black import greeks_many, greeks_one, price_many, price_one
from .forward import ParityLine, parity_forward, parity_line
from .implied import NoVolatility, implied_many, implied_one

__all__ = [
    "Exercise",
    "Greeks",
    "GreeksOfOne",
    "Implied",
    "ImpliedOfOne",
    "NoVolatility",
    "ParityLine",
    "columns",
    "compile_kernels",
    "greeks",
    "greeks_of_one",
    "implied_volatility",
    "implied_volatility_of_one",
    "parity_forward",
    "parity_line",
    "price",
    "price_of_one",
    "require_european",
]

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
Codes: TypeAlias = NDArray[np.int8]


class Exercise(str, Enum):
    """When an option may be exercised."""

    EUROPEAN = "EUROPEAN"
    """At expiry alone: index options as SPX and SPXW."""
    AMERICAN = "AMERICAN"
    """Any day: options on shares and funds."""


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


def require_european(exercise: Exercise) -> None:
    """Raise Refused unless the option can be exercised at expiry alone."""
    if exercise is not Exercise.EUROPEAN:
        raise Refused("an option with American exercise has another price: see domain.american")


def price(
    is_call: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    dividend: ArrayLike,
    sigma: ArrayLike,
) -> Floats:
    """Prices in the currency of spot and strike (Black and Scholes 1973, Merton 1973).

    Expired: the payoff. sigma = 0: the discounted payoff of the forward. NaN where an input is not finite,
    spot or strike is not above 0, sigma is below 0, or a discounted leg leaves the range of doubles. The
    price of an option out of the money is correct to about 1e-15 / (sigma √years) of itself, however small.
    """
    calls, floats, shape = columns(is_call, spot, strike, years, rate, dividend, sigma)
    out = np.empty(calls.size)
    price_many(out, calls, *floats)
    return out.reshape(shape)


def greeks(
    is_call: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    dividend: ArrayLike,
    sigma: ArrayLike,
) -> Greeks:
    """Prices as of ``price`` and their sensitivities, in the units of ``Greeks``; NaN where the price is.

    Expired: delta is the slope of the payoff (half of it at the strike), all others are 0. sigma = 0: the
    same for the payoff of the forward, theta and rho as far as discounting moves it, vega its limit.
    """
    calls, floats, shape = columns(is_call, spot, strike, years, rate, dividend, sigma)
    out = np.empty((6, calls.size))
    greeks_many(out, calls, *floats)
    return Greeks(*out.reshape(6, *shape))


def implied_volatility(
    is_call: ArrayLike,
    premium: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    dividend: ArrayLike,
) -> Implied:
    """The sigma at which ``price`` is the premium, or NaN and the reason why there is none.

    Exact to what the last digit of the premium decides. A premium whose time value is less than half a tick
    implies noise; whoever has quotes refuses them before.
    """
    calls, floats, shape = columns(is_call, premium, spot, strike, years, rate, dividend)
    sigma, reason = np.empty(calls.size), np.empty(calls.size, np.int8)
    implied_many(sigma, reason, calls, *floats)
    return Implied(sigma.reshape(shape), reason.reshape(shape))


def price_of_one(
    is_call: bool, spot: float, strike: float, years: float, rate: float, dividend: float, sigma: float
) -> float:
    """``price`` of a single option."""
    return price_one(bool(is_call), *map(float, (spot, strike, years, rate, dividend, sigma)))


def greeks_of_one(
    is_call: bool, spot: float, strike: float, years: float, rate: float, dividend: float, sigma: float
) -> GreeksOfOne:
    """``greeks`` of a single option."""
    return GreeksOfOne(*greeks_one(bool(is_call), *map(float, (spot, strike, years, rate, dividend, sigma))))


def implied_volatility_of_one(
    is_call: bool, premium: float, spot: float, strike: float, years: float, rate: float, dividend: float
) -> ImpliedOfOne:
    """``implied_volatility`` of a single option."""
    numbers = map(float, (premium, spot, strike, years, rate, dividend))
    sigma, reason = implied_one(bool(is_call), *numbers)
    return ImpliedOfOne(sigma, NoVolatility(reason))


def compile_kernels() -> None:
    """Compile what this module calls for its real arguments, or load it from its cache folder."""
    none: list[Any] = [()] * 7
    price(*none)
    greeks(*none)
    implied_volatility(*none)
    price_of_one(True, 1.0, 1.0, 1.0, 0.0, 0.0, math.nan)
    greeks_of_one(True, 1.0, 1.0, 1.0, 0.0, 0.0, math.nan)
    implied_volatility_of_one(True, math.nan, 1.0, 1.0, 1.0, 0.0, 0.0)


def columns(is_call: ArrayLike, *values: ArrayLike) -> tuple[Flags, list[Floats], tuple[int, ...]]:
    """(is_call, the others, their shape), all flat, dense and writable as the kernels are compiled for."""
    calls = np.asarray(is_call, np.bool_)
    floats = [np.asarray(value, np.float64) for value in values]
    shape = np.broadcast_shapes(calls.shape, *(column.shape for column in floats))
    return _flat(calls, shape), [_flat(column, shape) for column in floats], shape


def _flat(column: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    if column.shape != shape:
        return np.array(np.broadcast_to(column, shape)).reshape(-1)
    return np.require(column, requirements=("C", "A", "W")).reshape(-1)
