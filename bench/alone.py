"""The cores without threads and without a disk: the sequencer over a journal that only numbers events.

What is left of an engine when nothing physical is in its way; a peer for drivers and actors.
"""

from tradingfloor.actors.messages import Event, StartTrading
from tradingfloor.actors.routing import ROUTES
from tradingfloor.actors.runtime.journal import CommittedEvent, Envelope, Step
from tradingfloor.actors.runtime.replay import ReplayDriver
from tradingfloor.actors.runtime.sequencer import Sequencer
from tradingfloor.actors.types import Durability
from tradingfloor.assembly import Assembly


class MemoryJournal:
    """Numbers events and gives the durable ones back; keeps nothing."""

    def __init__(self) -> None:
        self._sequence = 0
        self._committed: list[CommittedEvent] = []

    def append(self, step: Step) -> None:
        for output in step.outputs:
            if isinstance(output, Event):
                self._sequence += 1
                if ROUTES[type(output)].durability is Durability.DURABLE:
                    self._committed.append(CommittedEvent(self._sequence, 0, step.actor, output))

    def flush(self) -> None:
        """Nothing to write."""

    def take(self) -> list[CommittedEvent]:
        taken, self._committed = self._committed, []
        return taken


def cores_alone(assembly: Assembly) -> None:
    """The whole tape through the cores, in the sequencer's order."""
    journal = MemoryJournal()
    rooms = {name: assembly.room(name) for name in assembly.actors}
    driver = ReplayDriver(rooms, journal, journal.take)
    sequencer = Sequencer(assembly.actors, driver, assembly.updates(0, None))
    start = StartTrading(request_id="run-0", reason="run", by="run")
    sequencer.offer("supervisor", Envelope(start, sequencer.now))
    sequencer.settle()
    while sequencer.advance():
        pass
