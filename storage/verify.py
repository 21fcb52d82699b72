"""Whether a store is sound: every invariant over the whole journal, and the tables against the journal.

Decides nothing about the invariants themselves (``invariants``, ``limits``); this module reads the store
once, feeds every check and rebuilds all projected tables beside it. Changes nothing and may run beside a
live engine. Input: the path of a store; output: a ``VerifyReport``.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from operator import itemgetter
from pathlib import Path
from typing import Any

import msgspec

from tradingfloor.actors.config import Config
from tradingfloor.actors.errors import StoreMismatch
from tradingfloor.actors.types import FORMER_CODES

from .checks import Check, Entry, EntryCheck, Facts, Invariant
from .codec import KINDS, decode
from .invariants import CashIdentity, CauseChain, Fills, JournalOrder, KillHolds
from .ledger_hash import ledger_hash
from .limits import Limits
from .migrate import check_version, migrate, version_of
from .projection import Projection
from .readers import read_only_uri
from .rows import PROJECTED, PositionRow, Row, select


class VerifyReport(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome for one store."""

    path: str
    schema: int
    events: int
    ledger_hash: str
    invariants: tuple[Invariant, ...]

    @property
    def ok(self) -> bool:
        """True when every invariant holds."""
        return all(invariant.ok for invariant in self.invariants)


class Soundness(Check):
    """The database file itself."""

    name = "I0"
    title = "the file is a sound database"


class FoldIsTables(EntryCheck):
    """The tables against a second fold of the journal."""

    name = "I7"
    title = "the tables are what the journal says"
    watches = tuple(KINDS.values())

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self.projection = Projection(facts.multipliers)
        self.rebuilt = sqlite3.connect(":memory:", isolation_level=None)
        migrate(self.rebuilt, ":memory:")
        self.rebuilt.execute("BEGIN")

    def see(self, entry: Entry) -> None:
        """Write the rows that follow from the entry."""
        try:
            rows = self.projection.rows(entry.event, entry.sequence)
        except (ValueError, ArithmeticError) as error:
            self.expect(False, entry.sequence, f"{entry.kind} cannot be projected: {error}")
            return
        for statement, values in rows:
            self.rebuilt.execute(statement, values)

    def compare(self, stored: sqlite3.Connection, row: type[Row]) -> None:
        """Compare one table with its rebuilt self, row by row."""
        names = row.__struct_fields__
        key = _key(stored, row)
        wanted = {key(values): values for values in self.rebuilt.execute(select(row))}
        for values in stored.execute(select(row)):
            rebuilt = wanted.pop(key(values), None)
            if rebuilt is None:
                self.tell(row, values, "is in no event")
            else:
                pairs = zip(names, values, rebuilt, strict=True)
                off = [n for n, a, b in pairs if a != b and FORMER_CODES.get(a, a) != b]
                self.tell(row, values, f"differs in {', '.join(off)}" if off else "")
        for values in wanted.values():
            self.tell(row, values, "is missing")

    def compare_books(self, stored: sqlite3.Connection, books: CashIdentity) -> None:
        """Compare the positions with the fold of the fills alone."""
        for values in stored.execute(select(PositionRow)):
            symbol, quantity, cost = values[:3]
            held = books.books.positions.get(symbol)
            agrees = (quantity, cost) == ((held.quantity, held.cost) if held else (0, 0))
            self.tell(PositionRow, values, "" if agrees else "is not what the fills add up to")

    def tell(self, row: type[Row], values: tuple[Any, ...], wrong: str) -> None:
        """Count one row; ``wrong`` is empty when it is as it should be."""
        shown = dict(zip(row.__struct_fields__, values, strict=True))
        sequence = shown.get("updated_sequence", shown.get("sequence", 0))
        self.expect(not wrong, sequence, f"{row.TABLE}: the row of {_words(values[:2])} {wrong}")


def verify(path: str | Path) -> VerifyReport:
    """Check the store at ``path``.

    Raises NotFound when there is none, StoreMismatch when its schema is not this build's. A file that is no
    sound database fails I0, and nothing else is checked.
    """
    with closing(sqlite3.connect(read_only_uri(path), uri=True, isolation_level=None)) as connection:
        sound = Soundness()
        try:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check")]
        except sqlite3.DatabaseError as error:
            found = [str(error)]
        for words in found:
            sound.expect(words == "ok", 0, words)
        if sound.violations:
            return VerifyReport(
                path=str(path), schema=0, events=0, ledger_hash="", invariants=(sound.result(),)
            )
        schema = version_of(connection)
        check_version(schema, path)
        # One transaction: a live writer's commits after this moment are not seen.
        connection.execute("BEGIN")
        checks = _check(connection)
        return VerifyReport(
            path=str(path),
            schema=schema,
            events=connection.execute("SELECT count(*) FROM events").fetchone()[0],
            ledger_hash=ledger_hash(connection),
            invariants=tuple(check.result() for check in (sound, *checks)),
        )


def _check(connection: sqlite3.Connection) -> list[EntryCheck]:
    facts = _facts(connection)
    cash, order, tables = CashIdentity(facts), JournalOrder(facts), FoldIsTables(facts)
    checks: list[EntryCheck] = [
        cash,
        Fills(facts),
        CauseChain(facts),
        KillHolds(facts),
        order,
        Limits(facts),
        tables,
    ]
    watching = {kind: [c.see for c in checks if kind in c.watches] for kind in KINDS.values()}
    with closing(tables.rebuilt):
        for entry in _entries(connection, order):
            for see in watching[type(entry.event)]:
                see(entry)
        for row in PROJECTED:
            tables.compare(connection, row)
        tables.compare_books(connection, cash)
    return checks


def _entries(connection: sqlite3.Connection, order: JournalOrder) -> Iterator[Entry]:
    rows = connection.execute(
        "SELECT version, body, sequence, id, ts, kind, actor, epoch, cause, symbol FROM events"
        " ORDER BY sequence"
    )
    for version, body, sequence, event_id, ts, kind, actor, epoch, cause, symbol in rows:
        try:
            event = decode(body, kind, version)
        except (msgspec.DecodeError, StoreMismatch) as error:
            order.unreadable(sequence, error)
        else:
            yield Entry(sequence, event_id, ts, kind, actor, epoch, cause, symbol, event)


def _facts(connection: sqlite3.Connection) -> Facts:
    configs: dict[str, Config] = {}
    multipliers: dict[str, int] = {}
    for name, body in connection.execute("SELECT config, body FROM algorithm_configs ORDER BY recorded_at"):
        try:
            config = msgspec.json.decode(body, type=Config)
        except msgspec.DecodeError:
            continue
        configs[name] = config
        multipliers |= {s: i.multiplier for s, i in config.instruments.items() if i.multiplier}
    return Facts(configs, multipliers)


def _key(connection: sqlite3.Connection, row: type[Row]) -> Callable[[tuple[Any, ...]], Any]:
    """Takes the primary key out of a row's values."""
    info = connection.execute(f"PRAGMA table_info({row.TABLE})")
    return itemgetter(*(column for column, *_, primary in info if primary))


def _words(values: tuple[Any, ...]) -> str:
    return " ".join(value.hex() if isinstance(value, bytes) else str(value) for value in values)
