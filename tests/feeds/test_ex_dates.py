"""The splits and dividends that a factor file tells: ratios, amounts, dates, and those of a real fund."""

from datetime import UTC, date, datetime
from fractions import Fraction
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradingfloor.actors.config import Config, DataConfig
from tradingfloor.actors.domain.corporate_actions import Dividend, Split
from tradingfloor.actors.errors import BadData
from tradingfloor.actors.market_data.feeds import open_feed
from tradingfloor.actors.market_data.feeds.ex_dates import ex_dates
from tradingfloor.actors.market_data.feeds.factors import FactorRow
from tradingfloor.actors.market_data.feeds.quoted import QuotedFeed
from tradingfloor.actors.types import NANOS

DAYS = "20140606 00:00,6500000,6504900,6452200,6455700,701\n20140609 00:00,926900,938800,921200,937000,5000\n"


def rows(*told):
    return [FactorRow(at, *each) for at, each in enumerate(told, 1)]


def opened(path, symbol="AAPL", **data):
    return open_feed(Config(symbols=(symbol,), data=DataConfig(source=f"replay:{path}", **data)))


@pytest.fixture
def share(tapes):
    """Seven for one on 9 June 2014, 0.47 of new units two months later."""
    text = "20140606,0.9950380,0.1428571,645.57\n20140806,0.9950380,1,94.72\n20501231,1,1,0\n"
    tapes.text("equity/usa/factor_files/aapl.csv", text)
    return tapes.zip("equity/usa/daily/aapl.zip", "aapl.csv", DAYS)


def new_york(year, month, day):
    return round(datetime(year, month, day, tzinfo=ZoneInfo("America/New_York")).timestamp()) * NANOS


def test_an_action_holds_from_the_first_instant_after_its_rows_date_in_the_markets_zone(share):
    assert opened(share).corporate_actions("AAPL") == (
        Split(new_york(2014, 6, 7), 7, 1),
        Dividend(new_york(2014, 8, 7), 470_000_000),
    )


