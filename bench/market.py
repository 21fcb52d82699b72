"""Made-up markets: seeded tapes in memory, files on disk, and configs that trade on them."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path

import msgspec

from tradingfloor.actors.config import Config, DataConfig, ExecutionConfig, RiskConfig, ScheduleConfig
from tradingfloor.actors.messages import Bar, ChainUpdate, MarketUpdate
from tradingfloor.actors.types import NANOS, UpdateKind

START = round(datetime(2024, 1, 1, tzinfo=UTC).timestamp()) * NANOS
"""Tapes begin here, at the start of a session of the 24-hour market."""

TICK = NANOS // 100_000


class MemoryFeed:
    """A tape that is held in memory; see ``MarketDataFeed``."""

    name = "memory"
    live = False
    paced = False
    poll_interval = 0.0

    def __init__(
        self, updates: Sequence[MarketUpdate], symbols: tuple[str, ...], timeframe: str = "tick"
    ) -> None:
        self.symbols = symbols
        self.tape = blake2b(msgspec.msgpack.encode(list(updates[:1000])), digest_size=32).hexdigest()
        self.last_index = len(updates)
        self._updates = updates
        self._timeframe = timeframe

    def timeframe(self, _symbol: str) -> str:
        return self._timeframe

    def tick_hint(self, _symbol: str) -> int:
        return TICK

    def history(self, _symbol: str) -> tuple[Bar, ...]:
        return ()

    def quotes(self, _until: int) -> Iterator[ChainUpdate]:
        return iter(())

    def updates(self, after: int = 0) -> Iterator[MarketUpdate]:
        return iter(self._updates[after:])


def trade(index: int, symbol: str, ts: int, price: int) -> MarketUpdate:
    """One trade of one unit."""
    return MarketUpdate(index, symbol, UpdateKind.TICK, ts, ts, price, price, price, price, 1)


def trades(symbols: Sequence[str], count: int, step: int, seed: int = 1) -> list[MarketUpdate]:
    """A walk of single trades, the symbols in turn, one every ``step`` ns."""
    rng = random.Random(seed)
    levels = dict.fromkeys(symbols, 100 * NANOS)
    made = []
    for n in range(count):
        symbol = symbols[n % len(symbols)]
        levels[symbol] += rng.randint(-50, 50) * TICK * 20
        made.append(trade(n + 1, symbol, START + n * step, levels[symbol]))
    return made


def walk(count: int, seed: int = 14) -> Iterator[tuple[float, float, float, float, int]]:
    """Open, high, low, close, volume of a drifting walk that trends by turns, so that it gives signals."""
    rng = random.Random(seed)
    level = 100.0
    for n in range(count):
        drift = 0.0006 if n // 40 % 2 == 0 else -0.0006
        opened = level * (1 + rng.gauss(0, 0.0006))
        level = opened * (1 + drift + rng.gauss(0, 0.003))
        high = max(opened, level) * (1 + abs(rng.gauss(0, 0.001)))
        low = min(opened, level) * (1 - abs(rng.gauss(0, 0.001)))
        yield opened, high, low, level, rng.randrange(1_000, 50_000)


def write_csv(path: Path, bars: int, minutes: int = 60) -> Path:
    """Bars of a 24-hour market as the CSV a user would have."""
    rows = ["time,open,high,low,close,volume"]
    moment = datetime.fromtimestamp(START // NANOS, UTC)
    for opened, high, low, close, volume in walk(bars):
        rows.append(f"{moment:%Y-%m-%d %H:%M:%S},{opened:.4f},{high:.4f},{low:.4f},{close:.4f},{volume}")
        moment += timedelta(minutes=minutes)
    path.write_text("\n".join(rows) + "\n")
    return path


def bar_tape(symbol: str, bars: int, minutes: int = 1) -> list[MarketUpdate]:
    """The same walk as updates: the open of each bar at its start, its range at its end."""
    length, made = minutes * 60 * NANOS, []
    for n, (*prices, volume) in enumerate(walk(bars)):
        opened, high, low, close = (round(price * 10_000) * (NANOS // 10_000) for price in prices)
        start = START + n * length
        opens = (UpdateKind.OPEN, start, start, opened, opened, opened, opened, 0)
        ranges = (UpdateKind.BAR, start + length, start, opened, high, low, close, volume)
        made += [MarketUpdate(2 * n + 1, symbol, *opens), MarketUpdate(2 * n + 2, symbol, *ranges)]
    # At one instant the range of the bar that ends comes before the open of the next.
    return made


def trading_config(
    symbols: tuple[str, ...] = ("EURUSD",),
    timeframes: tuple[str, ...] = ("1h", "4h"),
    *,
    source: str = "sim",
    **risk: float,
) -> Config:
    """A config that trades often: low confidence, no schedule, wide limits."""
    wide = {
        "min_confidence": 2.0,
        "max_daily_trades": 10**6,
        "max_daily_loss": 1e9,
        "max_total_exposure": 1e9,
    }
    return Config(
        symbols=symbols,
        timeframes=timeframes,
        data=DataConfig(source=source),
        risk=RiskConfig(schedule=ScheduleConfig(always=True), **{**wide, **risk}),
        execution=ExecutionConfig(reject_probability=0.05, partial_fill_probability=0.1),
    )
