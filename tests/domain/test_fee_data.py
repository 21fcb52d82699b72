"""The schedules that come with the floor, against the examples that the brokers print."""

from datetime import date
from itertools import pairwise

import pytest
from fee_orders import CONTRACT, charged, dollars, execution

from tradingfloor.actors.config import FeeLine, FeeRate
from tradingfloor.actors.domain.fee_checks import schedule_faults
from tradingfloor.actors.domain.fee_data import SCHEDULES

TIERED, FIXED, TASTY = (SCHEDULES[name] for name in ("ibkr_tiered", "per_share", "tastytrade"))

OPTION_EXAMPLES = [
    # interactivebrokers.com, options, tiered: contracts of the month, contracts, premium, commission.
    (0, 1, "2", "1.00"),
    (0, 2, "5", "1.30"),
    (0, 3, "0.075", "1.50"),
    (0, 5, "0.03", "1.25"),
    (10_000, 1, "2", "1.00"),
    (10_000, 2, "5", "1.00"),
    (10_000, 3, "0.075", "1.50"),
    (10_000, 5, "0.03", "1.25"),
    (50_000, 1, "2", "1.00"),
    (50_000, 2, "5", "1.00"),
    (50_000, 5, "2", "1.25"),
    (100_000, 1, "2", "1.00"),
    (100_000, 5, "5", "1.00"),
    (100_000, 7, "2", "1.05"),
]


@pytest.mark.parametrize(("volume", "contracts", "premium", "commission"), OPTION_EXAMPLES)
def test_ibkr_charges_the_printed_commission_on_options(volume, contracts, premium, commission):
    bought = execution(contracts, premium, multiplier=CONTRACT)
    owed = charged(TIERED, "option", "SPY", bought, volume=volume)
    assert owed["commission_options"] == dollars(commission)


def test_ibkr_charged_five_cents_more_an_option_before_the_price_fell():
    bought = execution(2, "5", "2017-03-01", multiplier=CONTRACT)
    assert charged(TIERED, "option", "SPY", bought)["commission_options"] == dollars("1.40")


@pytest.mark.parametrize(
    ("schedule", "shares", "price", "commission"),
    [
        (FIXED, 100, "25", "1.00"),
        (FIXED, 1_000, "25", "5.00"),
        (FIXED, 1_000, "0.25", "2.50"),
        (TIERED, 1_000, "25", "3.50"),
        (TIERED, 50, "100.55", "0.35"),
        (TIERED, 10, "0.20", "0.02"),
    ],
)
def test_ibkr_charges_the_printed_commission_on_shares(schedule, shares, price, commission):
    owed = charged(schedule, "equity", "SPY", execution(shares, price))
    assert owed["commission"] == dollars(commission)


def cents(owed):
    """Each line to the cent, as a comparison of prices prints it."""
    return {name: round(nanos / 1e9, 2) for name, nanos in owed.items() if nanos}


def test_ibkr_tiered_sells_thirty_million_shares_for_the_printed_fees():
    # The comparison of fixed and tiered prices: 1,050 + 5,400 + 25,500 + 10,000 of commission.
    owed = charged(TIERED, "equity", "X", execution(30_000_000, "5", "2023-06-01", "sell", closes=30_000_000))
    assert cents(owed) == {
        "commission": 41_950.0,
        "exchange": 90_000.0,
        "clearing": 6_000.0,
        "nyse_pass_through": 7.34,
        "finra_pass_through": 23.49,
        "sec": 1_200.0,
        "taf": 7.27,
    }
    assert round(sum(owed.values()) / 1e9, 1) == 139_188.1


def test_ibkr_tiered_and_fixed_sell_two_hundred_thousand_shares_for_the_printed_totals():
    sold = execution(200_000, "5", "2023-06-01", "sell", closes=200_000)
    totals = [sum(charged(schedule, "equity", "X", sold).values()) for schedule in (TIERED, FIXED)]
    assert [round(total / 1e9, 2) for total in totals] == [1_355.78, 1_015.27]


def test_a_resting_limit_pays_no_exchange_fee_for_taking_liquidity():
    assert charged(TIERED, "equity", "X", execution(100, "5", takes=False))["exchange"] == 0


def test_tastytrade_charges_the_printed_fees_of_a_round_trip_in_shares():
    # Support article 43000435233, when the SEC rate was 13.00 per million; the 5.00 to open are gone.
    bought = charged(TASTY, "equity", "X", execution(1_000, "55", "2018-09-03"))
    sold = charged(TASTY, "equity", "X", execution(1_000, "55", "2018-09-03", "sell", closes=1_000))
    assert cents(bought) == {"clearing": 0.8}
    assert cents(sold) == {"clearing": 0.8, "taf": 0.12, "sec": 0.72}
    opening = {**TASTY, "commission": FeeLine(effect="open", rates=(FeeRate(),), minimum=5.0)}
    orders = (
        execution(1_000, "55", "2018-09-03"),
        execution(1_000, "55", "2018-09-03", "sell", closes=1_000),
    )
    total = sum(sum(charged(opening, "equity", "X", one).values()) for one in orders)
    assert total == dollars("7.44")


