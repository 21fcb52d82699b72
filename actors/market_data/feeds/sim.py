"""The simulated feed: one trade, and if wanted a quote, per symbol and poll, session after session.

Decides the numbering of the updates and the warm-up bars that come before them. Knows nothing of how
prices move (see ``simulation``). Input: a config; output: a feed whose tape depends on the seed, the
symbols and the poll interval alone, and can be entered at any index. One session is in memory at a time.
"""

from collections.abc import Iterator
from datetime import date
from hashlib import blake2b
from itertools import count
from threading import Lock

import numpy as np

from ...config import Config
from ...domain import timeframes
from ...domain.calendar import Session, calendar
from ...domain.instruments import Instrument, instrument
from ...domain.quotes import Quote
from ...domain.surface import Surface
from ...errors import BadConfig
from ...messages import Bar, ChainUpdate, MarketUpdate, TapeUpdate
from ...types import NANOS, UpdateKind
from ..simulation.market import SimulatedMarket, SymbolPath
from ..simulation.sessions import Trades
from ..simulation.symbols import Traits, traits

TAPE_START = date(2024, 1, 2).toordinal()
"""The tape begins with the first session on or after this date."""

MARKET = "XNYS"
BASE = timeframes.base_timeframe(timeframes.TICK)
MINUTE = timeframes.MINUTE
SHORTEST_POLL, LONGEST_POLL = 0.1, 3600.0


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
        self._lock = Lock()
        self._calendar = calendar(MARKET)
        self._market = SimulatedMarket(data.seed, self._calendar, self._step)
        self._first = self._market.number(TAPE_START)
        self._ticks: dict[str, int] = {}
        self._paths: dict[str, SymbolPath] = {}
        assumed = []
        for symbol in self.symbols:
            found = _simulated(config, symbol)
            each = traits(found, config.instruments.get(symbol))
            path = SymbolPath(self._market, found, each)
            path.anchor(self._first, each.price)
            self._ticks[symbol], self._paths[symbol] = found.tick, path
            assumed.append(each)
        if data.history_sessions > self._first:
            raise BadConfig(
                f"data.history_sessions: {data.history_sessions}; the simulated market has "
                f"{self._first} sessions before its tape"
            )
        self._quoted = tuple(s for s in self.symbols if data.simulate_quotes and self._paths[s].quoted)
        self._history_sessions = data.history_sessions
        self._history: dict[str, tuple[Bar, ...]] = {}
        self.tape = self._identity(data.seed, assumed)

    def timeframe(self, symbol: str) -> str:
        """Single trades."""
        return self._timeframes[symbol]

    def tick_hint(self, symbol: str) -> int | None:
        """The tick the prices lie on, in nanos."""
        return self._ticks[symbol]

    def history(self, symbol: str) -> tuple[Bar, ...]:
        """Closed one-minute bars of the ``history_sessions`` sessions before the tape."""
        if symbol not in self._history:
            numbers = range(self._first - self._history_sessions, self._first)
            past = ((self._market.session(number), self._trades(symbol, number)) for number in numbers)
            self._history[symbol] = tuple(_bars(symbol, past, self._step))
        return self._history[symbol]

    def updates(self, after: int = 0) -> Iterator[TapeUpdate]:
        """All trades and quotes with an index greater than ``after``; never ends."""
        for number, index in self._sessions(after):
            yield from self._session(number, index, after)

    def quotes(self, until: int) -> Iterator[ChainUpdate]:
        """The quotes of the session that index ``until`` lies in, up to it."""
        number, index = next(self._sessions(until - 1))
        for update in self._session(number, index, index):
            if update.index > until:
                return
            if isinstance(update, ChainUpdate):
                yield update

    def surface(self, symbol: str, ts: int) -> Surface:
        """Implied volatilities of a symbol's options at an instant of the tape; see ``SurfaceSource``."""
        with self._lock:
            session = self._calendar.session_at(ts) or self._calendar.next_session(ts)
            return self._paths[symbol].surface(self._market.number(session.ordinal), ts)

    def _sessions(self, after: int) -> Iterator[tuple[int, int]]:
        """(number, index before its first update) of every session that ends after an index."""
        index = 0
        for number in count(self._first):
            with self._lock:
                polls = self._market.count(number)
            following = index + polls * len(self.symbols) + (polls - 1) * len(self._quoted)
            if following > after:
                yield number, index
            index = following

    def _session(self, number: int, index: int, after: int) -> Iterator[MarketUpdate | ChainUpdate]:
        """The updates of one session, numbered from ``index`` + 1, those up to ``after`` left out.

        At every poll the quotes come before the trades, and at the first there is none yet: a quote tells
        of the time before it.
        """
        opens = self._market.session(number).open
        made = {symbol: self._trades(symbol, number) for symbol in self.symbols}
        rows = [(symbol, each.prices.tolist(), each.volumes.tolist()) for symbol, each in made.items()]
        sides = [(symbol, *(side.tolist() for side in made[symbol].sides)) for symbol in self._quoted]
        width = len(rows) + len(sides)
        skipped = max(0, after - index + len(sides)) // width
        index += skipped * width - (len(sides) if skipped else 0)
        for poll in range(skipped, len(rows[0][1])):
            ts = opens + poll * self._step
            for symbol, bids, bid_sizes, asks, ask_sizes in sides if poll else ():
                index += 1
                if index > after:
                    quote = Quote(symbol, ts, bids[poll], bid_sizes[poll], asks[poll], ask_sizes[poll])
                    yield ChainUpdate(index, symbol, ts, (quote,))
            for symbol, prices, volumes in rows:
                index += 1
                if index > after:
                    price = prices[poll]
                    yield MarketUpdate(
                        index, symbol, UpdateKind.TICK, ts, ts, price, price, price, price, volumes[poll]
                    )

    def _trades(self, symbol: str, number: int) -> Trades:
        with self._lock:
            return self._paths[symbol].trades(number)

    def _identity(self, seed: int, assumed: list[Traits]) -> str:
        """Digest of the parameters and of the first session as made.

        The session is in it because a numerical library that rounds differently makes another tape.
        """
        digest = blake2b(digest_size=32)
        parameters = ("sim", 2, seed, self.symbols, self._step, self._history_sessions, self._quoted)
        digest.update(repr((*parameters, *map(tuple, assumed))).encode())
        for symbol in self.symbols:
            made = self._trades(symbol, self._first)
            digest.update(made.prices.astype("<i8").tobytes() + made.volumes.astype("<i8").tobytes())
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


