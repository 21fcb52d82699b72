"""Bars of trades: single stories."""

from datetime import date

import pytest
from aggregation import EVER, MINUTE, SECOND, aggregator, ns, play, tick

from tradingfloor.actors.errors import BadConfig
from tradingfloor.actors.types import Refusal


def test_a_trade_on_a_boundary_opens_the_next_bar_and_one_on_the_close_ends_the_last():
    built = aggregator(["1m"])
    _, log = play(
        built,
        [
            tick(1, ns("2023-08-03 15:58:30"), 10),
            tick(2, ns("2023-08-03 15:59:00"), 20),
            tick(3, ns("2023-08-03 16:00:00"), 30),
        ],
    )
    bars = [bar for _, instant in log for bar in instant]
    assert [(bar.open, bar.close, bar.count) for bar in bars] == [(10, 10, 1), (20, 30, 2)]
    assert bars[-1].end == ns("2023-08-03 16:00:00")


def test_the_last_bar_of_a_session_waits_one_nanosecond_for_the_closing_auction():
    built = aggregator(["1h"])
    built.add(tick(1, ns("2023-08-03 15:59:59")))
    close = ns("2023-08-03 16:00:00")
    assert built.due() == close + 1
    assert built.close(close) == []
    assert [each.ts for each in built.close(close + 1)] == [close]
    assert built.due() is None


def test_bars_of_a_24_hour_market_close_exactly_at_their_end():
    built = aggregator(["1d"], name="24h")
    built.add(tick(1, ns("2023-08-03 23:59:59", "UTC")))
    assert built.due() == ns("2023-08-04", "UTC")
    assert built.add(tick(2, ns("2023-08-04", "UTC"))) is None
    assert [bar.count for each in built.close(ns("2023-08-04", "UTC")) for bar in each.bars] == [1, 1]


def test_everything_that_closes_at_one_instant_comes_in_one_message_small_to_large():
    built = aggregator(["1M", "1w", "1d", "1h", "15m", "5s"])
    built.add(tick(1, ns("2023-06-30 15:59:57")))
    (closed,) = built.close(ns("2023-07-01"))
    assert [bar.timeframe for bar in closed.bars] == ["5s", "1m", "15m", "1h", "1d", "1w", "1M"]
    assert closed.base is closed.bars[1]
    assert closed.ts == ns("2023-06-30 16:00:00")


def test_the_last_hour_of_the_session_is_a_stub_and_a_day_that_closes_early_is_not():
    start = ns("2013-11-29 09:30:00")
    ticks = [tick(n + 1, start + n * MINUTE) for n in range(210)]
    _, log = play(aggregator(["1h", "1d"]), ticks)
    bars = [bar for _, instant in log for bar in instant]
    assert [bar.full for bar in bars if bar.timeframe == "1h"] == [True, True, True, False]
    assert [(bar.full, bar.end) for bar in bars if bar.timeframe == "1d"] == [
        (True, ns("2013-11-29 13:00:00"))
    ]


def test_a_bar_whose_first_minutes_are_missing_is_not_full():
    start = ns("2023-08-03 09:37:00")
    _, log = play(aggregator(["15m"]), [tick(n + 1, start + n * MINUTE) for n in range(23)])
    bars = [bar for _, instant in log for bar in instant if bar.timeframe == "15m"]
    assert [(bar.start, bar.full) for bar in bars] == [
        (ns("2023-08-03 09:30:00"), False),
        (ns("2023-08-03 09:45:00"), True),
    ]


def test_a_week_ends_with_the_last_session_the_calendar_gives_it():
    built = aggregator(["1w"])
    built.add(tick(1, ns("2013-03-25 10:00:00")))  # Good Friday is the 29th
    closed = [each for each in built.close(EVER) if each.bars[-1].timeframe == "1w"]
    assert closed[0].ts == ns("2013-03-28 16:00:00")
    assert closed[0].bars[-1].session == date(2013, 3, 28).toordinal()
    assert not closed[0].bars[-1].full


