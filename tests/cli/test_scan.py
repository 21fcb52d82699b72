"""``scan`` and ``check lookahead`` as they are typed: what they list, what they count, what they refuse."""

import csv
import gzip
import json
import os
import random
import subprocess
import sys
import zipfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from tradingfloor.actors.messages import Bar
from tradingfloor.actors.signals import detect
from tradingfloor.actors.signals.naming import SCANNED

HEADER = "time,open,high,low,close,volume\n"
BEGIN = datetime(2021, 7, 1, tzinfo=UTC)
STEP = timedelta(minutes=15)
NANOS = 10**9
KEYS = [
    *("detector", "event", "direction", "origin_bar", "bar", "time", "known_at"),
    *("top", "bottom", "level", "strength", "volume_ratio", "is_signal"),
]


def walk(seed, count):
    """(open, high, low, close, volume) in hundredths."""
    rng = random.Random(seed)
    price, rows = 10_000, []
    for _ in range(count):
        path = [price]
        for _ in range(5):
            path.append(path[-1] + rng.randint(-40, 40))
        price = path[-1]
        rows.append((path[0], max(path), min(path), price, rng.randint(0, 500)))
    return rows


def text(rows, begin=BEGIN, step=STEP):
    """A CSV of rows, one every ``step``."""
    lines = [
        f"{begin + n * step:%Y-%m-%d %H:%M},{','.join(str(p / 100) for p in row[:4])},{row[4]}\n"
        for n, row in enumerate(rows)
    ]
    return HEADER + "".join(lines)


@pytest.fixture
def walked(home):
    path = home / "walk.csv"
    path.write_text(text(walk(1, 500)))
    return path


def listed(cli, *words):
    done = cli("scan", *words, "--json")
    assert done.code == 0, done.err
    return [json.loads(line) for line in done.out.splitlines()], done.err


