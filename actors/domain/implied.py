"""The volatility that a price implies, or the reason why there is none.

Decides when a price has a volatility and finds it to the last digits that the price carries. Knows units and
shapes from ``pricing``, which is the public face. The time value is taken as a share of the smaller leg (see
``black``), which lies between 0 and 1 and rises with v = sigma √years. The search starts from the volatility
that Bachelier's model implies and takes Householder's steps of the third order, in variables in which the
share is nearly straight: 1 / ln(share) below its inflection at v² = 2 abs(x), ln(1 - share) above it (as P.
Jäckel, Let's Be Rational, 2015). Two steps without a branch settle every option of a usual chain; the rest is
searched for within a bracket that every step narrows.
"""

import math
from enum import IntEnum
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..runtime.machine_code import column_kernel, formula
from .black import Columns, Flags, Floats, legs, row, share_of
from .elementary import INVERSE_SQRT_TWO_PI, SQRT_HALF, logarithm, scaled_tail

Codes: TypeAlias = NDArray[np.int8]


class NoVolatility(IntEnum):
    """Why a price implies no volatility; NONE = it implies one."""

    NONE = 0
    BAD_INPUT = 1
    """An input is not finite, or spot or strike is not above 0."""
    EXPIRED = 2
    """No time is left: the price is the payoff under every volatility."""
    BELOW_INTRINSIC = 3
    """Less than the discounted payoff of the forward."""
    NO_TIME_VALUE = 4
    """Nothing beyond the discounted payoff of the forward that rounding could not have put there."""
    ABOVE_MAXIMUM = 5
    """As much as the asset (call) or the discounted strike (put), or more."""
    UNPRICED = 6
    """American exercise at rates or volatilities that are not priced (see ``american``)."""


BAD_INPUT: Final = NoVolatility.BAD_INPUT.value
EXPIRED: Final = NoVolatility.EXPIRED.value
BELOW_INTRINSIC: Final = NoVolatility.BELOW_INTRINSIC.value
NO_TIME_VALUE: Final = NoVolatility.NO_TIME_VALUE.value
ABOVE_MAXIMUM: Final = NoVolatility.ABOVE_MAXIMUM.value
UNPRICED: Final = NoVolatility.UNPRICED.value
UNSETTLED: Final = -1

NOISE: Final = 1e-15
"""What rounding leaves of the difference of two legs, as a share of the larger."""
LEAST: Final = 1e-300
"""The smallest share that is searched for."""
CLOSE: Final = 1e-4
"""After a step this small, as a share of v, its fourth power is left."""
AT_THE_MONEY: Final = 1e-8
"""Where abs(x) is below this share of the time value it plays no part in the start."""
TWO_PI: Final = 2.0 * math.pi
_BACHELIER: Final = (0.99945605, 0.31821979, 0.16963816, -1.13916191, 0.65065572)
"""Least greatest error, 0.06 %, over all d below 38."""
STEPS: Final = 200
"""More than halving a bracket takes to reach the last digit."""


class Search(NamedTuple):
    """What is searched for: the v at which the side ``below`` or above the inflection has ``target``."""

    x: float
    below: bool
    target: float
    """ln(share) below the inflection, ln(1 - share) above it."""
    start: float
    bend: float
    """v at the inflection."""
    reason: int


@formula
def search(
    call: bool, premium: float, spot: float, strike: float, years: float, rate: float, dividend: float
) -> Search:
    """What to search for, or the reason why there is nothing to find."""
    left = max(years, 0.0)
    held, owed, moneyness, sound = legs(spot, strike, left, rate, dividend)
    above = moneyness > 0.0
    smaller, larger = owed if above else held, held if above else owed
    inside = call == above and moneyness != 0.0
    extra = premium - (larger - smaller if inside else 0.0)
    noise = NOISE * larger if inside else 0.0
    reason = ABOVE_MAXIMUM if smaller - extra <= max(noise, NOISE * smaller) else 0
    reason = NO_TIME_VALUE if extra <= max(noise, LEAST * smaller) else reason
    reason = BELOW_INTRINSIC if extra < -noise else reason
    reason = EXPIRED if left == 0.0 else reason
    reason = reason if sound and abs(premium) < math.inf and abs(years) < math.inf else BAD_INPUT
    share = extra / smaller if reason == 0 else 0.5
    x = -abs(moneyness) if reason == 0 else -1.0
    bend = math.sqrt(-2.0 * x)
    share_there = 0.5 * (1.0 - scaled_tail(bend * SQRT_HALF))
    below = share < share_there
    target = logarithm(share if below else 1.0 - share)
    return Search(x, below, target, start(x, share * math.sqrt(smaller / larger)), bend, reason)


