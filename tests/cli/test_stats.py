"""``stats signals``: counts against the store's own lists, and a calibration from rows to a config."""

import shutil
import sqlite3
import tomllib
from collections import Counter
from contextlib import closing

import msgspec
import pytest

from tradingfloor.actors.config import Config, ConfluenceConfig
from tradingfloor.actors.config_sources import resolve
from tradingfloor.storage.readers import SyncReader
from tradingfloor.storage.records import ConfigRow
from tradingfloor.storage.rows import replace

OUTCOMES = ("below", "not_flat", "conflict", "eligible")


@pytest.fixture
def store(finished):
    return finished[0]


@pytest.fixture
def reader(store):
    with SyncReader.open(store) as reader:
        yield reader


def stats(cli, store, *words):
    shown = cli("stats", "signals", "--store", store, *words)
    assert shown.code == 0, shown.err
    return shown


def test_the_counts_of_a_run_are_those_of_its_signals_decisions_and_trades(cli, store, reader):
    found = stats(cli, store, "--json").json
    assert set(found) == {"signals"}
    signals, decisions, trades = (
        query(limit=10_000) for query in (reader.signals, reader.decisions, reader.trades)
    )
    decided = {row.signal_id: row.outcome for row in decisions}
    net = {row.signal_id: row.net for row in trades}
    assert len(trades) > 1
    expected = {}
    for s in signals:
        row = expected.setdefault((s.detector, s.kind, s.timeframe), Counter(raised=0))
        row["raised"] += 1
        row["scored"] += s.score is not None
        row[s.outcome.lower()] += 1
        row["approved"] += decided.get(s.signal_id) in ("APPROVED", "SHADOW")
        row["traded"] += s.signal_id in net
        row["wins"] += net.get(s.signal_id, 0) > 0
        row["net"] += net.get(s.signal_id, 0)
    assert len(expected) > 3
    shown = {
        (row.pop("detector"), row.pop("kind"), row.pop("timeframe")): Counter(row) for row in found["signals"]
    }
    assert shown == expected
    assert sum(row["traded"] for row in shown.values()) == len(trades)
    for row in shown.values():
        assert row["scored"] == sum(row[name] for name in OUTCOMES)


def test_the_counts_as_text_have_one_line_each_small_timeframes_first(cli, store, reader):
    heading, *lines = stats(cli, store).out.splitlines()
    assert heading.split()[:5] == ["detector", "kind", "timeframe", "raised", "scored"]
    assert [line.split()[:3] for line in lines] == [
        [row.detector, row.kind, row.timeframe] for row in reader.signal_counts()
    ]
    assert lines[0].split()[2] == "1d"
    assert lines[1].split()[2] == "1w"


def test_a_short_run_shows_its_tables_and_suggests_nothing(cli, store, reader):
    told = stats(cli, store, "--calibrate", "--json").json["calibration"]
    trades = reader.trades(limit=100)
    assert (told["trades"], told["wins"]) == (len(trades), sum(trade.net > 0 for trade in trades))
    assert (told["enough"], told["weights"], told["left_out"]) == (False, {}, 0)
    assert {row["suggested"] for row in told["kinds"]} == {None}
    raised = {row.signal_id: row for row in reader.signals(limit=10_000)}
    assert {row["name"]: row["trades"] for row in told["kinds"]} == Counter(
        raised[trade.signal_id].kind for trade in trades
    )
    shown = stats(cli, store, "--calibrate").out
    assert f"{len(trades)} closed trades came from a scored signal" in shown
    assert "below 200 closed trades the score is an ordering, not a probability" in shown
    assert "[confluence.kinds]" not in shown
    assert "out of sample: fitted on earlier trades" in shown
    assert "in sample: fitted on the trades it judges" in shown


# --- a store with more trades than a short run makes ----------------------------------------------


def add_config(path, config, recorded_at):
    body = msgspec.json.encode(config).decode()
    row = ConfigRow(config=config.content_hash, algorithm="x", body=body, recorded_at=recorded_at)
    write(path, row)


def write(path, *rows):
    with closing(sqlite3.connect(path)) as connection, connection:
        for row in rows:
            values = [getattr(row, name) for name in row.__struct_fields__]
            connection.execute(replace(type(row)), values)


def add_trades(path, kind, trades, wins, config):
    """Copies of a closed trade and its signal: the first ``wins`` won, one after another in time."""
    with SyncReader.open(path) as reader:
        trade = reader.trades(limit=1)[0]
        signal = next(s for s in reader.signals(limit=10_000) if s.signal_id == trade.signal_id)
        serial = max(reader.bounds().last, reader.signals(limit=1)[0].sequence)
    change = msgspec.structs.replace
    rows = []
    for number in range(trades):
        at, sequence = trade.ts + 10 * (serial + number), serial + 1 + number
        signal_id = f"{kind} {sequence}".encode()
        rows += [
            change(
                signal, sequence=sequence, signal_id=signal_id, ts=at, kind=kind, config=config.content_hash
            ),
            change(
                trade,
                sequence=sequence,
                trade_id=signal_id,
                signal_id=signal_id,
                ts=at + 5,
                net=1 if number < wins else 0,  # to come out even is not to win
            ),
        ]
    write(path, *rows)


