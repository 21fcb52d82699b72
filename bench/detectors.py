"""All detectors over one series of 15-minute bars: in bulk, bar by bar, and a library that does the like.

The series is EURUSD_15M.csv where TRADINGFLOOR_TEST_DATA names the folder with it, else a made-up walk of the
same length. The library is smartmoneyconcepts, where it is installed (dependency group ``peers``): its gaps,
swings, breaks, order blocks and liquidity over the same bars in the same process. Live is a signal actor's
core that answers one closed bar at a time, every detector raising. Compiling is timed in processes of its
own, the second of which finds what the first has left.
"""

import csv
import gc
import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from itertools import islice
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import numpy as np
from market import START, walk
from measure import Row, per_call, percentile, report, scratch, sizes

from tradingfloor.actors.config import DetectorParams
from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.messages import Bar, BarsClosed
from tradingfloor.actors.signals import detect, layout
from tradingfloor.actors.signals.batch import run
from tradingfloor.actors.signals.compilation import compile_kernels
from tradingfloor.actors.signals.core import SignalCore
from tradingfloor.actors.signals.market import first_state, opens
from tradingfloor.actors.signals.naming import DETECTORS
from tradingfloor.actors.signals.rows import rows_of
from tradingfloor.actors.signals.scan import ALL_BITS
from tradingfloor.actors.types import NANOS

PEER = "smartmoneyconcepts"
LENGTH = 24_423
"""Rows of the file; the made-up walk has as many."""
QUARTER = 15 * 60 * NANOS
TICK = 10_000
"""Nanos: the file's prices have five digits."""
PRICES = ("Open", "High", "Low", "Close")
AROUND_THE_CLOCK = calendar("24h", "UTC")
COMPILE = """
import time
from tradingfloor.actors.signals import compilation
begun = time.perf_counter()
compilation.compile_kernels()
print(time.perf_counter() - begun)
"""


def series(most: int) -> tuple[str, list[Bar]]:
    """What the bars are, and at most so many of them."""
    folder = os.environ.get("TRADINGFLOOR_TEST_DATA")
    path = Path(folder) / "fx" / "EURUSD_15M.csv" if folder else None
    if path is None or not path.exists():
        return "a made-up walk", made_up(most)
    with path.open() as file:
        rows = [
            (_begun(row["Date"]), *(_nanos(row[name]) for name in PRICES), int(row["Tickvol"]))
            for row in islice(csv.DictReader(file), most)
        ]
    return "EURUSD", [_bar(n, *row) for n, row in enumerate(rows)]


def made_up(count: int) -> list[Bar]:
    """So many bars of a walk, without a gap."""
    rows = ((*(round(price * 1e5) * TICK for price in prices), volume) for *prices, volume in walk(count))
    return [_bar(n, START + n * QUARTER, *row) for n, row in enumerate(rows)]


def _begun(text: str) -> int:
    moment = datetime.strptime(text, "%Y.%m.%d %H:%M:%S").replace(tzinfo=UTC)
    return round(moment.timestamp()) * NANOS


def _nanos(text: str) -> int:
    return int(Decimal(text) * NANOS)


