"""The journal's thread: the queue in front of the writer.

Decides when a transaction is made: at once for whoever waits, else in groups. Owns the write connection
(aiosqlite, on an ``asyncio.Runner`` of its own) and works on that connection's thread, which is the journal's
thread: it takes the queue, commits and delivers. Implements ``actors.runtime.journal.Journal``.
"""

import asyncio
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import aiosqlite

from tradingfloor.actors.errors import BadCommand, JournalFailed, TradingFloorError
from tradingfloor.actors.messages import Event, KillTrading
from tradingfloor.actors.routing import ROUTES
from tradingfloor.actors.runtime.journal import CommittedEvent, Deliver, Step
from tradingfloor.actors.status import CommandResult
from tradingfloor.actors.types import Durability, Refusal

from .journal import JournalWriter
from .progress import fence

T = TypeVar("T")

GROUP_ROWS, GROUP_SECONDS = 1_000, 0.02
"""Free running, BATCHED rows wait at most so many or so long."""


class _Call:
    """Something to run on the writer, ahead of which everything queued is committed or not."""

    def __init__(self, work: Callable[[JournalWriter], Any], *, after_queue: bool) -> None:
        self.work = work
        self.after_queue = after_queue
        self.future: Future[Any] = Future()
        # Running from the start: whoever waits can give up, but not take the answer away from this thread.
        self.future.set_running_or_notify_cancel()


class _Boundary:
    """Commit everything queued so far; nobody waits."""


