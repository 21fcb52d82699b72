"""Splits and dividends in risk's books: the account is worth the same on the ex-date, a restart agrees."""

import pytest

from tradingfloor.actors.messages import DividendPaid, SplitApplied
from tradingfloor.actors.types import NANOS


@pytest.fixture
def held(desk, at):
    """Long 10 at 100.00 since Monday, closed at 101.00."""
    said = desk.bars_close(at("2024-01-08 10:15"), desk.signal(at("2024-01-08 10:15")))
    assert said
    desk.fill(desk.order(), 100, at("2024-01-08 10:16"), quantity=10)
    desk.price(101, at("2024-01-08 15:59"))
    desk.bars_close(at("2024-01-08 16:00"), last_close=101 * NANOS)
    desk.timer(at("2024-01-08 16:00") + 1)
    return desk


def split(desk, numerator, denominator, ts, before, quantity, cash=0, realised=0):
    return desk.feed(
        SplitApplied(
            id=desk.fresh_id(ts), ts=ts, symbol="SPX", numerator=numerator, denominator=denominator,
            price=101 * NANOS, before=before, quantity=quantity, cash=cash, realised=realised,
        )
    )  # fmt: skip


def dividend(desk, amount, ts, quantity):
    cash = quantity * amount
    return desk.feed(
        DividendPaid(id=desk.fresh_id(ts), ts=ts, symbol="SPX", amount=amount, quantity=quantity, cash=cash)
    )


def figures(state):
    book = state.books["SPX"]
    marked = state.portfolio.equity(state.marks, {})
    return state.equity, state.booked, marked, book.units, book.value, book.last, book.close


def test_after_a_split_everything_is_told_in_new_units_and_worth_the_same(held, at):
    equity, booked, marked, *_ = figures(held.state)
    assert split(held, 2, 1, at("2024-01-09 00:00"), 10, 20) == []
    half = 101 * NANOS // 2
    assert figures(held.state) == (equity, booked, marked, 20, 20 * half, half, half)
    assert figures(held.recovered()) == figures(held.state)


def test_after_a_dividend_the_marks_are_without_it_and_the_cash_is_there(held, at):
    cash = held.state.portfolio.cash
    peak, (equity, booked, marked, *_) = held.state.peak, figures(held.state)
    dividend(held, 2 * NANOS, at("2024-01-09 00:00"), 10)
    assert held.state.portfolio.cash == cash + 20 * NANOS
    assert held.state.portfolio.realised == 20 * NANOS
    assert figures(held.state) == (equity, booked, marked, 10, 990 * NANOS, 99 * NANOS, 99 * NANOS)
    assert held.state.peak == peak
    assert figures(held.recovered()) == figures(held.state)


def test_the_first_price_of_the_ex_date_is_taken_as_it_is(held, at):
    dividend(held, 2 * NANOS, at("2024-01-09 00:00"), 10)
    split(held, 2, 1, at("2024-01-09 00:00"), 10, 20)
    held.price(50, at("2024-01-09 09:30"))
    assert held.state.books["SPX"].last == 50 * NANOS
    assert held.state.equity == held.state.portfolio.cash + 1_000 * NANOS
    assert figures(held.recovered()) == figures(held.state)


def test_a_price_at_the_first_instant_of_the_ex_date_is_in_new_units_and_one_before_it_in_old(held, at):
    midnight = at("2024-01-09 00:00")
    split(held, 2, 1, midnight, 10, 20)
    held.price(102, midnight, start=midnight - 1)
    assert held.state.books["SPX"].last == 51 * NANOS
    held.price(52, midnight)
    assert held.state.books["SPX"].last == 52 * NANOS


def test_a_bar_that_ends_where_the_ex_date_begins_is_told_in_new_units(held, at):
    midnight = at("2024-01-09 00:00")
    held.price(102, midnight, start=midnight - 60 * NANOS)
    split(held, 2, 1, midnight, 10, 20)
    assert held.state.books["SPX"].last == 51 * NANOS


def test_a_price_that_came_before_the_news_of_the_split_is_not_divided_again(held, at):
    held.price(50, at("2024-01-09 09:30"))
    split(held, 2, 1, at("2024-01-09 00:00"), 10, 20)
    assert held.state.books["SPX"].last == 50 * NANOS


def test_a_fraction_that_is_paid_out_is_a_result_of_the_next_session(held, at):
    held.timer(at("2024-01-08 16:00") + 1)
    # 10 units are 3 and a third of a new unit of 303.00: 101.00 for a third of a unit that cost 100.00.
    split(held, 1, 3, at("2024-01-09 00:00"), 10, 3, cash=101 * NANOS, realised=NANOS)
    assert held.state.portfolio.realised == NANOS
    assert held.state.books["SPX"].units == 3
    held.price(303, at("2024-01-09 09:30"))
    (row,) = held.timer(at("2024-01-09 16:00") + 1)
    assert (row.realised, row.equity_close - row.equity_open) == (NANOS, 0)


def test_a_position_that_a_split_leaves_less_than_a_unit_of_is_closed(held, at):
    split(held, 1, 20, at("2024-01-09 00:00"), 10, 0, cash=1_010 * NANOS, realised=10 * NANOS)
    assert held.state.busy() == set()
    assert held.state.equity == held.state.portfolio.cash == 100_010 * NANOS
    assert figures(held.recovered()) == figures(held.state)
