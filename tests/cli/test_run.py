"""Runs to their end, inside this process: what they print, what they store, how they are refused."""

import gzip
import json
import re
import shlex
import sqlite3
from pathlib import Path

import pytest
from cli_commands import daily_csv

from tradingfloor.cli import stores
from tradingfloor.cli.stored import stored_status, summary
from tradingfloor.floor import TradingFloor
from tradingfloor.storage.store import StoreLock
from tradingfloor.storage.verify import verify

FIELDS = [
    "state",
    "sequence",
    "bars",
    "signals",
    "decisions",
    "orders",
    "fills",
    "trades",
    "refused",
    "quotes",
    "equity",
    "journal_hash",
    "store",
    "seconds",
]


@pytest.fixture
def config(market):
    return market / "floor.toml"


def rows_of(store, table):
    connection = sqlite3.connect(store)
    try:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    finally:
        connection.close()


def test_a_json_run_prints_one_object_that_is_what_the_store_holds(finished):
    store, done = finished
    assert done.err == ""
    assert done.out.count("\n") == 1
    told = done.json
    assert list(told) == FIELDS
    assert (told["state"], told["store"]) == ("RUNNING", str(store))
    assert told["trades"] == rows_of(store, "trades") > 1
    assert told["orders"] == rows_of(store, "orders")
    assert told["fills"] == rows_of(store, "fills")
    assert told["signals"] == rows_of(store, "auto_signals")
    assert told["decisions"] == rows_of(store, "auto_decisions")
    assert told["sequence"] == rows_of(store, "events")
    report = verify(store)
    assert report.ok
    assert told["journal_hash"] == report.ledger_hash


def test_a_run_in_parts_comes_to_the_same_as_one_run(cli, config, finished):
    first = cli("run", "--config", config, "--store", "parts.db", "--sessions", 60, "--json").json
    rest = cli("run", "--config", config, "--store", "parts.db", "--json").json
    assert first["sequence"] < rest["sequence"]
    whole = finished[1].json
    assert {name: rest[name] for name in ("equity", "journal_hash", "trades", "bars")} == {
        name: whole[name] for name in ("equity", "journal_hash", "trades", "bars")
    }
    again = cli("run", "--config", config, "--store", "parts.db")
    assert again.code == 0
    assert "the tape of this store was at its end already" in again.out
    assert cli("run", "--config", config, "--store", "parts.db", "--json").json["sequence"] > 0
    assert verify("parts.db").ledger_hash == whole["journal_hash"]


def test_a_run_in_a_pipe_says_what_it_does_and_what_came_of_it(cli, config, finished):
    done = cli("run", "--config", config, "--grpc", "off")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0].endswith("PAPER trading: no order leaves this machine")
    notes = [line.removeprefix("note").strip() for line in lines if line.startswith("note")]
    assert notes == [
        "entries from a score of 3 (risk.min_confidence; the default is 6)",
        "orders fill at the next bar's open: a delay of 100 ms is within a bar",
        "SPX is an index: a position counts paper units, 1 per point",
    ]
    assert any(line.startswith(("compiling kernels … ", "kernels    ready")) for line in lines)
    store = stores.chosen_store(None)
    found = summary(store)
    told = dict(line.split(maxsplit=1) for line in lines if len(line.split(maxsplit=1)) == 2)
    assert told["store"] == str(store)
    assert told["ledger"] == found.journal_hash == finished[1].json["journal_hash"]
    assert f"trades {found.status.trades}" in told["flow"]
    assert told["finished"].startswith("the tape is at the end, 1999-07-")
    assert "max drawdown" in told["equity"]
    assert f"tradingfloor why --store {store}" in done.out
    assert "\x1b" not in done.out
    assert len(lines) < 30


def test_a_run_says_whether_the_splits_and_dividends_of_a_share_are_booked(cli, home):
    daily_csv(home / "days.csv", rows=20)
    (home / "acme.toml").write_text(
        'symbols = ["ACME"]\ntimeframes = ["1d"]\n[instruments.ACME]\nkind = "equity"\n'
    )
    words = ("run", "--config", "acme.toml", "--feed", "replay:days.csv", "--grpc", "off", "--store")
    assert "ACME: no factor file tells of splits and dividends, none is booked" in cli(*words, "a.db").out
    (home / "factor_files").mkdir()
    rows = ("19990105,0.99,0.5,1244", "19990106,1,0.5,1272", "19990107,1,0.7,1269", "20501231,1,1,0")
    (home / "factor_files" / "acme.csv").write_text("\n".join(rows))
    told = cli(*words, "b.db").out
    assert "ACME: 2 splits and 1 dividend of its factor file to be booked on their ex-dates" in told


