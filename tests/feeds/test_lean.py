"""The Lean layout: what path and names say, scaling, zones, and spans of rows."""

import zipfile

import pytest

from tradingfloor.actors.config import Config, DataConfig
from tradingfloor.actors.errors import BadConfig, BadData
from tradingfloor.actors.market_data.feeds import open_feed
from tradingfloor.actors.types import NANOS, Refusal, UpdateKind

MINUTE = 60 * NANOS
MINUTES = "34200000,1676500,1676600,1676400,1676450,100\n34260000,1676450,1676450,1676450,1676450,7\n"
TICKS = "34200001,1676500,100,P,2000,0\n34200001,1676600,200,Q,2000,1\n34200500,1676700,300,P,0,0\n"
HOURS = (
    "20201127 09:00,100,110,90,105,1\n"
    "20201127 12:00,100,110,90,105,2\n"
    "20201127 13:00,100,110,90,105,3\n"
    "20201130 15:00,100,110,90,105,4\n"
)


def test_a_minute_file_gives_an_open_and_a_bar_per_row(tapes, utc):
    path = tapes.zip("equity/usa/minute/spy/20131004_trade.zip", "20131004_spy_minute_trade.csv", MINUTES)
    feed = tapes.open(path)
    start = utc("2013-10-04 13:30")
    assert (feed.timeframe("SPY"), feed.symbols, feed.history("SPY"), feed.last_index) == (
        "1m",
        ("SPY",),
        (),
        4,
    )
    opened, bar, opened_next, _ = feed.updates()
    assert (opened.index, opened.kind, opened.ts, opened.start) == (1, UpdateKind.OPEN, start, start)
    assert {opened.open, opened.high, opened.low, opened.close} == {167_650_000_000}
    assert opened.volume == 0
    assert (bar.index, bar.kind, bar.ts, bar.start) == (2, UpdateKind.BAR, start + MINUTE, start)
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == (
        167_650_000_000,
        167_660_000_000,
        167_640_000_000,
        167_645_000_000,
        100,
    )
    assert (opened_next.index, opened_next.ts) == (3, bar.ts)


def test_an_index_file_is_unscaled_and_in_chicago_time(tapes, utc, bars):
    rows = "30600000,4343.63,4345.73,4342.58,4345.01,0\r\n53940000,4329,4330,4328.19,4329.58,0\r\n"
    path = tapes.zip("index/usa/minute/spx/20230626_trade.zip", "20230626_spx_minute_trade.csv", rows)
    feed = tapes.open(path, "SPX")
    first, last = bars(feed.updates())
    assert (first.start, first.open) == (utc("2023-06-26 13:30"), 4_343_630_000_000)
    assert last.ts == utc("2023-06-26 20:00")
    assert feed.tick_hint("SPX") == NANOS // 100


def test_second_rows_last_a_second(tapes, utc, bars):
    path = tapes.zip("equity/usa/second/spy/20140605_trade.zip", "20140605_spy_second_trade.csv", MINUTES)
    feed = tapes.open(path)
    bar = bars(feed.updates())[0]
    assert (feed.timeframe("SPY"), bar.start, bar.ts - bar.start) == ("1s", utc("2014-06-05 13:30"), NANOS)


def test_tick_rows_are_trades_and_suspicious_ones_are_refused(tapes, utc):
    path = tapes.zip("equity/usa/tick/spy/20131011_trade.zip", "20131011_spy_Trade_Tick.csv", TICKS)
    feed = tapes.open(path)
    first, doubted, last = feed.updates()
    assert feed.timeframe("SPY") == "tick"
    start = utc("2013-10-11 13:30")
    assert (first.kind, first.ts, first.start, first.volume) == (
        UpdateKind.TICK,
        start + 10**6,
        start + 10**6,
        100,
    )
    assert first.open == first.high == first.low == first.close == 167_650_000_000
    assert (doubted.index, doubted.reason, doubted.detail, doubted.ts) == (
        2,
        Refusal.BAD_ROW,
        "suspicious",
        start + 10**6,
    )
    assert (last.index, last.ts) == (3, start + 500 * 10**6)