def test_no_bar_fills_a_gap_and_the_next_one_says_how_many_are_missing():
    updates = [tick(1, ns("2023-08-03 15:58:10")), tick(2, ns("2023-08-04 09:32:10"))]
    _, log = play(aggregator(["1m", "15m"]), updates)
    bars = [bar for _, instant in log for bar in instant]
    assert [(b.timeframe, b.gap_before) for b in bars] == [("1m", 0), ("15m", 0), ("1m", 3), ("15m", 0)]


def test_a_bucket_without_trades_closes_its_larger_bar_without_a_base_bar():
    built = aggregator(["5m"])
    built.add(tick(1, ns("2023-08-03 09:31:10")))
    minute, five = built.close(ns("2023-08-03 09:35:00"))
    assert minute.base is not None
    assert five.base is None
    assert [bar.timeframe for bar in five.bars] == ["5m"]


def test_a_late_trade_is_refused_and_the_published_bar_stays():
    built = aggregator(["1m"])
    built.add(tick(1, ns("2023-08-03 09:31:10"), 10))
    (closed,) = built.close(ns("2023-08-03 09:32:00"))
    assert built.add(tick(2, ns("2023-08-03 09:31:59"), 99)) is Refusal.LATE
    assert built.due() is None
    assert built.close(EVER) == []
    assert closed.base is not None
    assert closed.base.high == 10


def test_a_trade_on_the_close_that_comes_after_the_close_was_published_is_late():
    built = aggregator(["1h"])
    built.add(tick(1, ns("2023-08-03 15:31:00")))
    built.close(ns("2023-08-03 16:00:00") + 1)
    assert built.add(tick(2, ns("2023-08-03 16:00:00"))) is Refusal.LATE


def test_within_the_open_bar_trades_may_come_in_any_order():
    base = ns("2023-08-03 09:31:00")
    built = aggregator(["1m"])
    for index, (second, price) in enumerate([(30, 5), (10, 3), (50, 4), (50, 7), (10, 9), (40, 1)], 1):
        assert built.add(tick(index, base + second * SECOND, price)) is None
    assert built.forming_open("1m") == 3
    (closed,) = built.close(EVER)
    bar = closed.bars[0]
    assert (bar.open, bar.high, bar.low, bar.close, bar.count) == (3, 9, 1, 7, 6)
    assert (bar.first_index, bar.last_index) == (1, 6)


def test_a_trade_before_the_open_bar_goes_backwards_while_nothing_was_published():
    built = aggregator(["5m"])
    built.add(tick(1, ns("2023-08-03 09:33:10")))
    assert built.add(tick(2, ns("2023-08-03 09:31:10"))) is Refusal.BACKWARDS
    # The refused trade must not have moved the bucket of the larger bar.
    assert built.add(tick(3, ns("2023-08-03 09:29:10"))) is Refusal.OUT_OF_SESSION
    assert built.add(tick(4, ns("2023-08-02 09:31:10"))) is Refusal.BACKWARDS
    five = built.close(EVER)[-1].bars[-1]
    assert (five.timeframe, five.start) == ("5m", ns("2023-08-03 09:30:00"))


def test_the_open_of_a_forming_bar_of_trades_is_its_first_trade():
    start = ns("2023-08-03 09:30:00")
    built = aggregator(["5m"])
    built.add(tick(1, start, 10))
    assert (built.forming_open("1m"), built.forming_open("5m")) == (10, 10)
    built.close(start + MINUTE)
    assert (built.forming_open("1m"), built.forming_open("5m")) == (0, 10)
    built.add(tick(2, start + MINUTE, 20))
    assert (built.forming_open("1m"), built.forming_open("5m")) == (20, 10)


def test_a_timeframe_that_the_tape_cannot_build_is_refused_when_the_aggregator_is_made():
    with pytest.raises(BadConfig, match=r"'15m' is finer than the tape's 1h bars; possible: 1h, 1d, 1w, 1M"):
        aggregator(["15m"], tape="1h")
