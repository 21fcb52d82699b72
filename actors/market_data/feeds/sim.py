"""The simulated feed: one trade per symbol and poll, session after session, without end.

Decides the numbering of the trades and the warm-up bars that come before them. Knows nothing of how
prices move (see ``sim_path``). Input: a config; output: a feed whose tape depends on the seed, the
symbols and the poll interval alone, and can be entered at any index.
"""

from collections.abc import Iterator
from datetime import date
from hashlib import blake2b
from itertools import count

import numpy as np

from ...config import Config
from ...domain import timeframes
from ...domain.calendar import calendar
from ...domain.instruments import Instrument, instrument
from ...errors import BadConfig
from ...messages import Bar, MarketUpdate
from ...types import NANOS, UpdateKind
from .protocol import TapeUpdate
from .sim_path import SessionTicks, SimPath

TAPE_START = date(2024, 1, 2).toordinal()
"""The tape begins with the first session on or after this date."""

MARKET = "XNYS"
BASE = timeframes.base_timeframe(timeframes.TICK)
MINUTE = timeframes.MINUTE
SHORTEST_POLL, LONGEST_POLL = 0.1, 3600.0

PRICES = {
    "SPX": 4750.0,
    "NDX": 16_750.0,
    "RUT": 2000.0,
    "DJI": 37_500.0,
    "VIX": 13.0,
    "SPY": 475.0,
    "QQQ": 405.0,
    "IWM": 200.0,
    "DIA": 375.0,
}
"""Price at the start of the tape; other indices start at 1000, other equities at 100."""


class SimFeed:
    """A seeded simulated market; see ``MarketDataFeed``. Safe to share between threads."""

    live = False
    paced = True
    last_index = None

    def __init__(self, config: Config) -> None:
        """Raises BadConfig on symbols, poll intervals or histories that cannot be simulated."""
        data = config.data
        _require_possible(config)
        self.symbols = tuple(dict.fromkeys(config.symbols))
        self.poll_interval = data.poll_interval
        self._timeframes = dict.fromkeys(self.symbols, timeframes.TICK)
        self.name = f"sim seed {data.seed}"
        self._step = round(data.poll_interval * NANOS)
        self._ticks: dict[str, int] = {}
        self._paths: dict[str, SimPath] = {}
        self._first = 0
        for symbol in self.symbols:
            found = _simulated(config, symbol)
            path = SimPath(data.seed, symbol, calendar(MARKET), self._step, found.tick)
            price = PRICES.get(symbol, 1000.0 if found.kind == "index" else 100.0)
            self._first = path.anchor(TAPE_START, price)
            self._ticks[symbol], self._paths[symbol] = found.tick, path
        if data.history_sessions > self._first:
            raise BadConfig(
                f"data.history_sessions: {data.history_sessions}; the simulated market has "
                f"{self._first} sessions before its tape"
            )
        self._history_sessions = data.history_sessions
        self._history: dict[str, tuple[Bar, ...]] = {}
        self.tape = self._identity(data.seed)

    def timeframe(self, symbol: str) -> str:
        """Single trades."""
        return self._timeframes[symbol]

    def tick_hint(self, symbol: str) -> int | None:
        """The tick the prices lie on, in nanos."""
        return self._ticks[symbol]

    def history(self, symbol: str) -> tuple[Bar, ...]:
        """Closed one-minute bars of the ``history_sessions`` sessions before the tape."""
        if symbol not in self._history:
            path = self._paths[symbol]
            numbers = range(self._first - self._history_sessions, self._first)
            self._history[symbol] = tuple(
                _bars(symbol, (path.ticks(number) for number in numbers), self._step)
            )
        return self._history[symbol]

    def updates(self, after: int = 0) -> Iterator[TapeUpdate]:
        """All trades with an index greater than ``after``; never ends."""
        width = len(self.symbols)
        leader = self._paths[self.symbols[0]]
        index = 0
        for number in count(self._first):
            following = index + leader.count(number) * width
            if following > after:
                yield from self._session(number, index, after)
            index = following

    def _session(self, number: int, index: int, after: int) -> Iterator[MarketUpdate]:
        """The trades of one session, numbered from ``index`` + 1, those up to ``after`` left out."""
        width = len(self.symbols)
        opens = self._paths[self.symbols[0]].session(number).open
        rows = [path.ticks(number) for path in self._paths.values()]
        prices = [row.prices.tolist() for row in rows]
        volumes = [row.volumes.tolist() for row in rows]
        columns = list(zip(self.symbols, prices, volumes, strict=True))
        skipped = max(0, after - index) // width
        index += skipped * width
        for poll in range(skipped, len(prices[0])):
            ts = opens + poll * self._step
            for symbol, traded, sizes in columns:
                index += 1
                if index > after:
                    price = traded[poll]
                    yield MarketUpdate(
                        index, symbol, UpdateKind.TICK, ts, ts, price, price, price, price, sizes[poll]
                    )

    def _identity(self, seed: int) -> str:
        """Digest of the parameters and of the first session as made.

        The session is in it because a numerical library that draws differently makes another tape.
        """
        digest = blake2b(digest_size=32)
        digest.update(repr(("sim", seed, self.symbols, self._step, self._history_sessions)).encode())
        for path in self._paths.values():
            ticks = path.ticks(self._first)
            digest.update(ticks.prices.astype("<i8").tobytes() + ticks.volumes.astype("<i8").tobytes())
        return digest.hexdigest()


