"""CSV files with a header: columns, spellings of time, timeframes, volumes, identity."""

import pytest

from tradingfloor.actors.config import Config, DataConfig
from tradingfloor.actors.errors import BadConfig, BadData
from tradingfloor.actors.market_data.feeds import open_feed
from tradingfloor.actors.types import NANOS, UpdateKind

PRICES = "10,12,9,11"


def rows(*times: str, prices: str = PRICES, volume: str = "5") -> str:
    return "".join(f"{time},{prices},{volume}\n" for time in times)


MINUTES = "time,open,high,low,close,volume\n" + rows(
    "2021-07-01 09:30", "2021-07-01 09:31", "2021-07-01 09:32"
)


def test_naive_times_are_local_to_the_instrument(tapes, utc, bars):
    assert bars(tapes.updates(MINUTES, "SPY"))[0].start == utc("2021-07-01 13:30")
    assert bars(tapes.updates(MINUTES, "BTCUSD"))[0].start == utc("2021-07-01 09:30")
    chicago = bars(tapes.updates(MINUTES, "SPY", timezone="America/Chicago", calendar="24h"))
    assert chicago[0].start == utc("2021-07-01 14:30")


def test_one_row_is_an_open_at_its_start_and_a_bar_at_its_end(tapes, utc):
    updates = tapes.updates(MINUTES)
    assert [u.index for u in updates] == [1, 2, 3, 4, 5, 6]
    opened, bar = updates[2:4]
    assert (opened.kind, opened.ts, opened.close, opened.volume) == (
        UpdateKind.OPEN,
        utc("2021-07-01 13:31"),
        10 * NANOS,
        0,
    )
    assert (bar.kind, bar.start, bar.ts) == (UpdateKind.BAR, utc("2021-07-01 13:31"), utc("2021-07-01 13:32"))
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == (
        10 * NANOS,
        12 * NANOS,
        9 * NANOS,
        11 * NANOS,
        5,
    )


@pytest.mark.parametrize(
    "lines",
    [
        [
            "Date,Open,High,Low,Close,Adj Close,Volume",
            "2021-07-01 09:30,10,12,9,11,1,5",
            "2021-07-01 09:31,10,12,9,11,1,5",
        ],
        [
            "VOLUME,LOW,HIGH,CLOSE,OPEN,TIMESTAMP",
            "5,9,12,11,10,20210701 09:30",
            "5,9,12,11,10,20210701 09:31",
        ],
        [
            "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>",
            "2021.07.01\t09:30:00\t10\t12\t9\t11\t5",
            "2021.07.01\t09:31:00\t10\t12\t9\t11\t5",
        ],
        [
            '"datetime";open;"high";low;close;volume',
            '"7/1/2021 9:30";"10";12;9;11;5',
            "7/1/2021 9:31;10;12;9;11;5",
        ],
        [
            "\ufeffTime, Open, High, Low, Close, Volume\r",
            "1625146200, 10, 12, 9, 11, 5\r",
            "\r",
            "1625146260,10,12,9,11,5,\r",
        ],
    ],
)
def test_columns_are_found_by_name_in_every_dialect(tapes, utc, bars, lines):
    text = "\n".join(lines)
    feed = tapes.csv(text)
    found = bars(feed.updates())
    assert feed.timeframe("SPY") == "1m"
    assert [bar.start for bar in found] == [utc("2021-07-01 13:30"), utc("2021-07-01 13:31")]
    assert {(b.open, b.high, b.low, b.close, b.volume) for b in found} == {
        (10 * NANOS, 12 * NANOS, 9 * NANOS, 11 * NANOS, 5)
    }


def test_dates_without_times_are_whole_sessions(tapes, utc, bars):
    text = "date,open,high,low,close\n" + "".join(f"{d},{PRICES}\n" for d in ("11/27/2020", "11/30/2020"))
    feed = tapes.csv(text)
    assert feed.timeframe("SPY") == "1d"
    early, regular = bars(feed.updates())
    assert (early.start, early.ts, early.volume) == (utc("2020-11-27 14:30"), utc("2020-11-27 18:00"), 0)
    assert (regular.start, regular.ts) == (utc("2020-11-30 14:30"), utc("2020-11-30 21:00"))


