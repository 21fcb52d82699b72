"""The replay driver: every room in one thread, at virtual time.

Decides nothing; it calls the cores directly, in the sequencer's order, and commits through the same
journal. Used by backtests, the parity proof and fault simulation.
"""

from collections.abc import Callable, Mapping, Sequence

from ..messages import Message
from .journal import CommittedEvent, Envelope, Journal, Step
from .room import Room


class ReplayDriver:
    """Runs steps inline. ``take`` hands over what the journal committed since the last call."""

    def __init__(
        self,
        rooms: Mapping[str, Room],
        journal: Journal,
        take: Callable[[], Sequence[CommittedEvent]],
    ) -> None:
        self._rooms = rooms
        self._journal = journal
        self._take = take
        self._uncommitted = 0

    def step(self, actor: str, envelope: Envelope) -> Sequence[Message]:
        """Run the room's step and queue its outcome."""
        outputs = self._rooms[actor].step(envelope.message, envelope.now)
        self._journal.append(Step(actor, 0, envelope, outputs))
        self._uncommitted += 1 + len(outputs)
        return outputs

    def next_due(self, actor: str) -> int | None:
        """The room's next timer."""
        return self._rooms[actor].next_due()

    def commit(self, *, now: bool) -> Sequence[CommittedEvent]:
        """Commit at once when something DURABLE waits, else every 1,000 rows."""
        if now or self._uncommitted >= 1_000:
            self._journal.flush()
            self._uncommitted = 0
        return self._take()
