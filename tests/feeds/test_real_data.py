"""Files of the real layouts, where they are at hand; the shipped example data always."""

from collections import Counter
from datetime import UTC, datetime
from itertools import groupby, pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.types import NANOS, UpdateKind

XNYS = calendar("XNYS")
EXAMPLES = Path(__file__).parents[2] / "examples" / "data"


def local(ts: int, zone: str) -> str:
    return datetime.fromtimestamp(ts // NANOS, UTC).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("path", "symbol", "tape"),
    [
        ("lean/equity/usa/hour/spy.zip", "SPY", ("1h", 40_832)),
        ("lean/equity/usa/hour/aapl.zip", "AAPL", ("1h", 40_831)),
        ("lean/equity/usa/daily/spy.zip", "SPY", ("1d", 5849)),
        ("lean/equity/usa/daily/qqq.zip", "QQQ", ("1d", 3964)),
        ("lean/index/usa/minute/spx/20210104_trade.zip", "SPX", ("1m", 411)),
        ("lean/index/usa/minute/spx/20230626_trade.zip", "SPX", ("1m", 390)),
        ("lean/index/usa/minute/spx/20230703_trade.zip", "SPX", ("1m", 210)),
        ("fx/EURUSD_15M.csv", "EURUSD", ("15m", 24_424)),
        ("us_daily/sp500.csv.gz", "SPX", ("1d", 5031)),
    ],
)
def test_every_row_of_a_real_file_is_read_in_order(data_folder, tapes, path, symbol, tape):
    timeframe, rows = tape
    feed = tapes.open(data_folder / path, symbol)
    updates = list(feed.updates())
    kinds = Counter(update.kind for update in updates)
    assert feed.timeframe(symbol) == timeframe
    assert kinds == {UpdateKind.OPEN: rows, UpdateKind.BAR: rows}
    assert feed.last_index == len(updates) == updates[-1].index
    assert all(earlier.ts <= later.ts for earlier, later in pairwise(updates))


def test_the_tick_file_has_all_its_trades(data_folder, tapes):
    feed = tapes.open(data_folder / "lean/equity/usa/tick/spy")
    kinds = Counter(getattr(update, "kind", "refused") for update in feed.updates())
    assert feed.timeframe("SPY") == "tick"
    assert kinds == {UpdateKind.TICK: 285_605}


def test_index_files_open_at_half_past_nine_in_new_york(data_folder, tapes, bars):
    feed = tapes.open(data_folder / "lean/index/usa/minute/spx", "SPX")
    days = [
        (day, list(group))
        for day, group in groupby(bars(feed.updates()), lambda bar: local(bar.start, "America/New_York")[:10])
    ]
    assert [(day, len(rows)) for day, rows in days] == [
        ("2021-01-04", 411),
        ("2021-01-14", 411),
        ("2023-06-26", 390),
        ("2023-06-30", 390),
        ("2023-07-03", 210),
    ]
    for day, rows in days:
        session = XNYS.session(datetime.fromisoformat(day).toordinal())
        assert rows[0].start == session.open
        assert local(rows[0].start, "America/Chicago").endswith("08:30")
        assert sum(bar.start < session.close for bar in rows) in (390, 210)


def test_hours_start_inside_their_session_except_after_an_early_close(data_folder, tapes, bars):
    outside = 0
    for bar in bars(tapes.open(data_folder / "lean/equity/usa/hour/spy.zip").updates()):
        session = XNYS.session_at(bar.start)
        if session is None or bar.start >= session.close:
            outside += 1
            continue
        assert session.open <= bar.start < bar.ts <= session.close
        assert local(bar.start, "America/New_York")[-2:] in ("00", "30")
    assert 0 < outside < 60


def test_the_first_euro_bars_are_those_of_the_file(data_folder, tapes, utc, bars):
    feed = tapes.open(data_folder / "fx/EURUSD_15M.csv", "EURUSD")
    first = next(iter(bars(feed.updates(0))))
    assert (first.start, first.ts) == (utc("2022-10-10 00:00"), utc("2022-10-10 00:15"))
    assert (first.open, first.high, first.low, first.close, first.volume) == (
        973_120_000,
        973_690_000,
        973_120_000,
        973_570_000,
        60,
    )
    assert feed.tick_hint("EURUSD") == 10_000


def test_real_tapes_resume(data_folder, tapes):
    for path, symbol in (("lean/equity/usa/minute/spy", "SPY"), ("fx/EURUSD_15M.csv", "EURUSD")):
        feed = tapes.open(data_folder / path, symbol)
        whole = list(feed.updates())
        for after in (1, 777, len(whole) - 3):
            assert list(feed.updates(after)) == whole[after:]


def test_the_example_index_series_is_a_daily_tape(tapes, bars):
    feed = tapes.open(EXAMPLES / "spx_daily.csv", "SPX")
    found = bars(feed.updates())
    assert (feed.timeframe("SPX"), len(found), feed.last_index) == ("1d", 5031, 10_062)
    assert local(found[0].start, "America/New_York") == "1999-01-04 09:30"
    assert local(found[-1].ts, "America/New_York") == "2018-12-31 16:00"
    assert (found[0].open, found[-1].close) == (1_229_229_980_000, 2_506_850_098_000)


def test_the_example_volatility_series_has_its_closes():
    lines = (EXAMPLES / "vix_daily.csv").read_text().splitlines()
    assert (lines[0], lines[1], lines[-1]) == ("date,close", "2014-01-03,13.76", "2019-01-03,25.45")
    assert len(lines) == 1306
