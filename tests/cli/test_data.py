"""The data folder: what is taken in plays as it did before, and what is missing or double is told."""

import gzip
import os
import zipfile
from pathlib import Path

import pytest

from tradingfloor.actors.config import Config, DataConfig, InstrumentConfig
from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.market_data.feeds import open_feed
from tradingfloor.datasets import default_folder

REAL = os.environ.get("TRADINGFLOOR_TEST_DATA")
FRIDAY = "2020-11-27"
"""A half day."""


def minutes(*times, day=FRIDAY, price="100.5"):
    return "time,open,high,low,close,volume\n" + "".join(
        f"{day} {time},{price},{price},{price},{price},7\n" for time in times
    )


def every(step, first, last):
    """Clock times from first to last, in minutes, e.g. (30, "9:30", "12:30")."""
    begin, end = (int(text.split(":")[0]) * 60 + int(text.split(":")[1]) for text in (first, last))
    return [f"{m // 60:02d}:{m % 60:02d}" for m in range(begin, end + 1, step)]


@pytest.fixture
def taken(cli, home):
    """Import a text as SPY; returns what the command says in JSON."""

    def take(text, name="in.csv", symbol="SPY", **flags):
        (home / name).write_text(text)
        words = [word for key, value in flags.items() for word in (f"--{key}", value)]
        done = cli("data", "import", name, "--symbol", symbol, "--folder", "d", *words, "--json")
        assert done.code == 0, done.err
        return done.json

    return take


@pytest.fixture
def checked(cli):
    def check(code, *words):
        done = cli("data", "verify", *words, "--folder", "d", "--json")
        assert done.code == code, done.out
        return done.json

    return check


def lines(path):
    return gzip.decompress(Path(path).read_bytes()).decode().splitlines()


def updates(source, symbol, **override):
    config = Config(
        symbols=(symbol,),
        data=DataConfig(source=f"replay:{source}"),
        instruments={symbol: InstrumentConfig(**override)},
    )
    feed = open_feed(config)
    return feed.timeframe(symbol), [u for u in feed.updates() if type(u).__name__ == "MarketUpdate"]


def test_a_series_has_one_layout_with_utc_times_and_the_prices_as_written(taken):
    done = taken(minutes("09:30", "09:31") + f"{FRIDAY} 09:32,x,1,1,1,1\n")
    assert lines(done["file"]) == [
        "time,open,high,low,close,volume",
        "2020-11-27T14:30:00Z,100.5,100.5,100.5,100.5,7",
        "2020-11-27T14:31:00Z,100.5,100.5,100.5,100.5,7",
    ]
    assert done == {
        "symbol": "SPY",
        "timeframe": "1m",
        "file": "d/SPY/1m.csv.gz",
        "read": 2,
        "refused": {"NOT_A_NUMBER": 1},
        "duplicates": 0,
        "added": 2,
        "changed": 0,
        "rows": 2,
    }


def test_importing_again_changes_nothing_and_new_rows_join_the_old(taken):
    first = taken(minutes("09:30", "09:31", "09:32"))
    raw = Path(first["file"]).read_bytes()
    again = taken(minutes("09:30", "09:31", "09:32"))
    assert (again["added"], again["changed"], again["rows"]) == (0, 0, 3)
    assert Path(again["file"]).read_bytes() == raw
    more = taken(minutes("09:32", "09:33", price="101") + f"{FRIDAY} 09:33,5,5,5,5,5\n")
    assert (more["added"], more["changed"], more["duplicates"], more["rows"]) == (1, 1, 1, 4)
    assert [row.split(",")[1] for row in lines(more["file"])[1:]] == ["100.5", "100.5", "101", "101"]