def test_hour_rows_are_clipped_to_the_session_and_left_alone_outside_it(tapes, utc, bars):
    feed = tapes.open(tapes.zip("equity/usa/hour/spy.zip", "spy.csv", HOURS))
    spans = [(bar.start, bar.ts) for bar in bars(feed.updates())]
    assert feed.timeframe("SPY") == "1h"
    assert spans == [
        (utc("2020-11-27 14:30"), utc("2020-11-27 15:00")),
        (utc("2020-11-27 17:00"), utc("2020-11-27 18:00")),
        (utc("2020-11-27 18:00"), utc("2020-11-27 19:00")),  # after the early close: refused later
        (utc("2020-11-30 20:00"), utc("2020-11-30 21:00")),
    ]


def test_daily_rows_span_their_session_and_need_one(tapes, utc):
    rows = (
        "20201127 00:00,100,110,90,105,1\n20201128 00:00,100,110,90,105,2\n20201130 00:00,100,110,90,105,3\n"
    )
    feed = tapes.open(tapes.zip("equity/usa/daily/spy.zip", "spy.csv", rows))
    _, early, closed, _, regular = feed.updates()
    assert feed.timeframe("SPY") == "1d"
    assert (early.start, early.ts) == (utc("2020-11-27 14:30"), utc("2020-11-27 18:00"))
    assert (closed.reason, closed.index) == (Refusal.OUT_OF_SESSION, 3)
    assert closed.ts == early.ts
    assert closed.detail == "XNYS is closed on 2020-11-28"
    assert (regular.start, regular.ts) == (utc("2020-11-30 14:30"), utc("2020-11-30 21:00"))


def test_a_directory_is_all_its_trade_zips_in_date_order(tapes, utc, bars):
    for day in ("20131007", "20131004"):
        tapes.zip(f"equity/usa/minute/spy/{day}_trade.zip", f"{day}_spy_minute_trade.csv", MINUTES)
    tapes.zip("equity/usa/minute/spy/20131004_quote.zip", "20131004_spy_minute_quote.csv", "quotes")
    folder = tapes.folder / "equity/usa/minute/spy"
    updates = list(tapes.open(folder).updates())
    assert [u.index for u in updates] == list(range(1, 9))
    assert [bar.start for bar in bars(updates)][::2] == [utc("2013-10-04 13:30"), utc("2013-10-07 13:30")]


@pytest.mark.parametrize(
    ("member", "text", "timeframe"),
    [
        ("20131004_spy_minute_trade.csv", MINUTES, "1m"),
        ("20131004_spy_second_trade.csv", MINUTES, "1s"),
        ("20131004_spy_Trade_Tick.csv", TICKS, "tick"),
        ("spy.csv", HOURS, "1h"),
        ("spy.csv", "20201127 00:00,100,110,90,105,1\n", "1d"),
    ],
)
def test_outside_the_layout_the_member_tells_what_it_is(tapes, member, text, timeframe):
    feed = tapes.open(tapes.zip("download.zip", member, text))
    assert feed.timeframe("SPY") == timeframe
    assert next(feed.updates()).open in (167_650_000_000, 10_000_000)


def test_a_path_written_from_inside_the_layout_is_recognised(tapes, monkeypatch):
    tapes.zip("equity/usa/minute/spy/20131004_trade.zip", "x.csv", MINUTES)
    monkeypatch.chdir(tapes.folder / "equity/usa/minute/spy")
    assert tapes.open("20131004_trade.zip").timeframe("SPY") == "1m"
    assert tapes.open(".").timeframe("SPY") == "1m"


