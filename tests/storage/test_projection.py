"""What the tables say after a journal, however it was cut into commits."""

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradingfloor.actors import messages as m
from tradingfloor.actors.types import NANOS, OrderRole, Refusal
from tradingfloor.storage.migrate import migrate
from tradingfloor.storage.projection import STATEMENTS, WORKING_ORDERS, Projection
from tradingfloor.storage.rows import (
    PROJECTED,
    DayRow,
    DecisionRow,
    FillRow,
    LockRow,
    OrderRow,
    PositionRow,
    SignalRow,
    SnapshotRow,
    StateRow,
    TradeRow,
    read,
    select,
)

from .conftest import SESSION, T0, Story, cents


def empty():
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, ":memory:")
    return connection


def dump(connection):
    return {row.TABLE: connection.execute(select(row) + " ORDER BY 1, 2").fetchall() for row in PROJECTED}


def commit(connection, rows):
    """As the writer does: statement by statement, each over all its rows."""
    for statement in STATEMENTS:
        connection.executemany(statement, [values for text, values in rows if text == statement])


@pytest.fixture(scope="module")
def tables(good_store):
    with closing(sqlite3.connect(good_store)) as connection:
        yield {
            row: [read(row, v) for v in connection.execute(select(row) + " ORDER BY 1")] for row in PROJECTED
        }


def test_the_first_trade_stands_in_the_orders_as_it_went(tables):
    entry, stop, target = tables[OrderRow][:3]
    assert (entry.role, entry.status, entry.quantity, entry.filled) == ("ENTRY", "FILLED", 150, 150)
    assert entry.filled_value == 60 * cents(10_005) + 90 * cents(10_004)
    assert entry.fees == cents(75)
    assert (entry.reserved, entry.reduce_only) == (150 * cents(10_005), False)
    assert (stop.role, stop.status, stop.filled, stop.price) == ("STOP", "FILLED", 150, cents(9_900))
    assert (stop.parent_id, stop.reduce_only, stop.remaining) == (entry.order_id, True, 0)
    assert (target.status, target.reason, target.filled) == ("CANCELED", "BRACKET_SIBLING", 0)


def test_orders_remember_their_decision_and_how_they_ended(tables):
    orders = tables[OrderRow]
    entries = [order for order in orders if order.role == "ENTRY"]
    decided = {row.decision_id for row in tables[DecisionRow]}
    assert [order.status for order in entries] == ["FILLED", "REJECTED", "FILLED"]
    assert entries[1].reason == "VENUE_RANDOM"
    assert all(order.decision_id in decided for order in entries)
    assert [(o.role, o.status, o.reason) for o in orders[-3:]] == [
        ("STOP", "CANCELED", "KILLED"),
        ("TARGET", "CANCELED", "KILLED"),
        ("FLATTEN", "FILLED", None),
    ]
    assert orders[-1].kill_id


def test_fills_trades_and_the_position_add_up(tables):
    assert [fill.quantity for fill in tables[FillRow]] == [60, 90, 50, 100, 100, 100]
    assert [trade.net for trade in tables[TradeRow]] == [-cents(17_060), cents(4_900)]
    (position,) = tables[PositionRow]
    assert (position.quantity, position.cost, position.opened_ts) == (0, 0, 0)
    assert (position.realised, position.fees) == (-cents(11_910), cents(250))


def test_a_signal_carries_its_score_and_one_without_a_decision_says_why(tables):
    first, denied, rejected, below, second = tables[SignalRow]
    assert (first.score, first.outcome, first.trading, first.bias) == (7.5, "ELIGIBLE", 0.5, 0.2)
    assert (first.weights, first.families) == ('[["INTRADAY",1.0]]', '[["15m","imbalance",0.6]]')
    assert (below.score, below.outcome) == (3.0, "BELOW")
    assert second.direction == -1
    assert {denied.outcome, rejected.outcome} == {"ELIGIBLE"}


def test_a_decision_keeps_every_gate_and_tells_its_outcome(tables):
    assert [row.outcome for row in tables[DecisionRow]] == ["APPROVED", "DENIED", "APPROVED", "APPROVED"]
    denied = tables[DecisionRow][1]
    assert (denied.reason, denied.passed) == ("DAILY_TRADES", 0b101)
    assert [gate.passed for gate in denied.gate_results] == [True, False, True]
    assert denied.gate_results[2].value == "15008"


def test_an_approval_of_a_floor_that_places_no_orders_is_shadow():
    story = Story()
    story.decide("shadow", b"s" * 16, 1, Refusal.SHADOW)
    (statement, values), *rest = Projection().rows(story.lines[-1].event, 9)
    assert not rest
    row = read(DecisionRow, values)
    assert (row.outcome, row.reason, row.sequence) == ("SHADOW", "SHADOW", 9)
    assert statement in STATEMENTS


