"""What the floor's state and somebody's requests mean for orders and positions.

Decides what a kill, a stop, a flatten, a reduction, and a cancel or replacement of orders do, over all
symbols; what one order may become is in ``requests``, what one symbol's orders do in ``reductions``. Knows no
price and no gate. Input: the state and a control event; output: events.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..messages import (
    CancelAllRequested,
    CancelRequested,
    Event,
    FlattenRequested,
    Killed,
    Message,
    ReductionRequested,
    ReplaceRequested,
    TradingStateChanged,
)
from ..types import OrderRole, Refusal, TradingState
from . import reductions, requests
from .books import Draft, WorkingOrder
from .models import Models
from .reports import Reports
from .state import ExecutorState

RESTING = frozenset({TradingState.STOPPED, TradingState.STOPPING})
"""In which no entry works."""

Decision = Callable[[ExecutorState, Any], Sequence[Message]]


class Control:
    """The decisions on control events; ``draft`` makes the draft of one symbol."""

    def __init__(
        self,
        tape: str,
        reports: Reports,
        models: Mapping[str, Models],
        draft: Callable[[ExecutorState, str], Draft],
    ) -> None:
        self._tape, self._reports, self._models, self._draft = tape, reports, models, draft
        self.decisions: dict[type[Message], Decision] = {
            Killed: self._killed,
            TradingStateChanged: self._state_changed,
            FlattenRequested: self._flatten_all,
            ReductionRequested: self._reduce,
            CancelAllRequested: self._cancel_all,
            CancelRequested: self._cancel_requested,
            ReplaceRequested: self._replace_requested,
        }

    def _killed(self, state: ExecutorState, killed: Killed) -> Sequence[Message]:
        """Flatten orders for every position; the writer cancelled everything else with the latch."""
        out: list[Event] = []
        for symbol in state.books:
            if state.flatten_owed(symbol) is not None:
                draft = self._draft(state, symbol)
                self._reports.flatten(draft, killed.ts, killed.id, killed.id)
                out += draft.out
        return out

    def _state_changed(self, state: ExecutorState, event: TradingStateChanged) -> Sequence[Message]:
        if event.flatten:
            return self._flatten_all(state, event)
        if event.state not in RESTING:
            return ()
        out: list[Event] = []
        for symbol, book in state.books.items():
            draft = self._draft(state, symbol)
            for order in book.orders.values():
                if order.accepted.role is OrderRole.ENTRY:
                    self._reports.cancel(draft, order, event.ts, event.id, Refusal.STOPPED)
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
                    self._reports.cancel(draft, order, event.ts, event.id, Refusal.FLATTENED)
            self._reports.flatten(draft, event.ts, event.id, kill_id)
            out += draft.out
        return out

    def _reduce(self, state: ExecutorState, event: ReductionRequested) -> Sequence[Message]:
        """A reduce-only market order for a part of each position that is meant."""
        drafts = [self._draft(state, symbol) for symbol in state.books if event.symbol in {"", symbol}]
        kill_id = state.kill.id if state.kill is not None else b""
        for draft in drafts:
            reductions.reduce(self._reports, draft, event, kill_id)
        return [made for draft in drafts for made in draft.out]

    def _cancel_all(self, state: ExecutorState, event: CancelAllRequested) -> Sequence[Message]:
        """The cancel of every working order that is meant."""
        drafts = [self._draft(state, symbol) for symbol in state.books if event.symbol in {"", symbol}]
        for draft in drafts:
            reductions.cancel_all(self._reports, draft, event)
        return [made for draft in drafts for made in draft.out]

    # --- one order ----------------------------------------------------------------------------------

    def _cancel_requested(self, state: ExecutorState, request: CancelRequested) -> Sequence[Message]:
        order = self._order(state, request)
        reason = requests.cancel_refusal(order, killed=state.kill is not None)
        if reason is not None or order is None:
            return [requests.refused(self._tape, request, reason or Refusal.UNKNOWN_ORDER)]
        draft = self._draft(state, request.symbol)
        self._reports.cancel(draft, order, request.ts, request.id, Refusal.CANCEL_REQUESTED)
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
