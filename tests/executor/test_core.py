"""Approvals, control events, day closes, ids and recovery of the executor."""

import pytest

from tradingfloor.actors.domain.ids import derive_id
from tradingfloor.actors.executor.models import Partials
from tradingfloor.actors.executor.state import snapshot
from tradingfloor.actors.messages import (
    AccountCompared,
    OrderAccepted,
    OrderApproved,
    OrderCanceled,
    OrderRejected,
    PositionSnapshot,
    PriceUpdated,
    TimerDue,
    TradeClosed,
)
from tradingfloor.actors.runtime.core import DecidingCore, run_deciding
from tradingfloor.actors.types import NANOS, OrderRole, Refusal, Side, TradingState

CASH = 100_000 * NANOS


def test_it_is_a_deciding_core_without_timers(desk):
    here = desk()
    assert isinstance(here.core, DecidingCore)
    assert here.core.next_due(here.state) is None
    assert list(here.core.decide(here.state, TimerDue(5), 5)) == []


# --- approvals --------------------------------------------------------------------------------------


def test_an_accepted_entry_carries_what_was_approved(desk):
    here = desk(fill_delay_ms=250.0)
    (accepted,) = here.approve(2, "SELL", 3, 105, 90, 333)
    approved = here.said(OrderApproved)[0]
    assert accepted == OrderAccepted(
        id=accepted.id,
        ts=approved.ts,
        cause=approved.id,
        order_id=approved.id,
        parent_id=b"",
        symbol="SPX",
        role=OrderRole.ENTRY,
        side=Side.SELL,
        quantity=3,
        price=0,
        active_ts=approved.ts + 250_000_000,
        reserved=333 * NANOS,
        reduce_only=False,
        signal_id=approved.signal_id,
        stop=105 * NANOS,
        target=90 * NANOS,
    )
    assert accepted.id != approved.id


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (TradingState.STARTING, None),
        (TradingState.RUNNING, None),
        (TradingState.PAUSED, None),
        (TradingState.STOPPED, Refusal.STOPPED),
        (TradingState.STOPPING, Refusal.STOPPED),
        (TradingState.KILLED, Refusal.KILLED),
    ],
)
def test_an_approval_is_worked_only_where_the_floor_lets_entries_work(desk, state, reason):
    here = desk(start=False)
    here.change(state)
    (answer,) = here.approve(1, "BUY", 4, 95, 110)
    if reason is None:
        assert isinstance(answer, OrderAccepted)
    else:
        assert isinstance(answer, OrderRejected)
        assert answer.reason is reason


def test_before_the_first_start_nothing_is_worked(desk):
    (answer,) = desk(start=False).approve(1, "BUY", 4, 95, 110)
    assert answer.reason is Refusal.STOPPED


def test_an_approval_under_a_latched_kill_never_works_even_if_the_state_says_running(desk):
    here = desk()
    here.kill(1)
    here.change(TradingState.RUNNING, 2)
    assert here.state.trading is TradingState.KILLED
    (answer,) = here.approve(3, "BUY", 4, 95, 110)
    assert answer.reason is Refusal.KILLED


def test_an_approval_for_a_symbol_that_is_not_traded_is_rejected(desk):
    (answer,) = desk().approve(1, "BUY", 4, 95, 110, symbol="XYZ")
    assert answer.reason is Refusal.UNKNOWN_SYMBOL


@pytest.mark.parametrize("reject", [0.0, 1.0])
def test_an_approval_is_answered_once(desk, reject):
    here = desk(reject_probability=reject)
    assert len(here.approve(1, "BUY", 4, 95, 110)) == 1
    approved = here.said(OrderApproved)[0]
    assert here.send(approved) == []
    here.tick(2, 100)
    here.tick(3, 90)
    assert here.send(approved) == []
    recovered = here.recovered()
    assert list(here.core.decide(recovered, approved, 9)) == []


def test_an_approval_that_a_kill_cancelled_before_its_answer_needs_none(desk):
    here = desk()
    other = desk()
    (accepted,) = other.approve(1, "BUY", 4, 95, 110)
    approved = other.said(OrderApproved)[0]
    here.send(
        OrderCanceled(
            id=b"c",
            ts=1,
            order_id=accepted.order_id,
            symbol="SPX",
            role=OrderRole.ENTRY,
            reason=Refusal.KILLED,
            remaining=4,
        )
    )
    assert here.send(approved) == []


