"""What the gateway needs of an engine and of its journal, and nothing more.

Decides the two seams: ``EnginePort`` (commands in, status and commits out) and ``JournalPages``
(reading what was committed). Knows no actor, no SQL and no wire.
"""

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import NamedTuple, Protocol

from tradingfloor.actors.messages import AnyCommand
from tradingfloor.actors.runtime.journal import CommittedEvent
from tradingfloor.actors.status import CommandResult, EngineStatus

__all__ = ["Bounds", "CommitListener", "CommittedEvent", "EnginePort", "JournalPages"]


class Bounds(NamedTuple):
    """What the journal still has."""

    oldest: int
    """The oldest sequence kept; ``last + 1`` when there is none."""
    last: int
    """The newest sequence committed; 0 before the first."""


CommitListener = Callable[[Sequence[CommittedEvent]], None]


class EnginePort(Protocol):
    """One engine as its gateway sees it. Every method may be called from any thread."""

    @property
    def journal_id(self) -> str:
        """The identity of the journal; sequences of two journals do not compare."""
        ...

    @property
    def store_path(self) -> Path:
        """The file of the store."""
        ...

    def submit(self, command: AnyCommand) -> Future[CommandResult]:
        """Hand a command over at once; the future resolves when the outcome is durable.

        Fails with BadCommand, NotRunning, JournalFailed. The same ``request_id`` with the same
        content executes once and gives the first answer; with other content it is a BadCommand.
        """
        ...

    def status(self) -> EngineStatus:
        """A snapshot; never blocks, asks no actor."""
        ...

    def last_sequence(self) -> int:
        """The newest sequence committed; never blocks."""
        ...

    def add_commit_listener(self, listener: CommitListener) -> Callable[[], None]:
        """Call ``listener`` on the journal's thread right after each commit; it must not block.

        Returns a function that ends it.
        """
        ...


class JournalPages(Protocol):
    """Read-only pages of the journal; awaited in the edge loop, must not block it."""

    async def page(
        self, after: int, limit: int, kinds: Collection[str], symbols: Collection[str]
    ) -> Sequence[CommittedEvent]:
        """The first ``limit`` events with sequence > ``after`` that match, in sequence order.

        An empty collection matches everything. Sees every commit made before the call. Fewer than
        ``limit`` events mean that the journal's end was reached.
        """
        ...

    async def bounds(self) -> Bounds:
        """The oldest and the newest sequence kept."""
        ...
