"""Steering a store whose engine is not running: rearming after a kill.

Decides nothing new: the supervisor's core decides, the journal's writer commits, as in a running engine.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec

from tradingfloor.actors.errors import BadData, NotFound
from tradingfloor.actors.messages import RearmTrading
from tradingfloor.actors.runtime.journal import Envelope, Step
from tradingfloor.actors.runtime.recovery import recover_deciding, undelivered
from tradingfloor.actors.status import CommandResult
from tradingfloor.actors.supervisor.core import SupervisorCore
from tradingfloor.storage.journal import JournalWriter
from tradingfloor.storage.migrate import migrate, open_pragmas
from tradingfloor.storage.store import Identity, StoreLock
from tradingfloor.storage.view import View


def rearm(store: Path, kill_id: str, reason: str, by: str) -> CommandResult:
    """Open the latch of a kill in a store that no engine holds; its state is STOPPED then.

    Raises NotFound without a store, StoreLocked while an engine runs, BadCommand when the store is not
    killed, the id is another or the reason is empty.
    """
    if not store.is_file():
        raise NotFound(f"{store}: no such store")
    lock = StoreLock(store)
    try:
        with closing(sqlite3.connect(store, isolation_level=None)) as connection:
            open_pragmas(connection)
            migrate(connection, store)
            return _rearm(connection, store, kill_id, reason, by)
    except sqlite3.DatabaseError as error:
        raise BadData(f"{store}: not a store: {error}") from None
    finally:
        lock.release()


def _rearm(connection: sqlite3.Connection, store: Path, kill_id: str, reason: str, by: str) -> CommandResult:
    row = connection.execute("SELECT value FROM meta WHERE key = 'identity'").fetchone()
    if row is None:
        raise NotFound(f"{store}: nothing was ever journaled in it")
    tape = msgspec.json.decode(row[0], type=Identity).tape
    with closing(View(store)) as view:
        room = recover_deciding("supervisor", SupervisorCore(tape), view)
        now = view.newest_now()
        # The engine may have ended before its supervisor heard of the kill.
        unheard = [envelope for _, envelope in undelivered(view, ("supervisor",), now)]
    writer = JournalWriter(connection, tape)
    command = RearmTrading(
        request_id=f"offline-{writer.sequence}", reason=reason, by=by, kill_id=kill_id.lower()
    )
    epoch = writer.epochs.get("supervisor", 0)
    steps = [
        Step("supervisor", epoch, envelope, room.step(envelope.message, envelope.now))
        for envelope in (*unheard, Envelope(command, now))
    ]
    ((_, result),) = writer.commit(steps).answers
    return result