def test_a_timer_that_comes_early_ends_no_order(desk):
    here = desk(entry="limit", time_in_force="day")
    here.approve(0, "BUY", 4, 95, 110, entry=98)
    due = here.core.next_due(here.state)
    assert due == 86_400 * NANOS
    assert here.send(TimerDue(due - 1)) == []
    (over,) = here.send(TimerDue(due))
    assert (over.ts, over.reason, here.core.next_due(here.state)) == (due, Refusal.DAY_OVER, None)


# --- what an event says -----------------------------------------------------------------------------


def test_a_fill_says_where_it_came_from(desk):
    here = desk(bar=60, slippage_bps=5.0, commission_per_share=0.005)
    here.approve(0, "BUY", 4, 95, 110)
    here.open(0, 100)
    here.bar(0, 60, 100, 101, 94, 96)
    entry, stop = here.fills
    assert (entry.ts, entry.raw_price, entry.price) == (0, 100 * NANOS, 100_050_000_000)
    assert (entry.range_low, entry.range_high) == (100 * NANOS, 100 * NANOS)
    assert (stop.ts, stop.raw_price, stop.price) == (60 * NANOS, 95 * NANOS, 94_950_000_000)
    assert (stop.range_low, stop.range_high) == (94 * NANOS, 101 * NANOS)
    assert (stop.first_index, stop.last_index) == (2, 2)
    assert {entry.model, stop.model} == {"fixed_bps(5)"}
    assert (entry.fee, stop.fee) == (20_000_000, 20_000_000)
    assert (entry.realised, stop.realised) == (0, -20_400_000_000)
    assert (entry.done, stop.done) == (True, True)


def test_a_closed_trade_adds_up_its_fills(desk):
    here = desk(partial_fill_probability=1.0, commission_per_share=0.01)
    here.approve(0, "SELL", 2, 105, 90)
    here.tick(1, 100)
    here.tick(2, 100.01)
    here.tick(3, 105)
    here.tick(4, 105.01)
    (trade,) = here.said(TradeClosed)
    fills = here.fills
    assert [fill.quantity for fill in fills] == [1, 1, 1, 1]
    assert trade.realised == sum(fill.realised for fill in fills) == -10 * NANOS
    assert trade.fees == sum(fill.fee for fill in fills) == 40_000_000
    assert trade.net == trade.realised - trade.fees
    assert (trade.quantity, trade.direction) == (2, -1)
    assert (trade.entry_price, trade.exit_price) == (100_005_000_000, 105_005_000_000)
    assert (trade.entry_ts, trade.ts) == (1 * NANOS, 4 * NANOS)
    assert trade.exit_role is OrderRole.STOP
    assert trade.entry_order == fills[0].order_id
    assert trade.signal_id == here.said(OrderApproved)[0].signal_id


def test_a_fill_through_flat_splits_its_fee_between_the_two_trades(desk):
    here = desk(commission_per_share=1e-9)
    here.approve(0, "BUY", 1, 95, 110)
    here.tick(1, 100)
    here.approve(2, "SELL", 3, 105, 90)
    here.tick(3, 101)
    here.tick(4, 105)
    first, second = here.said(TradeClosed)
    assert (first.fees, second.fees) == (1 + 1, 2 + 2)
    assert here.state.portfolio.fees == 6


def test_every_cause_is_an_event_of_the_journal(desk):
    here = desk(partial_fill_probability=1.0)
    here.approve(0, "BUY", 2, 95, 110)
    for at, price in enumerate([100, 100, 95, 96], start=1):
        here.tick(at, price)
    here.approve(10, "BUY", 2, 95, 110, 150)
    here.tick(11, 100)
    here.tick(12, 100)
    here.kill(13)
    here.tick(14, 99)
    known = {event.id for event in here.journal}
    strangers = {type(event).__name__ for event in here.journal if event.cause not in known | {b""}}
    assert strangers == {"OrderApproved"}