def test_every_event_of_the_detectors_is_one_line_in_the_order_of_time(cli, walked):
    found, said = listed(cli, walked)
    begin, step = round(BEGIN.timestamp()) * NANOS, round(STEP.total_seconds()) * NANOS
    bars = [
        Bar(
            symbol="walk",
            timeframe="15m",
            index=n,
            start=begin + n * step,
            end=begin + (n + 1) * step,
            **{
                name: p * NANOS // 100 for name, p in zip(("open", "high", "low", "close"), row, strict=False)
            },
            volume=row[4],
            count=1,
            full=True,
            session=(BEGIN + n * STEP).toordinal(),
            gap_before=0,
            first_index=1,
            last_index=1,
        )
        for n, row in enumerate(walk(1, 500))
    ]
    expected = detect(bars, tick=NANOS // 100)
    assert len(expected) > 1000
    assert {d.detector for d in expected} == set(SCANNED)
    assert [(f["detector"], f["event"], f["bar"], f["origin_bar"], f["is_signal"]) for f in found] == [
        (d.detector, d.event, d.bar, d.origin_bar, d.is_signal) for d in expected
    ]
    for name in ("top", "bottom", "entry", "stop", "target"):
        assert [Decimal(f[name]) * NANOS for f in found if name in f] == [
            getattr(d, name)
            for d in expected
            if name in ("top", "bottom") or (d.entry and d.target)
            if name != "entry" or d.entry
        ]
    times = [datetime.fromisoformat(f["time"]) for f in found]
    assert times == [BEGIN + f["bar"] * STEP for f in found]
    assert [f["known_at"] for f in found] == sorted(f["known_at"] for f in found)
    assert said == f"500 bars, {len(found):,} events; rows refused: 0; evicted: 0\n"


def test_the_first_keys_are_always_the_same_and_the_others_stand_where_they_mean_something(cli, walked):
    found, _ = listed(cli, walked)
    own = {}
    for line in found:
        assert list(line)[: len(KEYS)] == KEYS
        assert list(line)[-2:] == ["first_bar", "id"]
        if line["bar"] > 100:  # there is a yardstick, and a swing before the swing
            keys = set(list(line)[len(KEYS) : -2])
            assert own.setdefault((line["detector"], line["event"]), keys) == keys
        sides = ("high", "low") if line["detector"] == "swing" else ("long", "short", "both")
        assert line["direction"] in sides
    entry = {"kind", "entry", "stop", "target", "invalidation"}
    assert own["fvg", "confirmed"] == entry | {"run"}
    assert own["fvg", "touched"] == own["structure", "broken"] == own["swing", "candidate"] == set()
    assert own["structure", "bos"] == own["structure", "choch"] == entry | {"count", "strong"}
    assert own["swing", "final"] == {"label"}
    assert own["sweep", "swept"] == entry | {"pool", "lag", "count"}
    assert own["displacement", "confirmed"] == entry | {"form"}
    assert own["displacement", "with_gap"] == {"form"}
    assert own["strat", "armed"] == {"pattern", "sequence", "count"}
    assert own["strat", "triggered"] == entry | {"pattern", "sequence", "count"}
    assert own["order_block", "formed"] == entry
    assert {line["label"] for line in found if "label" in line} == {"HH", "HL", "LH", "LL"}


def test_a_price_has_one_spelling_and_it_is_exact(cli, home):
    rows = [(100, 101, 99, 100)] * 20 + [(120, 130, 110, 125), (160, 170, 150, 165)]
    lines = [f"{n * 900 + 10**9},{o}.{n:09d},{h}.9,{low},{c}.5,1\n" for n, (o, h, low, c) in enumerate(rows)]
    (home / "x.csv").write_text(HEADER + "".join(lines))
    found, _ = listed(cli, "x.csv", "--detectors", "fvg")
    assert (found[-1]["top"], found[-1]["bottom"], found[-1]["level"]) == ("150", "101.9", "150")


def test_chosen_detectors_list_what_they_list_among_all(cli, walked):
    everything, _ = listed(cli, walked)
    chosen, _ = listed(cli, walked, "--detectors", "swing, fvg")
    assert chosen == [line for line in everything if line["detector"] in ("swing", "fvg")]


def test_from_and_to_show_a_part_of_what_the_whole_shows(cli, walked):
    everything, _ = listed(cli, walked)
    part, _ = listed(cli, walked, "--from", "2021-07-02", "--to", "2021-07-03")
    assert part == [line for line in everything if "2021-07-02" <= line["time"][:10] <= "2021-07-03"]
    assert {line["time"][:10] for line in part} == {"2021-07-02", "2021-07-03"}
    moments, _ = listed(cli, walked, "--from", "2021-07-02T10:15", "--to", "2021-07-02T12:00+02:00")
    assert moments == []
    eastern, _ = listed(cli, walked, "--from", "2021-07-02", "--tz", "America/New_York")
    assert min(line["time"] for line in eastern) >= "2021-07-02T04:00:00Z"
    none, said = listed(cli, walked, "--to", "2021-01-01")
    assert (none, said) == ([], "0 bars, 0 events; rows refused: 0; evicted: 0\n")


def test_coarser_bars_are_built_and_finer_bars_fire_their_triggers(cli, walked):
    hours, said = listed(cli, walked, "--timeframe", "1h", "--detectors", "strat")
    assert said.startswith("125 bars")
    within = [line for line in hours if line["event"] == "triggered"]
    assert {line["known_at"][14:16] for line in within} == {"00", "15", "30", "45"}
    assert all(line["time"][14:16] == "00" for line in hours)


def test_an_unknown_symbol_is_a_24_hour_market_and_a_known_one_has_its_own_hours(cli, walked):
    for words, bars, market in (
        ((), 500, "market hours 24h, UTC"),
        (("--symbol", "SPY"), 52, "market hours XNYS, America/New_York"),
        (("--symbol", "SPY", "--calendar", "24h", "--tz", "Asia/Tokyo"), 500, "market hours 24h, Asia/Tokyo"),
    ):
        done = cli("scan", walked, *words)
        assert done.code == 0
        assert f"\n{bars} bars, " in done.out
        assert market in done.out
    assert "rows refused: 448 (OUT_OF_SESSION 448)" in cli("scan", walked, "--symbol", "SPY").out


def test_the_tables_fit_eighty_columns_and_count_what_is_listed(cli, walked, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    done = cli("scan", walked)
    assert (done.code, done.err) == (0, "")
    assert "\x1b" not in done.out
    assert max(map(len, done.out.splitlines())) <= 80
    found, _ = listed(cli, walked)
    table = done.out.split("\nfvg ")[1].splitlines()
    assert table[0].split() == ["long", "short", "signals"]
    tally = Counter((f["event"], f["direction"]) for f in found if f["detector"] == "fvg")
    signals = sum(f["is_signal"] for f in found if f["event"] == "confirmed" and f["detector"] == "fvg")
    assert table[1].split() == [
        "confirmed",
        str(tally["confirmed", "long"]),
        str(tally["confirmed", "short"]),
        str(signals),
    ]
    assert [part.split()[0] for part in done.out.split("\n\n")[1:-1]] == sorted(SCANNED)


def test_a_config_gives_the_settings_of_the_detectors(cli, walked):
    Path("wick.toml").write_text('[detector_params]\nbreak_by = "wick"\n')
    closes, _ = listed(cli, walked, "--detectors", "structure")
    wicks, _ = listed(cli, walked, "--detectors", "structure", "--config", "wick.toml")
    assert closes != wicks


def test_a_lean_zip_tells_its_symbol_itself(cli, home):
    path = home / "equity" / "usa" / "minute" / "xyz" / "20210701_trade.zip"
    path.parent.mkdir(parents=True)
    rows = "".join(f"{34_200_000 + 60_000 * n},{row},{n}\n" for n, row in enumerate(["10,12,9,11"] * 30))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("20210701_xyz_minute_trade.csv", rows)
    for named in (path, path.parent):
        done = cli("scan", named)
        assert done.out.startswith("XYZ 1m, 2021-07-01 09:30:00 EDT to 2021-07-01 10:00:00 EDT\n")
        assert "\n30 bars, 31 events; rows refused: 0" in done.out


ROWS = text(walk(2, 60))
BAD_FILES = {
    "an empty file": ("x.csv", b"", "is empty"),
    "a header alone": ("x.csv", HEADER.encode(), "a tape needs rows"),
    "one row": ("x.csv", "".join(ROWS.splitlines(keepends=True)[:2]).encode(), "bar length cannot be told"),
    "no header": ("x.csv", ROWS.partition("\n")[2].encode(), "no time column"),
    "random bytes": ("x.csv", random.Random(1).randbytes(3000), "column"),
    "a truncated gzip": ("x.csv.gz", gzip.compress(ROWS.encode())[:-200], "damaged"),
    "no gzip": ("x.csv.gz", ROWS.encode(), "damaged"),
    "no zip": ("x.zip", ROWS.encode(), "damaged"),
    "another kind of file": ("x.parquet", b"PAR1", "none of .csv"),
    "NaN alone": ("x.csv", (HEADER + "2021-07-01,nan,nan,nan,nan,1\n" * 9).encode(), "cannot|no usable row"),
    "negative prices alone": (
        "x.csv",
        (HEADER + "".join(f"2021-07-{d:02d},-1,-1,-2,-1,1\n" for d in range(1, 9))).encode(),
        "NOT_POSITIVE",
    ),
    "rows of every length": (
        "x.csv",
        (HEADER + "".join(f"{2**n},1,1,1,1,1\n" for n in range(30, 60))).encode(),
        "no two readable times|no regular spacing|apart",
    ),
}


@pytest.mark.parametrize("command", [("scan",), ("scan", "--json"), ("check", "lookahead")])
@pytest.mark.parametrize("case", BAD_FILES)
def test_a_file_that_gives_no_bar_is_one_line_and_code_4(cli, home, case, command):
    name, data, says = BAD_FILES[case]
    (home / name).write_bytes(data)
    failed = cli(*command, name)
    assert failed.code == 4
    assert any(word in failed.error for word in says.split("|")), failed.error
    assert failed.out == ""


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nowhere.csv",), "nowhere.csv: no such file"),
        ((".",), "holds no YYYYMMDD_trade.zip"),
        (("walk.csv", "--timeframe", "5m"), "finer than the tape's 15m bars; possible: 15m, 30m, 1h, 2h, 4h"),
        (("walk.csv", "--timeframe", "15"), "unknown timeframe '15'"),
        (("walk.csv", "--detectors", "fvg,orb"), "orb: no plug-in of this name"),
        (("walk.csv", "--calendar", "LSE"), "unknown calendar 'LSE'"),
        (("walk.csv", "--tz", "Mars/Base"), "unknown time zone 'Mars/Base'"),
        (("walk.csv", "--symbol", "A,B"), "a file holds one symbol"),
        (("walk.csv", "--symbol", "SPX", "--tz", "UTC", "--timeframe", "1M"), "no bar of 1M closes in it"),
        (("walk.csv", "--config", "none.toml"), "none.toml"),
    ],
)
def test_what_cannot_be_scanned_is_one_line_and_code_4(cli, walked, words, says):
    failed = cli("scan", *words)
    assert failed.code == 4
    assert says in failed.error
    assert failed.out == ""


