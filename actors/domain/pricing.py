"""European options in the model of Black, Scholes and Merton: prices, Greeks and implied volatilities.

Decides the units and the shapes. Knows no chain, no clock, no quote and no American exercise: an option that can
be exercised early has another price, and nothing here takes one. Inputs are arrays of any shapes that broadcast
against each other; what comes out has their common shape. Whatever cannot be priced is NaN, nothing raises but
shapes that do not fit.

``is_call``: True for a call. ``spot`` and ``strike`` above 0, in one currency. ``years``: calendar time to the
settlement instant in years of 365 days, from minutes or finer, never from whole days; 0 or less is expired.
``rate`` and ``dividend``: continuously compounded per year, of either sign. ``sigma``: per square root of a year,
1.0 = 100 %. An option on a future has the future for spot and dividend = rate; an option on an index whose
forward is known from parity (see ``forward``) has spot = forward x exp(-rate x years) and dividend 0.

The ``_of_one`` functions take and give plain numbers and run the same machine code, so they agree with the arrays
bit for bit.
"""

import math
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..runtime.machine_code import kernel
from .black import value, value_and_greeks
from .implied import NoVolatility, implied

__all__ = [
    "Greeks",
    "GreeksOfOne",
    "Implied",
    "ImpliedOfOne",
    "NoVolatility",
    "compile_kernels",
    "greeks",
    "greeks_of_one",
    "implied_volatility",
    "implied_volatility_of_one",
    "price",
    "price_of_one",
]

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
Codes: TypeAlias = NDArray[np.int8]


class Greeks(NamedTuple):
    """Prices and sensitivities of one unit of each option, held long; all of one shape."""

    price: Floats
    delta: Floats
    """Change of the price per 1.00 of spot."""
    gamma: Floats
    """Change of delta per 1.00 of spot; 0 where sigma or years is 0."""
    vega: Floats
    """Change of the price per percentage point of sigma (0.20 to 0.21)."""
    theta: Floats
    """Change of the price per calendar day that passes, 1/365 of the yearly rate."""
    rho: Floats
    """Change of the price per percentage point of the rate (0.04 to 0.05), spot and dividend held."""


class Implied(NamedTuple):
    """Implied volatilities of one shape."""

    sigma: Floats
    """NaN where there is none."""
    reason: Codes
    """A ``NoVolatility`` each: 0 where sigma is a number."""


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


def price(
    is_call: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    dividend: ArrayLike,
    sigma: ArrayLike,
) -> Floats:
    """Prices, in the currency of spot and strike. Black and Scholes (1973), Merton (1973).

    Expired: the payoff. sigma = 0: the discounted payoff of the forward. NaN where an input is not finite, spot
    or strike is not above 0, sigma is below 0, or a leg leaves the range of doubles.
    """
    calls, columns, shape = _columns(is_call, spot, strike, years, rate, dividend, sigma)
    out = np.empty(calls.size)
    price_many(calls, *columns, out)
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
    """Prices as of ``price`` and their sensitivities, in the units of ``Greeks``.

    Expired: delta is the slope of the payoff, half of it at the strike, the rest 0. NaN where the price is.
    """
    calls, columns, shape = _columns(is_call, spot, strike, years, rate, dividend, sigma)
    out = np.empty((6, calls.size))
    greeks_many(calls, *columns, out)
    return Greeks(*out.reshape((6, *shape)))


def implied_volatility(
    is_call: ArrayLike,
    premium: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    dividend: ArrayLike,
) -> Implied:
    """The sigma at which ``price`` is the premium, or NaN with the reason why there is none.

    Exact to what the premium's last digit decides: within 1e-10 where the time value is 1e-4 or more of an index
    of 5,000. A quote whose time value is less than half a tick implies noise; refuse it before.
    """
    calls, columns, shape = _columns(is_call, premium, spot, strike, years, rate, dividend)
    sigma, reason = np.empty(calls.size), np.empty(calls.size, np.int8)
    implied_many(calls, *columns, sigma, reason)
    return Implied(sigma.reshape(shape), reason.reshape(shape))


def price_of_one(
    is_call: bool, spot: float, strike: float, years: float, rate: float, dividend: float, sigma: float
) -> float:
    """``price`` of a single option."""
    return price_one(is_call, *map(float, (spot, strike, years, rate, dividend, sigma)))


def greeks_of_one(
    is_call: bool, spot: float, strike: float, years: float, rate: float, dividend: float, sigma: float
) -> GreeksOfOne:
    """``greeks`` of a single option."""
    return GreeksOfOne(*greeks_one(is_call, *map(float, (spot, strike, years, rate, dividend, sigma))))


def implied_volatility_of_one(
    is_call: bool, premium: float, spot: float, strike: float, years: float, rate: float, dividend: float
) -> ImpliedOfOne:
    """``implied_volatility`` of a single option."""
    sigma, reason = implied_one(is_call, *map(float, (premium, spot, strike, years, rate, dividend)))
    return ImpliedOfOne(sigma, NoVolatility(reason))


def compile_kernels() -> None:
    """Compile every function of this module for its real arguments, or load it from the cache folder."""
    price((), (), (), (), (), (), ())
    greeks((), (), (), (), (), (), ())
    implied_volatility((), (), (), (), (), (), ())
    price_of_one(True, 1.0, 1.0, 1.0, 0.0, 0.0, math.nan)
    greeks_of_one(True, 1.0, 1.0, 1.0, 0.0, 0.0, math.nan)
    implied_volatility_of_one(True, math.nan, 1.0, 1.0, 1.0, 0.0, 0.0)


def _columns(is_call: ArrayLike, *values: ArrayLike) -> tuple[Flags, list[Floats], tuple[int, ...]]:
    """Everything broadcast to one shape and laid out flat; the kernels know no other layout."""
    calls = np.asarray(is_call, np.bool_)
    floats = [np.asarray(value, np.float64) for value in values]
    shape = np.broadcast_shapes(calls.shape, *(column.shape for column in floats))
    return _flat(calls, shape), [_flat(column, shape) for column in floats], shape


def _flat(column, shape):
    return np.ascontiguousarray(np.broadcast_to(column, shape)).reshape(-1)


@kernel
def price_many(calls, spots, strikes, years, rates, dividends, sigmas, out):
    """``black.value`` over columns."""
    for i in range(out.size):
        out[i] = value(calls[i], spots[i], strikes[i], years[i], rates[i], dividends[i], sigmas[i])


@kernel
def greeks_many(calls, spots, strikes, years, rates, dividends, sigmas, out):
    """``black.value_and_greeks`` over columns; one row of ``out`` for each."""
    for i in range(out.shape[1]):
        (out[0, i], out[1, i], out[2, i], out[3, i], out[4, i], out[5, i]) = value_and_greeks(
            calls[i], spots[i], strikes[i], years[i], rates[i], dividends[i], sigmas[i]
        )


@kernel
def implied_many(calls, premiums, spots, strikes, years, rates, dividends, sigmas, reasons):
    """``implied.implied`` over columns."""
    for i in range(sigmas.size):
        sigmas[i], reasons[i] = implied(
            calls[i], premiums[i], spots[i], strikes[i], years[i], rates[i], dividends[i]
        )


@kernel
def price_one(call, spot, strike, years, rate, dividend, sigma):
    return value(call, spot, strike, years, rate, dividend, sigma)


@kernel
def greeks_one(call, spot, strike, years, rate, dividend, sigma):
    return value_and_greeks(call, spot, strike, years, rate, dividend, sigma)


@kernel
def implied_one(call, premium, spot, strike, years, rate, dividend):
    return implied(call, premium, spot, strike, years, rate, dividend)
