"""Opening a provider's feed on a local server, at the server's time, and taking all it gives."""

import asyncio
import threading
import time
from contextlib import contextmanager

from fake_server import OPEN, FakeServer, Market

from tradingfloor.actors.config import Config, DataConfig
from tradingfloor.actors.market_data.feeds.providers.clock import Clock, Timing
from tradingfloor.actors.market_data.feeds.providers.feed import ProviderFeed
from tradingfloor.actors.market_data.feeds.providers.provider import setting_of
from tradingfloor.actors.messages import MarketUpdate
from tradingfloor.actors.types import NANOS

HASTE = 1000.0
"""How much faster than real durations pass."""
PATIENCE = 30.0
"""Real seconds after which a test gives up."""
TIMING = Timing(silence=10 * HASTE, hold=120.0, longest_delay=2.0)


class MarketClock(Clock):
    """The server's time of day; durations in a hurry."""

    def __init__(self, market: Market) -> None:
        self._market = market

    def wall(self) -> int:
        return self._market.now

    def monotonic(self) -> float:
        return time.monotonic() * HASTE

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / HASTE)


class ManualClock(Clock):
    """Time that passes when the test says so."""

    def __init__(self, wall: int) -> None:
        self._begin = wall
        self._passed = 0.0
        self._asleep: list[float] = []

    def wall(self) -> int:
        return self._begin + round(self._passed * NANOS)

    def monotonic(self) -> float:
        return self._passed

    async def sleep(self, seconds: float) -> None:
        until = self._passed + seconds
        self._asleep.append(until)
        try:
            while self._passed < until:  # noqa: ASYNC110  the test moves it from another thread
                await asyncio.sleep(0.0005)
        finally:
            self._asleep.remove(until)

    def asleep(self, seconds: float) -> bool:
        """Whether somebody waits until so many seconds from now, give or take a millisecond."""
        return any(abs(until - self._passed - seconds) < 0.001 for until in self._asleep)

    def advance(self, seconds: float) -> None:
        self._passed += seconds


class HastyClock(Clock):
    """Time that passes as soon as somebody waits for it; says for how long they waited."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.slept: list[float] = []

    def wall(self) -> int:
        return OPEN + round(self.passed * NANOS)

    def monotonic(self) -> float:
        return self.passed

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.passed += seconds
        await asyncio.sleep(0)


def until(holds) -> None:
    """Wait for something that other threads bring about."""
    deadline, never = time.monotonic() + PATIENCE, threading.Event()
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        never.wait(0.001)


def config_of(server: FakeServer, source: str = "alpaca", **data) -> Config:
    data = {"source": source, "stream_url": server.stream_url, "rest_url": server.rest_url} | data
    return Config(symbols=server.market.symbols, data=DataConfig(**data))


@contextmanager
def opened(codec, server: FakeServer, *, timing: Timing = TIMING, clock: Clock | None = None, **data):
    """The feed of a provider's module, connected to the server when it is iterated."""
    config = config_of(server, codec.NAME, **data)
    clock = clock or MarketClock(server.market)

    def make():
        provider = codec.make(setting_of(config))
        provider.rest._clock = clock
        provider.rest._bucket._rate = 1e6
        return provider

    feed = ProviderFeed(config, make, timing=timing, clock=clock, draw=lambda: 0.5)
    try:
        yield feed
    finally:
        feed.close()


def collect(feed: ProviderFeed, market: Market, count: int | None = None) -> list[tuple[str, int, int, int]]:
    """(symbol, ts, price, size) of everything the feed gives until the market's last print, or time is up."""
    wanted, found = count or len(market.prints), []
    deadline = time.monotonic() + PATIENCE
    for update in feed.updates():
        if isinstance(update, MarketUpdate):
            found.append((update.symbol, update.ts, update.close, update.volume))
            assert update.index == len(found)
        elif len(found) >= wanted or time.monotonic() > deadline:
            return found
    return found


def expected(market: Market) -> list[tuple[str, int, int, int]]:
    return [(each.symbol, each.ts, each.price, each.size) for each in market.prints]
