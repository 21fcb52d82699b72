"""Splits and cash dividends, read back from the factors of a Lean factor file.

Decides the ratio and the amount that the step from one row to the next stands for. Knows no position. Input:
the rows of a factor file; output: splits and dividends, oldest first; BadData in one line.

A factor is a decimal of seven digits or more, so a step is known within its rounding only: the split is the
simplest fraction and the dividend the shortest decimal that the rounding allows. 0.1428571 before 1 is 7 for
1; 0.9925053 before 0.9967360 at a close of 372.24 is 1.58.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import NamedTuple

from ...domain.corporate_actions import CorporateAction, Dividend, Split
from ...domain.money import parse_decimal, scaled
from ...errors import BadData
from ...types import NANOS
from .factors import RAW, TOTAL, FactorRow

_DIGITS = 7
"""Decimals that a factor is at least known to."""

_ONE = FactorRow(0, "1", "1", "")
"""What holds after the last row."""


class Span(NamedTuple):
    """The smallest and largest value that a rounded number may stand for."""

    low: Fraction
    high: Fraction

    def over(self, other: "Span") -> "Span":
        """The quotient of two positive numbers."""
        return Span(self.low / other.high, self.high / other.low)

    def holds(self, value: int) -> bool:
        """Whether the number may be this one."""
        return self.low <= value <= self.high


def ex_dates(rows: Sequence[FactorRow], adjust: str) -> tuple[CorporateAction, ...]:
    """What the prices of a tape are not adjusted for: splits and dividends, dividends alone, or nothing.

    ``adjust`` is ``raw``, ``splits`` or ``total``; prices adjusted for splits are paid dividends of that
    size. A dividend whose ex-date is a split's is of old units and comes first. A factor that falls with time
    pays nothing. Raises BadData when a dividend's row has no reference price.
    """
    if adjust == TOTAL:
        return ()
    found: list[CorporateAction] = []
    for row, following in pairwise((*rows, _ONE)):
        unit = Fraction(1) if adjust == RAW else Fraction(row.splits)
        found += [Dividend(row.until, scaled(amount, unit)) for amount in _dividend(row, following)]
        if adjust == RAW:
            found += _split(row, following)
    return tuple(found)


def _split(row: FactorRow, following: FactorRow) -> Iterator[Split]:
    ratio = _span(following.splits).over(_span(row.splits))
    if not ratio.holds(1):
        simplest = _simplest(ratio.low, ratio.high)
        yield Split(row.until, simplest.numerator, simplest.denominator)


def _dividend(row: FactorRow, following: FactorRow) -> Iterator[int]:
    """Nanos per unit as it was traded then."""
    kept = _span(row.dividends).over(_span(following.dividends))
    if kept.high >= 1:
        return
    try:
        reference = parse_decimal(row.reference)
    except ValueError:
        reference = 0
    if reference <= 0:
        raise BadData(
            f"the factor file has a dividend after a row without a reference price ({row.dividends}); write "
            "the close of its date as the fourth column, or set data.adjust to total"
        )
    amount = _shortest(reference * (1 - kept.high), reference * (1 - kept.low))
    if amount:
        yield amount


def _span(text: str) -> Span:
    value, decimals = Fraction(text), len(text.partition(".")[2])
    half = Fraction(1, 2 * 10 ** max(_DIGITS, decimals))
    return Span(value - half, value + half) if decimals else Span(value, value)


def _simplest(low: Fraction, high: Fraction) -> Fraction:
    """The fraction of the smallest denominator in a span of positive numbers."""
    whole = ceil(low)
    if whole <= high:
        return Fraction(whole)
    below = floor(low)
    return below + 1 / _simplest(1 / (high - below), 1 / (low - below))


def _shortest(low: Fraction, high: Fraction) -> int:
    """The number of nanos with the fewest decimals of the currency in a span, else the nearest one."""
    unit = NANOS
    while unit:
        candidate = ceil(low / unit) * unit
        if candidate <= high:
            return candidate
        unit //= 10
    return round((low + high) / 2)
