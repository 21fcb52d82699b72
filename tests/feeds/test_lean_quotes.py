"""Lean quote files: what names and rows say, how they are woven with a tape, and what is refused."""

import io
import zipfile
from itertools import accumulate

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tradingfloor.actors.config import Config, DataConfig
from tradingfloor.actors.domain.quotes import OptionTrade, Quote
from tradingfloor.actors.errors import BadData
from tradingfloor.actors.market_data.feeds import open_feed
from tradingfloor.actors.messages import ChainUpdate, MarketUpdate, RefusedUpdate
from tradingfloor.actors.types import NANOS, Refusal, UpdateKind

CALL = "20151224_goog_minute_quote_american_call_7500000_20160115.csv"
PUT = "20151224_goog_minute_quote_american_put_7525000_20160115.csv"
CALL_SYMBOL, PUT_SYMBOL = "GOOG  160115C00750000", "GOOG  160115P00752500"
TRADED = "20151224_goog_minute_trade_american_call_7500000_20160115.csv"
QUOTES = "option/usa/minute/goog/20151224_quote_american.zip"
TRADES = "option/usa/minute/goog/20151224_trade_american.zip"
TWO_SIDED = "34200000,50000,51000,49000,50500,7,52000,53000,51000,51500,9\n"
NO_BID = "34260000,,,,,0,52000,53000,51000,51500,9\n"
NO_ASK = "34200000,50000,51000,49000,50500,7,,,,,0\n"


def write(tapes, name, **members):
    path = tapes.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, text in members.items():
            archive.writestr(member, text)
    return path


def opened(source, *quotes, symbol="GOOG"):
    data = DataConfig(source=f"replay:{source}", quotes=tuple(map(str, quotes)))
    return open_feed(Config(symbols=(symbol,), data=data))


def test_quotes_become_known_together_at_the_end_of_their_minute(tapes, utc):
    path = write(tapes, QUOTES, **{CALL: TWO_SIDED + NO_BID, PUT: NO_ASK})
    feed = opened(path)
    first, second = utc("2015-12-24 14:31"), utc("2015-12-24 14:32")
    assert list(feed.updates()) == [
        ChainUpdate(
            2,
            "GOOG",
            first,
            (
                Quote(CALL_SYMBOL, first, 5_050_000_000, 7, 5_150_000_000, 9),
                Quote(PUT_SYMBOL, first, 5_050_000_000, 7, 0, 0),
            ),
        ),
        ChainUpdate(3, "GOOG", second, (Quote(CALL_SYMBOL, second, 0, 0, 5_150_000_000, 9),)),
    ]
    assert (feed.timeframe("GOOG"), feed.last_index, feed.history("GOOG")) == ("1m", 3, ())


def test_a_directory_gives_the_quotes_and_the_trades_of_a_day_and_leaves_the_rest(tapes, utc):
    write(tapes, QUOTES, **{CALL: TWO_SIDED})
    write(tapes, "option/usa/minute/goog/20151224_openinterest_american.zip", whatever="1")
    folder = write(tapes, TRADES, **{TRADED: "34200000,50100,50900,50000,50800,12\n"}).parent
    (update,) = opened(folder).updates()
    assert update.trades == (OptionTrade(CALL_SYMBOL, utc("2015-12-24 14:31"), 5_080_000_000, 12),)
    assert (update.index, len(update.quotes)) == (2, 1)


