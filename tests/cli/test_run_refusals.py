"""Runs that cannot begin or cannot go on: one line, its code, and nothing that was there is touched."""

import gzip
import re
import sqlite3
from pathlib import Path

import pytest
from cli_commands import daily_csv

from tradingfloor.storage.store import StoreLock
from tradingfloor.storage.verify import verify

GOOD = "date,open,high,low,close,volume\n1999-01-04,10,12,9,11,100\n1999-01-05,11,13,10,12,100\n"


def bad_tapes():
    row = "1999-01-05,{0},{0},{0},{0},100\n"
    header = "date,open,high,low,close,volume\n"
    yield "missing.csv", None
    yield "empty.csv", b""
    yield "header_only.csv", header.encode()
    yield "garbage.csv", bytes(range(256)) * 20
    yield "nan.csv", (header + row.format("nan") * 3).encode()
    yield "infinite.csv", (header + row.format("inf") * 3).encode()
    yield "negative.csv", (header + row.format("-5") * 3).encode()
    yield "zero.csv", (header + row.format("0") * 3).encode()
    yield "truncated.csv.gz", gzip.compress(GOOD.encode() * 50)[:60]
    yield "not_gzip.csv.gz", GOOD.encode()
    yield "not_a.zip", b"PK\x03\x04 and no more"
    yield "unknown.parquet", b"PAR1"


@pytest.mark.parametrize(("name", "content"), [pytest.param(*tape, id=tape[0]) for tape in bad_tapes()])
def test_a_tape_that_cannot_be_used_is_refused_in_one_line_and_leaves_no_store(cli, home, name, content):
    if content is not None:
        Path(name).write_bytes(content)
    failed = cli("run", "--feed", f"replay:{name}", "--timeframes", "1d", "--json")
    assert failed.code == 4
    assert name in failed.error
    assert failed.out == ""
    assert [path.name for path in home.iterdir()] == ([name] if content is not None else [])


def test_rows_that_cannot_be_used_are_counted_and_the_others_played(cli, home):
    tape = daily_csv(home / "mixed.csv", rows=60)
    lines = tape.read_text().splitlines()
    lines[20] = lines[20].replace(lines[20].split(",")[1], "nan")
    lines[30] = lines[30].replace(lines[30].split(",")[3], "-1")
    tape.write_text("\n".join(lines) + "\n")
    done = cli("run", "--feed", "replay:mixed.csv", "--timeframes", "1d", "--json")
    assert done.code == 0, done.err
    assert done.json["bars"] == 58
    assert done.json["refused"] == {"NAN": 1, "NOT_POSITIVE": 1}
    store = done.json["store"]
    kept = cli("status", "--store", store, "--json").json
    assert (kept["refused"], kept["tape_finished"]) == (done.json["refused"], True)
    assert "the tape is at its end" in cli("status", "--store", store).out
    again = cli("run", "--feed", "replay:mixed.csv", "--timeframes", "1d", "--store", store)
    assert re.search(r"^refused +NAN 1 · NOT_POSITIVE 1$", again.out, re.MULTILINE)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--feed", "simm"], 4, "data.source"),
        (["--feed", "replay:"], 4, "data.source"),
        (["--symbol", "A B"], 4, "symbols"),
        (["--symbol", "EURUSD", "--feed", "sim"], 4, "EURUSD"),
        (["--timeframes", "90x"], 4, "timeframes"),
        (["--feed", "replay:days.csv", "--timeframes", "15m"], 4, "15m"),
        (["--feed", "replay:days.csv", "--timeframes", "1d", "--symbol", "SPX,NDX"], 4, "one symbol"),
        (["--feed", "replay:days.csv", "--timeframes", "1d", "--tz", "Mars/Olympus"], 4, "Mars/Olympus"),
        (["--calendar", "LSE"], 4, "calendar"),
        (["--grpc", "nowhere"], 4, "nowhere"),
        (["--grpc", "0.0.0.0:50051"], 4, "public bind"),
        (["--config", "none.toml"], 4, "none.toml"),
        (["--store", "."], 2, "folder"),
        (["--feed", "replay:days.csv", "--timeframes", "1d", "--store", "days.csv/x.db"], 4, "days.csv/x.db"),
    ],
)
def test_what_cannot_run_is_refused_before_anything_is_written(cli, home, words, code, says):
    daily_csv(home / "days.csv", rows=20)
    failed = cli("run", *words)
    assert failed.code == code
    assert says in failed.error
    assert [path.name for path in home.iterdir()] == ["days.csv"]


