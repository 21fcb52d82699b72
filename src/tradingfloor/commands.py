"""Commands on their way through one engine, until their answer is durable.

Decides which command is taken when, and what it waits for: a kill goes to the journal at once, ahead of all
others; a request about one order is answered by the venue; every other command goes to the supervisor and is
answered when it is journaled. Knows no trading state: what is allowed in which the cores decide. Input:
commands from any thread; output: futures.
"""

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from tradingfloor.actors import messages as m
from tradingfloor.actors.errors import BadCommand, NotRunning
from tradingfloor.actors.runtime.journal import Envelope
from tradingfloor.actors.runtime.sequencer import MARKET_DATA
from tradingfloor.actors.status import CommandResult
from tradingfloor.actors.types import Refusal
from tradingfloor.storage.journal_thread import JournalThread

from .answers import OpenRequests, failed
from .order_requests import OrderRequests

NEEDED = (MARKET_DATA, "risk", "executor")
"""Actors without which nothing can be traded, nor a position closed."""


class Commands:
    """The commands of one engine; ``submit`` may be called from any thread."""

    _play: Callable[[Envelope], None]
    _isolated: Callable[[str], bool]

    def __init__(self, store: Path, *, now: Callable[[], int], rouse: Callable[[], None]) -> None:
        """``now``: engine time; ``rouse`` is called when a kill is latched or could not be."""
        self._now = now
        self._rouse = rouse
        self._journal: JournalThread | None = None
        self._taking = False
        self._ended = ""
        self._waiting = OpenRequests()
        self._about_orders = OrderRequests(store, self._submit)

    def listen_to(self, journal: JournalThread) -> None:
        """Write to a journal and hear its answers; a kill is taken from here on."""
        self._about_orders.listen_to(journal)
        self._journal = journal

    def begin(self, play: Callable[[Envelope], None], isolated: Callable[[str], bool]) -> None:
        """Take every command from here on.

        ``play`` takes one on for the supervisor; ``isolated``: whether an actor was given up.
        """
        self._play, self._isolated = play, isolated
        self._taking = True

    def cease(self) -> None:
        """Take no command any more but a kill."""
        self._taking = False

    def submit(self, command: m.AnyCommand) -> "Future[CommandResult]":
        """Hand a command over; the future resolves when the outcome is durable."""
        answer = self._taken(command)
        if self._ended:  # maybe since it was taken: who waited before was told, and this one not yet
            self.fail(self._ended)
        return answer

    def _taken(self, command: m.AnyCommand) -> "Future[CommandResult]":
        if isinstance(command, m.KillTrading) and self._journal is not None:
            return self.kill(command)
        if not self._taking or self._ended:
            return failed(NotRunning(f"the engine is not running{': ' * bool(self._ended)}{self._ended}"))
        lost = [name for name in NEEDED if self._isolated(name)]
        if lost and isinstance(command, m.RearmTrading | m.StartTrading):
            text = f"{', '.join(lost)} was given up; start the engine anew first"
            return failed(BadCommand(Refusal.ENGINE_STATE, text))
        if isinstance(command, m.CancelOrder | m.ReplaceOrder):
            return self._about_orders.ask(command)
        return self._submit(command)

    def kill(self, command: m.KillTrading) -> "Future[CommandResult]":
        """Latch a kill."""
        assert self._journal is not None
        answer = self._journal.kill(command, self._now())
        answer.add_done_callback(lambda _future: self._rouse())
        return answer

    def end(self, reason: str) -> None:
        """Nothing can become durable any more: take nothing, and tell whoever waits."""
        self._ended = reason
        self.fail(reason)

    def fail(self, reason: str) -> None:
        """Tell whoever waits that no answer comes."""
        self._waiting.fail(reason)
        self._about_orders.fail(reason)

    def _submit(self, command: m.AnyCommand) -> "Future[CommandResult]":
        """Queue a command; the future resolves when it is journaled."""
        assert self._journal is not None
        answer, first = self._waiting.admit(command)
        if first:
            stored = self._journal.call(lambda writer: writer.answered(command))
            stored.add_done_callback(lambda found: self._accept(command, found, answer))
        return answer

    def _accept(
        self,
        command: m.AnyCommand,
        found: "Future[CommandResult | None]",
        answer: "Future[CommandResult]",
    ) -> None:
        if answer.done():
            return  # the engine ended, and the caller was told so
        error = found.exception()
        result = None if error else found.result()
        if error is not None:
            answer.set_exception(error)
        elif result is not None:
            answer.set_result(result)
        else:
            self._play(Envelope(command, self._now(), 0, answer))