def test_daily_rows_of_a_24_hour_market_are_its_days(tapes, utc, bars):
    text = "date,open,high,low,close\n" + "".join(f"{d},{PRICES}\n" for d in ("2020-11-28", "2020-11-29"))
    first = bars(tapes.updates(text, "BTCUSD"))[0]
    assert (first.start, first.ts) == (utc("2020-11-28 00:00"), utc("2020-11-29 00:00"))


def test_daily_midnights_in_utc_keep_their_date_in_new_york(tapes, utc, bars):
    text = "time,open,high,low,close,volume\n" + rows("1606694400", "1606780800", "1606867200")
    found = bars(tapes.updates(text))
    assert [bar.start for bar in found] == [
        utc(f"{day} 14:30") for day in ("2020-11-30", "2020-12-01", "2020-12-02")
    ]


@pytest.mark.parametrize(
    ("times", "timeframe"),
    [
        (["2021-07-01 09:30:00", "2021-07-01 09:30:01", "2021-07-01 09:30:02", "2021-07-01 09:30:09"], "1s"),
        (["2021-07-01 09:30", "2021-07-01 09:35", "2021-07-01 09:40", "2021-07-02 09:30"], "5m"),
        (["2021-07-01 09:30", "2021-07-01 09:45", "2021-07-01 10:00"], "15m"),
        (["2021-07-01 09:30", "2021-07-01 10:00", "2021-07-01 11:00", "2021-07-01 12:00"], "1h"),
        (["2021-07-01 00:00", "2021-07-02 00:00"], "1d"),
        (["2021-07-01", "2021-07-06"][:1], "1d"),
    ],
)
def test_the_timeframe_is_the_most_common_spacing(tapes, times, timeframe):
    feed = tapes.csv("time,open,high,low,close,volume\n" + rows(*times))
    assert feed.timeframe("SPY") == timeframe


@pytest.mark.parametrize(
    ("times", "says"),
    [
        (["2021-07-01 09:30"], "bar length cannot be told"),
        (["2021-07-01 09:30", "2021-07-01 09:30"], "bar length cannot be told"),
        (["2021-07-01 09:30", "2021-07-01 09:31", "2021-07-01 09:33"], "no regular spacing"),
        ([f"2021-07-01 09:{m}" for m in (30, 31, 32, 34, 37, 41, 46, 52)], "no regular spacing"),
        (["2021-07-01 09:30:00", "2021-07-01 09:30:00.5"], "no timeframe"),
        (["2021-07-01 00:00", "2021-07-08 00:00"], "no timeframe"),
        (["2021-07-01", "2021-07-08", "2021-07-15"], "7 days apart"),
    ],
)
def test_an_unclear_spacing_is_refused_and_names_the_column(tapes, times, says):
    with pytest.raises(BadData, match=says) as caught:
        tapes.csv("Time,open,high,low,close,volume\n" + rows(*times))
    assert "column 'time'" in str(caught.value)


def test_bars_are_clipped_to_the_session(tapes, utc, bars):
    text = "time,open,high,low,close,volume\n" + rows(*(f"2021-07-01 {h:02d}:00" for h in range(8, 18)))
    spans = [(bar.start, bar.ts) for bar in bars(tapes.updates(text))]
    assert spans[0] == (utc("2021-07-01 12:00"), utc("2021-07-01 13:00"))  # before the open: left alone
    assert spans[1] == (utc("2021-07-01 13:30"), utc("2021-07-01 14:00"))
    assert spans[7] == (utc("2021-07-01 19:00"), utc("2021-07-01 20:00"))
    assert spans[8] == (utc("2021-07-01 20:00"), utc("2021-07-01 21:00"))
    text = "time,open,high,low,close,volume\n" + rows(*(f"2021-07-01 {h:02d}:30" for h in range(9, 16)))
    spans = [(bar.start, bar.ts) for bar in bars(tapes.updates(text))]
    assert spans[-1] == (utc("2021-07-01 19:30"), utc("2021-07-01 20:00"))


