"""Two thousand signal actors: what they weigh, and how long one bar close of all their symbols takes.

A live floor, free running, on single trades. The tape waits before each trade that closes bars until risk
has handled all trades before it, so that a bar close is timed alone: from the hand-over of that trade until
risk has handled the last report. Each floor is a process of its own, the idle one with a single signal actor;
the kernels are in their cache folder before. What is resident where is read from Linux.
"""

import ctypes
import gc
import json
import mmap
import random
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import psutil
from bare import hop_microseconds
from detectors import AROUND_THE_CLOCK, made_up
from market import START, TICK, MemoryFeed, trade, trading_config
from measure import Row, hand_over_like_the_command, percentile, report, scratch, sizes
from rooms import Around

from tradingfloor.actors import messages as m
from tradingfloor.actors.config import DetectorParams
from tradingfloor.actors.runtime.room import Room
from tradingfloor.actors.signals.batch import run
from tradingfloor.actors.signals.compilation import compile_kernels
from tradingfloor.actors.signals.market import first_state, opens
from tradingfloor.actors.signals.rows import rows_of
from tradingfloor.actors.signals.scan import ALL_BITS
from tradingfloor.actors.types import NANOS
from tradingfloor.floor import TradingFloor

BENCH = Path(__file__).parent
TIMEFRAMES = ("1m", "5m", "15m", "1h")
MINUTE = 60 * NANOS
PER_BAR = 3
"""Trades of each symbol in a minute."""
PATIENCE = 60.0
"""Seconds after which a bar close that does not end is an error."""
PLAY = "import sys, json, many_actors; print(json.dumps(many_actors.play(*map(int, sys.argv[1:]))))"


class Handled:
    """What risk has handled so far, and when it was enough."""

    def __init__(self) -> None:
        self.at = 0.0
        self._reports = self._trades = 0
        self._wanted = (0, 0)
        self._reached = threading.Event()

    def note(self, message: m.Message) -> None:
        """One more message; called on risk's thread."""
        if isinstance(message, m.TimeframeReported):
            self._reports += 1
        elif isinstance(message, m.PriceUpdated):
            self._trades += message.count
        self._look()

    def expect(self, reports: int, trades: int) -> None:
        """So many in all are waited for next."""
        self._reached.clear()
        self._wanted = (reports, trades)
        self._look()

    def wait(self) -> float:
        """When there were as many."""
        if not self._reached.wait(PATIENCE):
            found = self._reports, self._trades
            raise SystemExit(f"risk has handled {found} reports and trades, not {self._wanted}")
        return self.at

    def _look(self) -> None:
        reports, trades = self._wanted
        if self._reports >= reports and self._trades >= trades and not self._reached.is_set():
            self.at = perf_counter()
            self._reached.set()


class Noted(Around):
    """Risk's room, and what it has handled."""

    def __init__(self, room: Room, handled: Handled) -> None:
        super().__init__(room)
        self._handled = handled

    def step(self, message: m.Message, now: int) -> Sequence[m.Message]:
        outputs = self.room.step(message, now)
        self._handled.note(message)
        return outputs