def test_trades_replace_those_of_their_day_and_keep_their_order(taken):
    trades = "time,price,size\n2020-11-27T15:00:00.5Z,100,1\n2020-11-27T15:00:00.5Z,101,2\n"
    first = taken(trades + "2020-11-30T15:00:00.000000001Z,102,3\n")
    assert first["file"] == "d/SPY/tick.csv.gz"
    again = taken(trades)
    assert (again["added"], again["changed"], again["rows"]) == (0, 0, 3)
    assert lines(again["file"])[1:] == [
        "2020-11-27T15:00:00.5Z,100,1",
        "2020-11-27T15:00:00.5Z,101,2",
        "2020-11-30T15:00:00.000000001Z,102,3",
    ]
    assert taken(trades.replace(",101,", ",99,"))["changed"] == 2


def test_one_bar_is_a_series_too_because_its_file_is_named_after_its_length(taken, home):
    done = taken(minutes("09:30", "09:31"))
    path = home / done["file"]
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).rsplit(b"2020", 1)[0]))
    timeframe, found = updates(path, "SPY")
    assert (timeframe, len(found)) == ("1m", 2)


def test_the_list_has_every_series_and_nothing_else(cli, taken, home):
    assert "no series in d" in cli("data", "list", "--folder", "d").out
    taken(minutes("09:30", "09:31"))
    taken("date,open,high,low,close\n2020-11-27,1,1,1,1\n2020-11-30,1,1,1,1\n", symbol="SPX")
    (home / "d" / "SPX" / "notes.csv.gz").write_bytes(b"")
    found = cli("data", "list", "--folder", "d", "--json").json
    assert [(row["symbol"], row["timeframe"]) for row in found] == [("SPX", "1d"), ("SPY", "1m")]
    assert all(row["bytes"] == (home / row["file"]).stat().st_size for row in found)
    assert "SPX" in cli("data", "list", "--folder", "d").out


def test_a_whole_half_day_is_whole_and_what_comes_after_its_close_is_counted_apart(taken, checked):
    taken(minutes(*every(15, "9:30", "12:45"), "13:00", "13:15"))
    (report,) = checked(0)
    assert report["ok"] is True
    assert (report["rows"], report["sessions"], report["outside"]) == (16, 1, 2)
    assert report["gaps"] == report["missing_sessions"] == []


def test_gaps_are_told_at_the_open_within_and_at_the_close(taken, checked, cli):
    taken(minutes("10:00", "10:15", "11:00", "11:15", "11:30", "11:45", "12:00", "12:15"))
    (report,) = checked(1)
    session = calendar("XNYS").session_at(report["first"])
    minute = 60 * 10**9
    assert [(gap["start"], gap["end"], gap["bars"]) for gap in report["gaps"]] == [
        (session.open, session.open + 30 * minute, 2),
        (session.open + 60 * minute, session.open + 90 * minute, 2),
        (session.close - 30 * minute, session.close, 2),
    ]
    said = cli("data", "verify", "--folder", "d").out
    assert "3: 2020-11-27 09:30:00 to 10:00:00 (2 bars)" in said
    assert "NOT WHOLE" in said


def test_missing_sessions_are_those_of_the_calendar(taken, checked):
    daily = "date,open,high,low,close\n2020-11-24,1,1,1,1\n2020-11-25,1,1,1,1\n2020-12-01,1,1,1,1\n"
    taken(daily)
    (report,) = checked(1, "SPY")
    assert report["missing_sessions"] == ["2020-11-27", "2020-11-30"]  # the 26th was Thanksgiving
    taken("date,open,high,low,close\n2020-11-27,1,1,1,1\n2020-11-30,1,1,1,1\n")
    assert checked(0)[0]["sessions"] == 5


def test_days_without_a_trade_are_missing(taken, checked):
    taken("time,price,size\n2020-11-25T15:00:00Z,1,1\n2020-11-30T15:00:00Z,1,1\n")
    (report,) = checked(1)
    assert (report["missing_sessions"], report["gaps"], report["timeframe"]) == (["2020-11-27"], [], "tick")


