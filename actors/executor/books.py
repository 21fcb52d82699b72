"""One symbol's books: its working orders, its open trade, and how each order event changes them.

Decides the bookkeeping, which never raises on a journaled event. Knows no model, no id, no floor state
and no clock. A ``Draft`` is a copy: what is decided on a price is booked there at once, by the same
functions, and the books themselves stay untouched. Money is int nanos, quantities int units.
"""

import msgspec
from msgspec.structs import replace

from ..domain.corporate_actions import CorporateAction
from ..domain.fees import FeeLedger, Fees
from ..domain.portfolio import FillEffect, Portfolio, Position
from ..messages import (
    Event,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderTriggered,
    PriceUpdated,
)
from ..types import Direction, OrderRole, OrderStatus, OrderType, Side, TimeInForce
from .orders import LIFECYCLE, OrderEvent, step_of, transition

_ANY = 1 << 62
"""Beyond every price."""


class WorkingOrder(msgspec.Struct, frozen=True):
    """One order that may still fill."""

    accepted: OrderAccepted
    """As it was accepted, with the terms of its last replacement."""
    status: OrderStatus = OrderStatus.WORKING
    filled: int = 0
    spent: int = 0
    """Notional of its fills, nanos."""
    fills: int = 0
    """Fills so far: the number of the next attempt, for every attempt fills something."""
    triggered: bool = False
    """A stop that was touched: a market order now, a stop-limit a limit order."""
    bracketed: bool = False
    """An entry whose stop and target are at work."""
    below: int = _ANY
    """It sleeps through an update whose low is above this and whose high is below ``above``."""
    above: int = -_ANY

    @property
    def rest(self) -> int:
        """Units that are not filled."""
        return self.accepted.quantity - self.filled

    @property
    def is_limit(self) -> bool:
        """Whether it rests at its limit."""
        kind = self.accepted.order_type
        return kind is OrderType.LIMIT or (kind is OrderType.STOP_LIMIT and self.triggered)

    @property
    def limit(self) -> int:
        """The worst price it may fill at, nanos; 0 = any."""
        accepted = self.accepted
        return accepted.price if accepted.order_type is OrderType.LIMIT else accepted.limit

    @property
    def is_stop(self) -> bool:
        """Whether it waits for the touch of its stop."""
        return self.accepted.order_type in _STOPS and not self.triggered


_STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})


def working(order: WorkingOrder) -> WorkingOrder:
    """The order with the prices between which it sleeps."""
    accepted, below, above = order.accepted, _ANY, -_ANY
    if accepted.time_in_force is not TimeInForce.IOC:
        buys = accepted.side is Side.BUY
        never = -_ANY if buys else _ANY
        if order.is_limit:
            below, above = (order.limit, _ANY) if buys else (-_ANY, order.limit)
        elif order.is_stop:
            # A trailing stop wakes on the other side too, where its level would move.
            trails = accepted.order_type is OrderType.TRAILING_STOP
            back = accepted.price - accepted.side.sign * accepted.trail if trails else never
            below, above = (back, accepted.price) if buys else (accepted.price, back)
    return replace(order, below=below, above=above)


class Trade(msgspec.Struct, frozen=True):
    """A round trip: from flat through a position towards flat again. Money in nanos."""

    direction: Direction
    entry_ts: int
    entry_order: bytes
    signal_id: bytes
    peak: int = 0
    """Largest position held, units."""
    entered: int = 0
    entered_value: int = 0
    """Sum of units x price, without multiplier."""
    exited: int = 0
    exited_value: int = 0
    realised: int = 0
    fees: int = 0
    low: int = 0
    """Lowest price seen while it was open, its own fills included."""
    high: int = 0
    since: int = 0
    """Tape index of the price it was entered on."""

    @property
    def excursions(self) -> tuple[int, int]:
        """Largest move from the mean entry price in favour and against, nanos of the price, >= 0."""
        entry = self.entered_value // self.entered
        up, down = max(0, self.high - entry), max(0, entry - self.low)
        return (up, down) if self.direction > 0 else (down, up)


class Book(msgspec.Struct):
    """One symbol: its newest price, its working orders in order of acceptance, its open trade."""

    symbol: str
    price: int = 0
    """Newest price seen; 0 = none yet."""
    orders: dict[bytes, WorkingOrder] = {}
    trade: Trade | None = None
    newest: PriceUpdated | None = None
    """The newest update; what it says about the trade counts once the next one finds it still open."""
    applied: tuple[CorporateAction, ...] = ()
    """Splits and dividends booked since the trade began: prices from before them are told in old units."""

    @property
    def flattening(self) -> bool:
        """Whether an order that closes the whole position is at work."""
        return any(order.accepted.role is OrderRole.FLATTEN for order in self.orders.values())


