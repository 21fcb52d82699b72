"""What orders, fills, ex-dates and days do to risk's books: reservations, filled entries, equity, the day.

Decides when a reservation turns into a filled entry, what equity is and how a session's totals are
taken. Knows no signal and no gate. Input: journaled events and prices; it changes a ``RiskState``.

Drawdown of a session: equity at its opening, after every fill and at its close, with each position
marked at its symbol's last fill price. Prices between fills are not journaled for risk, and a value
that a restart could not rebuild would not be worth storing.
"""

from collections.abc import Mapping
from typing import Final

from ..domain.corporate_actions import CorporateAction, Dividend, Split
from ..domain.timeframes import parse
from ..messages import DayClosed, DividendPaid, OrderApproved, OrderFilled, SplitApplied, TradeClosed
from ..types import NANOS, Direction, OrderRole, Side
from .state import Book, Reservation, RiskState, Streak

MINUTE: Final = 60 * NANOS
"""Over which the order rate is counted."""


def reserve(state: RiskState, order: OrderApproved) -> None:
    """Set aside what an approved entry may cost, and one trade of its session."""
    unit = order.reserved // order.quantity
    direction = Direction.LONG if order.side is Side.BUY else Direction.SHORT
    klass = parse(order.timeframe).klass.value if order.timeframe else ""
    state.reservations[order.id] = Reservation(
        order.symbol, order.quantity, unit, order.session, direction, klass, fees=order.reserved_fees
    )
    state.approved = (*(ts for ts in state.approved if ts > order.ts - MINUTE), order.ts)


def release(state: RiskState, order_id: bytes) -> None:
    """Give back what an order still had set aside; nothing when it had nothing."""
    state.reservations.pop(order_id, None)


def see_price(state: RiskState, book: Book, last: int, start: int, ts: int) -> None:
    """Mark one symbol at a price whose range began at ``start``; one older than the last changes nothing.

    A price from before an ex-date that was booked, as a restart finds it, is told without what that brought.
    """
    if ts < book.last_ts:
        return
    for action in book.applied:
        last = action.price(last) if start < action.ts else last
    book.applied = tuple(action for action in book.applied if start < action.ts)
    book.last, book.last_ts = last, ts
    if book.units:
        value = book.units * last
        state.equity += value - book.value
        book.value = value


def fill(state: RiskState, event: OrderFilled, multipliers: Mapping[str, int], session: int) -> None:
    """Book one execution; ``session`` is the one its time lies in."""
    symbol, multiplier = event.symbol, multipliers.get(event.symbol, 1)
    book = state.books.setdefault(symbol, Book({}))
    state.portfolio.apply_fill(symbol, event.side, event.quantity, event.price, event.fee, multiplier)
    _revalue(state, symbol, book, multiplier)
    state.marks[symbol] = book.close = event.price
    state.peak = max(state.peak, state.booked)
    if event.ts >= state.day.closed_due:
        _sample(state, state.portfolio.equity(state.marks, multipliers))
    if event.role is OrderRole.ENTRY:
        _convert(state, event, session)
    elif not book.units:
        book.klass = ""


def split(state: RiskState, event: SplitApplied, multipliers: Mapping[str, int]) -> None:
    """Units and marks of a symbol are new ones; what the account is worth stays, to the rounding."""
    symbol, multiplier = event.symbol, multipliers.get(event.symbol, 1)
    state.portfolio.split(symbol, event.numerator, event.denominator, event.price, multiplier)
    _ex_date(state, symbol, Split(event.ts, event.numerator, event.denominator), multiplier)


def dividend(state: RiskState, event: DividendPaid, multipliers: Mapping[str, int]) -> None:
    """Cash came, and the marks are without it: on the ex-date nothing was earned or lost yet."""
    symbol, multiplier = event.symbol, multipliers.get(event.symbol, 1)
    state.portfolio.dividend(symbol, event.amount, multiplier)
    _ex_date(state, symbol, Dividend(event.ts, event.amount), multiplier)