def test_prices_adjusted_for_splits_are_paid_dividends_of_that_size_and_total_ones_none(share):
    assert opened(share, adjust="splits").corporate_actions("AAPL") == (
        Dividend(new_york(2014, 8, 7), 470_000_000),
    )
    assert opened(share, adjust="total").corporate_actions("AAPL") == ()
    early = rows(("0.99", "0.5", "100"), ("1", "0.5", "98"), ("1", "1", ""))
    assert ex_dates(early, "raw") == (Dividend(1, NANOS), Split(2, 2, 1))
    assert ex_dates(early, "splits") == (Dividend(1, NANOS // 2),)


def test_what_is_booked_is_part_of_the_tapes_identity_and_a_file_without_actions_is_not(share, tapes):
    booked = opened(share).tape
    tapes.text("equity/usa/factor_files/aapl.csv", "20140606,1,1,645.57\n20501231,1,1,0\n")
    plain = opened(share)
    assert plain.corporate_actions("AAPL") == ()
    (tapes.folder / "equity/usa/factor_files/aapl.csv").unlink()
    assert opened(share).tape == plain.tape != booked
    assert plain.name == "replay aapl.zip"


def test_a_folder_that_was_named_must_have_the_file_whatever_the_prices_are(share, tmp_path):
    with pytest.raises(BadData, match=r"no factor file aapl\.csv in .*, or leave it out"):
        opened(share, factor_files=str(tmp_path / "nowhere"))


@pytest.mark.parametrize(
    ("before", "after", "ratio"),
    [
        ("0.1428571", "1", (7, 1)),
        ("0.0357143", "0.25", (7, 1)),
        ("0.3333333", "1", (3, 1)),
        ("0.6666667", "1", (3, 2)),
        ("8", "1", (1, 8)),
        ("0.05", "1", (20, 1)),
        ("0.9523810", "1", (21, 20)),
        ("1.5", "1", (2, 3)),
    ],
)
def test_a_split_is_the_simplest_ratio_that_the_rounding_allows(before, after, ratio):
    told = rows(("1", before, "10"), ("1", after, "10"), ("1", "1", "10"))
    assert ex_dates(told, "raw")[0] == Split(1, *ratio)


@given(st.integers(1, 50), st.integers(1, 50), st.sampled_from([1, 2, 4, 28]))
def test_the_ratio_comes_back_from_seven_digits(numerator, denominator, later):
    ratio = Fraction(numerator, denominator)
    before, after = (f"{float(factor):.7f}" for factor in (1 / (ratio * later), Fraction(1, later)))
    found = [each for each in ex_dates(rows(("1", before, "10"), ("1", after, "10")), "raw") if each.ts == 1]
    assert found == ([] if ratio == 1 else [Split(1, ratio.numerator, ratio.denominator)])


@given(st.integers(1, 500), st.integers(1_000, 60_000), st.floats(0.5, 1))
def test_a_dividend_in_cents_comes_back_from_seven_digits(cents, close, later):
    kept = 1 - Fraction(cents, close)
    factors = (f"{float(kept) * later:.7f}", f"{later:.7f}")
    told = rows(*((factor, "1", f"{close / 100}") for factor in factors))
    found = [each for each in ex_dates(told, "raw") if each.ts == 1]
    (paid,) = found or [Dividend(1, 0)]
    # Seven digits of a factor of half are worth 1e-7 of the close, twice.
    assert abs(paid.amount - cents * NANOS // 100) <= 4 * close * NANOS // 100 // 10**7


def test_a_dividend_that_seven_digits_do_not_tell_is_its_shortest_reading():
    told = rows(("0.9925053", "1", "372.24"), ("0.9967360", "1", "391.48"))
    assert [each.amount for each in ex_dates(told, "raw")] == [1_580_000_000, 1_277_800_000]


def test_a_dividend_without_a_reference_price_is_refused_with_a_way_out():
    with pytest.raises(BadData, match="without a reference price"):
        ex_dates(rows(("0.99", "1", ""), ("1", "1", "10")), "raw")


def test_a_split_alone_needs_no_reference_price():
    told = rows(("0.99", "0.5", ""), ("0.99", "1", "98"))
    assert ex_dates(told, "raw") == (Split(1, 2, 1), *ex_dates(told[1:], "raw"))


def test_beside_quotes_a_tape_keeps_its_actions_and_quotes_alone_have_none(share):
    told = SimpleNamespace(paths=())
    base = opened(share)
    assert base.corporate_actions("AAPL")
    assert QuotedFeed(("AAPL",), told, base).corporate_actions("AAPL") == base.corporate_actions("AAPL")
    assert QuotedFeed(("AAPL",), told, None).corporate_actions("AAPL") == ()


def test_a_factor_that_falls_with_time_pays_nothing():
    told = rows(("1", "1", ""), ("0.9", "1", "10"), ("1", "1", ""))
    assert ex_dates(told, "raw") == (Dividend(2, NANOS),)


# Distributions per share as the trust published them, by ex-date.
PUBLISHED = {
    date(2018, 12, 21): 1.435,
    date(2019, 3, 15): 1.233,
    date(2019, 6, 21): 1.432,
    date(2019, 9, 20): 1.384,
    date(2019, 12, 20): 1.570,
    date(2020, 3, 20): 1.406,
    date(2020, 6, 19): 1.366,
    date(2020, 9, 18): 1.339,
    date(2020, 12, 18): 1.580,
}


def test_the_dividends_of_a_real_fund_are_the_published_ones(data_folder):
    feed = opened(data_folder / "lean" / "equity" / "usa" / "daily" / "spy.zip", "SPY")
    actions = feed.corporate_actions("SPY")
    assert all(isinstance(each, Dividend) for each in actions)
    paid = {datetime.fromtimestamp(each.ts // NANOS, UTC).date(): each.amount / NANOS for each in actions}
    assert {day: round(paid[day], 3) for day in PUBLISHED} == PUBLISHED
    assert len(actions) >= 90
