"""Commits on their way from the journal's thread to the subscribers in the edge loop.

Decides how they cross: a deque and one coalesced wake-up, so that the journal never waits and a busy
edge costs one call per burst. Both buffers drop their oldest first; who reads them sees the hole in
the sequence and turns to the journal. Knows no filter, no cursor, no gRPC.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from .edge import Edge
from .ports import CommittedEvent, EnginePort, JournalPages

LIVE_BUFFER: Final = 1_000
"""Events kept for one subscriber between two of its reads."""

PENDING_COMMITS: Final = 1_000
"""Commits that may wait for a busy edge loop."""


class LiveBuffer:
    """The newest commits for one subscriber."""

    def __init__(self) -> None:
        self.events: deque[CommittedEvent] = deque(maxlen=LIVE_BUFFER)
        self.wake = asyncio.Event()


class EventFeed:
    """The commits of one engine; one feed serves all its subscribers, wired and embedded ones."""

    def __init__(self, port: EnginePort, pages: JournalPages, edge: Edge) -> None:
        self.port = port
        self.pages = pages
        self.edge = edge
        self.closed = False
        """True when nothing more will come."""
        self._observers: list[Callable[[Sequence[CommittedEvent]], None]] = []
        self._buffers: set[LiveBuffer] = set()
        self._pending: deque[Sequence[CommittedEvent]] = deque(maxlen=PENDING_COMMITS)
        self._armed = False
        self._unsubscribe = port.add_commit_listener(self._on_commit)

    def close(self) -> None:
        """End every subscription after what is already committed; from any thread, more than once."""
        self._unsubscribe()
        self.edge.post(self._close)

    def attach(self) -> LiveBuffer:
        """A buffer that gets every commit from now on. In the edge loop only."""
        buffer = LiveBuffer()
        self._buffers.add(buffer)
        return buffer

    def detach(self, buffer: LiveBuffer) -> None:
        """End what ``attach`` began; harmless when it has ended. In the edge loop only."""
        self._buffers.discard(buffer)

    def observe(self, observer: Callable[[Sequence[CommittedEvent]], None]) -> None:
        """Call ``observer`` in the edge loop with every commit; it must not block or raise."""
        self._observers.append(observer)

    def _on_commit(self, events: Sequence[CommittedEvent]) -> None:
        # Append, then test, then set; with _drain's order no wake-up is lost without a lock.
        self._pending.append(events)
        if not self._armed:
            self._armed = True
            self.edge.post(self._drain)

    def _drain(self) -> None:
        self._armed = False
        while self._pending:
            events = self._pending.popleft()
            for buffer in self._buffers:
                buffer.events.extend(events)
            for observer in self._observers:
                observer(events)
        for buffer in self._buffers:
            buffer.wake.set()

    def _close(self) -> None:
        self.closed = True
        self._drain()