def test_the_weekly_and_the_monthly_options_of_an_index_are_one_underlying_in_new_york_time(tapes, utc):
    rows = "34200000,1000,1000,1000,1000,1,2000,2000,2000,2000,1\n"
    weekly = write(
        tapes,
        "indexoption/usa/minute/spxw/20230626_quote_european.zip",
        **{"20230626_spxw_minute_quote_european_put_44450000_20230630.csv": rows},
    )
    monthly = write(
        tapes,
        "indexoption/usa/minute/spx/20230626_quote_european.zip",
        **{"20230626_spx_minute_quote_european_call_44450000_20230721.csv": rows},
    )
    index = tapes.zip(
        "index/usa/minute/spx/20230626_trade.zip",
        "20230626_spx_minute_trade.csv",
        "30600000,4343.63,4345.73,4342.58,4345.01,0\n30660000,4345,4345,4345,4345,0\n",
    )
    feed = opened(index, weekly, monthly, symbol="SPX")
    updates = list(feed.updates())
    assert [(u.index, getattr(u, "kind", "quotes")) for u in updates] == [
        (1, UpdateKind.OPEN),
        (2, UpdateKind.BAR),
        (4, "quotes"),
        (5, UpdateKind.OPEN),
        (6, UpdateKind.BAR),
    ]
    known = updates[2]
    assert known.ts == updates[1].ts == utc("2023-06-26 13:31")
    assert {quote.symbol for quote in known.quotes} == {"SPX   230721C04445000", "SPXW  230630P04445000"}
    assert known.quotes[0].bid == NANOS // 10


def test_the_quotes_of_a_share_come_from_the_directory_of_its_trades(tapes, utc):
    rows = "34200000,1676000,1676000,1676000,1676000,20,1676100,1676100,1676100,1676100,30\n"
    trades = tapes.zip(
        "equity/usa/minute/spy/20131004_trade.zip",
        "20131004_spy_minute_trade.csv",
        "34200000,1676500,1676600,1676400,1676450,100\n",
    )
    tapes.zip("equity/usa/minute/spy/20131004_quote.zip", "20131004_spy_minute_quote.csv", rows)
    assert all(isinstance(u, MarketUpdate) for u in opened(trades.parent, symbol="SPY").updates())
    *_, quoted = opened(trades.parent, trades.parent, symbol="SPY").updates()
    ts = utc("2013-10-04 13:31")
    assert quoted == ChainUpdate(3, "SPY", ts, (Quote("SPY", ts, 167_600_000_000, 20, 167_610_000_000, 30),))


def test_a_tape_with_quotes_resumes_after_any_of_its_updates(tapes):
    write(tapes, QUOTES, **{CALL: TWO_SIDED + NO_BID + "x\n", PUT: NO_ASK})
    shares = tapes.zip(
        "equity/usa/minute/goog/20151224_trade.zip",
        "20151224_goog_minute_trade.csv",
        "34200000,7500000,7500000,7500000,7500000,1\n34260000,7500000,7500000,7500000,7500000,1\n",
    )
    feed = opened(shares, tapes.folder / QUOTES)
    whole = list(feed.updates())
    assert feed.last_index == whole[-1].index == 8
    for at, update in enumerate(whole):
        assert list(feed.updates(update.index)) == whole[at + 1 :]
        seen = [u for u in whole[: at + 1] if isinstance(u, ChainUpdate)]
        assert list(feed.quotes(update.index)) == seen


LONG = "goog_quote_american_call_7500000_20160115.csv"
ROW = ",50000,51000,49000,50500,7,52000,53000,51000,51500,9\n"


def test_hours_are_known_at_their_end_or_at_the_close_that_cuts_them(tapes, utc):
    stamps = ("20151223 09:00", "20151223 15:00", "20151224 12:00", "20151224 13:00")
    path = write(
        tapes,
        "option/usa/hour/goog_2015_quote_american.zip",
        **{LONG: "".join(f"{stamp}{ROW}" for stamp in stamps)},
    )
    feed = opened(path)
    assert feed.timeframe("GOOG") == "1h"
    # The last row lies after an early close: its hour is kept whole, for the room to refuse.
    assert [update.ts for update in feed.updates()] == [
        utc("2015-12-23 15:00"),
        utc("2015-12-23 21:00"),
        utc("2015-12-24 18:00"),
        utc("2015-12-24 19:00"),
    ]
    assert next(feed.updates()).quotes[0].symbol == CALL_SYMBOL


