"""Which working orders of one symbol fill on one price, and what follows from each fill.

Decides fills and cancels on a ``Draft``, so that the second order of an update sees what the first one did;
the bracket's own rules are in ``brackets``, the events in ``reports``. Knows no floor state and no clock.
Input: a draft and one price update; output: events, in ``draft.out``.

On one update the orders act in this order: flatten, entries that rest and have a bracket at work, stops,
targets, other entries; each at most once. An order acts only on a range that began at or after its
``active_ts``, and not on the update that put it to work, but for the stop of an entry that filled inside a
range: the adverse extreme is taken to have come after the entry, the favourable one before it.
"""

from collections.abc import Mapping
from functools import partial

from msgspec.structs import replace

from ..messages import (
    OrderAccepted,
    OrderFilled,
    PriceUpdated,
)
from ..types import OrderRole, OrderType, Refusal, TimeInForce
from . import brackets
from .books import Book, Draft, WorkingOrder
from .fills import limit_raw, market_raw, point, rest_of_range, stop_raw
from .models import Models
from .reports import Reports, Touch

PRECEDENCE = {OrderRole.FLATTEN: 0, OrderRole.STOP: 2, OrderRole.TARGET: 3, OrderRole.ENTRY: 4}
"""Stops before targets: where one range holds both, the worse outcome is taken."""

_RESTING_ENTRY = 1
"""A resting entry that has a bracket adds to the position before its stop acts, never after; unless the stop
is triggered, or has moved past the entry's limit: then it comes first."""


def awake(book: Book, update: PriceUpdated) -> list[WorkingOrder]:
    """The orders that this update may concern, in the order in which they act."""
    low, high = update.low, update.high
    found = [order for order in book.orders.values() if low <= order.below or high >= order.above]
    if len(found) > 1:
        found.sort(key=partial(_precedence, book))
    return found


