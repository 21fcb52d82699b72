"""What must hold of every journal, whatever happened: one fold per invariant (limits are in ``limits``).

Decides when a journal is wrong. Independent of the cores: these folds re-derive what they need from the
events alone. Knows no connection. Input: the journal's entries in sequence; output: per invariant how much
was checked and what was found. Money in nanos, exactly.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from tradingfloor.actors import messages as m
from tradingfloor.actors.domain.portfolio import Portfolio
from tradingfloor.actors.types import OrderRole, OrderType, TradingState

from .checks import Entry, EntryCheck, Facts
from .codec import KINDS


class CashIdentity(EntryCheck):
    """Cash is counted from the events alone, cost by the portfolio, profit as the executor told it."""

    name = "I1"
    title = "starting cash + realised - fees = cash + cost of positions, at every fill, split and dividend"

    watches = (m.EngineBooted, m.OrderFilled, m.SplitApplied, m.DividendPaid, m.AccountCompared)

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        accounts = {config.account_nanos for config in facts.configs.values()}
        self.start: int | None = accounts.pop() if len(accounts) == 1 else None
        """Starting cash; None while a journal of several accounts has not said which."""
        self.flow = 0
        """Cash less the starting cash."""
        self.profit = 0
        self.books = Portfolio(cash=0)

    def see(self, entry: Entry) -> None:
        """Book what moves money, or compare the executor's own cash."""
        e = entry.event
        if isinstance(e, m.EngineBooted):
            config = self.facts.configs.get(e.config)
            self.start = config.account_nanos if config is not None else None
        elif isinstance(e, m.OrderFilled):
            multiplier = self.facts.multipliers.get(e.symbol, 1)
            self.flow -= e.side.sign * e.quantity * e.price * multiplier + e.fee
            self.profit += e.realised - e.fee
            if e.quantity > 0:
                self.books.apply_fill(e.symbol, e.side, e.quantity, e.price, e.fee, multiplier)
            self._balance(entry.sequence)
        elif isinstance(e, m.SplitApplied):
            self.flow += e.cash
            self.profit += e.realised
            multiplier = self.facts.multipliers.get(e.symbol, 1)
            self.books.split(e.symbol, e.numerator, e.denominator, e.price, multiplier)
            self._balance(entry.sequence)
        elif isinstance(e, m.DividendPaid):
            due = self.books.quantity(e.symbol) * e.amount * self.facts.multipliers.get(e.symbol, 1)
            self.flow += e.cash
            self.profit += due
            self._balance(entry.sequence)
        elif isinstance(e, m.AccountCompared) and self.start is not None:
            off = e.cash - self.start - self.flow
            self.expect(off == 0, entry.sequence, f"the executor's cash is off by {off} nanos")

    def _balance(self, sequence: int) -> None:
        cost = sum(held.cost for held in self.books.positions.values())
        off = self.flow + cost - self.profit
        self.expect(off == 0, sequence, f"the books are off by {off} nanos")


