"""The mailbox: an actor's stable address, which outlives every incarnation of the actor.

Decides the order in which waiting messages are taken (control, then a message given once more, then
messages in order, then one merged slot per symbol for prices and one for quotes), how two prices of a
symbol merge, and that only the present incarnation gets anything. Tells whoever asked when it has room.
Knows no actor.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from pykka._envelope import Envelope as PykkaEnvelope
from pykka.messages import _ActorStop

from ..messages import PriceUpdated, QuoteUpdated
from .journal import Envelope


def merge(older: PriceUpdated, newer: PriceUpdated) -> PriceUpdated:
    """The two prices as one: the path starts with the older, ends with the newer, loses no touch."""
    quoted = newer if newer.bid or newer.ask or newer.quote_ts else older
    return PriceUpdated(
        symbol=older.symbol,
        ts=newer.ts,
        start=older.start,
        first=older.first,
        high=max(older.high, newer.high),
        low=min(older.low, newer.low),
        last=newer.last,
        volume=older.volume + newer.volume,
        count=older.count + newer.count,
        first_index=older.first_index,
        last_index=newer.last_index,
        opens=older.opens,
        bid=quoted.bid,
        ask=quoted.ask,
        quote_ts=quoted.quote_ts,
    )


class Mailbox:
    """Lanes over one token queue; tokens = waiting items, so ``get`` never polls."""

    def __init__(self, name: str, timed: "dict[str, Mailbox] | None" = None) -> None:
        """``timed``: where the mailboxes of actors that ever asked for a timer are listed, by name."""
        self.name = name
        self.epoch = 0
        """The incarnation whose outputs count; the supervisor raises it to fence an older one."""
        self.handled = 0
        self.handled_now = 0
        """Engine time of the newest message handled."""
        self.merged = 0
        self.highest_depth = 0
        self.in_hand: Envelope | None = None
        self.busy_since = 0
        """``time.monotonic_ns`` at which the message in hand was taken; 0 = idle."""
        self._room_wanted: tuple[int, Callable[[], None]] | None = None
        self._next_due: int | None = None
        self._timed = {} if timed is None else timed
        self._tokens: SimpleQueue[None] = SimpleQueue()
        # Lists: they hold one thing at most a few times in a life, and an empty deque is ten times as large.
        self._control: list[Any] = []
        self._again: list[Envelope] = []
        self._lane: deque[Envelope] = deque()
        self._slots: dict[tuple[type, str], Envelope] = {}
        self._lock = threading.Lock()
        self.turn = threading.Lock()
        """Held while a message is taken, while its outcome is handed on, and while the actor is fenced: so a
        fence comes before or after each of them, never in between."""

    @property
    def next_due(self) -> int | None:
        """The actor's next timer, as of its last step."""
        return self._next_due

    @next_due.setter
    def next_due(self, due: int | None) -> None:
        self._next_due = due
        if due is not None:
            self._timed[self.name] = self

    def send(self, envelope: Envelope) -> None:
        """Queue a message; a price or a quote merges into its symbol's slot when one waits."""
        message = envelope.message
        if isinstance(message, (PriceUpdated, QuoteUpdated)):
            key = type(message), message.symbol
            with self._lock:
                waiting = self._slots.get(key)
                if waiting is not None:
                    older = waiting.message
                    if isinstance(older, PriceUpdated) and isinstance(message, PriceUpdated):
                        envelope = Envelope(merge(older, message), envelope.now)
                    self._slots[key] = envelope
                    self.merged += 1
                    return
                self._slots[key] = envelope
        else:
            self._lane.append(envelope)
        self._tokens.put(None)
        depth = self.depth
        self.highest_depth = max(self.highest_depth, depth)

    def send_again(self, envelope: Envelope) -> None:
        """Give a message whose handler failed to the next incarnation, before everything else."""
        self._again.append(envelope)
        self._tokens.put(None)

    def put_control(self, envelope: Any) -> None:
        """Queue one of Pykka's own messages on the control lane."""
        self._control.append(envelope)
        self._tokens.put(None)

    def take(self, epoch: int) -> Any:
        """The next message for the incarnation ``epoch``; waits for one.

        A fenced incarnation gets Pykka's stop and leaves the message to its successor.
        """
        while True:
            self._tokens.get()
            with self.turn:
                if epoch != self.epoch:
                    self._tokens.put(None)
                    return PykkaEnvelope(_ActorStop())
                if self._control:
                    return self._control.pop(0)
                envelope = self._next()
                if envelope is not None:
                    self.in_hand, self.busy_since = envelope, time.monotonic_ns()
                    self._tell_of_room()
                    return PykkaEnvelope(envelope)

    def done(self) -> None:
        """The message in hand is handled; called with ``turn`` held."""
        self.handled += 1
        if self.in_hand is not None:
            self.handled_now = self.in_hand.now
        self.in_hand, self.busy_since = None, 0

    def clear(self) -> None:
        """Drop everything that waits: nobody will ever take it."""
        with self._lock:
            self._again.clear()
            self._lane.clear()
            self._slots.clear()
        self._tell_of_room()

    def when_room(self, depth: int, call: Callable[[], None]) -> None:
        """Call once, as soon as ``depth`` messages or fewer wait: now, or on the thread that makes the room.

        A later request replaces an earlier one that was not answered. ``call`` must return at once.
        """
        with self._lock:
            self._room_wanted = depth, call
        # Only now: what was taken before the request was seen is counted here, what is taken later tells.
        self._tell_of_room()

    def fence(self) -> Envelope | None:
        """Turn to the next incarnation; returns the message that the present one held."""
        with self.turn:
            envelope, self.in_hand, self.busy_since = self.in_hand, None, 0
            self.epoch += 1
            self._tokens.put(None)
            return envelope

    def _tell_of_room(self) -> None:
        wanted = self._room_wanted
        if wanted is None or self.depth > wanted[0]:
            return
        with self._lock:
            if self._room_wanted is not wanted:
                return  # answered or replaced meanwhile
            self._room_wanted = None
        wanted[1]()

    def _next(self) -> Envelope | None:
        if self._again:
            return self._again.pop(0)
        if self._lane:
            return self._lane.popleft()
        with self._lock:
            if self._slots:
                return self._slots.pop(next(iter(self._slots)))
        return None

    @property
    def depth(self) -> int:
        """Messages waiting."""
        return len(self._lane) + len(self._slots) + len(self._again)


class Inbox:
    """One incarnation's view of its mailbox: what Pykka asks of an inbox."""

    def __init__(self, mailbox: Mailbox, epoch: int) -> None:
        self._mailbox = mailbox
        self._epoch = epoch

    def put(self, envelope: Any) -> None:
        """Pykka's own messages (its stop) go ahead of everything."""
        self._mailbox.put_control(envelope)

    def get(self) -> Any:
        """The next message, in Pykka's envelope."""
        return self._mailbox.take(self._epoch)

    def empty(self) -> bool:
        """Always True: what waits is for the next incarnation, Pykka's teardown must not drain it."""
        return True