class JournalThread:
    """One store's writer on a thread of its own."""

    def __init__(
        self,
        path: Path,
        open_writer: Callable[[Any], JournalWriter],
        *,
        group: bool,
        on_refused: Callable[[Sequence[Step], Sequence[Step]], None],
        on_failure: Callable[[BaseException], None],
    ) -> None:
        self._path = path
        self._open_writer = open_writer
        self._group = group
        self._on_refused = on_refused
        self._on_failure = on_failure
        self._listeners: tuple[Deliver, ...] = ()
        self._queue: deque[Step | _Call | _Boundary | None] = deque()
        # Most steps can wait for the next commit, and waking this thread for each of them would take the
        # interpreter from the actors: the bell rings for what cannot wait, and for the first step of a group.
        self._bell: SimpleQueue[None] = SimpleQueue()
        self._idle = False
        """True while nothing but the bell ends the wait."""
        self._kills: SimpleQueue[_Call] = SimpleQueue()
        self._failure: BaseException | None = None
        # Between a look at the failure and the queue nothing may change: a call that nobody answers hangs.
        self._gate = threading.Lock()
        self._ready: Future[JournalWriter] = Future()
        self._thread = threading.Thread(target=self._run, name="journal loop", daemon=True)
        self._writer: JournalWriter

    # --- from any thread ---------------------------------------------------------------------

    def start(self) -> JournalWriter:
        """Open the store; returns the writer for reading its state before anything runs."""
        self._thread.start()
        return self._ready.result()

    def listen(self, deliver: Deliver) -> Callable[[], None]:
        """Call ``deliver`` with every commit's events; returns how to end that."""
        self._listeners = (*self._listeners, deliver)

        def end() -> None:
            self._listeners = tuple(held for held in self._listeners if held is not deliver)

        return end

    def append(self, step: Step) -> None:
        """Queue one step; never waits."""
        self._queue.append(step)
        if self._group and (self._idle or _urgent(step)):
            self._bell.put(None)

    def boundary(self) -> None:
        """Commit everything queued so far, without waiting for it."""
        self._put(_Boundary())

    def flush(self) -> None:
        """Wait until everything queued so far is committed and delivered."""
        self.call(lambda _writer: None, after_queue=True).result()

    def call(self, work: Callable[[JournalWriter], T], *, after_queue: bool = False) -> "Future[T]":
        """Run ``work`` on the writer's thread."""
        item = _Call(work, after_queue=after_queue)
        with self._gate:
            if self._failure is None:
                self._put(item)
            else:
                item.future.set_exception(JournalFailed(str(self._failure)))
        return item.future

    def kill(self, command: KillTrading, now: int) -> "Future[CommandResult]":
        """Latch a kill, in a transaction of its own and ahead of everything queued."""

        def work(writer: JournalWriter) -> CommandResult:
            result, committed = writer.kill(command, now)
            self._deliver(committed)
            return result

        item = _Call(work, after_queue=False)
        with self._gate:
            if self._failure is None:
                self._kills.put(item)
                self._put(_Boundary() if self._group else _Call(lambda _writer: None, after_queue=False))
            else:
                item.future.set_exception(JournalFailed(f"KILL_NOT_DURABLE: {self._failure}"))
        return item.future

    def fence(self, actor: str, epoch: int) -> None:
        """Of what is queued from now on, only steps of ``epoch`` and later are written for this actor."""
        self.append(fence(actor, epoch))

    def close(self) -> None:
        """Commit what is queued and close the store."""
        if self._thread.is_alive():
            self._put(None)
            self._thread.join()

    def _put(self, item: _Call | _Boundary | None) -> None:
        self._queue.append(item)
        self._bell.put(None)

    # --- on the journal's thread -------------------------------------------------------------

    def _run(self) -> None:
        try:
            with asyncio.Runner() as runner:
                runner.run(self._main())
        except BaseException as error:  # noqa: BLE001  whatever it was, nothing is durable any more
            self._shut(error)
            self._on_failure(error)
        else:
            self._shut(JournalFailed("the store is closed"))

    async def _main(self) -> None:
        async with aiosqlite.connect(self._path, isolation_level=None) as connection:
            await _on_connection(connection, self._serve, connection._conn)  # noqa: SLF001

    # --- on the connection's thread ----------------------------------------------------------

    def _serve(self, connection: sqlite3.Connection) -> None:
        """Take the queue, commit and deliver, until the store is closed.

        All on one thread: between a step and its listeners there is one wake-up.
        """
        threading.current_thread().name = "journal"
        try:
            self._writer = self._open_writer(connection)
        except BaseException as error:  # noqa: BLE001  the opener is told, not the log
            self._ready.set_exception(error)
            return
        self._ready.set_result(self._writer)
        pending: list[Step] = []
        urgent, due = False, 0.0
        while True:
            item = self._take(len(pending), 0.0 if urgent else due)
            self._kill_first()
            if isinstance(item, Step):
                if not pending:
                    due = time.monotonic() + GROUP_SECONDS
                pending.append(item)
                urgent = urgent or _urgent(item)
                continue
            if item is None or isinstance(item, _Boundary) or item.after_queue:
                self._commit(pending, item)
                pending, urgent = [], False
            if isinstance(item, _Call):
                self._execute(item)
            elif item is None:
                self._kill_first()
                return

    def _take(self, pending: int, due: float) -> Step | _Call | _Boundary | None:
        """The next item; free running, a boundary when the group has grown enough or is ``due``."""
        if self._group and pending >= GROUP_ROWS:
            return _Boundary()
        while not self._queue:
            if self._group and pending:
                if not self._rings(due - time.monotonic()):
                    return _Boundary()
            else:
                self._idle = True
                if not self._queue:  # looked at after saying so: a step in between rings
                    self._bell.get()
                self._idle = False
        return self._queue.popleft()

    def _rings(self, wait: float) -> bool:
        try:
            self._bell.get(timeout=max(0.0, wait))
        except Empty:
            return False
        return True

    def _kill_first(self) -> None:
        while not self._kills.empty():
            self._execute(self._kills.get())

    def _execute(self, item: _Call) -> None:
        try:
            result = item.work(self._writer)
        except BaseException as error:
            item.future.set_exception(_as_ours(error))
            if not isinstance(error, TradingFloorError) or isinstance(error, JournalFailed):
                raise
        else:
            item.future.set_result(result)

    def _commit(self, steps: list[Step], waiting: _Call | _Boundary | None) -> None:
        if not steps:
            return
        try:
            outcome = self._writer.commit(steps)
        except BaseException as error:
            if isinstance(waiting, _Call):
                waiting.future.set_exception(_as_ours(error))
            raise
        self._deliver(outcome.events)
        for step, result in outcome.answers:
            reply = step.envelope.reply
            if reply is not None and not reply.done():
                reply.set_result(result)
        for step in outcome.refused:
            reply = step.envelope.reply
            if reply is not None and not reply.done():
                reply.set_exception(BadCommand(Refusal.KILL_LATCHED, "killed in the meantime"))
        if outcome.refused or outcome.unwritten:
            self._on_refused(outcome.refused, outcome.unwritten)

    def _deliver(self, committed: list[CommittedEvent]) -> None:
        if committed:
            for deliver in self._listeners:
                deliver(committed)

    def _shut(self, reason: BaseException) -> None:
        """Nothing is written from here on: whoever waits or comes later is told why."""
        with self._gate:
            self._failure = reason
        if not self._ready.done():
            self._ready.set_exception(reason)
        while not self._kills.empty():
            self._queue.append(self._kills.get())
        while self._queue:
            item = self._queue.popleft()
            if isinstance(item, _Call) and not item.future.done():
                item.future.set_exception(JournalFailed(str(reason)))


def _as_ours(error: BaseException) -> TradingFloorError:
    return error if isinstance(error, TradingFloorError) else JournalFailed(str(error))


async def _on_connection(connection: aiosqlite.Connection, work: Callable[..., T], *arguments: Any) -> T:
    """One function on the connection's own thread."""
    execute: Callable[..., Any] = connection._execute  # noqa: SLF001  pinned by a test
    result: T = await execute(work, *arguments)
    return result


def _urgent(step: Step) -> bool:
    """True when the step holds something DURABLE, or a command waits for its answer."""
    return step.envelope.reply is not None or any(
        isinstance(output, Event) and ROUTES[type(output)].durability is Durability.DURABLE
        for output in step.outputs
    )
