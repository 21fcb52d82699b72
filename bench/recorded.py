"""A real run written down: the steps of every commit that a replay made.

Used where a benchmark needs what an engine really writes, in its true proportions.
"""

from pathlib import Path
from typing import Any

from tradingfloor.actors.messages import Event
from tradingfloor.actors.runtime.journal import Step
from tradingfloor.assembly import Assembly
from tradingfloor.replaying import replay
from tradingfloor.storage.journal import Commit, JournalWriter


class Recorder:
    """A writer that notes what it is given."""

    def __init__(self, writer: JournalWriter, groups: list[list[Step]]) -> None:
        self._writer, self._groups = writer, groups

    def commit(self, steps: list[Step]) -> Commit:
        if steps:
            self._groups.append(list(steps))
        return self._writer.commit(steps)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)


def record(assembly: Assembly, store: Path) -> list[list[Step]]:
    """Replay the whole tape into ``store``; returns the steps, commit by commit."""
    groups: list[list[Step]] = []
    open_writer = assembly.open_writer
    assembly.open_writer = lambda connection, path: Recorder(open_writer(connection, path), groups)
    try:
        replay(assembly, store)
    finally:
        del assembly.open_writer
    return groups


def events_of(groups: list[list[Step]]) -> list[Event]:
    """Every event of the steps, in order."""
    steps = (step for group in groups for step in group)
    return [output for step in steps for output in step.outputs if isinstance(output, Event)]
