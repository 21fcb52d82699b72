"""What a request to reduce, close or cancel does to the orders of a symbol."""

import pytest

from tradingfloor.actors.domain.ids import derive_id
from tradingfloor.actors.messages import CancelAllRequested, ReductionRequested
from tradingfloor.actors.types import NANOS, TradingState


def reduce(here, at, part, symbol=""):
    here.count += 1
    ts = round(at * NANOS)
    event_id = derive_id(ts, "reduce", here.count)
    return here.send(
        ReductionRequested(
            id=event_id, ts=ts, symbol=symbol, part=round(part * 1_000_000), request_id="", reason="", by=""
        )
    )


def cancel(here, at, symbol="", *, entries_only=False):
    here.count += 1
    ts = round(at * NANOS)
    event_id = derive_id(ts, "cancel", here.count)
    return here.send(
        CancelAllRequested(
            id=event_id,
            ts=ts,
            symbol=symbol,
            entries_only=entries_only,
            request_id="",
            reason="",
            by="",
        )
    )


def long(desk, quantity=10, **settings):
    here = desk(**settings)
    here.approve(1, "BUY", quantity, 90, 110)
    here.tick(2, 100)
    assert here.position == quantity
    return here


@pytest.mark.parametrize(
    ("quantity", "part", "left"), [(10, 0.5, 5), (10, 0.25, 7), (3, 0.5, 1), (10, 0.000001, 9), (10, 1.0, 0)]
)
def test_a_part_is_closed_at_the_next_price_and_rounded_up(desk, quantity, part, left):
    here = long(desk, quantity)
    reduce(here, 3, part)
    assert here.position == quantity
    here.tick(4, 101)
    assert here.position == left
    here.check_lifecycles()


def test_stop_and_target_stay_for_what_is_left_and_close_no_more_than_that(desk):
    here = long(desk)
    reduce(here, 3, 0.5)
    here.tick(4, 100)
    here.tick(5, 89)
    assert {"STOP SELL 5 at 89", "closed LONG 10 by STOP net -55"} <= set(here.lines)
    assert here.position == 0
    assert not here.state.books["SPX"].orders


def test_a_close_cancels_what_works_and_leaves_nothing_behind(desk):
    here = long(desk)
    reduce(here, 3, 1.0)
    here.tick(4, 100)
    assert not here.state.books["SPX"].orders
    assert here.position == 0
    here.check_lifecycles()


def test_a_reduction_of_one_symbol_leaves_the_others_alone(desk):
    here = desk(symbols=("SPX", "NDX"))
    for symbol in ("SPX", "NDX"):
        here.approve(1, "BUY", 10, 90, 110, symbol=symbol)
        here.tick(2, 100, symbol=symbol)
    reduce(here, 3, 1.0, "NDX")
    for symbol in ("SPX", "NDX"):
        here.tick(4, 100, symbol=symbol)
    assert [here.state.portfolio.quantity(symbol) for symbol in ("SPX", "NDX")] == [10, 0]


def test_an_entry_under_way_gives_way_to_a_reduction(desk):
    here = long(desk)
    here.approve(3, "BUY", 5, 90, 110)
    reduce(here, 4, 0.5)
    here.tick(5, 100)
    assert here.position == 5


def test_reductions_that_wait_together_close_no_more_than_there_is(desk):
    here = long(desk)
    said = [event for at in (3, 4, 5) for event in reduce(here, at, 0.6)]
    assert [event.quantity for event in said] == [6, 4]
    here.tick(6, 100)
    assert here.position == 0
    here.check_lifecycles()


def test_a_flatten_after_a_reduction_that_waits_closes_everything(desk):
    here = long(desk)
    reduce(here, 3, 0.3)
    here.flatten(4)
    here.tick(5, 100)
    assert here.position == 0
    here.check_lifecycles()
    assert here.recovered() == here.state


def test_without_a_position_a_reduction_says_nothing(desk):
    here = desk()
    assert reduce(here, 3, 1.0) == []


def test_under_a_kill_that_keeps_a_reduction_carries_the_kills_id(desk):
    here = long(desk)
    here.kill(3, "keep")
    (accepted,) = reduce(here, 4, 1.0)
    assert accepted.kill_id == here.state.kill.id
    assert here.state.trading is TradingState.KILLED


def test_cancel_all_takes_entries_and_exits_but_no_close_that_waits(desk):
    here = long(desk)
    reduce(here, 3, 0.5)
    said = cancel(here, 4)
    assert sorted(event.role.value for event in said) == ["STOP", "TARGET"]
    here.tick(5, 100)
    assert here.position == 5
    here.tick(6, 1)
    assert here.position == 5


def test_cancel_of_entries_alone_leaves_the_bracket(desk):
    here = desk(symbols=("SPX", "NDX"))
    here.approve(1, "BUY", 10, 90, 110)
    here.tick(2, 100)
    here.approve(3, "BUY", 10, 90, 110, symbol="NDX")
    said = cancel(here, 4, entries_only=True)
    assert [(event.symbol, event.role.value) for event in said] == [("NDX", "ENTRY")]
    assert len(here.state.books["SPX"].orders) == 2
    assert cancel(here, 5, "NDX") == []


def test_the_legs_of_a_bracket_are_cut_to_what_a_reduction_leaves_open(desk):
    here = long(desk)
    reduce(here, 3, 0.3)
    here.tick(4, 100)
    rests = {order.accepted.role.value: order.rest for order in here.state.books["SPX"].orders.values()}
    assert rests == {"STOP": 7, "TARGET": 7}
    here.check_lifecycles()