def test_ids_and_bodies_do_not_depend_on_when_a_message_is_delivered(desk):
    def told(delay):
        here = desk(partial_fill_probability=0.5, reject_probability=0.1, symbols=("SPX", "ABC"))
        here.core, core = Late(here.core, delay), here.core
        for n in range(30):
            here.approve(10 * n, "BUY" if n % 2 else "SELL", 5, 100, 100, symbol="ABC" if n % 3 else "SPX")
            here.tick(10 * n + 1, 100)
            here.tick(10 * n + 2, 100.5, symbol="ABC")
        here.core = core
        return here.journal

    assert told(0) == told(10**12)


class Late:
    """A core whose engine time is off."""

    def __init__(self, core, delay):
        self._core = core
        self._delay = delay
        self.FOLDS = core.FOLDS
        self.apply = core.apply

    def decide(self, state, message, now):
        return self._core.decide(state, message, now + self._delay)


def test_the_nth_fill_of_an_order_takes_the_nth_draw_and_has_the_nth_id(desk):
    here = desk(partial_fill_probability=0.9, seed=3)
    here.approve(0, "BUY", 1_000, 95, 110)
    for _ in range(8):
        here.tick(1, 100)
    order_id, rest = here.fills[0].order_id, 1_000
    assert len(here.fills) > 2
    for attempt, fill in enumerate(here.fills):
        assert fill.quantity == Partials(3, 0.9).quantity(order_id, attempt, rest, here.newest["SPX"], 0)
        assert fill.id == derive_id(fill.ts, "tape", order_id, "filled", attempt)
        rest -= fill.quantity


def test_the_multiplier_counts_in_reservation_cost_and_profit_but_not_in_the_fee(desk):
    here = desk(multiplier=100, commission_per_share=0.65)
    here.approve(0, "BUY", 4, 95, 110, 25_000)
    here.tick(1, 100)
    here.tick(2, 95)
    entry, stop = here.fills
    assert (entry.quantity, entry.fee) == (2, 1_300_000_000)
    assert stop.realised == -1_000 * NANOS
    assert here.state.portfolio.cash == CASH - 1_000 * NANOS - 2_600_000_000


def test_a_price_for_a_flat_symbol_is_remembered_and_answered_with_nothing(desk):
    here = desk()
    assert here.tick(1, 123.45) == []
    assert here.state.books["SPX"].price == 123_450_000_000


# --- kill and flatten -------------------------------------------------------------------------------


def test_a_kill_gives_the_same_state_whichever_of_its_events_comes_first(desk):
    states = []
    for cancels_first in (False, True):
        here = desk()
        here.approve(0, "BUY", 4, 95, 110)
        here.tick(1, 100)
        here.kill(2, cancels_first=cancels_first)
        states.append(here.state)
    assert states[0] == states[1]


def test_a_recovered_executor_flattens_for_a_kill_it_only_reads_about(desk):
    here = desk()
    here.approve(0, "BUY", 4, 95, 110)
    here.tick(1, 100)
    flatten = here.kill(2)[0]
    # The executor died before it could answer the kill: its order never reached the journal.
    told = [event for event in here.journal if event is not flatten]
    state = here.core.initial()
    for event in told:
        here.core.apply(state, event)
    price = here.newest["SPX"]
    later = PriceUpdated("SPX", 3 * NANOS, 3 * NANOS, *[101 * NANOS] * 4, 1, 1, 3, 3, True)
    here.core.apply(state, price)
    out = run_deciding(here.core, state, later, 3 * NANOS)
    assert out[0] == flatten
    assert (out[1].role, out[1].quantity, out[1].price) == (OrderRole.FLATTEN, 4, 101 * NANOS)
    assert out[1].kill_id == flatten.kill_id
    assert isinstance(out[2], TradeClosed)
    assert state.portfolio.positions == {}


def test_a_kill_redelivered_after_its_answer_adds_no_second_flatten_order(desk):
    here = desk()
    here.approve(0, "BUY", 4, 95, 110)
    here.tick(1, 100)
    here.kill(2)
    assert here.send(here.state.kill) == []
    assert [order.accepted.role for order in here.state.books["SPX"].orders.values()] == [OrderRole.FLATTEN]


