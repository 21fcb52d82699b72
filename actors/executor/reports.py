"""What the venue reports of an order: accepted, triggered, filled, cancelled, and the trade that it closed.

Decides the events and what each of them draws along. Knows no price but the one it is given, and no reason
but that. Input: a draft and what happened; output: events, in ``draft.out``.
"""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace

from ..domain.ids import derive_id
from ..messages import (
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderTriggered,
    PriceUpdated,
    TradeClosed,
)
from ..types import OrderRole, Refusal, Side
from .books import Draft, Trade, WorkingOrder, belongs
from .charges import charge
from .fills import THROUGH
from .models import Models


class Touch(NamedTuple):
    """How an order met the market."""

    raw: int
    price: int
    """What each unit costs."""
    rested: bool
    """At its limit: it added liquidity. A stop-limit that its touch filled took it, triggered or not."""


class Reports:
    """The reports of one venue; ``models`` by symbol are told with each fill."""

    def __init__(self, tape: str, models: Mapping[str, Models]) -> None:
        self._tape, self._models = tape, models

    def flatten(self, draft: Draft, ts: int, cause: bytes, kill_id: bytes) -> None:
        """Put a market order for the whole position to work, unless one is or there is none."""
        if draft.position and not draft.book.flattening:
            self.close(draft, abs(draft.position), ts, cause, kill_id)

    def close(self, draft: Draft, quantity: int, ts: int, cause: bytes, kill_id: bytes) -> None:
        """Put a reduce-only market order for so much of the position to work."""
        position = draft.position
        order_id = derive_id(ts, self._tape, cause, "flatten", draft.symbol)
        draft.emit(
            OrderAccepted(
                id=order_id,
                ts=ts,
                cause=cause,
                order_id=order_id,
                parent_id=b"",
                symbol=draft.symbol,
                role=OrderRole.FLATTEN,
                side=Side.SELL if position > 0 else Side.BUY,
                quantity=quantity,
                price=0,
                active_ts=ts,
                reserved=0,
                reduce_only=True,
                kill_id=kill_id,
            )
        )

    def cancel(self, draft: Draft, order: WorkingOrder, ts: int, cause: bytes, reason: Refusal) -> None:
        """Cancel what is left of an order."""
        accepted = order.accepted
        draft.emit(
            OrderCanceled(
                id=derive_id(ts, self._tape, accepted.order_id, "canceled"),
                ts=ts,
                cause=cause,
                order_id=accepted.order_id,
                symbol=draft.symbol,
                role=accepted.role,
                reason=reason,
                remaining=order.rest,
            )
        )

    def expire(self, draft: Draft, order: WorkingOrder) -> None:
        """End a DAY order at its own instant, whenever that is noticed."""
        accepted = order.accepted
        self.cancel(draft, order, accepted.expires_ts, accepted.order_id, Refusal.DAY_OVER)

    def trigger(self, draft: Draft, order: WorkingOrder, update: PriceUpdated) -> None:
        """A stop was touched and does not fill whole at once."""
        accepted = order.accepted
        draft.acted.add(accepted.order_id)
        draft.emit(
            OrderTriggered(
                id=derive_id(update.ts, self._tape, accepted.order_id, "triggered"),
                ts=update.ts,
                cause=accepted.order_id,
                order_id=accepted.order_id,
                symbol=draft.symbol,
            )
        )

    def fill(
        self, draft: Draft, order: WorkingOrder, quantity: int, at: Touch, update: PriceUpdated
    ) -> OrderFilled:
        """Emit one fill; when it ended the trade, the closed trade and the cancels that follow."""
        accepted = order.accepted
        models = self._models[draft.symbol]
        effect = draft.portfolio.effect(draft.symbol, accepted.side, quantity, at.price, draft.multiplier)
        fill = OrderFilled(
            id=derive_id(update.ts, self._tape, accepted.order_id, "filled", order.fills),
            ts=update.ts,
            cause=accepted.order_id,
            order_id=accepted.order_id,
            symbol=draft.symbol,
            role=accepted.role,
            side=accepted.side,
            quantity=quantity,
            price=at.price,
            fee=0,
            realised=effect.realised,
            done=quantity == order.rest,
            range_low=update.low,
            range_high=update.high,
            raw_price=at.raw,
            model=f"{THROUGH}({models.through})" if at.rested else models.price.text,
            first_index=update.first_index,
            last_index=update.last_index,
            kill_id=accepted.kill_id,
        )
        fill = replace(fill, fee=charge(draft.ledger, draft.fees, fill, effect, draft.multiplier))
        draft.acted.add(accepted.order_id)
        draft.taken += quantity
        ended = draft.emit(fill)
        if ended is not None:
            self.closed(draft, ended, fill.ts, fill.id, fill.role)
        return fill

    def closed(self, draft: Draft, trade: Trade, ts: int, cause: bytes, role: OrderRole) -> None:
        """Emit a trade that ended, and cancel what has no reason to live after it."""
        mfe, mae = trade.excursions
        draft.out.append(
            TradeClosed(
                id=derive_id(ts, self._tape, cause, "trade_closed"),
                ts=ts,
                cause=cause,
                symbol=draft.symbol,
                direction=trade.direction,
                quantity=trade.peak,
                entry_ts=trade.entry_ts,
                entry_price=trade.entered_value // trade.entered,
                exit_price=trade.exited_value // trade.exited,
                realised=trade.realised,
                fees=trade.fees,
                net=trade.realised - trade.fees,
                entry_order=trade.entry_order,
                exit_role=role,
                signal_id=trade.signal_id,
                mfe=mfe,
                mae=mae,
            )
        )
        for order in tuple(draft.book.orders.values()):
            if belongs(order, trade):
                self.cancel(draft, order, ts, cause, Refusal.BRACKET_SIBLING)
