"""Written times to instants, daylight saving included."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradingfloor.actors.market_data.feeds.times import TimeReader, names_clock

NEW_YORK = ZoneInfo("America/New_York")
CHICAGO = ZoneInfo("America/Chicago")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(1975, 1, 1), datetime(2100, 1, 1)).map(lambda m: m.replace(microsecond=0))


def nanos(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1) * 1000


@pytest.mark.parametrize(
    "text",
    [
        "2021-07-01 13:30",
        "2021-07-01T13:30:00",
        "2021-07-01 13:30:00.000",
        "2021-07-01T13:30:00Z",
        "2021-07-01 09:30:00-04:00",
        "2021-07-01T09:30-0400",
        "2021-07-01 19:00:00+05:30",
        "2021.07.01 13:30:00",
        "2021/07/01 13:30",
        "7/1/2021 13:30",
        "07/01/2021 13:30:00",
        "20210701 13:30",
        "1625146200",
        "1625146200.0",
        "1625146200000",
        "1625146200000000",
        "1625146200000000000",
    ],
)
def test_every_spelling_names_the_same_instant(text, utc):
    assert TimeReader(ZoneInfo("UTC")).instant(text) == utc("2021-07-01 13:30")


@settings(deadline=None, max_examples=300)
@given(MOMENTS, st.integers(0, 999_999_999), st.integers(-14 * 60, 14 * 60))
def test_a_time_with_an_offset_means_that_instant_in_every_zone(moment, fraction, minutes):
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    text = f"{moment:%Y-%m-%dT%H:%M:%S}.{fraction:09d}{sign}{hours:02d}:{rest:02d}"
    expected = nanos(moment.replace(tzinfo=UTC)) - minutes * 60 * 10**9 + fraction
    assert TimeReader(NEW_YORK).instant(text) == TimeReader(CHICAGO).instant(text) == expected


@settings(deadline=None, max_examples=300)
@given(
    MOMENTS, st.sampled_from(["America/New_York", "America/Chicago", "Europe/Berlin", "Australia/Lord_Howe"])
)
def test_a_local_time_reads_back_to_itself_or_does_not_exist(moment, name):
    zone = ZoneInfo(name)
    reader = TimeReader(zone)
    exists = moment.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == moment
    try:
        ts = reader.instant(f"{moment:%Y-%m-%d %H:%M:%S}")
    except ValueError:
        assert not exists
    else:
        assert exists
        assert ts == nanos(moment.replace(tzinfo=zone))


@settings(deadline=None, max_examples=200)
@given(st.integers(10**8, 4 * 10**9), st.integers(0, 999))
def test_epoch_numbers_tell_their_unit_by_their_length(seconds, thousandths):
    reader = TimeReader(NEW_YORK)
    assert reader.instant(str(seconds)) == seconds * 10**9
    for unit in (10**3, 10**6, 10**9):
        count = seconds * unit + thousandths
        assert reader.instant(str(count)) == count * (10**9 // unit)


def test_new_york_and_chicago_follow_daylight_saving(utc):
    new_york, chicago = TimeReader(NEW_YORK), TimeReader(CHICAGO)
    opens = {
        "2021-03-12": "14:30",
        "2021-03-15": "13:30",
        "2021-11-05": "13:30",
        "2021-11-08": "14:30",
        "2005-04-01": "14:30",
        "2005-04-04": "13:30",
    }
    for day, clock in opens.items():
        assert new_york.instant(f"{day} 09:30") == chicago.instant(f"{day} 08:30") == utc(f"{day} {clock}")


def test_the_hour_that_daylight_saving_skips_is_an_error_and_the_repeated_one_is_the_first(utc):
    reader = TimeReader(NEW_YORK)
    assert reader.instant("2021-03-14 01:59") == utc("2021-03-14 06:59")
    with pytest.raises(ValueError, match="does not exist"):
        reader.instant("2021-03-14 02:30")
    assert reader.instant("2021-03-14 03:00") == utc("2021-03-14 07:00")
    assert reader.instant("2021-11-07 01:30") == utc("2021-11-07 05:30")
    assert reader.instant("2021-11-07 02:00") == utc("2021-11-07 07:00")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2021-13-01",
        "2021-02-29",
        "13/13/2021",
        "2021-01-04 24:00",
        "2021-01-04 09:60",
        "2021-01-04 09:30:61",
        "2021-01-04 9",
        "2021-01-04 09:30 PM",
        "2021-01-04 09:30+25:00",
        "1800-01-01",
        "9999-01-01",
        "12345678901",
        "9999999999999999999",
        "-1625146200",
        "\u0662\u0660\u0662\u0661-\u0660\u0661-\u0660\u0664",
        "nan",
    ],
)
def test_what_is_no_time_is_an_error(text):
    with pytest.raises(ValueError):
        TimeReader(NEW_YORK).instant(text)


@pytest.mark.parametrize(
    "text", ["1999-01-04", "1999-01-04 00:00", "1999-01-04T23:59-08:00", "1/4/1999", "19990104", "915408000"]
)
def test_the_date_of_a_row_is_the_date_as_written(text):
    assert TimeReader(NEW_YORK).day(text) == date(1999, 1, 4).toordinal()


def test_a_date_alone_names_no_clock():
    assert not any(map(names_clock, ["1999-01-04", "1/4/1999", "19990104"]))
    assert all(map(names_clock, ["1999-01-04 09:30", "915456600"]))
