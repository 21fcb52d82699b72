"""The mark of one symbol and what its open trade has seen: how a price, a split and a dividend change them.

Decides what of an update counts for a trade, and how prices from before an ex-date are told in new units.
Never raises on a journaled event. Knows no order and no clock. Input: a book, the portfolio, updates and
events; both are changed in place.
"""

from msgspec.structs import replace

from ..domain.corporate_actions import Dividend, Split
from ..domain.portfolio import Portfolio
from ..messages import DividendPaid, PriceUpdated, SplitApplied
from .books import Book, Trade


def book_price(book: Book, update: PriceUpdated) -> None:
    """Fold a price. Told twice, after a crash, it counts once.

    Only what was surely seen while the trade was open widens its range: of the update that it was entered on
    the last price, of the one that ends it nothing but the fill.
    """
    before = book.newest
    if before is not None and before.last_index < update.first_index:
        _widen(book, before)
    price = update.last
    for action in book.applied:
        if update.start < action.ts:
            price = action.price(price)
            update = _restated(update, action) if isinstance(action, Split) else update
    book.newest, book.price = update, price


def _widen(book: Book, seen: PriceUpdated) -> None:
    """What the open trade has surely seen of an update that is over."""
    trade = book.trade
    if trade is not None and trade.since <= seen.last_index:
        entered = trade.since >= seen.first_index
        low, high = (seen.last, seen.last) if entered else (seen.low, seen.high)
        if low < trade.low or high > trade.high:
            book.trade = replace(trade, low=min(low, trade.low), high=max(high, trade.high))


def _restated(update: PriceUpdated, split: Split) -> PriceUpdated:
    return replace(
        update,
        first=split.price(update.first),
        high=split.price(update.high),
        low=split.price(update.low),
        last=split.price(update.last),
    )


def book_split(book: Book, portfolio: Portfolio, event: SplitApplied, multiplier: int) -> Trade | None:
    """Fold a split; returns the trade that it ended, when less than one unit was left.

    The orders' new terms and cancels are events of their own.
    """
    split = Split(event.ts, event.numerator, event.denominator)
    if book.newest is not None:
        _widen(book, book.newest)
        book.newest = None
    portfolio.split(event.symbol, event.numerator, event.denominator, event.price, multiplier)
    book.price = split.price(book.price)
    book.applied = (*book.applied, split)
    trade, book.trade = book.trade, None
    if trade is None:
        return None
    trade = replace(trade, realised=trade.realised + event.realised)
    if event.quantity:
        book.trade = _in_new_units(trade, split)
        return None
    units = abs(event.before)
    return replace(trade, exited=trade.exited + units, exited_value=trade.exited_value + units * event.price)


def _in_new_units(trade: Trade, split: Split) -> Trade:
    """Mean prices stay what they were, in new units; of a fraction of a unit nothing is counted."""
    entered, exited = split.units(trade.entered), split.units(trade.exited)
    return replace(
        trade,
        peak=split.units(trade.peak),
        entered=entered,
        entered_value=split.price(trade.entered_value * entered // trade.entered),
        exited=exited,
        exited_value=split.price(trade.exited_value * exited // trade.exited) if exited else 0,
        low=split.price(trade.low),
        high=split.price(trade.high),
    )


def book_dividend(book: Book, portfolio: Portfolio, event: DividendPaid, multiplier: int) -> None:
    """Fold a dividend: it is the trade's, and the mark is without the right to it."""
    dividend = Dividend(event.ts, event.amount)
    portfolio.dividend(event.symbol, event.amount, multiplier)
    book.price = dividend.price(book.price)
    book.applied = (*book.applied, dividend)
    if book.trade is not None:
        book.trade = replace(book.trade, realised=book.trade.realised + event.cash)
