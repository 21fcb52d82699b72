"""The limits of the account: what an entry would add to what is counted, against the largest allowed.

Decides each verdict alone; what each limit counts stands in the table of ``gates``. Knows no state and no
event. Input: a ``Situation``; output: a ``Verdict``.
"""

from ..domain.money import format_nanos
from .situation import Situation
from .verdict import OFF, Verdict, at_most, money_at_most, signed, told, unknown


def daily_trades(s: Situation) -> Verdict:
    """Entries of the session."""
    return at_most(s.trades, s.max_trades)


def daily_loss(s: Situation) -> Verdict:
    """The loss of the session has not reached its limit."""
    limit = told(-s.max_loss)
    if s.result is None:
        return unknown(limit)
    room = s.result + s.max_loss
    return Verdict(room > 0, format_nanos(s.result), limit, signed(room))


def drawdown(s: Situation) -> Verdict:
    """The fall from the highest equity has not reached its limit."""
    if not s.max_drawdown:
        return OFF
    if s.drawdown is None:
        return unknown(told(s.max_drawdown))
    room = s.max_drawdown - s.drawdown
    return Verdict(room > 0, format_nanos(s.drawdown), told(s.max_drawdown), signed(room))


def consecutive_losses(s: Situation) -> Verdict:
    """Losing round trips in a row have not reached their limit."""
    if not s.max_losses:
        return OFF
    room = s.max_losses - s.losses
    return Verdict(room > 0, str(s.losses), str(s.max_losses), f"{room:+d}")


def position_size(s: Situation) -> Verdict:
    """At least one unit, within the largest notional."""
    if s.notional is None or s.unit_notional is None:
        return unknown(told(s.max_notional))
    if s.quantity >= 1:
        return money_at_most(s.notional, s.max_notional)
    # An order of nothing is told by what one unit would be.
    room = s.max_notional - s.unit_notional
    return Verdict(False, format_nanos(s.unit_notional), told(s.max_notional), signed(room))


def total_exposure(s: Situation) -> Verdict:
    """All positions and entries under way."""
    return money_at_most(s.exposure, s.max_exposure)


def underlying_exposure(s: Situation) -> Verdict:
    """Those of the symbol's underlying."""
    return money_at_most(s.underlying_exposure, s.max_underlying) if s.max_underlying else OFF


def class_exposure(s: Situation) -> Verdict:
    """Those entered on timeframes of the signal's class."""
    return money_at_most(s.class_exposure, s.max_class) if s.max_class else OFF


def open_positions(s: Situation) -> Verdict:
    """Symbols held or about to be."""
    return at_most(s.positions, s.max_positions) if s.max_positions else OFF


def buying_power(s: Situation) -> Verdict:
    """Exposure and fees within equity times the leverage."""
    if s.power == 0:
        return OFF
    if s.power is None or s.power_needed is None:
        return unknown("equity x leverage")
    room = s.power - s.power_needed
    return Verdict(room >= 0, format_nanos(s.power_needed), format_nanos(s.power), signed(room))


def order_rate(s: Situation) -> Verdict:
    """Entries approved within a minute."""
    return at_most(s.orders, s.max_orders) if s.max_orders else OFF


def overload(s: Situation) -> Verdict:
    """Signals that wait at once."""
    return at_most(s.backlog, s.max_backlog) if s.max_backlog else OFF
