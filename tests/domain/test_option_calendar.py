"""Expiries, instants, strikes and ticks of SPX, SPXW and XSP against listed ones."""

import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradingfloor.actors.domain.contracts import OF_INDEX
from tradingfloor.actors.domain.option_calendar import (
    MARKET,
    ROOTS,
    Settlement,
    end_of_month,
    expiries,
    expiry,
    roots,
    strikes,
    third_friday,
    tick,
    weekly,
)
from tradingfloor.actors.errors import NotFound
from tradingfloor.actors.types import NANOS

NEW_YORK = ZoneInfo("America/New_York")


def day(text):
    return date.fromisoformat(text).toordinal()


def local(instant):
    return datetime.fromtimestamp(instant / NANOS, UTC).astimezone(NEW_YORK).strftime("%Y-%m-%d %H:%M")


def listed(today, root=None):
    return [
        date.fromordinal(e.date).isoformat() for e in expiries("SPX", day(today)) if root in (None, e.root)
    ]


# --- dates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "month", "expected"),
    [
        (2021, 1, "2021-01-15"),
        (2024, 1, "2024-01-19"),
        (2024, 3, "2024-03-15"),
        # Good Friday is the third Friday.
        (2019, 4, "2019-04-18"),
        (2022, 4, "2022-04-14"),
        (2025, 4, "2025-04-17"),
        # Juneteenth is the third Friday.
        (2026, 6, "2026-06-18"),
    ],
)
def test_a_month_expires_on_its_third_friday_or_the_business_day_before(year, month, expected):
    assert date.fromordinal(third_friday(year, month)).isoformat() == expected


@pytest.mark.parametrize(
    ("ordinary", "expected"),
    [
        ("2016-09-05", "2016-09-06"),  # Labor Day: the exchange announced Tuesday 6 September
        ("2024-01-15", "2024-01-16"),
        ("2021-04-02", "2021-04-01"),
        ("2024-12-25", "2024-12-24"),
        ("2024-11-28", "2024-11-27"),
        ("2024-01-10", "2024-01-10"),
    ],
)
def test_a_holiday_moves_a_monday_forward_and_other_weekdays_back(ordinary, expected):
    assert weekly(day(ordinary)) == day(expected)


def test_the_end_of_a_month_is_its_last_business_day():
    assert end_of_month(2024, 3) == day("2024-03-28")  # Good Friday on the 29th
    assert end_of_month(2023, 12) == day("2023-12-29")


def test_in_2024_there_is_an_expiry_on_every_business_day_of_the_next_four_weeks():
    days = set(listed("2024-01-02", "SPXW"))
    ahead = [s.ordinal for s in MARKET.sessions(day("2024-01-02"), day("2024-01-30"))]
    assert {date.fromordinal(o).isoformat() for o in ahead} <= days
    assert "2024-01-01" not in days


def test_the_expiries_named_by_the_exchange_in_august_2016_are_listed_and_no_tuesdays_but_after_a_holiday():
    # Those of its list of 17 August 2016 that the six-week rule of later years reaches on the 22nd.
    weeklies = listed("2016-08-22", "SPXW")
    named = [
        "08-22",
        "08-24",
        "08-26",
        "08-29",
        "08-31",
        "09-02",
        "09-06",
        "09-07",
        "09-09",
        "09-14",
        "09-23",
        "09-30",
    ]
    assert {f"2016-{each}" for each in named} <= set(weeklies)
    assert {"2016-08-23", "2016-08-25", "2016-08-30", "2016-09-01", "2016-09-05"}.isdisjoint(weeklies)
    assert "2016-09-16" in listed("2016-08-22", "SPX")


