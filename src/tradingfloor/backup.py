"""A copy of the store beside it, when the schedule asks for one.

Decides the name of the copy and that it is whole: it is written under another name first. The copy is made on
the journal's thread, between two commits. Input: committed events; output: a file, and an event about it.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path

from tradingfloor.actors import messages as m
from tradingfloor.actors.domain.ids import derive_id
from tradingfloor.actors.runtime.journal import CommittedEvent
from tradingfloor.actors.types import NANOS, ScheduleOutcome
from tradingfloor.storage.journal import JournalWriter
from tradingfloor.storage.journal_thread import JournalThread

from .diagnostics import as_step


def asked_for(committed: Sequence[CommittedEvent]) -> Iterator[int]:
    """The due times of the backups among committed events."""
    for item in committed:
        match item.event:
            case m.ScheduleHandled(entry=entry, due=due, outcome=ScheduleOutcome.DONE):
                if entry.endswith(" backup"):
                    yield due


def path_of(store: Path, due: int) -> Path:
    """``floor.db`` at a due time is copied to ``floor.backup-20240108T210000Z.db``."""
    at = datetime.fromtimestamp(due // NANOS, UTC)
    return store.with_name(f"{store.stem}.backup-{at:%Y%m%dT%H%M%SZ}{store.suffix}")


def write(journal: JournalThread, store: Path, due: int, now: int) -> "Future[int]":
    """Copy the store on the journal's thread and journal how it went; returns at once."""
    target = path_of(store, due)
    copied = journal.call(lambda writer: _copy(writer, target), after_queue=True)

    def tell(done: "Future[int]") -> None:
        error = done.exception()
        written = m.BackupWritten(
            id=derive_id(now, "backup", str(due)),
            ts=now,
            path=target.name,
            size=0 if error else done.result(),
            error=str(error) if error else "",
        )
        journal.append(as_step(written, now))

    copied.add_done_callback(tell)
    return copied


def _copy(writer: JournalWriter, target: Path) -> int:
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    writer.copy_to(part)
    part.replace(target)
    return target.stat().st_size
