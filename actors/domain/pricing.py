"""European options in the model of Black, Scholes and Merton: prices, Greeks and implied volatilities.

Decides units and limits. Knows no chain, no clock and no quote. Inputs are arrays of any shapes that
broadcast against each other, what comes out has their common shape (see ``option_model``); whatever cannot be
priced is NaN, and nothing raises but shapes that do not fit.

``is_call``: True for a call. ``spot``, ``strike``: above 0, in one currency. ``years``: calendar time to
the settlement instant in years of 365 days, from minutes or finer, never from whole days; 0 or less is
expired. ``rate``, ``dividend``: continuously compounded per year, of either sign. ``sigma``: per square root
of a year, 1.0 = 100 %. An option on a future has the future as spot and the rate as dividend; one on an index
whose forward is known (see ``forward``) has spot = forward x exp(-rate x years) and dividend 0.

The ``_of_one`` functions take and give plain numbers and run the same formulas, so they agree with the arrays
bit for bit. An option that may be exercised early is worth more than these formulas say: ``require_european``
refuses it, ``american`` prices it.
"""

from enum import Enum
from typing import Final

from ..errors import Refused
from .black import greeks_many, greeks_one, price_many, price_one
from .forward import ParityLine, parity_forward, parity_line
from .implied import NoVolatility, implied_many, implied_one
from .option_model import Greeks, GreeksOfOne, Implied, ImpliedOfOne, OptionModel

__all__ = [
    "Exercise",
    "Greeks",
    "GreeksOfOne",
    "Implied",
    "ImpliedOfOne",
    "NoVolatility",
    "ParityLine",
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


class Exercise(str, Enum):
    """When an option may be exercised."""

    EUROPEAN = "EUROPEAN"
    """At expiry alone: index options as SPX and SPXW."""
    AMERICAN = "AMERICAN"
    """Any day: options on shares and funds."""


def require_european(exercise: Exercise) -> None:
    """Raise Refused unless the option can be exercised at expiry alone."""
    if exercise is not Exercise.EUROPEAN:
        raise Refused("an option with American exercise has another price: see domain.american")


MODEL: Final = OptionModel(price_many, greeks_many, implied_many, price_one, greeks_one, implied_one)

price = MODEL.price
"""Prices in the currency of spot and strike (Black and Scholes 1973, Merton 1973).

Expired: the payoff. sigma = 0: the discounted payoff of the forward. NaN where an input is not finite, spot
or strike is not above 0, sigma is below 0, or a discounted leg leaves the range of doubles. The price of an
option out of the money is correct to about 1e-15 / (sigma √years) of itself, however small.
"""

greeks = MODEL.greeks
"""Prices as of ``price`` and their sensitivities, in the units of ``Greeks``; NaN where the price is.

Expired: delta is the slope of the payoff (half of it at the strike), all others are 0. sigma = 0: the same
for the payoff of the forward, theta and rho as far as discounting moves it, vega its limit.
"""

implied_volatility = MODEL.implied_volatility
"""The sigma at which ``price`` is the premium, or NaN and the reason why there is none.

Exact to what the last digit of the premium decides. A premium whose time value is less than half a tick
implies noise; whoever has quotes refuses them before.
"""

price_of_one = MODEL.price_of_one
greeks_of_one = MODEL.greeks_of_one
implied_volatility_of_one = MODEL.implied_volatility_of_one
compile_kernels = MODEL.compile_kernels
