"""The lifecycle table, row by row, and everything that is not in it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradingfloor.actors.executor.orders import LIFECYCLE, IllegalTransition, Step, transition
from tradingfloor.actors.messages import (
    OrderAccepted,
    OrderApproved,
    OrderCanceled,
    OrderDenied,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderTriggered,
)
from tradingfloor.actors.routing import ROUTES
from tradingfloor.actors.types import OrderRole, OrderStatus, Refusal, Side

BASE = {"id": b"i", "ts": 1, "order_id": b"o", "symbol": "SPX"}
FILL = {
    **BASE,
    "role": OrderRole.STOP,
    "side": Side.SELL,
    "quantity": 1,
    "price": 1,
    "fee": 0,
    "realised": 0,
    "range_low": 1,
    "range_high": 1,
    "raw_price": 1,
    "model": "",
    "first_index": 1,
    "last_index": 1,
}
EVENTS = {
    Step.ACCEPT: OrderAccepted(
        **BASE,
        parent_id=b"",
        role=OrderRole.STOP,
        side=Side.SELL,
        quantity=1,
        price=1,
        active_ts=1,
        reserved=0,
        reduce_only=True,
    ),
    Step.REJECT: OrderRejected(**BASE, reason=Refusal.VENUE_RANDOM),
    Step.TRIGGER: OrderTriggered(**BASE),
    Step.REPLACE: OrderReplaced(**BASE, role=OrderRole.STOP, quantity=1, price=1, limit=0, active_ts=1),
    Step.FILL_PART: OrderFilled(**FILL, done=False),
    Step.FILL_REST: OrderFilled(**FILL, done=True),
    Step.CANCEL: OrderCanceled(**BASE, role=OrderRole.STOP, reason=Refusal.KILLED, remaining=1),
    Step.EXPIRE: OrderCanceled(**BASE, role=OrderRole.STOP, reason=Refusal.DAY_OVER, remaining=1),
}
LEGAL = {
    "APPROVED": {"ACCEPT": "WORKING", "REJECT": "REJECTED", "CANCEL": "CANCELED"},
    "WORKING": {
        "TRIGGER": "TRIGGERED",
        "REPLACE": "WORKING",
        "FILL_PART": "PARTIALLY_FILLED",
        "FILL_REST": "FILLED",
        "CANCEL": "CANCELED",
        "EXPIRE": "EXPIRED",
    },
    "TRIGGERED": {
        "REPLACE": "TRIGGERED",
        "FILL_PART": "PARTIALLY_FILLED",
        "FILL_REST": "FILLED",
        "CANCEL": "CANCELED",
        "EXPIRE": "EXPIRED",
    },
    "PARTIALLY_FILLED": {
        "REPLACE": "PARTIALLY_FILLED",
        "FILL_PART": "PARTIALLY_FILLED",
        "FILL_REST": "FILLED",
        "CANCEL": "CANCELED",
        "EXPIRE": "EXPIRED",
    },
    "FILLED": {},
    "REJECTED": {},
    "CANCELED": {},
    "EXPIRED": {},
}


@pytest.mark.parametrize("status", OrderStatus)
@pytest.mark.parametrize("step", Step)
def test_every_pair_of_status_and_event_is_a_row_or_is_refused(status, step):
    following = LEGAL[status.value].get(step.value)
    if following is None:
        with pytest.raises(
            IllegalTransition, match=f"order 6f: {step.value} while {status.value}"
        ) as refused:
            transition(status, EVENTS[step])
        assert refused.value.reason is Refusal.ORDER_STATUS
    else:
        assert transition(status, EVENTS[step]).value == following


@settings(deadline=None, max_examples=100)
@given(st.lists(st.sampled_from(list(Step)), max_size=12))
def test_an_order_that_is_over_stays_over(steps):
    over = {OrderStatus.FILLED, OrderStatus.REJECTED, OrderStatus.CANCELED, OrderStatus.EXPIRED}
    status = OrderStatus.APPROVED
    for step in steps:
        following = LIFECYCLE.get((status, step))
        if status in over:
            assert following is None
        status = following or status


def test_a_cancel_expires_an_order_only_where_its_reason_says_so():
    for reason in Refusal:
        event = OrderCanceled(**BASE, role=OrderRole.ENTRY, reason=reason, remaining=1)
        ended = transition(OrderStatus.WORKING, event)
        own_time = reason in {Refusal.DAY_OVER, Refusal.IOC_REST}
        assert ended is (OrderStatus.EXPIRED if own_time else OrderStatus.CANCELED)


def test_an_order_that_risk_denied_has_no_way_to_the_executor(desk):
    here = desk()
    denied = OrderDenied(
        id=b"d", ts=1, decision_id=b"d", signal_id=b"s", symbol="SPX", side=Side.BUY, reason=Refusal.SHORT
    )
    assert ROUTES[OrderDenied].rooms == ()
    assert OrderDenied not in here.core.FOLDS
    assert here.send(denied) == []
    entries = [kind for kind, route in ROUTES.items() if "executor" in route.rooms and _may_enter(kind)]
    assert entries == [OrderApproved]


def _may_enter(kind):
    """Whether a message says how much of what to buy or sell, and with which protection."""
    return {"side", "quantity", "stop", "target"} <= set(kind.__struct_fields__)
