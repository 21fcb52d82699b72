"""A synthetic chain: every listed contract of an index, priced from a surface and quoted as a market would.

Decides spreads, sizes and which bids are missing. Knows no feed and no cache. Input: an underlying's price,
an instant, a surface and the carry; output: a Chain. The same input gives the same chain: sizes are drawn
from counters, quotes are rounded outward from the theoretical price.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..domain.contracts import STRIKE_UNIT
from ..domain.option_calendar import CUT, MARKET, ROOTS, expiries, strikes
from ..domain.option_chain import Chain, Flags, Floats, Ints, years_until
from ..domain.pricing import Greeks, greeks
from ..domain.randomness import stream, unit, words
from ..domain.surface import Surface
from ..types import NANOS

FIXED: Final = 0.02
"""Half spread of every option, in the currency."""
PER_VEGA: Final = 0.04
"""Half spread in percentage points of volatility, on a usual day."""
PER_PRICE: Final = 0.0025
"""Half spread as a share of the price: what hedging with the index costs."""
USUAL: Final = 0.16
"""30-day volatility of a usual day; spreads in volatility grow with it."""
WING: Final = 0.05
"""Absolute delta below which spreads widen, to twice as much at 0."""
LAST_HOURS: Final = 2 / (24 * 365)
"""Years before settlement from which spreads are half as wide again."""
CLOSED: Final = 2.0
"""How much wider spreads are while the index itself is not computed."""
LARGEST: Final = 500
"""Contracts of the largest quote."""


class Carry(NamedTuple):
    """What the forward is made of, continuous and per year."""

    rate: float
    dividend: float


class Listing(NamedTuple):
    """The contracts of one underlying, as the columns of a chain."""

    roots: tuple[str, ...]
    root: NDArray[np.int8]
    expiry: Ints
    settles: Ints
    strike: Ints
    is_call: Flags
    until: int
    """The first of them is not traded from that instant on."""


def listing(underlying: str, ts: int, levels: Sequence[int]) -> Listing:
    """What trades at an instant, on the strikes around any of the levels (nanos).

    Raises NotFound for an underlying without European options.
    """
    today = (MARKET.session_at(ts) or MARKET.next_session(ts)).ordinal
    alive = [each for each in expiries(underlying, today) if ts < each.last_trade]
    names = tuple(sorted({each.root for each in alive}))
    blocks = []
    for each in alive:
        laid = [strikes(each.root, level, each.date - today, monthly=each.monthly) for level in levels]
        blocks.append(laid[0] if len(laid) == 1 else np.unique(np.concatenate(laid)))
    rows = [2 * len(block) for block in blocks]
    strike = np.repeat(np.concatenate([np.empty(0, np.int64), *blocks]), 2)
    return Listing(
        names,
        np.repeat(np.array([names.index(each.root) for each in alive], np.int8), rows),
        np.repeat(np.array([each.date for each in alive], np.int64), rows),
        np.repeat(np.array([each.settles for each in alive], np.int64), rows),
        strike,
        np.arange(len(strike)) % 2 == 0,
        min((each.last_trade for each in alive), default=ts),
    )


def synthesise(
    underlying: str, listed: Listing, ts: int, spot: int, surface: Surface, carry: Carry, seed: int
) -> Chain:
    """Theoretical prices, Greeks and quotes of listed contracts at an instant; ``spot`` in nanos."""
    years = years_until(listed.settles, ts)
    level, strike = spot / NANOS, listed.strike / NANOS
    forward = level * np.exp((carry.rate - carry.dividend) * years)
    # A strike has one volatility: that of the call, every other row, is the put's.
    sigma = np.repeat(surface.volatility(np.log(strike[::2] / forward[::2]), years[::2]), 2)
    worth = greeks(listed.is_call, level, strike, years, *carry, sigma)
    month = 30 / 365
    half = _half_spread(worth, years, float(surface.volatility(0.0, month)) / USUAL)
    if MARKET.session_at(ts) is None:
        half = half * CLOSED
    bid, ask = _quotes(worth.price, half, listed)
    key = stream(seed, underlying, ts // NANOS, "sizes")
    wanted, offered = _sizes(key, listed)
    return Chain(
        underlying=underlying,
        ts=ts,
        spot=spot,
        rate=carry.rate,
        quoted=False,
        roots=listed.roots,
        root=listed.root,
        expiry=listed.expiry,
        settles=listed.settles,
        strike=listed.strike,
        is_call=listed.is_call,
        forward=forward,
        bid=bid,
        ask=ask,
        bid_size=np.where(bid > 0, wanted, 0),
        ask_size=offered,
        theoretical=worth.price,
        sigma=sigma,
        delta=worth.delta,
        gamma=worth.gamma,
        vega=worth.vega,
        theta=worth.theta,
        rho=worth.rho,
    )


def _half_spread(worth: Greeks, years: Floats, excitement: float) -> Floats:
    half = FIXED + PER_VEGA * excitement * worth.vega + PER_PRICE * worth.price
    half = half * (1 + np.maximum(0.0, 1 - np.abs(worth.delta) / WING))
    widened: Floats = np.where(years < LAST_HOURS, 1.5 * half, half)
    return widened


def _quotes(worth: Floats, half: Floats, listed: Listing) -> tuple[Ints, Ints]:
    """Bids and asks on the tick, rounded away from the theoretical price; a bid below one tick is none."""
    small, large = (
        np.array([ticks[size] for ticks in map(_ticks, listed.roots)], np.int64)[listed.root]
        for size in (0, 1)
    )
    low, high = np.maximum(worth - half, 0.0) * NANOS, (worth + half) * NANOS
    step = np.where(low < CUT, small, large)
    bid = np.floor(low / step).astype(np.int64) * step
    step = np.where(high < CUT, small, large)
    ask = np.ceil(high / step).astype(np.int64) * step
    return bid, np.maximum(ask, bid + np.where(bid < CUT, small, large))


def _ticks(root: str) -> tuple[int, int]:
    return ROOTS[root].small_tick, ROOTS[root].large_tick


def _sizes(key: int, listed: Listing) -> tuple[Ints, Ints]:
    """Sizes of both sides from 1 to ``LARGEST``, small ones more often."""
    named = np.array([stream(root) & 0xFFFF for root in listed.roots], np.int64)[listed.root]
    contract = ((named * 2 + listed.is_call) << 44) + ((listed.expiry & 0xFFFF) << 28)
    contract = (contract + listed.strike // STRIKE_UNIT).astype(np.uint64) * np.uint64(2)
    bids, asks = (unit(words(key, contract + np.uint64(side))) for side in (0, 1))
    return (1 + np.floor(LARGEST * bids**2)).astype(np.int64), (1 + np.floor(LARGEST * asks**2)).astype(
        np.int64
    )
