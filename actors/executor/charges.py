"""What a fill pays: the one place where the venue asks the fee schedule.

Decides nothing of its own: it hands a fill to ``domain.fees`` in the terms of fees and books it in the
ledger. A fill is charged as it is decided, and booked again, without a charge, as it is folded.
"""

from ..domain.fees import Execution, FeeLedger, Fees, trade_date
from ..domain.portfolio import FillEffect
from ..messages import OrderFilled
from .fills import THROUGH


def book(
    ledger: FeeLedger, fees: Fees, fill: OrderFilled, effect: FillEffect, multiplier: int
) -> tuple[Execution, ...]:
    """Book a fill; returns the executions of its order, this one the last."""
    execution = Execution(
        day=trade_date(fill.ts),
        sign=fill.side.sign,
        opened=effect.opened,
        closed=effect.closed,
        price=fill.price,
        multiplier=multiplier,
        takes=not fill.model.startswith(THROUGH),
        volume=0,
    )
    executions = ledger.add(fees.unit, fill.order_id, execution)
    if fill.done:
        ledger.forget(fill.order_id)
    return executions


def charge(ledger: FeeLedger, fees: Fees, fill: OrderFilled, effect: FillEffect, multiplier: int) -> int:
    """Book a fill; returns its fee in nanos: what its order owes with it less what it owed before."""
    executions = book(ledger, fees, fill, effect, multiplier)
    return fees.order(executions) - fees.order(executions[:-1])
