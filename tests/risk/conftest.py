"""A risk core on a desk of its own: everything it would hear, fed by hand, everything it says, kept."""

import copy
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from tradingfloor.actors.config import Config
from tradingfloor.actors.domain.ids import derive_id
from tradingfloor.actors.domain.instruments import instrument
from tradingfloor.actors.messages import (
    EvidenceChanged,
    OrderApproved,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    PriceUpdated,
    QuoteUpdated,
    SignalRaised,
    TimeframeReported,
    TimerDue,
    TradeClosed,
    TradingStateChanged,
)
from tradingfloor.actors.risk.core import RiskCore
from tradingfloor.actors.runtime.core import run_deciding
from tradingfloor.actors.types import NANOS, Direction, OrderRole, Refusal, Side, TradingState

NEW_YORK = ZoneInfo("America/New_York")
FAMILIES = {"bos": "structure", "choch": "structure", "fvg": "imbalance", "sweep": "liquidity"}


def at(text: str) -> int:
    """New York wall clock as ns UTC, e.g. ``2024-01-08 10:15``."""
    return round(datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).timestamp()) * NANOS


def money(amount: float) -> int:
    return round(amount * NANOS)


class Desk:
    """Feeds one core and keeps the journal that a recovery would fold."""

    def __init__(self, config: Config, actors, tape_timeframes=None, instruments=None, guests=None) -> None:
        self.config = config
        names = dict.fromkeys(symbol for symbol, _ in actors)
        self.core = RiskCore(
            config,
            instruments or {name: instrument(name, config.instruments.get(name)) for name in names},
            actors,
            "tape",
            tape_timeframes or {},
            guests,
        )
        self.actors = list(actors)
        self.state = self.core.initial()
        self.journal = []
        self.newest = {}
        self.now = self.serial = 0

    def feed(self, message, now=None):
        """One step; the foreign event is journaled before what risk made of it."""
        self.now = max(self.now, getattr(message, "ts", 0) if now is None else now)
        if isinstance(message, (PriceUpdated, QuoteUpdated)):
            self.newest[type(message), message.symbol] = message
        elif isinstance(message, self.core.FOLDS):
            self.journal.append(message)
        outputs = list(run_deciding(self.core, self.state, message, self.now))
        self.journal += outputs
        return outputs

    def recovered(self):
        """The state a restart would build."""
        state = self.core.initial()
        for event in self.journal:
            if isinstance(event, self.core.FOLDS):
                self.core.apply(state, event)
        for observed in self.newest.values():
            self.core.apply(state, observed)
        return state

    def fresh_id(self, ts):
        self.serial += 1
        return derive_id(ts, "test", self.serial)

    def start(self, ts=0, state=TradingState.RUNNING):
        return self.feed(
            TradingStateChanged(
                id=self.fresh_id(ts),
                ts=ts,
                previous=self.state.trading,
                state=state,
                command="Start",
                request_id="r",
                reason="",
                by="",
            )
        )

    def price(self, last, ts, symbol="SPX", start=None):
        nanos = money(last)
        return self.feed(
            PriceUpdated(
                symbol=symbol,
                ts=ts,
                start=ts if start is None else start,
                first=nanos,
                high=nanos,
                low=nanos,
                last=nanos,
                volume=1,
                count=1,
                first_index=1,
                last_index=1,
                opens=start is None,
            )
        )

    def quote(self, bid, ask, ts, symbol="SPX"):
        return self.feed(QuoteUpdated(symbol, ts, money(bid), money(ask)))

    def signal(self, ts, symbol="SPX", timeframe="15m", direction=Direction.LONG, **fields):
        """A full-strength signal at twice the volume, its bracket ten points around an entry of 100."""
        entry = fields.pop("entry", 100.0)
        reach = fields.pop("reach", 10.0) * direction
        kind = fields.get("kind", "choch")
        values = {
            "detector": "bos",
            "kind": kind,
            "family": FAMILIES.get(kind, "sequence"),
            "origin_bar": 0,
            "bar": 100,
            "stop": money(entry - reach),
            "target": money(entry + reach),
            "top": money(entry),
            "bottom": money(entry),
            "strength": 10.0,
            "volume_ratio": 2.0,
            "first_index": 1,
            "last_index": 1,
            "config": "c",
        } | fields
        return SignalRaised(
            id=self.fresh_id(ts),
            ts=ts,
            symbol=symbol,
            timeframe=timeframe,
            direction=direction,
            entry=money(entry),
            **values,
        )

    def report(self, ts, symbol="SPX", timeframe="15m", signals=(), now=None, **fields):
        """The signals, then the report that carries them; returns what risk said to the report."""
        for signal in signals:
            self.feed(signal, now)
        changes = tuple(EvidenceChanged(i, factor) for i, factor in fields.pop("changes", ()))
        values = {
            "bar": 100,
            "bias": 1,
            "period_open": money(99),
            "last_close": money(100),
            "warm": True,
            "bars_known": 200,
            "base_closed": True,
        } | fields
        return self.feed(
            TimeframeReported(
                id=self.fresh_id(ts),
                ts=ts,
                symbol=symbol,
                timeframe=timeframe,
                signals=tuple(signal.id for signal in signals),
                changes=changes,
                **values,
            ),
            now,
        )

    def bars_close(self, ts, *signals, now=None, symbol=None, **fields):
        """All signal actors answer one instant; returns everything risk said."""
        said = []
        for owner, timeframe in self.actors:
            if symbol in {None, owner}:
                mine = [s for s in signals if (s.symbol, s.timeframe) == (owner, timeframe)]
                said += self.report(ts, owner, timeframe, mine, now, **fields)
        return said

    def timer(self, now):
        return self.feed(TimerDue(now), now)

    def order(self):
        """The newest approved order."""
        return next(event for event in reversed(self.journal) if isinstance(event, OrderApproved))

    def fill(self, order, price, ts, quantity=None, *, role=OrderRole.ENTRY, fee=0.0, done=True):
        """An entry fill of the order, or an exit fill of its position."""
        side = order.side
        if role is not OrderRole.ENTRY:
            side = Side.SELL if side is Side.BUY else Side.BUY
        return self.feed(
            OrderFilled(
                id=self.fresh_id(ts),
                ts=ts,
                order_id=order.id if role is OrderRole.ENTRY else b"exit" + order.id[4:],
                symbol=order.symbol,
                role=role,
                side=side,
                quantity=quantity or order.quantity,
                price=money(price),
                fee=money(fee),
                realised=0,
                done=done,
                range_low=money(price),
                range_high=money(price),
                raw_price=money(price),
                model="none",
                first_index=1,
                last_index=1,
            )
        )

    def reject(self, order, ts):
        return self.feed(
            OrderRejected(
                id=self.fresh_id(ts), ts=ts, order_id=order.id, symbol=order.symbol, reason=Refusal.KILLED
            )
        )

    def cancel(self, order, ts, remaining=1):
        return self.feed(
            OrderCanceled(
                id=self.fresh_id(ts),
                ts=ts,
                order_id=order.id,
                symbol=order.symbol,
                role=OrderRole.ENTRY,
                reason=Refusal.KILLED,
                remaining=remaining,
            )
        )

    def trade_closed(self, order, ts, net):
        return self.feed(
            TradeClosed(
                id=self.fresh_id(ts),
                ts=ts,
                symbol=order.symbol,
                direction=Direction.LONG,
                quantity=1,
                entry_ts=ts,
                entry_price=1,
                exit_price=1,
                realised=money(net),
                fees=0,
                net=money(net),
                entry_order=order.id,
                exit_role=OrderRole.STOP,
                signal_id=b"",
            )
        )

    def snapshot(self):
        return copy.deepcopy(self.state)


def configured(config=None, **sections) -> Config:
    """A config with some fields of its sections replaced: ``risk={"max_daily_trades": 1}``."""
    config = config or Config()
    return msgspec.structs.replace(
        config,
        **{
            name: msgspec.structs.replace(getattr(config, name), **value)
            if isinstance(value, dict) and name not in {"instruments", "algorithm_config"}
            else value
            for name, value in sections.items()
        },
    )


at_fixture = pytest.fixture(name="at")(lambda: at)
money_fixture = pytest.fixture(name="money")(lambda: money)


@pytest.fixture
def new_desk():
    """A maker of desks: SPX on 15m and 1h unless told otherwise; keywords replace config sections.

    ``guests``: plug-in -> its kinds.
    """

    def make(actors=(("SPX", "15m"), ("SPX", "1h")), tape_timeframes=None, guests=None, **sections):
        return Desk(configured(**sections), actors, tape_timeframes, guests=guests)

    return make


@pytest.fixture
def desk(new_desk, at):
    """A running desk whose bars closed at 10:15 of a Monday with the price at 100."""
    desk = new_desk()
    desk.start()
    desk.price(100, at("2024-01-08 10:14:59"))
    return desk
