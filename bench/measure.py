"""What every benchmark shares: sizes from the command line, percentiles, one table of rows.

A row is a figure, what it is held against (a limit or a peer, measured in the same run), their ratio, and
the aim. Absolute figures belong to the machine they were taken on; the ratios travel better.
"""

import argparse
import gc
import os
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter_ns
from types import MappingProxyType
from typing import NamedTuple

from tradingfloor.storage.migrate import open_pragmas


class Row(NamedTuple):
    """One measured figure. ``peer`` has the figure's unit; 0 = there is none."""

    what: str
    figure: float
    unit: str
    peer: float = 0.0
    against: str = ""
    aim: str = ""

    @property
    def ratio(self) -> float | None:
        """Figure over peer; None without a peer."""
        return self.figure / self.peer if self.peer else None


def sizes(
    title: str,
    arguments: Sequence[str] | None,
    flags: Mapping[str, str] = MappingProxyType({}),
    **found: tuple[float, float, str] | tuple[str, str, str],
) -> argparse.Namespace:
    """The sizes of one run; each is (usual, tiny, meaning) and has the type of its usual value.

    ``flags``: further options without a value, with their meanings.
    """
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--tiny", action="store_true", help="just enough to see that it runs")
    for name, (usual, _, meaning) in found.items():
        parser.add_argument(
            f"--{name}", type=type(usual), help=f"{meaning} (default {_default(usual)})", default=None
        )
    for name, meaning in flags.items():
        parser.add_argument(f"--{name}", action="store_true", help=meaning)
    given = parser.parse_args(arguments)
    for name, (usual, tiny, _) in found.items():
        if getattr(given, name) is None:
            setattr(given, name, type(usual)(tiny if given.tiny else usual))
    return given


def report(title: str, rows: Sequence[Row]) -> list[Row]:
    """Print the rows as a table, under the title and the machine's load; returns them."""
    load = os.getloadavg()[0]
    print(f"\n{title}\n(1-minute load average {load:.1f} on {os.cpu_count()} cores)")
    width = max(len(row.what) for row in rows)
    for row in rows:
        line = f"  {row.what:<{width}} {_number(row.figure):>10} {row.unit:<8}"
        if row.ratio is not None:
            line += f" | {_number(row.peer):>9} {row.against} | ratio {row.ratio:.2f}"
        print(line + (f" | aim {row.aim}" if row.aim else ""))
    return list(rows)


def percentile(values: Sequence[float], share: float) -> float:
    """The value at ``share`` (0 to 1) of the sorted values."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))]


def p50_and_p99(rounds: Sequence[Sequence[float]]) -> tuple[float, float]:
    """Of the best round each: stalls that some rounds have and others do not belong to the machine."""
    filled = [values for values in rounds if values]
    if not filled:
        raise SystemExit("no round measured anything")
    return min(percentile(v, 0.5) for v in filled), min(percentile(v, 0.99) for v in filled)


def per_call(call: Callable[[], object], times: int, rounds: int = 5) -> float:
    """Microseconds of one call: the best round's mean, the collector off."""
    best = float("inf")
    gc.collect()
    gc.disable()
    for _ in range(rounds):
        started = perf_counter_ns()
        for _ in range(times):
            call()
        best = min(best, (perf_counter_ns() - started) / times / 1000)
    gc.enable()
    return best


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for stores, gone afterwards. TMPDIR chooses the disk."""
    with tempfile.TemporaryDirectory(prefix="tradingfloor-bench-") as folder:
        yield Path(folder)


@contextmanager
def hand_over_like_the_command() -> Iterator[None]:
    """The interpreter's switch interval as ``tradingfloor run`` sets it."""
    from tradingfloor.cli.playing import SWITCH_INTERVAL  # noqa: PLC0415  only where threads are measured

    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def bare_store(path: Path) -> sqlite3.Connection:
    """A database opened like a store, with one table of blobs and nothing else."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    open_pragmas(connection)
    connection.execute("CREATE TABLE blobs (n INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT")
    return connection


def bare_commit(connection: sqlite3.Connection) -> None:
    """One row of 300 bytes in a transaction of its own, synced."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO blobs (body) VALUES (?)", (bytes(300),))
    connection.execute("COMMIT")


def _default(usual: float | str) -> str:
    return usual if isinstance(usual, str) else f"{usual:g}"


def _number(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"
