"""American options: the kernels of one and of many, calls included, and the way from a price back to sigma.

Decides where an option is exercised early at all, and every limit. Units and shapes are those of ``pricing``;
``american`` is the public face. A call is priced as the put with asset and cash exchanged (McDonald and
Schroder, 1998): spot and strike, rate and dividend change places.

Where early exercise cannot pay (a put with rate <= 0 and rate <= dividend) the option is the European one. A
put with dividend < rate <= 0 may have two boundaries and has no price here.
"""

import math
from typing import Final

import numpy as np

from ..runtime.machine_code import column_kernel
from .black import DAYS, POINT, Columns, Flags, Floats, Six, greeks_one, price_one, row
from .exercise_boundary import NODES, Put, boundary, put_from, put_without_chance
from .implied import (
    ABOVE_MAXIMUM,
    BAD_INPUT,
    BELOW_INTRINSIC,
    EXPIRED,
    NO_TIME_VALUE,
    UNPRICED,
    Codes,
    implied_one,
)

LEAST: Final = 1e-6
"""Where sigma √years is below this, chance is worth less than what prices are exact to."""
NUDGE: Final = 1e-3
"""Of sigma, for vega by central difference; a tenth of it of the rate, for rho."""
NOISE: Final = 1e-6
"""What prices are exact to, as a share of the larger of spot and strike."""
STEPS: Final = 200
CLOSE: Final = 1e-10


@column_kernel
def is_european(call: bool, rate: float, dividend: float) -> bool:
    """True when waiting costs nothing at any spot."""
    earns, pays = (dividend, rate) if call else (rate, dividend)
    return earns <= 0.0 and earns <= pays


@column_kernel
def is_priced(call: bool, rate: float, dividend: float) -> bool:
    """False for rates with two boundaries."""
    earns = dividend if call else rate
    return earns > 0.0 or is_european(call, rate, dividend)


@column_kernel
def put_of(spot: float, years: float, rate: float, dividend: float, sigma: float) -> Put:
    """A put in units of its strike, at rates that are priced and where early exercise may pay."""
    if sigma * math.sqrt(years) < LEAST:
        return put_without_chance(spot, years, rate, dividend)
    heights = np.zeros(NODES)
    if not boundary(years, rate, dividend, sigma, heights):
        return Put(math.nan, math.nan, math.nan, False)
    return put_from(spot, years, rate, dividend, sigma, heights)


@column_kernel
def option_of(
    call: bool, spot: float, strike: float, years: float, rate: float, dividend: float, sigma: float
) -> Put:
    """Price, delta and gamma of a call or put in currency, by its put in units of the strike."""
    if not call:
        put = put_of(spot / strike, years, rate, dividend, sigma)
        return Put(max(put.price * strike, strike - spot), put.delta, put.gamma / strike, put.exercised)
    ratio = strike / spot
    put = put_of(ratio, years, dividend, rate, sigma)
    delta, gamma = put.price - ratio * put.delta, put.gamma * ratio * ratio / spot
    return Put(max(put.price * spot, spot - strike), delta, gamma, put.exercised)


@column_kernel
def american_price_one(
    call: bool, spot: float, strike: float, years: float, rate: float, dividend: float, sigma: float
) -> float:
    """The price; NaN where not sound or not priced."""
    european = price_one(call, spot, strike, years, rate, dividend, sigma)
    if years <= 0.0 or is_european(call, rate, dividend) or math.isnan(european):
        return european
    if not is_priced(call, rate, dividend):
        return math.nan
    return option_of(call, spot, strike, years, rate, dividend, sigma).price


