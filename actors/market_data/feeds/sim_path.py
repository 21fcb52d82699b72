"""A seeded price path of one simulated symbol: levels, ticks and volumes of every session.

Decides the statistics of the simulated market. Knows no index, no message and no other symbol. Input:
a seed, a symbol and a calendar; output: arrays per session, the same for the same input, whichever
session is asked for first.

The model, per session: daily volatility is log-normal and clusters (an AR(1) of its logarithm), with
17 % a year in the mean from close to close; a fifth of the variance is the overnight gap. Within the
session it follows a U shape, and the moves of some stretches are stretched (momentum) or damped (mean
reversion) at random. There is no drift: the price is a martingale over sessions, so nothing can be
earned on it but luck.
"""

import math
from datetime import date
from hashlib import blake2b
from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...domain.calendar import Calendar, Session
from ...types import NANOS

PATH_START = date(2019, 1, 2).toordinal()
"""First date of every path; what lies before the tape can be asked for as history."""

DAILY_VOLATILITY = 0.17 / math.sqrt(252)
OVERNIGHT_SHARE = 0.2
CLUSTERING = 0.95
VOLATILITY_OF_VOLATILITY = 0.3
STRETCHES = 9
"""Stretches per session with a momentum or mean reversion of their own."""
STRETCH_STRENGTH = 0.6
VOLUME_PER_SECOND = 60.0
VOLUME_NOISE = 0.5

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class SessionTicks(NamedTuple):
    """The trades of one session: one every ``step`` ns from its open, none at its close."""

    session: Session
    prices: Ints
    """Nanos, on the tick."""
    volumes: Ints


class _Link(NamedTuple):
    """What the next session needs of this one; ``level`` is the logarithm of the price at the open."""

    level: float
    day_return: float
    volatility: float
    deviation: float


class SimPath:
    """The path of one symbol; safe to share between threads."""

    def __init__(self, seed: int, symbol: str, calendar: Calendar, step: int, tick: int) -> None:
        """``step`` in nanoseconds between trades, ``tick`` in nanos."""
        digest = blake2b(f"{seed}\0{symbol}".encode(), digest_size=8).digest()
        self._key = int.from_bytes(digest, "big")
        self._calendar = calendar
        self._step = step
        self._tick = tick
        self._sessions: list[Session] = []
        self._links: list[_Link] = []
        self._offset = 0.0
        self._lock = Lock()

    def anchor(self, ordinal: int, price: float) -> int:
        """Put the path's open of the first session on or after a date at ``price``; its number."""
        number = 0
        while self.session(number).ordinal < ordinal:
            number += 1
        self._offset = math.log(price) - self._links[number].level
        return number

    def session(self, number: int) -> Session:
        """The session of that number, counted from 0 at the path's start."""
        with self._lock:
            while len(self._sessions) <= number:
                self._extend()
        return self._sessions[number]

    def count(self, number: int) -> int:
        """How many trades a session has."""
        session = self.session(number)
        return -(-(session.close - session.open) // self._step)

    def ticks(self, number: int) -> SessionTicks:
        """All trades of a session."""
        session, link = self.session(number), self._links[number]
        count = self.count(number)
        random = self._random(session.ordinal, 1)
        position = np.arange(count) / count
        scale = math.sqrt(1 - OVERNIGHT_SHARE) * link.volatility
        moves = _bridge(_moves(random, position), position, scale, link.day_return)
        levels = np.exp(link.level + self._offset + moves)
        steps = np.rint(levels * (NANOS / self._tick)).astype(np.int64)
        busy = _u_shape(position) * math.exp(link.deviation)
        size = VOLUME_PER_SECOND * self._step / NANOS * busy
        noise = np.exp(VOLUME_NOISE * random.standard_normal(count))
        volumes = np.maximum(1, np.rint(size * noise)).astype(np.int64)
        return SessionTicks(session, np.maximum(1, steps) * self._tick, volumes)

    def _extend(self) -> None:
        if not self._sessions:
            session = self._calendar.session(PATH_START)
            assert session is not None, "the path starts on a session"
            level, before = 0.0, None
        else:
            session = self._calendar.next_session(self._sessions[-1].open)
            before = self._links[-1]
            level = before.level + before.day_return
        shock, gap, day = self._random(session.ordinal, 0).standard_normal(3)
        spread = VOLATILITY_OF_VOLATILITY
        if before is None:
            deviation = spread * float(shock)
        else:
            fresh = spread * math.sqrt(1 - CLUSTERING**2)
            deviation = CLUSTERING * before.deviation + fresh * float(shock)
        # E exp(2 deviation) = exp(2 spread^2): the mean variance is the stated one.
        volatility = DAILY_VOLATILITY * math.exp(deviation - spread**2)
        overnight, inside = (
            math.sqrt(share) * volatility for share in (OVERNIGHT_SHARE, 1 - OVERNIGHT_SHARE)
        )
        # Half the variance down: the price, not its logarithm, has no drift.
        level += overnight * float(gap) - overnight**2 / 2
        day_return = inside * float(day) - inside**2 / 2
        self._sessions.append(session)
        self._links.append(_Link(level, day_return, volatility, deviation))

    def _random(self, ordinal: int, stream: int) -> np.random.Generator:
        key = np.array([self._key, 2 * ordinal + stream], dtype=np.uint64)
        return np.random.Generator(np.random.Philox(key=key))


def _u_shape(position: Floats) -> Floats:
    """Activity over the session, position in [0, 1): high at the open, lower at the close, mean near 1."""
    shape = 0.65 + 2.0 * np.exp(-position / 0.1) + 1.5 * np.exp((position - 1) / 0.1)
    normed: Floats = shape / shape.mean()
    return normed


def _moves(random: np.random.Generator, position: Floats) -> Floats:
    """Standard moves into each trade after the first; stretches of them share a momentum or its opposite."""
    moves = random.standard_normal(len(position) - 1)
    cuts = np.sort(random.random(STRETCHES - 1))
    strength = random.uniform(-STRETCH_STRENGTH, STRETCH_STRENGTH, STRETCHES)
    if not len(moves):
        return moves
    stretch = np.searchsorted(cuts, position[1:], side="right")
    size = np.bincount(stretch, minlength=STRETCHES)
    mean = np.bincount(stretch, moves, minlength=STRETCHES) / np.maximum(size, 1)
    shaped: Floats = moves + (strength * mean)[stretch]
    return shaped


def _bridge(moves: Floats, position: Floats, scale: float, day_return: float) -> Floats:
    """Log moves from the open: 0 at the first trade, ``day_return`` at the last (a Brownian bridge)."""
    share = _u_shape(position[1:]) if len(moves) else moves
    share = share / max(1.0, float(share.sum()))
    walk = np.concatenate(([0.0], np.cumsum(moves * np.sqrt(share))))
    done = np.concatenate(([0.0], np.cumsum(share)))
    bridged: Floats = scale * (walk - done * walk[-1]) + done * day_return
    return bridged
