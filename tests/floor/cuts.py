"""Stores as a crash would leave them: a run on the replay driver, copied after chosen steps."""

import sqlite3

from tradingfloor.actors import messages as m
from tradingfloor.actors.runtime.journal import Envelope
from tradingfloor.actors.runtime.replay import ReplayDriver
from tradingfloor.actors.runtime.sequencer import Sequencer
from tradingfloor.assembly import Assembly
from tradingfloor.storage.direct_journal import DirectJournal


class Cut(ReplayDriver):
    """Commits after every single step and keeps a copy of the store at the chosen ones."""

    def __init__(self, rooms, journal, take, store, chosen):
        super().__init__(rooms, journal, take)
        self.steps, self.copies = 0, {}
        self.said = {}
        """Kind of event -> numbers of the steps that decided one."""
        self._store, self._chosen = store, chosen

    def step(self, actor, envelope):
        outputs = super().step(actor, envelope)
        self._journal.flush()
        self.steps += 1
        for kind in {type(output) for output in outputs}:
            self.said.setdefault(kind, []).append(self.steps)
        if self.steps in self._chosen:
            copy = self._store.with_name(f"cut{self.steps}.db")
            source, target = sqlite3.connect(self._store), sqlite3.connect(copy)
            source.backup(target)
            source.close()
            target.close()
            self.copies[self.steps] = copy
        return outputs


def played(config, store, chosen, *, to_end=True):
    """The driver after a whole run, or after the last chosen step."""
    assembly = Assembly(config)
    assembly.compile_kernels()
    with DirectJournal(store, lambda connection: assembly.open_writer(connection, store)) as journal:
        rooms = {name: assembly.recover(name, store) for name in assembly.actors}
        driver = Cut(rooms, journal, journal.take, store, chosen)
        sequencer = Sequencer(assembly.actors, driver, assembly.updates(0, None), horizon=assembly.horizon)
        start = m.StartTrading(request_id="run-0", reason="run", by="run")
        sequencer.offer("supervisor", Envelope(start, sequencer.now))
        sequencer.settle()
        while (to_end or driver.steps < max(chosen)) and sequencer.advance():
            pass
    return driver
