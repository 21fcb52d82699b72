"""Following the journal: from any point, in order, without a hole or a repeat, then live.

Decides when a subscriber is served from the journal and when from memory: attach to the live commits
first, read the journal's pages up to its end, switch to the live buffer, and go back to the journal
when the buffer shows a hole (a slow subscriber). Sequences are gap-free, so a hole needs no other
sign. Knows no gRPC and no SQL. Input: an EventFeed and a Query; output: items, see ``Item``.
"""

import asyncio
import time
from collections import deque
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar, get_args

import msgspec

from tradingfloor.actors.errors import Refused
from tradingfloor.actors.messages import JournalEvent
from tradingfloor.actors.types import NANOS

from .feed import EventFeed, LiveBuffer
from .ports import CommittedEvent

T = TypeVar("T")

PAGE: Final = 500
"""Events read from the journal at once, and the largest batch."""

BATCH: Final = 100
"""Events in one batch unless the subscriber says otherwise."""

HEARTBEAT: Final = 5 * NANOS

FROM_OLDEST: Final = -1
"""As ``after``: begin with the oldest event the journal has."""

KINDS: Final = frozenset(kind.__name__ for kind in get_args(JournalEvent))
"""The names a filter may use."""


class SubscriptionRefused(Refused):
    """A subscription cannot begin or go on.

    ``reason`` is SEQUENCE_IN_FUTURE, HISTORY_TRIMMED, JOURNAL_CHANGED, SERVER_SHUTTING_DOWN,
    CONSUMER_STALLED, TOO_MANY_SUBSCRIBERS or BAD_FIELD; ``metadata`` gives the numbers.
    """

    def __init__(self, reason: str, message: str, **metadata: object) -> None:
        super().__init__(message)
        self.reason = reason
        self.metadata = {name: str(value) for name, value in metadata.items()}


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """What a subscriber asks for; an empty set of kinds or symbols means all."""

    kinds: frozenset[str] = frozenset()
    symbols: frozenset[str] = frozenset()
    after: int | None = None
    """Exclusive; None = only what is committed from now on, or FROM_OLDEST."""
    journal_id: str = ""
    """When given, the journal that ``after`` was taken from."""
    heartbeat_ns: int = HEARTBEAT
    max_batch: int = BATCH

    def __post_init__(self) -> None:
        if unknown := sorted(self.kinds - KINDS):
            raise SubscriptionRefused("BAD_FIELD", f"no such kind of event: {', '.join(unknown)}")
        if self.after is not None and self.after < FROM_OLDEST:
            raise SubscriptionRefused("BAD_FIELD", f"a sequence is not negative: {self.after}")

    def matches(self, event: object) -> bool:
        """True when the filter lets the event through. An event without a symbol has the symbol ""."""
        return (not self.kinds or type(event).__name__ in self.kinds) and (
            not self.symbols or getattr(event, "symbol", "") in self.symbols
        )


class Started(NamedTuple):
    """The first item, before any event."""

    journal_id: str
    first_sequence: int
    last_sequence: int
    heartbeat_ns: int


class Batch(NamedTuple):
    """Events in sequence order; never empty."""

    events: tuple[CommittedEvent, ...]


class CaughtUp(NamedTuple):
    """From here on the events are live."""

    sequence: int


class FellBehind(NamedTuple):
    """The live buffer overflowed; the journal is read from here."""

    sequence: int


class Heartbeat(NamedTuple):
    """Nothing was sent for a while; everything that matches up to ``sequence`` has been."""

    sequence: int
    server_time: int


Item: TypeAlias = Started | Batch | CaughtUp | FellBehind | Heartbeat


