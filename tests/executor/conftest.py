"""A desk to try the executor at: one core, its state, and everything it said, in readable lines.

Prices are written as decimal numbers with a tick of 0.01; times are seconds on the tape. The desk
delivers like the floor does: an event is applied, decided on, and the outcome applied; around every
decision it compares the whole state, so that a decision that changes it fails the test at hand.
"""

import msgspec
import pytest

from tradingfloor.actors.config import Config, ExecutionConfig
from tradingfloor.actors.domain.ids import derive_id
from tradingfloor.actors.domain.instruments import Instrument
from tradingfloor.actors.executor.core import ExecutorCore
from tradingfloor.actors.executor.orders import OrderEvent, transition
from tradingfloor.actors.executor.state import open_since
from tradingfloor.actors.messages import (
    CancelRequested,
    DayClosed,
    DividendPaid,
    FlattenRequested,
    Killed,
    OrderAccepted,
    OrderApproved,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderRequestRefused,
    OrderTriggered,
    PriceUpdated,
    Rearmed,
    ReplaceRequested,
    SplitApplied,
    TimerDue,
    TradeClosed,
    TradingStateChanged,
)
from tradingfloor.actors.types import (
    NANOS,
    KillPolicy,
    OrderStatus,
    Refusal,
    Side,
    TradingState,
)

CENT = NANOS // 100
SECOND = 1_000_000_000


