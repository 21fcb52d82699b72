"""The executor: turns approved orders into fills, keeps the books, and flattens when it must.

Decides which approvals the venue works or rejects, what fills on each price, and what a kill, a stop, a
flatten request and the end of a day mean for orders and positions. Knows no gate, no limit, no clock and
no journal; fill prices come from ``fills``, their order from ``matching``. Input: OrderApproved, prices
and control events; output: order events, closed trades, snapshots at the session close.

By state of the floor: entries are accepted while RUNNING (or STARTING) and while PAUSED, for an approval
that was given before the pause is kept; orders at work go on in both. STOPPED and STOPPING cancel working
entries and leave positions with their stops and targets, unless a flatten was asked for. KILLED lets
nothing act but orders of that kill; with policy keep the exits are gone with it, and the position stays
unprotected until somebody flattens.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..config import Config
from ..domain.ids import derive_id
from ..domain.instruments import Instrument
from ..domain.money import parse_decimal
from ..domain.portfolio import Portfolio
from ..messages import (
    AccountCompared,
    CancelAllRequested,
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
    OrderTriggered,
    PositionSnapshot,
    PriceUpdated,
    Rearmed,
    ReductionRequested,
    TradeClosed,
    TradingStateChanged,
)
from ..types import OrderRole, Refusal, TradingState
from . import reductions
from . import state as st
from .books import Book, Draft
from .fills import FixedBps, Partials, PerUnit, rejected
from .matching import Venue
from .state import ExecutorState

NANOS_PER_MS = 1_000_000
_RESTING = frozenset({TradingState.STOPPED, TradingState.STOPPING})


class ExecutorCore:
    """A deciding core. ``tape_bar_ns``: length of the tape's own bar by symbol, 0 for trades."""

    FOLDS: tuple[type[Message], ...] = (
        OrderApproved,
        OrderAccepted,
        OrderRejected,
        OrderTriggered,
        OrderFilled,
        OrderCanceled,
        TradeClosed,
        TradingStateChanged,
        Killed,
        Rearmed,
        FlattenRequested,
        ReductionRequested,
        CancelAllRequested,
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
        self._tape_bar_ns = dict(tape_bar_ns)
        self._cash = config.account_nanos
        self._seed = config.seed
        self._reject_probability = execution.reject_probability
        self._delay = parse_decimal(str(execution.fill_delay_ms), NANOS_PER_MS)
        self._venue = Venue(
            tape,
            FixedBps.of(execution.slippage_bps),
            Partials(config.seed, execution.partial_fill_probability),
            PerUnit.of(execution.commission_per_share),
            frozenset(symbol for symbol, listed in instruments.items() if not listed.commissioned),
        )
        self._decisions: dict[type[Message], Callable[[ExecutorState, Any], Sequence[Message]]] = {
            PriceUpdated: self._price,
            OrderApproved: self._approved,
            Killed: self._killed,
            FlattenRequested: self._flatten_all,
            ReductionRequested: self._reduce,
            CancelAllRequested: self._cancel_all,
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

        OrderApproved, TradeClosed and requests change nothing here: the first is remembered by its
        answer, the second by the fill that closed it, a request by the orders that it led to.
        """
        fold = self._folds.get(type(event))
        if fold is not None:
            fold(state, event)

    def next_due(self, state: ExecutorState) -> int | None:  # noqa: ARG002  nothing here waits for a time
        """The executor asks for no timer: it acts on prices and events alone."""
        return None

    # --- orders and prices --------------------------------------------------------------------------

    def _approved(self, state: ExecutorState, approved: OrderApproved) -> Sequence[Message]:
        """Reject, or put the entry to work; nothing when it was answered before."""
        if approved.id in state.answered:
            return ()
        reason = self._refusal(state, approved)
        if reason is not None:
            return [
                OrderRejected(
                    id=derive_id(approved.ts, self._tape, approved.id, "rejected"),
                    ts=approved.ts,
                    cause=approved.id,
                    order_id=approved.id,
                    symbol=approved.symbol,
                    reason=reason,
                )
            ]
        # A bar tape has no price between its opens: a shorter delay means the next bar's open.
        short = self._delay < self._tape_bar_ns.get(approved.symbol, 0)
        return [
            OrderAccepted(
                id=derive_id(approved.ts, self._tape, approved.id, "accepted"),
                ts=approved.ts,
                cause=approved.id,
                order_id=approved.id,
                parent_id=b"",
                symbol=approved.symbol,
                role=OrderRole.ENTRY,
                side=approved.side,
                quantity=approved.quantity,
                price=0,
                active_ts=approved.ts if short else approved.ts + self._delay,
                reserved=approved.reserved,
                reduce_only=False,
                signal_id=approved.signal_id,
                stop=approved.stop,
                target=approved.target,
            )
        ]

    def _refusal(self, state: ExecutorState, approved: OrderApproved) -> Refusal | None:
        if state.kill is not None or state.trading is TradingState.KILLED:
            return Refusal.KILLED
        if state.trading in _RESTING:
            return Refusal.STOPPED
        if approved.symbol not in self._instruments:
            return Refusal.UNKNOWN_SYMBOL
        if rejected(self._seed, self._reject_probability, approved.id):
            return Refusal.VENUE_RANDOM
        return None

    def _price(self, state: ExecutorState, update: PriceUpdated) -> Sequence[Message]:
        book = state.books[update.symbol]
        owed = state.flatten_owed(update.symbol)
        if not book.orders and owed is None:
            return ()
        draft = self._draft(state, update.symbol)
        if owed is not None:
            self._venue.flatten(draft, owed.ts, owed.id, owed.id)
        self._venue.match(draft, update)
        return draft.out

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
        return Draft(state.books[symbol], held, tick, multiplier)

    def _fold_filled(self, state: ExecutorState, event: OrderFilled) -> None:
        st.fold_filled(state, event, self._multipliers.get(event.symbol, 1))
