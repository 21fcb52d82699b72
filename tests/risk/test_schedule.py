from datetime import date

import pytest

from tradingfloor.actors.config import ScheduleConfig
from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.risk import schedule as s

NYSE = calendar("XNYS")
ALL_DAY = calendar("24h", "UTC")
DEFAULT = s.Schedule(ScheduleConfig())


def test_the_hours_are_half_open_to_the_nanosecond(at):
    assert not DEFAULT.at(at("2024-01-08 09:30") - 1).inside
    assert DEFAULT.at(at("2024-01-08 09:30")).inside
    assert DEFAULT.at(at("2024-01-08 16:00") - 1).inside
    assert not DEFAULT.at(at("2024-01-08 16:00")).inside


def test_only_the_named_days_count_in_the_schedules_own_zone(at):
    assert not DEFAULT.at(at("2024-01-06 12:00")).inside
    tokyo = s.Schedule(ScheduleConfig(days=("Tue",), start="00:00", end="09:00", timezone="Asia/Tokyo"))
    assert tokyo.at(at("2024-01-08 12:00")).inside  # Tuesday 02:00 in Tokyo
    assert not tokyo.at(at("2024-01-09 12:00")).inside


@pytest.mark.parametrize("day", ["2024-03-08", "2024-03-11", "2024-11-01", "2024-11-04"])
def test_the_hours_follow_daylight_saving(at, day):
    assert DEFAULT.at(at(f"{day} 09:30")).inside
    assert not DEFAULT.at(at(f"{day} 09:29:59")).inside
    assert not DEFAULT.at(at(f"{day} 16:00")).inside


def test_always_has_no_hours(at):
    always = s.Schedule(ScheduleConfig(always=True))
    assert always.at(at("2024-01-06 03:00")).inside
    assert always.at(at("2024-01-06 03:00")).margin is None
    assert always.meets(ALL_DAY.session(date(2024, 1, 6).toordinal()))


@pytest.mark.parametrize(
    ("clock", "margin"),
    [
        ("09:30", 0),
        ("10:15", 45),
        ("15:50", 10),
        ("15:59:30", 0),
        ("16:00", -1),
        ("16:30", -30),
        ("16:30:01", -31),
        ("09:00", -30),
    ],
)
def test_the_margin_is_whole_minutes_to_the_nearer_end(at, clock, margin):
    assert DEFAULT.at(at(f"2024-01-08 {clock}")).margin == margin


def test_off_days_have_no_margin(at):
    assert DEFAULT.at(at("2024-01-06 12:00")).margin is None


def test_a_session_meets_the_schedule_when_its_day_and_some_of_its_hours_do():
    monday = NYSE.session(date(2024, 1, 8).toordinal())
    assert DEFAULT.meets(monday)
    assert s.Schedule(ScheduleConfig(start="15:59", end="16:30")).meets(monday)
    assert not s.Schedule(ScheduleConfig(start="16:00", end="16:30")).meets(monday)
    assert not s.Schedule(ScheduleConfig(start="09:00", end="09:30")).meets(monday)
    assert not s.Schedule(ScheduleConfig(days=("Tue",))).meets(monday)
    assert not DEFAULT.meets(ALL_DAY.session(date(2024, 1, 6).toordinal()))


def test_people_read_the_day_and_the_clock_of_the_schedules_zone(at):
    assert DEFAULT.at(at("2024-01-08 10:15:00")).clock == "Mon 2024-01-08 10:15:00"
    assert DEFAULT.text == "Mon,Tue,Wed,Thu,Fri 09:30-16:00 America/New_York, market open"


def test_an_order_works_in_this_session_before_its_close_and_in_the_next_from_it(at):
    monday, tuesday = date(2024, 1, 8).toordinal(), date(2024, 1, 9).toordinal()
    assert s.working_session(NYSE, NYSE, at("2024-01-08 16:00") - 1) == monday
    assert s.working_session(NYSE, NYSE, at("2024-01-08 16:00")) == tuesday
    assert s.working_session(NYSE, NYSE, at("2024-01-08 16:00") + 1) == tuesday
    assert s.working_session(NYSE, NYSE, at("2024-01-08 08:00")) == monday
    assert s.working_session(NYSE, NYSE, at("2024-01-12 17:00")) == date(2024, 1, 16).toordinal()  # King day


def test_another_market_counts_for_the_accounts_next_session_after_its_close(at):
    evening = at("2024-01-08 18:00")  # 23:00 UTC, open around the clock
    assert s.working_session(NYSE, ALL_DAY, evening) == date(2024, 1, 9).toordinal()
    assert s.working_session(ALL_DAY, NYSE, evening) == date(2024, 1, 9).toordinal()
    assert s.working_session(ALL_DAY, ALL_DAY, evening) == date(2024, 1, 8).toordinal()


def test_a_session_is_over_after_its_auction_or_where_the_next_begins(at):
    monday = NYSE.session(date(2024, 1, 8).toordinal())
    assert s.row_due(NYSE, monday) == at("2024-01-08 16:00") + 1
    around = ALL_DAY.session(date(2024, 1, 8).toordinal())
    assert s.row_due(ALL_DAY, around) == ALL_DAY.session(date(2024, 1, 9).toordinal()).open
