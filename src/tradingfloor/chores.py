"""What the schedule asks for beside trading: a backup, a report, a download.

Decides where each is worked on, away from every trading thread, and how its outcome is told. A backup is
copied on the journal's thread, between two commits; the others have a thread of their own and read or write
no trading state. Input: committed events; output: files, and one event about each chore.
"""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from tradingfloor.actors import messages as m
from tradingfloor.actors.domain.ids import derive_id
from tradingfloor.actors.runtime.journal import CommittedEvent
from tradingfloor.actors.types import NANOS, ScheduleOutcome
from tradingfloor.storage.journal import JournalWriter
from tradingfloor.storage.journal_thread import JournalThread

from . import report
from .assembly import Assembly
from .diagnostics import as_step
from .downloads import ScheduledDownload
from .whole_file import write_whole

BOOKS_AFTER: Final = 60 * NANOS
"""How long after a session's close its books may still be under way, ns of engine time."""

PATIENCE: Final = 60.0
"""Seconds for which a report waits for them; then it tells of the session before."""

ENDING: Final = 10.0
"""Seconds that the end of an engine waits for chores."""


class Done(NamedTuple):
    """What came of a chore that did not fail."""

    files: tuple[Path, ...]
    detail: str = ""


class Chores:
    """The chores of one engine over one store."""

    def __init__(
        self,
        journal: JournalThread,
        store: Path,
        assembly: Assembly,
        now: Callable[[], int],
    ) -> None:
        """``now`` tells engine time."""
        self._journal = journal
        self._store = store
        self._market = assembly.account
        self._now = now
        self._download = ScheduledDownload(assembly.config, store.parent)
        self._begin: dict[str, Callable[[int], Future[Done]]] = {
            "backup": self._back_up,
            "report": lambda due: self._beside("report", lambda: self._report(due)),
            "download": lambda _due: self._beside("download", lambda: Done(*self._download.run())),
        }
        self._working: list[threading.Thread] = []
        self._rolled = threading.Condition()
        self._newest = 0
        self._ending = False
        self._reporting = threading.Lock()

    def take(self, committed: Sequence[CommittedEvent]) -> None:
        """Begin what came due; called on the journal's thread, which waits for nothing here."""
        for item in committed:
            match item.event:
                case m.ScheduleHandled(entry=entry, due=due, outcome=ScheduleOutcome.DONE):
                    begin = self._begin.get(entry.rpartition(" ")[2])
                    if begin is not None:
                        begin(due).add_done_callback(self._teller(entry, due))
                case m.AccountCompared(session=session):  # the last that is told of a session
                    with self._rolled:
                        self._newest = max(self._newest, session)
                        self._rolled.notify_all()

    def close(self) -> None:
        """Cut the downloads, and see the rest through; the journal must still be open."""
        with self._rolled:
            self._ending = True
            self._rolled.notify_all()
        self._download.end()
        until = time.monotonic() + ENDING
        for thread in self._working:  # a thread ends when its outcome was told, a future before
            thread.join(max(0.0, until - time.monotonic()))

    def _teller(self, entry: str, due: int) -> "Callable[[Future[Done]], None]":
        def tell(done: "Future[Done]") -> None:
            now, error = self._now(), done.exception()
            files, detail = ((), "") if error else done.result()
            finished = m.ChoreFinished(
                id=derive_id(now, "chore", entry, due),
                ts=now,
                entry=entry,
                due=due,
                files=tuple(_named(path, self._store.parent) for path in files),
                size=sum(map(_size, files)),
                detail=detail,
                error=_told(error) if error else "",
            )
            self._journal.append(as_step(finished, now))
            self._journal.boundary()  # an engine at rest would come to none

        return tell

    def _beside(self, name: str, work: Callable[[], Done]) -> "Future[Done]":
        """Work on a thread of its own; a daemon, so that the process can end whatever it hangs in."""
        future: Future[Done] = Future()

        def run() -> None:
            try:
                done = work()
            except BaseException as error:  # noqa: BLE001  becomes the event
                future.set_exception(error)
            else:
                future.set_result(done)

        thread = threading.Thread(target=run, name=f"chore:{name}", daemon=True)
        self._working = [each for each in self._working if each.is_alive()] + [thread]
        try:
            thread.start()
        except RuntimeError as error:  # no thread is left to have; the journal's own goes on
            self._working.remove(thread)
            future.set_exception(error)
        return future

    def _back_up(self, due: int) -> "Future[Done]":
        target = backup_path(self._store, due)
        return self._journal.call(lambda writer: _copy(writer, target), after_queue=True)

    def _report(self, due: int) -> Done:
        session = self._market.session_at(due) or self._market.next_session(due)
        while session.close > due:
            session = self._market.previous_session(session.ordinal)
        if due - session.close <= BOOKS_AFTER and not report.is_closed(self._store, session.ordinal):
            with self._rolled:
                self._rolled.wait_for(
                    lambda: self._ending or self._newest >= session.ordinal, timeout=PATIENCE
                )
        with self._reporting:
            return Done(report.write(self._store, session.ordinal, due))


def backup_path(store: Path, due: int) -> Path:
    """``floor.db`` at a due time is copied to ``floor.backup-20240108T210000Z.db``."""
    at = datetime.fromtimestamp(due // NANOS, UTC)
    return store.with_name(f"{store.stem}.backup-{at:%Y%m%dT%H%M%SZ}{store.suffix}")


def _copy(writer: JournalWriter, target: Path) -> Done:
    write_whole(target, writer.copy_to)
    return Done((target,))


def _named(path: Path, folder: Path) -> str:
    """A file as it is told: beside the store by its name alone."""
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)


def _size(path: Path) -> int:
    """Bytes; 0 of a file that somebody took away already."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _told(error: BaseException) -> str:
    return str(error) or type(error).__name__
