"""Requests about one order: which order is meant, and what the venue says to it.

Decides when such a command is answered: other commands when they are journaled, these when the order's
cancel, its new terms or the refusal is. Knows no rule of the venue. Input: commands and commits; output:
futures.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import DatabaseError
from typing import Any, TypeAlias, TypeVar

from msgspec.structs import replace

from tradingfloor.actors import messages as m
from tradingfloor.actors.domain.money import format_nanos
from tradingfloor.actors.errors import BadCommand, TradingFloorError
from tradingfloor.actors.runtime.journal import CommittedEvent
from tradingfloor.actors.status import CommandResult
from tradingfloor.actors.types import Refusal
from tradingfloor.storage.journal_thread import JournalThread
from tradingfloor.storage.queries import matching
from tradingfloor.storage.readers import SyncReader
from tradingfloor.storage.rows import OrderRow

from .answers import OpenRequests

OrderCommand: TypeAlias = m.CancelOrder | m.ReplaceOrder
Answer: TypeAlias = "Future[CommandResult]"
T = TypeVar("T")

ID_BYTES = 16
PAGE = 1000
ANSWERS = (m.OrderCanceled, m.OrderReplaced, m.OrderRequestRefused)

SENTENCES = {
    Refusal.UNKNOWN_ORDER: "no order of this id works in the symbol",
    Refusal.KILLED: "a kill is latched",
    Refusal.ORDER_STATUS: "its status or type does not allow it",
    Refusal.ORDER_SIZE: "only an entry can be made smaller, and not below what is filled",
    Refusal.OUT_OF_RANGE: "a price is out of range",
    Refusal.OFF_TICK: "a price is off the tick of the instrument",
}
"""What the venue's refusals say to whoever asked."""


class OrderRequests:
    """The requests about single orders of one engine; ``ask`` may be called from any thread."""

    _journal: JournalThread

    def __init__(self, store: Path, submit: Callable[[OrderCommand], Answer]) -> None:
        """``submit`` hands a command over and answers when it is journaled."""
        self._store = store
        self._submit = submit
        self._open = OpenRequests()
        self._waiting: dict[tuple[bytes, bytes], tuple[CommandResult, Answer]] = {}
        """(request, order) -> what waits; touched on the journal's thread alone."""

    def listen_to(self, journal: JournalThread) -> None:
        """Take the answers from a journal; nothing can be asked before."""
        self._journal = journal
        journal.listen(self.take)

    def ask(self, command: OrderCommand) -> Answer:
        """The venue's answer. BadCommand: there is no such order, or the venue refuses."""
        answer, first = self._open.admit(command)
        if first:
            meant = self._journal.call(lambda _writer: self._meant(command))
            _then(meant, answer, lambda named: self._journaled(named, answer))
        return answer

    def take(self, committed: Sequence[CommittedEvent]) -> None:
        """Answer what a commit answers; called on the journal's thread."""
        if not self._waiting:
            return
        for item in committed:
            event: Any = item.event
            if isinstance(event, ANSWERS):
                held = self._waiting.pop((event.cause, event.order_id), None)
                if held is not None:
                    _settle(*held, item)

    def fail(self, reason: str) -> None:
        """Nobody will answer any more."""
        self._open.fail(reason)

    def _meant(self, command: OrderCommand) -> OrderCommand:
        """The command with the symbol of its order; raises BadCommand when there is no such order."""
        try:
            order_id = bytes.fromhex(command.order_id)
        except ValueError:
            order_id = b""
        symbol = command.symbol
        if not symbol and len(order_id) == ID_BYTES:
            with self._reading() as reader:
                symbol = next(
                    (row.symbol for row in reader.run(matching(OrderRow, "order_id", order_id))), ""
                )
        if not symbol or len(order_id) != ID_BYTES:
            raise BadCommand(Refusal.UNKNOWN_ORDER, f"no order has the id {command.order_id!r}")
        return replace(command, symbol=symbol)

    def _journaled(self, command: OrderCommand, answer: Answer) -> None:
        def look(result: CommandResult) -> None:
            _then(
                self._journal.call(lambda _writer: self._expect(result, answer)), answer, lambda _none: None
            )

        _then(self._submit(command), answer, look)

    def _expect(self, result: CommandResult, answer: Answer) -> None:
        """Answer from the journal, or wait for the commit that does. No commit comes in between."""
        with self._reading() as reader:
            (asked,) = reader.events(result.sequence - 1, 1)
            request: Any = asked.event
            item = _said(reader, request, result.sequence)
        if item is not None:
            _settle(result, answer, item)
        else:
            self._waiting[request.id, request.order_id] = (result, answer)

    @contextmanager
    def _reading(self) -> Iterator[SyncReader]:
        # What cannot be read fails the request; it is no failure of the journal, on whose thread this runs.
        try:
            with SyncReader.open(self._store) as reader:
                yield reader
        except DatabaseError as error:
            raise TradingFloorError(f"{self._store} cannot be read: {error}") from error


def _said(reader: SyncReader, request: Any, after: int) -> CommittedEvent | None:
    """What the journal holds of the venue's answer to a request."""
    kinds = [kind.__name__ for kind in ANSWERS]
    while page := reader.events(after, PAGE, kinds):
        for item in page:
            event: Any = item.event
            if (event.cause, event.order_id) == (request.id, request.order_id):
                return item
        after = page[-1].sequence
    return None


def _then(future: "Future[T]", answer: Answer, go_on: Callable[[T], object]) -> None:
    """Go on with the outcome; an error is the answer."""

    def done(outcome: "Future[T]") -> None:
        error = outcome.exception()
        if error is None:
            go_on(outcome.result())
        elif not answer.done():
            answer.set_exception(error)

    future.add_done_callback(done)


def _settle(result: CommandResult, answer: Answer, item: CommittedEvent) -> None:
    if answer.done():
        return
    match item.event:
        case m.OrderCanceled() as event:
            told = f"{event.symbol} {event.role.value} cancelled, {event.remaining} unfilled"
        case m.OrderReplaced() as event:
            price = f" at {format_nanos(event.price)}" if event.price else ""
            limit = f" limit {format_nanos(event.limit)}" if event.limit else ""
            told = f"{event.symbol} {event.role.value} now {event.quantity}{price}{limit}"
        case m.OrderRequestRefused() as event:
            why = SENTENCES.get(event.reason, event.reason.value)
            error = BadCommand(event.reason, f"order {event.order_id.hex()} of {event.symbol}: {why}")
            answer.set_exception(error)
            return
    answer.set_result(replace(result, sequence=item.sequence, detail=told))
