"""Whole floors whose schedule asks for reports: which session, what stands in it, and when it fails."""

import json
import sqlite3
import threading
from contextlib import closing
from datetime import date
from pathlib import Path

import msgspec
import pytest
from daily_market import daily_config
from msgspec.structs import replace

from tradingfloor import TradingFloor
from tradingfloor.actors.config import Config, DownloadConfig, RiskConfig, ScheduledAction
from tradingfloor.actors.config_faults import ACTIONS
from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.errors import NotFound, TradingFloorError
from tradingfloor.actors.types import NANOS
from tradingfloor.limit_use import limit_use
from tradingfloor.report import write
from tradingfloor.storage.codec import decode
from tradingfloor.storage.rows import DayRow, SnapshotRow, TradeRow

WAIT = 60
SESSIONS = 80
XNYS = calendar("XNYS")


def play(config, store, *entries, sessions=SESSIONS, free_running=False):
    schedule = tuple(ScheduledAction(at=at, do=do) for at, do in map(str.split, entries))
    with TradingFloor(config(schedule), store=store, sessions=sessions, free_running=free_running) as floor:
        floor.begin()
        assert floor.wait(WAIT)
        assert floor.ended == ""
    return store


def finished(store):
    with closing(sqlite3.connect(store)) as connection:
        sql = "SELECT body, kind, version FROM events WHERE kind = 'ChoreFinished' ORDER BY sequence"
        return [decode(*row) for row in connection.execute(sql)]


def asked(store, sql):
    with closing(sqlite3.connect(store)) as connection:
        return connection.execute(sql).fetchall()


def reports(folder):
    return {
        path.stem.partition("report-")[2]: json.loads(path.read_bytes()) for path in folder.glob("*.json")
    }


@pytest.fixture(scope="module")
def make(daily_csv):
    def config(schedule):
        return replace(daily_config(daily_csv, max_open_positions=1, allow_short=False), schedule=schedule)

    return config


@pytest.fixture(scope="module")
def reported(make, tmp_path_factory):
    """A floor of many sessions that reported on each of them at its end."""
    return play(make, tmp_path_factory.mktemp("reported") / "a.db", "day-end report")


def test_every_session_has_its_report_in_both_forms_beside_the_store(reported):
    days = [
        date.fromordinal(day).isoformat()
        for (day,) in asked(reported, "SELECT session FROM daily_performance")
    ]
    assert len(days) == SESSIONS
    assert sorted(reports(reported.parent)) == days
    told = finished(reported)
    assert [(e.entry, e.error) for e in told] == [("day-end report", "")] * SESSIONS
    assert {name for e in told for name in e.files} == {
        f"a.report-{day}.{kind}" for day in days for kind in ("txt", "json")
    }
    assert not list(reported.parent.glob("*.part"))


def test_a_report_says_of_its_session_what_the_store_says(reported):
    found, trades, refused = reports(reported.parent), 0, 0
    for day in asked(
        reported,
        "SELECT session, equity_open, equity_close, realised, fees, trades, wins, losses, max_drawdown"
        " FROM daily_performance",
    ):
        report = found[date.fromordinal(day[0]).isoformat()]
        names = (
            "equity_open",
            "equity_close",
            "realised",
            "fees",
            "entries",
            "wins",
            "losses",
            "max_drawdown",
        )
        assert [report[name] for name in names] == list(day[1:])
        assert report["result"] == report["equity_close"] - report["equity_open"]
        # What the row counted are the trades listed.
        assert sum(trade["net"] > 0 for trade in report["trades"]) == report["wins"]
        assert len(report["trades"]) >= report["wins"] + report["losses"]
        held = asked(reported, f"SELECT symbol, quantity FROM position_snapshots WHERE session = {day[0]}")
        assert [(each["symbol"], each["quantity"]) for each in report["positions"]] == held
        limits = {use["limit"]: (use["used"], use["allowed"]) for use in report["limits"]}
        assert limits["daily_trades"][0] == day[5]
        assert limits["daily_loss"][0] == max(0, day[1] - day[2])
        assert limits["open_positions"] == (len(held), 1)
        trades += len(report["trades"])
        refused += sum(report["refused"].values())
    # Together the reports tell of every trade, and of every refusal up to the last close.
    assert trades == asked(reported, "SELECT count(*) FROM trades")[0][0] > 0
    gates = [
        json.loads(body)
        for (body,) in asked(reported, "SELECT gates FROM auto_decisions WHERE outcome = 'DENIED'")
    ]
    assert refused == sum(not gate["passed"] for row in gates for gate in row) > 0


def test_the_page_for_people_tells_the_same(reported):
    day, report = next(
        (day, each) for day, each in sorted(reports(reported.parent).items()) if each["trades"]
    )
    page = (reported.parent / f"a.report-{day}.txt").read_text()
    trade = report["trades"][0]
    assert page.startswith(f"session {day} · PAPER\n")
    assert f"result      {report['result'] / 1e9:+,.2f}\n" in page
    assert f"to {trade['exit_price'] / 1e9:,.2f} ({trade['exit_role']}" in page
    assert "daily_trades  " in page
    assert "missed by the schedule\n  none\n" in page


def test_a_report_of_the_same_session_is_written_again_and_is_the_same(reported):
    day = min(reports(reported.parent))
    path = reported.parent / f"a.report-{day}.json"
    before = path.read_bytes()
    path.write_bytes(b"{")
    ordinal = date.fromisoformat(day).toordinal()
    text, data = write(reported, ordinal, XNYS.session(ordinal).close + 1)
    assert (data, data.read_bytes()) == (path, before)
    assert text.suffix == ".txt"