def _bar(index: int, start: int, opened: int, high: int, low: int, close: int, volume: int) -> Bar:
    session = datetime.fromtimestamp(start // NANOS, UTC).toordinal()
    prices = (opened, high, low, close)
    return Bar(
        "EURUSD", "15m", index, start, start + QUARTER, *prices, volume, 1, True, session, 0, index, index
    )


def in_bulk(bars: Sequence[Bar], rounds: int) -> dict[str, float]:
    """Seconds of the whole series: the kernels alone, with the rows made of bars, and as detections."""
    opened = opens(AROUND_THE_CLOCK)
    rows = rows_of(bars, (), opened)

    def kernels(made: Any) -> None:
        state = first_state("15m", AROUND_THE_CLOCK, TICK, ALL_BITS, DetectorParams())
        for _ in run(state, made, layout.WANT_ALL):
            pass

    def seconds(call: Callable[[], object]) -> float:
        return per_call(call, 1, rounds) / 1e6

    return {
        "events": len(detect(bars, tick=TICK)),
        "kernels": seconds(lambda: kernels(rows)),
        "rows": seconds(lambda: kernels(rows_of(bars, (), opened))),
        "detections": seconds(lambda: detect(bars, tick=TICK)),
    }


def peer_seconds(bars: Sequence[Bar], rounds: int) -> float | None:
    """Seconds of the library's five functions over the same bars; None where it is not installed."""
    if importlib.util.find_spec(PEER) is None:
        return None
    os.environ.setdefault("SMC_CREDIT", "0")
    with redirect_stdout(StringIO()):
        import pandas as pd  # noqa: PLC0415  installed for this alone
        from smartmoneyconcepts import smc  # noqa: PLC0415

    names = ("open", "high", "low", "close")
    columns = {name: np.array([getattr(bar, name) for bar in bars]) / NANOS for name in names}
    columns["volume"] = np.array([float(bar.volume) for bar in bars])
    frame = pd.DataFrame(columns, index=pd.to_datetime([bar.start for bar in bars]))

    def all_five() -> None:
        swings = smc.swing_highs_lows(frame, swing_length=5)
        smc.fvg(frame)
        smc.bos_choch(frame, swings)
        smc.ob(frame, swings)
        smc.liquidity(frame, swings)

    return per_call(all_five, 1, rounds) / 1e6


def live(bars: Sequence[Bar], rounds: int) -> tuple[list[float], int]:
    """µs of each bar in a signal actor's core, of each the best round; and how many signals it raised."""
    messages = [BarsClosed("EURUSD", bar.end, bar, (bar,)) for bar in bars]
    best = [float("inf")] * len(messages)
    signals = 0
    for _ in range(rounds):
        core = SignalCore("EURUSD", "15m", DETECTORS, TICK, "tape", "config", AROUND_THE_CLOCK)
        state, signals = core.initial(), 0
        gc.collect()
        gc.disable()
        for n, message in enumerate(messages):
            begun = perf_counter_ns()
            outputs = core.advance(state, message, message.ts)
            best[n] = min(best[n], (perf_counter_ns() - begun) / 1000)
            signals += len(outputs) - 1
        gc.enable()
    return best, signals


def compile_seconds() -> tuple[float, float]:
    """Seconds of compiling all kernels into an empty folder, and of loading them from it."""
    with scratch() as folder:
        environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder)}
        command = [sys.executable, "-c", COMPILE]
        cold, cached = (
            float(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)
            for _ in range(2)
        )
    return cold, cached


def main(arguments: Sequence[str] | None = None) -> list[Row]:
    given = sizes(
        "All detectors over one series.",
        arguments,
        bars=(LENGTH, 400, "bars at most"),
        rounds=(5, 1, "rounds of each, the best counts"),
        peers=(3, 1, "rounds of the library"),
    )
    compile_kernels()
    what, bars = series(given.bars)
    bulk = in_bulk(bars, given.rounds)
    theirs = peer_seconds(bars, given.peers)
    each, signals = live(bars, given.rounds)
    window = min(1000, len(bars) // 4)
    young, old = percentile(each[window : 2 * window], 0.5), percentile(each[-window:], 0.5)
    cold, cached = compile_seconds()
    per_bar = 1e6 / len(bars)
    rows = [
        Row("kernels, every event kept: one bar", bulk["kernels"] * per_bar, "µs", 1.0, "limit", "≤ 1"),
        Row("the same, rows made of bars", bulk["rows"] * per_bar, "µs"),
        Row("detect(): one bar", bulk["detections"] * per_bar, "µs"),
        Row("detect(): one event", bulk["detections"] * 1e6 / bulk["events"], "µs"),
        Row("kernels, the whole series", bulk["kernels"] * 1000, "ms"),
    ]
    if theirs is None:
        rows.append(Row(f"{PEER} is not installed", 0, ""))
    else:
        named = f"{PEER}: gaps, swings, breaks, blocks, liquidity"
        rows += [
            Row(named, theirs * 1000, "ms", bulk["kernels"] * 1000, "the kernels", "ratio ≥ 100"),
            Row(f"{PEER}: the same", theirs * 1000, "ms", bulk["detections"] * 1000, "detect()"),
        ]
    rows += [
        Row(f"live: one bar, bars {window:,} to {2 * window:,}, p50", young, "µs", 50, "limit", "≤ 50"),
        Row(f"live: one bar, the last {window:,}, p50", old, "µs", young, "the earlier", "ratio about 1"),
        Row(f"live: one bar, the last {window:,}, p99", percentile(each[-window:], 0.99), "µs"),
        Row("compiling, cold", cold, "s"),
        Row("the same from its cache folder", cached, "s", cold, "cold"),
    ]
    title = f"Detectors over {len(bars):,} bars of {what}: {bulk['events']:,} events, {signals:,} signals"
    return report(title, rows)


if __name__ == "__main__":
    main()
