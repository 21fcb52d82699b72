"""Random stories, checked against oracles that know nothing of the executor but its fills.

A story mixes entries in two symbols (adding and crossing ones too), trades, merged slots, bars, kills,
rearms, stops, pauses and flatten requests, over many settings of the venue.
"""

from collections import Counter
from fractions import Fraction

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tradingfloor.actors.messages import (
    Killed,
    OrderAccepted,
    OrderApproved,
    OrderCanceled,
    OrderFilled,
    OrderReplaced,
    Rearmed,
    TradeClosed,
)
from tradingfloor.actors.types import NANOS, OrderRole, OrderStatus, TradingState

CENT = NANOS // 100
CASH = 100_000 * NANOS
SYMBOLS = ("SPX", "ABC")

VENUES = st.fixed_dictionaries(
    {
        "bar": st.sampled_from([0, 60]),
        "multiplier": st.sampled_from([1, 100]),
        "seed": st.integers(0, 9),
        "slippage_bps": st.sampled_from([0.0, 5.0, 25.0]),
        "fill_delay_ms": st.sampled_from([0.0, 100.0, 90_000.0]),
        "partial_fill_probability": st.sampled_from([0.0, 0.5, 1.0]),
        "reject_probability": st.sampled_from([0.0, 0.3]),
        "commission_per_share": st.sampled_from([0.0, 0.005, 1e-9]),
    }
)
SYMBOL = st.sampled_from(SYMBOLS)
CENTS = st.integers(9_000, 11_000)
MOVES = st.lists(CENTS, min_size=1, max_size=4)
APPROVALS = st.tuples(
    st.just("approve"),
    SYMBOL,
    st.sampled_from(["BUY", "SELL"]),
    st.integers(1, 12),
    st.integers(1, 800),
    st.integers(1, 800),
    st.sampled_from([1, 500, 50_000, *[10**7] * 5]),
)
PRICES = st.tuples(st.sampled_from(["tick", "slot", "bar"]), SYMBOL, MOVES)
CONTROLS = st.sampled_from(
    [
        ("kill", "flatten"),
        ("kill", "keep"),
        ("flatten",),
        ("day",),
        ("change", "PAUSED", False),
        ("change", "STOPPED", False),
        ("change", "STOPPING", True),
    ]
)
RUN = st.just(("run",))
"""Back to RUNNING from wherever the floor is."""

STEPS = st.integers(0, 19).flatmap(
    lambda n: APPROVALS if n < 5 else CONTROLS if n < 6 else RUN if n < 9 else PRICES
)
STORIES = st.lists(STEPS, min_size=8, max_size=40)

thorough = settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])


def tell(here, story, after=lambda: None):
    """Play a story on a desk, the way the floor's own rules let it happen."""
    clock = 0
    for verb, *args in story:
        clock += 60
        killed = here.state.kill is not None
        if verb == "approve":
            symbol, side, quantity, stop, target, reserved = args
            sign = 1 if side == "BUY" else -1
            reference = here.state.books[symbol].price // CENT or 10_000
            here.approve(
                clock,
                side,
                quantity,
                (reference - sign * stop) / 100,
                (reference + sign * target) / 100,
                reserved,
                symbol,
            )
        elif verb in {"tick", "slot", "bar"}:
            play(here, verb, clock, *args)
        elif verb == "kill" and not killed:
            here.kill(clock, *args)
        elif verb == "run":
            if killed:
                here.rearm(clock)
            here.change("RUNNING", clock)
        elif verb == "change" and not killed:
            here.change(args[0], clock, args[1])
        elif verb == "flatten":
            here.flatten(clock)
        elif verb == "day":
            here.day(clock, 0, 0, 0)
        after()


def play(here, verb, clock, symbol, cents):
    prices = [price / 100 for price in cents]
    shape = (prices[0], max(prices), min(prices), prices[-1])
    if verb == "slot":
        here.slot(clock, clock + 5, *shape, symbol=symbol)
    elif verb == "bar":
        here.open(clock, prices[0], symbol)
        here.bar(clock, clock + 60, *shape, symbol=symbol)
    else:
        for second, price in enumerate(prices):
            here.tick(clock + second, price, symbol)


