"""From a tick to its fill, on the live floor at a steady pace, counted from when the tick was due.

Two ways are measured, on one tape, every figure up to the moment at which the commit's listeners are called:

* a tick that fills a working order: due, market data, executor, journal: one synced commit;
* an entry, which takes two ticks. The first closes a bar: due, market data, signals, risk, journal (approval
  committed), executor, journal (acceptance committed). The second fills it, as above. The wait between the
  two ticks is the market's and is counted nowhere. The acceptance is over before the second tick comes.

The limit is a relay of threads that does the same hops and one bare synced commit, at the same pace.
"""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from time import monotonic_ns
from typing import Any

import msgspec
from bare import Relay, commit_microseconds
from market import START, TICK, MemoryFeed, trade, trading_config
from measure import Row, hand_over_like_the_command, p50_and_p99, report, scratch, sizes
from rooms import Around

from tradingfloor.actors import messages as m
from tradingfloor.actors.config import ExecutionConfig
from tradingfloor.actors.domain.ids import derive_id
from tradingfloor.actors.runtime.journal import CommittedEvent
from tradingfloor.actors.types import NANOS, Direction
from tradingfloor.floor import TradingFloor

SYMBOL, TIMEFRAME = "EURUSD", "1m"
PER_BAR = 10
STEP = 60 * NANOS // PER_BAR
PRICE = 100 * NANOS
RISE = 200 * TICK
HOPS_TO_APPROVAL, HOPS_TO_ACCEPTANCE, HOPS_TO_FILL = 4, 2, 3
"""Threads that take the work over from the player or the journal: the rooms, and the journal's own."""


class Scripted(Around):
    """The signal room with its own signals replaced by one LONG entry per bar, sure of its target."""

    def step(self, message: m.Message, now: int) -> Sequence[m.Message]:
        outputs = self.room.step(message, now)
        if not isinstance(message, m.BarsClosed):
            return outputs
        bar, report = message.bars[0], outputs[-1]
        signal = m.SignalRaised(
            id=derive_id(message.ts, "scripted"),
            ts=message.ts,
            symbol=SYMBOL,
            timeframe=TIMEFRAME,
            detector="fvg",
            kind="fvg",
            family="imbalance",
            direction=Direction.LONG,
            origin_bar=bar.index,
            bar=bar.index,
            entry=PRICE,
            stop=PRICE - 10 * RISE,
            target=PRICE + RISE // 2,
            top=PRICE,
            bottom=PRICE,
            strength=5.0,
            volume_ratio=1.0,
            first_index=bar.first_index,
            last_index=bar.last_index,
            config="",
        )
        return [signal, msgspec.structs.replace(report, signals=(signal.id,), changes=())]


