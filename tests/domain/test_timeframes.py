"""Names, order, buckets, and what a tape can build."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.domain.timeframes import (
    STANDARD,
    TICK,
    TimeframeClass,
    base_timeframe,
    bucket,
    buckets_between,
    ordered,
    parse,
    possible,
    require_buildable,
)
from tradingfloor.actors.errors import BadConfig

SECOND = 10**9
HOUR = 3600 * SECOND
XNYS, UTC = calendar("XNYS"), calendar("24h")


def ns(text, zone="America/New_York"):
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * SECOND


def local(span, zone="America/New_York"):
    """A span as local text, for reading."""
    return tuple(datetime.fromtimestamp(ts // SECOND, ZoneInfo(zone)).strftime("%m-%d %H:%M") for ts in span)


@pytest.mark.parametrize(
    ("name", "nanos", "klass"),
    [
        ("1s", SECOND, "INTRADAY"),
        ("90s", 90 * SECOND, "INTRADAY"),
        ("30m", HOUR // 2, "INTRADAY"),
        ("45m", HOUR * 3 // 4, "INTRADAY"),
        ("1h", HOUR, "SWING"),
        ("23h", 23 * HOUR, "SWING"),
        ("1d", None, "SWING"),
        ("1w", None, "MONTHLY"),
        ("1M", None, "LEAPS"),
    ],
)
def test_a_timeframe_has_a_length_and_one_class(name, nanos, klass):
    assert parse(name) == (name, nanos, TimeframeClass[klass])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "m",
        "0m",
        "01m",
        "-1m",
        "1.5h",
        "1 m",
        "1D",
        "2d",
        "2w",
        "3M",
        "24h",
        "86400s",
        "1m\n",
        "\u0661m",
    ],
)
def test_an_unknown_timeframe_is_refused_in_one_line_with_the_valid_forms(text):
    with pytest.raises(BadConfig) as refused:
        parse(text)
    assert str(refused.value) == (f"unknown timeframe {text!r}: write Ns, Nm or Nh (below 24h), 1d, 1w or 1M")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("text", "name"), [("60m", "1h"), ("60s", "1m"), ("7200s", "2h"), ("120s", "2m")])
def test_a_length_has_one_name(text, name):
    with pytest.raises(BadConfig, match=f"timeframe '{text}' is written '{name}'"):
        parse(text)


def test_timeframes_are_ordered_small_to_large_and_once():
    assert ordered(reversed([*STANDARD, "1m", "1M"])) == STANDARD
    assert ordered(["1M", "23h", "1m", "90s", "59s"]) == ("59s", "1m", "90s", "23h", "1M")


@pytest.mark.parametrize(
    ("tape", "base"),
    [("tick", "1m"), ("1s", "1m"), ("30s", "1m"), ("1m", "1m"), ("15m", "15m"), ("1d", "1d")],
)
def test_base_bars_are_minutes_or_the_tapes_own_longer_bars(tape, base):
    assert base_timeframe(tape) == base


BUCKETS = [
    # (timeframe, instant, start, end), New York time
    ("1h", "2023-08-03 09:30:00", "08-03 09:30", "08-03 10:30"),
    ("1h", "2023-08-03 10:29:59", "08-03 09:30", "08-03 10:30"),
    ("1h", "2023-08-03 10:30:00", "08-03 10:30", "08-03 11:30"),
    ("1h", "2023-08-03 15:45:00", "08-03 15:30", "08-03 16:00"),
    ("1h", "2023-08-03 16:00:00", "08-03 15:30", "08-03 16:00"),
    ("4h", "2023-08-03 13:30:00", "08-03 13:30", "08-03 16:00"),
    ("2h", "2023-07-03 12:00:00", "07-03 11:30", "07-03 13:00"),
    ("23h", "2023-08-03 12:00:00", "08-03 09:30", "08-03 16:00"),
    ("1d", "2015-12-24 10:00:00", "12-24 09:30", "12-24 13:00"),
    ("1w", "2015-12-22 10:00:00", "12-21 09:30", "12-24 13:00"),
    ("1w", "2013-03-26 10:00:00", "03-25 09:30", "03-28 16:00"),
    ("1w", "2023-09-05 10:00:00", "09-05 09:30", "09-08 16:00"),
    ("1w", "2001-09-17 10:00:00", "09-17 09:30", "09-21 16:00"),
    ("1M", "2023-07-14 10:00:00", "07-03 09:30", "07-31 16:00"),
    ("1M", "2023-12-14 10:00:00", "12-01 09:30", "12-29 16:00"),
    ("1M", "2024-02-14 10:00:00", "02-01 09:30", "02-29 16:00"),
]


@pytest.mark.parametrize(("timeframe", "ts", "start", "end"), BUCKETS)
def test_buckets_of_new_york_are_anchored_to_the_session(timeframe, ts, start, end):
    assert local(bucket(parse(timeframe), XNYS, ns(ts))) == (start, end)


@pytest.mark.parametrize(
    ("timeframe", "start", "end"),
    [
        ("1d", "07-08 00:00", "07-09 00:00"),
        ("5h", "07-08 10:00", "07-08 15:00"),
        ("1w", "07-03 00:00", "07-10 00:00"),
        ("1M", "07-01 00:00", "08-01 00:00"),
    ],
)
def test_a_24_hour_market_has_weekend_days_and_weeks_from_monday_to_sunday(timeframe, start, end):
    saturday = ns("2023-07-08 12:00:00", "UTC")
    assert local(bucket(parse(timeframe), UTC, saturday), "UTC") == (start, end)


def test_the_last_bucket_of_a_day_with_25_hours_takes_what_is_left():
    market = calendar("24h", "America/New_York")
    start, end = bucket(parse("4h"), market, ns("2023-11-05 23:30:00"))
    assert (end - start, end) == (HOUR, ns("2023-11-06"))


def test_an_instant_outside_all_sessions_has_no_bucket():
    with pytest.raises(ValueError, match="in no session of XNYS"):
        bucket(parse("1h"), XNYS, ns("2023-08-05 12:00:00"))


@settings(deadline=None, max_examples=150)
@given(
    ts=st.integers(ns("1998-01-02"), ns("2027-01-01")),
    name=st.sampled_from([*STANDARD, "7m", "90s", "5h"]),
    market=st.sampled_from([XNYS, UTC, calendar("24h", "America/New_York")]),
)
def test_a_bucket_holds_its_instant_and_borders_on_its_neighbours(ts, name, market):
    if market.session_at(ts) is None:
        ts = market.next_session(ts).open
    spec = parse(name)
    start, end = bucket(spec, market, ts)
    assert start <= ts < end or (market.inclusive_close and ts == end)
    assert bucket(spec, market, start) == (start, end)
    assert bucket(spec, market, end - 1) == (start, end)
    session = market.session_at(end)
    following = end if session and session.open <= end < session.close else market.next_session(end).open
    beyond = bucket(spec, market, following)
    assert beyond[0] == following
    assert buckets_between(spec, market, start, following) == 0
    assert buckets_between(spec, market, start, end - 1) == 0


@settings(deadline=None, max_examples=40)
@given(
    day=st.integers(date(2013, 11, 4).toordinal(), date(2014, 1, 10).toordinal()),
    steps=st.integers(0, 60),
    name=st.sampled_from(["30m", "1h", "2h", "4h", "1d", "1w", "1M"]),
    market=st.sampled_from([XNYS, UTC]),
)
def test_buckets_between_are_counted_like_walking_them(day, steps, name, market):
    spec = parse(name)
    first = market.sessions(day, day + 9)[0].open
    at = first
    for _ in range(steps):
        end = bucket(spec, market, at)[1]
        session = market.session_at(end)
        at = end if session and end < session.close else market.next_session(end - 1).open
    assert buckets_between(spec, market, first, at) == max(0, steps - 1)


def test_on_a_clock_grid_the_first_bucket_of_the_session_is_what_the_open_leaves_of_it():
    hour = parse("1h")
    opens, eleven = ns("2023-08-03 09:30:00"), ns("2023-08-03 11:00:00")
    assert buckets_between(hour, XNYS, opens, eleven) == 0
    assert buckets_between(hour, XNYS, opens, eleven, clock=True) == 1
    next_day = ns("2023-08-04 10:00:00")
    assert buckets_between(hour, XNYS, ns("2023-08-03 15:00:00"), next_day, clock=True) == 1


BUILDABLE = [
    ("tick", "XNYS", list(STANDARD)),
    ("1s", "XNYS", list(STANDARD)),
    ("1m", "XNYS", ["1m", "5m", "15m", "30m", "1h", "2h", "4h", "1d", "1w", "1M"]),
    ("15m", "24h", ["15m", "30m", "1h", "2h", "4h", "1d", "1w", "1M"]),
    ("30m", "XNYS", ["30m", "1h", "2h", "4h", "1d", "1w", "1M"]),
    ("1h", "24h", ["1h", "2h", "4h", "1d", "1w", "1M"]),
    ("1h", "XNYS", ["1h", "1d", "1w", "1M"]),
    ("20m", "24h", ["20m", "1h", "2h", "4h", "1d", "1w", "1M"]),
    ("1d", "XNYS", ["1d", "1w", "1M"]),
    ("1w", "XNYS", ["1w"]),
    ("1M", "XNYS", ["1M"]),
    ("7s", "24h", []),
]


@pytest.mark.parametrize(("tape", "market", "names"), BUILDABLE)
def test_what_a_tape_can_build(tape, market, names):
    assert possible(tape, calendar(market)) == names
    for name in names:
        require_buildable(name, tape, calendar(market))


def test_a_finer_timeframe_is_refused_in_one_line_with_the_possible_ones():
    with pytest.raises(BadConfig) as refused:
        require_buildable("15m", "1h", XNYS)
    assert str(refused.value) == (
        "timeframe '15m' is finer than the tape's 1h bars; possible: 1h, 1d, 1w, 1M"
    )


@pytest.mark.parametrize("name", ["90m", "2h", "4h", "5h"])
def test_a_timeframe_that_cuts_the_tapes_clock_hours_is_refused(name):
    with pytest.raises(
        BadConfig, match=f"timeframe '{name}' would cut the tape's 1h bars on XNYS; possible: 1h"
    ):
        require_buildable(name, "1h", XNYS)


def test_a_timeframe_longer_than_the_session_cuts_nothing():
    require_buildable("7h", "1h", XNYS)


def test_without_a_calendar_a_24_hour_market_is_assumed():
    assert possible("1h") == possible("1h", UTC)
    assert possible(TICK) == list(STANDARD)