def orders_of(here):
    """Every order as it was accepted, with the size that its last replacement gave it."""
    orders = {event.order_id: event for event in here.said(OrderAccepted)}
    for event in here.said(OrderReplaced):
        orders[event.order_id] = msgspec.structs.replace(orders[event.order_id], quantity=event.quantity)
    return orders


def told(desk, venue, story, after=lambda here: None):
    here = desk(symbols=SYMBOLS, **venue)
    tell(here, story, lambda: after(here))
    return here


def moved_by_fills(here, venue):
    multiplier = venue["multiplier"]
    commission = Fraction(str(venue["commission_per_share"])) * NANOS
    cash, fees, held = CASH, 0, Counter()
    for fill in here.fills:
        assert 0 <= fill.fee - commission * fill.quantity < 1
        cash -= fill.side.sign * fill.quantity * fill.price * multiplier + fill.fee
        fees += fill.fee
        held[fill.symbol] += fill.side.sign * fill.quantity
    books = here.state.portfolio
    assert books.cash == cash
    assert books.fees == fees
    assert {s: p.quantity for s, p in books.positions.items()} == {s: q for s, q in held.items() if q}
    assert books.realised == sum(fill.realised for fill in here.fills)
    assert books.cash + sum(p.cost for p in books.positions.values()) == CASH + books.realised - books.fees


def held_by_trades(here, venue):
    closed = here.said(TradeClosed)
    still = [book.trade for book in here.state.books.values() if book.trade is not None]
    assert sum(t.realised for t in closed) + sum(t.realised for t in still) == here.state.portfolio.realised
    assert sum(t.fees for t in closed) + sum(t.fees for t in still) == here.state.portfolio.fees
    assert all(t.net == t.realised - t.fees for t in closed)
    flat = {symbol for symbol in SYMBOLS if not here.state.portfolio.quantity(symbol)}
    assert {symbol for symbol in SYMBOLS if here.state.books[symbol].trade is None} == flat
    # A trade is closed exactly when a fill brings the position to flat or through it.
    position, turns = Counter(), 0
    for fill in here.fills:
        before = position[fill.symbol]
        position[fill.symbol] += fill.side.sign * fill.quantity
        turns += before != 0 and before * position[fill.symbol] <= 0
    assert len(closed) == turns


def within_bounds(here, venue):
    orders = orders_of(here)
    filled, spent, position = Counter(), Counter(), Counter()
    left = set()
    for fill in here.fills:
        order = orders[fill.order_id]
        assert fill.quantity >= 1
        filled[fill.order_id] += fill.quantity
        spent[fill.order_id] += fill.quantity * fill.price * venue["multiplier"]
        assert filled[fill.order_id] <= order.quantity
        # A leg may have been made smaller or larger afterwards.
        assert filled[fill.order_id] == order.quantity or not fill.done
        assert fill.order_id not in left
        left.add(order.parent_id)
        if order.reduce_only:
            assert position[fill.symbol] * fill.side.sign < 0
            assert fill.quantity <= abs(position[fill.symbol])
        else:
            assert spent[fill.order_id] <= order.reserved
        position[fill.symbol] += fill.side.sign * fill.quantity
    for cancel in here.said(OrderCanceled):
        assert cancel.remaining == orders[cancel.order_id].quantity - filled[cancel.order_id]


def by_the_table(here, venue):
    statuses = here.check_lifecycles()
    working = {order_id for book in here.state.books.values() for order_id in book.orders}
    open_statuses = {OrderStatus.WORKING, OrderStatus.TRIGGERED, OrderStatus.PARTIALLY_FILLED}
    assert working == {order_id for order_id, status in statuses.items() if status in open_statuses}
    for book in here.state.books.values():
        assert all(order.status is statuses[order_id] for order_id, order in book.orders.items())
    attempts = Counter((fill.order_id, fill.first_index) for fill in here.fills)
    assert set(attempts.values()) <= {1}
    assert max(Counter(event.id for event in here.journal).values(), default=1) == 1