@formula
def start(x: float, normalised: float) -> float:
    """A first v from the time value over √(A B): that of Bachelier's model, bent to second order in v.

    In his model the time value is abs(x) (n(d) / d - N(-d)) with d = abs(x) / v. Its inverse is fitted over
    s = ln(1 + abs(x) / time value), which goes like √(2π) d for small d and like d² / 2 for large d.
    """
    relative = -x / normalised
    s = logarithm(1.0 + relative)
    w = s / (s + 8.0)
    c = _BACHELIER
    d = s / math.sqrt(TWO_PI + 0.5 * s) * (c[0] + w * (c[1] + w * (c[2] + w * (c[3] + w * c[4]))))
    v = -x / d if relative > AT_THE_MONEY else normalised / INVERSE_SQRT_TWO_PI
    return v * (1.0 + v * v / 24.0)


@formula
def step(x: float, below: bool, target: float, v: float) -> tuple[float, float]:
    """(step to the next v, how far the logarithm is from its target); not finite where v is hopeless."""
    share = share_of(x, v)[1]
    found = share.value if below else share.rest
    log = logarithm(found)
    a = 2.0 * INVERSE_SQRT_TWO_PI * share.half_bell / found
    # Second and third derivative of the share, each over the first.
    q = x * x / (v * v * v)
    r = q - 0.25 * v
    r2 = r * r - 3.0 * q / v - 0.25
    i = 1.0 / log
    b = a * (1.0 + 2.0 * i)
    newton = log * (target - log) / (target * a) if below else (log - target) / a
    second = r - b if below else r + a
    third = (
        a * a * (2.0 + 6.0 * i * (1.0 + i)) - 3.0 * b * r + r2 if below else 2.0 * a * a + 3.0 * a * r + r2
    )
    whole = newton * (1.0 + 0.5 * second * newton) / (1.0 + newton * (second + third * newton / 6.0))
    return whole, log - target


@formula
def settle(
    call: bool, premium: float, spot: float, strike: float, years: float, rate: float, dividend: float
) -> tuple[float, int]:
    """(sigma, 0), (NaN, the reason) or, where two steps are too few, (NaN, UNSETTLED)."""
    asked = search(call, premium, spot, strike, years, rate, dividend)
    v = asked.start
    v = v + step(asked.x, asked.below, asked.target, v)[0]
    last = step(asked.x, asked.below, asked.target, v)[0]
    v = v + last
    settled = abs(last) <= CLOSE * v
    reason = asked.reason if asked.reason != 0 or settled else UNSETTLED
    return v / math.sqrt(years) if reason == 0 else math.nan, reason


@column_kernel
def implied_one(
    call: bool, premium: float, spot: float, strike: float, years: float, rate: float, dividend: float
) -> tuple[float, int]:
    """(sigma, 0), or (NaN, why there is none)."""
    sigma, reason = settle(call, premium, spot, strike, years, rate, dividend)
    if reason != UNSETTLED:
        return sigma, reason
    asked = search(call, premium, spot, strike, years, rate, dividend)
    low, high = (0.0, asked.bend) if asked.below else (asked.bend, math.inf)
    v = min(max(asked.start, low), high)
    for _ in range(STEPS):
        move, off = step(asked.x, asked.below, asked.target, v)
        # The share rises with v and what is left of it falls.
        if (off < 0.0) == asked.below:
            low = max(low, v)
        else:
            high = min(high, v)
        if low <= v + move <= high:
            v += move
            if abs(move) <= CLOSE * v:
                break
        else:
            v = 0.5 * (low + high) if high < math.inf else 1.0 + 2.0 * v
    return v / math.sqrt(years), 0


@column_kernel
def implied_many(sigmas: Floats, reasons: Codes, calls: Flags, columns: Columns) -> None:
    """``implied_one`` over columns, premiums first; writes ``sigmas`` and ``reasons``."""
    for i in range(sigmas.size):
        sigmas[i], reasons[i] = settle(calls[i], *row(columns, i))
    for i in range(sigmas.size):
        if reasons[i] == UNSETTLED:
            sigmas[i], reasons[i] = implied_one(calls[i], *row(columns, i))
