"""The legs of a bracket: one protective stop and one target per entry, of which one cancels the other.

Decides their size and levels: a leg is as large as what its entry filled and its sibling left open, at every
moment; it only reduces. Knows no price but the update that moves a trailing stop. Input: a draft, an entry
and its fill; output: events.
"""

from collections.abc import Iterator

import msgspec

from ..domain.ids import derive_id
from ..domain.money import on_tick
from ..messages import OrderAccepted, OrderFilled, OrderReplaced, PriceUpdated
from ..types import OrderRole, OrderType, Side
from .books import Book, Draft, WorkingOrder
from .requests import terms

STOPS = {
    "stop": OrderType.STOP,
    "stop_limit": OrderType.STOP_LIMIT,
    "trailing": OrderType.TRAILING_STOP,
}


class Legs(msgspec.Struct, frozen=True):
    """How brackets are made."""

    stop: OrderType = OrderType.STOP
    limit_ticks: int = 0
    """Of a stop-limit: ticks beyond the stop at which its limit is."""


LEGS = Legs()
"""A plain stop and a limit order."""


def legs_of(book: Book, entry_id: bytes) -> list[WorkingOrder]:
    """The working legs of an entry."""
    return [order for order in book.orders.values() if order.accepted.parent_id == entry_id]


def after_entry(
    tape: str, legs: Legs, draft: Draft, order: WorkingOrder, fill: OrderFilled
) -> Iterator[OrderAccepted | OrderReplaced]:
    """What an entry's fill means for its bracket; ``order`` as it was before the fill.

    The first fill that leaves a position of the entry's side puts stop and target to work, as large as
    what it opened; each later one makes them larger.
    """
    entry = order.accepted
    held = draft.position * entry.side.sign
    if order.bracketed:
        for leg in legs_of(draft.book, entry.order_id):
            yield resized(tape, leg, fill, fill.quantity)
    elif held > 0:
        quantity, tick, side = min(order.filled + fill.quantity, held), draft.tick, entry.side.opposite
        stop = on_tick(entry.stop, tick, up=lies_above(OrderRole.STOP, side))
        target = on_tick(entry.target, tick, up=lies_above(OrderRole.TARGET, side))
        beyond = side.sign * legs.limit_ticks * tick
        limit = max(tick, stop + beyond) if legs.stop is OrderType.STOP_LIMIT else 0
        yield _leg(tape, entry, fill, OrderRole.STOP, legs.stop, quantity, stop, limit)
        yield _leg(tape, entry, fill, OrderRole.TARGET, OrderType.LIMIT, quantity, target, 0)


def lies_above(role: OrderRole, side: Side) -> bool:
    """Whether a leg lies above the market: the target of a sale, the stop of a purchase.

    Its level is rounded that way, away from the market.
    """
    return (role is OrderRole.TARGET) == (side is Side.SELL)


def after_close(tape: str, draft: Draft, fill: OrderFilled) -> Iterator[OrderReplaced]:
    """What the close of a part of a position means for the legs: none is larger than what is left open."""
    left = abs(draft.position)
    for order in tuple(draft.book.orders.values()):
        if order.accepted.parent_id and left < order.rest:
            yield resized(tape, order, fill, left - order.rest)


def _leg(
    tape: str,
    entry: OrderAccepted,
    fill: OrderFilled,
    role: OrderRole,
    order_type: OrderType,
    quantity: int,
    price: int,
    limit: int,
) -> OrderAccepted:
    order_id = derive_id(fill.ts, tape, entry.order_id, role.value)
    return OrderAccepted(
        id=order_id,
        ts=fill.ts,
        cause=fill.id,
        order_id=order_id,
        parent_id=entry.order_id,
        symbol=entry.symbol,
        role=role,
        side=entry.side.opposite,
        quantity=quantity,
        price=price,
        active_ts=fill.ts,
        reserved=0,
        reduce_only=True,
        signal_id=entry.signal_id,
        order_type=order_type,
        limit=limit,
        trail=entry.trail if order_type is OrderType.TRAILING_STOP else 0,
    )


def resized(tape: str, leg: WorkingOrder, fill: OrderFilled, change: int) -> OrderReplaced:
    """The leg, larger by what its entry filled or smaller by what its sibling did."""
    accepted = leg.accepted
    return terms(
        tape,
        accepted,
        fill.ts,
        fill.id,
        quantity=accepted.quantity + change,
        price=accepted.price,
        limit=accepted.limit,
        active_ts=accepted.active_ts,
    )


def trailed(tape: str, accepted: OrderAccepted, update: PriceUpdated, tick: int) -> OrderReplaced | None:
    """A trailing stop moved behind the update's favourable extreme; None when it does not move.

    The level lies on the tick, rounded away from the market.
    """
    sign = accepted.side.sign
    extreme = update.high if accepted.side is Side.SELL else update.low
    level = on_tick(extreme + sign * accepted.trail, tick, up=lies_above(accepted.role, accepted.side))
    if sign * (level - accepted.price) >= 0:
        return None
    return terms(
        tape,
        accepted,
        update.ts,
        accepted.order_id,
        quantity=accepted.quantity,
        price=level,
        limit=accepted.limit,
        active_ts=accepted.active_ts,
    )