class Subscription:
    """One subscriber's way through the journal; lives in the edge loop.

    ``cursor`` is the sequence up to which everything that matches has been handed out or is ready.
    """

    def __init__(self, feed: EventFeed, query: Query) -> None:
        self.cursor = 0
        self._feed = feed
        self._query = query
        self._live: LiveBuffer | None = None
        self._last = 0
        self._ready: deque[Item] = deque()
        self._step = self._open
        self._beat = 0.0

    async def next(self) -> Item:
        """The next item; waits for it, at most one heartbeat interval.

        Raises SubscriptionRefused, with SERVER_SHUTTING_DOWN when the feed has closed.
        """
        while not self._ready:
            await self._step()
        self._beat = time.monotonic() + self._query.heartbeat_ns / NANOS
        return self._ready.popleft()

    async def batch(self) -> tuple[CommittedEvent, ...] | None:
        """The events of the next batch; None when the feed has closed."""
        try:
            while not isinstance(item := await self.next(), Batch):
                pass
        except SubscriptionRefused as refused:
            if refused.reason == "SERVER_SHUTTING_DOWN":
                return None
            raise
        return item.events

    def close(self) -> None:
        """Let the live buffer go."""
        if self._live is not None:
            self._feed.detach(self._live)

    async def _open(self) -> None:
        feed, query = self._feed, self._query
        if query.journal_id and query.journal_id != feed.port.journal_id:
            raise SubscriptionRefused(
                "JOURNAL_CHANGED", "the cursor belongs to another journal", journal_id=feed.port.journal_id
            )
        self._live = feed.attach()
        bounds = await self._read(feed.pages.bounds())
        self._last = max(bounds.last, feed.port.last_sequence())
        if query.after is None:
            self.cursor = self._last
        else:
            self.cursor = bounds.oldest - 1 if query.after == FROM_OLDEST else query.after
        if self.cursor > self._last:
            raise SubscriptionRefused(
                "SEQUENCE_IN_FUTURE",
                f"sequence {self.cursor} was never committed, the newest is {self._last}",
                last_sequence=self._last,
            )
        self._check_trimmed(bounds.oldest)
        self._ready.append(Started(feed.port.journal_id, bounds.oldest, self._last, query.heartbeat_ns))
        self._step = self._read_page

    async def _read(self, reading: Coroutine[Any, Any, T]) -> T:
        """What the journal says; that its store was closed under the reader is no error."""
        try:
            return await reading
        except Exception:
            if self._feed.closed:
                raise self._ended() from None
            raise

    async def _read_page(self) -> None:
        if self._feed.closed:
            raise self._ended()
        query = self._query
        pages = self._feed.pages
        rows = await self._read(pages.page(self.cursor, PAGE, query.kinds, query.symbols))
        # Checked after the page: what is still there now was there while the page was read.
        bounds = await self._read(pages.bounds())
        self._check_trimmed(bounds.oldest)
        for start in range(0, len(rows), query.max_batch):
            self._ready.append(Batch(tuple(rows[start : start + query.max_batch])))
        if rows:
            self.cursor = rows[-1].sequence
        if len(rows) < PAGE:
            # The page saw at least what was committed when it was asked for.
            self.cursor = max(self.cursor, self._last)
            if not self._behind():
                self._ready.append(CaughtUp(self.cursor))
                self._step = self._take_live
        self._last = bounds.last

    async def _take_live(self) -> None:
        assert self._live is not None
        if self._behind():
            self._ready.append(FellBehind(self.cursor))
            self._step = self._read_page
            return
        self._live.wake.clear()
        taken = self._take_matching(self._live.events)
        if taken:
            self._ready.append(Batch(taken))
            return
        if self._feed.closed:
            raise self._ended()
        wait = self._beat - time.monotonic()
        if wait <= 0:
            self._ready.append(Heartbeat(self.cursor, time.time_ns()))
        elif not self._live.events:
            await self._sleep(wait)

    def _take_matching(self, events: deque[CommittedEvent]) -> tuple[CommittedEvent, ...]:
        taken: list[CommittedEvent] = []
        while events and len(taken) < self._query.max_batch and events[0].sequence == self.cursor + 1:
            event = events.popleft()
            self.cursor = event.sequence
            if self._query.matches(event.event):
                taken.append(event)
        return tuple(taken)

    def _behind(self) -> bool:
        assert self._live is not None
        events = self._live.events
        while events and events[0].sequence <= self.cursor:
            events.popleft()
        return bool(events) and events[0].sequence > self.cursor + 1

    async def _sleep(self, seconds: float) -> None:
        assert self._live is not None
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._live.wake.wait()

    def _check_trimmed(self, oldest: int) -> None:
        if self.cursor < oldest - 1:
            raise SubscriptionRefused(
                "HISTORY_TRIMMED",
                f"events after {self.cursor} are gone, the oldest is {oldest}",
                oldest_sequence=oldest,
            )

    def _ended(self) -> SubscriptionRefused:
        return SubscriptionRefused(
            "SERVER_SHUTTING_DOWN", f"the engine ends at {self.cursor}", last_sequence=self.cursor
        )
