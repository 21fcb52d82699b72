"""Within a session: when it is busy, how the market and each symbol walk, what trades and quotes say.

Decides the shapes of the day: volatility and volume high at the open and the close, bursts that raise
both, spreads that widen with volatility. Knows no index and no message. Input: a seed, a day and a number of
polls; output: arrays with one element per poll, the first at the open, none at the close.
"""

from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...domain.randomness import Floats, normals, stream, uniforms
from ...types import NANOS
from .days import (
    FAST,
    FAST_SPREAD,
    INSIDE_SCALE,
    JUMP_MEAN,
    JUMP_PROBABILITY,
    LEVERAGE,
    OWN_SURPRISE,
    SLOW,
    SLOW_SPREAD,
    MarketDay,
    Shocks,
)

Ints: TypeAlias = NDArray[np.int64]

STRETCHES: Final = 9
"""Stretches per session with a momentum or mean reversion of their own."""
STRETCH_STRENGTH: Final = 0.6
BURSTS: Final = 27
"""Knots per session of the volatility bursts: one every quarter of an hour."""
BURST_SPREAD: Final = 0.35
VOLUME_PER_SECOND: Final = 60.0
VOLUME_NOISE: Final = 0.5
SPREAD: Final = 1e-4
"""Bid-ask spread of a security on a calm day, as a share of its price; at least one tick."""
LOT: Final = 100
LOTS: Final = 4.0
"""Median size of a quote in lots."""


class Rhythm(NamedTuple):
    """How one session's activity is spread over its polls; the same for all symbols."""

    position: Floats
    """In [0, 1)."""
    done: Floats
    """Share of the session's variance behind each poll, from 0 to 1."""
    activity: Floats
    """Relative volume, mean near 1."""


class Trades(NamedTuple):
    """The trades of one symbol and session, and the quotes they met."""

    prices: Ints
    """Nanos, on the tick."""
    volumes: Ints
    bids: Ints
    asks: Ints
    bid_sizes: Ints
    ask_sizes: Ints

    @property
    def sides(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Bids, their sizes, asks, their sizes."""
        return self.bids, self.bid_sizes, self.asks, self.ask_sizes


def rhythm(seed: int, ordinal: int, count: int) -> Rhythm:
    """The rhythm of a session of ``count`` >= 2 polls."""
    position = np.arange(count) / count
    knots = normals(stream(seed, "market", ordinal, "bursts"), BURSTS)
    burst = np.exp(BURST_SPREAD * np.interp(position, np.linspace(0, 1, BURSTS), knots))
    shape = u_shape(position)
    variance = (shape * burst**2)[1:]
    done = np.concatenate(([0.0], np.cumsum(variance / variance.sum())))
    return Rhythm(position, done, shape * burst)


def u_shape(position: Floats) -> Floats:
    """Activity over the session: high at the open, lower at the close, mean near 1."""
    shape = 0.65 + 2.0 * np.exp(-position / 0.1) + 1.5 * np.exp((position - 1) / 0.1)
    normed: Floats = shape / shape.mean()
    return normed


def walk(seed: int, name: str, ordinal: int, shocks: Shocks, beat: Rhythm) -> Floats:
    """A stream's move since the open at each poll, in daily volatilities.

    0 at the first poll, ``shocks.inside + shocks.jump`` at the last: a Brownian bridge in the session's
    own time, with stretches of momentum or mean reversion, and the jump where it comes.
    """
    key = stream(seed, name, ordinal, "walk")
    moves = _stretched(key, normals(key, len(beat.position) - 1), beat.position)
    path = np.concatenate(([0.0], np.cumsum(moves * np.sqrt(np.diff(beat.done)))))
    walked: Floats = INSIDE_SCALE * (path - beat.done * path[-1]) + beat.done * shocks.inside
    if shocks.jump:
        walked = walked + shocks.jump * (beat.position >= shocks.jump_at * beat.position[-1])
    return walked


def _stretched(key: int, moves: Floats, position: Floats) -> Floats:
    """Moves into each poll after the first; stretches of them share a momentum or its opposite."""
    drawn = uniforms(stream(key, "stretches"), 2 * STRETCHES - 1)
    cuts, strength = np.sort(drawn[STRETCHES:]), STRETCH_STRENGTH * (2 * drawn[:STRETCHES] - 1)
    stretch = np.searchsorted(cuts, position[1:], side="right")
    size = np.bincount(stretch, minlength=STRETCHES)
    mean = np.bincount(stretch, moves, minlength=STRETCHES) / np.maximum(size, 1)
    shaped: Floats = moves + (strength * mean)[stretch]
    return shaped


def volatility_path(seed: int, day: MarketDay, beat: Rhythm, moved: Floats) -> tuple[Floats, Floats]:
    """(slow, fast) at each poll; ``moved`` is the market's walk.

    Begins at the close before with the overnight gap and leads to ``days.closing_state``.
    """
    ordinal = day.session.ordinal
    noise = normals(stream(seed, "market", ordinal, "volatility"), len(moved) - 1)
    free = np.concatenate(([0.0], np.cumsum(noise * np.sqrt(np.diff(beat.done)))))
    own = free + beat.done * (day.shocks.surprise - free[-1])
    mean = JUMP_PROBABILITY * JUMP_MEAN * (1 + beat.done) / 2
    surprise = LEVERAGE * (day.shocks.gap + moved - mean) + OWN_SURPRISE * own
    slow = day.slow * (1 - (1 - SLOW) * beat.done) + SLOW_SPREAD * surprise
    fast = day.fast * (1 - (1 - FAST) * beat.done) + FAST_SPREAD * surprise
    return slow, fast


def trades(
    key: int, mid: Floats, beat: Rhythm, *, tick: int, poll: int, excitement: float, quoted: bool
) -> Trades:
    """Trades and quotes around a path of mid prices.

    ``key``: a stream of the symbol and date. ``tick`` in nanos, ``poll`` in ns. ``excitement``: the day's
    volatility over the usual one. ``quoted``: a security trades at its bid or ask; an index is computed, its
    prints are its mid.
    """
    count = len(mid)
    scaled = mid * (NANOS / tick)
    half = scaled * (SPREAD / 2 * excitement) * np.sqrt(beat.activity)
    bids = np.maximum(1, np.floor(scaled - half).astype(np.int64))
    asks = np.maximum(bids + 1, np.ceil(scaled + half).astype(np.int64))
    prices = np.maximum(1, np.rint(scaled).astype(np.int64))
    if quoted:
        prices = np.where(uniforms(stream(key, "side"), count) < 0.5, bids, asks)
    noise = np.exp(VOLUME_NOISE * normals(stream(key, "volume"), count))
    size = VOLUME_PER_SECOND * poll / NANOS * excitement
    volumes = np.maximum(1, np.rint(size * beat.activity * noise)).astype(np.int64)
    lots = np.exp(normals(stream(key, "sizes"), 2 * count)) * LOTS / excitement
    sizes = np.maximum(1, np.rint(lots)).astype(np.int64) * LOT
    return Trades(prices * tick, volumes, bids * tick, asks * tick, sizes[:count], sizes[count:])
