"""Bars of a tape of bars: rows pass through, are united, or are refused."""

from datetime import date

from aggregation import EVER, HOUR, MINUTE, SECOND, aggregator, ns, opening, play, row, tick

from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.types import Refusal


def test_a_row_that_starts_like_the_last_one_is_a_duplicate_published_or_not():
    start = ns("2022-10-10", "UTC")
    built = aggregator(["15m"], tape="15m", name="24h")
    assert built.add(opening(1, start)) is None
    assert built.add(opening(2, start)) is Refusal.DUPLICATE
    assert built.add(row(3, start, start + 15 * MINUTE)) is None
    assert built.add(row(4, start, start + 15 * MINUTE)) is Refusal.DUPLICATE
    assert len(built.close(start + 15 * MINUTE)) == 1
    assert built.add(row(5, start, start + 15 * MINUTE)) is Refusal.DUPLICATE
    assert built.add(opening(6, start)) is Refusal.DUPLICATE
    assert built.add(row(7, start - 15 * MINUTE, start)) is Refusal.LATE
    assert built.add(opening(8, start + 5 * MINUTE)) is Refusal.LATE


def test_a_row_at_or_after_the_close_is_out_of_session_though_a_trade_there_is_not():
    close = ns("2013-11-29 13:00:00")
    hourly = aggregator(["1h"], tape="1h")
    assert hourly.add(row(1, close, close + HOUR)) is Refusal.OUT_OF_SESSION
    assert hourly.add(opening(2, close)) is Refusal.OUT_OF_SESSION
    assert aggregator(["1h"]).add(tick(1, close)) is None


def test_a_row_that_a_larger_bucket_would_cut_is_refused():
    start = ns("2022-10-10 00:37", "UTC")
    built = aggregator(["15m", "1h"], tape="15m", name="24h")
    assert built.add(row(1, start, start + 15 * MINUTE)) is None
    assert built.add(row(2, start + 15 * MINUTE, start + 30 * MINUTE)) is Refusal.BAD_TIME
    assert built.add(row(3, start + 23 * MINUTE, start + 38 * MINUTE)) is None
    bars = [bar for each in built.close(EVER) for bar in each.bars if bar.timeframe == "1h"]
    assert [(bar.start, bar.count) for bar in bars] == [
        (ns("2022-10-10 00:00", "UTC"), 1),
        (ns("2022-10-10 01:00", "UTC"), 1),
    ]


def test_second_rows_build_the_minute_and_a_row_over_its_edge_is_refused():
    start = ns("2013-10-11 09:30:00")
    built = aggregator(["5s"], tape="1s")
    for n in range(60):
        update = row(n + 1, start + n * SECOND, start + (n + 1) * SECOND, (n + 1, n + 2, n + 1, n + 2), 2)
        assert built.add(update) is None
    assert built.add(row(99, start + 59 * SECOND, start + 61 * SECOND)) is Refusal.DUPLICATE
    _, log = play(built, [row(100, start + 119 * SECOND, start + 121 * SECOND)])
    bars = [bar for _, instant in log for bar in instant]
    minute = next(bar for bar in bars if bar.timeframe == "1m")
    assert (minute.open, minute.high, minute.low, minute.close, minute.volume) == (1, 61, 1, 61, 120)
    assert [bar.close for bar in bars if bar.timeframe == "5s"] == [*range(6, 62, 5)]
    assert built.add(row(101, start + 179 * SECOND, start + 181 * SECOND)) is Refusal.BAD_TIME


def test_a_row_that_overlaps_the_row_before_it_goes_backwards():
    start = ns("2022-10-10 10:00", "UTC")
    built = aggregator(["15m"], tape="15m", name="24h")
    assert built.add(row(1, start, start + 15 * MINUTE)) is None
    assert built.add(row(2, start + 5 * MINUTE, start + 20 * MINUTE)) is Refusal.BACKWARDS
    assert [each.base.volume for each in built.close(EVER)] == [1]


def test_an_open_before_the_newest_open_goes_backwards():
    start = ns("2022-10-10 10:00", "UTC")
    built = aggregator(["15m"], tape="15m", name="24h")
    assert built.add(opening(1, start + HOUR, 7)) is None
    assert built.add(opening(2, start, 8)) is Refusal.BACKWARDS
    assert built.forming_open("15m") == 7


def test_rows_shorter_than_the_tape_says_pass_through_and_are_not_full():
    start = ns("2022-10-10 10:00", "UTC")
    built = aggregator(["15m"], tape="15m", name="24h")
    _, log = play(built, [row(n + 1, start + n * MINUTE, start + (n + 1) * MINUTE) for n in range(2)])
    assert [(b.end - b.start, b.gap_before, b.full) for _, (b,) in log] == [(MINUTE, 0, False)] * 2


def test_a_trade_has_no_place_on_a_bar_tape():
    assert aggregator(["1h"], tape="1h").add(tick(1, ns("2023-08-03 10:00:00"))) is Refusal.BAD_ROW


def test_the_open_of_a_forming_bar_is_known_from_the_open_of_its_first_row():
    built = aggregator(["1h", "1d"], tape="1h")
    ten, eleven = ns("2023-08-03 10:00:00"), ns("2023-08-03 11:00:00")
    assert built.forming_open("1d") == 0
    built.add(opening(1, ten, 70))
    assert (built.forming_open("1h"), built.forming_open("1d")) == (70, 70)
    built.add(row(2, ten, eleven, (70, 80, 60, 75)))
    built.close(eleven)
    assert (built.forming_open("1h"), built.forming_open("1d")) == (0, 70)
    built.add(opening(3, eleven, 76))
    assert (built.forming_open("1h"), built.forming_open("1d")) == (76, 70)


def test_daily_rows_are_sessions_and_weeks_and_months_are_their_unions():
    market = calendar("XNYS")
    days = market.sessions(date(2015, 12, 21).toordinal(), date(2016, 1, 8).toordinal())
    updates = []
    for n, day in enumerate(days):
        updates += [opening(2 * n + 1, day.open, n + 10), row(2 * n + 2, day.open, day.close, (n + 10,) * 4)]
    built = aggregator(["1d", "1w", "1M"], tape="1d")
    refusals, log = play(built, updates)
    assert set(refusals) == {None}
    bars = [bar for _, instant in log for bar in instant]
    assert all(bar.full for bar in bars if bar.timeframe == "1d")
    weeks = [(b.open, b.close, b.count, b.full) for b in bars if b.timeframe == "1w"]
    assert weeks == [(10, 13, 4, True), (14, 17, 4, True), (18, 22, 5, True)]
    months = [(b.open, b.close, b.full) for b in bars if b.timeframe == "1M"]
    assert months == [(10, 17, False), (18, 22, False)]


def test_weekly_rows_are_full_when_they_cover_every_session_of_their_week():
    market = calendar("XNYS")
    monday = date(2015, 12, 21).toordinal()
    week, following = market.sessions(monday, monday + 6), market.sessions(monday + 7, monday + 13)
    rows = [row(1, week[0].open, week[-1].close), row(2, following[1].open, following[-1].close)]
    refusals, log = play(aggregator(["1w"], tape="1w"), rows)
    assert refusals == [None, None]
    assert [(each.start, each.end, each.full, each.gap_before) for _, (each,) in log] == [
        (week[0].open, week[-1].close, True, 0),
        (following[1].open, following[-1].close, False, 0),
    ]
