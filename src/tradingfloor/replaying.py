"""A run on the replay driver: the same parts as the live engine, one thread, virtual time.

Decides nothing about trading. Used for the parity proof, for seeds in tests, and by backtests.
"""

from pathlib import Path

from tradingfloor.actors.messages import StartTrading
from tradingfloor.actors.runtime.journal import Envelope
from tradingfloor.actors.runtime.replay import ReplayDriver
from tradingfloor.actors.runtime.sequencer import Sequencer
from tradingfloor.storage.direct_journal import DirectJournal

from .assembly import Assembly


def replay(assembly: Assembly, store: Path, *, sessions: int | None = None) -> dict[str, int]:
    """Play the whole tape (or so many sessions) into a fresh store; returns its events by kind.

    Raises BadData, BadConfig, StoreMismatch.
    """
    assembly.compile_kernels()
    with DirectJournal(store, lambda connection: assembly.open_writer(connection, store)) as journal:
        for step in assembly.warm_up():
            journal.append(step)
        journal.flush()
        rooms = {name: assembly.recover(name, store) for name in assembly.actors}
        driver = ReplayDriver(rooms, journal, journal.take)
        sequencer = Sequencer(
            assembly.actors, driver, assembly.updates(0, sessions), horizon=assembly.horizon
        )
        start = StartTrading(request_id="run-0", reason="run", by="run")
        sequencer.offer("supervisor", Envelope(start, sequencer.now))
        sequencer.settle()
        while sequencer.advance():
            pass
        journal.flush()
        return journal.writer.counts()
