"""The journal without a thread: the replay driver's.

Decides nothing; the same writer, called at once. Implements what the replay driver needs of
``actors.runtime.journal.Journal``.
"""

import sqlite3
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Self

from tradingfloor.actors.messages import KillTrading
from tradingfloor.actors.routing import ROUTES
from tradingfloor.actors.runtime.journal import CommittedEvent, Step
from tradingfloor.actors.status import CommandResult
from tradingfloor.actors.types import Durability

from .journal import JournalWriter


class DirectJournal:
    """One store, written from the calling thread."""

    def __init__(self, path: Path | str, open_writer: Callable[[sqlite3.Connection], JournalWriter]) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self.writer = open_writer(self._connection)
        self._steps: list[Step] = []
        self._committed: list[CommittedEvent] = []

    def append(self, step: Step) -> None:
        """Queue one step."""
        self._steps.append(step)

    def flush(self) -> None:
        """Commit what is queued."""
        steps, self._steps = self._steps, []
        outcome = self.writer.commit(steps)
        self._note(outcome.events)
        for step, result in outcome.answers:
            if step.envelope.reply is not None:
                step.envelope.reply.set_result(result)

    def kill(self, command: KillTrading, now: int) -> "Future[CommandResult]":
        """Latch a kill."""
        result, committed = self.writer.kill(command, now)
        self._note(committed)
        answer: Future[CommandResult] = Future()
        answer.set_result(result)
        return answer

    def fence(self, actor: str, epoch: int) -> None:
        """Nothing to fence: there is one incarnation of everything."""

    def take(self) -> list[CommittedEvent]:
        """DURABLE events committed since the last call."""
        taken, self._committed = self._committed, []
        return taken

    def close(self) -> None:
        """Commit what is queued and close."""
        self.flush()
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _note(self, committed: list[CommittedEvent]) -> None:
        self._committed += [
            item for item in committed if ROUTES[type(item.event)].durability is Durability.DURABLE
        ]
