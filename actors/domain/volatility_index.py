"""A VIX-style index: the volatility that a strip of index options expects over the next 30 days.

Decides which two expiries of a chain count and how their variances become one, as Cboe describes it for its
VIX (Volatility Index Methodology); what one expiry implies is ``term_variance``. Knows no feed and no rate
curve. Inputs: quotes of the expiries, each with its settlement instant and its rate, and an instant; output:
the index with what led to it, or ``NoIndex`` with the reason.

Time is counted in the minutes that pass until settlement, a day has 1,440 and a year 525,600 of them.
"""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from ..errors import BadData
from .calendar import Calendar
from .term_variance import (
    MINUTES_OF_DAY,
    MINUTES_OF_YEAR,
    NoIndex,
    NoIndexReason,
    Term,
    TermVariance,
    minutes_between,
    term_variance,
)

__all__ = [
    "NoIndex",
    "NoIndexReason",
    "Term",
    "TermVariance",
    "VolatilityIndex",
    "combine",
    "minutes_between",
    "select_terms",
    "settlement_instant",
    "term_variance",
    "volatility_index",
]

MINUTES_OF_30_DAYS: Final = 43_200
NEAREST_DAYS: Final = 23
FARTHEST_DAYS: Final = 37
"""Both terms are more than 23 and less than 37 days away."""


class VolatilityIndex(NamedTuple):
    """The index and its two terms."""

    value: float
    """In percentage points per square root of a year, as the VIX is quoted."""
    near: TermVariance
    next: TermVariance
    near_weight: float
    """Of the near term's total variance; the next term has the rest. Outside 0 to 1 it extrapolates."""

    @property
    def within_rule(self) -> bool:
        """True when both terms are more than 23 and less than 37 days away."""
        return all(_within(term.minutes) for term in (self.near, self.next))

    @property
    def extrapolated(self) -> bool:
        """True when both terms lie on one side of 30 days."""
        return not 0.0 <= self.near_weight <= 1.0


def volatility_index(terms: Sequence[Term], now: int) -> VolatilityIndex:
    """The index at ``now`` (ns UTC) from all expiries of a chain.

    Exactly two expiries are the two terms, whatever their distance: ``within_rule`` and ``extrapolated``
    tell. Of more the last up to 30 days and the first after are taken, both within the rule. Raises NoIndex.
    """
    near, following = (terms[place] for place in select_terms([term.settlement for term in terms], now))
    return combine(term_variance(near, now), term_variance(following, now))


def select_terms(settlements: Sequence[int], now: int) -> tuple[int, int]:
    """The places of the near and the next term among settlement instants; raises NoIndex."""
    ranked = sorted(range(len(settlements)), key=settlements.__getitem__)
    if len(set(settlements)) != len(settlements):
        raise NoIndex(NoIndexReason.MALFORMED, "two terms settle at the same instant")
    if len(ranked) < 2:
        raise NoIndex(
            NoIndexReason.SINGLE_EXPIRY, "one expiry: the index needs two, one on either side of 30 days"
        )
    if len(ranked) == 2:
        return ranked[0], ranked[1]
    minutes = {place: minutes_between(now, settlements[place]) for place in ranked}
    fit = [place for place in ranked if _within(minutes[place])]
    before = [place for place in fit if minutes[place] <= MINUTES_OF_30_DAYS]
    after = [place for place in fit if minutes[place] > MINUTES_OF_30_DAYS]
    if not before or not after:
        raise NoIndex(
            NoIndexReason.NO_TERMS,
            f"{len(ranked)} expiries, but not one each up to and after 30 days that is more than "
            f"{NEAREST_DAYS} and less than {FARTHEST_DAYS} days away",
        )
    return before[-1], after[0]


def _within(minutes: float) -> bool:
    return NEAREST_DAYS * MINUTES_OF_DAY < minutes < FARTHEST_DAYS * MINUTES_OF_DAY


def settlement_instant(calendar: Calendar, ordinal: int, *, morning: bool) -> int:
    """When options that expire on a date are settled, ns UTC.

    ``morning``: by the opening prices, at the session's open (SPX); otherwise at its close (SPXW), early
    closes included. Raises BadData on a date without a session.
    """
    session = calendar.session(ordinal)
    if session is None:
        raise BadData(f"{calendar.name} has no session on that date: nothing can settle")
    return session.open if morning else session.close


def combine(near: TermVariance, following: TermVariance) -> VolatilityIndex:
    """Both terms' total variances, interpolated to 30 days and told per year; raises NoIndex."""
    span = following.minutes - near.minutes
    if span <= 0.0:
        raise NoIndex(NoIndexReason.SINGLE_EXPIRY, "both terms settle at the same instant")
    weight = (following.minutes - MINUTES_OF_30_DAYS) / span
    total = near.years * near.variance * weight + following.years * following.variance * (1.0 - weight)
    if total <= 0.0:
        raise NoIndex(NoIndexReason.NO_VARIANCE, "the variance at 30 days is not above 0")
    value = 100.0 * math.sqrt(total * MINUTES_OF_YEAR / MINUTES_OF_30_DAYS)
    return VolatilityIndex(value, near, following, weight)