class Venue:
    """The simulated venue: the models of one configuration, applied to drafts."""

    def __init__(
        self,
        tape: str,
        models: Mapping[str, Models],
        legs: brackets.Legs = brackets.LEGS,
    ) -> None:
        """``models`` by symbol."""
        self._tape = tape
        self._models = models
        self._legs = legs
        self.reports = Reports(tape, models)

    def match(self, draft: Draft, update: PriceUpdated) -> None:
        """Let every order of the draft that the update concerns act on it."""
        for known in awake(draft.book, update):
            # An order that acted before may have cancelled, resized or used this one.
            order_id = known.accepted.order_id
            order = draft.working(order_id)
            if order is None or update.start < order.accepted.active_ts or order_id in draft.acted:
                continue
            if 0 < order.accepted.expires_ts <= update.start:
                self.reports.expire(draft, order)
                continue
            self._act(draft, order, update)
            self._follow(draft, order_id, update)

    # --- one order on one update --------------------------------------------------------------------

    def _act(self, draft: Draft, order: WorkingOrder, update: PriceUpdated) -> None:
        accepted = order.accepted
        if accepted.time_in_force is TimeInForce.IOC:
            if not update.opens:
                return
            update = point(update)
        raw = self._raw(draft, order, update)
        if raw is not None:
            self._touched(draft, order, raw, update)
        left = draft.working(accepted.order_id)
        if accepted.time_in_force is TimeInForce.IOC and left is not None:
            self.reports.cancel(draft, left, update.ts, accepted.order_id, Refusal.IOC_REST)

    def _raw(self, draft: Draft, order: WorkingOrder, update: PriceUpdated) -> int | None:
        """The price at which the order meets the market, before the models; None when it does not."""
        sign = order.accepted.side.sign
        if order.is_limit:
            through = self._models[draft.symbol].through * draft.tick
            return limit_raw(sign, order.limit, through, update)
        if order.is_stop:
            return stop_raw(sign, order.accepted.price, update)
        return market_raw(update)

    def _touched(self, draft: Draft, order: WorkingOrder, raw: int, update: PriceUpdated) -> None:
        """Fill what can be filled at ``raw``; a stop that does not fill whole is triggered first."""
        accepted = order.accepted
        most = order.rest
        if accepted.reduce_only:
            most = min(most, max(0, -accepted.side.sign * draft.position))
            if not most or (accepted.role is OrderRole.TARGET and self._waits(draft, accepted)):
                return
        wanted, rested = self._wanted(draft, order, most, update), order.is_limit
        price = self._price(draft, order, raw, wanted, update)
        if order.is_stop and (wanted < most or price is None):
            self.reports.trigger(draft, order, update)
            order = draft.book.orders[accepted.order_id]
            if self._gapped_over(draft, order, raw):
                # It rests at its limit from the first price on, and all of the range came after that.
                resting = self._raw(draft, order, replace(update, opens=False))
                raw, price, rested = (raw, None, False) if resting is None else (resting, resting, True)
        if price is None or not wanted:
            return
        at = Touch(raw, price, rested)
        if accepted.reduce_only:
            fill = self.reports.fill(draft, order, wanted, at, update)
            if accepted.role is OrderRole.FLATTEN:
                for event in brackets.after_close(self._tape, draft, fill):
                    draft.emit(event)
            else:
                self._one_cancels_other(draft, order, fill)
        else:
            self._enter(draft, order, wanted, at, update)

    @staticmethod
    def _waits(draft: Draft, target: OrderAccepted) -> bool:
        """Whether a target may not fill yet.

        On the update of its entry's fill the favourable extreme came before; while its stop is triggered and
        not filled, the price was at the stop before it was at the target.
        """
        legs = brackets.legs_of(draft.book, target.parent_id)
        return target.parent_id in draft.acted or any(leg.triggered for leg in legs)

    @staticmethod
    def _gapped_over(draft: Draft, order: WorkingOrder, raw: int) -> bool:
        """Whether the first price triggered a stop-limit beyond its limit; not on its entry's own update."""
        accepted = order.accepted
        return (
            order.is_limit
            and accepted.side.sign * (raw - order.limit) > 0
            and (accepted.parent_id not in draft.acted)
        )

    def _wanted(self, draft: Draft, order: WorkingOrder, most: int, update: PriceUpdated) -> int:
        """Units that the venue has; all of them for a flatten, which skips what is random."""
        accepted = order.accepted
        if accepted.role is OrderRole.FLATTEN:
            return most
        model = self._models[draft.symbol].quantity
        return model.quantity(accepted.order_id, order.fills, most, update, draft.taken)

    def _price(
        self, draft: Draft, order: WorkingOrder, raw: int, quantity: int, update: PriceUpdated
    ) -> int | None:
        """What ``quantity`` units cost each; None where the limit or the quote allows no fill."""
        if order.is_limit:
            return raw
        models, sign = self._models[draft.symbol], order.accepted.side.sign
        price = models.price.price(raw, sign, draft.tick, max(1, quantity), update)
        if price is None:
            return None
        if not models.outside_bar:
            price = min(max(price, update.low), update.high)
        limit = order.limit
        if not limit:
            return price
        # A stop-limit is a marketable limit order at its touch: it never pays beyond the limit.
        if sign * (raw - limit) > 0:
            return None
        return min(price, limit) if sign > 0 else max(price, limit)

    def _follow(self, draft: Draft, order_id: bytes, update: PriceUpdated) -> None:
        """Move a trailing stop by this update's extreme; it counts from the next update on."""
        order = draft.working(order_id)
        if order is None or order_id in draft.acted or not order.is_stop:
            return
        if order.accepted.order_type is OrderType.TRAILING_STOP:
            moved = brackets.trailed(self._tape, order.accepted, update, draft.tick)
            if moved is not None:
                draft.emit(moved)

    # --- entries ------------------------------------------------------------------------------------

    def _enter(self, draft: Draft, order: WorkingOrder, wanted: int, at: Touch, update: PriceUpdated) -> None:
        """Fill an entry within its reservation, and put its bracket to work or resize it."""
        accepted = order.accepted
        room = max(0, accepted.reserved - order.spent) // (at.price * draft.multiplier)
        cause = accepted.order_id
        fill = None
        if room:
            fill = self.reports.fill(draft, order, min(wanted, room), at, update)
            cause = fill.id
        rest = draft.working(accepted.order_id)
        if wanted > room and rest is not None:
            self.reports.cancel(draft, rest, update.ts, cause, Refusal.RESERVATION_CUT)
        if fill is not None:
            for event in brackets.after_entry(self._tape, self._legs, draft, order, fill):
                draft.emit(event)
            self._stop_in_range(draft, fill, update)

    def _stop_in_range(self, draft: Draft, fill: OrderFilled, update: PriceUpdated) -> None:
        """The part of the range that may have come after an entry's fill can still hit its stop."""
        if update.low == update.high:
            return
        for leg in brackets.legs_of(draft.book, fill.order_id):
            if leg.is_stop and leg.accepted.order_id not in draft.acted:
                sign, stop = leg.accepted.side.sign, leg.accepted.price
                raw = rest_of_range(sign, stop, fill.raw_price, update)
                if raw is not None:
                    self._touched(draft, leg, raw, update)

    def _one_cancels_other(self, draft: Draft, order: WorkingOrder, fill: OrderFilled) -> None:
        """After an exit's fill: the rest of its entry goes, and the other leg is cut or goes too.

        A target that filled in part leaves the stop for what is still open. A stop that filled in part
        leaves no target: it will close the rest.
        """
        accepted = order.accepted
        keeps = accepted.role is OrderRole.TARGET and not fill.done
        for other in tuple(draft.book.orders.values()):
            entry = other.accepted.order_id == accepted.parent_id
            leg = other.accepted.parent_id == accepted.parent_id and (
                other.accepted.order_id != accepted.order_id
            )
            if leg and keeps and other.rest > fill.quantity:
                draft.emit(brackets.resized(self._tape, other, fill, -fill.quantity))
            elif entry or leg:
                self.reports.cancel(draft, other, fill.ts, fill.id, Refusal.BRACKET_SIBLING)


def _precedence(book: Book, order: WorkingOrder) -> int:
    if order.bracketed and (order.is_limit or order.is_stop) and not _behind_its_stop(book, order):
        return _RESTING_ENTRY
    return PRECEDENCE[order.accepted.role]


def _behind_its_stop(book: Book, entry: WorkingOrder) -> bool:
    """Whether the entry's stop is triggered, or reached before the entry's limit is."""
    sign = entry.accepted.side.sign
    legs = brackets.legs_of(book, entry.accepted.order_id) if entry.is_limit else ()
    return any(
        leg.triggered or (leg.is_stop and sign * (leg.accepted.price - entry.limit) > 0) for leg in legs
    )