@pytest.mark.parametrize(
    ("today", "weekday"), [("2016-08-12", 0), ("2022-04-15", 1), ("2016-02-22", 2), ("2022-05-10", 3)]
)
def test_a_weekday_has_expiries_from_the_day_it_was_launched(today, weekday):
    def has(ordinal):
        near = [e.date for e in expiries("SPX", ordinal) if e.root == "SPXW" and not e.monthly][:8]
        return any((each - 1) % 7 == weekday for each in near if each not in ends)

    ends = {end_of_month(year, month) for year in (2016, 2022) for month in range(1, 13)}
    first = day(today) + 1
    while MARKET.session(first) is None:
        first += 1
    assert not has(day(today)) or weekday == 1  # Easter Monday is no holiday, but Good Friday was
    assert has(first + 2)


def test_standard_months_are_twelve_and_then_leaps_to_five_years():
    months = listed("2024-01-02", "SPX")
    assert months[:12] == [date.fromordinal(third_friday(2024, m)).isoformat() for m in range(1, 13)]
    assert months[12:] == ["2025-06-20", "2025-12-19", "2026-06-18", "2026-12-18", "2027-12-17", "2028-12-15"]


def test_on_third_fridays_both_roots_expire_and_settle_seven_hours_apart():
    both = [e for e in expiries("SPX", day("2024-01-02")) if e.date == day("2024-01-19")]
    assert [(e.root, local(e.settles), e.monthly) for e in both] == [
        ("SPX", "2024-01-19 09:30", True),
        ("SPXW", "2024-01-19 16:00", True),
    ]


@pytest.mark.parametrize(
    ("root", "date_text", "settles", "last_trade"),
    [
        ("SPX", "2021-01-15", "2021-01-15 09:30", "2021-01-14 16:15"),
        ("SPXW", "2021-01-04", "2021-01-04 16:00", "2021-01-04 16:00"),
        ("SPXW", "2023-07-03", "2023-07-03 13:00", "2023-07-03 13:00"),
        ("SPX", "2025-04-17", "2025-04-17 09:30", "2025-04-16 16:15"),
        ("XSP", "2024-01-19", "2024-01-19 16:00", "2024-01-19 16:00"),
        ("SPXW", "2024-07-05", "2024-07-05 16:00", "2024-07-05 16:00"),
    ],
)
def test_settlement_and_last_trade_are_instants_of_the_sessions(root, date_text, settles, last_trade):
    found = expiry(root, day(date_text))
    assert (local(found.settles), local(found.last_trade)) == (settles, last_trade)


def test_nothing_expires_on_a_closed_day():
    with pytest.raises(NotFound, match="2024-12-25 is no trading day"):
        expiry("SPXW", day("2024-12-25"))


@given(st.integers(day("2010-01-04"), day("2027-06-30")))
def test_every_listed_expiry_is_a_session_not_before_today_in_order_and_once(today):
    found = expiries("SPX", today)
    assert all(MARKET.session(e.date) is not None and e.date >= today for e in found)
    assert list(found) == sorted(found)
    assert len({(e.root, e.date) for e in found}) == len(found)
    assert all(e.last_trade <= e.settles for e in found)


@pytest.mark.parametrize("symbol", ["SPY", "AAPL", "VIX", "EURUSD"])
def test_american_options_and_unknown_underlyings_are_refused_with_the_reason(symbol):
    with pytest.raises(NotFound, match="exercised early are not priced"):
        expiries(symbol, day("2024-01-02"))


def test_roots_know_their_underlying_and_their_settlement():
    assert roots("SPX") == ("SPX", "SPXW")
    assert roots("XSP") == ("XSP",)
    assert all(root in OF_INDEX for root in ROOTS)
    assert {root: held.settlement for root, held in ROOTS.items()} == {
        "SPX": Settlement.AM,
        "SPXW": Settlement.PM,
        "XSP": Settlement.PM,
    }


# --- strikes and ticks ------------------------------------------------------------------------------


def test_strikes_are_five_apart_near_the_money_and_coarser_away_and_later():
    def steps(days, low, high, **held):
        grid = strikes("SPX", 4750 * NANOS, days, **held) // NANOS
        return set(np.diff(grid[(grid >= 4750 * low) & (grid <= 4750 * high)]).tolist())

    assert steps(7, 0.95, 1.05) == {5}
    assert steps(7, 0.89, 0.93) == {5, 10}  # 4275 is a multiple of 25 between 4270 and 4280
    assert steps(20, 0.77, 0.87) == {25}
    assert steps(60, 0.9, 1.1) == {5, 10}
    assert steps(60, 0.95, 1.05, monthly=True) == {5}
    assert steps(250, 0.9, 1.1) == {25}
    assert steps(700, 0.9, 1.1) == {50}