def under_a_kill(here, venue):
    kill = b""
    for event in here.journal:
        if isinstance(event, Killed):
            kill = event.id
        elif isinstance(event, Rearmed):
            kill = b""
        elif kill and isinstance(event, (OrderAccepted, OrderFilled)):
            assert event.kill_id == kill
            assert event.role is OrderRole.FLATTEN


def in_their_range(here, venue):
    seen = {update.first_index: update for update in here.prices}
    orders = orders_of(here)
    bps = Fraction(str(venue["slippage_bps"])) / 10_000
    entered = set()
    for fill in here.fills:
        update, order = seen[fill.first_index], orders[fill.order_id]
        assert (fill.range_low, fill.range_high, fill.ts) == (update.low, update.high, update.ts)
        assert update.low <= fill.raw_price <= update.high
        # A stop may act on what is left of the range that its entry filled in.
        assert update.start >= order.active_ts or (order.parent_id, update.first_index) in entered
        entered.add((fill.order_id, update.first_index))
        worse = fill.side.sign * (fill.price - fill.raw_price)
        if fill.role is OrderRole.TARGET:
            assert worse == 0
            assert fill.side.sign * (fill.price - order.price) <= 0
        else:
            assert bps * fill.raw_price <= worse < bps * fill.raw_price + CENT
        if fill.role in {OrderRole.ENTRY, OrderRole.FLATTEN}:
            assert update.opens
            assert fill.raw_price == update.first


JUDGES = (moved_by_fills, held_by_trades, within_bounds, in_their_range, by_the_table, under_a_kill)


@thorough
@given(VENUES, STORIES)
def test_cash_and_positions_are_what_the_fills_moved_to_the_nano(desk, venue, story):
    moved_by_fills(told(desk, venue, story), venue)


@thorough
@given(VENUES, STORIES)
def test_closed_trades_and_the_open_one_hold_every_fee_and_all_profit(desk, venue, story):
    held_by_trades(told(desk, venue, story), venue)


@thorough
@given(VENUES, STORIES)
def test_no_order_fills_beyond_quantity_reservation_or_position_nor_an_entry_after_its_exit(
    desk, venue, story
):
    within_bounds(told(desk, venue, story), venue)


@thorough
@given(VENUES, STORIES)
def test_a_fill_lies_in_its_range_but_for_slippage_against_the_account(desk, venue, story):
    in_their_range(told(desk, venue, story), venue)


@thorough
@given(VENUES, STORIES)
def test_every_order_lives_by_the_table_and_acts_once_per_update(desk, venue, story):
    by_the_table(told(desk, venue, story), venue)


def no_exit_when_flat(here):
    for symbol, book in here.state.books.items():
        exits = [order for order in book.orders.values() if order.accepted.reduce_only]
        if not here.state.portfolio.quantity(symbol):
            assert exits == []


def as_recovered(here):
    assert msgspec.msgpack.encode(here.recovered()) == msgspec.msgpack.encode(here.state)


def marked_to_the_nano(here):
    """Cash and positions at the newest prices are the equity, and every nano of it is accounted for."""
    books, prices = here.state.portfolio, here.state.prices()
    multipliers = dict.fromkeys(SYMBOLS, here.core._multipliers["SPX"])
    held = {s: p for s, p in books.positions.items() if p.quantity}
    worth = sum(p.quantity * prices[s] * multipliers[s] for s, p in held.items())
    gain = worth - sum(p.cost for p in held.values())
    assert books.equity(prices, multipliers) == books.cash + worth
    assert books.cash + worth == CASH + books.realised - books.fees + gain


@thorough
@given(VENUES, STORIES)
def test_flat_means_no_exit_is_left_at_work(desk, venue, story):
    told(desk, venue, story, no_exit_when_flat)