def test_a_kill_flattens_every_symbol_in_their_order(desk):
    here = desk(symbols=("SPX", "ABC", "XYZ"))
    for symbol, side in (("ABC", "BUY"), ("SPX", "SELL")):
        stop, target = (95, 110) if side == "BUY" else (105, 90)
        here.approve(0, side, 4, stop, target, symbol=symbol)
        here.tick(1, 100, symbol=symbol)
    out = [event for event in here.kill(2) if isinstance(event, OrderAccepted)]
    assert [(event.symbol, event.side.value, event.quantity) for event in out] == [
        ("SPX", "BUY", 4),
        ("ABC", "SELL", 4),
    ]
    assert {event.kill_id for event in out} == {here.state.kill.id}
    assert all(event.reduce_only for event in out)


def test_a_flatten_order_pending_from_a_request_is_replaced_by_the_kills_own(desk):
    here = desk()
    here.approve(0, "BUY", 4, 95, 110)
    here.tick(1, 100)
    (_, _, asked) = here.flatten(2)
    out = here.kill(3)
    assert (asked.kill_id, out[0].kill_id) == (b"", here.state.kill.id)
    assert list(here.state.books["SPX"].orders) == [out[0].order_id]


def test_after_a_kill_that_kept_a_flatten_request_carries_the_kills_id(desk):
    here = desk()
    here.approve(0, "BUY", 4, 95, 110)
    here.tick(1, 100)
    here.kill(2, "keep")
    (accepted,) = here.flatten(3)
    assert (accepted.role, accepted.kill_id) == (OrderRole.FLATTEN, here.state.kill.id)
    here.tick(4, 99)
    assert here.position == 0
    assert here.fills[-1].kill_id == here.state.kill.id


def test_a_flatten_that_still_waits_outlives_the_rearm(desk):
    here = desk()
    here.approve(0, "BUY", 4, 95, 110)
    here.tick(1, 100)
    here.kill(2)
    here.rearm(3)
    assert (here.state.kill, here.state.trading) == (None, TradingState.STOPPED)
    here.tick(4, 99)
    assert here.position == 0


def test_after_the_rearm_entries_work_again(desk):
    here = desk()
    here.kill(2)
    here.rearm(3)
    here.change(TradingState.RUNNING, 4)
    here.approve(5, "BUY", 4, 95, 110)
    here.tick(6, 100)
    assert here.position == 4


def test_a_second_request_adds_no_second_flatten_order(desk):
    here = desk()
    here.approve(0, "BUY", 4, 95, 110)
    here.tick(1, 100)
    assert len(here.flatten(2)) == 3
    assert here.flatten(3) == []
    assert here.change(TradingState.STOPPING, 4, flatten=True) == []


def test_an_entry_accepted_while_a_flatten_waits_opens_a_trade_of_its_own(desk):
    here = desk()
    here.approve(0, "BUY", 4, 95, 110)
    here.tick(1, 100)
    here.flatten(2)
    here.approve(3, "BUY", 2, 95, 110)
    here.tick(4, 101)
    assert [line for line in here.lines if "at 101" in line or "closed" in line] == [
        "FLATTEN SELL 4 at 101",
        "closed LONG 4 by FLATTEN net 4",
        "ENTRY BUY 2 at 101",
    ]
    assert here.position == 2


def test_a_plain_stop_before_any_fill_leaves_nothing_at_work(desk):
    here = desk()
    here.approve(0, "BUY", 4, 95, 110)
    (canceled,) = here.change(TradingState.STOPPED, 1)
    assert (canceled.reason, canceled.remaining) == (Refusal.STOPPED, 4)
    assert here.tick(2, 100) == []


def test_a_cancel_of_an_order_that_is_over_changes_nothing(desk):
    here = desk()
    here.approve(0, "BUY", 4, 95, 110)
    here.tick(1, 100)
    here.tick(2, 95)
    before = here.state.books["SPX"].orders.copy()
    here.send(here.said(OrderCanceled)[0])
    assert here.state.books["SPX"].orders == before == {}


# --- the end of a day -------------------------------------------------------------------------------


def after_a_day(desk):
    here = desk(commission_per_share=0.01)
    here.approve(0, "BUY", 4, 95, 110)
    here.tick(1, 100)
    here.tick(2, 95)
    here.approve(3, "BUY", 4, 90, 110)
    here.tick(4, 100)
    here.tick(5, 102)
    return here


FEES = 120_000_000
EQUITY = CASH - 20 * NANOS + 8 * NANOS - FEES


