"""What the ex-date of a split or a dividend does to one symbol's position and working orders.

Decides when an action is due, what it books and which terms the orders have afterwards. Knows no floor state.
Input: a draft and the action; output: events, in ``draft.out``.

A split restates everything in new units: levels are rounded to the tick away from the market, so that no
order is easier to fill than before. An entry is cancelled, for it was sized and levelled in old units; a
flatten is asked for anew. A dividend lowers the resting buy limits and sell stops of a bracket by its amount,
as FINRA rule 5330 has it of open orders: the ex-date alone would trigger them else.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from operator import attrgetter

from ..domain.corporate_actions import CorporateAction, Dividend, Split
from ..domain.ids import derive_id
from ..messages import DividendPaid, OrderReplaced, SplitApplied
from ..types import OrderRole, Refusal, Side
from .books import Book, Draft, WorkingOrder
from .brackets import lies_above
from .marks import book_dividend, book_split
from .reports import Reports
from .requests import terms

_BY_TIME = attrgetter("ts")


def upcoming(book: Book, actions: Sequence[CorporateAction]) -> Iterator[CorporateAction]:
    """The actions that concern what is held or at work, and that are not booked yet; oldest first.

    A dividend concerns what is held; a split orders too.
    """
    entered = [] if book.trade is None else [book.trade.entry_ts]
    begun = min((*entered, *(order.accepted.ts for order in book.orders.values())), default=None)
    if begun is None:
        return
    since = max(begun, book.applied[-1].ts + 1 if book.applied else 0)
    for at in range(bisect_left(actions, since, key=_BY_TIME), len(actions)):
        action = actions[at]
        concerned = [begun] if isinstance(action, Split) else entered
        if any(_is_older(ts, action.ts, book) for ts in concerned):
            yield action


def _is_older(begun: int, ex_date: int, book: Book) -> bool:
    """Whether something began before an ex-date.

    A bar may end at that very instant: what it filled or led to is older than the first price of the date.
    """
    seen = book.newest
    return begun < ex_date or (begun == ex_date and seen is not None and seen.start < ex_date)


def book_action(reports: Reports, tape: str, draft: Draft, action: CorporateAction) -> None:
    """Book one action on what the draft still holds or works."""
    if isinstance(action, Split):
        if draft.position or draft.book.orders:
            _split(reports, tape, draft, action)
    elif draft.position:
        _dividend(tape, draft, action)


def _split(reports: Reports, tape: str, draft: Draft, split: Split) -> None:
    held = draft.portfolio.positions.get(draft.symbol)
    # A symbol that has not traded yet is marked at its cost.
    price = draft.book.price or (held.average(draft.multiplier) if held else 0)
    effect = draft.portfolio.split_effect(
        draft.symbol, split.numerator, split.denominator, price, draft.multiplier
    )
    event = SplitApplied(
        id=derive_id(split.ts, tape, draft.symbol, "split", split.numerator, split.denominator),
        ts=split.ts,
        symbol=draft.symbol,
        numerator=split.numerator,
        denominator=split.denominator,
        price=price,
        before=draft.position,
        quantity=effect.quantity,
        cash=effect.cash,
        realised=effect.realised,
    )
    draft.out.append(event)
    ended = book_split(draft.book, draft.portfolio, event, draft.multiplier)
    if ended is not None:
        reports.closed(draft, ended, event.ts, event.id, OrderRole.FLATTEN)
    closing, kill_id = 0, b""
    for order in tuple(draft.book.orders.values()):
        rest = min(split.units(order.rest), abs(draft.position))
        if order.accepted.role is OrderRole.FLATTEN:
            closing, kill_id = closing + rest, order.accepted.kill_id
        if rest and order.accepted.role in {OrderRole.STOP, OrderRole.TARGET}:
            draft.emit(_restated(tape, order, split, rest, event.id, draft.tick))
        else:
            reports.cancel(draft, order, event.ts, event.id, Refusal.CORPORATE_ACTION)
    if closing:
        reports.close(draft, min(closing, abs(draft.position)), event.ts, event.id, kill_id)


def _restated(
    tape: str, order: WorkingOrder, split: Split, rest: int, cause: bytes, tick: int
) -> OrderReplaced:
    accepted = order.accepted
    up = lies_above(accepted.role, accepted.side)
    return terms(
        tape,
        accepted,
        split.ts,
        cause,
        quantity=order.filled + rest,
        price=split.level(accepted.price, tick, up=up),
        limit=split.level(accepted.limit, tick, up=up),
        # A range that began before the ex-date is told in old units.
        active_ts=max(accepted.active_ts, split.ts),
        trail=split.price(accepted.trail),
    )


def _dividend(tape: str, draft: Draft, dividend: Dividend) -> None:
    event = DividendPaid(
        id=derive_id(dividend.ts, tape, draft.symbol, "dividend", dividend.amount),
        ts=dividend.ts,
        symbol=draft.symbol,
        amount=dividend.amount,
        quantity=draft.position,
        cash=draft.portfolio.dividend_due(draft.symbol, dividend.amount, draft.multiplier),
    )
    draft.out.append(event)
    book_dividend(draft.book, draft.portfolio, event, draft.multiplier)
    for order in tuple(draft.book.orders.values()):
        accepted = order.accepted
        lowered = order.is_stop if accepted.side is Side.SELL else order.is_limit
        if accepted.role in {OrderRole.STOP, OrderRole.TARGET} and lowered:
            draft.emit(
                terms(
                    tape,
                    accepted,
                    dividend.ts,
                    event.id,
                    quantity=accepted.quantity,
                    price=dividend.level(accepted.price, draft.tick),
                    limit=dividend.level(accepted.limit, draft.tick),
                    active_ts=accepted.active_ts,
                )
            )
