"""What the executor charges: by order, over partial fills, months and a folded journal."""

from collections import defaultdict
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tradingfloor.actors.config import Config, ExecutionConfig
from tradingfloor.actors.domain.fee_schedules import fees_of, schedule
from tradingfloor.actors.domain.fees import Execution, month_of, trade_date
from tradingfloor.actors.messages import OrderAccepted, OrderApproved, OrderFilled
from tradingfloor.actors.types import NANOS, OrderRole

SHIPPED = ("flat", "ibkr_tiered", "tastytrade", "per_share")
SYMBOLS = ("SPX", "ABC")
MONTH = 31 * 86_400

VENUES = st.fixed_dictionaries(
    {
        "multiplier": st.sampled_from([1, 100]),
        "seed": st.integers(0, 9),
        "slippage_bps": st.sampled_from([0.0, 25.0]),
        "partial_fill_probability": st.sampled_from([0.5, 1.0]),
        "commission_per_share": st.sampled_from([0.0, 0.005, 1e-9]),
    }
)
ENTRIES = st.tuples(
    st.just("enter"),
    st.sampled_from(SYMBOLS),
    st.sampled_from(["BUY", "SELL"]),
    st.sampled_from([1, 12, 900, 250_000]),
    st.integers(1, 8),
    st.sampled_from([10_000, 10**9]),
)
PRICES = st.tuples(st.just("trade"), st.sampled_from(SYMBOLS), st.lists(st.integers(90, 110), max_size=5))
STORIES = st.lists(
    st.one_of(ENTRIES, PRICES, PRICES, st.sampled_from([("flatten",), ("wait",)])), min_size=6, max_size=25
)
"""Entries that add, cross and are cut by their reservation, exits in parts, and months that pass."""
thorough = settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])


def tell(here, story):
    at = 0
    for verb, *args in story:
        at += MONTH if verb == "wait" else 60
        if verb == "enter":
            symbol, side, quantity, distance, reserved = args
            price = here.state.books[symbol].price // NANOS or 100
            sign = 1 if side == "BUY" else -1
            here.approve(
                at, side, quantity, price - sign * distance, price + sign * distance, reserved, symbol
            )
        elif verb == "trade":
            symbol, prices = args
            for second, price in enumerate(prices):
                here.tick(at + second, price, symbol)
        elif verb == "flatten":
            here.flatten(at)


def settled(fills, multiplier):
    """Order -> its executions, as the fills alone tell them."""
    held, traded, orders = defaultdict(int), defaultdict(int), defaultdict(list)
    for fill in fills:
        sign, day = fill.side.sign, trade_date(fill.ts)
        closed = min(fill.quantity, max(0, -sign * held[fill.symbol]))
        held[fill.symbol] += sign * fill.quantity
        orders[fill.order_id].append(
            Execution(
                day=day,
                sign=sign,
                opened=fill.quantity - closed,
                closed=closed,
                price=fill.price,
                multiplier=multiplier,
                takes=fill.role is not OrderRole.TARGET,
                volume=traded[month_of(day)],
            )
        )
        traded[month_of(day)] += fill.quantity
    return orders


@thorough
@given(st.sampled_from(SHIPPED), VENUES, STORIES)
def test_the_fills_of_an_order_add_up_to_one_orders_fee_by_the_schedule(desk, name, venue, story):
    here = desk(symbols=SYMBOLS, fees=name, **venue)
    tell(here, story)
    config = Config(execution=ExecutionConfig(fees=name, commission_per_share=venue["commission_per_share"]))
    fees = fees_of(schedule(config), "index", "SPX")
    paid = defaultdict(int)
    for fill in here.fills:
        assert fill.fee >= 0
        paid[fill.order_id] += fill.fee
    owed = {
        order: fees.order(executions)
        for order, executions in settled(here.fills, venue["multiplier"]).items()
    }
    assert dict(paid) == owed


@thorough
@given(st.sampled_from(SHIPPED), VENUES, STORIES)
def test_no_entry_is_charged_more_than_its_reservation_allows(desk, name, venue, story):
    here = desk(symbols=SYMBOLS, fees=name, **venue)
    tell(here, story)
    config = Config(execution=ExecutionConfig(fees=name, commission_per_share=venue["commission_per_share"]))
    fees = fees_of(schedule(config), "index", "SPX")
    for approved in here.said(OrderApproved):
        most = fees.most(trade_date(approved.ts), approved.side.sign, approved.quantity, approved.reserved)
        assert sum(fill.fee for fill in here.fills if fill.order_id == approved.id) <= most


@thorough
@given(VENUES, STORIES)
def test_the_ledger_holds_only_orders_that_still_work(desk, venue, story):
    here = desk(symbols=SYMBOLS, fees="per_share", **venue)
    tell(here, story)
    working = {order for book in here.state.books.values() for order in book.orders}
    assert set(here.state.ledger.orders) <= working