@column_kernel
def american_greeks_one(
    call: bool, spot: float, strike: float, years: float, rate: float, dividend: float, sigma: float
) -> Six:
    """Price, delta, gamma, vega, theta, rho; theta by the model's own equation, 0 where exercised."""
    european = greeks_one(call, spot, strike, years, rate, dividend, sigma)
    if years <= 0.0 or is_european(call, rate, dividend) or math.isnan(european[0]):
        return european
    if not is_priced(call, rate, dividend):
        return math.nan, math.nan, math.nan, math.nan, math.nan, math.nan
    found = option_of(call, spot, strike, years, rate, dividend, sigma)
    theta = 0.0
    if not found.exercised:
        drift = (rate - dividend) * spot * found.delta
        theta = rate * found.price - drift - 0.5 * sigma * sigma * spot * spot * found.gamma
    vega = 0.0
    if sigma > 0.0:
        more, less = sigma * (1.0 + NUDGE), sigma * (1.0 - NUDGE)
        high = option_of(call, spot, strike, years, rate, dividend, more).price
        low = option_of(call, spot, strike, years, rate, dividend, less).price
        vega = (high - low) / (more - less)
    nudge = 0.1 * NUDGE
    high = american_price_one(call, spot, strike, years, rate + nudge, dividend, sigma)
    low = american_price_one(call, spot, strike, years, rate - nudge, dividend, sigma)
    rho = (high - low) / (2.0 * nudge)
    return found.price, found.delta, found.gamma, vega * POINT, theta / DAYS, rho * POINT


@column_kernel
def american_implied_one(
    call: bool, premium: float, spot: float, strike: float, years: float, rate: float, dividend: float
) -> tuple[float, int]:
    """(sigma, 0), or (NaN, why there is none)."""
    sigma, reason = implied_one(call, premium, spot, strike, years, rate, dividend)
    if reason in (BAD_INPUT, EXPIRED) or is_european(call, rate, dividend):
        return sigma, reason
    if not is_priced(call, rate, dividend):
        return math.nan, UNPRICED
    noise = NOISE * max(spot, strike)
    floor = american_price_one(call, spot, strike, years, rate, dividend, 0.0)
    if premium < floor - noise:
        return math.nan, BELOW_INTRINSIC
    if premium <= floor + noise:
        return math.nan, NO_TIME_VALUE
    if premium >= (spot if call else strike) - noise:
        return math.nan, ABOVE_MAXIMUM
    # The European price is lower at every sigma, so its sigma is too high.
    high = sigma if reason == 0 else 1.0
    while american_price_one(call, spot, strike, years, rate, dividend, high) < premium:
        high *= 2.0
    found = _between(call, premium, spot, strike, years, rate, dividend, high)
    return found, UNPRICED if math.isnan(found) else 0


@column_kernel
def _between(
    call: bool,
    premium: float,
    spot: float,
    strike: float,
    years: float,
    rate: float,
    dividend: float,
    high: float,
) -> float:
    """The sigma from 0 to ``high`` at which the price is the premium, by secants or halving."""
    low, before = 0.0, high
    off_before = american_price_one(call, spot, strike, years, rate, dividend, before) - premium
    sigma = 0.99 * high
    for _ in range(STEPS):
        off = american_price_one(call, spot, strike, years, rate, dividend, sigma) - premium
        if math.isnan(off):
            return math.nan
        if off < 0.0:
            low = sigma
        else:
            high = sigma
        rise = (off_before - off) / (before - sigma)
        before, off_before = sigma, off
        step = -off / rise
        if rise > 0.0 and low <= sigma + step <= high:
            sigma += step
        else:
            sigma = 0.5 * (low + high)
        if abs(sigma - before) <= CLOSE * sigma:
            break
    return sigma


@column_kernel
def american_price_many(out: Floats, calls: Flags, columns: Columns) -> None:
    """``american_price_one`` over columns; writes ``out``."""
    for i in range(out.size):
        out[i] = american_price_one(calls[i], *row(columns, i))


@column_kernel
def american_greeks_many(out: Floats, calls: Flags, columns: Columns) -> None:
    """``american_greeks_one`` over columns; writes the six rows of ``out``."""
    for i in range(out.shape[1]):
        six = american_greeks_one(calls[i], *row(columns, i))
        out[0, i], out[1, i], out[2, i], out[3, i], out[4, i], out[5, i] = six


@column_kernel
def american_implied_many(sigmas: Floats, reasons: Codes, calls: Flags, columns: Columns) -> None:
    """``american_implied_one`` over columns, premiums first; writes ``sigmas`` and ``reasons``."""
    for i in range(sigmas.size):
        sigmas[i], reasons[i] = american_implied_one(calls[i], *row(columns, i))