def test_the_day_row_is_compared_and_open_positions_are_written_down(desk):
    here = after_a_day(desk)
    held, compared = here.day(6, -20 * NANOS, FEES, EQUITY)
    assert held == PositionSnapshot(
        id=held.id,
        ts=6 * NANOS,
        cause=compared.cause,
        symbol="SPX",
        session=7,
        quantity=4,
        cost=400 * NANOS,
        price=102 * NANOS,
        unrealised=8 * NANOS,
    )
    assert compared == AccountCompared(
        id=compared.id,
        ts=6 * NANOS,
        cause=held.cause,
        session=7,
        cash=CASH - 420 * NANOS - FEES,
        equity=EQUITY,
        realised=-20 * NANOS,
        fees=FEES,
        agrees=True,
    )


@pytest.mark.parametrize("wrong", [(1, 0, 0), (0, 1, 0), (0, 0, 1)])
def test_a_day_row_that_is_off_by_a_nano_is_said_so(desk, wrong):
    here = after_a_day(desk)
    compared = here.day(6, -20 * NANOS + wrong[0], FEES + wrong[1], EQUITY + wrong[2])[-1]
    assert not compared.agrees
    assert (compared.realised, compared.fees, compared.equity) == (-20 * NANOS, FEES, EQUITY)


def test_the_next_day_begins_at_zero(desk):
    here = after_a_day(desk)
    here.day(6, -20 * NANOS, FEES, EQUITY)
    here.tick(7, 90)
    (compared,) = here.day(8, -40 * NANOS, 40_000_000, CASH - 60 * NANOS - FEES - 40_000_000)
    assert (compared.realised, compared.fees, compared.agrees) == (-40 * NANOS, 40_000_000, True)


def test_a_fill_folded_before_an_older_day_row_still_belongs_to_the_next_day(desk):
    here = after_a_day(desk)
    here.tick(7, 90)
    stop = here.fills[-1]
    compared = here.day(6, -20 * NANOS, FEES, EQUITY)[-1]
    assert not compared.agrees
    in_order = here.core.initial()
    position = here.journal.index(stop)
    day = here.journal[-2]
    for event in [*here.journal[:position], day, *here.journal[position:-2]]:
        here.core.apply(in_order, event)
    here.core.apply(in_order, here.newest["SPX"])
    assert in_order == here.state
    assert here.state.portfolio.realised - here.state.day_realised == stop.realised


# --- status -----------------------------------------------------------------------------------------


def test_the_snapshot_says_what_is_held_and_what_a_flatten_waits_for(desk):
    here = desk(symbols=("SPX", "ABC"))
    instruments = here.core._instruments
    here.approve(0, "BUY", 4, 95, 110)
    here.tick(1, 100)
    here.tick(2, 101.5)
    seen = snapshot(here.state, instruments)
    (held,) = seen.positions
    assert (held.symbol, held.quantity, held.last, held.unrealised) == ("SPX", 4, 101_500_000_000, 6 * NANOS)
    assert held.unit == "paper unit"
    assert seen.equity == CASH + 6 * NANOS
    assert seen.pending == ()
    assert seen.working == (("SPX", "STOP", "SELL", 4), ("SPX", "TARGET", "SELL", 4))
    here.kill(3)
    assert snapshot(here.state, instruments).pending == ("SPX long 4 waits for the next price",)
    here.tick(4, 99)
    assert snapshot(here.state, instruments).pending == ()


def test_a_kill_that_is_only_read_about_counts_as_pending(desk):
    here = desk()
    here.approve(0, "SELL", 3, 105, 90)
    here.tick(1, 100)
    here.kill(2)
    state = here.core.initial()
    for event in here.journal:
        if not (isinstance(event, OrderAccepted) and event.role is OrderRole.FLATTEN):
            here.core.apply(state, event)
    assert snapshot(state, {}).pending == ("SPX short 3 waits for the next price",)


def test_a_position_of_a_symbol_no_longer_configured_survives(desk):
    here = desk(symbols=("SPX", "ABC"))
    here.approve(0, "BUY", 4, 95, 110, symbol="ABC")
    here.tick(1, 100, symbol="ABC")
    smaller = desk(start=False)
    for event in here.journal:
        smaller.core.apply(smaller.state, event)
    assert smaller.state.portfolio.quantity("ABC") == 4
    (_, _, flatten) = smaller.flatten(5)
    assert (flatten.symbol, flatten.quantity) == ("ABC", 4)