def test_unusable_rows_are_counted_by_reason_and_the_others_scanned(cli, walked):
    clean, _ = listed(cli, walked)
    lines = walked.read_text().splitlines(keepends=True)
    spoilt = {
        "NAN": ("nan,1,1,1,1", ",1,1,1,1"),
        "NOT_A_NUMBER": ("x,1,1,1,1",),
        "NOT_POSITIVE": ("1,1,-1,1,1", "0,1,0,1,1"),
        "OUT_OF_RANGE": ("1,1e300,1,1,1", "1,inf,1,1,1", "1,1,1,1,1e17"),
        "BAD_RANGE": ("5,4,3,4,1", "1,1,2,1,1"),
        "NEGATIVE_VOLUME": ("1,1,1,1,-1",),
        "BAD_ROW": ("1,1",),
    }
    wrong = [f"2021-07-02 23:59,{row}\n" for rows in spoilt.values() for row in rows]
    wrong += ["soon,1,1,1,1,1\n", lines[250], lines[20], lines[60]]
    counts = {reason: len(rows) for reason, rows in spoilt.items()} | {
        "BAD_TIME": 1,
        "DUPLICATE": 1,
        "LATE": 2,
    }
    walked.write_text("".join(lines[:251] + wrong[-3:] + lines[251:300] + wrong[:-3] + lines[300:]))
    found, said = listed(cli, walked)
    strip = {"id"}  # of another tape
    assert [{k: v for k, v in f.items() if k not in strip} for f in found] == [
        {k: v for k, v in f.items() if k not in strip} for f in clean
    ]
    told = said.split("rows refused: ")[1].split("; evicted")[0]
    total, _, reasons = told.partition(" (")
    assert int(total) == len(wrong)
    assert dict(part.split() for part in reasons.rstrip(")").split(", ")) == {
        k: str(n) for k, n in counts.items()
    }
    assert json.loads(cli("check", "lookahead", walked, "--cuts", "5", "--json").out)["ok"]


