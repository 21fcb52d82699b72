"""Splits and dividends: which factor holds when, exact scaling, and the splits of a real share."""

from collections import defaultdict
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradingfloor.actors.config import Config, DataConfig, QualityConfig
from tradingfloor.actors.config_checks import check
from tradingfloor.actors.domain.money import scaled
from tradingfloor.actors.errors import BadConfig, BadData
from tradingfloor.actors.market_data.feeds import open_feed
from tradingfloor.actors.messages import RefusedUpdate
from tradingfloor.actors.types import NANOS

DAYS = (
    "20140605 00:00,6460000,6470000,6420000,6470000,700\n"
    "20140606 00:00,6500000,6504900,6452200,6455700,701\n"
    "20140609 00:00,926900,938800,921200,937000,5000\n"
    "20140610 00:00,937000,x,921200,937000,5000\n"
)
ROWS = "20140605,0.9,0.125,647\n20140606,1,0.25,645.57\n"


def opened(path, symbol="AAPL", **data):
    return open_feed(Config(symbols=(symbol,), data=DataConfig(source=f"replay:{path}", **data)))


@pytest.fixture
def days(tapes):
    tapes.text("equity/usa/factor_files/aapl.csv", ROWS)
    return tapes.zip("equity/usa/daily/aapl.zip", "aapl.csv", DAYS)


def figures(bars):
    return [(bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in bars]


def test_a_factor_holds_up_to_and_with_its_date_and_the_last_price_is_as_traded(days, bars):
    # 700 / 0.125, 701 / 0.25
    assert figures(bars(opened(days, adjust="splits").updates())) == [
        (80_750_000_000, 80_875_000_000, 80_250_000_000, 80_875_000_000, 5600),
        (162_500_000_000, 162_622_500_000, 161_305_000_000, 161_392_500_000, 2804),
        (92_690_000_000, 93_880_000_000, 92_120_000_000, 93_700_000_000, 5000),
    ]


def test_in_total_the_dividends_count_too_and_volumes_only_know_splits(days, bars):
    first, second, last = bars(opened(days, adjust="total").updates())
    assert (first.close, first.volume) == (72_787_500_000, 5600)
    assert (second.close, last.close) == (161_392_500_000, 93_700_000_000)


def test_raw_prices_are_the_ones_that_were_traded(days, bars):
    feed = opened(days)
    assert [bar.close for bar in bars(feed.updates())] == [647 * NANOS, 645_570_000_000, 93_700_000_000]
    assert feed.name == "replay aapl.zip"


def test_each_way_is_a_tape_of_its_own_that_the_factors_are_part_of(days, tapes):
    ways = [opened(days, adjust=how) for how in ("raw", "splits", "total")]
    assert len({feed.tape for feed in ways}) == 3
    assert [feed.name for feed in ways[1:]] == [
        "replay aapl.zip, adjusted for splits",
        "replay aapl.zip, adjusted for splits and dividends",
    ]
    tapes.text("equity/usa/factor_files/aapl.csv", ROWS + "20150101,1,1,1\n")
    assert opened(days, adjust="splits").tape not in {feed.tape for feed in ways}
    assert opened(days).tape == ways[0].tape


def test_an_adjusted_tape_resumes_and_keeps_its_refused_rows(days):
    feed = opened(days, adjust="splits")
    whole = list(feed.updates())
    assert isinstance(whole[-1], RefusedUpdate)
    for after in range(len(whole) + 1):
        assert list(feed.updates(after)) == whole[after:]


def test_a_day_begins_at_the_midnight_of_the_market(tapes, bars):
    # Either side of a midnight in New York; all of them on one day in UTC.
    rows = (
        "time,price,size\n2014-06-06T23:59:59-04:00,100,1\n2014-06-07T00:00:00-04:00,100,1\n"
        "2014-06-06T21:00:00-04:00,100,1\n"
    )
    folder = tapes.text("factors/spy.csv", "20140606,1,0.5,1\n").parent
    path = tapes.text("ticks.csv", rows)
    prices = [
        u.close // NANOS for u in opened(path, "SPY", adjust="splits", factor_files=str(folder)).updates()
    ]
    assert prices == [50, 100, 50]


@pytest.mark.parametrize(
    "rows",
    [
        "",
        "a,b,c,d\n",
        "20140605,1\n",
        "20140605,1,0,1\n",
        "20140605,0,1,1\n",
        "20141305,1,1,1\n",
        "20140605,1,nan,1\n",
        "20140605,1,-1,1\n",
        "20140605,1,1e9,1\n",
        "20140606,1,1,1\n20140605,1,1,1\n",
    ],
)
def test_a_file_that_is_none_of_factors_is_refused_in_one_line(days, tapes, rows):
    tapes.text("equity/usa/factor_files/aapl.csv", rows)
    with pytest.raises(BadData, match="factor") as caught:
        opened(days, adjust="splits")
    assert "\n" not in str(caught.value)


def test_a_missing_factor_file_is_told_with_what_to_do(tapes):
    path = tapes.zip("equity/usa/daily/aapl.zip", "aapl.csv", DAYS)
    with pytest.raises(BadData, match=r"set data\.factor_files to its folder, or data\.adjust to raw"):
        opened(path, adjust="total")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"adjust": "both"}, "raw, splits or total"),
        ({"adjust": "splits"}, "only a replayed tape"),
        ({"adjust": "splits", "source": "replay:x", "quotes": ("y",)}, "without quotes"),
        ({"adjust": "total", "source": "replay:x", "quality": QualityConfig(on_tick=True)}, "on_tick"),
    ],
)
def test_what_cannot_be_adjusted_is_refused_in_the_config(data, said):
    with pytest.raises(BadConfig, match=said):
        check(Config(data=DataConfig(**data)))


