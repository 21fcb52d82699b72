import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.messages import (
    ActorIsolated,
    DayClosed,
    OrderApproved,
    OrderCanceled,
    OrderDenied,
    OrderFilled,
    OrderRejected,
    SignalScored,
)
from tradingfloor.actors.types import NANOS, Direction, OrderRole, TradingState

MINUTE = 60 * NANOS
ACTORS = tuple((symbol, timeframe) for symbol in ("SPX", "NDX", "RUT") for timeframe in ("15m", "1h", "1d"))
SYMBOLS = ("SPX", "NDX", "RUT")
KINDS = ("choch", "bos", "fvg", "strat_212_reversal")


class Market:
    """Random signals, prices and venue answers against one desk, in the order they could really come."""

    def __init__(self, desk, seed, at, money, volatility=0.01):
        self.desk, self.money, self.random = desk, money, random.Random(seed)
        self.volatility = volatility
        self.now = at("2024-01-08 09:30")
        self.close = [at(f"2024-01-{day:02d} 16:00") for day in (8, 9, 10)]
        self.opening = [at(f"2024-01-{day:02d} 09:30") for day in (9, 10, 11)]
        self.prices = dict.fromkeys(SYMBOLS, 100.0)
        self.waiting = {}
        self.held = {}
        desk.start(self.now)

    def step(self):
        """A quarter of an hour: prices, venue answers, then the bars close."""
        end = self.now + 15 * MINUTE
        for part in range(4):
            self.tick(self.now + (1 + 3 * part) * MINUTE)
        self.timers(end)
        self.bars(end)
        self.now = end
        if end in self.close:
            day = self.close.index(end)
            self.timers(end + 1)
            self.now = self.opening[day]

    def timers(self, until):
        desk = self.desk
        while (due := desk.core.next_due(desk.state)) is not None and due <= until:
            desk.timer(due)

    def tick(self, ts):
        draw = self.random
        self.timers(ts)
        for symbol in SYMBOLS:
            self.prices[symbol] = round(self.prices[symbol] * (1 + draw.uniform(-1, 1) * self.volatility), 2)
            self.desk.price(self.prices[symbol], ts, symbol=symbol)
        for order_id, (order, left) in list(self.waiting.items()):
            self.venue(order_id, order, left, ts)
        for symbol, (order, quantity) in list(self.held.items()):
            if symbol not in {o.symbol for o, _ in self.waiting.values()} and draw.random() < 0.15:
                self.desk.fill(order, self.prices[symbol], ts, quantity, role=OrderRole.STOP, fee=0.5)
                self.desk.trade_closed(order, ts, draw.choice([-1, 0, 1]))
                del self.held[symbol]

    def venue(self, order_id, order, left, ts):
        draw = self.random
        what = draw.choice(["fill", "part", "reject", "cancel", "wait", "wait"])
        touched = order.symbol in self.held
        if what in {"reject", "cancel"}:
            if what == "cancel" or touched:
                self.desk.cancel(order, ts, remaining=left)
            else:
                self.desk.reject(order, ts)
            del self.waiting[order_id]
        elif what in {"fill", "part"}:
            quantity = left if what == "fill" else max(1, left // 3)
            unit = order.reserved // order.quantity / NANOS
            price = min(self.prices[order.symbol], unit)  # never above its reservation
            done = quantity == left
            self.desk.fill(order, price, ts, quantity, fee=0.25, done=done)
            _, had = self.held.get(order.symbol, (order, 0))
            self.held[order.symbol] = (order, had + quantity)
            if done:
                del self.waiting[order_id]
            else:
                self.waiting[order_id] = (order, left - quantity)

    def bars(self, ts):
        draw = self.random
        closing = ts in self.close
        now = ts + 1 if closing else ts
        silent = ("SPX", "1h") if draw.random() < 0.1 else None
        for owner, timeframe in ACTORS:
            signals = []
            if draw.random() < 0.5 and (timeframe != "1d" or closing):
                direction = draw.choice(list(Direction))
                price = self.prices[owner]
                reach = draw.choice([0.5, 5.0, 20.0])
                kind = draw.choice(KINDS)
                signals = [
                    self.desk.signal(
                        ts, owner, timeframe, direction, entry=price, reach=reach, kind=kind, bar=ts // MINUTE
                    )
                ]
            if (owner, timeframe) == silent:
                continue
            changes = [(s.id, draw.choice([0.5, 0.0])) for s in signals if draw.random() < 0.1]
            said = self.desk.report(
                ts,
                owner,
                timeframe,
                signals,
                now,
                bar=ts // MINUTE,
                bias=draw.choice([-1, 0, 1]),
                period_open=self.money(100),
                last_close=self.money(self.prices[owner]),
                changes=changes,
            )
            self.take(said)
        if draw.random() < 0.1:
            self.desk.start(ts, draw.choice([*3 * [TradingState.RUNNING], TradingState.PAUSED]))
        if draw.random() < 0.03:
            actor = ":".join(("signals", *draw.choice(ACTORS)))
            self.desk.feed(ActorIsolated(id=self.desk.fresh_id(ts), ts=ts, actor=actor, error=""), now)
        if silent is not None:
            self.late_orders(ts)

    def late_orders(self, ts):
        """What the time limit for a silent actor decided."""
        before = len(self.desk.journal)
        self.timers(ts + NANOS)
        self.take(self.desk.journal[before:])

    def take(self, said):
        """Put approved orders to work, and add up by hand what is at stake at each approval."""
        for event in said:
            if isinstance(event, OrderApproved):
                self.waiting[event.id] = (event, event.quantity)
                at_last = sum(q * self.money(self.prices[s]) for s, (_, q) in self.held.items())
                set_aside = sum(left * (o.reserved // o.quantity) for o, left in self.waiting.values())
                assert at_last + set_aside <= self.desk.config.risk.max_exposure_nanos


def permissive(new_desk, **risk):
    limits = {"min_confidence": 3.0, "max_daily_trades": 4, "max_total_exposure": 45_000.0}
    limits["max_price_age"] = 600.0  # seconds; the last prices of a quarter come five minutes before it ends
    return new_desk(actors=ACTORS, risk=limits | risk)


def check_limits(desk, sessions):
    """The limits, recomputed from the journal alone, at each of its prefixes."""
    positions = dict.fromkeys(SYMBOLS, 0)
    reserved, session_of, fills_of = {}, {}, {}
    per_session = {}
    for event in desk.journal:
        if isinstance(event, OrderApproved):
            assert positions[event.symbol] == 0
            assert event.symbol not in {symbol for symbol, _, _ in reserved.values()}
            assert event.quantity * event.reference <= desk.config.risk.max_position_nanos
            reserved[event.id] = (event.symbol, event.quantity, event.reserved // event.quantity)
            session_of[event.id] = event.session
            booked = per_session.get(event.session, 0) + sum(
                1 for i in reserved if i not in fills_of and session_of[i] <= event.session
            )
            assert booked <= desk.config.risk.max_daily_trades
        elif isinstance(event, OrderRejected | OrderCanceled):
            reserved.pop(event.order_id, None)
        elif isinstance(event, OrderFilled):
            positions[event.symbol] += event.side.sign * event.quantity
            if event.role is OrderRole.ENTRY:
                if event.order_id not in fills_of:
                    fills_of[event.order_id] = event.ts
                    session = max(session_of[event.order_id], sessions(event.ts))
                    per_session[session] = per_session.get(session, 0) + 1
                    assert per_session[session] <= desk.config.risk.max_daily_trades
                symbol, left, unit = reserved[event.order_id]
                if left == event.quantity:
                    del reserved[event.order_id]
                else:
                    reserved[event.order_id] = (symbol, left - event.quantity, unit)
    return per_session


@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32), st.sampled_from([0.0, 0.01]))
def test_recovery_rebuilds_the_live_state_and_the_limits_hold_at_every_prefix(
    new_desk, at, money, seed, volatility
):
    desk = permissive(new_desk)
    market = Market(desk, seed, at, money, volatility)
    for quarter in range(53):  # two closes
        market.step()
        if quarter % 9 == 0 or quarter > 50:
            assert desk.recovered() == desk.state
    sessions = calendar("XNYS")
    entries = check_limits(desk, lambda ts: sessions.session_at(ts).ordinal)
    rows = [event for event in desk.journal if isinstance(event, DayClosed)]
    assert len(rows) == 2
    assert [row.trades for row in rows] == [entries.get(row.session, 0) for row in rows]
    assert rows[1].equity_open == rows[0].equity_close
    assert len({event.id for event in desk.journal}) == len(desk.journal)


def test_the_random_sequences_reach_what_they_are_meant_to_reach(new_desk, at, money):
    seen = Counter()
    tight = (
        {"max_daily_loss": 150.0},
        {"max_total_exposure": 30_000.0, "max_daily_trades": 9},
        {"min_confidence": 5.0, "max_daily_trades": 9},
    )
    for seed, risk in enumerate(2 * tight):
        desk = permissive(new_desk, **risk)
        market = Market(desk, seed, at, money)
        for _ in range(53):
            market.step()
        assert desk.recovered() == desk.state
        seen.update(type(event).__name__ for event in desk.journal)
        seen.update(event.outcome.value for event in desk.journal if isinstance(event, SignalScored))
        seen.update(event.reason.value for event in desk.journal if isinstance(event, OrderDenied))
    expected = {"OrderApproved", "OrderRejected", "OrderCanceled", "EntriesLocked", "DayClosed"}
    expected |= {"ActorIsolated", "BELOW", "NOT_FLAT", "CONFLICT", "ELIGIBLE"}
    expected |= {"STATE", "SCHEDULE", "CONFIDENCE", "DAILY_TRADES", "TOTAL_EXPOSURE", "ONE_POSITION"}
    assert not expected - set(seen), seen


@pytest.mark.parametrize("seed", range(3))
def test_deciding_changes_nothing(new_desk, at, money, seed):
    desk = permissive(new_desk)
    decide = desk.core.decide

    def watched(state, message, now):
        before = desk.snapshot()
        said = decide(state, message, now)
        assert state == before
        assert list(decide(state, message, now)) == list(said)
        return said

    desk.core.decide = watched
    market = Market(desk, seed, at, money)
    for _ in range(8):
        market.step()
    assert any(isinstance(event, OrderApproved) for event in desk.journal)
