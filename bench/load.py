"""A flood: 5,000 ticks per second over 20 symbols, free running, and then as many as the floor takes.

The age of a tick is the time from when it was due until the executor has handled it; of ticks that merged on
the way the oldest counts. Engine time runs 12 times as fast as the clock: a bar of every symbol closes every
five seconds. The CPU time is held against the same ticks through the same cores in one thread.
"""

import gc
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic, monotonic_ns, process_time

from alone import cores_alone
from market import START, MemoryFeed, trades, trading_config
from measure import Row, hand_over_like_the_command, percentile, report, scratch, sizes
from rooms import Around

from tradingfloor.actors import messages as m
from tradingfloor.actors.config import Config
from tradingfloor.actors.runtime.room import Room
from tradingfloor.actors.types import NANOS
from tradingfloor.assembly import Assembly
from tradingfloor.floor import TradingFloor

SPEED = 12
TIMEFRAMES = ("1m", "5m")


class Aged(Around):
    """The executor's room, noting when it had handled which ticks."""

    def __init__(self, room: Room, handled: list[tuple[int, int, int]]) -> None:
        super().__init__(room)
        self._handled = handled

    def step(self, message: m.Message, now: int) -> Sequence[m.Message]:
        outputs = self.room.step(message, now)
        if isinstance(message, m.PriceUpdated):
            self._handled.append((monotonic_ns(), message.first_index, message.count))
        return outputs


class Flood:
    """One run of a live floor over a tape, and what was seen of it."""

    def __init__(self, config: Config, feed: MemoryFeed, store: Path, speed: float | None, step: int) -> None:
        handled: list[tuple[int, int, int]] = []
        floor = TradingFloor(
            config,
            store=store,
            feed=feed,
            speed=speed,
            free_running=True,
            wrap=lambda name, room: Aged(room, handled) if name == "executor" else room,
        )
        with floor:
            cpu = process_time()
            started = monotonic()
            floor.start()
            floor.wait(600)
            self.cpu = process_time() - cpu
            boxes = floor._engine.supervisor.mailboxes.values()
            self.merged = sum(box.merged for box in boxes if box.name == "executor")
            self.depth = max(box.highest_depth for box in boxes)
            self.ended = floor.ended
            pace = floor._engine._pace
        self.ticks = sum(count for _, _, count in handled)
        self.seconds = handled[-1][0] / NANOS - (pace._real if speed else started)
        first = pace._engine if speed else 0
        self.ages = [
            (at - (pace._real + (START + (index - 1) * step - first) / NANOS / speed) * NANOS) / 1e6
            for at, index, _ in handled
            if speed
        ]


def cpu_alone(assembly: Assembly) -> float:
    """CPU seconds of the whole tape through the cores, one after the other in one thread."""
    assembly.compile_kernels()
    started = process_time()
    cores_alone(assembly)
    return process_time() - started


def with_frozen_heap(run: Callable[[], Flood]) -> Flood:
    """A run whose full collections skip what was loaded before: code, kernels, tables."""
    gc.collect()
    gc.freeze()
    try:
        return run()
    finally:
        gc.unfreeze()


def main(arguments: Sequence[str] | None = None) -> list[Row]:
    given = sizes(
        "A flood of ticks.",
        arguments,
        rate=(5000, 2000, "ticks per second"),
        symbols=(20, 4, "symbols"),
        seconds=(6.0, 0.3, "seconds of flood"),
    )
    symbols = tuple(f"X{n:02}USD" for n in range(given.symbols))
    step = NANOS * SPEED // given.rate
    feed = MemoryFeed(trades(symbols, round(given.rate * given.seconds), step), symbols)
    config = trading_config(symbols, TIMEFRAMES)
    with scratch() as folder, hand_over_like_the_command():
        alone = cpu_alone(Assembly(config, feed))
        paced = Flood(config, feed, folder / "paced.db", float(SPEED), step)
        frozen = with_frozen_heap(lambda: Flood(config, feed, folder / "frozen.db", float(SPEED), step))
        unpaced = Flood(config, feed, folder / "unpaced.db", None, step)
    per_tick, limit = paced.cpu / paced.ticks * 1e6, alone / paced.ticks * 1e6
    rows = [
        Row("sustained", paced.ticks / paced.seconds, "ticks/s", given.rate, "offered", "ratio ≥ 0.99"),
        Row("tick due → executor done, p50", percentile(paced.ages, 0.5), "ms"),
        Row("tick due → executor done, p99", percentile(paced.ages, 0.99), "ms", aim="≤ 50 ms"),
        Row("the same after gc.freeze(), p99", percentile(frozen.ages, 0.99), "ms", aim="≤ 50 ms"),
        Row("ticks merged on the way", paced.merged, "", paced.ticks, "ticks"),
        Row("deepest mailbox", paced.depth, ""),
        Row("CPU", paced.cpu / paced.seconds, "cores"),
        Row("CPU per tick", per_tick, "µs", limit, "cores in one thread"),
        Row("unpaced", unpaced.ticks / unpaced.seconds, "ticks/s", 1e6 / limit, "cores in one thread"),
        Row("unpaced: ticks merged on the way", unpaced.merged, "", unpaced.ticks, "ticks"),
    ]
    actors = 3 + 1 + given.symbols * len(TIMEFRAMES)
    title = f"Flood: {given.rate} ticks/s over {given.symbols} symbols, {actors} actors"
    return report(title, rows)


if __name__ == "__main__":
    main()