def test_finer_prices_than_a_cent_are_seen(tapes):
    coarse = tapes.zip("a/equity/usa/daily/spy.zip", "spy.csv", "20201127 00:00,1300,1300,1300,1300,1\n")
    fine = tapes.zip("b/equity/usa/daily/spy.zip", "spy.csv", "20201127 00:00,1301,1301,1301,1301,1\n")
    assert (tapes.open(coarse).tick_hint("SPY"), tapes.open(fine).tick_hint("SPY")) == (10_000_000, 100_000)


@pytest.mark.parametrize(
    ("name", "member", "symbol", "says"),
    [
        ("equity/usa/minute/spy/20131004_trade.zip", "x.csv", "QQQ", "holds SPY, not QQQ"),
        ("option/usa/minute/spy/20131004_trade.zip", "x.csv", "SPY", "option/usa is no tape"),
        ("equity/india/minute/spy/20131004_trade.zip", "x.csv", "SPY", "equity/india is no tape"),
        ("equity/usa/minute/spy/monday.zip", "x.csv", "SPY", "no date in its name"),
        ("equity/usa/minute/spy/20131304_trade.zip", "x.csv", "SPY", "no date in its name"),
        ("equity/usa/minute/spx/20131004_trade.zip", "x.csv", "SPX", "configured as index"),
        ("index/usa/minute/ndx/20131004_trade.zip", "x.csv", "NDX", "instruments.NDX.timezone"),
        ("equity/usa/minute/zzz/20131004_trade.zip", "x.csv", "ZZZ", 'instruments.ZZZ.kind = "equity"'),
        ("download.zip", "20131004_zzz_minute_trade.csv", "ZZZ", "instruments.ZZZ.kind"),
        ("download.zip", "20131004_spy_minute_quote.csv", "SPY", "not a Lean trade file"),
        ("download.zip", "report.csv", "SPY", "not a Lean trade file"),
    ],
)
def test_what_cannot_be_told_is_refused_in_one_line_that_says_how_to_mend_it(
    tapes, name, member, symbol, says
):
    path = tapes.zip(name, member, MINUTES)
    with pytest.raises(BadData) as caught:
        tapes.open(path, symbol)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_settings_mend_an_unknown_equity_and_an_index_in_an_unknown_zone(tapes, utc, bars):
    equity = tapes.zip("equity/usa/minute/zzz/20131004_trade.zip", "x.csv", MINUTES)
    index = tapes.zip("index/usa/minute/ndx/20131004_trade.zip", "x.csv", MINUTES)
    assert bars(tapes.open(equity, "ZZZ", kind="equity").updates())[0].start == utc("2013-10-04 13:30")
    assert bars(tapes.open(index, "NDX", timezone="UTC").updates())[0].start == utc("2013-10-04 09:30")


def test_an_option_chain_and_a_folder_without_trades_are_refused(tapes):
    chain = tapes.zip("chain.zip", "a.csv", "1")
    with zipfile.ZipFile(chain, "a") as archive:
        archive.writestr("b.csv", "2")
    with pytest.raises(BadData, match="holds 2 files"):
        tapes.open(chain)
    (tapes.folder / "empty").mkdir()
    with pytest.raises(BadData, match=r"holds no YYYYMMDD_trade\.zip"):
        tapes.open(tapes.folder / "empty")


def test_a_directory_of_different_kinds_is_refused(tapes):
    tapes.zip("days/20131004_trade.zip", "20131004_spy_minute_trade.csv", MINUTES)
    tapes.zip("days/20131007_trade.zip", "20131007_spy_second_trade.csv", MINUTES)
    with pytest.raises(BadData, match="mixes"):
        tapes.open(tapes.folder / "days")


def test_a_file_carries_exactly_one_symbol(tapes):
    path = tapes.zip("equity/usa/hour/spy.zip", "spy.csv", HOURS)
    with pytest.raises(BadConfig, match="one symbol"):
        open_feed(Config(symbols=("SPY", "QQQ"), data=DataConfig(source=f"replay:{path}")))