def test_days_are_known_at_the_close_and_the_years_follow_each_other(tapes, utc):
    first, second = (
        write(tapes, f"option/usa/daily/goog_{year}_quote_american.zip", **{LONG: text})
        for year, text in (
            (2016, f"20160104 00:00{ROW}"),
            (2015, f"20151224 00:00{ROW}20151225 00:00{ROW}20151231 00:00{ROW}"),
        )
    )
    trade = LONG.replace("quote", "trade")
    write(
        tapes,
        "option/usa/daily/goog_2015_trade_american.zip",
        **{trade: "20151231 00:00,50000,50000,50000,50000,3\n"},
    )
    write(tapes, "option/usa/daily/aapl_2015_quote_american.zip", **{LONG.replace("goog", "aapl"): "x\n"})
    feed = opened(first.parent)
    holiday, *updates = feed.updates()
    assert (feed.timeframe("GOOG"), holiday.reason) == ("1d", Refusal.OUT_OF_SESSION)
    assert [(u.ts, len(u.quotes), len(u.trades)) for u in updates] == [
        (utc("2015-12-24 18:00"), 1, 0),
        (utc("2015-12-31 21:00"), 1, 1),
        (utc("2016-01-04 21:00"), 1, 0),
    ]
    assert opened(second).last_index == 3


def test_files_of_days_and_of_years_are_not_mixed(tapes):
    long = write(tapes, "option/usa/hour/goog_2015_quote_american.zip", **{LONG: f"20151223 10:00{ROW}"})
    with pytest.raises(BadData, match="cannot be played with files of years"):
        opened(write(tapes, QUOTES, **{CALL: TWO_SIDED}), long)


def test_files_of_seconds_and_minutes_keep_their_own_steps(tapes, utc):
    minute = write(tapes, QUOTES, **{CALL: TWO_SIDED})
    second = write(
        tapes,
        "option/usa/second/goog/20151224_quote_american.zip",
        **{CALL.replace("minute", "second"): TWO_SIDED},
    )
    feed = opened(minute, second)
    assert feed.timeframe("GOOG") == "1s"
    assert [u.ts for u in feed.updates()] == [utc("2015-12-24 14:30") + NANOS, utc("2015-12-24 14:31")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("34200000,1,1,1,1,1,2,2,2,2", Refusal.BAD_ROW),
        ("34200000,1,1,1,1,1,2,2,2,2,2,2", Refusal.BAD_ROW),
        ("noon,1,1,1,1,1,2,2,2,2,2", Refusal.BAD_TIME),
        ("86400000,1,1,1,1,1,2,2,2,2,2", Refusal.BAD_TIME),
        ("-1,1,1,1,1,1,2,2,2,2,2", Refusal.BAD_TIME),
        ("34200000,1,1,1,nan,1,2,2,2,2,2", Refusal.NAN),
        ("34200000,1,1,1,x,1,2,2,2,2,2", Refusal.NOT_A_NUMBER),
        ("34200000,1,1,1,1,x,2,2,2,2,2", Refusal.NOT_A_NUMBER),
        ("34200000,1,1,1,1e30,1,2,2,2,2,2", Refusal.OUT_OF_RANGE),
    ],
)
def test_a_row_that_cannot_be_read_is_refused_by_reason_and_the_others_stay(tapes, row, reason):
    path = write(tapes, QUOTES, **{CALL: TWO_SIDED + row + "\n" + NO_BID})
    refused, first, second = opened(path).updates()
    assert isinstance(refused, RefusedUpdate)
    assert (refused.index, refused.symbol, refused.reason, refused.quote) == (1, "GOOG", reason, True)
    assert refused.detail.startswith(CALL_SYMBOL)
    assert (refused.ts, first.index, second.index) == (first.ts, 2, 3)


