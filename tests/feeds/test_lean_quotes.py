"""Lean quote files: what names and rows say, how they are woven with a tape, and what is refused."""

import zipfile

import pytest

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
        ("readme.txt", "is no Lean quote file"),
        ("20151224_goog_minute_trade.csv", "is no Lean quote file"),
        ("20151224_goog_hour_quote_american_call_7500000_20160115.csv", "is no Lean quote file"),
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
