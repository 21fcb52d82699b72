"""One European option in the model of Black, Scholes and Merton, as parts of kernels.

Decides price and Greeks of one option and every limit of the model. Knows no array; ``pricing`` is the public
face. All inputs are floats, years and rates continuous; see ``pricing`` for the units.

With A = spot exp(-dividend years) and B = strike exp(-rate years) a call is worth A N(d1) - B N(d2), a put
B N(-d2) - A N(-d1). Written for the side that is out of the money both are the same: with the smaller and the
larger of A and B, x = ln(smaller / larger) <= 0, v = sigma √years and p, m = x / v ± v / 2

    time value = smaller N(p) - larger N(m),    smaller n(p) = larger n(m)

The second equation takes the exponentials out of the difference, so that the time value keeps its digits
however far out of the money; the side in the money adds |A - B|, by put-call parity.
"""

import math
from typing import Final

from ..runtime.machine_code import part
from .normal import HALF_SQRT_TWO, INVERSE_SQRT_TWO_PI, scaled_tail

DAYS: Final = 365.0
"""Calendar days of the year that theta is told in."""
POINT: Final = 0.01
"""One percentage point, the unit of vega and rho."""

NOTHING: Final = -39.0
"""Left of this the normal density is 0 in doubles."""

Six = tuple[float, float, float, float, float, float]


@part
def is_sound(spot: float, strike: float, years: float, rate: float, dividend: float, other: float) -> bool:
    """True when all six are finite, spot and strike above 0, and the other (sigma, premium) not below."""
    total = spot + strike + years + rate + dividend + other
    return math.isfinite(total) and spot > 0.0 and strike > 0.0 and other >= 0.0


@part
def legs(
    spot: float, strike: float, years: float, rate: float, dividend: float
) -> tuple[float, float, float]:
    """(A, B, ln(A / B)): what spot and strike are worth today, and the forward log-moneyness."""
    held, owed = spot * math.exp(-dividend * years), strike * math.exp(-rate * years)
    return held, owed, math.log(spot / strike) + (rate - dividend) * years


@part
def upper_bound(x: float, v: float) -> float:
    """P = x / v + v / 2, with its limits where v is 0."""
    if v > 0.0:
        return x / v + 0.5 * v
    return 0.0 if x == 0.0 else -math.inf


@part
def time_value(p: float, v: float) -> tuple[float, float, float, float]:
    """(time value / smaller leg, exp(-p²/2), scaled tails of |p| and of -m)."""
    if p < NOTHING:
        return 0.0, 0.0, 0.0, 0.0
    bell = math.exp(-0.5 * p * p)
    near, far = scaled_tail(abs(p) * HALF_SQRT_TWO), scaled_tail((v - p) * HALF_SQRT_TWO)
    if p > 0.0:
        return 1.0 - 0.5 * bell * (near + far), bell, near, far
    return 0.5 * bell * (near - far), bell, near, far


@part
def value(
    call: bool, spot: float, strike: float, years: float, rate: float, dividend: float, sigma: float
) -> float:
    """The price alone; NaN where an input is not sound."""
    if not is_sound(spot, strike, years, rate, dividend, sigma):
        return math.nan
    if years <= 0.0:
        return max(spot - strike if call else strike - spot, 0.0)
    held, owed, moneyness = legs(spot, strike, years, rate, dividend)
    if not (0.0 < held < math.inf and 0.0 < owed < math.inf):
        return math.nan
    x, v = -abs(moneyness), sigma * math.sqrt(years)
    share = time_value(upper_bound(x, v), v)[0]
    smaller, inside = (held, not call) if moneyness <= 0.0 else (owed, call)
    return smaller * share + (abs(held - owed) if inside and x < 0.0 else 0.0)


@part
def nothing_known() -> Six:
    """Six times NaN."""
    return math.nan, math.nan, math.nan, math.nan, math.nan, math.nan


@part
def expired(call: bool, spot: float, strike: float) -> Six:
    """At and after expiry: the payoff and its slope, half the slope at the strike, nothing else."""
    sign = 1.0 if call else -1.0
    inside = sign * (spot - strike)
    step = 1.0 if inside > 0.0 else 0.5 if inside == 0.0 else 0.0
    return max(inside, 0.0), sign * step, 0.0, 0.0, 0.0, 0.0


@part
def value_and_greeks(
    call: bool, spot: float, strike: float, years: float, rate: float, dividend: float, sigma: float
) -> Six:
    """Price, delta, gamma, vega, theta, rho in the units of ``pricing.Greeks``; NaN where not sound."""
    if not is_sound(spot, strike, years, rate, dividend, sigma):
        return nothing_known()
    if years <= 0.0:
        return expired(call, spot, strike)
    held, owed, moneyness = legs(spot, strike, years, rate, dividend)
    if not (0.0 < held < math.inf and 0.0 < owed < math.inf):
        return nothing_known()
    root = math.sqrt(years)
    x, v = -abs(moneyness), sigma * root
    p = upper_bound(x, v)
    share, bell, near, far = time_value(p, v)
    above = moneyness > 0.0
    smaller, larger = (owed, held) if above else (held, owed)
    # N(p) and N(m) belong to the side out of the money, their complements to the other one.
    half = 0.5 * bell
    tail_p = half * near if p <= 0.0 else 1.0 - half * near
    tail_m = half * far * (smaller / larger)
    if call == above:
        tail_p, tail_m = 1.0 - tail_p, 1.0 - tail_m
    of_spot, of_strike = (tail_m, tail_p) if above else (tail_p, tail_m)
    sign = 1.0 if call else -1.0
    price = smaller * share + (abs(held - owed) if call == above and x < 0.0 else 0.0)
    mass = smaller * bell * INVERSE_SQRT_TWO_PI
    width = spot * v
    gamma = mass / width / spot if width > 0.0 else 0.0
    carry = sign * (dividend * held * of_spot - rate * owed * of_strike)
    theta = carry - 0.5 * mass * sigma / root
    return (
        price,
        sign * (held / spot) * of_spot,
        gamma,
        mass * root * POINT,
        theta / DAYS,
        sign * years * owed * of_strike * POINT,
    )
