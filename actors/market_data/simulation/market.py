"""The simulated market: every symbol's sessions, in any order, from a seed.

Decides how a symbol's price is put together: its share of the market's move and a move of its own. Knows
no tape, no index and no message. Input: a seed, traits and a number of a session; output: trades and
surfaces, the same whichever session or symbol is asked for first and however many symbols there are. Not
safe to share between threads.
"""

import math
from collections import OrderedDict
from datetime import date
from typing import Final, NamedTuple

import numpy as np

from ...domain.calendar import Calendar, Session
from ...domain.instruments import Instrument
from ...domain.randomness import Floats, stream
from ...domain.surface import Surface
from .days import DAILY_VOLATILITY, GAP_SCALE, INSIDE_SCALE, DayDraws, MarketDay, MarketDays, Shocks, drift
from .sessions import Rhythm, Trades, rhythm, trades, volatility_path, walk
from .symbols import MARKET_VOLATILITY, VOLATILITY_INDEX, Traits
from .variance import implied, index_level

PATH_START: Final = date(2019, 1, 2).toordinal()
"""First date of every path; what lies before a tape can be asked for as history."""

_KEPT: Final = 2
"""Sessions of the market held in memory; a symbol's are made when asked for."""


class MarketSession(NamedTuple):
    """What all symbols share of one session."""

    day: MarketDay
    beat: Rhythm
    walk: Floats
    slow: Floats
    fast: Floats


class SimulatedMarket:
    """The market factor and its sessions."""

    def __init__(self, seed: int, calendar: Calendar, poll: int) -> None:
        """``poll``: ns between two trades of a symbol; a session has at least two."""
        self.seed = seed
        self.poll = poll
        self._days = MarketDays(seed, calendar, PATH_START)
        self._sessions: OrderedDict[int, MarketSession] = OrderedDict()

    def number(self, ordinal: int) -> int:
        """The number of the first session on or after a date; 0 is the path's first."""
        return self._days.number(ordinal)

    def day(self, number: int) -> MarketDay:
        """One day of the market."""
        return self._days.day(number)

    def session(self, number: int) -> Session:
        """The hours of a session."""
        return self.day(number).session

    def count(self, number: int) -> int:
        """How many trades each symbol has in a session."""
        session = self.session(number)
        return -(-(session.close - session.open) // self.poll)

    def inside(self, number: int) -> MarketSession:
        """What all symbols share of a session."""
        if number not in self._sessions:
            day = self.day(number)
            ordinal = day.session.ordinal
            beat = rhythm(self.seed, ordinal, self.count(number))
            moved = walk(self.seed, "market", ordinal, day.shocks, beat)
            state = volatility_path(self.seed, day, beat, moved)
            self._sessions[number] = MarketSession(day, beat, moved, *state)
            if len(self._sessions) > _KEPT:
                self._sessions.popitem(last=False)
        return self._sessions[number]

    def state(self, number: int, ts: int) -> tuple[float, float]:
        """Volatility's (slow, fast) at an instant of a session, that of the last poll."""
        inside = self.inside(number)
        poll = min(max(0, ts - inside.day.session.open) // self.poll, len(inside.slow) - 1)
        return float(inside.slow[poll]), float(inside.fast[poll])


class SymbolPath:
    """One symbol of the market."""

    def __init__(self, market: SimulatedMarket, instrument: Instrument, traits: Traits) -> None:
        self.market = market
        self._symbol = instrument.symbol
        self._tick = instrument.tick
        self.quoted = instrument.kind != "index"
        """Whether somebody makes a market in it; an index is only computed."""
        self._scale = traits.volatility / MARKET_VOLATILITY
        self._shared = traits.correlation * self._scale
        self._own = math.sqrt(1 - traits.correlation**2) * self._scale
        self._mover = traits.moves_as or instrument.symbol
        self._draws = DayDraws(market.seed, self._mover)
        self._opens: list[float] = []
        self._offset = 0.0

    def anchor(self, number: int, price: float) -> None:
        """Put the open of a session at a price."""
        self._offset += math.log(price) - self.open_level(number)

    def open_level(self, number: int) -> float:
        """Logarithm of the first mid price of a session."""
        while len(self._opens) <= number:
            self._opens.append(self._next_open(len(self._opens)))
        return self._opens[number] + self._offset

    def close_level(self, number: int) -> float:
        """Logarithm of the last mid price of a session."""
        day, own = self._day(number)
        moved = self._shared * (day.shocks.inside + day.shocks.jump) + self._own * (own.inside + own.jump)
        return self.open_level(number) + day.volatility * moved - self._drift(day, INSIDE_SCALE)

    def mids(self, number: int) -> Floats:
        """The mid price at each poll of a session."""
        inside = self.market.inside(number)
        day, beat = inside.day, inside.beat
        if self._symbol == VOLATILITY_INDEX:
            return index_level(inside.slow, inside.fast)
        moved = self._shared * inside.walk
        if self._own:
            own = self._draws.on(day.session.ordinal)
            moved = moved + self._own * walk(self.market.seed, self._mover, day.session.ordinal, own, beat)
        levels = self.open_level(number) + day.volatility * moved - beat.done * self._drift(day, INSIDE_SCALE)
        return np.exp(levels)

    def trades(self, number: int) -> Trades:
        """The trades of a session, with the quotes they met."""
        inside = self.market.inside(number)
        return trades(
            stream(self.market.seed, self._symbol, inside.day.session.ordinal, "trades"),
            self.mids(number),
            inside.beat,
            tick=self._tick,
            poll=self.market.poll,
            excitement=inside.day.volatility / DAILY_VOLATILITY,
            quoted=self.quoted,
        )

    def surface(self, number: int, ts: int) -> Surface:
        """Implied volatilities of its options at an instant of a session."""
        return implied(*self.market.state(number, ts), self._scale)

    def _next_open(self, number: int) -> float:
        day, own = self._day(number)
        gap = day.volatility * (self._shared * day.shocks.gap + self._own * own.gap) - self._drift(
            day, GAP_SCALE
        )
        return gap + (self.close_level(number - 1) - self._offset if number else 0.0)

    def _day(self, number: int) -> tuple[MarketDay, Shocks]:
        day = self.market.day(number)
        return day, self._draws.on(day.session.ordinal)

    def _drift(self, day: MarketDay, part: float) -> float:
        return drift(self._shared * day.volatility, part) + drift(self._own * day.volatility, part)
