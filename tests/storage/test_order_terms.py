"""How the store keeps the terms of orders, and what verify says of orders whose story is impossible."""

import pytest

from tradingfloor.actors import messages as m
from tradingfloor.actors.types import NANOS, OrderRole, OrderType, Refusal, Side, TimeInForce
from tradingfloor.storage.checks import Entry, Facts
from tradingfloor.storage.invariants import CauseChain, Fills, KillHolds
from tradingfloor.storage.projection import Projection

BASE = {"id": b"i" * 16, "ts": 5, "order_id": b"o" * 16, "symbol": "SPX"}
LEVEL = {"price": 100 * NANOS, "limit": 101 * NANOS}


def accepted(**fields):
    given = {
        **BASE, "parent_id": b"", "role": OrderRole.ENTRY, "side": Side.BUY, "quantity": 4, "price": 0,
        "active_ts": 5, "reserved": 0, "reduce_only": False, **fields,
    }  # fmt: skip
    return m.OrderAccepted(**given)


def replaced(**fields):
    given = {**BASE, "role": OrderRole.ENTRY, "quantity": 4, "price": 0, "limit": 0, "active_ts": 5, **fields}
    return m.OrderReplaced(**given)


def filled(price, **fields):
    given = {
        **BASE, "role": OrderRole.ENTRY, "side": Side.BUY, "quantity": 1, "price": price, "fee": 0,
        "realised": 0, "done": False, "range_low": price, "range_high": price, "raw_price": price,
        "model": "none", "first_index": 1, "last_index": 1, **fields,
    }  # fmt: skip
    return m.OrderFilled(**given)


def canceled(reason):
    return m.OrderCanceled(**BASE, role=OrderRole.ENTRY, reason=reason, remaining=4)


def rows_of(*events):
    projection = Projection()
    rows = [projection.rows(event, sequence) for sequence, event in enumerate(events, 1)]
    return projection, rows


def faults(check, *events):
    here = check(Facts({}, {}))
    for sequence, event in enumerate(events, 1):
        here.see(Entry(sequence, event.id, event.ts, type(event).__name__, "executor", 1, b"", "", event))
    return here.details


def test_an_order_row_has_the_terms_of_the_order_and_of_its_last_replacement():
    terms = {
        "order_type": OrderType.STOP_LIMIT,
        "time_in_force": TimeInForce.DAY,
        "trail": 3,
        "expires_ts": 9,
    }
    projection, _ = rows_of(accepted(**LEVEL, **terms))
    (row,) = projection.working_orders()
    assert (row.order_type, row.time_in_force, row.trail, row.expires_ts) == ("STOP_LIMIT", "DAY", 3, 9)
    assert (row.price, row.limit_price, row.quantity) == (100 * NANOS, 101 * NANOS, 4)
    projection, _ = rows_of(accepted(**LEVEL, **terms), replaced(quantity=2, price=7, limit=8, active_ts=6))
    (row,) = projection.working_orders()
    assert (row.price, row.limit_price, row.quantity, row.active_ts, row.status) == (7, 8, 2, 6, "WORKING")


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (Refusal.DAY_OVER, "EXPIRED"),
        (Refusal.IOC_REST, "EXPIRED"),
        (Refusal.KILLED, "CANCELED"),
        (Refusal.CANCEL_REQUESTED, "CANCELED"),
    ],
)
def test_an_order_whose_own_time_was_over_is_expired_and_works_no_more(reason, status):
    projection, rows = rows_of(accepted(), canceled(reason))
    assert status in rows[-1][0][1]
    assert projection.working_orders() == []
    assert not projection.may_fill(BASE["order_id"])


LIMIT = {"order_type": OrderType.LIMIT, "price": 100 * NANOS}
KILL = m.Killed(
    id=b"k" * 16, ts=5, previous="RUNNING", policy="keep", request_id="", reason="", by="", canceled=0
)


@pytest.mark.parametrize(
    ("check", "events", "fault"),
    [
        (Fills, [accepted(**LIMIT), filled(100 * NANOS)], None),
        (Fills, [accepted(**LIMIT), filled(100 * NANOS + 1)], "is 1 nanos beyond its limit"),
        (Fills, [accepted(**LIMIT), replaced(price=99 * NANOS), filled(100 * NANOS)], "beyond its limit"),
        (
            Fills,
            [accepted(order_type=OrderType.STOP_LIMIT, **LEVEL), filled(102 * NANOS)],
            "beyond its limit",
        ),
        (Fills, [accepted(order_type=OrderType.STOP, **LEVEL), filled(102 * NANOS)], None),
        (Fills, [accepted(), replaced(quantity=5)], "works more than was approved"),
        (Fills, [accepted(role=OrderRole.STOP), replaced(quantity=5, role=OrderRole.STOP)], None),
        (Fills, [accepted(), filled(1), replaced(quantity=1), filled(1, id=b"j" * 16)], "overfilled by 1"),
        (CauseChain, [replaced(cause=b"o" * 16)], "has nothing it may follow from"),
        (KillHolds, [accepted(), KILL, replaced()], "was changed while killed"),
    ],
)
def test_verify_finds_fills_through_a_limit_and_replacements_that_may_not_be(check, events, fault):
    found = faults(check, *events)
    assert [fault in text for text in found] == ([True] if fault else [])