@given(st.sampled_from(sorted(ROOTS)), st.integers(200, 9000), st.integers(0, 1900), st.booleans())
def test_strikes_ascend_lie_on_the_grid_and_hold_the_level(root, level, days, monthly):
    unit = ROOTS[root].unit
    scaled = level * unit
    grid = strikes(root, scaled, days, monthly=monthly)
    assert (np.diff(grid) > 0).all()
    assert not (grid % (5 * unit)).any()
    assert grid[0] < scaled < grid[-1]


def test_longer_expiries_reach_farther_and_the_ends_stay_while_time_runs_out():
    near, far = (strikes("SPX", 4750 * NANOS, days) for days in (30, 365))
    assert far[0] < near[0]
    assert far[-1] > near[-1]
    for monthly, listed_at in ((True, 360), (False, 42)):
        early, late = (strikes("SPX", 4750 * NANOS, days, monthly=monthly) for days in (listed_at, 1))
        assert set(early.tolist()) <= set(late.tolist())


def test_ticks_are_a_nickel_below_three_a_dime_from_there_and_a_penny_for_the_mini():
    assert [tick("SPX", int(price * NANOS)) for price in (0.05, 2.95, 3.0, 100.0)] == [
        NANOS // 20,
        NANOS // 20,
        NANOS // 10,
        NANOS // 10,
    ]
    assert tick("SPXW", 2 * NANOS) == NANOS // 20
    assert {tick("XSP", price * NANOS) for price in (1, 50)} == {NANOS // 100}


# --- listed contracts of recorded files -------------------------------------------------------------


def recorded(lean):
    """(trade date, root, expiry, strike in units of 1/10000, zip, member) of every recorded index option."""
    for path in sorted(lean.glob("indexoption/usa/minute/*/*_quote_*.zip")):
        with zipfile.ZipFile(path) as archive:
            for member in archive.namelist():
                traded, root, *_, strike, expires = Path(member).stem.split("_")
                yield traded, root.upper(), expires, int(strike), path, member


def test_every_recorded_spx_and_spxw_contract_was_listed_on_its_day(lean):
    seen = 0
    for traded, root, expires, strike, *_ in recorded(lean):
        today = datetime.strptime(traded, "%Y%m%d").toordinal()
        found = [
            e
            for e in expiries("SPX", today)
            if e.root == root and e.date == datetime.strptime(expires, "%Y%m%d").toordinal()
        ]
        assert len(found) == 1, (traded, root, expires)
        level = {"2021": 3750, "2023": 4350}[traded[:4]] * NANOS
        grid = strikes(root, level, found[0].date - today, monthly=found[0].monthly)
        assert strike * NANOS // 10_000 in grid, (traded, root, expires, strike)
        seen += 1
    assert seen > 50


def test_recorded_quotes_end_with_the_last_trade_and_lie_on_the_tick(lean):
    on_tick = rows = 0
    for traded, root, expires, _, path, member in recorded(lean):
        with zipfile.ZipFile(path) as archive:
            lines = archive.read(member).decode().splitlines()
        last = expiry(root, datetime.strptime(expires, "%Y%m%d").toordinal()).last_trade
        midnight = datetime.strptime(traded, "%Y%m%d").replace(tzinfo=NEW_YORK).timestamp() * 1000
        if traded[:4] == "2021":
            assert (midnight + int(lines[-1].split(",")[0])) * 1_000_000 < last
        for line in lines:
            for column in (4, 9):
                text = line.split(",")[column]
                if text:
                    price = int(text) * (NANOS // 10_000)
                    on_tick += price % tick(root, price) == 0
                    rows += 1
    assert rows > 30_000
    assert on_tick / rows > 0.999
