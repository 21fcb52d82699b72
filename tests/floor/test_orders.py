"""Orders of every type on a whole floor: one ledger however it is run, and a kill that orphans nothing."""

import random
import sqlite3
from concurrent.futures import Future
from sqlite3 import DatabaseError

import msgspec
import pytest
from intraday_market import minute_config, write_minutes
from ledgers import hash_of

from tradingfloor.actors import messages as m
from tradingfloor.actors.config import ExecutionConfig
from tradingfloor.actors.domain.ids import derive_id
from tradingfloor.actors.errors import BadCommand, NotRunning, TradingFloorError
from tradingfloor.actors.runtime.journal import CommittedEvent
from tradingfloor.actors.status import CommandResult
from tradingfloor.actors.types import NANOS, KillPolicy, OrderRole, Refusal, TradingState
from tradingfloor.assembly import Assembly
from tradingfloor.floor import FROM_OLDEST, TradingFloor
from tradingfloor.gateway.client import ControlClient
from tradingfloor.order_requests import OrderRequests
from tradingfloor.replaying import replay
from tradingfloor.storage.readers import SyncReader
from tradingfloor.storage.verify import verify

WAIT = 60
WORKING = ("APPROVED", "WORKING", "TRIGGERED", "PARTIALLY_FILLED")
IN_PARTS = {"partial_fill_probability": 1.0, "reject_probability": 0.0}
LIMITS = {"entry": "limit", "time_in_force": "day", "stop": "trailing", **IN_PARTS}


@pytest.fixture(scope="module")
def minutes(tmp_path_factory):
    return write_minutes(tmp_path_factory.mktemp("minutes") / "spx.csv")


def placing(minutes, **execution):
    return msgspec.structs.replace(minute_config(minutes), execution=ExecutionConfig(**execution))


def rows(store, query, *values):
    connection = sqlite3.connect(store)
    try:
        return connection.execute(query, values).fetchall()
    finally:
        connection.close()


def is_clean(store):
    report = verify(store)
    return [(check.name, check.details) for check in report.invariants if not check.ok] == []


@pytest.mark.parametrize(
    "execution",
    [
        LIMITS,
        {"entry": "stop", "stop": "stop_limit", "price_model": "fixed_ticks", "quantity_model": "volume_cap"},
        {"entry": "stop_limit", "time_in_force": "ioc", "price_model": "volume_share"},
    ],
    ids=lambda execution: execution["entry"],
)
def test_live_and_replay_write_the_same_ledger_for_every_order_type(minutes, tmp_path, execution):
    config = placing(minutes, **execution)
    counts = replay(Assembly(config), tmp_path / "replay.db")
    with TradingFloor(config, store=tmp_path / "live.db") as floor:
        floor.begin()
        assert floor.wait(WAIT)
        assert floor.ended == ""
    assert counts["OrderAccepted"] > 0
    assert hash_of(tmp_path / "live.db") == hash_of(tmp_path / "replay.db")
    assert is_clean(tmp_path / "live.db")
    types = {kind for (kind,) in rows(tmp_path / "live.db", "SELECT DISTINCT order_type FROM orders")}
    assert execution["entry"].upper() in types


def test_a_day_order_that_did_not_fill_is_expired_in_the_store(minutes, tmp_path):
    config = placing(minutes, entry="limit", time_in_force="day", limit_through_ticks=10_000)
    replay(Assembly(config), tmp_path / "a.db")
    found = rows(tmp_path / "a.db", "SELECT DISTINCT status, reason FROM orders")
    assert ("EXPIRED", "DAY_OVER") in found
    assert {status for status, _ in found} <= {"EXPIRED", "REJECTED"}
    assert not rows(tmp_path / "a.db", "SELECT 1 FROM fills")
    assert is_clean(tmp_path / "a.db")


@pytest.mark.parametrize("policy", ["flatten", "keep"])
def test_a_kill_between_the_parts_of_an_entry_leaves_no_order_behind(minutes, tmp_path, policy):
    store = tmp_path / "a.db"
    with TradingFloor(placing(minutes, **IN_PARTS), store=store, speed=2e7) as floor:
        stream = iter(floor.events(("OrderFilled",), after=FROM_OLDEST))
        floor.start()
        while next(stream).event.done:
            pass
        kill = floor.kill("panic", policy=KillPolicy(policy))
        assert floor.wait(WAIT)
        status = floor.status()
    assert status.state is TradingState.KILLED
    assert is_clean(store)
    marks = ",".join("?" * len(WORKING))
    assert rows(store, f"SELECT role FROM orders WHERE status IN ({marks})", *WORKING) == []
    held = rows(store, "SELECT quantity FROM positions WHERE quantity != 0")
    assert (held == []) == (policy == "flatten" or not status.positions)
    after = "SELECT kind FROM events WHERE sequence > ? AND kind IN ('OrderReplaced', 'OrderTriggered')"
    assert rows(store, after, kill.sequence) == []


