"""The executor: turns approved orders into fills, keeps the books, and flattens when it must.

Decides which approvals the venue works or rejects, what fills on each price, and what happens by time alone:
the end of DAY orders, ex-dates. Knows no gate, no limit, no clock and no journal; an entry's terms come from
``entries``, fill prices from ``fills`` and ``models``, their order from ``matching``, what requests and the
floor's state do from ``control``. Input: OrderApproved, prices, requests and control events; output: order
events, closed trades, snapshots at the session close.

By state of the floor: entries are accepted while RUNNING (or STARTING) and while PAUSED, for an approval
that was given before the pause is kept; orders at work go on in both. STOPPED and STOPPING cancel working
entries and leave positions with their stops and targets, unless a flatten was asked for. KILLED lets
nothing act but orders of that kill; with policy keep the exits are gone with it, and the position stays
unprotected until somebody flattens.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

from ..config import Config
from ..domain.corporate_actions import CorporateAction
from ..domain.fee_schedules import fees_of, schedule
from ..domain.instruments import Instrument
from ..domain.portfolio import Portfolio
from ..messages import (
    CancelAllRequested,
    CancelRequested,
    DayClosed,
    DividendPaid,
    Event,
    FlattenRequested,
    Killed,
    Message,
    OrderAccepted,
    OrderApproved,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderTriggered,
    PriceUpdated,
    Rearmed,
    ReductionRequested,
    ReplaceRequested,
    SplitApplied,
    TimerDue,
    TradeClosed,
    TradingStateChanged,
)
from ..types import Refusal, TradingState
from . import corporate
from . import state as st
from .books import Book, Draft
from .brackets import STOPS, Legs
from .control import RESTING, Control
from .day import day_closed
from .entries import Desk, rejection
from .matching import Venue, awake
from .models import models
from .state import ExecutorState


class ExecutorCore:
    """A deciding core.

    ``tape_bar_ns``: length of the tape's own bar by symbol, 0 for trades; ``actions``: splits and dividends
    that the prices of a symbol are not adjusted for, oldest first.
    """

    FOLDS: tuple[type[Message], ...] = (
        OrderApproved,
        OrderAccepted,
        OrderRejected,
        OrderTriggered,
        OrderReplaced,
        OrderFilled,
        OrderCanceled,
        SplitApplied,
        DividendPaid,
        TradeClosed,
        TradingStateChanged,
        Killed,
        Rearmed,
        FlattenRequested,
        ReductionRequested,
        CancelAllRequested,
        CancelRequested,
        ReplaceRequested,
        DayClosed,
    )
    OBSERVES: tuple[type[Message], ...] = (PriceUpdated,)

    def __init__(
        self,
        config: Config,
        instruments: Mapping[str, Instrument],
        tape: str,
        tape_bar_ns: Mapping[str, int],
        actions: Mapping[str, Sequence[CorporateAction]] | None = None,
    ) -> None:
        execution = config.execution
        self._instruments = dict(instruments)
        self._multipliers = {symbol: listed.multiplier for symbol, listed in instruments.items()}
        self._tape, self._actions = tape, actions or {}
        self._cash = config.account_nanos
        chosen = {
            symbol: models(execution, listed.kind, config.seed, tape_bar_ns.get(symbol, 0))
            for symbol, listed in instruments.items()
        }
        # A position of a former configuration, whose instrument is not known any more, is a share's.
        unlisted = models(execution, "equity", config.seed, 0)
        self._models = chosen
        self._desks = {
            symbol: Desk(tape, execution, listed, chosen[symbol]) for symbol, listed in instruments.items()
        }
        self._venue = Venue(
            tape,
            defaultdict(lambda: unlisted, chosen),
            Legs(STOPS[execution.stop], execution.stop_limit_ticks),
        )
        lines = schedule(config)
        self._fees = {symbol: fees_of(lines, i.kind, symbol) for symbol, i in instruments.items()}
        self._unlisted_fees = fees_of(lines, "equity", "")
        self._decisions: dict[type[Message], Callable[[ExecutorState, Any], Sequence[Message]]] = {
            PriceUpdated: self._price,
            OrderApproved: self._approved,
            TimerDue: self._timer_due,
            DayClosed: lambda state, day: day_closed(tape, state, day, self._multipliers),
            **Control(tape, self._venue.reports, self._models, self._draft).decisions,
        }
        self._folds: dict[type[Message], Callable[[ExecutorState, Any], None]] = {
            **st.FOLDS,
            OrderFilled: self._fold_filled,
            SplitApplied: self._fold_split,
            DividendPaid: self._fold_dividend,
        }

    def initial(self) -> ExecutorState:
        """Flat, with the configured cash, STOPPED."""
        books = {symbol: Book(symbol) for symbol in self._instruments}
        return ExecutorState(Portfolio(self._cash), books)

    def decide(self, state: ExecutorState, message: Message, now: int) -> Sequence[Message]:  # noqa: ARG002
        """What follows from a message; the time of every outcome is the message's own.

        ``now`` is not used: a message delivered once more after a crash must give the same events.
        """
        decision = self._decisions.get(type(message))
        return decision(state, message) if decision is not None else ()

    def apply(self, state: ExecutorState, event: Message) -> None:
        """Fold one event.

        OrderApproved, TradeClosed and the requests change nothing here: the first is remembered by its
        answer, the second by the fill that closed it, the others by the orders they changed.
        """
        fold = self._folds.get(type(event))
        if fold is not None:
            fold(state, event)

    def next_due(self, state: ExecutorState) -> int | None:
        """The end of the first session that a DAY order works in, or the next ex-date of what is held."""
        dues = [
            order.accepted.expires_ts
            for book in state.books.values()
            for order in book.orders.values()
            if order.accepted.expires_ts
        ]
        for symbol, actions in self._actions.items():
            dues += [action.ts for action in islice(corporate.upcoming(state.books[symbol], actions), 1)]
        return min(dues, default=None)

    # --- orders and prices --------------------------------------------------------------------------

    def _approved(self, state: ExecutorState, approved: OrderApproved) -> Sequence[Message]:
        """Reject, or put the entry to work; nothing when it was answered before."""
        if approved.id in state.answered:
            return ()
        reason = self._refusal(state, approved)
        if reason is not None:
            return [rejection(self._tape, approved, reason)]
        return [self._desks[approved.symbol].accepted(approved)]

    def _refusal(self, state: ExecutorState, approved: OrderApproved) -> Refusal | None:
        if state.kill is not None or state.trading is TradingState.KILLED:
            return Refusal.KILLED
        if state.trading in RESTING:
            return Refusal.STOPPED
        desk = self._desks.get(approved.symbol)
        if desk is None:
            return Refusal.UNKNOWN_SYMBOL
        return desk.refusal(approved, state.portfolio.cash, state.books[approved.symbol].price)

    def _price(self, state: ExecutorState, update: PriceUpdated) -> Sequence[Message]:
        book = state.books[update.symbol]
        owed = state.flatten_owed(update.symbol)
        if owed is None and not awake(book, update):
            return ()
        draft = self._draft(state, update.symbol)
        if owed is not None:
            self._venue.reports.flatten(draft, owed.ts, owed.id, owed.id)
        self._venue.match(draft, update)
        return draft.out

    def _timer_due(self, state: ExecutorState, timer: TimerDue) -> Sequence[Message]:
        """Book the ex-dates that have come, and end the DAY orders whose session is over."""
        out: list[Event] = []
        for symbol, book in state.books.items():
            draft = self._draft(state, symbol)
            for action in corporate.upcoming(book, self._actions.get(symbol, ())):
                if action.ts > timer.now:
                    break
                self._expire(draft, action.ts)
                corporate.book_action(self._venue.reports, self._tape, draft, action)
            self._expire(draft, timer.now)
            out += draft.out
        return out

    def _expire(self, draft: Draft, now: int) -> None:
        """In order of acceptance."""
        for order in tuple(draft.book.orders.values()):
            if 0 < order.accepted.expires_ts <= now:
                self._venue.reports.expire(draft, order)

    # --- bookkeeping --------------------------------------------------------------------------------

    def _draft(self, state: ExecutorState, symbol: str) -> Draft:
        listed = self._instruments.get(symbol)
        held = state.portfolio.positions.get(symbol)
        tick, multiplier = (listed.tick, listed.multiplier) if listed else (1, 1)
        fees = self._fees.get(symbol, self._unlisted_fees)
        return Draft(state.books[symbol], held, tick, multiplier, fees, state.ledger)

    def _fold_filled(self, state: ExecutorState, event: OrderFilled) -> None:
        fees = self._fees.get(event.symbol, self._unlisted_fees)
        st.fold_filled(state, event, self._multipliers.get(event.symbol, 1), fees)

    def _fold_split(self, state: ExecutorState, event: SplitApplied) -> None:
        st.fold_split(state, event, self._multipliers.get(event.symbol, 1))

    def _fold_dividend(self, state: ExecutorState, event: DividendPaid) -> None:
        st.fold_dividend(state, event, self._multipliers.get(event.symbol, 1))