def _require_possible(config: Config) -> None:
    """Raise BadConfig on settings that no simulated market can have."""
    if not config.symbols:
        raise BadConfig("symbols: none is named; the simulated feed needs at least one")
    poll = config.data.poll_interval
    if not SHORTEST_POLL <= poll <= LONGEST_POLL:
        raise BadConfig(
            f"data.poll_interval: {poll:g} s; the simulated feed takes {SHORTEST_POLL:g} to {LONGEST_POLL:g}"
        )


def _simulated(config: Config, symbol: str) -> Instrument:
    """The instrument of a symbol, BadConfig unless it trades the simulated hours."""
    found = instrument(symbol, config.instruments.get(symbol))
    if found.calendar != MARKET:
        raise BadConfig(
            f"symbols: the simulated market keeps {MARKET} hours and {symbol} does not; "
            f'set instruments.{symbol}.kind = "equity" or choose another symbol'
        )
    return found


def _bars(symbol: str, sessions: Iterator[SessionTicks], step: int) -> Iterator[Bar]:
    """One-minute bars of consecutive sessions, as market data builds them of the same trades."""
    index = silent = 0
    for ticks in sessions:
        opens, closes = ticks.session.open, ticks.session.close
        previous = -1
        for minute, opened, high, low, close, volume, trades in _minutes(ticks, step):
            start = opens + minute * MINUTE
            yield Bar(
                symbol=symbol,
                timeframe=BASE,
                index=index,
                start=start,
                end=start + MINUTE,
                open=opened,
                high=high,
                low=low,
                close=close,
                volume=volume,
                count=trades,
                full=True,
                session=ticks.session.ordinal,
                gap_before=silent + minute - previous - 1 if index else 0,
                first_index=0,
                last_index=0,
                history=True,
            )
            index += 1
            previous, silent = minute, 0
        silent = (closes - opens) // MINUTE - 1 - previous


def _minutes(ticks: SessionTicks, step: int) -> Iterator[tuple[int, ...]]:
    """(minute of the session, open, high, low, close, volume, trades) of every minute that has a trade."""
    minutes = np.arange(len(ticks.prices)) * step // MINUTE
    firsts = np.flatnonzero(np.diff(minutes, prepend=-1))
    ends = np.append(firsts[1:], len(minutes))
    columns = (
        minutes[firsts],
        ticks.prices[firsts],
        np.maximum.reduceat(ticks.prices, firsts),
        np.minimum.reduceat(ticks.prices, firsts),
        ticks.prices[ends - 1],
        np.add.reduceat(ticks.volumes, firsts),
        ends - firsts,
    )
    return zip(*(column.tolist() for column in columns), strict=True)
