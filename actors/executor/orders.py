"""The life of an order: which event leads from which status to which.

Decides the legal transitions by one table. Knows no price, no position and no clock. Input: a status
and an event about the order; output: the next status, or ``IllegalTransition``.
"""

from enum import Enum
from typing import TypeAlias

from ..errors import Recoverable
from ..messages import (
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderTriggered,
)
from ..types import EXPIRIES, OrderStatus, Refusal

OrderEvent: TypeAlias = (
    OrderAccepted | OrderRejected | OrderTriggered | OrderReplaced | OrderFilled | OrderCanceled
)


class IllegalTransition(Recoverable):
    """An event that the order's status does not allow was about to be decided."""

    reason = Refusal.ORDER_STATUS


class Step(str, Enum):
    """What an event means for the order; a fill is two steps by what it leaves, a cancel two by why."""

    ACCEPT = "ACCEPT"
    REJECT = "REJECT"
    TRIGGER = "TRIGGER"
    REPLACE = "REPLACE"
    FILL_PART = "FILL_PART"
    FILL_REST = "FILL_REST"
    CANCEL = "CANCEL"
    EXPIRE = "EXPIRE"


_S = OrderStatus

LIFECYCLE: dict[tuple[OrderStatus, Step], OrderStatus] = {
    (_S.APPROVED, Step.ACCEPT): _S.WORKING,
    (_S.APPROVED, Step.REJECT): _S.REJECTED,
    # A kill cancels what was approved too, before the venue has said a word.
    (_S.APPROVED, Step.CANCEL): _S.CANCELED,
    (_S.WORKING, Step.TRIGGER): _S.TRIGGERED,
    (_S.WORKING, Step.REPLACE): _S.WORKING,
    (_S.WORKING, Step.FILL_PART): _S.PARTIALLY_FILLED,
    # A stop that fills in one piece is never seen TRIGGERED: touch and fill are one event.
    (_S.WORKING, Step.FILL_REST): _S.FILLED,
    (_S.WORKING, Step.CANCEL): _S.CANCELED,
    (_S.WORKING, Step.EXPIRE): _S.EXPIRED,
    # How much is filled decides the status; that the order was triggered stays true beside it.
    (_S.TRIGGERED, Step.REPLACE): _S.TRIGGERED,
    (_S.TRIGGERED, Step.FILL_PART): _S.PARTIALLY_FILLED,
    (_S.TRIGGERED, Step.FILL_REST): _S.FILLED,
    (_S.TRIGGERED, Step.CANCEL): _S.CANCELED,
    (_S.TRIGGERED, Step.EXPIRE): _S.EXPIRED,
    (_S.PARTIALLY_FILLED, Step.REPLACE): _S.PARTIALLY_FILLED,
    (_S.PARTIALLY_FILLED, Step.FILL_PART): _S.PARTIALLY_FILLED,
    (_S.PARTIALLY_FILLED, Step.FILL_REST): _S.FILLED,
    # What was filled stays filled; only the rest is cancelled or expires.
    (_S.PARTIALLY_FILLED, Step.CANCEL): _S.CANCELED,
    (_S.PARTIALLY_FILLED, Step.EXPIRE): _S.EXPIRED,
}
"""No row leads out of FILLED, REJECTED, CANCELED or EXPIRED."""

_STEPS: dict[type[OrderEvent], Step] = {
    OrderAccepted: Step.ACCEPT,
    OrderRejected: Step.REJECT,
    OrderTriggered: Step.TRIGGER,
    OrderReplaced: Step.REPLACE,
}


def step_of(event: OrderEvent) -> Step:
    """The step that an event is."""
    if isinstance(event, OrderFilled):
        return Step.FILL_REST if event.done else Step.FILL_PART
    if isinstance(event, OrderCanceled):
        return Step.EXPIRE if event.reason in EXPIRIES else Step.CANCEL
    return _STEPS[type(event)]


def transition(status: OrderStatus, event: OrderEvent) -> OrderStatus:
    """The status after the event; raises IllegalTransition when the table has no such row."""
    step = step_of(event)
    following = LIFECYCLE.get((status, step))
    if following is None:
        raise IllegalTransition(f"order {event.order_id.hex()}: {step.value} while {status.value}")
    return following
