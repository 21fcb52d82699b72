"""The executor's side of a session close: what is held, and whether the books agree with risk's day row.

Decides nothing about orders. Input: the state, with the row folded, and the row; output: a snapshot of each
open position and the comparison.
"""

from collections.abc import Mapping

from ..domain.ids import derive_id
from ..messages import AccountCompared, DayClosed, Message, PositionSnapshot
from .state import ExecutorState


def day_closed(
    tape: str, state: ExecutorState, day: DayClosed, multipliers: Mapping[str, int]
) -> list[Message]:
    """A snapshot of each open position, and the books beside the day row."""
    out: list[Message] = []
    for symbol, held in state.portfolio.positions.items():
        multiplier = multipliers.get(symbol, 1)
        price = state.books[symbol].price or held.average(multiplier)
        out.append(
            PositionSnapshot(
                id=derive_id(day.ts, tape, day.id, "snapshot", symbol),
                ts=day.ts,
                cause=day.id,
                symbol=symbol,
                session=day.session,
                quantity=held.quantity,
                cost=held.cost,
                price=price,
                unrealised=held.unrealised(price, multiplier),
            )
        )
    # The row has been folded already, so what it accounts for is added back.
    realised = state.portfolio.realised - state.day_realised + day.realised
    fees = state.portfolio.fees - state.day_fees + day.fees
    equity = state.portfolio.equity(state.prices(), multipliers)
    out.append(
        AccountCompared(
            id=derive_id(day.ts, tape, day.id, "compared"),
            ts=day.ts,
            cause=day.id,
            session=day.session,
            cash=state.portfolio.cash,
            equity=equity,
            realised=realised,
            fees=fees,
            agrees=(realised, fees, equity) == (day.realised, day.fees, day.equity_close),
        )
    )
    return out
