"""A chain of quotes that were really made, with the volatilities they imply.

Decides what values and Greeks a quote has: those at the volatility its mid implies, on the forward that
put-call parity reads off its series. Knows no feed. Input: the newest quotes of an underlying and the carry;
output: a Chain.

What has no such value is NaN, never a guess: a quote with one side, a mid below what the forward makes
certain, a contract that has settled, and every option that can be exercised early.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..domain.contracts import Exercise
from ..domain.forward import parity_forward
from ..domain.option_calendar import MARKET, ROOTS, expiry
from ..domain.option_chain import Chain, Floats, Ints, series_starts, years_until
from ..domain.pricing import greeks, implied_volatility
from ..domain.quote_columns import QuoteColumns
from ..errors import BadData
from ..types import NANOS
from .synthetic import Carry

CLOSING: Final = "SPXW"
"""A root that settles at the close, as those without conventions of their own are taken to do."""


def quoted_chain(underlying: str, held: QuoteColumns, spot: int | None, carry: Carry) -> Chain:
    """The chain as of its newest quote; ``spot`` in nanos, None where the tape has no price of it.

    ``held`` has at least one row.
    """
    listed = held.listing
    names = tuple(dict.fromkeys(each.root for each in listed.contracts))
    root = np.array([names.index(each.root) for each in listed.contracts], np.int8)
    settles = _settlements(held)
    is_call = listed.sign > 0
    rows = np.lexsort((~is_call, listed.strike, root, settles))
    ts = int(held.ts.max())
    bid, ask = held.bid[rows], held.ask[rows]
    mid = np.where((bid > 0) & (ask > 0), (bid + ask) / (2 * NANOS), np.nan)
    european = np.array([each.exercise is Exercise.EUROPEAN for each in listed.contracts])[rows]
    years = years_until(settles[rows], ts)
    root, settles, is_call, strike = root[rows], settles[rows], is_call[rows], listed.strike[rows] / NANOS
    starts = series_starts(settles, root)
    premium = np.where(european & (settles > ts), mid, np.nan)
    forward = _forwards(starts, strike, premium, is_call, years, spot, carry)
    level = forward * np.exp((carry.dividend - carry.rate) * years)
    sigma = implied_volatility(is_call, premium, level, strike, years, *carry).sigma
    worth = greeks(is_call, level, strike, years, *carry, sigma)
    return Chain(
        underlying=underlying,
        ts=ts,
        spot=spot or 0,
        rate=carry.rate,
        quoted=True,
        roots=names,
        root=root,
        expiry=listed.expiry[rows],
        settles=settles,
        strike=listed.strike[rows],
        is_call=is_call,
        forward=forward,
        bid=bid,
        ask=ask,
        bid_size=held.bid_size[rows],
        ask_size=held.ask_size[rows],
        theoretical=worth.price,
        sigma=sigma,
        delta=worth.delta,
        gamma=worth.gamma,
        vega=worth.vega,
        theta=worth.theta,
        rho=worth.rho,
    )


def _settlements(held: QuoteColumns) -> Ints:
    """The settlement instant of each contract; a root without conventions settles at the close."""
    known: dict[tuple[str, int], int] = {}
    for each in held.listing.contracts:
        key = (each.root, each.expiry)
        if key not in known:
            day = each.expiry if MARKET.session(each.expiry) else MARKET.previous_session(each.expiry).ordinal
            rules = each.root if each.root in ROOTS else CLOSING
            known[key] = expiry(rules, day).settles
    return np.array([known[each.root, each.expiry] for each in held.listing.contracts], np.int64)


def _forwards(
    starts: list[int],
    strike: Floats,
    mid: Floats,
    is_call: NDArray[np.bool_],
    years: Floats,
    spot: int | None,
    carry: Carry,
) -> Floats:
    """The forward of each row's series: by parity, else from the spot, else NaN."""
    forward = np.full(len(strike), np.nan)
    for first, end in zip(starts, [*starts[1:], len(strike)], strict=True):
        both = np.unique(strike[first:end])
        sides = np.full((2, len(both)), np.nan)
        place = np.searchsorted(both, strike[first:end])
        sides[(~is_call[first:end]).astype(np.intp), place] = mid[first:end]
        years_left = float(years[first])
        try:
            forward[first:end] = parity_forward(both, sides[0], sides[1], years_left, carry.rate)
        except BadData:
            if spot is not None:
                forward[first:end] = spot / NANOS * np.exp((carry.rate - carry.dividend) * years_left)
    return forward
