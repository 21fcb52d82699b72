"""American options on assets with a continuous dividend: prices, Greeks and implied volatilities.

Decides nothing of its own: shapes, inputs and units are those of ``pricing``, the model is that of
``early_exercise``. Whatever cannot be priced is NaN, also at rates that may have two exercise boundaries: a
put with dividend < rate <= 0, a call with rate < dividend <= 0. Where early exercise cannot pay, all answers
are the European ones, exactly. Dividends on single days are not known to this model.
"""

from typing import Final

from .early_exercise import (
    american_greeks_many,
    american_greeks_one,
    american_implied_many,
    american_implied_one,
    american_price_many,
    american_price_one,
)
from .option_model import OptionModel

MODEL: Final = OptionModel(
    american_price_many,
    american_greeks_many,
    american_implied_many,
    american_price_one,
    american_greeks_one,
    american_implied_one,
)

price = MODEL.price
"""Prices, within 1e-6 of the larger of spot and strike, never below the payoff; see ``pricing.price``."""

greeks = MODEL.greeks
"""Prices and sensitivities. Where an option is worth most exercised now it is its payoff: theta is 0."""

implied_volatility = MODEL.implied_volatility
"""The sigma at which ``price`` is the premium, or NaN and the reason why there is none.

An option that is worth its payoff and no more has no volatility (NO_TIME_VALUE): under every low one it is
exercised now.
"""

price_of_one = MODEL.price_of_one
greeks_of_one = MODEL.greeks_of_one
implied_volatility_of_one = MODEL.implied_volatility_of_one
compile_kernels = MODEL.compile_kernels