def steady(prices, volume=5):
    return [(*prices, volume)] * 60


@pytest.mark.parametrize(
    "rows",
    [
        steady((100, 100, 100, 100)),
        steady((100, 100, 100, 100), 0),
        [(*row[:4], 0) for row in walk(3, 60)],
        walk(4, 3),
        walk(4, 9),
        [(1, 10**10, 1, 1 if n % 2 else 10**10, 10**15) for n in range(60)],
        [(1, 1, 1, 1, 0)] * 30 + [(10**10, 10**10, 10**10, 10**10, 1)] * 30,
    ],
    ids=["constant", "still", "no volume", "three bars", "nine bars", "extremes within", "extremes between"],
)
def test_odd_markets_are_scanned_and_checked_without_a_complaint(cli, home, rows):
    (home / "x.csv").write_text(text(rows))
    found, said = listed(cli, "x.csv")
    assert said.startswith(f"{len(rows)} bars")
    assert not [f for f in found if f["is_signal"] and f["bar"] < 14]
    if len({row[:4] for row in rows}) == 1 and rows[0][1] == rows[0][2]:
        assert found == []
    if not any(row[4] for row in rows):
        assert {f["volume_ratio"] for f in found} <= {1.0}
    done = cli("check", "lookahead", "x.csv", "--cuts", "20")
    assert done.code == 0, done.out


def test_gaps_in_time_leave_the_bars_numbered_in_a_row(cli, home):
    lines = text(walk(5, 200)).splitlines(keepends=True)
    (home / "x.csv").write_text("".join(lines[:50] + lines[90:120] + lines[180:]))
    found, said = listed(cli, "x.csv")
    assert said.startswith("100 bars")
    assert {f["bar"] for f in found} <= set(range(100))
    assert max(f["bar"] for f in found) > 90


def test_the_check_has_a_line_per_check_and_detector(cli, walked):
    done = cli("check", "lookahead", walked, "--cuts", "30", "--detectors", "swing,strat")
    assert (done.code, done.err) == (0, "")
    first, *lines, last = done.out.splitlines()
    assert first == "walk 15m, 500 bars, 30 cuts, seed 1"
    assert [line.split("  ")[0] for line in lines] == ["ok"] * 12
    assert last == "no detector looks ahead"
    found = cli("check", "lookahead", walked, "--cuts", "30", "--seed", "2", "--json").json
    assert (found["ok"], found["bars"], found["cuts"], found["seed"]) == (True, 500, 30, 2)
    assert len(found["checks"]) == 6 * len(SCANNED)