def test_the_minimum_is_charged_with_the_first_part_and_the_rest_only_beyond_it(desk):
    here = desk(partial_fill_probability=1.0, fees="per_share")
    here.approve(0, "BUY", 900, 95, 110)
    for at in range(1, 30):
        here.tick(at, 100)
    entry = [fill for fill in here.fills if fill.role is OrderRole.ENTRY]
    assert len(entry) > 3
    assert sum(fill.quantity for fill in entry) == 900
    totals = [sum(fill.fee for fill in entry[:count]) for count in range(len(entry) + 1)]
    filled = [sum(fill.quantity for fill in entry[:count]) for count in range(len(entry) + 1)]
    assert totals == [0, *(max(NANOS, units * NANOS // 200) for units in filled[1:])]
    assert [b - a for a, b in pairwise(totals)] == [fill.fee for fill in entry]


def test_every_order_of_a_bracket_pays_its_own_minimum(desk):
    here = desk(fees="per_share")
    here.approve(0, "BUY", 10, 95, 110)
    here.tick(1, 100)
    here.tick(2, 94)
    assert [(fill.role, fill.fee) for fill in here.fills if not fill.fee % NANOS] == [
        (OrderRole.ENTRY, NANOS)
    ]
    (stop,) = [fill for fill in here.fills if fill.role is OrderRole.STOP]
    # A sale of 10 at 94: the minimum of 1.00, the SEC's 22.10 per million, FINRA's 0.000119 a share.
    assert stop.fee == NANOS + 20_774_000 + 1_190_000


def test_a_target_that_rests_pays_no_fee_for_taking_liquidity(desk):
    fees = {}
    for role, price in ((OrderRole.STOP, 94), (OrderRole.TARGET, 111)):
        here = desk(fees="ibkr_tiered")
        here.approve(0, "BUY", 1_000, 95, 110)
        here.tick(1, 100)
        here.tick(2, price)
        (fill,) = [found for found in here.fills if found.role is role]
        fees[role] = fill.fee - fill.quantity * fill.price * 221 // 10**7
    assert fees[OrderRole.STOP] - fees[OrderRole.TARGET] == 1_000 * NANOS * 3 // 1_000


def test_a_stop_limit_that_its_touch_fills_takes_liquidity_in_part_as_in_whole(desk):
    here = desk(
        entry="stop_limit", quantity_model="volume_cap", volume_cap=1.0, fees="ibkr_tiered",
        price_model="fixed_ticks",
    )  # fmt: skip
    here.enter(0, "BUY", 1_000, 102, 95, 110)
    here.volume(1, 102, 400)
    here.volume(2, 102, 9_000)
    touched, rested = here.fills
    assert (touched.quantity, touched.model) == (400, "fixed_ticks(1)")
    assert (rested.quantity, rested.model) == (600, "trade_through(1)")
    # 0.003 a share for taking liquidity, at the touch alone.
    assert touched.fee * 600 - rested.fee * 400 == 400 * 600 * NANOS * 3 // 1_000


def test_orders_in_all_symbols_count_towards_the_volume_of_the_month(desk):
    here = desk(symbols=("SPX", "ABC"), fees="ibkr_tiered")
    for at, symbol in ((0, "SPX"), (10, "ABC")):
        here.approve(at, "BUY", 300_000, 95, 110, symbol=symbol)
        here.tick(at + 1, 100, symbol)
    first, second = (fill.fee for fill in here.fills)
    # 0.0035 against 0.002 of commission a share, and what is passed through of it.
    assert first - second == 450 * NANOS + 450 * NANOS * 735 // 10**6


@pytest.mark.parametrize("name", SHIPPED)
def test_an_unlisted_position_pays_as_a_share(desk, name):
    from tradingfloor.actors.types import Side

    here = desk(fees=name)
    stranger = OrderFilled(
        id=b"f", ts=0, order_id=b"o", symbol="OLD", role=OrderRole.ENTRY, side=Side.BUY, quantity=10,
        price=100 * NANOS, fee=0, realised=0, done=True, range_low=0, range_high=0, raw_price=0, model="",
        first_index=0, last_index=0,
    )  # fmt: skip
    here.send(stranger)
    here.flatten(1)
    here.tick(2, 100, "OLD")
    (fill,) = here.fills[-1:]
    fees = fees_of(
        schedule(Config(execution=ExecutionConfig(fees=name, commission_per_share=0.0))), "equity", "OLD"
    )
    assert fill.symbol == "OLD"
    sold = Execution(trade_date(fill.ts), -1, 0, 10, 100 * NANOS, 1, True, 10)
    assert fill.fee == fees.order([sold])


def test_a_cancelled_order_leaves_the_ledger(desk):
    here = desk(partial_fill_probability=1.0, fees="per_share")
    here.approve(0, "BUY", 900, 95, 110)
    here.tick(1, 100)
    (entry,) = [one for one in here.said(OrderAccepted) if one.role is OrderRole.ENTRY]
    assert list(here.state.ledger.orders) == [entry.order_id]
    here.flatten(2)
    assert entry.order_id not in here.state.ledger.orders
