"""A local server that speaks a provider's protocol and breaks it on purpose: the base of the three.

A ``Market`` is a finished list of prints. The server publishes them in order, a few at a time; what is
published is the record, which the HTTP side serves, and ``Market.now`` is the time of the newest. The stream
sends what is published, unless the seeded ``Faults`` say otherwise: cut, corrupt, drop, duplicate, hold back.
Time moves on only after the client has read what was sent (a ping came back), so that nothing depends on the
speed of the machine.
"""

import asyncio
import json
import random
import threading
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from tradingfloor.actors.types import NANOS

OPEN = 1_704_205_800 * NANOS
"""2024-01-02 09:30 in New York."""
STEP = 50_000_000
"""Nanoseconds between two prints: those of one batch lie within the grace of the feed."""
BATCH = 10


class Print(NamedTuple):
    """One trade as the exchange knows it."""

    symbol: str
    ts: int
    price: int
    size: int
    number: int
    exchange: str

    @property
    def dollars(self) -> str:
        return f"{self.price / NANOS:.2f}"


class Market:
    """The prints of a few symbols, and how many of them happened."""

    def __init__(self, seed: int, count: int, symbols: tuple[str, ...] = ("SPY", "QQQ"), start: int = 0):
        draw = random.Random(seed)
        self.symbols = symbols
        self.start = start or OPEN + 60 * NANOS
        self.prints = []
        for number in range(1, count + 1):
            symbol = draw.choice(symbols)
            # Few prices and sizes: equal ones within a second are common.
            price = (47_000 + draw.randrange(4)) * NANOS // 100
            ts = self.start + number * STEP
            self.prints.append(Print(symbol, ts, price, draw.choice((100, 200)), number, draw.choice("PQV")))
        self.published = 0
        self.lag = 0
        """Nanoseconds by which the record is behind what happened."""

    @property
    def now(self) -> int:
        if self.published >= len(self.prints):
            return self.prints[-1].ts + 30 * NANOS
        return self.prints[self.published - 1].ts if self.published else self.start

    def record(self, symbol: str, since: int, until: int) -> list[Print]:
        happened = self.prints[: self.published]
        until = min(until, self.now - self.lag)
        return [each for each in happened if each.symbol == symbol and since <= each.ts <= until]


class Faults:
    """What goes wrong, drawn from a seed."""

    def __init__(self, seed: int, cuts: int = 0, *, drops: bool = False, answers: float = 0.0) -> None:
        self.draw, self._answers = random.Random(seed), random.Random(seed)
        self.cuts_left = cuts
        self.cuts = self.corrupted = self.bad_answers = 0
        self.drops = drops
        self.answers = answers

    def answer(self) -> "Answer | None":
        """A bad answer to a request, now and then."""
        if self._answers.random() >= self.answers:
            return None
        self.bad_answers += 1
        return self._answers.choice(
            (answer({}, 500), answer({}, 429, Retry_After="0.5"), Answer(200, b'{"trades": [{"p": 1', {}))
        )

    def gap(self) -> int:
        """Prints that happen while nobody is connected."""
        return self.draw.randrange(20) if self.cuts_left else 0

    def ends_connection(self, left: int) -> str:
        """How this batch ends the connection: cut, a corrupt frame, or not at all.

        Not the last of the ``left`` prints: time leaps after them, and a cut takes a moment to be noticed.
        """
        if left <= 2 * BATCH or not self.cuts_left or self.draw.random() > 0.8:
            return ""
        self.cuts_left -= 1
        return self.draw.choice(("abort", "close", "corrupt"))

    def order(self, batch: list[Print]) -> list[list[Print]]:
        """The frames of a batch: some together, some twice, some out of order, some lost."""
        frames = []
        while batch:
            size = self.draw.randrange(1, 4)
            frames.append(batch[:size])
            batch = batch[size:]
        if self.draw.random() < 0.3:
            frames.append(self.draw.choice(frames))
        if self.draw.random() < 0.3:
            self.draw.shuffle(frames)
        if self.drops and self.draw.random() < 0.3:
            frames.pop(self.draw.randrange(len(frames)))
        return frames


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: dict[str, str]


def answer(value: object, status: int = 200, **headers: str) -> Answer:
    return Answer(status, json.dumps(value).encode(), headers)