def test_a_bar_longer_than_the_session_on_both_sides_is_clipped_on_both(tapes, utc, bars):
    times = [
        "2020-11-24 09:15",
        "2020-11-24 13:15",
        "2020-11-25 09:15",
        "2020-11-25 13:15",
        "2020-11-27 09:15",
    ]
    last = bars(tapes.updates("time,open,high,low,close,volume\n" + rows(*times)))[-1]
    assert (last.start, last.ts) == (utc("2020-11-27 14:30"), utc("2020-11-27 18:00"))


def test_tick_volume_stands_in_where_volume_is_zero_throughout(tapes, bars):
    header = "time,open,high,low,close,Tickvol,Volume\n"
    zero = [f"2021-07-01 09:3{i},{PRICES},{i + 1},0\n" for i in range(3)]
    assert [bar.volume for bar in bars(tapes.updates(header + "".join(zero)))] == [1, 2, 3]
    mixed = [*zero, f"2021-07-01 09:33,{PRICES},4,77\n"]
    assert [bar.volume for bar in bars(tapes.updates(header + "".join(mixed)))] == [0, 0, 0, 77]


def test_trades_are_ticks(tapes, utc):
    text = "time,price,size\n2021-07-01 09:30:00.123,100.01,3\n2021-07-01 09:30:00.123,100.02,4\n"
    feed = tapes.csv(text)
    first, second = feed.updates()
    assert feed.timeframe("SPY") == "tick"
    assert (first.kind, first.ts, first.close, first.volume) == (
        UpdateKind.TICK,
        utc("2021-07-01 13:30") + 123_000_000,
        100_010_000_000,
        3,
    )
    assert (second.index, second.ts, second.close) == (2, first.ts, 100_020_000_000)
    assert feed.last_index == 2


def test_the_price_step_comes_from_the_decimals(tapes):
    header = "time,open,high,low,close,volume\n"
    for prices, hint in (("1,2,1,1.50000", 10_000), (PRICES, NANOS), ("1.5,2,1,1.25", NANOS // 100)):
        text = header + rows("2021-07-01 09:30", "2021-07-01 09:31", prices=prices)
        assert tapes.csv(text, "EURUSD").tick_hint("EURUSD") == hint


def test_a_gzipped_file_is_the_same_tape_of_other_bytes(tapes):
    plain, packed = tapes.csv(MINUTES), tapes.csv(MINUTES, name="tape.csv.gz")
    assert list(plain.updates()) == list(packed.updates())
    assert plain.tape != packed.tape


def test_the_tape_is_named_by_its_bytes_and_by_what_changes_its_updates(tapes):
    first = tapes.csv(MINUTES)
    assert first.tape == tapes.csv(MINUTES, name="renamed.csv").tape
    others = [
        tapes.csv(MINUTES.replace("11,5", "11,6")),
        tapes.csv(MINUTES, "QQQ"),
        tapes.csv(MINUTES, timezone="UTC"),
        tapes.csv(MINUTES, calendar="24h"),
    ]
    assert len({first.tape, *(other.tape for other in others)}) == 5
    assert len(first.tape) == 64


def test_a_file_is_not_paced_and_not_polled(tapes):
    feed = tapes.csv(MINUTES)
    assert (feed.paced, feed.poll_interval, feed.name, feed.last_index) == (False, 0.0, "replay tape.csv", 6)
    with pytest.raises(KeyError):
        feed.timeframe("QQQ")


@pytest.mark.parametrize("source", ["replay:", "replay", "csv:x", "", "SIM"])
def test_an_unknown_source_is_a_config_error(source):
    with pytest.raises(BadConfig, match=r"data\.source"):
        open_feed(Config(data=DataConfig(source=source)))


def test_a_file_of_closes_alone_gives_bars_without_a_range(tapes, bars):
    found = bars(tapes.updates("date,close\n2014-01-03,13.76\n2014-01-06,13.55\n", "VIX"))
    assert [(bar.open, bar.high, bar.low, bar.close) for bar in found] == [
        (13_760_000_000,) * 4,
        (13_550_000_000,) * 4,
    ]
