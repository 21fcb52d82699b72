"""Which working orders of one symbol fill on one price, and what follows from each fill.

Decides fills, brackets, cancels and closed trades on a ``Draft``, so that the second order of an update
sees what the first one did. Knows no floor state and no clock. Input: a draft and one price update;
output: events, in ``draft.out``.

On one update the orders act in this order: flatten, stops, targets, entries; each at most once. An
order acts only on a range that began at or after its ``active_ts``, and never on the update that put
it to work. The first fill of an exit ends the entry: its rest is cancelled.
"""

from ..domain.ids import derive_id
from ..messages import OrderAccepted, OrderCanceled, OrderFilled, OrderTriggered, PriceUpdated, TradeClosed
from ..types import OrderRole, Refusal, Side
from .books import Draft, Trade, WorkingOrder, belongs
from .fills import FixedBps, Partials, PerUnit, TradeThrough, market_raw, stop_raw, target_raw

PRECEDENCE = {OrderRole.FLATTEN: 0, OrderRole.STOP: 1, OrderRole.TARGET: 2, OrderRole.ENTRY: 3}
"""Stops before targets: where one range holds both, the worse outcome is taken."""


class Venue:
    """The simulated venue: the models of one configuration, applied to drafts."""

    def __init__(
        self,
        tape: str,
        slippage: FixedBps,
        partials: Partials,
        commission: PerUnit,
        free: frozenset[str] = frozenset(),
    ) -> None:
        """``free``: symbols that pay no commission."""
        self._tape = tape
        self._free = free
        self._slippage = slippage
        self._limit = TradeThrough()
        self._partials = partials
        self._commission = commission

    def match(self, draft: Draft, update: PriceUpdated) -> None:
        """Let every working order of the draft act on one update."""
        orders = sorted(draft.book.orders.values(), key=_precedence)
        for known in orders:
            # An order that acted before may have cancelled this one.
            order = draft.working(known.accepted.order_id)
            if order is None or update.start < order.accepted.active_ts:
                continue
            if order.accepted.reduce_only:
                self._exit(draft, order, update)
            else:
                self._entry(draft, order, update)

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

    # --- entries ------------------------------------------------------------------------------------

    def _entry(self, draft: Draft, order: WorkingOrder, update: PriceUpdated) -> None:
        """A market order: it fills where the update opens, within its reservation."""
        raw = market_raw(update)
        if raw is None:
            return
        accepted = order.accepted
        wanted = self._partials.quantity(accepted.order_id, order.fills, order.rest)
        price = self._slippage.price(raw, accepted.side.sign, draft.tick)
        room = max(0, accepted.reserved - order.spent) // (price * draft.multiplier)
        if room:
            fill = self._fill(draft, order, min(wanted, room), raw, update)
            cause = fill.id
        else:
            cause = accepted.order_id
        rest = draft.working(accepted.order_id)
        if wanted > room and rest is not None:
            self.cancel(draft, rest, update.ts, cause, Refusal.RESERVATION_CUT)
        if room:
            self._bracket(draft, order, fill)

    def _bracket(self, draft: Draft, order: WorkingOrder, fill: OrderFilled) -> None:
        """Put stop and target to work at the first fill that leaves a position of the entry's side.

        Their quantity is what the entry may still become: filled so far and what still works.
        """
        entry = order.accepted
        if order.bracketed or draft.position * entry.side.sign <= 0:
            return
        working = draft.working(entry.order_id)
        quantity = order.filled + fill.quantity + (working.rest if working is not None else 0)
        for role, price in ((OrderRole.STOP, entry.stop), (OrderRole.TARGET, entry.target)):
            order_id = derive_id(fill.ts, self._tape, entry.order_id, role.value)
            draft.emit(
                OrderAccepted(
                    id=order_id,
                    ts=fill.ts,
                    cause=fill.id,
                    order_id=order_id,
                    parent_id=entry.order_id,
                    symbol=draft.symbol,
                    role=role,
                    side=Side.SELL if entry.side is Side.BUY else Side.BUY,
                    quantity=quantity,
                    price=price,
                    active_ts=fill.ts,
                    reserved=0,
                    reduce_only=True,
                    signal_id=entry.signal_id,
                )
            )

    # --- exits --------------------------------------------------------------------------------------

    def _exit(self, draft: Draft, order: WorkingOrder, update: PriceUpdated) -> None:
        """A flatten order, a stop or a target: never more than the position it reduces."""
        accepted = order.accepted
        sign = accepted.side.sign
        open_units = max(0, -sign * draft.position)
        if not open_units:
            return
        limit = accepted.role is OrderRole.TARGET
        if limit:
            through = self._limit.ticks * draft.tick
            raw = target_raw(sign, accepted.price, through, update)
        elif accepted.role is OrderRole.STOP and not order.triggered:
            raw = stop_raw(sign, accepted.price, update)
        else:
            raw = market_raw(update)
        if raw is None:
            return
        most = min(order.rest, open_units)
        if accepted.role is OrderRole.FLATTEN:
            self._fill(draft, order, most, raw, update)
            return
        quantity = self._partials.quantity(accepted.order_id, order.fills, most)
        if quantity < most and not limit and not order.triggered:
            self._trigger(draft, order, update)
        fill = self._fill(draft, order, quantity, raw, update)
        self._one_cancels_other(draft, order, fill)

    def _trigger(self, draft: Draft, order: WorkingOrder, update: PriceUpdated) -> None:
        accepted = order.accepted
        draft.emit(
            OrderTriggered(
                id=derive_id(update.ts, self._tape, accepted.order_id, "triggered"),
                ts=update.ts,
                cause=accepted.order_id,
                order_id=accepted.order_id,
                symbol=draft.symbol,
            )
        )

    def _one_cancels_other(self, draft: Draft, order: WorkingOrder, fill: OrderFilled) -> None:
        """After an exit's fill: the rest of its entry goes, and the other leg unless it must stay.

        A target that filled in part leaves the stop: it protects what is still open. A stop that
        filled in part leaves no target: it is a market order and will close the rest.
        """
        accepted = order.accepted
        keeps = accepted.role is OrderRole.TARGET and not fill.done
        for other in tuple(draft.book.orders.values()):
            entry = other.accepted.order_id == accepted.parent_id
            leg = other.accepted.parent_id == accepted.parent_id and (
                other.accepted.order_id != accepted.order_id
            )
            if entry or (leg and not keeps):
                self.cancel(draft, other, fill.ts, fill.id, Refusal.BRACKET_SIBLING)

    # --- what every fill does -----------------------------------------------------------------------

    def _fill(
        self, draft: Draft, order: WorkingOrder, quantity: int, raw: int, update: PriceUpdated
    ) -> OrderFilled:
        """Emit one fill; when it ended the trade, the closed trade and the cancels that follow."""
        accepted = order.accepted
        model = self._limit if accepted.role is OrderRole.TARGET else self._slippage
        price = model.price(raw, accepted.side.sign, draft.tick)
        effect = draft.portfolio.effect(draft.symbol, accepted.side, quantity, price, draft.multiplier)
        fill = OrderFilled(
            id=derive_id(update.ts, self._tape, accepted.order_id, "filled", order.fills),
            ts=update.ts,
            cause=accepted.order_id,
            order_id=accepted.order_id,
            symbol=draft.symbol,
            role=accepted.role,
            side=accepted.side,
            quantity=quantity,
            price=price,
            fee=0 if draft.symbol in self._free else self._commission.fee(quantity),
            realised=effect.realised,
            done=quantity == order.rest,
            range_low=update.low,
            range_high=update.high,
            raw_price=raw,
            model=model.text,
            first_index=update.first_index,
            last_index=update.last_index,
            kill_id=accepted.kill_id,
        )
        ended = draft.emit(fill)
        if ended is not None:
            self._closed(draft, ended, fill)
        return fill

    def _closed(self, draft: Draft, trade: Trade, fill: OrderFilled) -> None:
        draft.out.append(
            TradeClosed(
                id=derive_id(fill.ts, self._tape, fill.id, "trade_closed"),
                ts=fill.ts,
                cause=fill.id,
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
                exit_role=fill.role,
                signal_id=trade.signal_id,
            )
        )
        for order in tuple(draft.book.orders.values()):
            if belongs(order, trade):
                self.cancel(draft, order, fill.ts, fill.id, Refusal.BRACKET_SIBLING)


def _precedence(order: WorkingOrder) -> int:
    return PRECEDENCE[order.accepted.role]
