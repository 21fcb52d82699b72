"""What somebody may change about a working order: cancel it, or replace its terms.

Decides which requests the venue refuses, with a reason, and the terms that follow. Knows no floor state but
the latched kill. Input: a request and the order as it stands; output: a reason, or the event.
"""

from ..domain.ids import derive_id
from ..messages import CancelRequested, OrderAccepted, OrderReplaced, OrderRequestRefused, ReplaceRequested
from ..types import MAX_PRICE, OrderRole, OrderType, Refusal
from .books import WorkingOrder
from .orders import LIFECYCLE, Step


def cancel_refusal(order: WorkingOrder | None, *, killed: bool) -> Refusal | None:
    """Why an order cannot be cancelled; None when it can. What closes a position on command goes on."""
    if killed:
        return Refusal.KILLED
    if order is None:
        return Refusal.UNKNOWN_ORDER
    flattens = order.accepted.role is OrderRole.FLATTEN
    return Refusal.ORDER_STATUS if flattens or (order.status, Step.CANCEL) not in LIFECYCLE else None


def replace_refusal(
    order: WorkingOrder | None, request: ReplaceRequested, tick: int, *, killed: bool
) -> Refusal | None:
    """Why an order cannot have these terms; None when it can.

    Risk approved the entry's size, so it may only shrink; a leg of a bracket is sized by what its entry
    filled. The levels that an order does not have cannot be replaced.
    """
    if killed:
        return Refusal.KILLED
    if order is None:
        return Refusal.UNKNOWN_ORDER
    if (order.status, Step.REPLACE) not in LIFECYCLE or not _has_levels(order, request):
        return Refusal.ORDER_STATUS
    if request.quantity and not _may_shrink(order, request.quantity):
        return Refusal.ORDER_SIZE
    return _bad_level((request.price, request.limit), tick)


def _bad_level(levels: tuple[int, int], tick: int) -> Refusal | None:
    if not all(0 <= level <= MAX_PRICE for level in levels):
        return Refusal.OUT_OF_RANGE
    return Refusal.OFF_TICK if any(level % tick for level in levels) else None


def _has_levels(order: WorkingOrder, request: ReplaceRequested) -> bool:
    kind = order.accepted.order_type
    price = order.is_stop or kind is OrderType.LIMIT
    return (price or not request.price) and (kind is OrderType.STOP_LIMIT or not request.limit)


def _may_shrink(order: WorkingOrder, quantity: int) -> bool:
    accepted = order.accepted
    return accepted.role is OrderRole.ENTRY and order.filled < quantity <= accepted.quantity


def replaced(tape: str, order: WorkingOrder, request: ReplaceRequested, arrival: int) -> OrderReplaced:
    """The new terms, in force from ``arrival``, when the venue has them.

    A protective stop never rests meanwhile: it acts on the whole range of a bar that is under way, which
    may only stop out more.
    """
    accepted = order.accepted
    rests = accepted.role is not OrderRole.STOP
    return terms(
        tape,
        accepted,
        request.ts,
        request.id,
        quantity=request.quantity or accepted.quantity,
        price=request.price or accepted.price,
        limit=request.limit or accepted.limit,
        active_ts=max(accepted.active_ts, arrival) if rests else accepted.active_ts,
    )


def terms(
    tape: str,
    accepted: OrderAccepted,
    ts: int,
    cause: bytes,
    *,
    quantity: int,
    price: int,
    limit: int,
    active_ts: int,
    trail: int = 0,
) -> OrderReplaced:
    """An order's terms from now on; ``trail`` 0 = as it was."""
    return OrderReplaced(
        id=derive_id(ts, tape, accepted.order_id, "replaced", cause, quantity, price, limit),
        ts=ts,
        cause=cause,
        order_id=accepted.order_id,
        symbol=accepted.symbol,
        role=accepted.role,
        quantity=quantity,
        price=price,
        limit=limit,
        active_ts=active_ts,
        trail=trail,
    )


def refused(tape: str, request: CancelRequested | ReplaceRequested, reason: Refusal) -> OrderRequestRefused:
    """The answer to a request that changed nothing."""
    return OrderRequestRefused(
        id=derive_id(request.ts, tape, request.id, "refused"),
        ts=request.ts,
        cause=request.id,
        order_id=request.order_id,
        symbol=request.symbol,
        request_id=request.request_id,
        reason=reason,
    )