def test_locks_days_snapshots_and_the_state_are_as_last_told(tables):
    day_lock, stale = tables[LockRow]
    assert (day_lock.lock, day_lock.active, day_lock.until, day_lock.ended) == ("loss", True, 9, 0)
    assert (stale.lock, stale.active, stale.reason) == ("stale", False, "FRESHNESS")
    assert stale.ended > stale.since > T0
    assert [(day.session, day.trades, day.realised) for day in tables[DayRow]] == [
        (SESSION, 2, -cents(16_910))
    ]
    (snapshot,) = tables[SnapshotRow]
    assert (snapshot.quantity, snapshot.cost) == (-100, -9_900 * NANOS)
    (state,) = tables[StateRow]
    assert (state.state, state.kill_id, state.by) == ("STOPPED", b"", "tester")


def test_while_killed_the_state_row_holds_the_latch(story):
    projection, connection = Projection(), empty()
    for sequence, line in enumerate(story, 1):
        commit(connection, projection.rows(line.event, sequence))
        if isinstance(line.event, m.Killed):
            break
    state = read(StateRow, connection.execute(select(StateRow)).fetchone())
    assert (state.state, state.kill_id, state.policy) == ("KILLED", line.event.id, "flatten")
    assert state.reason == "enough"


def test_only_statements_of_the_list_are_asked_for(story):
    projection = Projection()
    asked = {text for n, line in enumerate(story, 1) for text, _ in projection.rows(line.event, n)}
    assert asked == set(STATEMENTS)


def test_events_without_a_table_of_their_own_give_no_rows(story):
    projection = Projection()
    silent = {type(x.event).__name__ for n, x in enumerate(story, 1) if not projection.rows(x.event, n)}
    assert silent == {
        *("EngineBooted", "TimeframeReported", "OrderDenied", "AccountCompared", "FlattenRequested"),
        *("ActorRestarted", "ActorIsolated", "MessageDropped", "KillRequested", "ReductionRequested"),
        *("CancelAllRequested", "ScheduleHandled", "BackupWritten", "FileWritten"),
        *("CancelRequested", "ReplaceRequested", "OrderRequestRefused"),
    }


@settings(deadline=None, max_examples=30)
@given(cuts=st.sets(st.integers(0, 80)), reload=st.booleans())
def test_however_the_journal_is_cut_into_commits_the_tables_are_the_same(story, good_store, cuts, reload):
    with closing(empty()) as connection, closing(sqlite3.connect(good_store)) as good:
        projection, rows = Projection(), []
        for sequence, line in enumerate(story, 1):
            rows += projection.rows(line.event, sequence)
            if sequence in cuts:
                commit(connection, rows)
                rows = []
                if reload:
                    projection = Projection.load(connection)
        commit(connection, rows)
        assert dump(connection) == dump(good)


def test_at_every_event_memory_and_disk_agree_on_the_working_orders(story):
    with closing(empty()) as connection:
        projection, most = Projection(), 0
        for sequence, line in enumerate(story, 1):
            commit(connection, projection.rows(line.event, sequence))
            stored = [read(OrderRow, values) for values in connection.execute(WORKING_ORDERS)]
            assert projection.working_orders() == stored
            most = max(most, len(stored))
        assert most == 3
        assert stored == []


def test_an_approved_order_may_still_fill(story):
    projection = Projection()
    for sequence, line in enumerate(story, 1):
        projection.rows(line.event, sequence)
        if isinstance(line.event, m.OrderApproved):
            break
    assert [order.status for order in projection.working_orders()] == ["APPROVED"]


def test_an_event_about_an_order_nobody_knows_changes_no_order():
    story = Story()
    story.cancel("stray", b"o" * 16, OrderRole.STOP, Refusal.FLATTENED, 5)
    story.fill("stray", b"o" * 16, OrderRole.STOP, -5, cents(9_900))
    projection = Projection()
    assert projection.rows(story.lines[0].event, 1) == []
    assert len(projection.rows(story.lines[1].event, 2)) == 2  # the fill and the position


def test_a_position_that_crosses_flat_is_opened_anew_and_multiplied():
    story = Story()
    story.fill("a", b"o" * 16, OrderRole.ENTRY, 3, 10 * NANOS)
    story.fill("b", b"p" * 16, OrderRole.ENTRY, -5, 12 * NANOS, realised=600 * NANOS)
    projection = Projection({"SPX": 100})
    rows = [projection.rows(line.event, n)[-1][1] for n, line in enumerate(story.lines, 1)]
    before, after = (read(PositionRow, values) for values in rows)
    assert (before.quantity, before.cost) == (3, 3_000 * NANOS)
    assert (after.quantity, after.cost) == (-2, -2_400 * NANOS)
    assert (before.opened_ts, after.opened_ts) == (story.lines[0].event.ts, story.lines[1].event.ts)
    assert after.realised == 600 * NANOS


@pytest.mark.parametrize("reload", [False, True])
def test_a_lock_that_has_ended_does_not_end_again(story, reload):
    unlocked = next(line.event for line in story if isinstance(line.event, m.EntriesUnlocked))
    with closing(empty()) as connection:
        projection = Projection()
        for sequence, line in enumerate(story, 1):
            commit(connection, projection.rows(line.event, sequence))
        if reload:
            projection = Projection.load(connection)
        assert projection.rows(unlocked, 99) == []
