"""Restart of one actor of each kind: from its failure until its replacement has the failed message in hand.

The store holds a replayed journal, so every replacement has a state to recover. Backoff is off: what is left
is detection, recovery and the new thread; the last rows show one failure with the backoff as configured.
The peer is the same recovery called directly, without supervisor, actor and thread.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from time import perf_counter
from typing import Any

import msgspec
import structlog
from market import trading_config, write_csv
from measure import Row, percentile, report, scratch, sizes
from rooms import Around

from tradingfloor.actors import messages as m
from tradingfloor.actors.config import Config
from tradingfloor.actors.runtime.journal import Envelope
from tradingfloor.actors.runtime.room import Room
from tradingfloor.assembly import Assembly
from tradingfloor.floor import TradingFloor
from tradingfloor.replaying import replay

KINDS = ("market_data", "signals:EURUSD:1h", "risk", "executor", "supervisor")
PATIENT = {"max_restarts": 10**9, "backoff_min": 0.0, "backoff_max": 0.0}


class Poisoned(Around):
    """A room that fails on each poison the first time it sees it, and notes when."""

    seen: dict[int, float]

    def __init__(self, room: Room, seen: dict[int, float], done: "SimpleQueue[float]") -> None:
        super().__init__(room)
        self._seen, self._done = seen, done

    def step(self, message: m.Message, now: int) -> Sequence[m.Message]:
        if not isinstance(message, m.TimerDue) or message.now >= 0:
            return self.room.step(message, now)
        if message.now not in self._seen:
            self._seen[message.now] = perf_counter()
            raise RuntimeError("poison")
        self._done.put(perf_counter() - self._seen[message.now])
        return ()


@contextmanager
def opened(config: Config, store: Path, *, patient: bool) -> Iterator[Any]:
    """A floor on the store; yields how to fail one of its actors once, in seconds until it is back."""
    seen: dict[int, float] = {}
    done: SimpleQueue[float] = SimpleQueue()
    floor = TradingFloor(config, store=store, wrap=lambda _name, room: Poisoned(room, seen, done))
    if patient:
        assembly, specified = floor.assembly, floor.assembly.child_spec
        assembly.child_spec = lambda name: msgspec.structs.replace(specified(name), **PATIENT)
    with floor:
        engine = floor._engine
        engine.supervisor._care._tree = (10**9, 1.0)

        def fail(name: str) -> float:
            poison = m.TimerDue(-1 - len(seen))
            engine.supervisor.mailboxes[name].send(Envelope(poison, engine.now))
            try:
                return done.get(timeout=30)
            except Empty:
                raise SystemExit(f"{name} did not come back: {engine.ended}") from None

        yield fail


def directly(config: Config, store: Path, name: str, times: int) -> float:
    """Seconds of the recovery alone, the median."""
    assembly, taken = Assembly(config), []
    for _ in range(times):
        started = perf_counter()
        assembly.recover(name, store)
        taken.append(perf_counter() - started)
    return percentile(taken, 0.5)


@contextmanager
def silent() -> Iterator[None]:
    """Without the log's line for each failure."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.reset_defaults()


def main(arguments: Sequence[str] | None = None) -> list[Row]:
    given = sizes(
        "Restart of one actor.",
        arguments,
        bars=(4000, 80, "bars of the replayed journal"),
        failures=(30, 2, "failures of each actor"),
    )
    rows = []
    with scratch() as folder, silent():
        file = write_csv(folder / "EURUSD.csv", given.bars)
        config, store = trading_config(source=f"replay:{file}"), folder / "floor.db"
        events = sum(replay(Assembly(config), store).values())
        with opened(config, store, patient=True) as fail:
            for name in KINDS:
                taken = [fail(name) * 1000 for _ in range(given.failures)]
                peer = directly(config, store, name, given.failures) * 1000
                kind = name.partition(":")[0]
                against = "recovery called directly"
                rows.append(Row(f"{kind}, p50", percentile(taken, 0.5), "ms", peer, against, "≤ 100 ms"))
                rows.append(Row(f"{kind}, p99", percentile(taken, 0.99), "ms"))
        with opened(config, store, patient=False) as fail:
            for name in KINDS[: 1 if given.tiny else None]:
                backoff = Assembly(config).child_spec(name).backoff_min * 1000
                row = Row(
                    f"{name.partition(':')[0]}, once, its backoff included",
                    fail(name) * 1000,
                    "ms",
                    backoff,
                    "least backoff",
                )
                rows.append(row)
    return report(f"Restart on a journal of {events:,} events", rows)


if __name__ == "__main__":
    main()
