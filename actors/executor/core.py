"""The executor: turns approved orders into fills, keeps the books, and flattens when it must.

Decides which approvals the venue works or rejects, what fills on each price, which requests about working
orders it follows, and what a kill, a stop, a flatten request and the end of a day mean for orders and
positions. Knows no gate, no limit, no clock and no journal; an entry's terms come from ``entries``, fill
prices from ``fills`` and ``models``, their order from ``matching``. Input: OrderApproved, prices, requests
and control events; output: order events, closed trades, snapshots at the session close.

By state of the floor: entries are accepted while RUNNING (or STARTING) and while PAUSED, for an approval
that was given before the pause is kept; orders at work go on in both. STOPPED and STOPPING cancel working
entries and leave positions with their stops and targets, unless a flatten was asked for. KILLED lets
nothing act but orders of that kill; with policy keep the exits are gone with it, and the position stays
unprotected until somebody flattens.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..config import Config
from ..domain.fee_schedules import fees_of, schedule
from ..domain.ids import derive_id
from ..domain.instruments import Instrument
from ..domain.portfolio import Portfolio
from ..messages import (
    AccountCompared,
    CancelAllRequested,
    CancelRequested,
    DayClosed,
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
    PositionSnapshot,
    PriceUpdated,
    Rearmed,
    ReductionRequested,
    ReplaceRequested,
    TimerDue,
    TradeClosed,
    TradingStateChanged,
)
from ..types import OrderRole, Refusal, TradingState
from . import reductions, requests
from . import state as st
from .books import Book, Draft, WorkingOrder
from .brackets import STOPS, Legs
from .entries import Desk, rejection
from .matching import Venue, awake
from .models import models
from .state import ExecutorState

_RESTING = frozenset({TradingState.STOPPED, TradingState.STOPPING})


class ExecutorCore:
    """A deciding core. ``tape_bar_ns``: length of the tape's own bar by symbol, 0 for trades."""

    FOLDS: tuple[type[Message], ...] = (
        OrderApproved,
        OrderAccepted,
        OrderRejected,
        OrderTriggered,
        OrderReplaced,
        OrderFilled,
        OrderCanceled,
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
    ) -> None:
        execution = config.execution
        self._instruments = dict(instruments)
        self._multipliers = {symbol: listed.multiplier for symbol, listed in instruments.items()}
        self._tape = tape
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
            Killed: self._killed,
            FlattenRequested: self._flatten_all,
            ReductionRequested: self._reduce,
            CancelAllRequested: self._cancel_all,
            CancelRequested: self._cancel_requested,
            ReplaceRequested: self._replace_requested,
            TimerDue: self._expired,
            TradingStateChanged: self._state_changed,
            DayClosed: self._day_closed,
        }
        self._folds: dict[type[Message], Callable[[ExecutorState, Any], None]] = {
            **st.FOLDS,
            OrderFilled: self._fold_filled,
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
        """The end of the first session that a DAY order works in; nothing else waits for a time."""
        ends = [
            order.accepted.expires_ts
            for book in state.books.values()
            for order in book.orders.values()
            if order.accepted.expires_ts
        ]
        return min(ends, default=None)

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
        if state.trading in _RESTING:
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
            self._venue.flatten(draft, owed.ts, owed.id, owed.id)
        self._venue.match(draft, update)
        return draft.out

    def _expired(self, state: ExecutorState, timer: TimerDue) -> Sequence[Message]:
        """End the DAY orders whose session is over, in order of acceptance."""
        out: list[Event] = []
        for symbol, book in state.books.items():
            draft = self._draft(state, symbol)
            for order in book.orders.values():
                if 0 < order.accepted.expires_ts <= timer.now:
                    self._venue.expire(draft, order)
            out += draft.out
        return out

    # --- requests -----------------------------------------------------------------------------------

    def _cancel_requested(self, state: ExecutorState, request: CancelRequested) -> Sequence[Message]:
        order = self._order(state, request)
        reason = requests.cancel_refusal(order, killed=state.kill is not None)
        if reason is not None or order is None:
            return [requests.refused(self._tape, request, reason or Refusal.UNKNOWN_ORDER)]
        draft = self._draft(state, request.symbol)
        self._venue.cancel(draft, order, request.ts, request.id, Refusal.CANCEL_REQUESTED)
        return draft.out

    def _replace_requested(self, state: ExecutorState, request: ReplaceRequested) -> Sequence[Message]:
        order = self._order(state, request)
        draft = self._draft(state, request.symbol) if order is not None else None
        tick = draft.tick if draft is not None else 1
        reason = requests.replace_refusal(order, request, tick, killed=state.kill is not None)
        if reason is not None or order is None or draft is None:
            return [requests.refused(self._tape, request, reason or Refusal.UNKNOWN_ORDER)]
        model = self._models.get(request.symbol)
        arrival = request.ts if model is None else model.delay.arrival(request.ts)
        draft.emit(requests.replaced(self._tape, order, request, arrival))
        return draft.out

    @staticmethod
    def _order(state: ExecutorState, request: CancelRequested | ReplaceRequested) -> WorkingOrder | None:
        book = state.books.get(request.symbol)
        return None if book is None else book.orders.get(request.order_id)

    # --- control ------------------------------------------------------------------------------------

    def _killed(self, state: ExecutorState, killed: Killed) -> Sequence[Message]:
        """Flatten orders for every position; the writer cancelled everything else with the latch."""
        out: list[Event] = []
        for symbol in state.books:
            if state.flatten_owed(symbol) is not None:
                draft = self._draft(state, symbol)
                self._venue.flatten(draft, killed.ts, killed.id, killed.id)
                out += draft.out
        return out

    def _state_changed(self, state: ExecutorState, event: TradingStateChanged) -> Sequence[Message]:
        if event.flatten:
            return self._flatten_all(state, event)
        if event.state not in _RESTING:
            return ()
        out: list[Event] = []
        for symbol, book in state.books.items():
            draft = self._draft(state, symbol)
            for order in book.orders.values():
                if order.accepted.role is OrderRole.ENTRY:
                    self._venue.cancel(draft, order, event.ts, event.id, Refusal.STOPPED)
            out += draft.out
        return out

    def _flatten_all(self, state: ExecutorState, event: Event) -> Sequence[Message]:
        """Cancel what works and close every position; under a kill the orders carry its id."""
        out: list[Event] = []
        kill_id = state.kill.id if state.kill is not None else b""
        for symbol, book in state.books.items():
            draft = self._draft(state, symbol)
            for order in book.orders.values():
                if reductions.stands_aside(draft, order):
                    self._venue.cancel(draft, order, event.ts, event.id, Refusal.FLATTENED)
            self._venue.flatten(draft, event.ts, event.id, kill_id)
            out += draft.out
        return out

    def _reduce(self, state: ExecutorState, event: ReductionRequested) -> Sequence[Message]:
        """A reduce-only market order for a part of each position that is meant."""
        drafts = [self._draft(state, symbol) for symbol in state.books if event.symbol in {"", symbol}]
        kill_id = state.kill.id if state.kill is not None else b""
        for draft in drafts:
            reductions.reduce(self._venue, draft, event, kill_id)
        return [made for draft in drafts for made in draft.out]

    def _cancel_all(self, state: ExecutorState, event: CancelAllRequested) -> Sequence[Message]:
        """The cancel of every working order that is meant."""
        drafts = [self._draft(state, symbol) for symbol in state.books if event.symbol in {"", symbol}]
        for draft in drafts:
            reductions.cancel_all(self._venue, draft, event)
        return [made for draft in drafts for made in draft.out]

    def _day_closed(self, state: ExecutorState, day: DayClosed) -> Sequence[Message]:
        """A snapshot of each open position, and the books beside the day row."""
        out: list[Message] = []
        for symbol, held in state.portfolio.positions.items():
            multiplier = self._multipliers.get(symbol, 1)
            price = state.books[symbol].price or held.average(multiplier)
            out.append(
                PositionSnapshot(
                    id=derive_id(day.ts, self._tape, day.id, "snapshot", symbol),
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
        equity = state.portfolio.equity(state.prices(), self._multipliers)
        out.append(
            AccountCompared(
                id=derive_id(day.ts, self._tape, day.id, "compared"),
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