def test_a_store_of_another_tape_or_other_timeframes_is_refused_and_stays_as_it_was(cli, home, finished):
    store = home / "other.db"
    store.write_bytes(finished[0].read_bytes())
    before = store.read_bytes()
    daily_csv(home / "days.csv", rows=20)
    words = ["run", "--feed", "replay:days.csv", "--store", store]
    other = cli(*words, "--timeframes", "1d,1w")
    assert other.code == 4
    assert "belongs to another tape" in other.error
    assert store.read_bytes() == before
    assert verify(store).ok


def test_a_store_that_another_engine_holds_is_refused(cli, home, config):
    lock = StoreLock(home / "held.db")
    try:
        failed = cli("run", "--config", config, "--store", "held.db")
    finally:
        lock.release()
    assert failed.code == 4
    assert "another engine holds this store" in failed.error
    assert not (home / "held.db").exists()


@pytest.mark.parametrize("content", [b"not a database " * 100, b"SQLite format 3\0" + b"\xff" * 4000])
def test_a_file_that_is_no_store_is_refused_everywhere_and_kept(cli, home, config, content):
    store = home / "mine.db"
    store.write_bytes(content)
    codes = {"run": 4, "status": 4, "why": 4, "events": 4}
    for name, code in codes.items():
        extra = ["--config", config] if name == "run" else []
        failed = cli(name, *extra, "--store", store)
        assert (name, failed.code) == (name, code)
        assert "mine.db" in failed.error
    assert store.read_bytes() == content
    begins_as_one = content.startswith(b"SQLite")
    unsound = cli("verify", store)
    assert unsound.code == (1 if begins_as_one else 4)
    assert "NOT SOUND: I0" in unsound.out if begins_as_one else "not a store" in unsound.error


def test_a_database_of_something_else_is_refused(cli, home, config):
    store = home / "other.db"
    connection = sqlite3.connect(store)
    connection.execute("CREATE TABLE cats (name TEXT)")
    connection.commit()
    connection.close()
    failed = cli("run", "--config", config, "--store", store)
    assert failed.code == 4
    assert "not a store of this engine" in failed.error
    assert cli("status", "--store", store).code == 4
    for path in (store, home / "empty.db"):
        path.touch()
        failed = cli("verify", path)
        assert (failed.code, failed.error) == (4, f"{path}: not a store of this engine")


def test_a_disk_that_fails_at_the_start_is_told_as_one_that_fails_later(cli, config, monkeypatch):
    def full_disk(*_):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("tradingfloor.storage.store.migrate", full_disk)
    failed = cli("run", "--config", config, "--store", "full.db")
    assert failed.code == 70
    assert failed.error.startswith(
        "full.db: storage failed: database or disk is full; what was committed is safe, go on with: "
    )


@pytest.mark.slow
def test_a_failed_disk_is_code_70_with_one_line(cli, config, monkeypatch):
    from tradingfloor.storage.journal import JournalWriter

    commit, calls = JournalWriter.commit, []

    def full_disk(self, steps):
        calls.append(1)
        if len(calls) > 40:
            raise sqlite3.OperationalError("database or disk is full")
        return commit(self, steps)

    with monkeypatch.context() as patch:
        patch.setattr(JournalWriter, "commit", full_disk)
        failed = cli("run", "--config", config, "--store", "full.db")
    assert failed.code == 70
    assert "database or disk is full" in failed.error
    assert "tradingfloor run --config" in failed.error
    assert cli("verify", "full.db", "--json").json["ok"]
    assert cli("run", "--config", config, "--store", "full.db").code == 0
