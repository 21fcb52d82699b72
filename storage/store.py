"""One store on disk: who holds it, what it belongs to, how it is opened.

Decides that one engine at a time holds a store, and that a store keeps to the tape, the symbols and the
timeframes it began with. Knows no event.
"""

import fcntl
import os
import sqlite3
import uuid
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import IO

import msgspec

from tradingfloor.actors.errors import BadData, JournalFailed, StoreLocked, StoreMismatch

from .migrate import migrate, open_pragmas


class Identity(msgspec.Struct, frozen=True):
    """What a store belongs to; a store is never opened for another."""

    tape: str
    """Content hash of the feed."""
    feed: str
    """Name of the feed, for people."""
    symbols: tuple[str, ...]
    timeframes: tuple[str, ...]


class StoreLock:
    """The hold of one process on one store; ends with the process, however that ends."""

    def __init__(self, path: Path) -> None:
        """Take the hold. Raises StoreLocked when another engine has it, BadData without a folder."""
        real = path.resolve()  # by whatever name it is opened
        self._path = real.with_name(real.name + ".lock")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: IO[str] = self._path.open("a+")
        except OSError as error:
            raise BadData(f"{path}: cannot be created: {error.strerror}") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise StoreLocked(f"{path}: another engine holds this store; stop it or use --store") from None
        self._file.seek(0)
        self._file.truncate()
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        """Give the hold up."""
        self._file.close()


def tidy(path: Path) -> None:
    """Fold the write-ahead log into the store, so that a closed store is one file. Harmless when busy."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error:
        return


def prepare(connection: sqlite3.Connection, path: Path, identity: Identity) -> str:
    """Bring an open store to this build's schema and check whose it is; returns its journal id.

    Raises BadData when the file is no store, StoreMismatch when it belongs to something else.
    """
    try:
        open_pragmas(connection)
        migrate(connection, path)
        held = dict(connection.execute("SELECT key, value FROM meta").fetchall())
    except sqlite3.OperationalError as error:
        raise JournalFailed(str(error)) from None
    except sqlite3.DatabaseError as error:
        raise BadData(f"{path}: not a store: {error}") from None
    if "journal_id" not in held:
        journal_id = str(uuid.uuid4())
        rows = [("journal_id", journal_id), ("identity", msgspec.json.encode(identity).decode())]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO meta VALUES (?, ?)", rows)
        connection.execute("COMMIT")
        return journal_id
    before = msgspec.json.decode(held["identity"], type=Identity)
    if before.tape != identity.tape:
        raise StoreMismatch(f"{path}: belongs to another tape ({before.feed}); use a new --store")
    if (before.symbols, before.timeframes) != (identity.symbols, identity.timeframes):
        wanted = f"{', '.join(before.symbols)} at {', '.join(before.timeframes)}"
        raise StoreMismatch(f"{path}: was begun for {wanted}; use these or a new --store")
    return str(held["journal_id"])


def known_actors(connection: sqlite3.Connection) -> list[str]:
    """The names of all actors that the store has a mark of."""
    return [name for (name,) in connection.execute("SELECT actor FROM marks ORDER BY actor")]


def admit(connection: sqlite3.Connection, actors: Iterable[str], leader: str) -> None:
    """Have actors that are new to the store begin at the engine time that ``leader`` has handled."""
    connection.executemany(
        "INSERT OR IGNORE INTO marks"
        " SELECT ?, 0, 0, 0, 0, coalesce((SELECT now FROM marks WHERE actor = ?), 0)",
        [(actor, leader) for actor in actors],
    )


def dismiss(connection: sqlite3.Connection, actors: Iterable[str]) -> None:
    """Forget how far these actors have come."""
    connection.executemany("DELETE FROM marks WHERE actor = ?", [(actor,) for actor in actors])
