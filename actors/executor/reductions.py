"""What a request to reduce or to cancel means for one symbol's orders.

Decides which orders give way and how much is closed. Knows no floor state and no fill. Input: a draft and the
request; output: events, in ``draft.out``.
"""

from ..messages import CancelAllRequested, ReductionRequested
from ..types import WHOLE, OrderRole, Refusal
from .books import Draft, WorkingOrder
from .reports import Reports


def stands_aside(draft: Draft, order: WorkingOrder) -> bool:
    """Whether an order gives way to the close of the whole position: all but one that does just that."""
    return order.accepted.role is not OrderRole.FLATTEN or order.rest < abs(draft.position)


def reduce(reports: Reports, draft: Draft, event: ReductionRequested, kill_id: bytes) -> None:
    """Close a part of the position at the market, rounded up to whole units.

    The rest of an entry under way is cancelled: it would add again what is taken away. Stops and targets
    stay for what is left, unless nothing is. A close that is at work already is not closed twice.
    """
    position = abs(draft.position)
    if not position:
        return
    quantity = -(-position * event.part // WHOLE)
    whole = quantity >= position
    for order in tuple(draft.book.orders.values()):
        entry = order.accepted.role is OrderRole.ENTRY
        if entry or (whole and stands_aside(draft, order)):
            reports.cancel(draft, order, event.ts, event.id, Refusal.FLATTENED)
    closing = sum(o.rest for o in draft.book.orders.values() if o.accepted.role is OrderRole.FLATTEN)
    quantity = min(quantity, position - closing)
    if quantity > 0:
        reports.close(draft, quantity, event.ts, event.id, kill_id)


def cancel_all(reports: Reports, draft: Draft, event: CancelAllRequested) -> None:
    """Cancel what works, or the entries alone; an order that closes a position goes on."""
    for order in tuple(draft.book.orders.values()):
        role = order.accepted.role
        meant = role is OrderRole.ENTRY if event.entries_only else role is not OrderRole.FLATTEN
        if meant:
            reports.cancel(draft, order, event.ts, event.id, Refusal.CANCEL_REQUESTED)
