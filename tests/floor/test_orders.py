"""Orders of every type on a whole floor: one ledger however it is run, and a kill that orphans nothing."""

import random
import sqlite3

import msgspec
import pytest
from intraday_market import minute_config, write_minutes
from ledgers import hash_of

from tradingfloor.actors import messages as m
from tradingfloor.actors.config import ExecutionConfig
from tradingfloor.actors.types import KillPolicy, TradingState
from tradingfloor.assembly import Assembly
from tradingfloor.floor import FROM_OLDEST, TradingFloor
from tradingfloor.replaying import replay
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


def test_a_stop_is_moved_and_a_cancel_is_answered_by_the_floor(minutes, tmp_path):
    store = tmp_path / "a.db"
    with TradingFloor(placing(minutes, **IN_PARTS), store=store, speed=2e6) as floor:
        stream = iter(floor.events(("OrderAccepted",), after=FROM_OLDEST))
        answers = iter(floor.events(("OrderReplaced", "OrderRequestRefused"), after=FROM_OLDEST))
        floor.start()
        stop = next(line.event for line in stream if line.event.role.value == "STOP")
        who = {"symbol": stop.symbol, "by": "tester", "reason": "nearer"}
        unknown = m.CancelOrder(request_id="one", order_id="00" * 16, **who)
        floor.submit(unknown).result(WAIT)
        refused = next(line.event for line in answers if isinstance(line.event, m.OrderRequestRefused))
        assert (refused.request_id, refused.reason.value) == ("one", "UNKNOWN_ORDER")
        move = m.ReplaceOrder(request_id="two", order_id=stop.order_id.hex(), price=stop.price, **who)
        floor.submit(move).result(WAIT)
        floor.stop()
    asked = rows(store, "SELECT id FROM events WHERE kind = 'ReplaceRequested'")
    assert len(asked) == 1
    answered = "SELECT kind FROM events WHERE cause = ? AND kind IN ('OrderReplaced', 'OrderRequestRefused')"
    assert len(rows(store, answered, asked[0][0])) == 1
    assert is_clean(store)


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