def test_more_cuts_than_places_are_all_places_and_one_bar_has_none(cli, home):
    lines = text(walk(6, 10)).splitlines(keepends=True)
    (home / "x.csv").write_text("".join(lines))
    assert cli("check", "lookahead", "x.csv", "--json").json["cuts"] == 9
    (home / "x.csv").write_text(text(walk(6, 3), begin=BEGIN + timedelta(hours=15, minutes=45)))
    failed = cli("check", "lookahead", "x.csv", "--symbol", "SPY")
    assert failed.code == 4
    assert "one bar cannot be cut" in failed.error


def test_a_detector_that_peeks_fails_the_check_with_code_1_and_its_first_event_is_shown(
    cli, walked, monkeypatch
):
    from tradingfloor.actors.signals.scan import Scanner

    class Peeks(Scanner):
        """Drops what the next bar of the batch would prove wrong."""

        def scan(self, bars, base=()):
            closes = {bar.end: following.close - bar.close for bar, following in pairwise(bars)}
            return [e for e in super().scan(bars, base) if closes.get(e.known_at, 0) * e.direction >= 0]

    monkeypatch.setattr("tradingfloor.cli.scanning.Scanner", Peeks)
    done = cli("check", "lookahead", walked, "--detectors", "displacement,fvg")
    assert done.code == 1
    assert done.out.splitlines()[-1] == "LOOKS AHEAD OR REPAINTS: displacement, fvg"
    assert "DIFFERS   prefix      fvg" in done.out
    shown = done.out.split("DIFFERS   prefix      fvg")[1].splitlines()
    assert shown[1].strip().startswith("with bars known until 2021-07-0")
    assert "over all bars  " in shown[2]
    failed = cli("check", "lookahead", walked, "--detectors", "fvg", "--json")
    assert (failed.code, json.loads(failed.out)["ok"]) == (1, False)
    difference = json.loads(failed.out)["checks"][0]["difference"]
    assert difference["expected"] != difference["found"]


def test_an_entry_has_the_id_of_the_signal_that_a_run_over_the_same_file_raises(cli, market, finished):
    from tradingfloor.storage.readers import SyncReader

    with SyncReader.open(finished[0]) as reader:
        raised = reader.signals(limit=10_000)
    for timeframe in ("1d", "1w"):
        found, _ = listed(cli, market / "days.csv", "--symbol", "SPX", "--timeframe", timeframe)
        scanned = {line["id"]: line["kind"] for line in found if line["is_signal"]}
        run = {row.signal_id.hex(): row.kind for row in raised if row.timeframe == timeframe}
        assert len(run) > 2
        assert run.items() <= scanned.items()


def test_a_reader_that_has_enough_ends_the_scan_without_noise(walked):
    done = subprocess.run(
        f"{sys.executable} -m tradingfloor scan {walked} --json | head -n 1",
        shell=True,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["bar"] == 2


@pytest.fixture
def eurusd():
    folder = os.environ.get("TRADINGFLOOR_TEST_DATA")
    if not folder:
        pytest.skip("TRADINGFLOOR_TEST_DATA is unset: no real data")
    return Path(folder) / "fx" / "EURUSD_15M.csv"


def test_real_bars_are_numbered_as_in_the_file_and_its_gaps_are_where_they_are_defined(eurusd, home, capsys):
    from tradingfloor.__main__ import main

    assert main(["scan", str(eurusd), "--json"]) == 0
    done = capsys.readouterr()
    with eurusd.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 24_424
    assert done.err.startswith("24,424 bars, ")
    assert "rows refused: 0" in done.err
    prices = [tuple(Decimal(row[name]) for name in ("Open", "High", "Low", "Close")) for row in rows]
    times = [f"{row['Date'].replace('.', '-').replace(' ', 'T')}Z" for row in rows]
    gaps = []
    for line in map(json.loads, done.out.splitlines()):
        assert line["time"] == times[line["bar"]]
        if line["detector"] == "fvg" and line["event"] == "confirmed":
            gaps.append((line["bar"], line["direction"], Decimal(line["bottom"]), Decimal(line["top"])))
            assert line["origin_bar"] == line["bar"] - 1
    expected = []
    for k, (two, one, now) in enumerate(zip(prices, prices[1:], prices[2:], strict=False), 2):
        if now[2] > two[1] and one[3] > one[0]:
            expected.append((k, "long", two[1], now[2]))
        if now[1] < two[2] and one[3] < one[0]:
            expected.append((k, "short", now[1], two[2]))
    assert gaps == expected
    assert len(gaps) == 5020
