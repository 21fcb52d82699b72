"""The variance that the options of one expiry expect until they settle, from all strikes at once.

Decides the forward, the strip of options that counts and its sum, as Cboe describes it for its VIX. Knows no
other expiry and no calendar. Inputs: the quotes of one expiry with its settlement instant and its rate, and
an instant; output: the variance with what led to it, or ``NoIndex`` with the reason. A chain that cannot
carry the number gets none: nothing is filled in.
"""

import math
from collections.abc import Sequence
from enum import Enum
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..errors import BadData
from ..types import NANOS

Floats: TypeAlias = NDArray[np.float64]

MINUTES_OF_DAY: Final = 1_440
MINUTES_OF_YEAR: Final = 525_600
LARGEST_GROWTH: Final = 10.0
"""Rate times years; more is no rate."""
LEAST_OPTIONS: Final = 3
"""On either side of K0; with fewer a sum over strikes says nothing about an integral over them."""


class NoIndexReason(str, Enum):
    """Why a chain has no index."""

    MALFORMED = "MALFORMED"
    """Columns of unlike length, a strike that is not above 0 or comes twice, a quote or rate that is none."""
    SINGLE_EXPIRY = "SINGLE_EXPIRY"
    """Fewer than two expiries."""
    NO_TERMS = "NO_TERMS"
    """More than two expiries, but not one each up to and after 30 days within the rule."""
    EXPIRED = "EXPIRED"
    """No time is left to a settlement."""
    ONE_SIDED = "ONE_SIDED"
    """No strike with a bid for its call and its put, or an option that is needed has no two-sided quote."""
    CROSSED = "CROSSED"
    """A bid above its ask: among the quotes of one exchange an error, in one of the two."""
    SPARSE = "SPARSE"
    """Too few options, or strikes too far apart for the volatility they imply."""
    NO_VARIANCE = "NO_VARIANCE"
    """The variance is not above 0."""


