"""What the executor knows: cash and positions, the books of each symbol, and the state of the floor.

Decides how each message of the executor's folds changes that; never raises on a journaled event. Knows
no model, no id and no clock. Input: events and prices; output: the state, changed in place, and a
snapshot of it for people.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from ..domain.fees import FeeLedger, Fees
from ..domain.instruments import Instrument
from ..domain.portfolio import Portfolio
from ..messages import (
    DayClosed,
    DividendPaid,
    Killed,
    Message,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderTriggered,
    PriceUpdated,
    Rearmed,
    SplitApplied,
    TradingStateChanged,
)
from ..status import PositionStatus
from ..types import KillPolicy, OrderRole, TradingState
from . import charges
from .books import Book, book_fill, book_order
from .marks import book_dividend, book_price, book_split


class ExecutorState(msgspec.Struct):
    """Everything the executor decides from."""

    portfolio: Portfolio
    books: dict[str, Book] = {}
    answered: set[bytes] = set()
    """Approved orders that were accepted or rejected; they are never answered twice."""
    trading: TradingState = TradingState.STOPPED
    kill: Killed | None = None
    day_realised: int = 0
    """Sum over all day rows; what the portfolio has beyond it belongs to the open session."""
    day_fees: int = 0
    ledger: FeeLedger = msgspec.field(default_factory=FeeLedger)
    """What the fees of the next fills depend on."""

    def book(self, symbol: str) -> Book:
        """The symbol's book, opened when it is new (a position of a former configuration)."""
        found = self.books.get(symbol)
        if found is None:
            found = self.books[symbol] = Book(symbol)
        return found

    def prices(self) -> dict[str, int]:
        """The newest price of every symbol that has one."""
        return {symbol: book.price for symbol, book in self.books.items() if book.price}

    def flatten_owed(self, symbol: str) -> Killed | None:
        """The kill that wants this symbol flat and has no order for it yet.

        Asked at every price too, not only when the kill arrives: a recovered executor hears of an
        old kill from its fold alone.
        """
        kill = self.kill
        if kill is None or kill.policy is not KillPolicy.FLATTEN or not self.portfolio.quantity(symbol):
            return None
        return None if self.books[symbol].flattening else kill


class ExecutorSnapshot(msgspec.Struct, frozen=True):
    """The executor's books at one moment, marked at the newest prices; money in nanos."""

    state: TradingState
    cash: int
    equity: int
    realised: int
    fees: int
    positions: tuple[PositionStatus, ...]
    pending: tuple[str, ...]
    """In words, what a flatten still waits for, e.g. ``SPX long 4 waits for the next price``."""
    working: tuple[tuple[str, str, str, int], ...]
    """(symbol, role, side, units left) of every working order."""


def snapshot(state: ExecutorState, instruments: Mapping[str, Instrument]) -> ExecutorSnapshot:
    """The state in the words of the status; changes nothing."""
    multipliers = {symbol: listed.multiplier for symbol, listed in instruments.items()}
    positions, pending, working = [], [], []
    for symbol, book in state.books.items():
        working += [
            (symbol, order.accepted.role.value, order.accepted.side.value, order.rest)
            for order in book.orders.values()
        ]
        held = state.portfolio.positions.get(symbol)
        if held is None:
            continue
        multiplier = multipliers.get(symbol, 1)
        last = book.price or held.average(multiplier)
        unit = instruments[symbol].unit if symbol in instruments else ""
        gain = held.unrealised(last, multiplier)
        positions.append(
            PositionStatus(
                symbol=symbol, quantity=held.quantity, cost=held.cost, last=last, unrealised=gain, unit=unit
            )
        )
        if book.flattening or state.flatten_owed(symbol) is not None:
            way = "long" if held.quantity > 0 else "short"
            pending.append(f"{symbol} {way} {abs(held.quantity)} waits for the next price")
    return ExecutorSnapshot(
        state=state.trading,
        cash=state.portfolio.cash,
        equity=state.portfolio.equity(state.prices(), multipliers),
        realised=state.portfolio.realised,
        fees=state.portfolio.fees,
        positions=tuple(positions),
        pending=tuple(pending),
        working=tuple(working),
    )


