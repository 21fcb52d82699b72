"""How a store is created, upgraded and refused, and what its tables promise."""

import sqlite3
from contextlib import closing

import pytest

from tradingfloor.actors.errors import StoreMismatch
from tradingfloor.actors.messages import Bar
from tradingfloor.storage import migrate as migration
from tradingfloor.storage.migrate import check_version, latest, migrate, open_pragmas, version_of
from tradingfloor.storage.records import AlertRow, BacktestRow, CommandRow, ConfigRow, DeadLetterRow, MarkRow
from tradingfloor.storage.rows import PROJECTED, read, replace, select

TABLES = {
    *("meta", "events", "marks", "commands", "dead_letters", "algorithm_configs", "tape", "bars", "prices"),
    *("auto_signals", "auto_decisions", "orders", "fills", "positions", "trades", "locks"),
    *("position_snapshots", "daily_performance", "auto_trade_state", "backtest_runs", "alerts"),
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "store.db"


@pytest.fixture
def fresh(path):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        open_pragmas(connection)
        migrate(connection, path)
        yield connection


@pytest.fixture
def second_step(monkeypatch):
    """A build whose schema has a second step."""

    def release(sql):
        monkeypatch.setattr(migration, "steps", lambda: (*steps, (2, sql)))

    steps = migration.steps()
    return release


def tables(connection):
    names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return {name for (name,) in connection.execute(names)}


def columns(connection, table):
    return tuple(row[1] for row in connection.execute(f"PRAGMA table_info({table})"))


def test_a_fresh_store_has_every_table_and_the_latest_version(fresh):
    assert tables(fresh) == TABLES
    assert version_of(fresh) == latest() == 1


def test_every_table_is_strict(fresh):
    loose = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND NOT strict"
    assert [name for (name,) in fresh.execute(loose) if not name.startswith("sqlite_")] == []


@pytest.mark.parametrize(
    "row",
    [*PROJECTED, AlertRow, BacktestRow, CommandRow, ConfigRow, DeadLetterRow, MarkRow],
    ids=lambda r: r.TABLE,
)
def test_the_columns_of_a_table_are_the_fields_of_its_row(fresh, row):
    assert columns(fresh, row.TABLE) == row.__struct_fields__


def test_the_columns_of_bars_stand_in_the_order_of_the_fields_of_a_bar(fresh):
    renamed = {"index": "bar_index", "full": "is_full"}
    assert columns(fresh, "bars") == tuple(renamed.get(name, name) for name in Bar.__struct_fields__)


def test_a_row_written_by_its_upsert_is_read_back(fresh):
    letter = DeadLetterRow(
        id=4, actor="risk", recorded_at=5, message_kind="OrderFilled", body=b"\x80", error="boom"
    )
    mark = MarkRow(actor="risk", epoch=2, tape=3, durable=4, batched=5, now=6)
    for row in (letter, mark):
        fresh.execute(replace(type(row)), [getattr(row, name) for name in row.__struct_fields__])
        assert [read(type(row), values) for values in fresh.execute(select(type(row)))] == [row]


def test_the_writers_connection_is_durable_and_checked(fresh):
    def pragma(name):
        return fresh.execute(f"PRAGMA {name}").fetchone()[0]

    full = 2
    assert (pragma("journal_mode"), pragma("synchronous"), pragma("foreign_keys")) == ("wal", full, 1)
    assert pragma("busy_timeout") == 5_000


def test_a_place_without_a_write_ahead_log_is_refused():
    with closing(sqlite3.connect(":memory:")) as connection, pytest.raises(StoreMismatch, match="local disk"):
        open_pragmas(connection)


@pytest.mark.parametrize("change", ["UPDATE events SET epoch = 9", "DELETE FROM events"])
def test_the_journal_is_append_only(good_store, tmp_path, change):
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy, closing(sqlite3.connect(good_store)) as good:
        good.backup(copy)
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            copy.execute(change)


def test_opening_a_store_again_changes_nothing(fresh, path):
    before = list(fresh.execute("SELECT * FROM sqlite_schema"))
    assert migrate(fresh, path) == 1
    assert list(fresh.execute("SELECT * FROM sqlite_schema")) == before
    assert list(path.parent.glob("*.bak")) == []


def test_a_newer_store_is_refused_in_one_line(fresh, path):
    fresh.execute("PRAGMA user_version = 7")
    for refuse in (lambda: migrate(fresh, path), lambda: check_version(7, path)):
        with pytest.raises(StoreMismatch) as refused:
            refuse()
        assert "schema 7 is newer" in str(refused.value)
        assert "\n" not in str(refused.value)


def test_a_reader_refuses_an_older_store(second_step):
    second_step("")
    with pytest.raises(StoreMismatch, match="schema 1 is older"):
        check_version(1, "store.db")


def test_a_database_of_something_else_is_refused_untouched(path):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
        with pytest.raises(StoreMismatch, match="not a store"):
            migrate(connection, path)
        assert tables(connection) == {"recipes"}


def test_an_older_store_is_copied_and_then_upgraded(fresh, path, second_step):
    fresh.execute("INSERT INTO meta VALUES ('seed', 7)")
    second_step(
        "ALTER TABLE alerts ADD COLUMN sink TEXT; CREATE TABLE notes (id INTEGER PRIMARY KEY) STRICT;"
    )
    assert migrate(fresh, path) == 1
    assert version_of(fresh) == 2
    assert tables(fresh) == TABLES | {"notes"}
    with closing(sqlite3.connect(f"{path}.v1.bak")) as backup:
        assert version_of(backup) == 1
        assert tables(backup) == TABLES
        assert backup.execute("SELECT value FROM meta").fetchall() == [(7,)]


def test_a_step_that_fails_leaves_the_old_schema_whole(fresh, path, second_step):
    second_step("CREATE TABLE notes (id INTEGER PRIMARY KEY) STRICT; CREATE TABLE events (again TEXT);")
    with pytest.raises(sqlite3.OperationalError, match="events already exists"):
        migrate(fresh, path)
    assert not fresh.in_transaction
    assert (version_of(fresh), tables(fresh)) == (1, TABLES)
    second_step("CREATE TABLE notes (id INTEGER PRIMARY KEY) STRICT;")
    assert migrate(fresh, path) == 1
    assert (version_of(fresh), tables(fresh)) == (2, TABLES | {"notes"})


def test_the_first_copy_is_kept_and_one_cut_short_is_made_again(fresh, path, second_step):
    partial = path.with_name("store.db.v1.bak.partial")
    partial.write_bytes(b"cut short")
    second_step("CREATE TABLE events (again TEXT);")
    for seed in (1, 2):
        fresh.execute("INSERT OR REPLACE INTO meta VALUES ('seed', ?)", (seed,))
        with pytest.raises(sqlite3.OperationalError):
            migrate(fresh, path)
    assert not partial.exists()
    with closing(sqlite3.connect(f"{path}.v1.bak")) as backup:
        assert backup.execute("SELECT value FROM meta").fetchall() == [(1,)]