class FakeServer(ABC):
    """One provider on this machine; a context manager with a thread of its own."""

    def __init__(self, market: Market, faults: Faults | None = None, *, page: int = 500) -> None:
        self.market = market
        self.faults = faults or Faults(0)
        self.page = page
        self.limit = len(market.prints)
        """Prints after which the market pauses."""
        self.silent = False
        """True = subscriptions are confirmed and nothing follows."""
        self.connections = 0
        self.requests: list[str] = []
        self.answers: list[Answer] = []
        """Answers to give next, whatever is asked."""
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    # --- what a provider says --------------------------------------------------------------------

    @abstractmethod
    async def handshake(self, socket) -> None:
        """From the open socket to the confirmed subscription; calls ``subscribed`` before it confirms."""

    @abstractmethod
    def encode(self, prints: list[Print]) -> str:
        """The frame that says these prints."""

    @abstractmethod
    def corrupt(self, prints: list[Print], draw: random.Random) -> str | bytes:
        """One frame that says nothing true of these prints."""

    @abstractmethod
    def route(self, method: str, path: str, query: dict[str, str], headers: dict[str, str]) -> Answer:
        """What the HTTP side answers."""

    # --- the machinery ---------------------------------------------------------------------------

    def __enter__(self):
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_):
        self.stop()
        self._thread.join(10)

    def stop(self) -> None:
        """Cut every connection and listen no more."""
        with suppress(RuntimeError):  # stopped before
            self._loop.call_soon_threadsafe(self._stop.set)

    @property
    def stream_url(self) -> str:
        return f"ws://127.0.0.1:{self._stream_port}"

    @property
    def rest_url(self) -> str:
        return f"http://127.0.0.1:{self._rest_port}"

    def subscribed(self) -> None:
        """Somebody listens from now on; what happened until now is in the record alone."""
        market = self.market
        market.published = min(len(market.prints), market.published + self.faults.gap())

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._main())
        self._loop.close()

    async def _main(self) -> None:
        self._stop = asyncio.Event()
        async with serve(self._stream, "127.0.0.1", 0, compression=None, close_timeout=0.2) as stream:
            rest = await asyncio.start_server(self._requests, "127.0.0.1", 0)
            self._stream_port = stream.sockets[0].getsockname()[1]
            self._rest_port = rest.sockets[0].getsockname()[1]
            self._ready.set()
            await self._stop.wait()
            rest.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.001)  # closed transports end in the next round of the loop

    async def _stream(self, socket) -> None:
        self.connections += 1
        with suppress(ConnectionClosed):
            await self.handshake(socket)
            while not self.silent and self.market.published < len(self.market.prints):
                if self.market.published >= self.limit:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(socket.wait_closed(), 0.002)
                        return
                elif await self._batch(socket):
                    return
            await socket.wait_closed()

    async def _batch(self, socket) -> bool:
        """Publish and send some prints; True when the connection is over."""
        market, faults = self.market, self.faults
        batch = market.prints[market.published : market.published + BATCH]
        ends = faults.ends_connection(len(market.prints) - market.published)
        frames = faults.order(batch)
        sent = faults.draw.randrange(len(frames)) if ends else len(frames)
        for frame in frames[:sent]:
            await socket.send(self.encode(frame))
        if ends == "corrupt":
            faults.corrupted += 1
            await socket.send(self.corrupt(frames[sent], faults.draw))
            market.published += len(batch)
            await socket.wait_closed()
            return True
        if ends:
            faults.cuts += 1
            market.published += len(batch)
            if ends == "abort":
                socket.transport.abort()
            else:
                await socket.close(1011)
            return True
        await (await socket.ping())
        market.published += len(batch)
        return False

    async def _requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode().split("\r\n")
                method, target, _ = first.split()
                headers = dict(line.lower().split(": ", 1) for line in lines if ": " in line)
                await reader.readexactly(int(headers.get("content-length", 0)))
                given = self._answer(method, target, headers)
                extra = "".join(
                    f"{name.replace('_', '-')}: {value}\r\n" for name, value in given.headers.items()
                )
                writer.write(
                    f"HTTP/1.1 {given.status} X\r\ncontent-length: {len(given.body)}\r\n{extra}\r\n".encode()
                    + given.body
                )
                await writer.drain()
        writer.transport.abort()

    def _answer(self, method: str, target: str, headers: dict[str, str]) -> Answer:
        self.requests.append(target)
        if self.answers:
            return self.answers.pop(0)
        if bad := self.faults.answer():
            return bad
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return self.route(method, parts.path, query, headers)


def broken(text: str, draw: random.Random) -> str | bytes:
    """A frame as a bad line leaves it."""
    return draw.choice(
        (
            text[: draw.randrange(1, len(text))],
            text.encode()[:-1] + b"\xff\xfe",
            draw.randbytes(40),
            text.replace(":", ";"),
        )
    )
