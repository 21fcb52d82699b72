"""``scan`` and ``check lookahead`` over what cannot be scanned, over unusable rows and odd markets."""

import gzip
import json
import random

import pytest
from scanned import HEADER, listed, text, walk

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
