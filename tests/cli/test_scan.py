"""``scan`` as it is typed: what it lists, in which order, and what it counts."""

import csv
import json
import os
import subprocess
import sys
import zipfile
from collections import Counter
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from scanned import BEGIN, HEADER, NANOS, STEP, listed, walk

from tradingfloor.actors.messages import Bar
from tradingfloor.actors.signals import detect
from tradingfloor.actors.signals.naming import SCANNED

KEYS = [
    *("detector", "event", "direction", "origin_bar", "bar", "time", "known_at"),
    *("top", "bottom", "level", "strength", "volume_ratio", "is_signal"),
]


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
