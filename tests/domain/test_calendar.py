"""Sessions against exchange_calendars, daylight saving, and the edges of the table."""

import warnings
from bisect import bisect_right
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import exchange_calendars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradingfloor.actors.domain import calendar_data
from tradingfloor.actors.domain.calendar import Session, calendar
from tradingfloor.actors.errors import BadConfig

SECOND = 10**9
HOUR = 3600 * SECOND
XNYS = calendar("XNYS")
FIRST = date.fromisoformat(calendar_data.XNYS_FIRST).toordinal()


def ns(text, zone="America/New_York"):
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * SECOND


def ordinal(text):
    return date.fromisoformat(text).toordinal()


@pytest.fixture(scope="module")
def oracle():
    """Every session of the table as exchange_calendars knows it."""
    # It uses what its own pandas deprecates; only the values matter here.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        known = exchange_calendars.get_calendar(
            "XNYS", start=calendar_data.XNYS_FIRST, end=calendar_data.XNYS_LAST
        )
    return [
        Session(opens.date().toordinal(), int(opens.timestamp()) * SECOND, int(closes.timestamp()) * SECOND)
        for opens, closes in zip(known.opens, known.closes, strict=True)
    ]


def test_every_session_of_the_table_is_that_of_exchange_calendars(oracle):
    assert XNYS.sessions(FIRST, XNYS.ends) == oracle
    assert len(oracle) > 7500


def test_early_closes_are_those_of_exchange_calendars(oracle):
    early = [each.ordinal for each in oracle if each.close - each.open < 6 * HOUR]
    assert [each.ordinal for each in oracle if XNYS.is_early_close(each.ordinal)] == early


@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_look_ups_agree_with_a_search_through_all_sessions(oracle, data):
    """In any order, so that the remembered span is wrong as often as right."""
    for _ in range(5):
        near = data.draw(st.sampled_from(oracle[1:-1]))
        ts = data.draw(st.sampled_from([near.open, near.close])) + data.draw(
            st.one_of(st.integers(-2, 2), st.integers(-90 * HOUR, 90 * HOUR))
        )
        if not oracle[0].close < ts < oracle[-1].open:
            continue
        after = bisect_right(oracle, ts, key=lambda each: each.open)
        before = oracle[after - 1]
        assert XNYS.session_at(ts) == (before if ts <= before.close else None)
        assert XNYS.next_session(ts) == oracle[after]


def test_the_session_before_a_date_is_the_last_one_dated_earlier(oracle):
    for earlier, later in pairwise(oracle):
        assert XNYS.previous_session(later.ordinal) == earlier
        assert XNYS.previous_session(earlier.ordinal + 1) == earlier


@pytest.mark.parametrize("day", ["2015-12-24", "2023-07-03"])
def test_half_days_close_at_one_in_the_afternoon(day):
    assert XNYS.session(ordinal(day)) == (ordinal(day), ns(f"{day} 09:30:00"), ns(f"{day} 13:00:00"))
    assert XNYS.is_early_close(ordinal(day))
    assert XNYS.session_at(ns(f"{day} 13:00:00")) is not None
    assert XNYS.session_at(ns(f"{day} 13:00:00") + 1) is None


@pytest.mark.parametrize(
    ("day", "opens"),
    [("2023-03-10", 14.5), ("2023-03-13", 13.5), ("2023-11-03", 13.5), ("2023-11-06", 14.5)],
)
def test_the_open_in_utc_moves_with_daylight_saving(day, opens):
    session = XNYS.session(ordinal(day))
    assert session is not None
    assert session.open == ns(day, "UTC") + int(opens * HOUR)


@pytest.mark.parametrize("day", ["2023-07-04", "2023-07-08", "2001-09-11", "2012-10-29", "2025-01-09"])
def test_holidays_weekends_and_closures_have_no_session(day):
    assert XNYS.session(ordinal(day)) is None
    assert XNYS.session_at(ns(f"{day} 12:00:00")) is None