def test_a_report_that_cannot_be_finished_leaves_the_one_before_whole(reported, monkeypatch):
    day = min(reports(reported.parent))
    path = reported.parent / f"a.report-{day}.txt"
    before = path.read_bytes()

    def full(_part, _target):
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(TradingFloorError, match="disk full"):
            write(reported, date.fromisoformat(day).toordinal(), 0)
    assert path.read_bytes() == before
    assert not path.with_name(f"{path.name}.part").exists()


@pytest.mark.parametrize(
    ("at", "reported_on"),
    [
        # Of the second session's own close, and of the close before where the session is still under way.
        ("close", ["2015-01-02", "2015-01-05"]),
        ("close-1h", ["2015-01-02"]),
        ("open+5m", ["2015-01-02"]),
    ],
)
def test_the_report_is_of_the_newest_session_that_is_closed(make, tmp_path, at, reported_on):
    play(make, tmp_path / "a.db", f"{at} report", sessions=2)
    assert sorted(reports(tmp_path)) == reported_on


@pytest.mark.parametrize("at", ["close", "day-end"])
def test_actors_at_their_own_pace_do_not_keep_a_report_from_its_session(make, tmp_path, at):
    store = play(make, tmp_path / "a.db", f"{at} report", sessions=5, free_running=True)
    days = asked(store, "SELECT session FROM daily_performance")
    assert sorted(reports(tmp_path)) == [date.fromordinal(day).isoformat() for (day,) in days]


def test_a_report_before_any_session_is_closed_fails_and_says_so(make, tmp_path):
    store = play(make, tmp_path / "a.db", "close-1h report", sessions=1)
    assert [(e.files, e.size, e.error) for e in finished(store)] == [((), 0, "no session is closed yet")]
    with pytest.raises(NotFound):
        write(store, date(2014, 12, 31).toordinal(), 0)


def test_a_report_that_gets_no_thread_is_told_and_the_floor_goes_on(make, tmp_path, monkeypatch):
    start = threading.Thread.start

    def none_left(thread):
        if thread.name.startswith("chore:"):
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", none_left)
    store = play(make, tmp_path / "a.db", "day-end report", sessions=2)
    assert [(e.error, e.size) for e in finished(store)] == [("can't start new thread", 0)] * 2


def test_what_nobody_was_there_for_is_listed_after_restarts_and_never_made_up_for(
    make, tmp_path, monkeypatch
):
    monkeypatch.delenv("APCA_API_KEY_ID", raising=False)
    store = tmp_path / "a.db"
    play(make, store, sessions=3)
    schedule = tuple(ScheduledAction(at="open+1h", do=do) for do in ACTIONS)
    config = make(schedule)
    named = replace(config.data, download=DownloadConfig(provider="alpaca"))
    config = replace(config, data=named)
    with TradingFloor(config, store=store, sessions=1) as floor:
        floor.begin()
        assert floor.wait(WAIT)
        listed = floor.status().missed
    # The third session's clock had passed them when these entries were configured.
    assert reports(tmp_path)["2015-01-06"]["missed"] == list(listed)
    assert listed == tuple(f"open+1h {do} on 2015-01-06 10:30" for do in ACTIONS)
    with TradingFloor(config, store=store) as floor:
        assert floor.status().missed == listed
    assert not [
        event for event in finished(store) if event.due < XNYS.session(date(2015, 1, 7).toordinal()).open
    ]


def row(kind, **values):
    """A row of a table with what matters; the rest is zero or empty."""
    blank = {"int": 0, "str": "", "bytes": b""}
    fields = {each.name: blank[each.type.__name__] for each in msgspec.structs.fields(kind)}
    return kind(**fields | values)


def test_the_limits_of_a_report_count_what_stood_at_the_close():
    risk = RiskConfig(
        max_consecutive_losses=3,
        max_open_positions=4,
        max_leverage=2.0,
        max_underlying_exposure=900.0,
        underlyings={"SPY": "SPX"},
        on_breach={"open_positions": "flatten"},
    )
    day = row(DayRow, trades=2, equity_open=1000 * NANOS, equity_close=940 * NANOS)
    trades = [row(TradeRow, net=net) for net in (-5, 3, -1, -2)]
    held = [
        row(SnapshotRow, symbol="SPX", quantity=3, cost=300 * NANOS, unrealised=-20 * NANOS),
        row(SnapshotRow, symbol="SPY", quantity=-1, cost=-100 * NANOS, unrealised=10 * NANOS),
    ]
    used = limit_use(Config(symbols=("SPX", "SPY"), risk=risk), day, trades, held)
    assert {each.limit: (each.used, each.allowed) for each in used} == {
        "daily_trades": (2, 5),
        "daily_loss": (60 * NANOS, 2500 * NANOS),
        "position_size": (280 * NANOS, 20_000 * NANOS),
        "total_exposure": (370 * NANOS, 50_000 * NANOS),
        "consecutive_losses": (2, 3),
        "underlying_exposure SPX": (370 * NANOS, 900 * NANOS),
        "open_positions": (2, 4),
        "buying_power": (370 * NANOS, 1880 * NANOS),
    }
    assert [each.limit for each in used if each.on_breach == "flatten"] == ["open_positions"]
