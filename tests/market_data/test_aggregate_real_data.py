"""Bars of real tapes against the vendor's own days and against sums over the file."""

import os
import zipfile
from collections import defaultdict
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from aggregation import HOUR, MINUTE, SECOND, aggregator, ns, play, row

from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.types import Refusal

DATA = os.environ.get("TRADINGFLOOR_TEST_DATA")
needs_data = pytest.mark.skipif(not DATA, reason="TRADINGFLOOR_TEST_DATA does not name the data folder")


def lean_rows(path):
    """(local start, prices in nanos, volume) of a daily or hourly Lean file."""
    with zipfile.ZipFile(path) as archive:
        text = archive.read(archive.namelist()[0]).decode()
    for line in text.splitlines():
        stamp, *prices, volume = line.split(",")
        local = datetime.strptime(stamp, "%Y%m%d %H:%M").replace(tzinfo=ZoneInfo("America/New_York"))
        yield local, tuple(int(price) * 100_000 for price in prices), int(float(volume))


@needs_data
def test_days_built_from_hourly_spy_are_the_vendors_own_days_but_for_what_came_after_early_closes():
    folder = Path(DATA) / "lean" / "equity" / "usa"
    updates = []
    for number, (local, prices, volume) in enumerate(lean_rows(folder / "hour" / "spy.zip"), 1):
        start = int(local.timestamp()) * SECOND
        updates.append(row(number, start, start + HOUR, prices, volume))
    refusals, log = play(aggregator(["1h", "1d", "1w", "1M"], tape="1h"), updates)
    assert {None, Refusal.OUT_OF_SESSION} == set(refusals)
    assert refusals.count(Refusal.OUT_OF_SESSION) == 47
    bars = [bar for _, instant in log for bar in instant]
    ours = {
        bar.session: ((bar.open, bar.high, bar.low, bar.close), bar.volume)
        for bar in bars
        if bar.timeframe == "1d"
    }
    vendors = {
        local.toordinal(): (prices, volume)
        for local, prices, volume in lean_rows(folder / "daily" / "spy.zip")
    }
    assert ours.keys() == vendors.keys()
    different = {day for day in ours if ours[day] != vendors[day]}
    early = {day for day in ours if calendar("XNYS").is_early_close(day)}
    assert different < early
    assert len(different) == 23
    firsts = [bar for bar in bars if bar.timeframe == "1h" and not bar.full]
    assert all(bar.end - bar.start == HOUR // 2 for bar in firsts)
    assert len(firsts) == 5848
    hours = {timeframe: [b for b in bars if b.timeframe == timeframe] for timeframe in ("1w", "1M")}
    assert [bar.full for bar in hours["1w"]] == [False, *[True] * (len(hours["1w"]) - 2), False]
    assert all(bar.full and bar.gap_before == 0 for bar in hours["1M"])


@needs_data
def test_quarter_hours_of_eurusd_pass_through_and_their_gaps_are_the_weekends():
    lines = (Path(DATA) / "fx" / "EURUSD_15M.csv").read_text().splitlines()[1:]
    updates = []
    for number, line in enumerate(lines, 1):
        stamp, *prices = line.split(",")[:5]
        start = ns(stamp.replace(".", "-"), "UTC")
        cents = tuple(round(float(price) * 100_000) * 10_000 for price in prices)
        updates.append(row(number, start, start + 15 * MINUTE, cents, int(line.split(",")[5])))
    refusals, log = play(aggregator(["15m", "4h", "1d"], tape="15m", name="24h"), updates)
    assert set(refusals) == {None}
    bars = [bar for _, instant in log for bar in instant]
    own = [bar for bar in bars if bar.timeframe == "15m"]
    assert [(b.start, b.end, b.open, b.high, b.low, b.close, b.volume) for b in own] == [
        (u.start, u.ts, u.open, u.high, u.low, u.close, u.volume) for u in updates
    ]
    steps = [(b.start - a.start) // (15 * MINUTE) - 1 for a, b in pairwise(updates)]
    assert [bar.gap_before for bar in own] == [0, *steps]
    assert sum(bar.gap_before > 0 for bar in own) == 52
    for timeframe, length in (("4h", 4 * HOUR), ("1d", 24 * HOUR)):
        groups = defaultdict(list)
        for update in updates:
            groups[update.start // length * length].append(update)
        larger = [bar for bar in bars if bar.timeframe == timeframe]
        assert [(b.start, b.open, b.high, b.low, b.close, b.volume, b.count, b.full) for b in larger] == [
            (
                start,
                group[0].open,
                max(u.high for u in group),
                min(u.low for u in group),
                group[-1].close,
                sum(u.volume for u in group),
                len(group),
                len(group) == length // (15 * MINUTE),
            )
            for start, group in groups.items()
        ]
