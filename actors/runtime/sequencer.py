"""The order of things: which message is handled next, in lock-step and in replay alike.

Decides it by one rule. An instant (a market update or a due timer) goes to one actor; what that
causes is delivered first in, first out; when nothing is left the journal commits and its DURABLE
events are delivered in sequence; and only when nothing follows any more comes the next instant. A live
market's ``Quiet`` is an instant at which nothing happened: timers up to it fire, time passes. At one ts
the merged range of a tape bar and quotes come first, then timers, then opens and trades. Knows no
thread and no clock: a driver runs the steps and commits.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from ..messages import ChainUpdate, MarketUpdate, Message, Quiet, TapeUpdate, TimerDue
from ..routing import ROUTES, recipients
from ..types import Durability, UpdateKind
from .journal import CommittedEvent, Envelope

MARKET_DATA = "market_data"


class Driver(Protocol):
    """Runs one step and commits, inline or through threads."""

    def step(self, actor: str, envelope: Envelope) -> Sequence[Message]:
        """Have the actor handle the envelope and the journal queue the outcome; return the outputs."""
        ...

    def next_due(self, actor: str) -> int | None:
        """The actor's next timer."""
        ...

    def commit(self, *, now: bool) -> Sequence[CommittedEvent]:
        """Commit what is queued (when ``now``, else at the driver's leisure).

        Returns the DURABLE events committed since the last call, in sequence.
        """
        ...


def phase(update: TapeUpdate | Quiet) -> int:
    """0 = before the timers of the same ts, 2 = after them."""
    if isinstance(update, MarketUpdate):
        return 0 if update.kind is UpdateKind.BAR else 2
    return 0 if isinstance(update, ChainUpdate) else 2


class Sequencer:
    """Holds what waits and hands out one message at a time."""

    def __init__(
        self,
        actors: Sequence[str],
        driver: Driver,
        updates: Iterator[TapeUpdate | Quiet],
        now: int = 0,
        *,
        horizon: Callable[[int], int] = lambda newest: newest + 1,
    ) -> None:
        """Take ``updates`` up at engine time ``now`` (0 = the first update's).

        ``horizon``: given the newest update's time, the last instant whose timers fire at the tape's end.
        """
        self._actors = tuple(actors)
        self._rank = {name: rank for rank, name in enumerate(actors)}
        self._driver = driver
        self._updates = updates
        self._held: list[TapeUpdate | Quiet | None] = []
        """The next update; empty = not asked for yet, None = the tape is at its end."""
        self._ready: deque[tuple[str, Envelope]] = deque()
        self._dues: dict[str, int] = {}
        self._targets: dict[tuple[type[Message], str], tuple[str, ...]] = {}
        self._durable_waiting = False
        first = self.upcoming
        self.now = now or (first.ts if first else 0)
        self._newest = self.now
        """Time of the newest update."""
        self._horizon = horizon
        for name in actors:
            self._note_due(name)

    @property
    def upcoming(self) -> TapeUpdate | Quiet | None:
        """The next market update, not yet taken.

        It is asked for when it is looked at: a live one need not exist before.
        """
        if not self._held:
            self._held.append(next(self._updates, None))
        return self._held[0]

    def offer(self, actor: str, envelope: Envelope) -> None:
        """Queue one message from outside (a command) for one actor."""
        self._ready.append((actor, envelope))

    def deliver(self, committed: Sequence[CommittedEvent]) -> None:
        """Queue committed events for the actors they are routed to, but for their own author."""
        for item in committed:
            event = item.event
            for name in self._recipients(event):
                if name != item.actor:
                    self._ready.append((name, Envelope(event, max(self.now, event.ts), item.sequence)))

    def settle(self) -> None:
        """Run until nothing follows any more."""
        while True:
            while self._ready:
                self._run(*self._ready.popleft())
            committed = self._driver.commit(now=self._durable_waiting)
            self._durable_waiting = False
            self.deliver(committed)
            if not self._ready:
                return

    def advance(self) -> bool:
        """Take the next instant and settle; False when the tape and its timers are at their end."""
        due = self._earliest_due()
        update = self.upcoming
        if update is None:
            if due is None or due[0] > self._horizon(self._newest):
                return False
        elif due is None or (update.ts, phase(update)) < (due[0], 1):
            self.now = self._newest = max(self.now, update.ts)
            self._held.clear()
            if not isinstance(update, Quiet):
                self._run(MARKET_DATA, Envelope(update, self.now))
            self.settle()
            return True
        assert due is not None
        self.now = max(self.now, due[0])
        self._run(due[2], Envelope(TimerDue(due[0]), self.now))
        self.settle()
        return True

    def _earliest_due(self) -> tuple[int, int, str] | None:
        if not self._dues:
            return None
        return min((due, self._rank[name], name) for name, due in self._dues.items())

    def _run(self, actor: str, envelope: Envelope) -> None:
        outputs = self._driver.step(actor, envelope)
        self._note_due(actor)
        for output in outputs:
            route = ROUTES[type(output)]
            if route.durability is Durability.DURABLE:
                self._durable_waiting = True
                continue
            for name in self._recipients(output):
                self._ready.append((name, Envelope(output, envelope.now)))
        if envelope.reply is not None:
            self._durable_waiting = True

    def _note_due(self, actor: str) -> None:
        due = self._driver.next_due(actor)
        if due is None:
            self._dues.pop(actor, None)
        else:
            self._dues[actor] = due

    def _recipients(self, message: Message) -> tuple[str, ...]:
        key = (type(message), getattr(message, "symbol", ""))
        found = self._targets.get(key)
        if found is None:
            found = self._targets[key] = tuple(recipients(message, self._actors))
        return found