@pytest.mark.parametrize(
    ("member", "said"),
    [
        ("readme.txt", "is no member of a Lean quote file"),
        ("20151224_goog_minute_trade.csv", "is no member of a Lean quote file"),
        ("20151224_goog_hour_quote_american_call_7500000_20160115.csv", "is no member of a Lean quote file"),
        ("20151224_goog_minute_quote_european_call_7500000_20160115.csv", "which are american"),
        ("20151224_aapl_minute_quote_american_call_7500000_20160115.csv", "holds quotes of AAPL"),
        ("20151324_goog_minute_quote_american_call_7500000_20160115.csv", "month"),
        ("20151224_goog_minute_quote_american_call_7500000_20161515.csv", "month"),
        ("20151224_toolongroot_minute_quote_american_call_7500000_20160115.csv", "root"),
    ],
)
def test_a_file_whose_names_say_something_else_is_refused_in_one_line(tapes, member, said):
    path = write(tapes, QUOTES, **{member: TWO_SIDED})
    with pytest.raises(BadData, match=said) as caught:
        opened(path)
    assert "\n" not in str(caught.value)


def test_a_contract_that_no_occ_symbol_can_name_is_refused_in_one_line(tapes):
    odd = "20151224_goog_minute_quote_american_call_7_20160115.csv"
    path = write(tapes, QUOTES, **{CALL: TWO_SIDED, odd: TWO_SIDED})
    with pytest.raises(BadData, match="strike"):
        list(opened(path).updates())


def test_quotes_need_files_and_a_replayed_tape(tapes):
    with pytest.raises(BadData, match="no such file"):
        opened(tapes.folder / QUOTES)
    shares = tapes.zip("equity/usa/minute/goog/20151224_trade.zip", "20151224_goog_minute_trade.csv", "")
    with pytest.raises(BadData, match="holds no quotes"):
        opened(write(tapes, QUOTES, **{CALL: TWO_SIDED}), shares.parent)


def test_the_bytes_of_the_quotes_are_part_of_what_identifies_the_tape(tapes):
    one = opened(write(tapes, QUOTES, **{CALL: TWO_SIDED})).tape
    assert opened(tapes.folder / QUOTES).tape == one
    assert opened(write(tapes, QUOTES, **{CALL: NO_BID})).tape != one


WHOLE = io.BytesIO()
with zipfile.ZipFile(WHOLE, "w", zipfile.ZIP_DEFLATED) as _archive:
    for _name in (CALL, PUT):
        _archive.writestr(_name, TWO_SIDED + NO_BID + NO_ASK)
FUZZ = settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
HOLES = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8)


def survives(tapes, raw):
    """The number of rows, or None for BadData in one line."""
    path = tapes.folder / QUOTES
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    said = ""
    updates = []
    try:
        updates = list(opened(path).updates())
    except BadData as fault:
        said = str(fault)
    assert "\n" not in said
    if said:
        return None
    counts = [len(getattr(u, "quotes", (u,))) for u in updates]
    assert [u.index for u in updates] == list(accumulate(counts))
    return sum(counts)


def test_the_undamaged_chain_is_read(tapes):
    assert survives(tapes, WHOLE.getvalue()) == 6


@FUZZ
@given(raw=st.binary(max_size=300), share=st.floats(0, 1, exclude_max=True), holes=HOLES)
def test_a_damaged_chain_is_refused_or_read_in_part(tapes, raw, share, holes):
    whole = WHOLE.getvalue()
    assert survives(tapes, raw) is None
    assert survives(tapes, whole[: int(len(whole) * share)]) is None
    damaged = bytearray(whole)
    for where, byte in holes:
        damaged[int(len(damaged) * where)] = byte
    survives(tapes, bytes(damaged))


@FUZZ
@given(text=st.text(max_size=200))
def test_whatever_stands_in_a_member_ends_in_rows_or_in_counted_refusals(tapes, text):
    path = write(tapes, QUOTES, **{CALL: text, PUT: TWO_SIDED})
    updates = list(opened(path).updates())
    lines = sum(bool(line.strip()) for line in text.removeprefix("\ufeff").splitlines())
    read = sum(len(u.quotes) if isinstance(u, ChainUpdate) else 1 for u in updates)
    assert read == lines + 1