@given(st.integers(0, 10**17), st.decimals(Decimal("0.0000001"), Decimal(1000), allow_nan=False, places=7))
def test_scaling_is_exact_and_rounds_half_to_even(value, factor):
    expected = (Decimal(value) * factor).quantize(Decimal(1), ROUND_HALF_EVEN)
    assert scaled(value, Fraction(factor)) == int(expected)


@given(st.lists(st.integers(1, 10**12), min_size=2, max_size=2), st.fractions(Fraction(1, 500), 500))
def test_scaling_keeps_the_order_of_prices(pair, factor):
    low, high = sorted(pair)
    assert scaled(low, factor) <= scaled(high, factor)


# --- real files --------------------------------------------------------------------------------------

SPLITS = {"2000-06-21": 2, "2005-02-28": 2, "2014-06-09": 7, "2020-08-31": 4}
FACTORS = """20000620,1,0.00892857,101
20050225,1,0.0178571,89
20140606,1,0.0357143,645.57
20200828,1,0.25,499.23
20501231,1,1,0
"""
CRASH = "2000-09-29"
"""A fall by half overnight that was no split."""


def by_day(bars):
    days = defaultdict(list)
    for bar in bars:
        moment = datetime.fromtimestamp(bar.start // NANOS, UTC).astimezone(ZoneInfo("America/New_York"))
        days[moment.date().isoformat()].append(bar)
    return days


def halved(days):
    """The days that opened below 55 % of the close before."""
    names = sorted(days)
    return {
        today: days[eve][-1].close / days[today][0].open
        for eve, today in pairwise(names)
        if days[today][0].open < 0.55 * days[eve][-1].close
    }


def test_the_splits_of_a_real_share_vanish_and_nothing_else_changes(data_folder, tapes, bars):
    path = data_folder / "lean/equity/usa/hour/aapl.zip"
    folder = tapes.text("factors/aapl.csv", FACTORS).parent
    raw = bars(opened(path).updates())
    made = bars(opened(path, adjust="splits", factor_files=str(folder)).updates())
    assert [(bar.index, bar.start, bar.ts) for bar in made] == [(bar.index, bar.start, bar.ts) for bar in raw]
    before, after = by_day(raw), by_day(made)
    found = halved(before)
    assert found.keys() == {*SPLITS, CRASH}
    assert {day: round(found[day]) for day in SPLITS} == SPLITS
    assert halved(after).keys() == {CRASH}
    eve = after["2014-06-06"][-1]
    # 645.57 x 0.0357143, and 2,719,565 / 0.0357143, half to even.
    assert eve.close == int((Decimal(645_570_000_000) * Decimal("0.0357143")).quantize(1, ROUND_HALF_EVEN))
    assert eve.volume == round(Fraction(2_719_565) / Fraction("0.0357143"))
    assert after["2020-08-31"] == before["2020-08-31"]


def test_the_factor_file_of_a_fund_adjusts_its_daily_file_for_dividends(data_folder, bars):
    path = data_folder / "lean/equity/usa/daily/spy.zip"
    raw, total = (by_day(bars(opened(path, "SPY", adjust=how).updates())) for how in ("raw", "total"))
    for day, factor in (
        ("1998-01-02", "0.6566606"),
        ("1998-03-19", "0.6566606"),
        ("1998-03-20", "0.6585481"),
        ("2021-03-18", "0.9967360"),
        ("2021-03-19", "1"),
        ("2021-03-31", "1"),
    ):
        (before,), (after,) = raw[day], total[day]
        assert after.close == int((Decimal(before.close) * Decimal(factor)).quantize(1, ROUND_HALF_EVEN))
        assert after.volume == before.volume