class NoIndex(BadData):
    """The chain has no index; ``reason`` says why in a word, the text in a line."""

    def __init__(self, reason: NoIndexReason, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class Term(NamedTuple):
    """The quotes of one expiry. Columns of one length, in any order of strikes, in the index's points."""

    settlement: int
    """The instant at which the settlement value is made, ns UTC (see ``settlement_instant``)."""
    rate: float
    """Risk-free, continuously compounded per year, for this term."""
    strikes: Floats
    call_bid: Floats
    """0 or NaN where nobody bids; so are the others."""
    call_ask: Floats
    put_bid: Floats
    put_ask: Floats


class TermVariance(NamedTuple):
    """What one expiry implies."""

    settlement: int
    minutes: float
    rate: float
    forward: float
    strike_below: float
    """K0, the largest strike not above the forward."""
    strikes: int
    """How many options of the strip were used; K0 counts as one."""
    lowest: float
    highest: float
    """The outermost strikes used."""
    variance: float
    """Per year."""

    @property
    def years(self) -> float:
        """Time to settlement in years of 525,600 minutes."""
        return self.minutes / MINUTES_OF_YEAR

    @property
    def days(self) -> float:
        """Time to settlement in days of 1,440 minutes."""
        return self.minutes / MINUTES_OF_DAY


def minutes_between(now: int, settlement: int) -> float:
    """Minutes from one instant to another, both ns UTC; parts of a minute count."""
    return (settlement - now) / (60 * NANOS)


def term_variance(term: Term, now: int) -> TermVariance:
    """Forward, K0, strip and variance of one expiry; raises NoIndex."""
    minutes = minutes_between(now, term.settlement)
    if minutes <= 0.0:
        raise NoIndex(NoIndexReason.EXPIRED, "no time is left to the settlement of a term")
    years = minutes / MINUTES_OF_YEAR
    if not abs(term.rate * years) < LARGEST_GROWTH:
        raise NoIndex(NoIndexReason.MALFORMED, f"{term.rate:g} is no yearly rate for a term")
    growth = math.exp(term.rate * years)
    quotes = _checked(term)
    forward = _forward(quotes, growth)
    at = int(np.searchsorted(quotes.strikes, forward, side="right")) - 1
    if at < 0:
        raise NoIndex(NoIndexReason.SPARSE, f"no strike at or below the forward {forward:.2f}")
    strikes, prices = _strip(quotes, at)
    below = float(quotes.strikes[at])
    total = float(np.sum(_widths(strikes) / strikes**2 * prices)) * growth
    variance = (2.0 * total - (forward / below - 1.0) ** 2) / years
    _require_density(strikes, below, variance * years)
    return TermVariance(
        settlement=term.settlement,
        minutes=minutes,
        rate=term.rate,
        forward=forward,
        strike_below=below,
        strikes=strikes.size,
        lowest=float(strikes[0]),
        highest=float(strikes[-1]),
        variance=variance,
    )


def _checked(term: Term) -> Term:
    """The term by ascending strikes, an absent quote as 0; raises NoIndex on what cannot be a chain."""
    columns = [np.asarray(column, np.float64) for column in term[2:]]
    strikes = columns[0]
    if any(column.shape != (strikes.size,) for column in columns):
        raise NoIndex(NoIndexReason.MALFORMED, "the columns of a term are of unlike length")
    order = np.argsort(strikes, kind="stable")
    strikes, *quotes = (column[order] for column in columns)
    quotes = [np.where(np.isnan(quote), 0.0, quote) for quote in quotes]
    if not np.isfinite(quotes).all() or (np.asarray(quotes) < 0.0).any():
        raise NoIndex(NoIndexReason.MALFORMED, "a quote is negative or no number")
    if not np.isfinite(strikes).all() or (strikes <= 0.0).any() or (np.diff(strikes) == 0.0).any():
        raise NoIndex(NoIndexReason.MALFORMED, "a strike is not above 0 or comes twice")
    checked = Term(term.settlement, term.rate, strikes, *quotes)
    for side, bid, ask in (
        ("call", checked.call_bid, checked.call_ask),
        ("put", checked.put_bid, checked.put_ask),
    ):
        crossed = np.flatnonzero((bid > ask) & (ask > 0.0))
        if crossed.size:
            at = crossed[0]
            raise NoIndex(
                NoIndexReason.CROSSED,
                f"the {side} at {strikes[at]:g} is bid {bid[at]:g} and asked {ask[at]:g}",
            )
    return checked


def _forward(term: Term, growth: float) -> float:
    """From the strike at which call and put differ least, the lower one of two."""
    both = np.flatnonzero((np.minimum(term.call_bid, term.put_bid) > 0.0) & _asked(term))
    if not both.size:
        raise NoIndex(NoIndexReason.ONE_SIDED, "no strike has a bid and an ask for both its call and its put")
    difference = _mid(term.call_bid, term.call_ask)[both] - _mid(term.put_bid, term.put_ask)[both]
    least = int(np.argmin(np.abs(difference)))
    return float(term.strikes[both[least]] + growth * difference[least])


def _asked(term: Term) -> NDArray[np.bool_]:
    return np.minimum(term.call_ask, term.put_ask) > 0.0


def _mid(bid: Floats, ask: Floats) -> Floats:
    return 0.5 * (bid + ask)


def _strip(term: Term, at: int) -> tuple[Floats, Floats]:
    """(strikes, prices) of the options used, ascending: puts below K0, both at K0, calls above it."""
    puts = _walk(term.put_bid, range(at - 1, -1, -1))[::-1]
    calls = _walk(term.call_bid, range(at + 1, term.strikes.size))
    if min(len(puts), len(calls)) < LEAST_OPTIONS:
        raise NoIndex(
            NoIndexReason.SPARSE,
            f"{len(puts)} puts below and {len(calls)} calls above {term.strikes[at]:g} have a bid; "
            f"{LEAST_OPTIONS} each are needed",
        )
    for side, bid, ask, places in (
        ("put", term.put_bid, term.put_ask, [*puts, at]),
        ("call", term.call_bid, term.call_ask, [at, *calls]),
    ):
        for place in places:
            if bid[place] <= 0.0 or ask[place] <= 0.0:
                strike = term.strikes[place]
                raise NoIndex(NoIndexReason.ONE_SIDED, f"the {side} at {strike:g} has no two-sided quote")
    put, call = _mid(term.put_bid, term.put_ask), _mid(term.call_bid, term.call_ask)
    prices = np.concatenate((put[puts], [0.5 * (put[at] + call[at])], call[calls]))
    return term.strikes[[*puts, at, *calls]], prices


def _walk(bids: Floats, places: Sequence[int]) -> list[int]:
    """The places with a bid, until two without one come after each other."""
    kept: list[int] = []
    missing = 0
    for place in places:
        missing = 0 if bids[place] > 0.0 else missing + 1
        if missing == 2:
            break
        if not missing:
            kept.append(place)
    return kept


def _widths(strikes: Floats) -> Floats:
    """Half the distance between the neighbours that are used, at the ends the whole one to the only one."""
    inner = 0.5 * (strikes[2:] - strikes[:-2])
    return np.concatenate(([strikes[1] - strikes[0]], inner, [strikes[-1] - strikes[-2]]))


def _require_density(strikes: Floats, below: float, total: float) -> None:
    """Raise NoIndex unless there is a variance and the strikes around K0 lie within its square root."""
    if not total > 0.0:
        raise NoIndex(NoIndexReason.NO_VARIANCE, "the variance of a term is not above 0")
    at = int(np.searchsorted(strikes, below))
    gap = float(max(strikes[at + 1] - below, below - strikes[at - 1]))
    deviation = below * math.sqrt(total)
    if gap > deviation:
        raise NoIndex(
            NoIndexReason.SPARSE,
            f"around {below:g} the strikes used are {gap:g} apart, more than the deviation {deviation:.4g} "
            "they imply",
        )