def a_protected_position(floor):
    """Start, and stop where a position is protected: (stop, target) as they were accepted."""
    floor.start()
    legs = {}
    for line in floor.events(("OrderAccepted", "OrderCanceled", "TradeClosed"), after=FROM_OLDEST):
        event = line.event
        if not isinstance(event, m.OrderAccepted):
            legs.clear()
        elif event.role.value in {"STOP", "TARGET"}:
            legs[event.role.value] = event
        if len(legs) == 2:
            floor.pause()
            floor.stop()
            break
    return legs["STOP"], legs["TARGET"]


def why_not(ask):
    with pytest.raises(BadCommand) as refused:
        ask()
    return refused.value.reason.value


def test_an_order_is_moved_and_cancelled_when_the_answer_comes_and_a_refusal_has_its_reason(
    minutes, tmp_path
):
    store = tmp_path / "a.db"
    nearer = NANOS // 4
    with TradingFloor(placing(minutes, **IN_PARTS), store=store, speed=2e6) as floor:
        stop, target = a_protected_position(floor)
        away = stop.price - stop.side.sign * -nearer
        moved = floor.replace_order(stop.order_id, "nearer", price=away, request_id="move")
        (replaced,) = [e for e in events(store, "OrderReplaced") if e.sequence == moved.sequence]
        assert (replaced.event.order_id, replaced.event.price) == (stop.order_id, away)
        assert floor.replace_order(stop.order_id, "nearer", price=away, request_id="move") == moved
        gone = floor.cancel_order(target.order_id.hex(), symbol=target.symbol)
        (canceled,) = [e for e in events(store, "OrderCanceled") if e.sequence == gone.sequence]
        assert (canceled.event.order_id, canceled.event.reason.value) == (target.order_id, "CANCEL_REQUESTED")
        assert "TARGET cancelled" in gone.detail
        assert why_not(lambda: floor.cancel_order(target.order_id)) == "UNKNOWN_ORDER"
        assert why_not(lambda: floor.cancel_order(stop.order_id, symbol="NDX")) == "UNKNOWN_ORDER"
        for name in ("zz", "", "00" * 15, b"\0" * 16, b"\0" * 17):
            assert why_not(lambda: floor.cancel_order(name)) == "UNKNOWN_ORDER"  # noqa: B023
            assert why_not(lambda: floor.cancel_order(name, symbol="SPX")) == "UNKNOWN_ORDER"  # noqa: B023
        for wrong, reason in (
            ({"price": away + 1}, "OFF_TICK"),
            ({"price": -NANOS}, "OUT_OF_RANGE"),
            ({"limit": away}, "ORDER_STATUS"),
            ({"quantity": stop.quantity + 1}, "ORDER_SIZE"),
        ):
            assert why_not(lambda: floor.replace_order(stop.order_id, **wrong)) == reason  # noqa: B023
        floor.kill("enough", policy=KillPolicy.KEEP)
        assert why_not(lambda: floor.cancel_order(stop.order_id)) == "KILLED"
    assert is_clean(store)
    journaled = {e.event.order_id for e in events(store, "CancelRequested")}
    assert {len(order_id) for order_id in journaled} == {16}


def test_over_the_wire_the_venue_answers_too_and_each_refusal_has_its_reason(minutes, tmp_path):
    store = tmp_path / "a.db"
    with TradingFloor(placing(minutes, **IN_PARTS), store=store, speed=2e6, grpc="auto") as floor:
        stop, target = (leg.order_id.hex() for leg in a_protected_position(floor))
        with ControlClient(floor.address, by="tester") as client:
            level = next(
                e.event.price for e in events(store, "OrderAccepted") if e.event.order_id.hex() == stop
            )
            moved = client.replace_order(stop, "nearer", price=level)
            assert moved.sequence == events(store, "OrderReplaced")[-1].sequence
            assert client.cancel_order(target).sequence == events(store, "OrderCanceled")[-1].sequence
            for ask, reason in (
                (lambda: client.cancel_order(target), "UNKNOWN_ORDER"),
                (lambda: client.cancel_order("no hex"), "UNKNOWN_ORDER"),
                (lambda: client.cancel_order(stop[:-2]), "UNKNOWN_ORDER"),
                (lambda: client.replace_order("00" * 16, price=level), "UNKNOWN_ORDER"),
                (lambda: client.replace_order(stop, price=level + 1), "OFF_TICK"),
                (lambda: client.replace_order(stop, limit=level), "ORDER_STATUS"),
                (lambda: client.replace_order(stop, quantity=1), "ORDER_SIZE"),
            ):
                assert why_not(ask) == reason
            client.kill("enough", policy=KillPolicy.KEEP)
            assert why_not(lambda: client.cancel_order(stop)) == "KILLED"
    assert is_clean(store)


def events(store, kind):
    with SyncReader.open(store) as reader:
        return reader.events(0, 10_000, (kind,))


