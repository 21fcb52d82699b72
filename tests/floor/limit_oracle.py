"""Every limit, counted from events and prices alone at every prefix of a journal; knows nothing of the rooms.

Positions count at the last price, the rests of approved entries at what was set aside per unit, as of each
approval; there the decision must say the very same figures. Between approvals a position is held at what it
was counted with, so that what the market did meanwhile is no breach, and everything else is.
"""

from collections import Counter
from dataclasses import dataclass

from tradingfloor.actors import messages as m
from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.domain.money import format_nanos
from tradingfloor.actors.risk.limits import Limits
from tradingfloor.actors.types import NANOS, OrderRole

MINUTE = 60 * NANOS
CLASSES = {"15m": "INTRADAY", "1h": "SWING"}


@dataclass
class Entry:
    """An approved entry that may still fill."""

    approved: m.OrderApproved
    rest: int
    budget: int
    fees: int
    filled: bool = False

    @property
    def stake(self):
        return self.rest * (self.approved.reserved // self.approved.quantity)


@dataclass
class Held:
    """A position: its units, what they are counted with, and the class it was entered on."""

    units: int = 0
    stake: int = 0
    klass: str = ""


class LimitOracle:
    """``see`` takes in one event or price and judges the prefix that ends with it."""

    def __init__(self, limits: Limits, cash, multipliers, market="XNYS") -> None:
        self.limits, self.multipliers = limits, multipliers
        self.calendar = calendar(market, "America/New_York")
        self.cash = self.opening = self.peak = cash
        self.last, self.seen, self.close = {}, {}, {}
        self.entries, self.held = {}, {symbol: Held() for symbol in multipliers}
        self.trades, self.approvals, self.locks = Counter(), [], {}
        self.losses = []
        self.told = {}
        """Gate -> what the newest approving decision says is counted."""
        self.kill = b""

    def see(self, event) -> None:
        match event:
            case m.PriceUpdated():
                self.last[event.symbol], self.seen[event.symbol] = event.last, event.ts
            case m.TimeframeReported():
                self.close[event.symbol] = event.last_close
                self.peak = max(self.peak, self.booked)
            case m.DecisionMade(approved=True):
                self.told = {gate.gate: gate.value for gate in event.gates}
            case m.OrderApproved():
                self.approved(event)
            case m.OrderRejected():
                del self.entries[event.order_id]
            case m.OrderCanceled(role=OrderRole.ENTRY):
                self.entries.pop(event.order_id, None)
            case m.OrderAccepted():
                assert not self.kill or event.kill_id == self.kill
                assert event.reduce_only or event.order_id in self.entries
            case m.OrderFilled():
                self.filled(event)
            case m.TradeClosed():
                self.losses = [*self.losses, event.ts] if event.net < 0 else [] if event.net else self.losses
            case m.DayClosed():
                self.opening = event.equity_close
                self.peak = max(self.peak, event.equity_close)
                self.losses = [ts for ts in self.losses if ts > event.ts]
            case m.EntriesLocked():
                self.locks[event.lock] = event.until
            case m.Killed():
                self.kill = event.id
            case m.Rearmed():
                self.kill = b""
            case _:
                pass
        self.prefix()

    # --- what is counted ----------------------------------------------------------------------------

    @property
    def booked(self):
        """Equity at the last prices that the journal tells of."""
        return self.cash + sum(
            h.units * self.multipliers[s] * self.close[s] for s, h in self.held.items() if h.units
        )

    @property
    def equity(self):
        return self.cash + sum(
            h.units * self.multipliers[s] * self.last[s] for s, h in self.held.items() if h.units
        )

    def stakes(self):
        """(symbol, class, nanos) of everything at stake."""
        for symbol, held in self.held.items():
            if held.units:
                yield symbol, held.klass, held.stake
        for entry in self.entries.values():
            yield entry.approved.symbol, CLASSES[entry.approved.timeframe], entry.stake

    def session(self, ts):
        return (self.calendar.session_at(ts) or self.calendar.next_session(ts)).ordinal

    # --- events -------------------------------------------------------------------------------------

    def approved(self, e) -> None:
        limits, symbol = self.limits, e.symbol
        assert not self.kill
        assert not [lock for lock, until in self.locks.items() if e.ts < until]
        # One entry or position per symbol, and never long and short in one underlying.
        assert not self.held[symbol].units
        assert symbol not in {entry.approved.symbol for entry in self.entries.values()}
        unit = limits.underlying(symbol)
        signs = {entry.approved.side.sign for entry in self.entries.values() if self.same(entry, unit)}
        mine = [held for name, held in self.held.items() if held.units and limits.underlying(name) == unit]
        signs |= {1 if held.units > 0 else -1 for held in mine}
        assert signs <= {e.side.sign}
        for name, held in self.held.items():
            held.stake = abs(held.units) * self.multipliers[name] * self.last.get(name, 0)
        self.entries[e.id] = Entry(e, e.quantity, e.reserved, e.reserved_fees)
        self.approvals.append(e.ts)
        notional = e.quantity * e.reference * self.multipliers[symbol]
        assert e.reference == self.last[symbol]
        assert e.ts - self.seen[symbol] <= limits.max_price_age
        assert 0 < notional <= limits.max_notional
        assert notional <= e.reserved
        waiting = sum(not x.filled and x.approved.session <= e.session for x in self.entries.values())
        assert self.trades[e.session] + waiting <= limits.max_trades
        assert self.equity > self.opening - limits.max_loss
        assert not limits.max_drawdown or self.peak - self.equity < limits.max_drawdown
        assert not limits.max_losses or len(self.losses) < limits.max_losses
        exposure = sum(nanos for *_, nanos in self.stakes())
        # Fees that entries may still be charged are set aside as well.
        needed = exposure + sum(entry.fees for entry in self.entries.values())
        if limits.leverage:
            assert needed <= max(1, self.equity * limits.leverage // 1_000_000)
        self.agrees(
            daily_trades=self.trades[e.session] + waiting,
            total_exposure=format_nanos(exposure),
            open_positions=limits.max_positions and len({symbol for symbol, *_ in self.stakes()}),
            buying_power=limits.leverage and format_nanos(needed),
            order_rate=limits.max_orders and sum(e.ts - MINUTE < other for other in self.approvals),
            consecutive_losses=limits.max_losses and str(len(self.losses)),
        )

    def agrees(self, **counted) -> None:
        """The decision says what is counted here; 0 = the limit is off."""
        for gate, count in counted.items():
            assert not count or self.told[gate] == str(count), (gate, self.told[gate], count)

    def same(self, entry, underlying):
        return self.limits.underlying(entry.approved.symbol) == underlying

    def filled(self, e) -> None:
        assert not self.kill or (e.role is OrderRole.FLATTEN and e.kill_id == self.kill)
        held, before = self.held[e.symbol], self.held[e.symbol].units
        held.units += e.side.sign * e.quantity
        self.cash -= e.side.sign * e.quantity * e.price * self.multipliers[e.symbol] + e.fee
        self.close[e.symbol] = e.price
        if e.role is OrderRole.ENTRY:
            entry = self.entries[e.order_id]
            if not entry.filled:
                entry.filled = True
                self.trades[max(self.session(e.ts), entry.approved.session)] += 1
            held.klass = CLASSES[entry.approved.timeframe]
            held.stake += entry.stake // entry.rest * e.quantity
            entry.rest -= e.quantity
            entry.budget -= e.quantity * e.price * self.multipliers[e.symbol]
            assert entry.rest >= 0
            assert entry.budget >= 0
            entry.fees -= e.fee
            assert entry.fees >= 0
            if e.done:
                del self.entries[e.order_id]
        else:
            # An exit reduces, to flat at most.
            assert 0 <= held.units * (1 if before > 0 else -1) < abs(before)
            held.stake = held.stake * abs(held.units) // abs(before)
        self.peak = max(self.peak, self.booked)

    # --- every prefix -------------------------------------------------------------------------------

    def prefix(self) -> None:
        limits, total = self.limits, 0
        groups, classes, busy = Counter(), Counter(), set()
        for symbol, klass, nanos in self.stakes():
            total += nanos
            groups[limits.underlying(symbol)] += nanos
            classes[klass] += nanos
            busy.add(symbol)
        assert total <= limits.max_exposure
        assert not limits.max_underlying or max(groups.values(), default=0) <= limits.max_underlying
        assert all(classes[klass] <= most for klass, most in limits.max_class.items() if most)
        assert not limits.max_positions or len(busy) <= limits.max_positions
        assert max(self.trades.values(), default=0) <= limits.max_trades
        for ts in self.approvals[-3:] if limits.max_orders else ():
            assert sum(ts - MINUTE < other <= ts for other in self.approvals) <= limits.max_orders
