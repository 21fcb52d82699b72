"""European options in the model of Black, Scholes and Merton: the formulas of one, and the loops over many.

Decides price and Greeks of an option and every limit of the model. Units and shapes are those of ``pricing``,
which is the public face.

With A = spot exp(-dividend years) and B = strike exp(-rate years) a call is worth A N(d1) - B N(d2), a put
B N(-d2) - A N(-d1). Written for the side that is out of the money both are the same: with the smaller and
the larger of A and B, x = ln(smaller / larger) <= 0, v = sigma √years and p, m = x / v ± v / 2

    time value = smaller N(p) - larger N(m),    smaller n(p) = larger n(m)

The second equation takes the exponential out of the difference, so that the time value keeps its digits
however far out of the money; the side in the money adds abs(A - B), by put-call parity.
"""

import math
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..runtime.machine_code import column_kernel, formula
from .elementary import INVERSE_SQRT_TWO_PI, SQRT_HALF, exponential, logarithm, scaled_tail

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
Columns: TypeAlias = tuple[Floats, Floats, Floats, Floats, Floats, Floats]
"""Spots, strikes, years, rates, dividends and sigmas, or premiums and the first five; of one length."""
Six: TypeAlias = tuple[float, float, float, float, float, float]

DAYS: Final = 365.0
"""Calendar days of the year that theta is told in."""
POINT: Final = 0.01
"""One percentage point, the unit of vega and rho."""
NOTHING: Final = -39.0
"""Left of this the normal density is 0 in doubles."""
WIDEST: Final = 1e300
"""Spot and strike further apart than this are refused."""


class Legs(NamedTuple):
    """Both sides of an option, worth what they are worth today."""

    held: float
    """A: the asset, without the dividends until settlement."""
    owed: float
    """B: the discounted strike."""
    moneyness: float
    """ln(A / B)."""
    sound: bool
    """Inputs finite, spot and strike above 0, and both legs within the range of doubles."""


class Share(NamedTuple):
    """The time value as a share of the smaller leg, and what it is made of."""

    value: float
    """0 to 1."""
    rest: float
    """1 - value, with its own digits where the value is near 1."""
    half_bell: float
    """exp(-p²/2) / 2."""
    near: float
    """Scaled tail of abs(p) / √2."""
    far: float
    """Scaled tail of -m / √2."""


@formula
def legs(spot: float, strike: float, years: float, rate: float, dividend: float) -> Legs:
    """What is exchanged; ``years`` not below 0."""
    held, owed = spot * exponential(-dividend * years), strike * exponential(-rate * years)
    ratio = spot / strike
    finite = abs(spot + strike + years + rate + dividend) < math.inf
    in_range = 0.0 < held < math.inf and 0.0 < owed < math.inf and ratio < WIDEST and ratio * WIDEST > 1.0
    return Legs(held, owed, logarithm(ratio) + (rate - dividend) * years, finite and in_range)


@formula
def is_sound(spot: float, strike: float, years: float, rate: float, dividend: float, sigma: float) -> bool:
    """True when an option of these has a price: ``value_and_greeks`` is NaN exactly where this is False."""
    sound = legs(spot, strike, max(years, 0.0), rate, dividend).sound
    return sound and abs(years) < math.inf and 0.0 <= sigma < math.inf


@formula
def share_of(x: float, v: float) -> tuple[float, Share]:
    """(p, the share) at x <= 0 and v >= 0, also where v is 0."""
    p = 0.5 * v if x == 0.0 else max(x / v + 0.5 * v, NOTHING)
    half_bell = 0.5 * exponential(-0.5 * p * p)
    near, far = scaled_tail(abs(p) * SQRT_HALF), scaled_tail((v - p) * SQRT_HALF)
    right = p > 0.0
    value, rest = half_bell * (near - far), half_bell * (near + far)
    return p, Share(1.0 - rest if right else value, rest if right else 1.0 - value, half_bell, near, far)


@formula
def value_and_greeks(
    call: bool, spot: float, strike: float, years: float, rate: float, dividend: float, sigma: float
) -> Six:
    """Price, delta, gamma, vega, theta, rho in the units of ``pricing.Greeks``; all NaN where not sound.

    Years below 0 count as 0. There, and where sigma is 0, v is 0 and p either 0 (at the money) or so far left
    that every tail is 0 or 1: the limits need no branch.
    """
    left = max(years, 0.0)
    held, owed, moneyness, _ = legs(spot, strike, left, rate, dividend)
    sound = is_sound(spot, strike, years, rate, dividend, sigma)
    root = math.sqrt(left)
    x, v = -abs(moneyness), sigma * root
    p, share = share_of(x, v)
    above = moneyness > 0.0
    smaller, larger = owed if above else held, held if above else owed
    # N(p) and N(m) belong to the side out of the money, their complements to the other one.
    tail_p = share.half_bell * share.near if p <= 0.0 else 1.0 - share.half_bell * share.near
    tail_m = share.half_bell * share.far * (smaller / larger)
    inside = call == above
    tail_p, tail_m = 1.0 - tail_p if inside else tail_p, 1.0 - tail_m if inside else tail_m
    of_spot, of_strike = tail_m if above else tail_p, tail_p if above else tail_m
    sign = 1.0 if call else -1.0
    intrinsic = abs(held - owed) if inside and x < 0.0 else 0.0
    mass = smaller * (2.0 * INVERSE_SQRT_TWO_PI * share.half_bell)
    gamma = mass / (spot * v) / spot if v > 0.0 else 0.0
    carry = sign * (dividend * held * of_spot - rate * owed * of_strike)
    theta = (carry - 0.5 * mass * sigma / root) / DAYS if left > 0.0 else 0.0
    missing = 0.0 if sound else math.nan
    return (
        smaller * share.value + intrinsic + missing,
        sign * (held / spot) * of_spot + missing,
        gamma + missing,
        mass * root * POINT + missing,
        theta + missing,
        sign * left * owed * of_strike * POINT + missing,
    )


@column_kernel
def greeks_one(
    call: bool, spot: float, strike: float, years: float, rate: float, dividend: float, sigma: float
) -> Six:
    """``value_and_greeks`` of a single option."""
    return value_and_greeks(call, spot, strike, years, rate, dividend, sigma)


@column_kernel
def price_one(
    call: bool, spot: float, strike: float, years: float, rate: float, dividend: float, sigma: float
) -> float:
    """The price of a single option."""
    return value_and_greeks(call, spot, strike, years, rate, dividend, sigma)[0]


@formula
def row(columns: Columns, i: int) -> Six:
    """The numbers of one option."""
    a, b, c, d, e, f = columns
    return a[i], b[i], c[i], d[i], e[i], f[i]


@column_kernel
def greeks_many(out: Floats, calls: Flags, columns: Columns) -> None:
    """``value_and_greeks`` over columns; writes the six rows of ``out``."""
    for i in range(out.shape[1]):
        six = value_and_greeks(calls[i], *row(columns, i))
        out[0, i], out[1, i], out[2, i], out[3, i], out[4, i], out[5, i] = six


@column_kernel
def price_many(out: Floats, calls: Flags, columns: Columns) -> None:
    """The prices over columns; writes ``out``."""
    for i in range(out.size):
        out[i] = value_and_greeks(calls[i], *row(columns, i))[0]
