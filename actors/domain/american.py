"""American options on assets with a continuous dividend: prices, Greeks and implied volatilities.

Decides nothing of its own: shapes, inputs and units are those of ``pricing``, the model is that of
``early_exercise``. Whatever cannot be priced is NaN, also at rates that may have two exercise boundaries: a
put with dividend < rate <= 0, a call with rate < dividend <= 0. Where early exercise cannot pay, all answers
are the European ones, exactly. Dividends on single days are not known to this model.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .black import Floats
from .early_exercise import (
    american_greeks_many,
    american_greeks_one,
    american_implied_many,
    american_implied_one,
    american_price_many,
    american_price_one,
)
from .pricing import Greeks, GreeksOfOne, Implied, ImpliedOfOne, NoVolatility, columns


def price(
    is_call: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    dividend: ArrayLike,
    sigma: ArrayLike,
) -> Floats:
    """Prices, within 1e-6 of the larger of spot and strike, never below the payoff; see ``pricing.price``."""
    calls, floats, shape = columns(is_call, spot, strike, years, rate, dividend, sigma)
    out = np.empty(calls.size)
    american_price_many(out, calls, *floats)
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
    """Prices and sensitivities. Where an option is worth most exercised now it is its payoff: theta is 0."""
    calls, floats, shape = columns(is_call, spot, strike, years, rate, dividend, sigma)
    out = np.empty((6, calls.size))
    american_greeks_many(out, calls, *floats)
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

    An option that is worth its payoff and no more has no volatility (NO_TIME_VALUE): under every low one it
    is exercised now.
    """
    calls, floats, shape = columns(is_call, premium, spot, strike, years, rate, dividend)
    sigma, reason = np.empty(calls.size), np.empty(calls.size, np.int8)
    american_implied_many(sigma, reason, calls, *floats)
    return Implied(sigma.reshape(shape), reason.reshape(shape))


def price_of_one(
    is_call: bool, spot: float, strike: float, years: float, rate: float, dividend: float, sigma: float
) -> float:
    """``price`` of a single option."""
    return american_price_one(bool(is_call), *map(float, (spot, strike, years, rate, dividend, sigma)))


def greeks_of_one(
    is_call: bool, spot: float, strike: float, years: float, rate: float, dividend: float, sigma: float
) -> GreeksOfOne:
    """``greeks`` of a single option."""
    numbers = map(float, (spot, strike, years, rate, dividend, sigma))
    return GreeksOfOne(*american_greeks_one(bool(is_call), *numbers))


def implied_volatility_of_one(
    is_call: bool, premium: float, spot: float, strike: float, years: float, rate: float, dividend: float
) -> ImpliedOfOne:
    """``implied_volatility`` of a single option."""
    numbers = map(float, (premium, spot, strike, years, rate, dividend))
    sigma, reason = american_implied_one(bool(is_call), *numbers)
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