def _ex_date(state: RiskState, symbol: str, action: CorporateAction, multiplier: int) -> None:
    book = state.books.setdefault(symbol, Book({}))
    if book.last_ts <= action.ts:
        book.last = action.price(book.last)
        book.applied = (*book.applied, action)
    book.close = action.price(book.close)
    if symbol in state.marks:
        state.marks[symbol] = action.price(state.marks[symbol])
    _revalue(state, symbol, book, multiplier)
    if not book.units:
        book.klass = ""


def _revalue(state: RiskState, symbol: str, book: Book, multiplier: int) -> None:
    """What a position is worth after its units changed, and the account with it."""
    held = state.portfolio.positions.get(symbol)
    book.units = held.quantity * multiplier if held is not None else 0
    cost = held.cost if held is not None else 0
    book.value = book.units * book.last if book.last else cost
    state.equity = state.portfolio.cash + sum(other.value for other in state.books.values())


def see_close(state: RiskState, book: Book, close: int, ts: int, floor: int) -> None:
    """A base bar closed at ``close``: the peak of equity, and how long it has been at or below ``floor``.

    The closes are journaled, so a restart counts the same bars. Symbols whose bars close at one instant
    count as one bar, judged with the newest close of each.
    """
    book.close = close
    equity = state.booked
    state.peak = max(state.peak, equity)
    held = state.below
    before = held.before if held.instant == ts else held.length
    state.below = Streak(ts, before, before + 1 if equity <= floor else 0)


def close_trade(state: RiskState, trade: TradeClosed) -> None:
    """Count a closed round trip; one without profit or loss is neither win nor loss."""
    day = state.day
    day.wins += trade.net > 0
    day.losses += trade.net < 0
    book = state.books.setdefault(trade.symbol, Book({}))
    book.last_trade = max(book.last_trade, trade.ts)
    if trade.net < 0:
        book.last_loss = max(book.last_loss, trade.ts)
    if trade.ts >= day.closed_due:
        day.lost = (*day.lost, trade.ts) if trade.net < 0 else () if trade.net > 0 else day.lost


def drawdown_at_close(state: RiskState) -> int:
    """Largest fall of equity in the session, its close included, nanos."""
    day = state.day
    return max(day.drawdown, max(day.peak, state.equity) - state.equity)


def close_day(state: RiskState, row: DayClosed, due: int) -> None:
    """Start the next session from what the row says."""
    day = state.day
    day.session, day.due = 0, 0
    day.closed, day.closed_due = max(day.closed, row.session), max(day.closed_due, due)
    day.opening = day.peak = row.equity_close
    day.drawdown = 0
    # A round trip of the next session may have been heard of before this row.
    day.lost = tuple(ts for ts in day.lost if ts >= due)
    state.peak = max(state.peak, row.equity_close)
    state.below = Streak()
    day.realised += row.realised
    day.fees += row.fees
    day.wins -= row.wins
    day.losses -= row.losses
    left = state.filled.get(row.session, 0) - row.trades
    if left:
        state.filled[row.session] = left
    else:
        state.filled.pop(row.session, None)
    state.locks = {key: until for key, until in state.locks.items() if until == 0 or until > row.ts}


def _convert(state: RiskState, event: OrderFilled, session: int) -> None:
    reservation = state.reservations.get(event.order_id)
    if reservation is None:
        return
    if not reservation.filled:
        reservation.filled = True
        state.books[event.symbol].klass = reservation.klass
        # An entry that waited over a close fills in, and counts for, a later session.
        session = max(session, reservation.session)
        state.filled[session] = state.filled.get(session, 0) + 1
    reservation.remaining -= event.quantity
    reservation.fees = max(0, reservation.fees - event.fee)
    if event.done:
        del state.reservations[event.order_id]


def _sample(state: RiskState, equity: int) -> None:
    day = state.day
    day.peak = max(day.peak, equity)
    day.drawdown = max(day.drawdown, day.peak - equity)