def test_rows_that_somebody_spoiled_are_found(taken, checked, home):
    done = taken(minutes(*every(15, "9:30", "12:45")))
    path = home / done["file"]
    rows = lines(path)
    rows[3:3] = [rows[2], rows[1], "2020-11-27T15:00:00Z,1,nan,1,1,1"]
    path.write_bytes(gzip.compress("\n".join(rows).encode()))
    (report,) = checked(1)
    assert (report["duplicates"], report["backwards"], report["refused"]) == (2, 1, {"NAN": 1})
    assert report["gaps"] == []


def test_hours_of_another_market_are_told_by_flags(taken, checked):
    text = "time,open,high,low,close,volume\n" + "".join(
        f"2021-07-0{day} {hour:02d}:00,1,1,1,1,1\n" for day in (1, 2) for hour in range(24)
    )
    taken(text, symbol="EURUSD", tz="Europe/Athens")
    (report,) = checked(0, "EURUSD", "--tz", "Europe/Athens")
    assert (report["rows"], report["sessions"]) == (48, 2)
    assert checked(1, "EURUSD")[0]["sessions"] == 3  # in UTC it begins and ends within a day


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["import", "nowhere.csv", "--symbol", "SPY"], 4, "no such file"),
        (["import", "in.csv", "--symbol", "../SPY"], 4, "not a plain symbol"),
        (["import", "in.csv"], 2, "--symbol"),
        (["verify"], 2, "no series in"),
        (["verify", "SPX"], 2, "no series of SPX"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(cli, home, words, code, said):
    (home / "in.csv").write_text(minutes("09:30", "09:31"))
    failed = cli("data", *words, "--folder", "d")
    assert failed.code == code
    assert said in failed.error
    assert not (home / "d").exists()


def test_a_folder_that_cannot_be_written_is_told_and_leaves_nothing(cli, home):
    (home / "in.csv").write_text(minutes("09:30", "09:31"))
    (home / "d").write_text("a file")
    failed = cli("data", "import", "in.csv", "--symbol", "SPY", "--folder", "d")
    assert (failed.code, (home / "d").read_text()) == (4, "a file")
    assert "choose another --folder" in failed.error


def test_without_a_folder_the_data_lie_among_the_users_data(cli, home, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "mine"))
    monkeypatch.setattr("sys.platform", "linux")
    (home / "in.csv").write_text(minutes("09:30", "09:31"))
    assert cli("data", "import", "in.csv", "--symbol", "SPY").code == 0
    assert (home / "mine" / "tradingfloor" / "data" / "SPY" / "1m.csv.gz").exists()
    assert default_folder() == home / "mine" / "tradingfloor" / "data"


def test_quotes_are_no_series(cli, home):
    name = "20151224_goog_minute_quote_american_call_7500000_20160115.csv"
    with zipfile.ZipFile(home / "20151224_quote_american.zip", "w") as archive:
        archive.writestr(name, "34200000,1,1,1,1,1,2,2,2,2,2\n")
    failed = cli("data", "import", "20151224_quote_american.zip", "--symbol", "GOOG", "--folder", "d")
    assert failed.code == 4
    assert "no trades and no bars" in failed.error


@pytest.mark.parametrize(
    ("path", "symbol", "timeframe"),
    [
        ("lean/equity/usa/hour/spy.zip", "SPY", "1h"),
        ("lean/equity/usa/daily/qqq.zip", "QQQ", "1d"),
        ("lean/index/usa/minute/spx", "SPX", "1m"),
        ("lean/equity/usa/second/spy/20131011_trade.zip", "SPY", "1s"),
        ("fx/EURUSD_15M.csv", "EURUSD", "15m"),
    ],
)
def test_a_real_tape_plays_from_the_folder_as_it_did_from_its_own_files(cli, home, path, symbol, timeframe):
    if not REAL:
        pytest.skip("TRADINGFLOOR_TEST_DATA is unset: no real data")
    source = Path(REAL) / path
    done = cli("data", "import", source, "--symbol", symbol, "--folder", "d", "--json")
    assert (done.code, done.json["timeframe"]) == (0, timeframe)
    assert updates(home / done.json["file"], symbol) == updates(source, symbol)
