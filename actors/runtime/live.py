"""The live driver: the rooms as supervised Pykka actors.

Decides how a message travels between threads. In lock-step one turnstile hands out one message at a
time in the sequencer's order, so that nothing merges and the journal is the replay driver's. Free
running, every actor takes what its mailbox holds; bars are closed as engine time passes.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from queue import SimpleQueue
from typing import NamedTuple

from ..messages import Message, TimerDue
from ..routing import ROUTES, recipients
from ..types import Durability
from .journal import CommittedEvent, Envelope, Journal, Step
from .mailbox import Mailbox
from .sequencer import MARKET_DATA

COMMIT_ROWS, COMMIT_SECONDS = 1_000, 0.02
"""BATCHED rows wait at most so many or so long for their commit."""


class _Turn(NamedTuple):
    actor: str
    envelope: Envelope | None
    """None = the actor was given up, whatever it held."""
    outputs: Sequence[Message]


class Halted(Exception):
    """The engine is stopping; the turnstile hands out nothing more."""


class Inbound:
    """DURABLE events on their way from the journal's thread to the sequencer."""

    def __init__(self) -> None:
        self._events: deque[CommittedEvent] = deque()

    def put(self, committed: Sequence[CommittedEvent]) -> None:
        """Take one commit's events; called on the journal's thread."""
        for item in committed:
            if ROUTES[type(item.event)].durability is Durability.DURABLE:
                self._events.append(item)

    def take(self) -> list[CommittedEvent]:
        """Everything that came since the last call."""
        taken = []
        while self._events:
            taken.append(self._events.popleft())
        return taken


class LockStep:
    """The turnstile: implements the sequencer's driver over live actors."""

    def __init__(self, journal: Journal, inbound: Inbound, request_commit: Callable[[], None]) -> None:
        self.mailboxes: Mapping[str, Mailbox] = {}
        self.isolated: Callable[[str], bool] = lambda _name: False
        self._journal = journal
        self._inbound = inbound
        self._request_commit = request_commit
        self._turns: SimpleQueue[_Turn | None] = SimpleQueue()
        self._rows = 0
        self._since = 0.0

    def step(self, actor: str, envelope: Envelope) -> Sequence[Message]:
        """Hand the message out and wait for its outcome, through restarts of the actor."""
        if self.isolated(actor):
            return ()
        self.mailboxes[actor].send(envelope)
        while True:
            turn = self._turns.get()
            if turn is None:
                raise Halted
            if turn.envelope is envelope or (turn.envelope is None and turn.actor == actor):
                self._rows += 1 + len(turn.outputs)
                return turn.outputs

    def next_due(self, actor: str) -> int | None:
        """The actor's next timer, as of its last step."""
        return None if self.isolated(actor) else self.mailboxes[actor].next_due

    def commit(self, *, now: bool) -> Sequence[CommittedEvent]:
        """Commit at once when something DURABLE waits, else by rows or age, without waiting."""
        if now:
            self._journal.flush()
            self._rows = 0
        elif self._rows:
            clock = time.monotonic()
            if self._rows >= COMMIT_ROWS or clock - self._since > COMMIT_SECONDS:
                self._request_commit()
                self._rows, self._since = 0, clock
        return self._inbound.take()

    def finish(self, actor: str, epoch: int, envelope: Envelope, outputs: Sequence[Message] | None) -> None:
        """Take one step's outcome; called on the actor's thread."""
        if outputs is not None:
            self._journal.append(Step(actor, epoch, envelope, outputs))
        self._turns.put(_Turn(actor, envelope, outputs or ()))

    def lost(self, actor: str, envelope: Envelope | None) -> None:
        """The message that was handed out will not be handled."""
        self._turns.put(_Turn(actor, envelope, ()))

    def halt(self) -> None:
        """Wake the sequencer for the last time."""
        self._turns.put(None)


class FreeRunning:
    """Every actor at its own pace."""

    def __init__(self, journal: Journal) -> None:
        self.mailboxes: Mapping[str, Mailbox] = {}
        self.timed: Mapping[str, Mailbox] = {}
        """Those of actors that ever asked for a timer: few, however many actors there are."""
        self.given_up: set[str] = set()
        """Actors that the supervisor isolated."""
        self._journal = journal
        self._targets: dict[tuple[type[Message], str], tuple[str, ...]] = {}
        # Queueing at the journal and forwarding are one act, so that BATCHED events of several
        # actors reach a mailbox in the order in which they get their sequence.
        self._lock = threading.Lock()

    def finish(self, actor: str, epoch: int, envelope: Envelope, outputs: Sequence[Message] | None) -> None:
        """Take one step's outcome; called on the actor's thread."""
        if outputs is None:
            return
        with self._lock:
            self._journal.append(Step(actor, epoch, envelope, outputs))
            for output in outputs:
                if ROUTES[type(output)].durability is not Durability.DURABLE:
                    self._send(output, Envelope(output, envelope.now), actor)

    def deliver(self, committed: Sequence[CommittedEvent]) -> None:
        """Forward one commit's DURABLE events; called on the journal's thread."""
        for item in committed:
            if ROUTES[type(item.event)].durability is Durability.DURABLE:
                self._send(item.event, Envelope(item.event, item.event.ts, item.sequence), item.actor)

    def lost(self, actor: str, envelope: Envelope | None) -> None:
        """Without a message: the actor was given up, and its mailbox is nobody's any more."""
        if envelope is None:
            self.given_up.add(actor)
            self.mailboxes[actor].clear()

    def send(self, actor: str, envelope: Envelope) -> None:
        """Put one message into one mailbox."""
        if actor not in self.given_up:
            self.mailboxes[actor].send(envelope)

    def fire_timers(self, until: int) -> None:
        """Wake every actor whose timer is due at or before ``until``.

        Engine time is that of what market data has handled, not of what was sent to it: a day must not be
        closed before its trades are known.
        """
        market = self.mailboxes[MARKET_DATA]
        if market.depth or market.busy_since:
            until = min(until, market.handled_now)
        for box in list(self.timed.values()):
            due = None if box.name in self.given_up else box.next_due
            if due is not None and due <= until:
                box.next_due = None
                box.send(Envelope(TimerDue(due), max(due, until)))

    @property
    def idle(self) -> bool:
        """True when no mailbox holds or handles anything."""
        return all(
            name in self.given_up or (not box.depth and not box.busy_since)
            for name, box in self.mailboxes.items()
        )

    def _send(self, message: Message, envelope: Envelope, author: str) -> None:
        key = (type(message), getattr(message, "symbol", ""))
        names = self._targets.get(key)
        if names is None:
            names = self._targets[key] = tuple(recipients(message, self.mailboxes))
        for name in names:
            if name != author:
                self.send(name, envelope)
