"""What each journaled event means for the tables: the rows that follow from it.

Decides the projected tables, row by row, as absolute upserts. Holds only what the next row needs (open
positions, orders that may still fill, active locks). Knows no connection but for loading itself. Input:
events in sequence; output: (statement, parameters). Executing ``STATEMENTS`` in their order, each over all
its rows of a commit, gives the same tables as executing the rows one by one.
"""

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec.structs import astuple

from tradingfloor.actors import messages as m
from tradingfloor.actors.domain.portfolio import Portfolio, Position
from tradingfloor.actors.types import EXPIRIES, OrderRole, OrderStatus

from . import statements as st
from .rows import LockRow, OrderRow, PositionRow, read, select
from .statements import PUT_LOCK, PUT_ORDER, PUT_POSITION, STATEMENTS, WORKING_ORDERS, Rows

__all__ = ["STATEMENTS", "WORKING_ORDERS", "Projection", "Rows"]

_FINAL = (OrderStatus.FILLED, OrderStatus.REJECTED, OrderStatus.CANCELED, OrderStatus.EXPIRED)


class Projection:
    """The fold from events to rows; one per store, fed every event in sequence exactly once."""

    def __init__(self, multipliers: Mapping[str, int] | None = None) -> None:
        """An empty store's projection; ``multipliers`` of symbols whose contract is not one unit."""
        self.portfolio = Portfolio(cash=0)
        self._multipliers = dict(multipliers or {})
        self._orders: dict[bytes, OrderRow] = {}
        self._positions: dict[str, PositionRow] = {}
        self._locks: dict[tuple[str, str], LockRow] = {}
        self._handlers: dict[type[m.Message], Callable[[Any, int], Rows]] = {
            m.SignalRaised: st.signal_raised,
            m.SignalScored: st.signal_scored,
            m.DecisionMade: st.decision_made,
            m.OrderApproved: self._approved,
            m.OrderAccepted: self._accepted,
            m.OrderRejected: self._ended(OrderStatus.REJECTED),
            m.OrderTriggered: self._triggered,
            m.OrderReplaced: self._replaced,
            m.OrderFilled: self._filled,
            m.OrderCanceled: self._ended(OrderStatus.CANCELED),
            m.SplitApplied: self._split,
            m.DividendPaid: self._dividend,
            m.TradeClosed: st.trade_closed,
            m.EntriesLocked: self._locked,
            m.EntriesUnlocked: self._unlocked,
            m.PositionSnapshot: st.position_snapshot,
            m.DayClosed: st.day_closed,
            m.TradingStateChanged: st.state_changed,
            m.Killed: st.killed,
            m.ConfigRevised: st.config_revised,
            m.Rearmed: st.rearmed,
        }

    @classmethod
    def load(
        cls, connection: sqlite3.Connection, multipliers: Mapping[str, int] | None = None
    ) -> "Projection":
        """The projection as of the last committed event."""
        made = cls(multipliers)
        for values in connection.execute(WORKING_ORDERS):
            order = read(OrderRow, values)
            made._orders[order.order_id] = order
        for values in connection.execute(select(LockRow) + " WHERE active = 1"):
            lock = read(LockRow, values)
            made._locks[lock.lock, lock.symbol] = lock
        for values in connection.execute(select(PositionRow)):
            held = read(PositionRow, values)
            made._positions[held.symbol] = held
            if held.quantity:
                made.portfolio.positions[held.symbol] = Position(held.symbol, held.quantity, held.cost)
        return made

    def rows(self, event: m.Event, sequence: int) -> Rows:
        """The rows that follow from one event, in order; none for events without a projection."""
        handler = self._handlers.get(type(event))
        return handler(event, sequence) if handler is not None else ()

    def may_fill(self, order_id: bytes) -> bool:
        """Whether an order is known and not over."""
        return order_id in self._orders

    def working_orders(self) -> list[OrderRow]:
        """All orders that may still fill, uncommitted events included, oldest first."""
        return sorted(self._orders.values(), key=lambda order: order.sequence)

    # --- orders -----------------------------------------------------------------------------------

    def _put_order(self, order: OrderRow, e: m.Event, sequence: int, status: OrderStatus) -> Rows:
        order.status, order.updated_ts, order.updated_sequence = status._value_, e.ts, sequence
        if status in _FINAL:
            self._orders.pop(order.order_id, None)
        return [(PUT_ORDER, astuple(order))]

    def _new_order(
        self, order_id: bytes, e: m.OrderApproved | m.OrderAccepted, sequence: int, role: OrderRole
    ) -> OrderRow:
        order = self._orders[order_id] = OrderRow(
            sequence=sequence,
            order_id=order_id,
            ts=e.ts,
            symbol=e.symbol,
            role=role._value_,
            side=e.side._value_,
            status="",
            quantity=e.quantity,
            signal_id=e.signal_id,
            updated_ts=e.ts,
            updated_sequence=sequence,
        )
        return order

    def _approved(self, e: m.OrderApproved, sequence: int) -> Rows:
        order = self._new_order(e.id, e, sequence, OrderRole.ENTRY)
        order.decision_id = e.decision_id
        order.reserved, order.stop, order.target = e.reserved, e.stop, e.target
        return self._put_order(order, e, sequence, OrderStatus.APPROVED)

    def _accepted(self, e: m.OrderAccepted, sequence: int) -> Rows:
        """Entries were approved before; children and flatten orders begin here."""
        order = self._orders.get(e.order_id)
        if order is None:
            order = self._new_order(e.order_id, e, sequence, e.role)
            order.parent_id = e.parent_id
        order.quantity, order.price, order.kill_id = e.quantity, e.price, e.kill_id
        order.reserved, order.stop, order.target = e.reserved, e.stop, e.target
        order.active_ts, order.reduce_only = e.active_ts, e.reduce_only
        order.order_type, order.time_in_force = e.order_type._value_, e.time_in_force._value_
        order.limit_price, order.trail, order.expires_ts = e.limit, e.trail, e.expires_ts
        status = OrderStatus.PARTIALLY_FILLED if order.filled else OrderStatus.WORKING
        return self._put_order(order, e, sequence, status)

    # An order that is unknown or over stays as it is: verify reports it, the writer goes on.

    def _replaced(self, e: m.OrderReplaced, sequence: int) -> Rows:
        order = self._orders.get(e.order_id)
        if order is None:
            return []
        order.quantity, order.price, order.limit_price = e.quantity, e.price, e.limit
        order.active_ts, order.trail = e.active_ts, e.trail or order.trail
        return self._put_order(order, e, sequence, OrderStatus(order.status))

    def _triggered(self, e: m.OrderTriggered, sequence: int) -> Rows:
        order = self._orders.get(e.order_id)
        return [] if order is None else self._put_order(order, e, sequence, OrderStatus.TRIGGERED)

    def _ended(self, status: OrderStatus) -> Callable[[m.OrderRejected | m.OrderCanceled, int], Rows]:
        def rows(e: m.OrderRejected | m.OrderCanceled, sequence: int) -> Rows:
            order = self._orders.get(e.order_id)
            if order is None:
                return []
            order.reason = e.reason._value_
            ended = OrderStatus.EXPIRED if e.reason in EXPIRIES else status
            return self._put_order(order, e, sequence, ended)

        return rows

    # --- fills and positions ----------------------------------------------------------------------

    def _filled(self, e: m.OrderFilled, sequence: int) -> Rows:
        multiplier = self._multipliers.get(e.symbol, 1)
        self.portfolio.apply_fill(e.symbol, e.side, e.quantity, e.price, e.fee, multiplier)
        return [
            *self._order_filled(e, sequence),
            *st.fill_row(e, sequence),
            (PUT_POSITION, astuple(self._position(e, sequence, e.realised, e.fee))),
        ]

    def _order_filled(self, e: m.OrderFilled, sequence: int) -> Rows:
        order = self._orders.get(e.order_id)
        if order is None:
            return []
        order.filled += e.quantity
        order.filled_value += e.quantity * e.price
        order.fees += e.fee
        status = OrderStatus.FILLED if e.done else OrderStatus.PARTIALLY_FILLED
        return self._put_order(order, e, sequence, status)

    def _split(self, e: m.SplitApplied, sequence: int) -> Rows:
        multiplier = self._multipliers.get(e.symbol, 1)
        self.portfolio.split(e.symbol, e.numerator, e.denominator, e.price, multiplier)
        return [(PUT_POSITION, astuple(self._position(e, sequence, e.realised)))]

    def _dividend(self, e: m.DividendPaid, sequence: int) -> Rows:
        return [(PUT_POSITION, astuple(self._position(e, sequence, e.cash)))]

    def _position(
        self, e: m.OrderFilled | m.SplitApplied | m.DividendPaid, sequence: int, realised: int, fee: int = 0
    ) -> PositionRow:
        """The row of a symbol as the portfolio holds it now."""
        symbol = e.symbol
        before = self._positions.get(symbol)
        held = self.portfolio.positions.get(symbol)
        quantity, cost = (held.quantity, held.cost) if held else (0, 0)
        same = before is not None and before.quantity * quantity > 0
        row = PositionRow(
            symbol=symbol,
            quantity=quantity,
            cost=cost,
            realised=(before.realised if before else 0) + realised,
            fees=(before.fees if before else 0) + fee,
            opened_ts=before.opened_ts if before and same else e.ts if quantity else 0,
            updated_ts=e.ts,
            updated_sequence=sequence,
        )
        self._positions[symbol] = row
        return row

    # --- locks ------------------------------------------------------------------------------------

    def _locked(self, e: m.EntriesLocked, sequence: int) -> Rows:
        row = LockRow(
            lock=e.lock,
            symbol=e.symbol,
            active=True,
            reason=e.reason._value_,
            detail=e.detail,
            since=e.ts,
            until=e.until,
            ended=0,
            sequence=sequence,
        )
        self._locks[e.lock, e.symbol] = row
        return [(PUT_LOCK, astuple(row))]

    def _unlocked(self, e: m.EntriesUnlocked, sequence: int) -> Rows:
        row = self._locks.pop((e.lock, e.symbol), None)
        if row is None:
            return []
        ended = msgspec.structs.replace(row, active=False, ended=e.ts, sequence=sequence)
        return [(PUT_LOCK, astuple(ended))]
