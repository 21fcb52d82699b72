"""Two thousand signal actors: what they weigh, and how long one bar close of all their symbols takes.

A live floor, free running, on trades. The tape holds its breath before each trade that closes a bar, until
everything before it is handled: so a bar close is timed from the moment when that trade is handed over until
risk has handled the last report. Each size is a process of its own; the idle floor has one signal actor.
"""

import ctypes
import gc
import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter

import psutil
from market import MemoryFeed, trades, trading_config
from measure import Row, hand_over_like_the_command, percentile, report, scratch, sizes

from tradingfloor.actors import messages as m
from tradingfloor.actors.runtime.room import Room
from tradingfloor.actors.types import NANOS
from tradingfloor.floor import TradingFloor

TIMEFRAMES = ("1m", "5m", "15m", "1h")
MINUTE = 60 * NANOS
PATIENCE = 300.0
"""Seconds after which a bar close that does not end is an error."""


class Reports:
    """Counts the reports that risk has handled."""

    def __init__(self) -> None:
        self.handled = 0
        self.at = 0.0
        self._wanted = 0
        self._reached = threading.Event()

    def count(self) -> None:
        """One more is handled; called on risk's thread."""
        self.handled += 1
        if self.handled == self._wanted:
            self.at = perf_counter()
            self._reached.set()

    def expect(self, wanted: int) -> None:
        """So many in all are waited for next."""
        self._reached.clear()
        self._wanted = wanted

    def wait(self) -> float:
        """When the last of them was handled."""
        if not self._reached.wait(PATIENCE):
            raise SystemExit(f"{self.handled} of {self._wanted} reports came")
        return self.at


class Counted:
    """Risk's room, with its reports counted."""

    def __init__(self, room: Room, reports: Reports) -> None:
        self.name, self.room, self._reports = room.name, room, reports

    def next_due(self) -> int | None:
        return self.room.next_due()

    def step(self, message: m.Message, now: int) -> Sequence[m.Message]:
        outputs = self.room.step(message, now)
        if isinstance(message, m.TimeframeReported):
            self._reports.count()
        return outputs


class BreathingFeed(MemoryFeed):
    """A tape that waits, before each trade that closes bars, until those of the minute before are handled."""

    def __init__(self, symbols: tuple[str, ...], minutes: int, actors: int) -> None:
        # Of each symbol a trade every 15 seconds: four to a bar.
        step = MINUTE // (4 * len(symbols))
        super().__init__(trades(symbols, 4 * len(symbols) * minutes + 1, step), symbols)
        self.closes: list[float] = []
        self.reports = Reports()
        self._actors = actors

    def updates(self, after: int = 0) -> Iterator[m.MarketUpdate]:
        minute = 0
        for update in super().updates(after):
            if update.ts % MINUTE == 0 and update.index > 1:
                minute += 1
                self.reports.expect(minute * self._actors)
                started = perf_counter()
                yield update
                self.closes.append(self.reports.wait() - started)
            else:
                yield update


def play(symbols: int, timeframes: int, minutes: int) -> dict[str, float]:
    """One floor of that size over its tape; memory and times."""
    names = tuple(f"X{n:03}USD" for n in range(symbols))
    held = TIMEFRAMES[:timeframes]
    feed = BreathingFeed(names, minutes, len(names) * len(held))
    config = trading_config(names, held)
    with scratch() as folder, hand_over_like_the_command():
        started = perf_counter()
        floor = TradingFloor(
            config,
            store=folder / "floor.db",
            feed=feed,
            free_running=True,
            wrap=lambda name, room: Counted(room, feed.reports) if name == "risk" else room,
        )
        with floor:
            booted = perf_counter() - started
            floor.start()
            floor.wait(600)
            gc.collect()
            here = psutil.Process()
            (folder / "x").touch()
            if len(sys.argv) > 4:
                Path(sys.argv[4]).write_text(Path("/proc/self/smaps").read_text())
            return {
                "resident": here.memory_info().rss / 1e6,
                "threads": here.num_threads(),
                "booted": booted,
                "closes": feed.closes,
            }


if __name__ == "__main__":
    print(play(*map(int, sys.argv[1:4])))
