"""What an open kill forbids.

Decides which outputs of an actor may no longer be written. Knows no table. Input: a step's outputs and the id
of the kill in force; output: yes or no.
"""

from collections.abc import Sequence

from tradingfloor.actors.messages import (
    Message,
    OrderAccepted,
    OrderApproved,
    OrderFilled,
    OrderReplaced,
    Rearmed,
    TradingStateChanged,
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