def open_since(state: ExecutorState) -> int:
    """The tape index from which on prices belong to a trade that is still open; 0 = none is."""
    return min((book.trade.since for book in state.books.values() if book.trade is not None), default=0)


# --- folds of the whole state -----------------------------------------------------------------------


def fold_price(state: ExecutorState, event: PriceUpdated) -> None:
    """Remember the newest price; it may widen what the open trade has seen."""
    book_price(state.book(event.symbol), event)


def fold_accepted(state: ExecutorState, event: OrderAccepted) -> None:
    """An order works."""
    if event.role is OrderRole.ENTRY:
        state.answered.add(event.order_id)
    book_order(state.book(event.symbol), event)


def fold_rejected(state: ExecutorState, event: OrderRejected) -> None:
    """An approval was refused by the venue."""
    state.answered.add(event.order_id)


def fold_triggered(state: ExecutorState, event: OrderTriggered) -> None:
    """A stop became a market order."""
    book_order(state.book(event.symbol), event)


def fold_replaced(state: ExecutorState, event: OrderReplaced) -> None:
    """An order has new terms."""
    book_order(state.book(event.symbol), event)


def fold_canceled(state: ExecutorState, event: OrderCanceled) -> None:
    """An order is over; an approval that a kill cancelled before it was answered needs no answer."""
    if event.role is OrderRole.ENTRY:
        state.answered.add(event.order_id)
    state.ledger.forget(event.order_id)
    book_order(state.book(event.symbol), event)


def fold_filled(state: ExecutorState, event: OrderFilled, multiplier: int, fees: Fees) -> None:
    """Money and units moved."""
    effect = state.portfolio.effect(event.symbol, event.side, event.quantity, event.price, multiplier)
    charges.book(state.ledger, fees, event, effect, multiplier)
    book_fill(state.book(event.symbol), state.portfolio, event, multiplier)


def fold_split(state: ExecutorState, event: SplitApplied, multiplier: int) -> None:
    """Units and prices of a symbol are new ones."""
    book_split(state.book(event.symbol), state.portfolio, event, multiplier)


def fold_dividend(state: ExecutorState, event: DividendPaid, multiplier: int) -> None:
    """Money moved."""
    book_dividend(state.book(event.symbol), state.portfolio, event, multiplier)


def fold_state(state: ExecutorState, event: TradingStateChanged) -> None:
    """The floor changed state; under a latched kill only Rearmed leads on."""
    if state.kill is None:
        state.trading = event.state


def fold_killed(state: ExecutorState, event: Killed) -> None:
    """Latched: every order that is not of this kill is over, with or without its cancel at hand."""
    state.kill = event
    state.trading = TradingState.KILLED
    for book in state.books.values():
        book.orders = {
            order_id: order for order_id, order in book.orders.items() if order.accepted.kill_id == event.id
        }


def fold_rearmed(state: ExecutorState, event: Rearmed) -> None:  # noqa: ARG001  there is one latch
    """The latch is open; flatten orders of the kill that still wait go on working."""
    state.kill = None
    state.trading = TradingState.STOPPED


def fold_day(state: ExecutorState, event: DayClosed) -> None:
    """A session is accounted for. A sum, not a reset: fills of the next one may be folded before it."""
    state.day_realised += event.realised
    state.day_fees += event.fees


FOLDS: dict[type[Message], Callable[[ExecutorState, Any], None]] = {
    PriceUpdated: fold_price,
    OrderAccepted: fold_accepted,
    OrderRejected: fold_rejected,
    OrderTriggered: fold_triggered,
    OrderReplaced: fold_replaced,
    OrderCanceled: fold_canceled,
    TradingStateChanged: fold_state,
    Killed: fold_killed,
    Rearmed: fold_rearmed,
    DayClosed: fold_day,
}
"""By event; what moves money is left to the core, which knows the multiplier."""