def test_outside_the_table_every_weekday_is_a_regular_session():
    for day in ("1990-12-25", "2031-12-25", "2150-07-02"):
        session = XNYS.session(ordinal(day))
        assert session is not None
        assert session.close - session.open == XNYS.regular_length == 6.5 * HOUR
    assert XNYS.session(ordinal("2031-12-27")) is None


def test_the_table_says_where_it_ends():
    assert date.fromordinal(XNYS.ends).isoformat() == calendar_data.XNYS_LAST
    assert calendar("24h").ends == date.max.toordinal()


def test_a_24_hour_market_is_open_every_day_from_midnight_to_midnight():
    market = calendar("24h")
    saturday = ordinal("2023-07-08")
    midnight = ns("2023-07-08", "UTC")
    assert market.session(saturday) == (saturday, midnight, midnight + 24 * HOUR)
    assert market.session_at(midnight - 1).ordinal == saturday - 1
    assert market.session_at(midnight).ordinal == saturday
    assert not market.inclusive_close
    assert len(market.sessions(saturday, saturday + 364)) == 365


@pytest.mark.parametrize(("day", "hours"), [("2023-03-12", 23), ("2023-11-05", 25), ("2023-06-01", 24)])
def test_days_of_a_zone_with_daylight_saving_have_23_or_25_hours(day, hours):
    session = calendar("24h", "America/New_York").session(ordinal(day))
    assert session.close - session.open == hours * HOUR


@settings(deadline=None, max_examples=200)
@given(
    ts=st.integers(ns("1950-01-01", "UTC"), ns("2150-01-01", "UTC")),
    zone=st.sampled_from(
        ["UTC", "America/New_York", "Asia/Tokyo", "America/Sao_Paulo", "Pacific/Apia", "Asia/Beirut"]
    ),
)
def test_every_instant_lies_in_exactly_one_day_of_a_24_hour_market(ts, zone):
    market = calendar("24h", zone)
    session = market.session_at(ts)
    assert session.open <= ts < session.close
    assert market.next_session(ts).open == session.close
    assert market.previous_session(session.ordinal).close == session.open
    assert datetime.fromtimestamp(ts // SECOND, ZoneInfo(zone)).date().toordinal() == session.ordinal


def test_a_day_that_a_zone_skips_is_no_session():
    market = calendar("24h", "Pacific/Apia")
    assert market.session(ordinal("2011-12-30")) is None
    assert len(market.sessions(ordinal("2011-12-29"), ordinal("2011-12-31"))) == 2


def test_the_same_arguments_give_the_same_calendar_and_new_york_keeps_its_hours():
    assert calendar("24h") is calendar("24h", "UTC")
    assert calendar("XNYS", "America/Chicago") is XNYS
    assert XNYS.timezone == "America/New_York"


@pytest.mark.parametrize("name", ["", "xnys", "NYSE", "24H"])
def test_an_unknown_calendar_is_refused_in_one_line(name):
    with pytest.raises(BadConfig, match=r"unknown calendar .*: choose XNYS, XCBO or 24h"):
        calendar(name)


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc/passwd", "America", "a\0b"])
def test_an_unknown_time_zone_is_refused_in_one_line(zone):
    with pytest.raises(BadConfig, match=r"unknown time zone .*: write an IANA name") as refused:
        calendar("24h", zone)
    assert "\n" not in str(refused.value)


def test_threads_that_share_a_calendar_see_their_own_sessions(oracle):
    def look_up(offset):
        return [XNYS.session_at(each.open + offset) for each in oracle[offset::40]]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(look_up, range(1, 9)))
    assert found == [oracle[offset::40] for offset in range(1, 9)]


def test_index_options_keep_the_days_of_the_exchange_and_close_a_quarter_of_an_hour_later():
    shares, options = calendar("XNYS"), calendar("XCBO")
    first, last = date(1998, 1, 1).toordinal(), date(2027, 11, 19).toordinal()
    expected = [(day, opens, close + HOUR // 4) for day, opens, close in shares.sessions(first, last)]
    assert options.sessions(first, last) == expected
    session = options.session(date(2023, 7, 3).toordinal())
    assert options.session_at(session.close) == session
    assert options.session_at(session.close + 1) is None
    assert options.is_early_close(session.ordinal)
