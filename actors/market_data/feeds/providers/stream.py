"""One provider's stream, kept whole: connect, subscribe, watch, come back, fill what was missed.

Decides when a connection is given up, how the next one is tried, when the record is asked (see ``record``)
and up to which instant nothing is missing. Knows no message of any provider and no engine. Runs on one event
loop; clocks and random numbers are given. Input: a Provider; output: trades in a ``Merge``, and how far they
are whole.

Silence: longer than the limit while the market is open (or in the handshake), the connection is given up. A
corrupt frame also ends it: what the frame held is not known, so the record must tell. After every connection,
and every ``reconcile`` seconds while it lasts, the record fills in what the stream did not bring.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import structlog

from ....domain.quotes import Quote
from ....errors import BadData
from ....types import NANOS
from .backoff import Backoff
from .clock import Clock, Timing
from .lifecycle import Happening, Life, Link
from .merge import Merge
from .provider import Provider
from .quote_line import QuoteLine
from .record import Record
from .vocabulary import (
    ConnectionLost,
    Corrupt,
    CredentialsRefused,
    NoStream,
    Notice,
    Trade,
)

log = structlog.get_logger()

STEADY = 10.0
"""Seconds that a connection must hold before the next cut counts as the first."""

_HANDSHAKE = frozenset({Link.CONNECTING, Link.AUTHENTICATING, Link.SUBSCRIBING})
_FAILED = (ConnectionLost, Corrupt, BadData, OSError, TimeoutError)


class Silent(Exception):
    """Nothing was heard for longer than the limit."""


class Stream:
    """The connection of one feed and everything that keeps it whole."""

    def __init__(
        self,
        provider: Provider,
        symbols: Sequence[str],
        merge: Merge,
        *,
        begin: int,
        timing: Timing,
        clock: Clock,
        draw: Callable[[], float],
        is_open: Callable[[int], bool],
    ) -> None:
        """``begin``: from when on (ns) trades are wanted; ``is_open``: whether the market trades."""
        self.life = Life()
        self.fault = ""
        """What ended the last connection, or keeps the record from being read."""
        self.quotes: dict[str, Quote] = {}
        self.quote_line = QuoteLine()
        self._provider = provider
        self._merge = merge
        self._timing = timing
        self._clock = clock
        self._backoff = Backoff(timing.first_delay, timing.longest_delay, draw)
        self._is_open = is_open
        self.record = Record(provider, symbols, merge, begin=begin, timing=timing, clock=clock)
        self._whole = begin
        self._heard = 0.0
        self._held_since: float | None = None
        self._subscribed = asyncio.Event()

    def whole_until(self, now: int) -> int:
        """The instant (ns) up to which no trade is missing, as far as anybody can tell at ``now``.

        While trades are missing it stands still, but never stays behind by more than ``hold`` seconds.
        """
        latest = now - round(self._timing.grace * NANOS)
        if self.life.state is Link.SUBSCRIBED:
            self._whole = max(self._whole, latest)
        else:
            self._whole = max(min(self._whole, latest), now - round(self._timing.hold * NANOS))
        return self._whole

    async def run(self) -> None:
        """Keep the stream until cancelled. Raises CredentialsRefused when there is no point in going on."""
        self.life.happened(Happening.START)
        try:
            while True:
                await self._once()
                await self._clock.sleep(self._delay())
                self.life.happened(Happening.WAITED)
        except CredentialsRefused as error:
            self.fault = str(error)
            self.life.happened(Happening.REFUSED)
            raise
        finally:
            self.life.happened(Happening.CLOSE)

    def _delay(self) -> float:
        held, self._held_since = self._held_since, None
        if held is not None and self._clock.monotonic() - held >= STEADY:
            self._backoff.reset()
        return self._backoff.next()

    async def _once(self) -> None:
        """One connection from its begin to its end."""
        from websockets.exceptions import WebSocketException  # noqa: PLC0415  an extra

        try:
            await self._connection()
        except NoStream as error:
            self.fault = str(error)
            self.life.happened(Happening.NO_STREAM)
            log.warning("no stream, polling", provider=self._provider.name, reason=self.fault)
            await self._poll()
        except Silent:
            self._cut("silent for longer than the limit", Happening.SILENT, Happening.CUT)
        except (*_FAILED, WebSocketException) as error:
            self._cut(" ".join(str(error).split()) or type(error).__name__, Happening.CUT)

    def _cut(self, why: str, *happenings: Happening) -> None:
        self.whole_until(self._clock.wall())  # from here on it stands still
        self.fault = why
        for what in happenings:
            self.life.happened(what)
        log.warning("connection lost", provider=self._provider.name, reason=why)

    async def _connection(self) -> None:
        from websockets.asyncio.client import connect  # noqa: PLC0415

        self._subscribed = asyncio.Event()
        url = await self._provider.address()
        self._heard = self._clock.monotonic()
        async with connect(url, open_timeout=self._timing.connect, close_timeout=1, max_size=None) as socket:
            self.life.happened(Happening.OPENED)
            for text in self._provider.hello():
                await socket.send(text)
            for notice in self._provider.announced():
                await self._notice(socket, notice)
            await _first_of(self._read(socket), self._watch(), self._keep_whole())

    async def _read(self, socket: Any) -> None:
        while True:
            frame = await socket.recv()
            self._heard = self._clock.monotonic()
            for item in self._provider.read(frame):
                if isinstance(item, Trade):
                    self._merge.streamed(item)
                elif isinstance(item, Quote):
                    self.quotes[item.symbol] = item
                    self.quote_line.streamed(item)
                elif isinstance(item, Notice):
                    await self._notice(socket, item)

    async def _notice(self, socket: Any, notice: Notice) -> None:
        for text in self._provider.reply(notice):
            await socket.send(text)
        if notice is Notice.AUTHORISED and self.life.state is Link.AUTHENTICATING:
            self.life.happened(Happening.AUTHORISED)
        elif notice is Notice.SUBSCRIBED and self.life.state is Link.SUBSCRIBING:
            self.life.happened(Happening.SUBSCRIBED)
            self._subscribed.set()

    async def _watch(self) -> None:
        """Return never; raise Silent when nothing was heard for too long."""
        limit = self._timing.silence
        while True:
            await self._clock.sleep(max(0.0, self._heard + limit - self._clock.monotonic()))
            if self._clock.monotonic() - self._heard < limit:
                continue
            if self.life.state in _HANDSHAKE or self._is_open(self._clock.wall()):
                raise Silent
            self._heard = self._clock.monotonic()  # a closed market is silent

    async def _keep_whole(self) -> None:
        """Fetch what was missed once subscribed, then compare again and again."""
        await self._subscribed.wait()
        await self.record.slot_over()
        while not await self._filled():
            await self._clock.sleep(self._timing.poll)
        self.life.happened(Happening.FILLED)
        self.fault = ""
        self._held_since = self._clock.monotonic()
        await self._clock.sleep(self._timing.settle)
        await self._filled()
        while True:
            await self._clock.sleep(self._timing.reconcile)
            await self._filled()

    async def _filled(self) -> bool:
        """Fill, or say why not: a record that does not answer is no reason to leave a stream that does."""
        try:
            await self.record.fill()
        except _FAILED as error:
            self.fault = " ".join(str(error).split()) or type(error).__name__
            log.warning("record not read", provider=self._provider.name, reason=self.fault)
            return False
        return True

    async def _poll(self) -> None:
        """The record alone, again and again."""
        while True:
            begun = self._clock.wall()
            if await self._filled():
                self._whole = max(self._whole, begun - round(self._timing.grace * NANOS))
            await self._clock.sleep(self._timing.poll)


async def _first_of(*work: Coroutine[Any, Any, None]) -> None:
    """Run them together until the first ends; the others are cancelled. Raises what it raised."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
