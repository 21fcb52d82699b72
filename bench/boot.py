"""Opening a floor on a store of 1,000,000 events, part by part.

The store is a recorded run of 1-minute bars with two timeframes, stretched over years: mostly the reports of
signal actors, in the proportions of the run. The peer is the same events read and decoded, and nothing else.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any
from unittest.mock import patch

from market import MemoryFeed, bar_tape, trading_config
from measure import Row, report, scratch, sizes
from recorded import record
from stretched import Block

from tradingfloor.actors.config import Config
from tradingfloor.actors.executor.core import ExecutorCore
from tradingfloor.actors.risk.core import RiskCore
from tradingfloor.assembly import Assembly
from tradingfloor.floor import TradingFloor
from tradingfloor.storage.journal import JournalWriter
from tradingfloor.storage.view import View

SYMBOL, TIMEFRAMES = "EURUSD", ("15m", "1h")
PARTS = {
    "open_writer": "open the store, load the writer",
    "counts": "count the events by kind",
    "compile_kernels": "load the kernels",
    "market_data": "recover market data",
    "signals": "recover both signal actors",
    "risk": "recover risk",
    "executor": "recover the executor",
    "supervisor": "recover the supervisor",
    "waiting": "look for what had not been handled",
}


class Emptied(MemoryFeed):
    """The same tape, of which nothing more comes."""

    def updates(self, after: int = 0) -> Iterator[Any]:  # noqa: ARG002
        return iter(())


def build(config: Config, folder: Path, events: int, bars: int) -> tuple[Path, MemoryFeed]:
    """A store of at least so many events."""
    updates = bar_tape(SYMBOL, bars)
    feed = MemoryFeed(updates, (SYMBOL,), "1m")
    block = Block(record(Assembly(config, feed), folder / "recorded.db"))
    store = folder / "long.db"
    connection = sqlite3.connect(store, isolation_level=None)
    block.write(Assembly(config, feed).open_writer(connection, store), events)
    connection.close()
    return store, Emptied(updates, (SYMBOL,), "1m")


@contextmanager
def timed(seconds: Counter[str]) -> Iterator[None]:
    """Adds up what the parts of a boot take."""

    def around(owner: type, name: str, part: Callable[..., str]) -> Any:
        inner = getattr(owner, name)

        def call(*arguments: Any) -> Any:
            started = perf_counter()
            try:
                return inner(*arguments)
            finally:
                seconds[part(*arguments)] += perf_counter() - started

        return patch.object(owner, name, call)

    with ExitStack() as stack:
        for name in ("open_writer", "compile_kernels", "waiting"):
            stack.enter_context(around(Assembly, name, lambda *_, name=name: name))
        stack.enter_context(around(Assembly, "recover", lambda _, actor, __: actor.partition(":")[0]))
        stack.enter_context(around(JournalWriter, "counts", lambda _: "counts"))
        yield


def boot(config: Config, store: Path, feed: MemoryFeed) -> Counter[str]:
    """Seconds of one boot, by part and in all."""
    seconds: Counter[str] = Counter()
    with timed(seconds):
        floor = TradingFloor(config, store=store, feed=feed)
        started = perf_counter()
        floor.open()
        seconds["all"] = perf_counter() - started
    floor.close()
    return seconds


def bare_read(store: Path, kinds: Sequence[type]) -> float:
    """Seconds to read and decode the events of these kinds."""
    view, started = View(store), perf_counter()
    for _ in view.events([kind.__name__ for kind in kinds]):
        pass
    view.close()
    return perf_counter() - started


def main(arguments: Sequence[str] | None = None) -> list[Row]:
    given = sizes(
        "Opening a floor on a long journal.",
        arguments,
        events=(1_000_000, 3_000, "events of the store"),
        bars=(10_080, 1_440, "1-minute bars of the run that is stretched"),
        rounds=(2, 1, "boots, the best counts"),
    )
    # Few trades, so that some day of the recorded run ends without a position.
    config = trading_config((SYMBOL,), TIMEFRAMES, min_confidence=5.0)
    with scratch() as folder:
        started = perf_counter()
        store, feed = build(config, folder, given.events, given.bars)
        built, size = perf_counter() - started, store.stat().st_size / 1e6
        boots = [boot(config, store, feed) for _ in range(given.rounds)]
        best = min(boots, key=lambda seconds: seconds["all"])
        peers = {"risk": bare_read(store, RiskCore.FOLDS), "executor": bare_read(store, ExecutorCore.FOLDS)}
        peers["all"] = sum(peers.values())
        connection = sqlite3.connect(store)
        counts = dict(connection.execute("SELECT kind, count(*) FROM events GROUP BY kind ORDER BY 2 DESC"))
        connection.close()
    rows = [
        Row(
            title,
            best[part],
            "s",
            peers.get(part, 0.0),
            "their events read and decoded" if part in peers else "",
        )
        for part, title in PARTS.items()
    ]
    rows.append(Row("the rest", best["all"] - sum(best[part] for part in PARTS), "s"))
    rows.append(Row("open, in all", best["all"], "s", peers["all"], "both folds read and decoded", "≤ 5 s"))
    total = sum(counts.values())
    kinds = ", ".join(f"{kind} {count / total:.1%}" for kind, count in list(counts.items())[:4])
    title = f"Boot from {total:,} events ({size:.0f} MB, built in {built:.0f} s): {kinds}"
    return report(title, rows)


if __name__ == "__main__":
    main()