class Fills(EntryCheck):
    """Executions against their orders, and positions against the executions."""

    name = "I2"
    title = "fills never exceed their order or its limit, come once, and with splits add up to the position"

    watches = (
        m.OrderApproved,
        m.OrderAccepted,
        m.OrderReplaced,
        m.OrderFilled,
        m.SplitApplied,
        m.DividendPaid,
        m.TradeClosed,
        m.PositionSnapshot,
    )

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self.ids: set[bytes] = set()
        self.approved: dict[bytes, int] = {}
        self.room: dict[bytes, int] = {}
        self.filled: dict[bytes, int] = {}
        self.entries: dict[bytes, int] = {}
        """What each entry may become at most."""
        self.types: dict[bytes, OrderType] = {}
        self.limits: dict[bytes, int] = {}
        """The worst price of each order that has one."""
        self.position: dict[str, int] = {}

    def see(self, entry: Entry) -> None:
        """Count an order's room and a symbol's position."""
        e, n = entry.event, entry.sequence
        if isinstance(e, m.OrderApproved):
            self.approved[e.id] = e.quantity
        elif isinstance(e, m.OrderAccepted):
            allowed = self.approved.pop(e.order_id, e.quantity)
            self.expect(e.quantity <= allowed, n, f"order {e.order_id.hex()} works more than was approved")
            self.room[e.order_id] = e.quantity
            if e.role is OrderRole.ENTRY:
                self.entries[e.order_id] = allowed
            self.types[e.order_id] = e.order_type
            self._limit(e)
        elif isinstance(e, m.OrderReplaced):
            grows = e.quantity > self.entries.get(e.order_id, e.quantity)
            self.expect(not grows, n, f"order {e.order_id.hex()} works more than was approved")
            self.room[e.order_id] = e.quantity - self.filled.get(e.order_id, 0)
            self._limit(e)
        elif isinstance(e, m.OrderFilled):
            self.expect(e.id not in self.ids, n, f"fill {e.id.hex()} came twice")
            self.ids.add(e.id)
            self.filled[e.order_id] = self.filled.get(e.order_id, 0) + e.quantity
            worse = e.side.sign * (e.price - self.limits.get(e.order_id, e.price))
            self.expect(worse <= 0, n, f"fill {e.id.hex()} is {worse} nanos beyond its limit")
            left = self.room.get(e.order_id, 0) - e.quantity
            self.room[e.order_id] = left
            self.expect(left >= 0 < e.quantity, n, f"order {e.order_id.hex()} is overfilled by {-left}")
            self.position[e.symbol] = self.position.get(e.symbol, 0) + e.side.sign * e.quantity
        elif isinstance(e, m.SplitApplied):
            held = self.position.get(e.symbol, 0)
            exact = Fraction(held * e.numerator, e.denominator)
            agrees = (e.before, e.quantity) == (held, int(exact))
            self.expect(agrees, n, f"{e.symbol} is split from {e.before} to {e.quantity}, it was {held}")
            self.position[e.symbol] = e.quantity
        elif isinstance(e, (m.TradeClosed, m.PositionSnapshot, m.DividendPaid)):
            told = 0 if isinstance(e, m.TradeClosed) else e.quantity
            held = self.position.get(e.symbol, 0)
            self.expect(told == held, n, f"{e.symbol} is told to be {told}, its fills add up to {held}")

    def _limit(self, e: m.OrderAccepted | m.OrderReplaced) -> None:
        match self.types.get(e.order_id):
            case OrderType.LIMIT:
                self.limits[e.order_id] = e.price
            case OrderType.STOP_LIMIT:
                self.limits[e.order_id] = e.limit
            case _:
                pass


class CauseChain(EntryCheck):
    """Who may follow from whom."""

    name = "I3"
    title = "every fill goes back to an order, an approval, an approved decision, a score and a signal"

    watches = (
        m.SignalRaised,
        m.SignalScored,
        m.DecisionMade,
        m.OrderApproved,
        m.OrderDenied,
        m.OrderAccepted,
        m.OrderRejected,
        m.OrderFilled,
        m.OrderCanceled,
        m.OrderReplaced,
        m.OrderRequestRefused,
        m.TradeClosed,
        m.SplitApplied,
        m.DividendPaid,
        m.Killed,
        m.FlattenRequested,
        m.ReductionRequested,
        m.CancelRequested,
        m.ReplaceRequested,
        m.TradingStateChanged,
    )

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self.links: dict[type[m.Event], set[bytes]] = {}
        self.approving: set[bytes] = set()
        self.orders: set[bytes] = set()
        self.filled: set[bytes] = set()

    def see(self, entry: Entry) -> None:
        """Look for what the event says it follows from, then remember it."""
        e, n = entry.event, entry.sequence
        rule = _CHAIN.get(type(e))
        if rule is not None:
            self.expect(rule(self, e), n, f"{entry.kind} {e.id.hex()} has nothing it may follow from")
        self.links.setdefault(type(e), set()).add(e.id)
        if isinstance(e, m.DecisionMade) and e.approved and e.reason is None:
            self.approving.add(e.id)
        elif isinstance(e, m.OrderAccepted):
            self.orders.add(e.order_id)
        elif isinstance(e, m.OrderFilled):
            self.filled.add(e.order_id)
        elif isinstance(e, m.TradingStateChanged) and not e.flatten:
            self.links[type(e)].discard(e.id)

    def knows(self, kind: type[m.Event], event_id: bytes) -> bool:
        """Whether an earlier event of that kind has the id."""
        return event_id in self.links.get(kind, ())

    def accepted(self, e: m.OrderAccepted) -> bool:
        """An entry follows from its approval, an exit from a filled entry, a flatten from a command.

        A split asks for a flatten that is under way anew, in new units.
        """
        match e.role:
            case OrderRole.ENTRY:
                return self.knows(m.OrderApproved, e.order_id)
            case OrderRole.STOP | OrderRole.TARGET:
                return e.parent_id in self.filled and self.knows(m.OrderApproved, e.parent_id)
            case OrderRole.FLATTEN:
                return any(self.knows(kind, e.cause) for kind in _FLATTENS)

    def replaced(self, e: m.OrderReplaced) -> bool:
        """New terms follow from a request, a fill that resized a leg, an ex-date, or the order: it trails."""
        caused = e.cause == e.order_id or any(self.knows(kind, e.cause) for kind in _REPLACES)
        return caused and e.order_id in self.orders

    def decided(self, e: m.DecisionMade) -> bool:
        """A decision follows from its score, and says what its gates say."""
        mask = sum(1 << bit for bit, gate in enumerate(e.gates) if gate.passed)
        agrees = mask == e.passed and e.approved == all(gate.passed for gate in e.gates)
        return agrees and self.knows(m.SignalScored, e.cause) and self.knows(m.SignalRaised, e.signal_id)


