"""Exponential, logarithm and the normal distribution's tail, as formulas.

Decides three functions of one float, to the last digits and without a branch, so that a loop over them takes
several rows at a time (the C library's are calls, which forbid it). Knows no option.
"""

import math
from typing import Final

import numpy as np

from ..runtime.machine_code import formula

SQRT_HALF: Final = 0.7071067811865476
INVERSE_SQRT_TWO_PI: Final = 0.3989422804014327
LARGEST_EXPONENT: Final = 709.0

_LN2_HIGH: Final = 6.93147180369123816490e-01
_LN2_LOW: Final = 1.90821492927058770002e-10
"""Their sum is ln 2 to 100 bits; the first ends in zeros, so that small multiples of it are exact."""
_LOG2_E: Final = 1.4426950408889634
_SQRT_HALF_BITS: Final = 0x3FE6A09E667F3BCD
_MANTISSA_BITS: Final = 52
_BIAS: Final = 1023

_TAYLOR: Final = tuple(1.0 / math.factorial(n) for n in range(14))
"""Of exp: the next term is below 1e-17 for arguments up to ln 2 / 2."""
_ODD: Final = tuple(1.0 / (2 * n + 1) for n in range(11))
"""Of atanh: the next term is below 1e-18 for arguments up to (√2 - 1) / (√2 + 1)."""

_CENTRE: Final = 3.5
_TAIL: Final = (
    1.2423492448711544,
    -0.1400091801376197,
    -0.010555596332221669,
    0.09751909515328706,
    -0.11508959816003075,
    0.08798315382403678,
    -0.04882332583088402,
    0.019099330953271165,
    -0.004215019879774186,
    -0.0003022679534333239,
    0.0005643842668705102,
    -0.00012151212091980101,
    -4.2781739959539994e-05,
    2.4260300984917994e-05,
    2.3273309537791425e-06,
    -3.814012584490695e-06,
    -4.309237398316666e-08,
    6.014823849950426e-07,
    -8.611571571113718e-09,
    -9.64004253144383e-08,
    6.651894382376532e-10,
    1.3624442778701048e-08,
    6.040390099342991e-11,
    -1.1656687889203665e-09,
)
"""(1 + 2x) exp(x²) erfc(x) for x >= 0 as a polynomial in t = (x - 3.5) / (x + 3.5), constant term first.

Variable and factor are those of Shepherd and Laframboise (1981), Mathematics of Computation 36, 249; the
coefficients are the first 24 of the Chebyshev series, taken at 60 digits.
"""


@formula
def exponential(x: float) -> float:
    """exp(x) within 4e-16 of itself; 0 below -708, infinite from 709 on. ``x`` is not NaN."""
    k = np.floor(x * _LOG2_E + 0.5)
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    c = _TAYLOR
    r2 = r * r
    r4 = r2 * r2
    first = c[0] + r * c[1] + r2 * (c[2] + r * c[3])
    second = c[4] + r * c[5] + r2 * (c[6] + r * c[7])
    third = c[8] + r * c[9] + r2 * (c[10] + r * c[11])
    series = first + r4 * (second + r4 * (third + r4 * (c[12] + r * c[13])))
    power = np.int64(min(max(k, 1.0 - _BIAS), float(_BIAS))) + _BIAS
    scale = np.int64(power << _MANTISSA_BITS).view(np.float64)
    inside = series * scale if x < LARGEST_EXPONENT else math.inf
    return inside if x > 1.0 - LARGEST_EXPONENT else 0.0


@formula
def logarithm(y: float) -> float:
    """ln(y) within 5e-16 of itself for y from 1e-307 to 1e308, exactly 0 at 1; -709 or less at 0."""
    bits = np.float64(y).view(np.int64)
    k = (bits - _SQRT_HALF_BITS) >> _MANTISSA_BITS
    mantissa = np.int64(bits - (k << _MANTISSA_BITS)).view(np.float64)
    s = (mantissa - 1.0) / (mantissa + 1.0)
    z = s * s
    z2 = z * z
    z4 = z2 * z2
    c = _ODD
    first = z * (c[1] + z * c[2]) + z * z2 * (c[3] + z * c[4])
    second = z * (c[5] + z * c[6]) + z * z2 * (c[7] + z * c[8] + z2 * (c[9] + z * c[10]))
    power = np.float64(k)
    return power * _LN2_HIGH + (2.0 * s * (1.0 + (first + z4 * second)) + power * _LN2_LOW)


@formula
def scaled_tail(x: float) -> float:
    """exp(x²) erfc(x) for finite x >= 0, within 6e-16 of itself: 1 at 0, falling like 1 / (x √π)."""
    c = _TAIL
    t = (x - _CENTRE) / (x + _CENTRE)
    t2 = t * t
    t4 = t2 * t2
    first = c[0] + t4 * (c[4] + t4 * (c[8] + t4 * (c[12] + t4 * (c[16] + t4 * c[20]))))
    second = c[1] + t4 * (c[5] + t4 * (c[9] + t4 * (c[13] + t4 * (c[17] + t4 * c[21]))))
    third = c[2] + t4 * (c[6] + t4 * (c[10] + t4 * (c[14] + t4 * (c[18] + t4 * c[22]))))
    fourth = c[3] + t4 * (c[7] + t4 * (c[11] + t4 * (c[15] + t4 * (c[19] + t4 * c[23]))))
    return ((first + t2 * third) + t * (second + t2 * fourth)) / (1.0 + 2.0 * x)


@formula
def density(d: float) -> float:
    """The normal density at ``d``."""
    return INVERSE_SQRT_TWO_PI * exponential(-0.5 * d * d)


@formula
def below(d: float) -> float:
    """The normal distribution at finite ``d``: the share of it below; small shares keep their digits."""
    tail = 0.5 * exponential(-0.5 * d * d) * scaled_tail(abs(d) * SQRT_HALF)
    return 1.0 - tail if d > 0.0 else tail
