"""The days of the simulated market: gaps, returns, jumps, and a volatility that clusters and fears falls.

Decides the statistics from session to session. Knows nothing within a session (see ``sessions``) and no
symbol. Input: a seed and a calendar; output: one MarketDay per session, and the shocks of any stream on
any date.

The model. The logarithm of daily volatility is the sum of a slow and a fast AR(1), both driven by one
surprise: ``LEVERAGE`` times the day's standardised market return plus a part of its own. So volatility
clusters with a slowly decaying memory and rises when the market falls. A fifth of the variance is the
overnight gap; on 4 % of days the market jumps, mostly down, half of the times overnight. Every part has
its exponential mean taken out: from session to session prices are martingales.

A date's shocks are counter-based and need no day before them. What is carried from day to day is the
volatility (slow, fast) and, per symbol, the level: ``MarketDays`` keeps them, one small tuple per
session.
"""

import math
from bisect import bisect_left
from typing import Final, NamedTuple

from ...domain.calendar import Calendar, Session
from ...domain.randomness import normals, stream, uniforms
from .symbols import MARKET_VOLATILITY

SESSIONS_A_YEAR: Final = 252
OVERNIGHT_SHARE: Final = 0.2
"""Of the variance that is not jumps."""

JUMP_PROBABILITY: Final = 0.04
JUMP_MEAN: Final = -0.6
JUMP_SPREAD: Final = 1.2
"""Mean and deviation of a jump, in daily volatilities."""
JUMP_SHARE: Final = JUMP_PROBABILITY * (JUMP_MEAN**2 + JUMP_SPREAD**2) - (JUMP_PROBABILITY * JUMP_MEAN) ** 2
"""Of the variance of a day."""
GAP_SCALE: Final = math.sqrt((1 - JUMP_SHARE) * OVERNIGHT_SHARE)
INSIDE_SCALE: Final = math.sqrt((1 - JUMP_SHARE) * (1 - OVERNIGHT_SHARE))
"""Deviations of the gap and of the session's return without jumps, in daily volatilities."""

SLOW, FAST = 0.99, 0.85
"""Share of the logarithm of volatility that is left after a day."""
SLOW_SPREAD, FAST_SPREAD = 0.038, 0.11
"""What a surprise of one adds to it."""
LEVERAGE: Final = -0.8
OWN_SURPRISE: Final = math.sqrt(1 - LEVERAGE**2)
LOG_VARIANCE: Final = (
    SLOW_SPREAD**2 / (1 - SLOW**2)
    + FAST_SPREAD**2 / (1 - FAST**2)
    + 2 * SLOW_SPREAD * FAST_SPREAD / (1 - SLOW * FAST)
)
"""Variance of the logarithm of volatility in the long run."""
DAILY_VOLATILITY: Final = MARKET_VOLATILITY / math.sqrt(SESSIONS_A_YEAR)

_BLOCK: Final = 256
"""Dates drawn at once."""


class Shocks(NamedTuple):
    """What a stream adds on one date, independent of all other dates. Moves in daily volatilities."""

    gap: float
    """Overnight, jump included."""
    inside: float
    """From open to close, without a jump."""
    jump: float
    """Within the session; 0 = none."""
    jump_at: float
    """Where in the session it comes, in [0, 1)."""
    surprise: float
    """Volatility's own standard surprise."""


class MarketDay(NamedTuple):
    """One session of the market factor."""

    session: Session
    shocks: Shocks
    slow: float
    fast: float
    """The logarithm of volatility at the close before."""
    volatility: float
    """Of the day's market return: known at the close before."""


class DayDraws:
    """The shocks of one stream by date, drawn in blocks."""

    def __init__(self, seed: int, name: str) -> None:
        self._normal = stream(seed, name, "days")
        self._uniform = stream(seed, name, "jumps")
        self._blocks: dict[int, list[Shocks]] = {}

    def on(self, ordinal: int) -> Shocks:
        """The shocks of a date."""
        block, at = divmod(ordinal, _BLOCK)
        if block not in self._blocks:
            self._blocks[block] = self._draw(block * _BLOCK)
        return self._blocks[block][at]

    def _draw(self, first: int) -> list[Shocks]:
        drawn = normals(self._normal, 4 * _BLOCK, 4 * first).reshape(_BLOCK, 4).tolist()
        chances = uniforms(self._uniform, 2 * _BLOCK, 2 * first).reshape(_BLOCK, 2).tolist()
        return [_shocks(*normal, *chance) for normal, chance in zip(drawn, chances, strict=True)]


def _shocks(gap: float, inside: float, size: float, surprise: float, chance: float, place: float) -> Shocks:
    jump = JUMP_MEAN + JUMP_SPREAD * size if chance < JUMP_PROBABILITY else 0.0
    overnight = place < 0.5
    return Shocks(
        gap=GAP_SCALE * gap + jump * overnight,
        inside=INSIDE_SCALE * inside,
        jump=0.0 if overnight else jump,
        jump_at=2 * place - 1 if not overnight else 0.0,
        surprise=surprise,
    )


def drift(scale: float, part: float) -> float:
    """What keeps a part of a day free of drift: log E exp(scale x shock).

    ``scale``: the day's volatility with a symbol's exposure; ``part``: GAP_SCALE or INSIDE_SCALE.
    """
    jump = math.exp(scale * JUMP_MEAN + (scale * JUMP_SPREAD) ** 2 / 2)
    chance = JUMP_PROBABILITY / 2
    return (scale * part) ** 2 / 2 + math.log1p(chance * (jump - 1))


class MarketDays:
    """The sessions of the market factor, numbered from 0 at ``start``; made on demand, kept small."""

    def __init__(self, seed: int, calendar: Calendar, start: int) -> None:
        """``start``: ordinal of a date with a session."""
        self._draws = DayDraws(seed, "market")
        self._calendar = calendar
        self._start = start
        self._days: list[MarketDay] = []

    def day(self, number: int) -> MarketDay:
        """The session of that number."""
        while len(self._days) <= number:
            self._days.append(self._next())
        return self._days[number]

    def number(self, ordinal: int) -> int:
        """The first session on or after a date."""
        number = bisect_left(self._days, ordinal, key=lambda day: day.session.ordinal)
        while self.day(number).session.ordinal < ordinal:
            number += 1
        return number

    def _next(self) -> MarketDay:
        if self._days:
            before = self._days[-1]
            session = self._calendar.next_session(before.session.open)
            slow, fast = closing_state(before)
        else:
            first = self._calendar.session(self._start)
            assert first is not None, "the path starts on a session"
            session, slow, fast = first, 0.0, 0.0
        # E exp(2 (slow + fast)) = exp(2 LOG_VARIANCE): the mean variance is the stated one.
        volatility = DAILY_VOLATILITY * math.exp(slow + fast - LOG_VARIANCE)
        return MarketDay(session, self._draws.on(session.ordinal), slow, fast, volatility)


def closing_state(day: MarketDay) -> tuple[float, float]:
    """(slow, fast) at the close of a day: what the next one begins with."""
    shocks = day.shocks
    surprise = (
        LEVERAGE * standardised(shocks.gap + shocks.inside + shocks.jump) + OWN_SURPRISE * shocks.surprise
    )
    return SLOW * day.slow + SLOW_SPREAD * surprise, FAST * day.fast + FAST_SPREAD * surprise


def standardised(moved: float) -> float:
    """A day's move in daily volatilities, with its mean (that of the jumps) taken out."""
    return moved - JUMP_PROBABILITY * JUMP_MEAN
