"""Callbacks of embedding programs, kept away from trading.

Decides that a listener has a thread and a bounded queue of its own, and that one which raises or falls too
far behind is dropped and counted. Knows no event.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue

import structlog

from tradingfloor.actors.runtime.journal import CommittedEvent, Deliver

log = structlog.get_logger()

BACKLOG = 10_000
"""Commits a listener may be behind; one more and it is dropped."""


class Listener:
    """One callback with its queue."""

    def __init__(self, call: Deliver, dropped: Callable[[], None], backlog: int = BACKLOG) -> None:
        self._call = call
        self._dropped = dropped
        self._backlog = backlog
        self._queue: SimpleQueue[Sequence[CommittedEvent] | None] = SimpleQueue()
        self._open = True
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)
        self._thread.start()

    def put(self, committed: Sequence[CommittedEvent]) -> bool:
        """Queue one commit, never waiting; False when this listener is over."""
        if not self._open:
            return False
        if self._queue.qsize() >= self._backlog:
            self._drop("fell behind")
            with suppress(Empty):
                while True:
                    self._queue.get_nowait()
            self._queue.put(None)
            return False
        self._queue.put(committed)
        return True

    def end(self) -> None:
        """Take no more; what is queued is still told."""
        if self._open:
            self._open = False
            self._queue.put(None)

    def _run(self) -> None:
        while (committed := self._queue.get()) is not None:
            try:
                self._call(committed)
            except BaseException as error:  # noqa: BLE001  a stranger's code, whatever it raises
                self._drop(repr(error))
                return

    def _drop(self, reason: str) -> None:
        if self._open:
            self._open = False
            log.warning("listener dropped", reason=reason)
            self._dropped()


class Listeners:
    """All callbacks of one engine."""

    def __init__(self) -> None:
        self.dropped = 0
        """Listeners that raised or fell too far behind."""
        self._all: list[Listener] = []

    def add(self, call: Deliver, listen: Callable[[Deliver], Callable[[], None]]) -> Callable[[], None]:
        """Have ``listen`` feed the callback; returns how to end that."""
        listener = Listener(call, self._count)
        self._all.append(listener)

        def deliver(committed: Sequence[CommittedEvent]) -> None:
            if not listener.put(committed):
                end()

        end = listen(deliver)

        def stop() -> None:
            end()
            listener.end()

        return stop

    def end(self) -> None:
        """End all of them; what is queued is still told."""
        for listener in self._all:
            listener.end()

    def _count(self) -> None:
        self.dropped += 1