def test_tastytrade_charges_the_printed_fees_of_a_round_trip_in_options():
    bought = charged(TASTY, "option", "X", execution(3, "5", "2018-09-03", multiplier=CONTRACT))
    sold = charged(
        TASTY, "option", "X", execution(3, "5", "2018-09-03", "sell", closes=3, multiplier=CONTRACT)
    )
    assert cents(bought) == {"commission_options": 3.0, "clearing_options": 0.3, "orf": 0.12}
    assert cents(sold) == {"clearing_options": 0.3, "taf_options": 0.01, "sec": 0.02, "orf": 0.12}


def test_tastytrade_caps_a_leg_of_equity_options_and_no_leg_of_index_options():
    twenty = execution(20, "5", multiplier=CONTRACT)
    assert charged(TASTY, "option", "SPY", twenty)["commission_options"] == dollars("10")
    index = charged(TASTY, "index_option", "SPX", twenty)
    assert index["commission_index_options"] == dollars("20")
    assert index["exchange_spx"] == dollars("13")


def test_options_on_an_index_pay_neither_sec_fee_nor_trading_activity_fee():
    sold = execution(5, "10", "2024-07-01", "sell", closes=5, multiplier=CONTRACT)
    for lines in SCHEDULES.values():
        assert not {"sec", "taf_options"} & charged(lines, "index_option", "SPX", sold).keys()
        assert charged(lines, "option", "SPY", sold)["sec"] >= dollars("0.139")
        assert charged(lines, "option", "SPY", sold)["taf_options"] >= dollars("0.01395")


def test_clearing_has_a_cap_per_trade_until_it_was_removed():
    trade = {
        on: execution(4_000, "1", on, multiplier=CONTRACT)
        for on in ("2020-01-02", "2024-07-01", "2025-03-03")
    }
    owed = [charged(FIXED, "option", "SPY", one)["clearing_options"] for one in trade.values()]
    assert owed == [dollars("55"), dollars("55"), dollars("100")]


@pytest.mark.parametrize(
    ("on", "fee"),
    [
        ("1999-01-04", "22.10"),
        ("2014-03-17", "22.10"),
        ("2019-04-15", "13.00"),
        ("2019-04-16", "20.70"),
        ("2021-02-24", "22.10"),
        ("2021-02-25", "5.10"),
        ("2024-05-21", "8.00"),
        ("2024-05-22", "27.80"),
        ("2025-05-13", "27.80"),
        ("2025-05-14", "0"),
        ("2026-04-03", "0"),
        ("2026-04-06", "20.60"),
        ("2030-01-02", "20.60"),
    ],
)
def test_the_sec_fee_is_that_of_the_trade_date_and_the_first_known_one_before_it(on, fee):
    sold = execution(10_000, "100", on, "sell", closes=10_000)
    assert charged(FIXED, "equity", "SPY", sold)["sec"] == dollars(fee)


@pytest.mark.parametrize(
    ("on", "shares", "contracts"),
    [
        ("2025-12-31", "8.30", "0.0279"),
        ("2026-01-02", "9.79", "0.0329"),
        ("2026-09-30", "9.79", "0.0329"),
        ("2026-10-01", "0", "0"),
        ("2026-12-31", "0", "0"),
        ("2027-01-04", "9.79", "0.0329"),
    ],
)
def test_finra_charges_nothing_for_the_sales_of_the_last_quarter_of_2026(on, shares, contracts):
    sold = execution(1_000_000, "5", on, "sell", closes=1_000_000)
    assert charged(FIXED, "equity", "X", sold)["taf"] == dollars(shares)
    sold = execution(10, "5", on, "sell", closes=10, multiplier=CONTRACT)
    assert charged(FIXED, "option", "X", sold)["taf_options"] == dollars(contracts)


def test_no_shipped_schedule_charges_a_currency():
    for lines in SCHEDULES.values():
        assert charged(lines, "currency", "EURUSD", execution(1_000, "1.1")) == {}


def test_every_shipped_schedule_passes_the_checks_of_ones_own_schedules():
    own = {f"my_{name}": lines for name, lines in SCHEDULES.items()}
    assert list(schedule_faults("flat", own)) == []


def test_the_dates_of_every_line_ascend_and_lie_in_this_century():
    for lines in SCHEDULES.values():
        for line in lines.values():
            dates = [row.since for row in line.rates]
            assert all(a <= b for a, b in pairwise(dates))
            assert all(not since or date(2000, 1, 1) < date.fromisoformat(since) for since in dates)