def tape(ticks: int) -> list[m.MarketUpdate]:
    """Ten ticks a bar, half a step after its start: two at the price, four on the target, four back."""
    made = []
    for n in range(ticks):
        level = PRICE + (RISE if 3 <= n % PER_BAR <= 6 else 0)
        made.append(trade(n + 1, SYMBOL, START + STEP // 2 + n * STEP, level))
    return made


class Clock:
    """When each commit reached its listeners, and when each tick was due."""

    def __init__(self) -> None:
        self.commits: list[tuple[int, list[m.Event]]] = []

    def listen(self, committed: Sequence[CommittedEvent]) -> None:
        self.commits.append((monotonic_ns(), [item.event for item in committed]))

    def parts(self, pace: Any) -> dict[str, list[float]]:
        """Milliseconds by part."""

        def due(index: int) -> float:
            ts = START + STEP // 2 + (index - 1) * STEP
            return (pace._real + (ts - pace._engine) / NANOS / pace.speed) * 1e9

        found: dict[str, list[float]] = defaultdict(list)
        orders: dict[bytes, tuple[float, int]] = {}
        for at, events in self.commits:
            for event in events:
                if isinstance(event, m.OrderApproved):
                    closing = (event.ts - START) // STEP + 1
                    orders[event.id] = ((at - due(closing)) / 1e6, at)
                    found["approval"].append(orders[event.id][0])
                elif isinstance(event, m.OrderAccepted) and event.order_id in orders:
                    taken = (at - orders[event.order_id][1]) / 1e6
                    orders[event.order_id] = (orders[event.order_id][0], round(taken * 1e6))
                    found["acceptance"].append(taken)
                elif isinstance(event, m.OrderFilled):
                    taken = (at - due(event.last_index)) / 1e6
                    found["fill"].append(taken)
                    if event.order_id in orders:
                        approval, acceptance = orders[event.order_id]
                        found["both"].append(approval + taken)
                        found["all"].append(approval + acceptance / 1e6 + taken)
        return found


def engine_round(folder: Path, number: int, ticks: int, rate: int) -> dict[str, list[float]]:
    """One live floor over the scripted tape."""
    config = msgspec.structs.replace(
        trading_config((SYMBOL,), (TIMEFRAME,), min_confidence=0.0),
        execution=ExecutionConfig(
            reject_probability=0.0,
            partial_fill_probability=0.0,
            # Beyond the closing tick, which is half a step after the bar's end: the next one fills.
            fill_delay_ms=0.75 * STEP / 1e6,
        ),
    )
    clock = Clock()
    floor = TradingFloor(
        config,
        store=folder / f"floor-{number}.db",
        feed=MemoryFeed(tape(ticks), (SYMBOL,)),
        speed=STEP / NANOS * rate,
        free_running=True,
        wrap=lambda name, room: Scripted(room) if name.startswith("signals") else room,
    )
    with floor:
        floor._engine.add_commit_listener(clock.listen)
        floor.start()
        if not floor.wait(ticks / rate + 60) or floor.ended:
            raise SystemExit(f"the floor did not get through its tape: {floor.ended or 'time is up'}")
        return clock.parts(floor._engine._pace)


def main(arguments: Sequence[str] | None = None) -> list[Row]:
    given = sizes(
        "Tick to fill on the live floor.",
        arguments,
        ticks=(1000, 60, "ticks per round"),
        rate=(200, 200, "ticks per second"),
        rounds=(6, 1, "rounds, the best counts"),
    )
    engine: dict[str, list[list[float]]] = defaultdict(list)
    limits: dict[str, list[list[float]]] = defaultdict(list)
    hops = {"approval": HOPS_TO_APPROVAL, "acceptance": HOPS_TO_ACCEPTANCE, "fill": HOPS_TO_FILL}
    with scratch() as folder, hand_over_like_the_command():
        bare = commit_microseconds(folder / "commit.db", 20 if given.tiny else 400) / 1000
        for number in range(given.rounds):
            for part, count in hops.items():
                relay = Relay(folder / f"{part}-{number}.db", count)
                from_due = part != "acceptance"
                limits[part].append(relay.run(given.ticks // 4, 1 / given.rate, from_due=from_due))
            for part, values in engine_round(folder, number, given.ticks, given.rate).items():
                engine[part].append(values)
    peers = {part: p50_and_p99(rounds) for part, rounds in limits.items()}
    for name, parts in (("both", ("approval", "fill")), ("all", ("approval", "acceptance", "fill"))):
        peers[name] = (sum(peers[part][0] for part in parts), sum(peers[part][1] for part in parts))
    titles = {
        "fill": ("tick → fill of a working order, 1 commit", ""),
        "approval": ("tick closing a bar → approval, 1 commit", ""),
        "acceptance": ("approval → order accepted, 1 commit", ""),
        "both": ("tick → fill, approval's and fill's commits", "≤ 1.0 ms p50"),
        "all": ("the same with the acceptance, 3 commits", ""),
    }
    rows = [Row("one bare synced commit, p50", bare, "ms")]
    for part, (title, aim) in titles.items():
        for name, value, peer in zip(("p50", "p99"), p50_and_p99(engine[part]), peers[part], strict=True):
            against = "bare hops and commits"
            rows.append(Row(f"{title}, {name}", value, "ms", peer, against, aim if name == "p50" else ""))
    samples = sum(map(len, engine["both"]))
    return report(f"Tick to fill at {given.rate} ticks/s, free running, {samples} entries", rows)


if __name__ == "__main__":
    main()
