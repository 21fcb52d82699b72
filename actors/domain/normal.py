"""The normal distribution's tails, as parts of kernels.

Decides one function, from which density and tails follow without cancellation: the scaled complementary
error function. Knows no option.
"""

from typing import Final

from ..runtime.machine_code import part

INVERSE_SQRT_TWO_PI: Final = 0.3989422804014327
HALF_SQRT_TWO: Final = 0.7071067811865476

_CENTRE: Final = 3.5
_SERIES: Final = (
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

The variable and the factor are those of Shepherd and Laframboise (1981), Mathematics of Computation 36, 249;
the coefficients are the first 24 of the Chebyshev series, taken at 60 digits and rounded.
"""


@part
def scaled_tail(x: float) -> float:
    """exp(x²) erfc(x) for x >= 0, within 6e-16 of itself: 1 at 0, falling like 1 / (x √π)."""
    c = _SERIES
    t = (x - _CENTRE) / (x + _CENTRE)
    t2 = t * t
    t4 = t2 * t2
    # Four short chains instead of one long one: the processor works on them at the same time.
    a = c[0] + t4 * (c[4] + t4 * (c[8] + t4 * (c[12] + t4 * (c[16] + t4 * c[20]))))
    b = c[1] + t4 * (c[5] + t4 * (c[9] + t4 * (c[13] + t4 * (c[17] + t4 * c[21]))))
    d = c[2] + t4 * (c[6] + t4 * (c[10] + t4 * (c[14] + t4 * (c[18] + t4 * c[22]))))
    e = c[3] + t4 * (c[7] + t4 * (c[11] + t4 * (c[15] + t4 * (c[19] + t4 * c[23]))))
    return ((a + t2 * d) + t * (b + t2 * e)) / (1.0 + 2.0 * x)