class HeldFeed(MemoryFeed):
    """A walk of trades, the symbols in turn, made as it is played; held before and after each bar close."""

    def __init__(self, symbols: tuple[str, ...], minutes: int, actors: int) -> None:
        super().__init__((), symbols)
        self.closes: list[float] = []
        self.handled = Handled()
        self._minutes, self._actors = minutes, actors

    def updates(self, after: int = 0) -> Iterator[m.MarketUpdate]:
        assert after == 0, "always a new store"
        rng, symbols = random.Random(1), self.symbols
        levels = dict.fromkeys(symbols, 100 * NANOS)
        in_minute = PER_BAR * len(symbols)
        for n in range(in_minute * self._minutes + 1):
            symbol = symbols[n % len(symbols)]
            levels[symbol] += rng.randint(-50, 50) * TICK * 20
            update = trade(n + 1, symbol, START + n * MINUTE // in_minute, levels[symbol])
            if n == 0 or n % in_minute:
                yield update
            else:
                yield from self._held(update, n)

    def _held(self, update: m.MarketUpdate, before: int) -> Iterator[m.MarketUpdate]:
        handled, reports = self.handled, len(self.closes) * self._actors
        handled.expect(reports, before)
        handled.wait()
        handled.expect(reports + self._actors, before)
        started = perf_counter()
        yield update
        self.closes.append(handled.wait() - started)


def play(symbols: int, timeframes: int, minutes: int) -> dict[str, Any]:
    """One floor of that size over its tape: MB, seconds of opening it and of each bar close."""
    names, held = tuple(f"X{n:03}USD" for n in range(symbols)), TIMEFRAMES[:timeframes]
    feed = HeldFeed(names, minutes, len(names) * len(held))
    with scratch() as folder, hand_over_like_the_command():
        started = perf_counter()
        floor = TradingFloor(
            trading_config(names, held),
            store=folder / "floor.db",
            feed=feed,
            free_running=True,
            wrap=lambda name, room: Noted(room, feed.handled) if name == "risk" else room,
        )
        with floor:
            opened = perf_counter() - started
            floor.start()
            if not floor.wait(10 * PATIENCE):
                raise SystemExit("the tape does not end")
            gc.collect()
            whole = psutil.Process().memory_info().rss / 1e6
            states = sum(resident(state) for state in _states(floor)) / 1e6
            small = _in_small_pages() / 1e6
    return {
        "whole": whole,
        "states": states,
        "stacks": small - states,
        "opened": opened,
        "closes": feed.closes,
    }


def _states(floor: TradingFloor) -> list[Any]:
    supervisor = floor._engine.supervisor
    rooms = [supervisor.room(name) for name in supervisor.mailboxes if name.startswith("signals:")]
    return [room.room.state.kernel for room in rooms]  # type: ignore[union-attr]  # no protocol tells it


def resident(array: Any) -> int:
    """Bytes of an array's own pages that are in memory."""
    pages = (ctypes.c_ubyte * -(-array.nbytes // mmap.PAGESIZE))()
    address, size = ctypes.c_void_p(array.ctypes.data), ctypes.c_size_t(array.nbytes)
    if ctypes.CDLL(None).mincore(address, size, pages) != 0:
        raise SystemExit("a state does not begin with a page")
    return sum(page & 1 for page in pages) * mmap.PAGESIZE


def _in_small_pages() -> int:
    """Bytes resident in memory that never gets huge pages: the states, and the stacks of threads."""
    found = size = 0
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if line.startswith("Rss:"):
            size = int(line.split()[1]) * 1024
        elif line.startswith("VmFlags:") and " nh" in line:
            found += size
    return found


def apart(*numbers: int) -> dict[str, Any]:
    """``play`` in a process of its own."""
    command = [sys.executable, "-c", PLAY, *map(str, numbers)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=BENCH)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def old_state(bars: int) -> int:
    """Bytes of one state after so many bars of 15 minutes."""
    state = first_state("15m", AROUND_THE_CLOCK, TICK, ALL_BITS, DetectorParams())
    for _ in run(state, rows_of(made_up(bars), (), opens(AROUND_THE_CLOCK))):
        pass
    return resident(state)


def main(arguments: Sequence[str] | None = None) -> list[Row]:
    given = sizes(
        "Many signal actors.",
        arguments,
        symbols=(500, 3, "symbols, four actors each"),
        minutes=(64, 3, "minutes of tape; at 61 every actor has a bar of its own"),
        bars=(24_000, 300, "bars of the old state"),
    )
    compile_kernels()
    hop = hop_microseconds(200 if given.tiny else 2000)
    idle = apart(1, 1, given.minutes)
    many = apart(given.symbols, len(TIMEFRAMES), given.minutes)
    actors = given.symbols * len(TIMEFRAMES)
    more = {name: many[name] - idle[name] for name in ("whole", "states", "stacks")}
    whole = max(more["whole"], 0.001)
    rest = whole - more["states"] - more["stacks"]
    middle = percentile(many["closes"], 0.5)
    rows = [
        Row("memory above an idle floor", whole, "MB", 120, "limit", "≤ 120"),
        Row("of it what the detectors remember", max(0.0, more["states"]), "MB", whole, "all of it"),
        Row("of it stacks of threads", max(0.0, more["stacks"]), "MB", whole, "all of it"),
        Row("of it the rest: objects, frames, journal", max(0.0, rest), "MB", whole, "all of it"),
        Row("one actor", whole * 1000 / actors, "kB"),
        Row(f"what detectors remember after {given.bars:,} bars", old_state(given.bars) / 1000, "kB"),
        Row("bar close of all symbols → last report handled, p50", middle * 1000, "ms"),
        Row("the same, best", min(many["closes"]) * 1000, "ms"),
        Row("the same, worst", max(many["closes"]) * 1000, "ms"),
        Row("one actor's part, p50", middle * 1e6 / actors, "µs", 2 * hop, "two thread hops"),
        Row("opening the floor", many["opened"], "s", idle["opened"], "the idle one"),
    ]
    over = f"{given.symbols} symbols on {', '.join(TIMEFRAMES)}, {given.minutes} minutes"
    title = f"{actors:,} signal actors: {over}"
    return report(title, rows)


if __name__ == "__main__":
    main()
