"""Runs to their end, inside this process: what they print and what they store."""

import json
import shlex
import sqlite3
from pathlib import Path

from cli_commands import daily_csv

from tradingfloor.cli import stores
from tradingfloor.cli.stored import stored_status, summary
from tradingfloor.floor import TradingFloor
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