def nanos(price):
    """To a tenth of a tick, so that a level can lie off it."""
    return round(price * 1_000) * (CENT // 10)


def listed(symbol, multiplier=1, hours="24h"):
    return Instrument(symbol, "index", hours, "UTC", CENT, multiplier, "paper unit")


def dump(state):
    """Every field of a state as plain values, mappings in their own order."""

    def plain(value):
        if isinstance(value, msgspec.Struct):
            return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
        if isinstance(value, dict):
            return [(key, plain(held)) for key, held in value.items()]
        if isinstance(value, set):
            return sorted(value)
        return value

    return plain(state)


class Desk:
    """One executor; ``lines`` of what it said, ``journal`` of all events in commit order."""

    def __init__(
        self,
        *,
        bar=0,
        symbols=("SPX",),
        multiplier=1,
        start=True,
        seed=1,
        hours="24h",
        actions=(),
        **execution,
    ):
        settings = {
            "slippage_bps": 0.0,
            "fill_delay_ms": 0.0,
            "partial_fill_probability": 0.0,
            "reject_probability": 0.0,
            "commission_per_share": 0.0,
        }
        config = Config(symbols=symbols, seed=seed, execution=ExecutionConfig(**{**settings, **execution}))
        instruments = {symbol: listed(symbol, multiplier, hours) for symbol in symbols}
        bars = dict.fromkeys(symbols, bar * SECOND)
        self.core = ExecutorCore(config, instruments, "tape", bars, {"SPX": actions})
        self.state = self.core.initial()
        self.journal = []
        self.newest = {}
        self.prices = []
        self.index = 0
        self.count = 0
        if start:
            self.change(TradingState.RUNNING)

    def send(self, message, author="executor"):
        """Deliver one message; returns what the executor decided."""
        if isinstance(message, self.core.FOLDS):
            self.journal.append(message)
        now = message.now if isinstance(message, TimerDue) else message.ts
        if isinstance(message, PriceUpdated):
            self.newest[message.symbol] = message
            self.prices.append(message)
        self.core.apply(self.state, message)
        before = dump(self.state)
        out = list(self.core.decide(self.state, message, now))
        assert dump(self.state) == before, "decide changed the state"
        for event in out:
            if isinstance(event, self.core.FOLDS):
                self.core.apply(self.state, event)
        self.journal += out
        return out

    # --- prices -----------------------------------------------------------------------------------

    def price(self, start, end, first, high, low, last, opens, symbol="SPX", **more):
        self.index += 1
        return self.send(
            PriceUpdated(
                symbol=symbol,
                ts=round(end * SECOND),
                start=round(start * SECOND),
                first=nanos(first),
                high=nanos(high),
                low=nanos(low),
                last=nanos(last),
                volume=more.pop("volume", 1),
                count=1,
                first_index=self.index,
                last_index=self.index,
                opens=opens,
                **more,
            )
        )

    def tick(self, at, price, symbol="SPX", **more):
        return self.price(at, at, price, price, price, price, True, symbol, **more)

    def quote(self, at, price, bid, ask):
        """A trade beside a quote."""
        return self.tick(at, price, bid=nanos(bid), ask=nanos(ask), quote_ts=round(at * SECOND))

    def quoted(self, at, shape, bid, ask):
        """A slot of first, high, low and last beside a quote."""
        return self.price(at - 0.5, at, *shape, True, bid=nanos(bid), ask=nanos(ask))

    def traded(self, at, shape, volume):
        """A slot of first, high, low and last, of so many units."""
        return self.price(at - 0.5, at, *shape, True, volume=volume)

    def volume(self, at, price, volume):
        """A trade of so many units."""
        return self.tick(at, price, volume=volume)

    def slot(self, start, end, first, high, low, last, symbol="SPX"):
        """Several ticks merged into one update."""
        return self.price(start, end, first, high, low, last, True, symbol)

    def open(self, at, price, symbol="SPX"):
        return self.price(at, at, price, price, price, price, True, symbol)

    def bar(self, start, end, first, high, low, last, symbol="SPX"):
        return self.price(start, end, first, high, low, last, False, symbol)

    # --- orders and control -----------------------------------------------------------------------

    def enter(self, at, side, quantity, entry, stop, target, reserved=10**9):
        """An approval with the entry price of its signal."""
        return self.approve(at, side, quantity, stop, target, reserved, entry=entry)

    def approve(self, at, side, quantity, stop, target, reserved=10**9, symbol="SPX", entry=0):
        self.count += 1
        ts = round(at * SECOND)
        order_id = derive_id(ts, "order", self.count)
        approved = OrderApproved(
            id=order_id,
            ts=ts,
            cause=b"decision",
            decision_id=b"decision",
            signal_id=b"signal-%d" % self.count,
            symbol=symbol,
            side=Side(side),
            quantity=quantity,
            reference=0,
            stop=nanos(stop),
            target=nanos(target),
            reserved=nanos(reserved),
            reserved_fees=0,
            session=1,
            config="",
            entry=round(entry * 1_000) * (CENT // 10),
        )
        return self.send(approved)

    def order(self, role, symbol="SPX"):
        """The id of the newest order of a role."""
        found = [e for e in self.said(OrderAccepted) if e.role.value == role and e.symbol == symbol]
        return found[-1].order_id

    def cancel(self, at, role, symbol="SPX", order_id=None):
        self.count += 1
        ts = round(at * SECOND)
        return self.send(
            CancelRequested(
                id=derive_id(ts, "cancel", self.count),
                ts=ts,
                order_id=order_id or self.order(role, symbol),
                symbol=symbol,
                request_id="",
                reason="",
                by="",
            )
        )

    def replace(self, at, role, quantity=0, price=0, limit=0, symbol="SPX"):
        self.count += 1
        ts = round(at * SECOND)
        return self.send(
            ReplaceRequested(
                id=derive_id(ts, "replace", self.count),
                ts=ts,
                order_id=self.order(role, symbol),
                symbol=symbol,
                quantity=quantity,
                price=round(price * 1_000) * (CENT // 10),
                limit=nanos(limit),
                request_id="",
                reason="",
                by="",
            )
        )

    def timer(self, at):
        """A timer as the floor sends it: only when it is due."""
        due = self.core.next_due(self.state)
        assert due is not None
        if due <= round(at * SECOND):
            self.send(TimerDue(round(at * SECOND)))

    def change(self, state, at=0, flatten=False):
        self.count += 1
        return self.send(
            TradingStateChanged(
                id=derive_id(round(at * SECOND), "state", self.count),
                ts=round(at * SECOND),
                previous=self.state.trading,
                state=TradingState(state),
                command="test",
                request_id="",
                reason="",
                by="",
                flatten=flatten,
            )
        )

    def flatten(self, at):
        self.count += 1
        ts = round(at * SECOND)
        return self.send(
            FlattenRequested(id=derive_id(ts, "flatten", self.count), ts=ts, request_id="", reason="", by="")
        )

    def kill(self, at, policy="flatten", cancels_first=False):
        """What the journal writer does: the latch, and a cancel of everything that works."""
        self.count += 1
        ts = round(at * SECOND)
        working = [order for book in self.state.books.values() for order in book.orders.values()]
        killed = Killed(
            id=derive_id(ts, "kill", self.count),
            ts=ts,
            previous=self.state.trading,
            policy=KillPolicy(policy),
            request_id="",
            reason="",
            by="",
            canceled=len(working),
        )
        cancels = [
            OrderCanceled(
                id=derive_id(ts, killed.id, order.accepted.order_id),
                ts=ts,
                cause=killed.id,
                order_id=order.accepted.order_id,
                symbol=order.accepted.symbol,
                role=order.accepted.role,
                reason=Refusal.KILLED,
                remaining=order.rest,
            )
            for order in working
        ]
        out = []
        for event in [*cancels, killed] if cancels_first else [killed, *cancels]:
            out += self.send(event)
        return out

    def rearm(self, at):
        ts = round(at * SECOND)
        kill_id = self.state.kill.id
        out = self.send(
            Rearmed(
                id=derive_id(ts, "rearm", kill_id), ts=ts, kill_id=kill_id, request_id="", reason="", by=""
            )
        )
        return out + self.change(TradingState.STOPPED, at)

    def day(self, at, realised, fees, equity):
        ts = round(at * SECOND)
        return self.send(
            DayClosed(
                id=derive_id(ts, "day"),
                ts=ts,
                session=7,
                trades=0,
                wins=0,
                losses=0,
                realised=realised,
                fees=fees,
                equity_open=0,
                equity_close=equity,
                max_drawdown=0,
            )
        )

    def tell(self, story):
        """Play the verbs of a table's row."""
        for verb, *args in story:
            getattr(self, verb)(*args)

    # --- reading ----------------------------------------------------------------------------------

    @property
    def position(self):
        return self.state.portfolio.quantity("SPX")

    @property
    def fills(self):
        return [event for event in self.journal if isinstance(event, OrderFilled)]

    def said(self, kind):
        return [event for event in self.journal if isinstance(event, kind)]

    @property
    def lines(self):
        return [line for event in self.journal if (line := spoken(event))]

    def recovered(self, upto=None):
        """The state of an executor that starts from the journal and the prices its trades saw."""
        state = self.core.initial()
        for event in self.journal[:upto]:
            if isinstance(event, self.core.FOLDS):
                self.core.apply(state, event)
        since = open_since(state)
        seen = [price for price in self.prices if since and price.first_index >= since]
        for price in (*seen, *self.newest.values()):
            self.core.apply(state, price)
        return state

    def check_lifecycles(self):
        """Walk every order through the journal by the table; raises on a step it does not have."""
        statuses = {}
        for event in self.journal:
            if isinstance(event, OrderEvent):
                before = statuses.get(event.order_id, OrderStatus.APPROVED)
                statuses[event.order_id] = transition(before, event)
        return statuses


def money(value):
    return f"{value / NANOS:.2f}".removesuffix(".00")


def spoken(event):
    """One line per event the executor decides about orders; "" for the rest."""
    line = ""
    match event:
        case OrderAccepted(role=role, quantity=quantity, price=price):
            line = f"{role.value} works {quantity}" + (f" at {money(price)}" if price else "")
        case OrderRejected(reason=reason):
            line = f"rejected {reason.value}"
        case OrderTriggered():
            line = "triggered"
        case OrderReplaced(role=role, quantity=quantity, price=price):
            line = f"{role.value} now {quantity}" + (f" at {money(price)}" if price else "")
        case OrderRequestRefused(reason=reason):
            line = f"refused {reason.value}"
        case OrderFilled(role=role, side=side, quantity=quantity, price=price):
            line = f"{role.value} {side.value} {quantity} at {money(price)}"
        case SplitApplied(before=before, quantity=quantity, cash=cash):
            line = f"split {before:+} to {quantity:+}" + (f", {money(cash)} in cash" if cash else "")
        case DividendPaid(quantity=quantity, cash=cash):
            line = f"dividend on {quantity:+}: {money(cash)}"
        case OrderCanceled(role=role, reason=reason, remaining=remaining):
            line = f"{role.value} canceled {remaining} {reason.value}"
        case TradeClosed(direction=direction, quantity=quantity, net=net, exit_role=role):
            line = f"closed {direction.name} {quantity} by {role.value} net {money(net)}"
    return line


@pytest.fixture(scope="session")
def desk():
    """The desk's class: call it with the execution settings that the test is about."""
    return Desk
