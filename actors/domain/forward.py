"""The forward, and the discount factor, that put-call parity reads off a chain.

Decides both from the mids of calls and puts of one European expiry: at every strike call - put = discount x
(forward - strike). Knows no volatility and no quote rule. Inputs: strikes with the mid of either side, NaN
where a side has none; strikes without both are left out.
"""

import math
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import BadData

Floats: TypeAlias = NDArray[np.float64]

NEAREST: Final = 10
"""How many strikes around the money speak for the forward: there both sides are quoted tightest."""


class ParityLine(NamedTuple):
    """What call - put over all strikes of one expiry says."""

    forward: float
    """In the currency of the strikes."""
    discount: float
    """Of one unit paid at settlement; above 0, and above 1 where rates are negative."""
    strikes: int
    """How many strikes have both mids."""

    def rate(self, years: float) -> float:
        """The continuously compounded rate per year that discounts so; ``years`` above 0."""
        return -math.log(self.discount) / years


def parity_forward(
    strikes: ArrayLike, call_mid: ArrayLike, put_mid: ArrayLike, years: float, rate: float
) -> float:
    """The forward, with the rate known: the median over the ten strikes with the smallest abs(call - put).

    ``strikes``, ``call_mid``, ``put_mid``: arrays of one length; ``years`` to settlement, ``rate``
    continuously compounded per year. A median, so that single bad quotes do not move it far. Raises BadData
    without a strike that has both mids.
    """
    known, difference = _both(strikes, call_mid, put_mid)
    if not known.size:
        raise BadData("no strike has both a call and a put mid: put-call parity gives no forward")
    nearest = np.argsort(np.abs(difference), kind="stable")[:NEAREST]
    return float(np.median(known[nearest] + math.exp(rate * years) * difference[nearest]))


def parity_line(strikes: ArrayLike, call_mid: ArrayLike, put_mid: ArrayLike) -> ParityLine:
    """Forward and discount together: the line through call - put over the strikes (Theil 1950, Sen 1968).

    The slope is the median over all pairs of strikes, so up to 29 % of bad quotes leave it standing. It needs
    wide strikes: an error of 0.05 over a width of 500 is one of 1e-4 in the discount. Raises BadData with
    fewer than two strikes that have both mids, or when the line does not fall.
    """
    known, difference = _both(strikes, call_mid, put_mid)
    first, second = np.triu_indices(known.size, 1)
    width = known[second] - known[first]
    apart = width != 0.0
    if not apart.any():
        raise BadData("fewer than two strikes have both a call and a put mid: parity gives no discount")
    slope = float(np.median((difference[second] - difference[first])[apart] / width[apart]))
    if slope >= 0.0:
        raise BadData("call - put does not fall with the strike: these are not the mids of one expiry")
    forward = float(np.median(known - difference / slope))
    return ParityLine(forward, -slope, known.size)


def _both(strikes: ArrayLike, call_mid: ArrayLike, put_mid: ArrayLike) -> tuple[Floats, Floats]:
    """(strike, call - put) where both are numbers."""
    known = np.asarray(strikes, np.float64)
    difference = np.asarray(call_mid, np.float64) - np.asarray(put_mid, np.float64)
    have = np.isfinite(difference) & np.isfinite(known)
    return known[have], difference[have]
