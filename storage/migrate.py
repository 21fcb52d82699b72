"""How a store comes to the present schema, and how a connection to it is set up.

Decides what happens on opening: a fresh store is created, an older one copied and upgraded, a newer one
refused. The steps are the numbered files of ``schema``; the version is ``PRAGMA user_version``. Knows no
table. Input: a connection in autocommit mode or between transactions; output: the store at ``LATEST``.
"""

import sqlite3
from functools import cache
from importlib import resources
from pathlib import Path

from tradingfloor.actors.errors import StoreMismatch

BUSY_TIMEOUT_MS = 5_000


def open_pragmas(connection: sqlite3.Connection) -> None:
    """Set up the writer's connection: WAL, synced commits, foreign keys, a bounded wait for locks.

    Raises StoreMismatch when the file system cannot hold a WAL (some network drives).
    """
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise StoreMismatch(f"the store cannot use a write-ahead log here (mode {mode}); use a local disk")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


@cache
def steps() -> tuple[tuple[int, str], ...]:
    """(version, SQL) of every numbered file of the schema folder, ascending."""
    found = [
        (int(entry.name.split("_", 1)[0]), entry.read_text(encoding="utf-8"))
        for entry in resources.files(__package__).joinpath("schema").iterdir()
        if entry.name.endswith(".sql")
    ]
    return tuple(sorted(found))


def latest() -> int:
    """The schema version of this build."""
    return steps()[-1][0]


def version_of(connection: sqlite3.Connection) -> int:
    """The schema version of a store; 0 = empty."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def check_version(version: int, path: str | Path) -> None:
    """For readers, who may not upgrade: raises StoreMismatch unless ``version`` is the latest."""
    if version > latest():
        raise _newer(path, version)
    if version < latest():
        raise StoreMismatch(
            f"{path}: schema {version} is older than this build's {latest()}; run it once to upgrade"
        )


def migrate(connection: sqlite3.Connection, path: str | Path) -> int:
    """Bring the store at ``path`` to the latest schema; returns the version it had.

    A store that holds an older schema is first copied to ``<path>.v<N>.bak`` (kept if it exists already:
    the first copy is the one from before any upgrade). Each step is one transaction, so an interrupted
    upgrade goes on where it stopped. Raises StoreMismatch on a newer store or a file that is none.
    """
    before = version_of(connection)
    if before > latest():
        raise _newer(path, before)
    if before == 0 and connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone():
        raise StoreMismatch(f"{path}: a database, but not a store of this engine; choose another file")
    pending = [(version, sql) for version, sql in steps() if version > before]
    if pending and before > 0:
        _backup(connection, Path(f"{path}.v{before}.bak"))
    for version, sql in pending:
        _apply(connection, version, sql)
    return before


def _newer(path: str | Path, version: int) -> StoreMismatch:
    return StoreMismatch(
        f"{path}: schema {version} is newer than this build's {latest()}; use a newer release"
    )


def _backup(connection: sqlite3.Connection, target: Path) -> None:
    if target.exists():
        return
    # A copy that a crash cut short must not pass for the backup: only a whole one gets its name.
    partial = target.with_name(f"{target.name}.partial")
    partial.unlink(missing_ok=True)
    connection.execute("VACUUM INTO ?", (str(partial),))
    partial.replace(target)


def _apply(connection: sqlite3.Connection, version: int, sql: str) -> None:
    # executescript would commit before it starts; BEGIN and COMMIT inside it make the step one transaction.
    try:
        connection.executescript(f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version = {version};\nCOMMIT;")
    except sqlite3.Error:
        if connection.in_transaction:
            connection.rollback()
        raise
