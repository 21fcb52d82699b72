"""What one message costs in each core, called directly: no thread, no disk, everything warm.

The messages and the states are those of a replayed run. Held against one hand-over between two threads: a
core that costs less than its own hand-over gains little from being faster. The last rows have peers of their
own.
"""

import copy
from collections.abc import Callable, Sequence
from itertools import cycle
from typing import Any
from unittest.mock import patch

import numpy as np
from bare import hop_microseconds
from market import MemoryFeed, bar_tape, trades, trading_config
from measure import Row, per_call, report, scratch, sizes
from msgspec.structs import replace
from recorded import events_of, record

from tradingfloor.actors import messages as m
from tradingfloor.actors.config import Config
from tradingfloor.actors.domain.fee_schedules import fees_of, schedule
from tradingfloor.actors.domain.instruments import instrument
from tradingfloor.actors.domain.slippage import FixedBps
from tradingfloor.actors.risk import gates, sizing
from tradingfloor.actors.runtime.journal import Step
from tradingfloor.actors.signals import layout
from tradingfloor.actors.signals.batch import run
from tradingfloor.actors.signals.rows import rows_of
from tradingfloor.actors.types import NANOS, OrderRole, OrderType, Side
from tradingfloor.assembly import Assembly
from tradingfloor.storage.codec import encode
from tradingfloor.storage.projection import Projection

SYMBOL, TIMEFRAMES = "EURUSD", ("15m", "1h")


def before(
    assembly: Assembly, steps: Sequence[Step], actor: str, wanted: Callable[[Step], bool]
) -> tuple[Any, Step]:
    """The actor's room right before the last of its steps that is ``wanted``, and that step."""
    mine = [step for step in steps if step.actor == actor]
    places = [place for place, step in enumerate(mine) if wanted(step)]
    if not places:
        raise SystemExit(f"the run is too short: {actor} never came to what is measured")
    room = assembly.room(actor)
    for step in mine[: places[-1]]:
        room.step(step.envelope.message, step.envelope.now)
    return room, mine[places[-1]]


def raising(kind: type) -> Callable[[Step], bool]:
    """Steps that led to such a message."""
    return lambda step: any(isinstance(output, kind) for output in step.outputs)


LIMITS_ON = {
    "after_open": 1,
    "before_close": 1,
    "max_deviation": 500_000,
    "min_reward_risk": 1,
    "last_trade": 1,
    "after_trade": 1,
    "max_drawdown": 10**15,
    "max_losses": 9,
    "max_underlying": 10**15,
    "max_class": 10**15,
    "max_positions": 9,
    "power": 10**15,
    "max_orders": 99,
    "max_backlog": 99,
}
"""Every limit that is off by default, on and wide."""


def decision(assembly: Assembly, steps: Sequence[Step], times: int) -> tuple[float, float, float]:
    """µs of a whole decision (score to approval), of its gates and size alone, and with every limit on."""
    room, step = before(assembly, steps, "risk", raising(m.OrderApproved))
    message, now = step.envelope.message, step.envelope.now
    room.core.apply(room.state, message)
    made = room.core.decide(room.state, message, now)
    decisions = sum(isinstance(event, m.DecisionMade) for event in made)
    whole = per_call(lambda: room.core.decide(room.state, message, now), times) / decisions
    with patch.object(gates, "judge", wraps=gates.judge) as judge:
        room.core.decide(room.state, message, now)
    situation = judge.call_args.args[0]
    held = instrument(SYMBOL)
    costs = sizing.Costs(FixedBps(5 * NANOS), fees_of(schedule(Config()), held.kind, SYMBOL))

    def gated(shown: Any) -> None:
        sizing.size(shown.price, shown.price, held, shown.max_notional, costs, 1, 737_000)
        gates.judge(shown)

    full = replace(situation, **LIMITS_ON)
    assert gates.judge(full).refusal is None
    assert all(result.limit != "off" for result in gates.judge(full).results)
    return whole, per_call(lambda: gated(situation), times), per_call(lambda: gated(full), times)


def executor(assembly: Assembly, steps: Sequence[Step], times: int) -> dict[str, float]:
    """µs of one price: with nothing at work, with a bracket that it does not touch, and with a fill."""
    room, step = before(assembly, steps, "executor", raising(m.OrderFilled))
    price, core = step.envelope.message, room.core
    fill = per_call(lambda: core.decide(room.state, price, price.ts), times)
    calm = assembly.room("executor")
    nothing = per_call(lambda: calm.step(price, price.ts), times)
    bracketed = lambda s: isinstance(s.envelope.message, m.PriceUpdated) and not s.outputs  # noqa: E731
    room, step = _with_bracket(assembly, steps, bracketed)
    untouched = per_call(lambda: room.step(step.envelope.message, step.envelope.now), times)
    return {"nothing at work": nothing, "a bracket, untouched": untouched, "a fill": fill}


