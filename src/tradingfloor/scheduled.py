"""The files that the schedule asks for: a copy of the store, a report, a provider's bars.

Decides which of them a commit asks for, where each is written and what the journal says of it. A file that
cannot be written is told there and stops nothing. A report is made right after the commit that asks for it, a
copy after what is queued, both on the journal's thread; a download has a thread of its own. Input: committed
events; output: files, and events.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from tradingfloor.actors import messages as m
from tradingfloor.actors.domain.ids import derive_id
from tradingfloor.actors.errors import TradingFloorError
from tradingfloor.actors.runtime.journal import CommittedEvent
from tradingfloor.actors.types import NANOS, ScheduleOutcome
from tradingfloor.storage.journal_thread import JournalThread
from tradingfloor.storage.readers import SyncReader

from . import downloads, report
from .assembly import Assembly
from .diagnostics import as_step


class ScheduledFiles:
    """What one engine writes on schedule; ``take`` is a listener of its journal."""

    def __init__(
        self,
        journal: JournalThread,
        store: Path,
        assembly: Assembly,
        now: Callable[[], int],
    ) -> None:
        """``now``: engine time."""
        self._journal = journal
        self._store = store
        self._config = assembly.config
        self._market = assembly.account
        self._now = now
        self._downloading = threading.Lock()

    def take(self, committed: Sequence[CommittedEvent]) -> None:
        """Do, or begin, what a commit asks for."""
        for asked in _asked_for(committed):
            match asked.entry.rpartition(" ")[2]:
                case "backup":
                    self._back_up(asked)
                case "report":
                    self._report(asked)
                case "download":
                    work = threading.Thread(
                        target=self._download, args=(asked,), name="download", daemon=True
                    )
                    work.start()

    def _back_up(self, asked: m.ScheduleHandled) -> None:
        target = path_of(self._store, "backup", asked.due)
        written = self._journal.call(lambda writer: _whole(target, writer.copy_to), after_queue=True)

        def tell(done: "Future[int]") -> None:
            error = done.exception()
            self._tell(asked, target.name, 0 if error else done.result(), str(error or ""))

        written.add_done_callback(tell)

    def _report(self, asked: m.ScheduleHandled) -> None:
        """At once: a moment later the store would tell of what came after."""
        target = path_of(self._store, "report", asked.due).with_suffix(".txt")
        size, error = 0, ""
        try:
            size = _whole(target, partial(self._write_report, asked.due))
        except TradingFloorError as failed:
            error = str(failed)
        self._tell(asked, target.name, size, error)

    def _write_report(self, due: int, part: Path) -> None:
        from .cli.stored import stored_status  # noqa: PLC0415  what `status` says with no engine running

        with SyncReader.open(self._store) as reader:
            lines = report.lines(stored_status(self._store), reader, self._market, due)
            part.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _download(self, asked: m.ScheduleHandled) -> None:
        """Every symbol's file, one after the other; another download waits until this one is through."""
        with self._downloading:
            for symbol in self._config.symbols:
                path = downloads.default_path(self._config.data.source, symbol, downloads.MINUTES)
                size, error = 0, ""
                try:
                    size = downloads.bring_up_to(self._config, symbol, path, asked.due)
                except (TradingFloorError, OSError) as failed:
                    error = str(failed)
                self._tell(asked, str(path), size, error)
        self._journal.boundary()

    def _tell(self, asked: m.ScheduleHandled, path: str, size: int, error: str) -> None:
        now = max(self._now(), asked.ts)
        event: m.BackupWritten | m.FileWritten
        if asked.entry.endswith(" backup"):
            backup_id = derive_id(now, "backup", str(asked.due))
            event = m.BackupWritten(id=backup_id, ts=now, path=path, size=size, error=error)
        else:
            file_id = derive_id(now, "file", asked.id, path)
            event = m.FileWritten(
                id=file_id, ts=now, cause=asked.id, entry=asked.entry, path=path, size=size, error=error
            )
        self._journal.append(as_step(event, now))


def path_of(store: Path, what: str, due: int) -> Path:
    """``floor.db`` at a due time has the backup ``floor.backup-20240108T210000Z.db``."""
    at = datetime.fromtimestamp(due // NANOS, UTC)
    return store.with_name(f"{store.stem}.{what}-{at:%Y%m%dT%H%M%SZ}{store.suffix}")


def _asked_for(committed: Sequence[CommittedEvent]) -> Iterator[m.ScheduleHandled]:
    for item in committed:
        if isinstance(item.event, m.ScheduleHandled) and item.event.outcome is ScheduleOutcome.DONE:
            yield item.event


def _whole(target: Path, write: Callable[[Path], None]) -> int:
    """Write under another name first; the size in the end. Raises TradingFloorError, and nothing else."""
    part = target.with_name(f"{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        write(part)
        part.replace(target)
        return target.stat().st_size
    except Exception as error:
        # Anything else would end the journal, on whose thread this runs; its own store is untouched.
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise TradingFloorError(f"{type(error).__name__}: {error}") from error