SETTINGS = Config(confluence=ConfluenceConfig(kinds={"fvg": 0.3, "sweep": 0.2}))


@pytest.fixture
def traded(store, home):
    """A store under ``SETTINGS``, newest of all: 50 trades of bos, 30 won, and 150 of fvg, 70 won."""
    path = home / "traded.db"
    shutil.copy(store, path)
    add_config(path, SETTINGS, 2**62)
    add_trades(path, "bos", 50, 30, SETTINGS)
    add_trades(path, "fvg", 150, 70, SETTINGS)
    return path


def test_from_two_hundred_trades_on_weights_are_suggested_on_those_in_force(cli, traded):
    told = stats(cli, traded, "--calibrate", "--json").json["calibration"]
    assert (told["trades"], told["wins"], told["enough"]) == (200, 100, True)
    assert told["kinds"][0]["weight"] == 0.3
    assert told["kinds"][0]["suggested"] == pytest.approx(0.3 * 19 / 21)
    # What the config says of other kinds is kept, for the table is to take the place of its own.
    assert told["weights"] == {
        "fvg": round(0.3 * 19 / 21, 3),
        "sweep": 0.2,
        "bos": round(0.55 * 11 / 9, 3),
    }


def test_the_lines_at_the_end_are_a_config(cli, traded, home):
    shown = stats(cli, traded, "--calibrate").out
    lines = shown[shown.index("[confluence.kinds]") :]
    assert lines.splitlines() == ["[confluence.kinds]", "fvg = 0.271", "sweep = 0.2", "bos = 0.672"]
    (home / "floor.toml").write_text(lines)
    assert resolve(home / "floor.toml").config.confluence.kinds == tomllib.loads(lines)["confluence"]["kinds"]
    assert "no weight is suggested" not in shown


def test_trades_that_were_scored_with_other_weights_are_left_out_and_counted(cli, traded, reader):
    before = len(reader.trades(limit=100))
    told = stats(cli, traded, "--calibrate", "--json").json["calibration"]
    assert told["left_out"] == before > 0
    assert f"left out: {before} made under another [confluence]" in stats(cli, traded, "--calibrate").out
    # A config that differs elsewhere scores alike.
    add_config(traded, msgspec.structs.replace(SETTINGS, account=5.0), 2**62 + 1)
    assert stats(cli, traded, "--calibrate", "--json").json["calibration"] == told
    # One under which the score is another leaves all of them out.
    add_config(traded, Config(confluence=ConfluenceConfig(swing=0.5)), 2**62 + 2)
    told = stats(cli, traded, "--calibrate", "--json").json["calibration"]
    assert (told["trades"], told["left_out"], told["kinds"]) == (0, 200 + before, [])
    shown = stats(cli, traded, "--calibrate").out
    assert "0 closed trades came from a scored signal" in shown


def test_the_object_has_every_table(cli, traded):
    told = stats(cli, traded, "--calibrate", "--json").json
    assert set(told) == {"signals", "calibration"}
    calibration = told["calibration"]
    tally = {"name", "trades", "wins", "hit_rate", "shrunken", "odds_ratio", "weight", "suggested"}
    assert {frozenset(row) for name in ("kinds", "families") for row in calibration[name]} == {
        frozenset(tally)
    }
    # All copies have one score: one step, and a map that says the base rate.
    (step,) = calibration["steps"]
    assert (step["trades"], step["wins"], step["hit_rate"]) == (200, 100, 0.5)
    assert calibration["in_sample"] == {"trades": 200, "base_rate": 0.25, "monotone": 0.25}
    assert calibration["out_of_sample"]["trades"] == 160
    shown = stats(cli, traded, "--calibrate").out
    assert "out of sample the map forecasts no better than the base rate" in shown


# --- where it looks -------------------------------------------------------------------------------


def test_the_newest_store_is_taken_when_none_is_named(cli, store, home):
    missing = cli("stats", "signals")
    assert missing.code == 2
    assert "no store under runs/" in missing.error
    (home / "runs").mkdir()
    shutil.copy(store, home / "runs" / "one.db")
    assert cli("stats", "signals", "--json").out == stats(cli, store, "--json").out
    missing = cli("stats", "signals", "--store", "nowhere.db")
    assert missing.code == 2
    assert "nowhere.db: no such store" in missing.error


def test_a_store_without_a_signal_says_so(cli, traded):
    with closing(sqlite3.connect(traded)) as connection, connection:
        connection.execute("DELETE FROM auto_signals")
    assert stats(cli, traded).out == "no signal was raised\n"
    told = stats(cli, traded, "--calibrate", "--json").json
    assert told["signals"] == []
    assert told["calibration"]["trades"] == 0
