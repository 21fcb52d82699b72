"""The limits that must hold at every prefix of the journal: trades a day, position size, exposure.

Decides from approvals, fills and the configuration each approval names whether risk kept its word. Positions
count at the last price, which only risk saw: its own figure is taken from the exposure gate, and must cover
all reservations counted here. Price moves after an approval are no breach. Knows no connection.
"""

import msgspec

from tradingfloor.actors import messages as m
from tradingfloor.actors.domain.money import parse_decimal
from tradingfloor.actors.types import OrderRole

from .checks import Entry, EntryCheck, Facts

EXPOSURE_GATE = "total_exposure"


class _Reserved(msgspec.Struct):
    """An approved entry that may still fill."""

    session: int
    remaining: int
    unit: int
    """Nanos set aside per unit."""
    budget: int
    """What all its fills together may cost."""
    filled: bool = False


class Limits(EntryCheck):
    """Counts what is at risk as each approval is given, and what each entry really costs."""

    name = "I6"
    title = "daily trades, position size and total exposure keep to the configured limits"
    watches = (m.DecisionMade, m.OrderApproved, m.OrderRejected, m.OrderCanceled, m.OrderFilled)

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self.reserved: dict[bytes, _Reserved] = {}
        self.trades: dict[int, int] = {}
        """Filled entries by session."""
        self.exposure: dict[bytes, int] = {}
        """By approved decision, as its gate told it; nanos."""

    def see(self, entry: Entry) -> None:
        """Follow what is reserved and filled."""
        e, n = entry.event, entry.sequence
        match e:
            case m.DecisionMade(approved=True, reason=None):
                for gate in e.gates:
                    if gate.gate == EXPOSURE_GATE and gate.value is not None:
                        self.exposure[e.id] = parse_decimal(gate.value)
            case m.OrderApproved():
                self._approved(e, n)
            case m.OrderRejected() | m.OrderCanceled():
                self.reserved.pop(e.order_id, None)
            case m.OrderFilled(role=OrderRole.ENTRY):
                self._filled(e, n)
            case _:
                pass

    def _approved(self, e: m.OrderApproved, n: int) -> None:
        config = self.facts.configs.get(e.config)
        self.expect(config is not None, n, f"config {e.config} is not stored or cannot be read")
        self.reserved[e.id] = _Reserved(e.session, e.quantity, e.reserved // max(1, e.quantity), e.reserved)
        if config is None:
            return
        risk = config.risk
        notional = e.quantity * e.reference * self.facts.multipliers.get(e.symbol, 1)
        self.expect(notional <= risk.max_position_nanos, n, f"{e.symbol}: position of {notional} nanos")
        # One that waits since an earlier session may still fill in this one.
        waiting = sum(1 for r in self.reserved.values() if r.session <= e.session and not r.filled)
        trades = self.trades.get(e.session, 0) + waiting
        self.expect(trades <= risk.max_daily_trades, n, f"trade {trades} of session {e.session}")
        told = self.exposure.pop(e.decision_id, None)
        held = sum(r.remaining * r.unit for r in self.reserved.values())
        within = told is not None and held <= told <= risk.max_exposure_nanos
        self.expect(within, n, f"exposure of {told} nanos as decided, {held} in reservations alone")

    def _filled(self, e: m.OrderFilled, n: int) -> None:
        order = self.reserved.get(e.order_id)
        if order is None:
            return
        order.budget -= e.quantity * e.price * self.facts.multipliers.get(e.symbol, 1)
        self.expect(order.budget >= 0, n, f"fill costs {-order.budget} nanos more than was reserved")
        order.remaining -= e.quantity
        if not order.filled:
            order.filled = True
            self.trades[order.session] = self.trades.get(order.session, 0) + 1
        if e.done:
            del self.reserved[e.order_id]
