"""What an approval becomes at the venue: a rejection, or a working entry with its terms.

Decides order type, levels, time in force, first and last instant of an entry from the config, and the
reasons to refuse it. Knows no position and no price but the newest. Input: an approval that risk gave;
output: OrderAccepted or OrderRejected. An entry comes from an ``OrderApproved`` alone, so what risk denied
cannot get here.
"""

from ..config import ExecutionConfig
from ..domain.calendar import calendar
from ..domain.ids import derive_id
from ..domain.instruments import Instrument
from ..domain.money import on_tick
from ..messages import OrderAccepted, OrderApproved, OrderRejected
from ..types import OrderRole, OrderType, Refusal, TimeInForce
from .models import Models

ENTRIES = {
    "market": OrderType.MARKET,
    "limit": OrderType.LIMIT,
    "stop": OrderType.STOP,
    "stop_limit": OrderType.STOP_LIMIT,
}
_STOPPED = frozenset({OrderType.STOP, OrderType.STOP_LIMIT})


class Desk:
    """Where the approvals of one symbol become orders."""

    def __init__(self, tape: str, execution: ExecutionConfig, listed: Instrument, models: Models) -> None:
        self._tape, self._listed, self._models = tape, listed, models
        self._type = ENTRIES[execution.entry]
        self._time_in_force = TimeInForce(execution.time_in_force.upper())
        self._trailing = execution.stop == "trailing"
        self._beyond = execution.stop_limit_ticks * listed.tick
        self._hours = calendar(listed.calendar, listed.timezone)

    def refusal(self, approved: OrderApproved, cash: int, last: int) -> Refusal | None:
        """Why the venue does not take the order; None when it does."""
        session = self._hours.session_at(approved.ts)
        is_open = session is not None and approved.ts < session.close
        return self._models.rejects.reason(approved, cash, last, is_open=is_open)

    def accepted(self, approved: OrderApproved) -> OrderAccepted:
        """The working entry."""
        arrival = self._models.delay.arrival(approved.ts)
        price, limit = self._levels(approved)
        entry = approved.entry or approved.reference
        return OrderAccepted(
            id=derive_id(approved.ts, self._tape, approved.id, "accepted"),
            ts=approved.ts,
            cause=approved.id,
            order_id=approved.id,
            parent_id=b"",
            symbol=approved.symbol,
            role=OrderRole.ENTRY,
            side=approved.side,
            quantity=approved.quantity,
            price=price,
            active_ts=arrival,
            reserved=approved.reserved,
            reduce_only=False,
            signal_id=approved.signal_id,
            stop=approved.stop,
            target=approved.target,
            order_type=self._type,
            time_in_force=self._time_in_force,
            limit=limit,
            trail=abs(entry - approved.stop) if self._trailing else 0,
            expires_ts=self._expiry(arrival) if self._time_in_force is TimeInForce.DAY else 0,
        )

    def _levels(self, approved: OrderApproved) -> tuple[int, int]:
        """Price and limit, on the tick; rounded so that the order is harder to fill."""
        if self._type is OrderType.MARKET:
            return 0, 0
        level, tick, sign = approved.entry or approved.reference, self._listed.tick, approved.side.sign
        # A limit to buy and a stop to sell are rounded down, the others up.
        up = (sign > 0) == (self._type in _STOPPED)
        price = on_tick(level, tick, up=up)
        if self._type is OrderType.STOP_LIMIT:
            return price, max(tick, price + sign * self._beyond)
        return price, 0

    def _expiry(self, arrival: int) -> int:
        """The first instant after the session in which the order starts to work."""
        session = self._hours.session_at(arrival)
        if session is None or arrival >= session.close:
            session = self._hours.next_session(arrival)
        return session.close + self._hours.inclusive_close


def rejection(tape: str, approved: OrderApproved, reason: Refusal) -> OrderRejected:
    """The venue's no."""
    return OrderRejected(
        id=derive_id(approved.ts, tape, approved.id, "rejected"),
        ts=approved.ts,
        cause=approved.id,
        order_id=approved.id,
        symbol=approved.symbol,
        reason=reason,
    )
