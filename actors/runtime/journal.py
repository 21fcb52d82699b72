"""The journal as the rooms' runtime sees it: what goes in, what comes out, what can be asked.

Decides the shape of a step (one actor's outcome of one message) and of a committed event. Knows no
SQL; ``storage`` implements the protocol.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from typing import NamedTuple, Protocol

import msgspec

from ..messages import Bar, Event, KillTrading, MarketUpdate, Message, PriceUpdated
from ..status import CommandResult


class Envelope(msgspec.Struct, frozen=True):
    """One message on its way to one actor, with the engine time at which it is handled."""

    message: Message
    now: int
    sequence: int = 0
    """The journal sequence of a committed event; 0 for everything else, BATCHED events forwarded at once
    among them."""
    reply: "Future[CommandResult] | None" = None


class Step(msgspec.Struct, frozen=True):
    """What one actor made of one message."""

    actor: str
    epoch: int
    envelope: Envelope
    outputs: Sequence[Message]


class CommittedEvent(msgspec.Struct, frozen=True, gc=False):
    """One event of the journal."""

    sequence: int
    recorded_at: int
    actor: str
    event: Event


class Mark(NamedTuple):
    """What an actor has handled, as of the newest commit."""

    tape: int = 0
    """Index of the newest market update handled (directly or through a price or bar made of it)."""
    durable: int = 0
    batched: int = 0
    now: int = 0
    """Engine time of the newest message handled."""


class Journal(Protocol):
    """The writer's queue; every method may be called from any thread."""

    def append(self, step: Step) -> None:
        """Queue one step; never waits."""
        ...

    def flush(self) -> None:
        """Wait until everything queued so far is committed and delivered.

        Raises JournalFailed when a commit failed.
        """
        ...

    def kill(self, command: KillTrading, now: int) -> "Future[CommandResult]":
        """Latch a kill ahead of everything queued; the answer comes when it is durable."""
        ...

    def fence(self, actor: str, epoch: int) -> None:
        """From now on only steps of ``epoch`` are written for this actor."""
        ...


class StoreView(Protocol):
    """What recovery reads; called after a flush, from the recovering actor's thread."""

    def mark(self, actor: str) -> Mark:
        """The handled mark; all zero when the actor never handled anything."""
        ...

    def events(self, kinds: Sequence[str], after: int = 0) -> Iterable[CommittedEvent]:
        """Events of these kinds in sequence."""
        ...

    def prices(self) -> Sequence[PriceUpdated]:
        """The newest price of each symbol."""
        ...

    def last_bars(self) -> Sequence[Bar]:
        """The newest closed bar of each symbol and timeframe."""
        ...

    def bars(self, symbol: str, timeframe: str, until: int) -> Sequence[Bar]:
        """Closed bars with end <= ``until``, in order."""
        ...

    def tape(self, after: int, until: int) -> Iterable[MarketUpdate]:
        """Accepted updates with after < index <= until, in order."""
        ...


Deliver = Callable[[Sequence[CommittedEvent]], None]
"""Takes the events of one commit, on the journal's thread."""
