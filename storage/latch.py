"""What a kill writes when it is latched, and what it forbids while it is.

Decides the events of the latch and which outputs of an actor may no longer be written. Knows no table. Input:
who asks for the kill and the working orders, or a step's outputs and the id of the kill in force; output:
events, or yes or no.
"""

from collections.abc import Sequence

from tradingfloor.actors.domain.ids import derive_id
from tradingfloor.actors.messages import (
    Event,
    Killed,
    KillRequested,
    KillTrading,
    Message,
    OrderAccepted,
    OrderApproved,
    OrderCanceled,
    OrderFilled,
    OrderReplaced,
    Rearmed,
    TradingStateChanged,
)
from tradingfloor.actors.types import OrderRole, Refusal, TradingState

from .rows import OrderRow


def latched(
    asked: KillTrading | KillRequested,
    now: int,
    cause: bytes,
    tape: str,
    previous: TradingState,
    working: Sequence[OrderRow],
) -> list[Event]:
    """The kill, and the cancel of every working order."""
    killed = Killed(
        id=derive_id(now, tape, "kill", asked.request_id),
        ts=now,
        cause=cause,
        previous=previous,
        policy=asked.policy,
        request_id=asked.request_id,
        reason=asked.reason,
        by=asked.by,
        canceled=len(working),
    )
    return [killed, *(_canceled(order, killed, tape) for order in working)]


def _canceled(order: OrderRow, killed: Killed, tape: str) -> OrderCanceled:
    return OrderCanceled(
        id=derive_id(killed.ts, tape, killed.id, "canceled", order.order_id),
        ts=killed.ts,
        cause=killed.id,
        order_id=order.order_id,
        symbol=order.symbol,
        role=OrderRole(order.role),
        reason=Refusal.KILLED,
        remaining=order.quantity - order.filled,
    )


def forbidden(outputs: Sequence[Message], kill_id: bytes) -> bool:
    """What an open kill forbids: orders but for its own flattening, changes of state but for the rearm."""
    for output in outputs:
        match output:
            case Rearmed():
                return False
            case OrderApproved() | TradingStateChanged() | OrderReplaced():
                return True
            case OrderAccepted() | OrderFilled():
                if output.kill_id != kill_id:
                    return True
            case _:
                pass
    return False