class Draft:
    """A copy of one symbol's books and the events decided on it so far."""

    __slots__ = (
        *("acted", "book", "fees", "ledger", "multiplier", "out", "portfolio", "symbol", "taken", "tick"),
    )

    def __init__(
        self, book: Book, held: Position | None, tick: int, multiplier: int, fees: Fees, ledger: FeeLedger
    ) -> None:
        self.symbol = book.symbol
        self.tick = tick
        self.multiplier = multiplier
        self.fees = fees
        self.ledger = ledger.copy()
        self.out: list[Event] = []
        self.acted: set[bytes] = set()
        """Orders that filled or were triggered on the update at hand."""
        self.taken = 0
        """Units filled on it, all orders together."""
        self.book = Book(book.symbol, book.price, dict(book.orders), book.trade, book.newest)
        self.portfolio = Portfolio(0, 0, 0, {} if held is None else {book.symbol: held})

    @property
    def position(self) -> int:
        """Signed units, with everything decided so far."""
        return self.portfolio.quantity(self.symbol)

    def working(self, order_id: bytes) -> WorkingOrder | None:
        """The order as it stands now; None when it is over."""
        return self.book.orders.get(order_id)

    def emit(self, event: OrderEvent) -> Trade | None:
        """Decide an event about an order; returns the trade that it ended.

        Raises IllegalTransition when the order's status does not allow it.
        """
        order = self.book.orders.get(event.order_id)
        transition(order.status if order is not None else OrderStatus.APPROVED, event)
        self.out.append(event)
        if isinstance(event, OrderFilled):
            return book_fill(self.book, self.portfolio, event, self.multiplier)
        book_order(self.book, event)
        return None


def book_order(
    book: Book, event: OrderAccepted | OrderRejected | OrderTriggered | OrderReplaced | OrderCanceled
) -> None:
    """Fold an order's event that moves no money; about an order that is over it changes nothing."""
    if isinstance(event, OrderAccepted):
        book.orders[event.order_id] = working(WorkingOrder(event))
        parent = book.orders.get(event.parent_id)
        if parent is not None:
            book.orders[event.parent_id] = replace(parent, bracketed=True)
        return
    order = book.orders.get(event.order_id)
    if order is None:
        return
    if isinstance(event, OrderTriggered):
        status = LIFECYCLE.get((order.status, step_of(event)), order.status)
        book.orders[event.order_id] = working(replace(order, status=status, triggered=True))
    elif isinstance(event, OrderReplaced):
        terms = replace(
            order.accepted,
            quantity=event.quantity,
            price=event.price,
            limit=event.limit,
            active_ts=event.active_ts,
            trail=event.trail or order.accepted.trail,
        )
        book.orders[event.order_id] = working(replace(order, accepted=terms))
    else:
        del book.orders[event.order_id]


def book_fill(book: Book, portfolio: Portfolio, event: OrderFilled, multiplier: int) -> Trade | None:
    """Fold a fill into positions, order and trade; returns the trade that it ended.

    The money is booked even when the order is unknown: the journal says that it moved.
    """
    effect = portfolio.apply_fill(
        event.symbol, event.side, event.quantity, event.price, event.fee, multiplier
    )
    order = book.orders.get(event.order_id)
    if order is not None:
        if event.done:
            del book.orders[event.order_id]
        else:
            book.orders[event.order_id] = replace(
                order,
                status=LIFECYCLE.get((order.status, step_of(event)), order.status),
                filled=order.filled + event.quantity,
                spent=order.spent + event.quantity * event.price * multiplier,
                fills=order.fills + 1,
            )
    signal_id = order.accepted.signal_id if order is not None else b""
    before = book.trade
    book.trade, ended = _traded(before, event, effect, signal_id)
    if book.trade is not None and (before is None or ended is not None):
        book.applied = ()
    return ended


def _traded(
    trade: Trade | None, event: OrderFilled, effect: FillEffect, signal_id: bytes
) -> tuple[Trade | None, Trade | None]:
    """The open trade after a fill, and the one it ended; a fill through flat does both."""
    ended = None
    closing_fee = event.fee * effect.closed // event.quantity
    if trade is not None and effect.closed:
        trade = replace(
            trade,
            exited=trade.exited + effect.closed,
            exited_value=trade.exited_value + effect.closed * event.price,
            realised=trade.realised + effect.realised,
            fees=trade.fees + closing_fee,
            low=min(trade.low, event.price),
            high=max(trade.high, event.price),
        )
        if effect.opened or not effect.quantity:
            trade, ended = None, trade
    if effect.opened:
        if trade is None:
            trade = Trade(
                Direction(event.side.sign),
                event.ts,
                event.order_id,
                signal_id,
                low=event.price,
                high=event.price,
                since=event.last_index,
            )
        trade = replace(
            trade,
            peak=max(trade.peak, abs(effect.quantity)),
            entered=trade.entered + effect.opened,
            entered_value=trade.entered_value + effect.opened * event.price,
            fees=trade.fees + event.fee - closing_fee,
            low=min(trade.low, event.price),
            high=max(trade.high, event.price),
        )
    return trade, ended


def belongs(order: WorkingOrder, trade: Trade) -> bool:
    """Whether an order has no reason to live once the trade is over: its exits and what filled it."""
    accepted = order.accepted
    if accepted.reduce_only:
        return accepted.side.sign == -trade.direction
    return accepted.role is OrderRole.ENTRY and order.filled > 0 and accepted.side.sign == trade.direction
