"""A provider as a feed: the thread that talks to it, the trades it gives, its history and its chains.

Decides what of a provider becomes the tape: trades inside the sessions, one by one, in the order of their
time, with the quotes between them. Knows no protocol (see the providers) and no engine. The engine's time is
the wall clock less ``grace``; while trades are missing it stands still, at most for ``hold`` seconds. Input:
a config and a Provider; output: see ``LiveFeed``.
"""

import asyncio
import random
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from hashlib import blake2b
from typing import Any, TypeVar

from ....config import Config
from ....domain import timeframes
from ....domain.calendar import Calendar, Session, calendar
from ....domain.instruments import instrument
from ....domain.quotes import Quote
from ....errors import BadConfig
from ....messages import Bar, ChainUpdate, MarketUpdate, Quiet, TapeUpdate
from ....types import NANOS
from .clock import Clock, Timing
from .lifecycle import Happening
from .merge import Merge
from .outlet import Outlet, quoted
from .provider import Provider
from .stream import Stream
from .vocabulary import ChainRow, ProviderBar, told

T = TypeVar("T")

PUMP = 0.02
"""Seconds between two looks at what may be released."""

STOP = 5.0
"""Seconds that closing waits for the provider's thread."""

BASE = timeframes.base_timeframe(timeframes.TICK)
MINUTE = timeframes.MINUTE