def test_without_a_trade_it_says_what_stood_in_the_way(cli, config, monkeypatch):
    monkeypatch.setenv("TRADINGFLOOR__RISK__MIN_CONFIDENCE", "9.9")
    done = cli("run", "--config", config, "--store", "none.db", "--sessions", 60)
    assert done.code == 0
    assert "no round trip was closed" in done.out
    (scores,) = [line for line in done.out.splitlines() if line.startswith("scores")]
    assert "BELOW" in scores
    assert scores.endswith("entries need 9.9")
    missing = cli("why", "--store", "none.db")
    assert missing.code == 2
    assert "signals were scored, the best with" in missing.error


def test_the_status_at_rest_is_the_one_the_engine_had(config, home):
    with TradingFloor(config, store="same.db") as floor:
        floor.begin()
        assert floor.wait(60)
        live = floor.status()
    kept = stored_status(Path("same.db"))
    names = [
        "state",
        "engine_ts",
        "last_sequence",
        "tape_index",
        "tape",
        "bars",
        "signals",
        "decisions",
        "fills",
        "trades",
    ]
    books = ["equity", "cash", "realised", "fees", "positions", "prices", "market_open"]
    for name in (*names, *books):
        assert getattr(kept, name) == getattr(live, name), name


def test_a_killed_store_ends_a_run_without_a_terminal_with_code_7(cli, config):
    with TradingFloor(config, store="killed.db", sessions=30) as floor:
        floor.begin()
        assert floor.wait(60)
        kill_id = floor.kill("enough").kill_id
    done = cli("run", "--config", config, "--store", "killed.db")
    assert done.code == 7
    assert f"kill id {kill_id}: enough" in done.out
    told = cli("run", "--config", config, "--store", "killed.db", "--json")
    assert (told.code, told.json["state"]) == (7, "KILLED")
    shown = cli("status", "--store", "killed.db")
    assert shown.code == 0
    assert kill_id in shown.out
    assert "the tape is at its end" not in shown.out
    lines = done.out.splitlines()
    (first,) = [n for n, line in enumerate(lines) if line.startswith("go on")]
    assert lines[first].split()[2:] == shlex.split(
        f"tradingfloor rearm {kill_id} --reason TEXT --store killed.db"
    )
    assert lines[first + 1].split()[:2] == ["tradingfloor", "run"]


def test_a_kill_is_ended_in_the_store_when_no_engine_runs_and_the_next_run_trades(cli, config):
    with TradingFloor(config, store="off.db", sessions=30) as floor:
        floor.begin()
        assert floor.wait(60)
        kill_id = floor.kill("enough").kill_id
    wrong = cli("rearm", "0" * 32, "--reason", "guess", "--store", "off.db")
    assert wrong.code == 1
    assert "no engine" not in wrong.error
    done = cli("rearm", kill_id, "--reason", "looked", "--store", "off.db")
    assert done.code == 0, done.err
    assert done.out.startswith("STOPPED, sequence ")
    (event,) = [
        row["event"]
        for row in map(
            json.loads, cli("events", "--store", "off.db", "--kinds", "Rearmed", "--json").out.splitlines()
        )
    ]
    assert (event["reason"], event["by"]) == ("looked", stores.caller())
    rest = cli("run", "--config", config, "--store", "off.db", "--json")
    assert (rest.code, rest.json["state"]) == (0, "RUNNING")
    assert verify("off.db").ok


def test_a_simulated_market_plays_as_many_sessions_as_asked_for(cli):
    words = ["--sessions", 1, "--speed", "max", "--symbol", "SPX", "--timeframes", "15m,1h", "--json"]
    done = cli("run", *words)
    assert done.code == 0, done.err
    assert done.json["bars"] == 390 + 26 + 7
    assert done.json["state"] == "RUNNING"


# --- what is refused ----------------------------------------------------------------------------

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
