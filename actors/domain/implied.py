"""The volatility that a price implies, or the reason why there is none; for one option, as parts of kernels.

Decides when a price has a volatility and finds it to the last digits that the price carries. Knows no array;
``pricing`` is the public face. The time value is taken as a share of the smaller leg (see ``black``), which
lies between 0 and 1 and rises with v = sigma √years. The search starts from a curve through the known ends and
the inflection point v² = 2 |x| and takes Householder steps of the third order, in the variables that make the
share nearly straight: 1 / ln(share) below the inflection and ln(1 - share) above it, as in P. Jäckel, Let's Be
Rational (2015). A bracket that every step narrows makes it end.
"""

import math
from enum import IntEnum
from typing import Final

from ..runtime.machine_code import part
from .black import is_sound, legs, time_value, upper_bound
from .normal import HALF_SQRT_TWO, INVERSE_SQRT_TWO_PI, scaled_tail


class NoVolatility(IntEnum):
    """Why a price implies no volatility; NONE = it implies one."""

    NONE = 0
    BAD_INPUT = 1
    """An input is not finite, or spot or strike is not above 0."""
    EXPIRED = 2
    """No time is left: the price is the payoff under every volatility."""
    BELOW_INTRINSIC = 3
    """Less than the discounted forward payoff: it can be had for nothing."""
    NO_TIME_VALUE = 4
    """Nothing beyond the discounted forward payoff that rounding could not have put there."""
    ABOVE_MAXIMUM = 5
    """As much as the asset (call) or the discounted strike (put), or more."""


BAD_INPUT: Final = NoVolatility.BAD_INPUT.value
EXPIRED: Final = NoVolatility.EXPIRED.value
BELOW_INTRINSIC: Final = NoVolatility.BELOW_INTRINSIC.value
NO_TIME_VALUE: Final = NoVolatility.NO_TIME_VALUE.value
ABOVE_MAXIMUM: Final = NoVolatility.ABOVE_MAXIMUM.value

NOISE: Final = 1e-15
"""What rounding leaves of a difference of two legs, as a share of the larger."""
CLOSE: Final = 1e-5
"""A step this small, as a share of v, was the last: what is left is its fourth power."""
STEPS: Final = 100


@part
def implied(
    call: bool, premium: float, spot: float, strike: float, years: float, rate: float, dividend: float
) -> tuple[float, int]:
    """(sigma, 0), or (NaN, why there is none)."""
    if not is_sound(spot, strike, years, rate, dividend, abs(premium)):
        return math.nan, BAD_INPUT
    if years <= 0.0:
        return math.nan, EXPIRED
    held, owed, moneyness = legs(spot, strike, years, rate, dividend)
    if not (0.0 < held < math.inf and 0.0 < owed < math.inf):
        return math.nan, BAD_INPUT
    smaller, larger = (owed, held) if moneyness > 0.0 else (held, owed)
    inside = call == (moneyness > 0.0) and moneyness != 0.0
    extra = premium - (larger - smaller) if inside else premium
    noise = NOISE * larger if inside else 0.0
    if extra < -noise:
        return math.nan, BELOW_INTRINSIC
    if extra <= noise or extra / smaller <= 0.0:
        return math.nan, NO_TIME_VALUE
    if smaller - extra <= NOISE * larger:
        return math.nan, ABOVE_MAXIMUM
    return deviation(-abs(moneyness), extra / smaller) / math.sqrt(years), 0


@part
def deviation(x: float, share: float) -> float:
    """The v at which the time value is ``share`` of the smaller leg; x <= 0, 0 < share < 1."""
    bend = math.sqrt(-2.0 * x)
    share_there = 0.5 * (1.0 - scaled_tail(bend * HALF_SQRT_TWO))
    if share < share_there:
        return search_below(x, share, bend, share_there)
    return search_above(x, share, bend, share_there)


@part
def search_below(x: float, share: float, bend: float, share_there: float) -> float:
    """Between v = 0 and the inflection."""
    target, log_there = math.log(share), math.log(share_there)
    low, high = 0.0, bend
    v = start_below(x, target, log_there, share_there)
    for _ in range(STEPS):
        found, bell, _, _ = time_value(upper_bound(x, v), v)
        if found < share:
            low = max(low, v)
        else:
            high = min(high, v)
        step = math.inf
        if found > 0.0:
            log = math.log(found)
            a = bell * INVERSE_SQRT_TWO_PI / found
            r, r2 = curvature(x, v)
            b = a * (1.0 + 2.0 / log)
            newton = log * (target - log) / (target * a)
            step = householder(
                newton, r - b, a * a * (2.0 + 6.0 / log + 6.0 / (log * log)) - 3.0 * b * r + r2
            )
        if not low <= v + step <= high:
            step = 0.5 * (low + high) - v
        v += step
        if abs(step) <= CLOSE * v:
            break
    return v


@part
def start_below(x: float, target: float, log_there: float, share_there: float) -> float:
    """v² over y = -1 / ln(share): a monotone rational through both ends with their slopes.

    At 0 the slope is x² / 2, at the inflection it follows from the density there.
    """
    y, end = -1.0 / target, -1.0 / log_there
    height = -2.0 * x
    mean = height / end
    first = 0.5 * x * x
    last = 2.0 * math.sqrt(height) * share_there * log_there * log_there / INVERSE_SQRT_TWO_PI
    t = y / end
    u = t * (1.0 - t)
    square = height * (mean * t * t + first * u) / (mean + (first + last - 2.0 * mean) * u)
    return math.sqrt(square)


@part
def search_above(x: float, share: float, bend: float, share_there: float) -> float:
    """From the inflection upwards."""
    rest = 1.0 - share
    target = math.log(rest)
    low, high = bend, math.inf
    v = start_above(target, bend, share_there)
    for _ in range(STEPS):
        p = upper_bound(x, v)
        _, bell, near, far = time_value(p, v)
        left = 0.5 * bell * (near + far)
        if left > rest:
            low = max(low, v)
        else:
            high = min(high, v)
        step = math.inf
        if left > 0.0:
            a = bell * INVERSE_SQRT_TWO_PI / left
            r, r2 = curvature(x, v)
            step = householder((math.log(left) - target) / a, r + a, 2.0 * a * a + 3.0 * a * r + r2)
        if not low <= v + step <= high:
            step = 0.5 * (low + high) - v if high < math.inf else v
        v += step
        if abs(step) <= CLOSE * v:
            break
    return v


@part
def start_above(target: float, bend: float, share_there: float) -> float:
    """v² over z = ln(1 - share there) - ln(1 - share): exact to the second order at 0, slope 8 far out."""
    z = math.log(1.0 - share_there) - target
    density = INVERSE_SQRT_TWO_PI / (1.0 - share_there)
    first = 2.0 * bend / density
    second = (1.0 - bend * density) / (density * density)
    if first >= 8.0 or second <= 0.0:
        return math.sqrt(bend * bend + first * z)
    return math.sqrt(bend * bend + first * z + second * z * z / (1.0 + second * z / (8.0 - first)))


@part
def curvature(x: float, v: float) -> tuple[float, float]:
    """Second and third derivative of the share over the first."""
    q = x * x / (v * v * v)
    r = q - 0.25 * v
    return r, r * r - 3.0 * q / v - 0.25


@part
def householder(newton: float, second: float, third: float) -> float:
    """The step of the third order from Newton's, with the second and third derivatives over the first."""
    return newton * (1.0 + 0.5 * second * newton) / (1.0 + newton * (second + third * newton / 6.0))