class ProviderFeed:
    """A live market; see ``LiveFeed``."""

    live = True
    paced = True
    last_index = None

    def __init__(
        self,
        config: Config,
        make: Callable[[], Provider],
        *,
        timing: Timing | None = None,
        clock: Clock | None = None,
        draw: Callable[[], float] = random.random,
    ) -> None:
        """``make`` is called on the feed's own event loop. Raises BadConfig on symbols it cannot serve."""
        self.symbols = tuple(config.symbols)
        self._markets = {symbol: _market(config, symbol) for symbol in self.symbols}
        self._timing = timing or _timing(config)
        self._clock = clock or Clock()
        self._draw = draw
        self._sessions = config.data.history_sessions
        self._begin: int | None = None
        self._recent: tuple[tuple[str, int, int, int], ...] = ()
        self._merge = Merge(self.symbols)
        self._stream: Stream | None = None
        self._outlet: Outlet | None = None
        self._running: Future[None] | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="feed", daemon=True)
        self._thread.start()
        try:
            self._provider = self._run(_made(make))
        except BaseException:
            self._end_loop()
            raise
        self.name = f"{self._provider.name} {self._provider.variant}".strip()
        self.poll_interval = self._timing.poll
        digest = blake2b(repr(("live", self.name, self.symbols)).encode(), digest_size=32)
        self.tape = digest.hexdigest()

    def timeframe(self, symbol: str) -> str:  # noqa: ARG002  the same for all
        """Single trades."""
        return timeframes.TICK

    def tick_hint(self, symbol: str) -> int | None:  # noqa: ARG002
        """What the engine knows of the instrument says it."""
        return None

    def history(self, symbol: str) -> tuple[Bar, ...]:
        """Closed one-minute bars of the sessions before now, as far as the provider keeps them.

        Raises BadConfig on refused credentials, NotEntitled, BadData.
        """
        if self._begin is None:
            self._begin = self._clock.wall() // MINUTE * MINUTE
        with told():
            return self._run(self._history(symbol, self._begin))

    @property
    def now(self) -> int:
        """The wall clock, ns."""
        return self._clock.wall()

    def resume(self, recent: Sequence[MarketUpdate]) -> None:
        """Go on after these newest updates of an earlier run, if they are not older than ``hold``."""
        if recent:
            newest = recent[-1].ts
            if self._clock.wall() - newest <= self._timing.hold * NANOS:
                self._begin = newest
                self._recent = tuple((each.symbol, each.ts, each.close, each.volume) for each in recent)

    def updates(self, after: int = 0) -> Iterator[TapeUpdate | Quiet]:
        """Connect, once; the trades from now on, numbered from ``after`` + 1.

        Raises BadConfig while iterating when the provider refuses the credentials.
        """
        if self._outlet is not None:
            raise ValueError("a live market is entered once")
        self._outlet = Outlet(after)
        self._running = self._submit(self._play(self._outlet))
        return self._outlet

    def quotes(self, until: int) -> Iterator[ChainUpdate]:
        """What is quoted now: a provider's quotes come but once and are kept nowhere."""
        held = self._stream.quotes if self._stream is not None else {}
        told = [quote for quote in tuple(held.values()) if self._trades(quote.symbol, quote.ts)]
        return (quoted(quote, until) for quote in told)

    async def chain(self, underlying: str, expiry: str = "") -> list[ChainRow]:
        """Every listed contract with its quote; for any event loop. Raises what ``history`` does."""
        with told():
            return await asyncio.wrap_future(self._submit(self._provider.chain(underlying, expiry)))

    def quote(self, symbol: str) -> Quote | None:
        """The newest quote of the stream."""
        return self._stream.quotes.get(symbol) if self._stream is not None else None

    @property
    def connection(self) -> str:
        """The state of the connection in words."""
        stream = self._stream
        if stream is None:
            return "IDLE"
        life, text = stream.life, stream.life.state.value
        if cuts := life.counts[Happening.CUT]:
            text += f", {cuts} cut{'s' * (cuts > 1)}"
        if recovered := self._merge.counts["recovered"]:
            text += f", {recovered:,} trades recovered"
        fault = stream.fault or stream.record.unreadable
        return f"{text}: {fault}" if fault else text

    @property
    def counts(self) -> dict[str, int]:
        """What became of the trades; see ``Merge.counts``."""
        return dict(self._merge.counts)

    def close(self) -> None:
        """Disconnect and end the thread; idempotent."""
        if self._loop.is_closed():
            return
        if self._outlet is not None:
            self._outlet.close()
        with suppress(Exception):
            self._submit(self._shut()).result(STOP)
        self._end_loop()

    # --- on the feed's own loop --------------------------------------------------------------

    async def _play(self, outlet: Outlet) -> None:
        begin = self._clock.wall() if self._begin is None else self._begin
        self._merge.begin(begin, self._recent)
        self._stream = Stream(
            self._provider,
            self.symbols,
            self._merge,
            begin=begin,
            timing=self._timing,
            clock=self._clock,
            draw=self._draw,
            is_open=self._is_open,
        )
        running = asyncio.ensure_future(self._stream.run())
        try:
            while not running.done():
                self._release(self._stream, outlet)
                await asyncio.wait((running,), timeout=PUMP)
            running.result()
        except Exception as error:  # noqa: BLE001  whatever it was, the engine must hear of it
            outlet.fail(error)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    def _release(self, stream: Stream, outlet: Outlet) -> None:
        now = self._clock.wall()
        stream.record.give_up(now)
        until = stream.whole_until(now)
        released = stream.quote_line.woven(self._merge.release(until), until)
        outlet.put([each for each in released if self._trades(each.symbol, each.ts)], until)

    def _trades(self, symbol: str, ts: int) -> bool:
        """Whether the symbol is one of ours and in its session."""
        return symbol in self._markets and self._markets[symbol].session_at(ts) is not None

    async def _history(self, symbol: str, until: int) -> tuple[Bar, ...]:
        market = self._markets[symbol]
        since = _sessions_before(market, until, self._sessions)
        since = max(since, self._provider.earliest(BASE, until))
        bars: list[Bar] = []
        async for page in self._provider.bars(symbol, BASE, since, until):
            bars += [bar for row in page if (bar := _base_bar(row, market, until)) is not None]
        return tuple(bars)

    def _is_open(self, now: int) -> bool:
        return any(market.session_at(now) is not None for market in self._markets.values())

    async def _shut(self) -> None:
        if self._stream is not None:
            await self._stream.record.leave()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._provider.rest.close()

    # --- between the threads -----------------------------------------------------------------

    def _submit(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._submit(work).result()

    def _end_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(STOP)
        if not self._thread.is_alive():
            self._loop.close()


async def _made(make: Callable[[], Provider]) -> Provider:
    return make()


def _market(config: Config, symbol: str) -> Calendar:
    """The hours of a symbol. Raises BadConfig for what these providers do not trade."""
    found = instrument(symbol, config.instruments.get(symbol))
    if found.kind == "index":
        raise BadConfig(
            f"symbols: {symbol} is an index and has no trades; take its fund, such as SPY for SPX"
        )
    if found.kind != "equity":
        raise BadConfig(
            f"symbols: {symbol} is not known here; if it is a US share, "
            f'set instruments.{symbol}.kind = "equity"'
        )
    return calendar(found.calendar, found.timezone)


def _timing(config: Config) -> Timing:
    data = config.data
    return Timing(
        grace=data.grace,
        silence=data.silence,
        reconcile=data.reconcile,
        poll=data.poll_interval,
        hold=config.risk.max_price_age,
    )


def _sessions_before(market: Calendar, until: int, number: int) -> int:
    """The open of the session that is ``number`` sessions before the one at or before ``until``."""
    session: Session = market.next_session(until)
    for _ in range(number + 1):
        session = market.previous_session(session.ordinal)
    return session.open


def _base_bar(row: ProviderBar, market: Calendar, until: int) -> Bar | None:
    """A provider's minute as a warm-up bar; None when it lies outside the sessions or is not over."""
    session = market.session_at(row.start)
    end = row.start + MINUTE
    if session is None or row.start >= session.close or end > until:
        return None
    return Bar(
        symbol=row.symbol,
        timeframe=BASE,
        index=0,
        start=row.start,
        end=min(end, session.close),
        open=row.open,
        high=row.high,
        low=row.low,
        close=row.close,
        volume=row.volume,
        count=row.trades,
        full=True,
        session=session.ordinal,
        gap_before=0,
        first_index=0,
        last_index=0,
        history=True,
    )