def test_a_request_whose_answer_nobody_heard_has_it_from_the_journal_after_a_restart(minutes, tmp_path):
    store, config = tmp_path / "a.db", placing(minutes, **IN_PARTS)
    with TradingFloor(config, store=store, speed=2e6) as floor:
        stop, target = a_protected_position(floor)
        first = floor.cancel_order(target.order_id, request_id="once")
        refused = why_not(lambda: floor.replace_order(stop.order_id, price=1, request_id="twice"))
    with TradingFloor(config, store=store) as floor:
        assert floor.cancel_order(target.order_id, request_id="once") == first
        assert why_not(lambda: floor.replace_order(stop.order_id, price=1, request_id="twice")) == refused
        assert why_not(lambda: floor.cancel_order(stop.order_id, request_id="once")) == "REQUEST_ID_REUSED"
    assert len(events(store, "CancelRequested")) == len(events(store, "ReplaceRequested")) == 1


def test_of_two_requests_about_one_order_each_has_its_own_answer_also_after_a_restart(minutes, tmp_path):
    store, config = tmp_path / "a.db", placing(minutes, **IN_PARTS)
    with TradingFloor(config, store=store, speed=2e6) as floor:
        stop, _ = a_protected_position(floor)
        asked = [
            m.ReplaceOrder(request_id="move", order_id=stop.order_id.hex(), symbol="SPX", price=stop.price),
            m.CancelOrder(request_id="end", order_id=stop.order_id.hex(), symbol=""),
        ]
        answers = [floor.submit(each) for each in asked]
        first = [answer.result(30) for answer in answers]
    assert [result.detail.split()[2] for result in first] == ["now", "cancelled,"]
    with TradingFloor(config, store=store) as floor:
        assert [floor.submit(each).result(30) for each in asked] == first


def test_an_order_that_ends_for_another_reason_is_no_answer_to_the_request_about_it(tmp_path):
    request, fill, order = (derive_id(1, "t", name) for name in ("request", "fill", "order"))
    requests, answer = OrderRequests(tmp_path / "a.db", submit=None), Future()
    requests._waiting[request, order] = CommandResult(state=TradingState.RUNNING, sequence=1), answer

    def canceled_by(cause, sequence):
        event = m.OrderCanceled(
            id=derive_id(1, "t", "over", cause), ts=2, cause=cause, order_id=order, symbol="SPX",
            role=OrderRole.TARGET, remaining=4, reason=Refusal.BRACKET_SIBLING,
        )  # fmt: skip
        requests.take([CommittedEvent(sequence, 0, "executor", event)])

    canceled_by(fill, 2)
    assert not answer.done()
    canceled_by(request, 3)
    assert answer.result(0).sequence == 3


def test_a_store_that_cannot_be_read_fails_the_request_and_nothing_else(minutes, tmp_path, monkeypatch):
    def unreadable(_path):
        raise DatabaseError("disk I/O error")

    with TradingFloor(placing(minutes, **IN_PARTS), store=tmp_path / "a.db", speed=2e6) as floor:
        stop, _ = a_protected_position(floor)
        with monkeypatch.context() as patched:
            patched.setattr(SyncReader, "open", unreadable)
            with pytest.raises(TradingFloorError, match="cannot be read: disk I/O error"):
                floor.cancel_order(stop.order_id)
        assert "cancelled" in floor.cancel_order(stop.order_id).detail
        assert floor.ended == ""


def test_a_request_that_is_open_when_the_floor_closes_is_told_so(minutes, tmp_path):
    with TradingFloor(placing(minutes), store=tmp_path / "a.db") as floor:
        command = m.CancelOrder(request_id="r", order_id="00" * 16, symbol="SPX")
        answer, _ = floor._engine._commands._about_orders._open.admit(command)
    with pytest.raises(NotRunning, match="stopped before it answered"):
        answer.result(0)


CHILD = """
import sys
sys.path.insert(0, sys.argv[3])
from test_orders import LIMITS, placing
from tradingfloor.floor import TradingFloor
with TradingFloor(placing(sys.argv[1], **LIMITS), store=sys.argv[2]) as floor:
    print("open", flush=True)
    floor.begin()
    assert floor.wait(300) and not floor.ended, floor.ended
print("finished", flush=True)
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_process_killed_with_day_orders_and_trailing_stops_ends_with_the_ledger_of_a_calm_one(tmp_path):
    from test_crash import kill_loop

    csv = write_minutes(tmp_path / "spx.csv", days=20)
    replay(Assembly(placing(csv, **LIMITS)), tmp_path / "calm.db")
    done = kill_loop(csv, tmp_path / "killed.db", 6, random.Random(2), script=CHILD)
    assert done >= 3
    assert hash_of(tmp_path / "killed.db") == hash_of(tmp_path / "calm.db")
    assert is_clean(tmp_path / "killed.db")