def crowd(assembly: Assembly, times: int, orders: int = 100) -> dict[str, float]:
    """µs of one bar against so many working stops and targets: it touches none, and one of them."""
    core = assembly.room("executor").core
    state, tick = core.initial(), assembly.instruments[SYMBOL].tick
    middle = 10_000 * tick

    def fold(event: m.Event) -> None:
        core.apply(state, event)

    for number in range(orders // 2):
        entry = number.to_bytes(16, "big")
        legs = ((OrderRole.STOP, OrderType.STOP, -1), (OrderRole.TARGET, OrderType.LIMIT, 1))
        for role, kind, side in legs:
            fold(
                m.OrderAccepted(
                    id=entry,
                    ts=0,
                    order_id=role.value.encode() + entry,
                    parent_id=entry,
                    symbol=SYMBOL,
                    role=role,
                    side=Side.SELL,
                    quantity=10,
                    price=middle + side * (100 + number) * tick,
                    active_ts=0,
                    reserved=0,
                    reduce_only=True,
                    order_type=kind,
                )
            )
    state.portfolio.apply_fill(SYMBOL, Side.BUY, 10 * orders // 2, middle, 0, 1)
    fall = middle - 100 * tick
    calm = m.PriceUpdated(SYMBOL, 2, 1, middle, middle + tick, middle - tick, middle, 9, 9, 1, 1, opens=False)
    touch = m.PriceUpdated(SYMBOL, 2, 1, middle, middle + tick, fall, middle, 9, 9, 1, 1, opens=False)

    def price(update: m.PriceUpdated) -> float:
        def once() -> None:
            core.apply(state, update)
            core.decide(state, update, 2)
            core.next_due(state)

        return per_call(once, times)

    assert not core.decide(state, calm, 2)
    assert core.decide(state, touch, 2)
    return {
        f"{orders} orders at work, untouched": price(calm),
        f"{orders} orders at work, one filled": price(touch),
    }


def _with_bracket(
    assembly: Assembly, steps: Sequence[Step], wanted: Callable[[Step], bool]
) -> tuple[Any, Step]:
    room, found = assembly.room("executor"), None
    for step in steps:
        if step.actor != "executor":
            continue
        if wanted(step) and len(room.state.books[SYMBOL].orders) == 2:
            found = copy.deepcopy(room.state), step
            break
        room.step(step.envelope.message, step.envelope.now)
    if found is None:
        raise SystemExit("the run is too short: no bracket was at work")
    room.state, step = found
    return room, step


def market_data(ticks: int) -> float:
    """µs of one tick, the bars that close on the way included."""
    updates = trades((SYMBOL,), ticks, NANOS)
    assembly = Assembly(trading_config((SYMBOL,), TIMEFRAMES), MemoryFeed(updates, (SYMBOL,)))

    def play() -> None:
        room = assembly.room("market_data")
        for update in updates:
            while (due := room.next_due()) is not None and due <= update.ts:
                room.step(m.TimerDue(due), due)
            room.step(update, update.ts)

    return per_call(play, 1) / ticks


def signals(assembly: Assembly, steps: Sequence[Step]) -> tuple[float, float]:
    """µs of one instant in a warm signal actor, and in the kernel alone over all rows at once."""
    name = f"signals:{SYMBOL}:15m"
    closed = [step.envelope for step in steps if step.actor == name]
    core = assembly.room(name).core

    def live() -> None:
        room = assembly.room(name)
        for envelope in closed:
            room.step(envelope.message, envelope.now)

    bars = [bar for envelope in closed for bar in envelope.message.bars]
    own, base = ([bar for bar in bars if bar.timeframe == held] for held in ("15m", "1m"))
    rows = np.ascontiguousarray(rows_of(own, base))
    return per_call(live, 1) / len(closed), per_call(lambda: _drain(core, rows), 1) / len(rows)


def _drain(core: Any, rows: Any) -> None:
    for _ in run(core.initial().kernel, rows, layout.WANT_SIGNALS):
        pass


def projection(events: Sequence[m.Event], *, reports: bool) -> tuple[float, float]:
    """µs of one event's rows, and of the same event's encoding."""
    taken = [event for event in events if reports or not isinstance(event, m.TimeframeReported)]

    def rows() -> None:
        fold = Projection()
        for sequence, event in enumerate(taken, 1):
            fold.rows(event, sequence)

    endless = cycle(taken)
    return per_call(rows, 1) / len(taken), per_call(lambda: encode(next(endless)), len(taken))


def main(arguments: Sequence[str] | None = None) -> list[Row]:
    given = sizes(
        "The cores, one message at a time.",
        arguments,
        bars=(4320, 1440, "1-minute bars of the replayed run"),
        times=(2000, 20, "calls per figure"),
    )
    feed = MemoryFeed(bar_tape(SYMBOL, given.bars), (SYMBOL,), "1m")
    assembly = Assembly(trading_config((SYMBOL,), TIMEFRAMES), feed)
    with scratch() as folder:
        groups = record(assembly, folder / "recorded.db")
    steps = [step for group in groups for step in group]
    hop, events = hop_microseconds(200 if given.tiny else 2000), events_of(groups)
    whole, gated, full = decision(assembly, steps, given.times)
    prices = executor(assembly, steps, given.times) | crowd(assembly, given.times)
    live, kernel = signals(assembly, steps)
    every, encoded = projection(events, reports=True)
    trading, trading_encoded = projection(events, reports=False)

    def against_hop(what: str, cost: float) -> Row:
        return Row(what, cost, "µs", hop, "one thread hop")

    rows = [
        against_hop("risk: score, gates, size, events of one decision", whole),
        against_hop("risk: its gates and size alone", gated),
        against_hop("risk: gates and size, every limit on", full),
        *(against_hop(f"executor: one price, {what}", cost) for what, cost in prices.items()),
        against_hop("market data: one tick", market_data(given.times * 10)),
        Row("signals: one instant, warm", live, "µs", kernel, "the kernel alone, in bulk"),
        Row("projection: one event, reports included", every, "µs", encoded, "its encoding"),
        Row("projection: one event, without reports", trading, "µs", trading_encoded, "its encoding"),
    ]
    return report("Cores, microseconds per message", rows)


if __name__ == "__main__":
    main()