def _bars(symbol: str, past: Iterator[tuple[Session, Trades]], step: int) -> Iterator[Bar]:
    """One-minute bars of consecutive sessions, as market data builds them of the same trades."""
    index = silent = 0
    for session, made in past:
        opens, closes = session.open, session.close
        previous = -1
        for minute, opened, high, low, close, volume, trades in _minutes(made, step):
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
                session=session.ordinal,
                gap_before=silent + minute - previous - 1 if index else 0,
                first_index=0,
                last_index=0,
                history=True,
            )
            index += 1
            previous, silent = minute, 0
        silent = (closes - opens) // MINUTE - 1 - previous


def _minutes(made: Trades, step: int) -> Iterator[tuple[int, ...]]:
    """(minute of the session, open, high, low, close, volume, trades) of every minute that has a trade."""
    minutes = np.arange(len(made.prices)) * step // MINUTE
    firsts = np.flatnonzero(np.diff(minutes, prepend=-1))
    ends = np.append(firsts[1:], len(minutes))
    columns = (
        minutes[firsts],
        made.prices[firsts],
        np.maximum.reduceat(made.prices, firsts),
        np.minimum.reduceat(made.prices, firsts),
        made.prices[ends - 1],
        np.add.reduceat(made.volumes, firsts),
        ends - firsts,
    )
    return zip(*(column.tolist() for column in columns), strict=True)