_FLATTENS = (m.Killed, m.FlattenRequested, m.ReductionRequested, m.TradingStateChanged, m.SplitApplied)
_REPLACES = (m.ReplaceRequested, m.OrderFilled, m.SplitApplied, m.DividendPaid)

_CHAIN: dict[type[m.Event], Callable[[CauseChain, Any], bool]] = {
    m.SignalScored: lambda c, e: e.cause == e.signal_id and c.knows(m.SignalRaised, e.signal_id),
    m.DecisionMade: CauseChain.decided,
    m.OrderApproved: lambda c, e: e.decision_id in c.approving and c.knows(m.SignalRaised, e.signal_id),
    m.OrderDenied: lambda c, e: c.knows(m.DecisionMade, e.decision_id) and e.decision_id not in c.approving,
    m.OrderAccepted: CauseChain.accepted,
    m.OrderRejected: lambda c, e: c.knows(m.OrderApproved, e.order_id),
    m.OrderFilled: lambda c, e: e.order_id in c.orders,
    m.OrderCanceled: lambda c, e: e.order_id in c.orders or c.knows(m.OrderApproved, e.order_id),
    m.OrderReplaced: CauseChain.replaced,
    m.OrderRequestRefused: lambda c, e: (
        c.knows(m.CancelRequested, e.cause) or c.knows(m.ReplaceRequested, e.cause)
    ),
    m.TradeClosed: lambda c, e: e.entry_order in c.filled,
}


class KillHolds(EntryCheck):
    """Between Killed and Rearmed only the flattening of that very kill goes on."""

    name = "I4"
    title = "after a kill nothing but its own flattening happens until it is rearmed"

    watches = (
        m.Killed,
        m.Rearmed,
        m.OrderApproved,
        m.OrderAccepted,
        m.OrderReplaced,
        m.OrderFilled,
        m.TradingStateChanged,
    )

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self.kill = b""

    def see(self, entry: Entry) -> None:
        """Follow the latch; judge whatever happens under it."""
        e, n = entry.event, entry.sequence
        if isinstance(e, m.Killed):
            self.expect(not self.kill, n, "killed while killed")
            self.kill = e.id
        elif isinstance(e, m.Rearmed):
            self.expect(e.kill_id == self.kill, n, "rearmed with another kill id")
            self.kill = b""
        elif not self.kill:
            return
        elif isinstance(e, m.OrderApproved):
            self.expect(False, n, "an entry was approved while killed")
        elif isinstance(e, m.OrderAccepted):
            own = e.reduce_only and e.kill_id == self.kill
            self.expect(own, n, f"{e.role.value} order {e.order_id.hex()} began to work while killed")
        elif isinstance(e, m.OrderReplaced):
            self.expect(False, n, f"{e.role.value} order {e.order_id.hex()} was changed while killed")
        elif isinstance(e, m.OrderFilled):
            own = e.role is OrderRole.FLATTEN and e.kill_id == self.kill
            self.expect(own, n, f"{e.role.value} order {e.order_id.hex()} was filled while killed")
        elif isinstance(e, m.TradingStateChanged):
            self.expect(e.state is TradingState.KILLED, n, f"{e.state.value} while killed")


class JournalOrder(EntryCheck):
    """The journal's own order, and that each row is what its body says."""

    name = "I5"
    title = "sequences have no gap, epochs never go down, each row is what its body says"

    watches = tuple(KINDS.values())

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self.last = 0
        self.epochs: dict[str, int] = {}

    def see(self, entry: Entry) -> None:
        """Compare with the entry before, and the row with its body."""
        n, e = entry.sequence, entry.event
        newest = self.epochs.get(entry.actor, 0)
        self.checked += 3
        # Words are made only when needed: this check sees every event of the journal.
        if n != self.last + 1:
            self.fail(n, f"follows {self.last}")
        if entry.epoch < newest:
            self.fail(n, f"{entry.actor} epoch {entry.epoch} after {newest}")
        if (entry.id, entry.ts, entry.cause, entry.symbol) != (e.id, e.ts, e.cause, getattr(e, "symbol", "")):
            self.fail(n, "row and body differ")
        self.last = n
        self.epochs[entry.actor] = max(newest, entry.epoch)

    def unreadable(self, sequence: int, error: Exception) -> None:
        """An entry whose body is no event: it breaks the order and no other check can see it."""
        self.expect(False, sequence, f"the body cannot be read: {error}")
        self.last = sequence