@thorough
@given(VENUES, STORIES)
def test_equity_is_cash_and_positions_at_the_newest_prices_to_the_nano(desk, venue, story):
    told(desk, venue, story, marked_to_the_nano)


@thorough
@given(VENUES, STORIES)
def test_under_a_kill_nothing_is_worked_or_filled_but_its_own_flattening(desk, venue, story):
    under_a_kill(told(desk, venue, story), venue)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(VENUES, STORIES)
def test_the_folded_journal_and_the_newest_prices_are_the_live_state_at_every_step(desk, venue, story):
    told(desk, venue, story, as_recovered)


@pytest.mark.slow
@settings(
    deadline=None,
    max_examples=500,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
@given(VENUES, st.lists(STEPS, min_size=50, max_size=50))
def test_all_of_it_holds_over_five_hundred_stories_of_fifty_steps(desk, venue, story):
    def at_every_step(here):
        no_exit_when_flat(here)
        marked_to_the_nano(here)

    here = told(desk, venue, story, at_every_step)
    as_recovered(here)
    for judge in JUDGES:
        judge(here, venue)


@thorough
@given(VENUES, STORIES)
def test_approvals_given_again_change_nothing(desk, venue, story):
    here = desk(symbols=SYMBOLS, **venue)
    tell(here, story)
    live = msgspec.msgpack.encode(here.state)
    for approved in here.said(OrderApproved):
        assert here.send(approved) == []
    assert msgspec.msgpack.encode(here.state) == live


@thorough
@given(VENUES, STORIES)
def test_the_mirrored_market_gives_the_mirrored_trades(desk, venue, story):
    venue = {**venue, "slippage_bps": 0.0}
    story = [(verb, *args[:5], 10**7) if verb == "approve" else (verb, *args) for verb, *args in story]
    other = {"BUY": "SELL", "SELL": "BUY"}

    def mirrored(verb, *args):
        if verb == "approve":
            return (verb, args[0], other[args[1]], *args[2:])
        if verb in {"tick", "slot", "bar"}:
            return (verb, args[0], [20_000 - cents for cents in args[1]])
        return (verb, *args)

    here, there = desk(symbols=SYMBOLS, **venue), desk(symbols=SYMBOLS, **venue)
    tell(here, story)
    tell(there, [mirrored(*step) for step in story])
    flip = 200 * NANOS
    assert [(f.symbol, f.role, f.side.sign, f.quantity, f.price, f.fee) for f in here.fills] == [
        (f.symbol, f.role, -f.side.sign, f.quantity, flip - f.price, f.fee) for f in there.fills
    ]
    # Reflected prices make other costs, so the floor of a partial close may fall a nano elsewhere.
    for one, other_trade in zip(here.said(TradeClosed), there.said(TradeClosed), strict=True):
        assert one.exit_role is other_trade.exit_role
        assert abs(one.net - other_trade.net) <= len(here.fills)


def test_the_stories_reach_what_they_are_meant_to_reach(desk):
    """A property over stories in which nothing happens would prove nothing."""
    reached = Counter()

    @settings(deadline=None, max_examples=400, database=None, derandomize=True)
    @given(VENUES, STORIES)
    def play_all(venue, story):
        here = desk(symbols=SYMBOLS, **venue)
        tell(here, story)
        reached.update(type(event).__name__ for event in here.journal)
        reached.update(fill.role.name for fill in here.fills)
        reached.update(cancel.reason.name for cancel in here.said(OrderCanceled))
        reached["partly"] += any(not fill.done for fill in here.fills)
        reached["keeps"] += any(k.policy.value == "keep" for k in here.said(Killed))
        reached["stopping"] += here.state.trading is TradingState.STOPPING

    play_all()
    wanted = {"OrderTriggered", "OrderRejected", "TradeClosed", "ENTRY", "STOP", "TARGET", "FLATTEN"}
    wanted |= {"RESERVATION_CUT", "BRACKET_SIBLING", "KILLED", "STOPPED", "FLATTENED"}
    wanted |= {"partly", "keeps", "stopping"}
    assert {name for name in wanted if not reached[name]} == set()
