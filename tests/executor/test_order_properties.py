"""Random lives of orders of every type, judged at every step by an oracle that knows only events and prices.

As risk lets it happen, a symbol gets an entry only while it is flat and nothing works in it; requests, kills,
stops and flattens come at any time. The oracle keeps its own books.
"""

from collections import Counter

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
    OrderRequestRefused,
    OrderTriggered,
    PriceUpdated,
    Rearmed,
)
from tradingfloor.actors.types import NANOS, OrderRole, OrderType, Refusal, TimeInForce

CENT = NANOS // 100
CASH = 100_000 * NANOS
STEPS = 50
STOPS = {OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP}

VENUES = st.fixed_dictionaries(
    {
        "bar": st.sampled_from([0, 60]),
        "multiplier": st.sampled_from([1, 100]),
        "hours": st.sampled_from(["24h", "XNYS"]),
        "entry": st.sampled_from(["market", "limit", "stop", "stop_limit"]),
        "stop": st.sampled_from(["stop", "stop_limit", "trailing"]),
        "time_in_force": st.sampled_from(["gtc", "day", "ioc"]),
        "fill_timing": st.sampled_from(["next_price", "next_bar_open"]),
        "fill_delay_ms": st.sampled_from([0.0, 100.0]),
        "limit_through_ticks": st.integers(0, 2),
        "stop_limit_ticks": st.sampled_from([0, 10]),
        "price_model": st.sampled_from(["none", "fixed_bps", "fixed_ticks", "half_spread", "volume_share"]),
        "slippage_bps": st.sampled_from([0.0, 25.0]),
        "quantity_model": st.sampled_from(["all", "probabilistic", "volume_cap"]),
        "partial_fill_probability": st.sampled_from([0.3, 1.0]),
        "volume_cap": st.sampled_from([0.5, 1.0]),
        "outside_bar": st.booleans(),
        "commission_per_share": st.sampled_from([0.0, 0.005]),
    }
)
CENTS = st.integers(9_700, 10_300)
APPROVALS = st.tuples(
    st.just("approve"),
    st.sampled_from(["BUY", "SELL"]),
    st.integers(1, 12),
    st.integers(-150, 150),
    st.integers(1, 400),
    st.integers(1, 400),
    st.sampled_from([500, *[10**7] * 5]),
    st.sampled_from([0, 0, 1, 6]),
)
"""The last: tenths of a cent by which the signal's entry lies off the tick."""
PRICES = st.tuples(
    st.sampled_from(["tick", "slot", "bar"]),
    st.lists(CENTS, min_size=1, max_size=4),
    st.integers(0, 12),
    st.sampled_from([None, None, None, -1, 0, 3, 9]),
)
REQUESTS = st.one_of(
    st.tuples(st.just("cancel"), st.integers(0, 3)),
    st.tuples(st.just("replace"), st.integers(0, 3), st.integers(0, 12), CENTS, st.booleans()),
)
CONTROLS = st.sampled_from(
    [("kill", "flatten"), ("kill", "keep"), ("flatten",), ("change", "STOPPED"), ("night",), ("night",)]
)
RUN = st.just(("run",))
STORY = st.lists(
    st.integers(0, 19).flatmap(
        lambda n: (
            APPROVALS if n < 6 else CONTROLS if n < 7 else REQUESTS if n < 9 else RUN if n < 11 else PRICES
        )
    ),
    min_size=STEPS,
    max_size=STEPS,
)
# 2024-07-01 13:30 UTC, an open in New York.
OPENING = 1_719_840_600


class Oracle:
    """Books kept from events and prices alone; ``look`` judges what is new."""

    def __init__(self, here, venue):
        self.here, self.venue = here, venue
        self.seen = 0
        self.cash, self.fees, self.realised, self.position = CASH, 0, 0, 0
        self.approved, self.orders = {}, {}
        self.filled = Counter()
        self.updates = {}
        self.update, self.standing = None, {}
        """The update at hand, and the level of every order as it began."""
        self.triggered, self.over = {}, set()
        """Order -> the update that triggered it; orders that are over."""
        send = here.send

        def noting(message):
            if isinstance(message, PriceUpdated):
                self.updates[message.first_index] = self.update = message
                self.standing = {order_id: order.price for order_id, order in self.orders.items()}
            said = send(message)
            self.listen()
            if isinstance(message, PriceUpdated):
                self.nothing_missed(message)
            return said

        here.send = noting
        self.kill = b""
        self.unprotected = False
        """Somebody cancelled a leg, or a kill that keeps took them all."""

    def look(self):
        self.listen()
        self.books()

    def listen(self):
        for event in self.here.journal[self.seen :]:
            match event:
                case OrderApproved():
                    self.approved[event.id] = event
                case OrderAccepted():
                    assert not self.kill or event.kill_id == self.kill
                    self.orders[event.order_id] = event
                    if event.role is OrderRole.ENTRY:
                        self.accepted(event, self.approved[event.order_id])
                case OrderTriggered():
                    self.triggered[event.order_id] = self.update.first_index
                case OrderReplaced():
                    assert not self.kill
                    self.replaced(event)
                case OrderFilled():
                    self.fill(event)
                case OrderCanceled():
                    self.over.add(event.order_id)
                    order = self.orders.get(event.order_id)
                    if order is not None:
                        assert event.remaining == order.quantity - self.filled[event.order_id] > 0
                    asked = event.reason in {Refusal.CANCEL_REQUESTED, Refusal.KILLED, Refusal.FLATTENED}
                    self.unprotected |= asked and event.role is OrderRole.STOP
                case Killed():
                    self.kill = event.id
                case Rearmed():
                    self.kill = b""
                case _:
                    pass
        self.seen = len(self.here.journal)

    def accepted(self, order, approved):
        """It arrives after its decision, and its level is rounded so that it is harder to fill."""
        assert order.active_ts >= approved.ts
        if order.order_type is not OrderType.MARKET:
            harder = -1 if order.order_type is OrderType.LIMIT else 1
            assert order.price % CENT == 0
            assert 0 <= harder * order.side.sign * (order.price - approved.entry) < CENT

    def replaced(self, event):
        before = self.orders[event.order_id]
        assert event.quantity > self.filled[event.order_id]
        if before.role is OrderRole.ENTRY:
            assert event.quantity <= before.quantity
        if event.cause == event.order_id:
            self.trailed(before, event)
        terms = {name: getattr(event, name) for name in ("quantity", "price", "limit", "active_ts")}
        self.orders[event.order_id] = msgspec.structs.replace(before, **terms)

    def trailed(self, before, event):
        """A trailing stop follows the extreme of the update at hand, and only towards it."""
        update, sign = self.update, before.side.sign
        assert update.start >= before.active_ts
        extreme = update.low if sign > 0 else update.high
        assert 0 <= sign * (event.price - extreme) - before.trail < CENT
        assert sign * (event.price - before.price) < 0

    def fill(self, fill):
        order, update = self.orders[fill.order_id], self.updates[fill.first_index]
        sign, multiplier = fill.side.sign, self.venue["multiplier"]
        self.filled[fill.order_id] += fill.quantity
        assert fill.quantity > 0
        assert self.filled[fill.order_id] <= order.quantity
        assert fill.done == (self.filled[fill.order_id] == order.quantity)
        # Inside the bar, against the account, and never through a limit.
        assert update.low <= fill.raw_price <= update.high
        assert sign * (fill.price - fill.raw_price) >= 0
        assert fill.price % CENT == 0
        if not self.venue["outside_bar"]:
            assert update.low <= fill.price <= update.high
        if order.order_type is OrderType.LIMIT:
            assert sign * (fill.price - order.price) <= 0
        if order.order_type is OrderType.STOP_LIMIT:
            assert sign * (fill.price - order.limit) <= 0
        self.met(order, fill, update)
        # Never on a range that began before the order arrived, but for the stop of an entry in it.
        if order.parent_id == self.entered(update):
            assert order.role is OrderRole.STOP
            assert sign * (fill.raw_price - self.last_entry_price) >= 0
        else:
            assert update.start >= order.active_ts
        assert not order.expires_ts or update.start < order.expires_ts
        if order.role is OrderRole.ENTRY:
            self.last_entry, self.last_entry_price = (fill.order_id, update.first_index), fill.raw_price
        if order.role is OrderRole.TARGET:
            self.after_the_stop(order, update)
        if fill.done:
            self.over.add(fill.order_id)
        before = self.position
        self.position += sign * fill.quantity
        self.cash -= sign * fill.quantity * fill.price * multiplier + fill.fee
        self.fees += fill.fee
        self.realised += fill.realised
        if order.reduce_only or self.kill:
            assert before * sign < 0
            assert abs(self.position) == abs(before) - fill.quantity

    def met(self, order, fill, update):
        """Where an order met the market: a limit traded through, a stop at its level or gapped through it."""
        sign, raw = fill.side.sign, fill.raw_price
        known = self.triggered.get(order.order_id, update.first_index) < update.first_index
        if fill.model.startswith("trade_through"):
            limit = order.price if order.order_type is OrderType.LIMIT else order.limit
            beyond = limit - sign * self.venue["limit_through_ticks"] * CENT
            assert sign * ((update.low if sign > 0 else update.high) - beyond) <= 0
            assert raw == limit or sign * (raw - limit) < 0
        elif order.order_type in STOPS and not known and order.parent_id != self.entered(update):
            # The level that stood before this update: what it moves counts from the next one on.
            level = self.standing[order.order_id]
            assert raw == (update.first if sign * (update.first - level) >= 0 else level)
        elif order.order_type not in STOPS or known:
            assert update.opens
            assert raw == update.first

    def after_the_stop(self, target, update):
        """A target fills only on an update that its stop was not touched on, nor triggered before."""
        for leg in self.orders.values():
            stops = leg.parent_id == target.parent_id and leg.role is OrderRole.STOP
            if stops and leg.order_id not in self.over:
                level, sign = self.standing[leg.order_id], leg.side.sign
                assert leg.order_id not in self.triggered
                assert sign * ((update.high if sign > 0 else update.low) - level) < 0

    def nothing_missed(self, update):
        """A stop that was touched is over or triggered; a limit traded through has filled, if all fills."""
        for order_id in self.standing.keys() - self.over:
            order = self.orders[order_id]
            if order.time_in_force is TimeInForce.IOC or update.start < order.active_ts:
                continue
            sign, since = order.side.sign, self.triggered.get(order_id)
            if order.order_type in STOPS and since is None:
                assert sign * ((update.high if sign > 0 else update.low) - self.standing[order_id]) < 0
            elif self.venue["quantity_model"] == "all" and self.rests(order, since, update):
                limit = order.price if order.order_type is OrderType.LIMIT else order.limit
                beyond = limit - sign * self.venue["limit_through_ticks"] * CENT
                assert sign * ((update.low if sign > 0 else update.high) - beyond) > 0

    def rests(self, order, since, update):
        """Whether an order was surely at its limit before the extreme of the update."""
        own = order.parent_id == self.entered(update)
        if order.order_type is OrderType.LIMIT:
            stops = (leg for leg in self.triggered if self.orders[leg].parent_id == order.parent_id != b"")
            return not own and not any(stops)
        if order.order_type is not OrderType.STOP_LIMIT:
            return False
        gapped = order.side.sign * (update.first - order.limit) > 0 and not own
        return since < update.first_index or gapped

    last_entry, last_entry_price = (b"", 0), 0

    def entered(self, update):
        """The entry that filled on this very update."""
        order_id, index = self.last_entry
        return order_id if index == update.first_index else None

    def books(self):
        """Position, cash and equity to the nano; legs exactly as large as what they protect."""
        state, multiplier = self.here.state, self.venue["multiplier"]
        assert state.portfolio.quantity("SPX") == self.position
        assert (state.portfolio.cash, state.portfolio.fees) == (self.cash, self.fees)
        last = state.books["SPX"].price
        held = state.portfolio.positions.get("SPX")
        if held is not None:
            worth = self.cash + self.position * last * multiplier
            gain = held.unrealised(last, multiplier)
            assert worth == CASH + self.realised - self.fees + gain
            assert worth == state.portfolio.equity({"SPX": last}, {"SPX": multiplier})
        legs = [order for order in state.books["SPX"].orders.values() if order.accepted.parent_id]
        for leg in legs:
            assert leg.accepted.side.sign * self.position < 0
            assert leg.rest == abs(self.position)
        if not self.position:
            self.unprotected = False
        elif not self.unprotected and not state.books["SPX"].flattening:
            assert [leg.accepted.role for leg in legs].count(OrderRole.STOP) == 1


def tell(here, story, oracle):
    clock = OPENING
    for verb, *args in story:
        clock += 60
        due = here.core.next_due(here.state)
        if due is not None and due <= clock * NANOS:
            here.timer(clock)
            oracle.look()
        act(here, verb, clock, args)
        if verb == "night":
            clock += 86_400 - 1_200
        oracle.look()


def act(here, verb, clock, args):
    killed, book = here.state.kill is not None, here.state.books["SPX"]
    if verb == "approve" and not book.orders and not here.position:
        side, quantity, away, stop, target, reserved, tenths = args
        sign = 1 if side == "BUY" else -1
        level = (book.price // CENT or 10_000) + away
        here.approve(
            clock, side, quantity, (level - sign * stop) / 100, (level + sign * target) / 100, reserved,
            entry=(10 * level + tenths) / 1_000,
        )  # fmt: skip
    elif verb in {"tick", "slot", "bar"}:
        play(here, verb, clock, *args)
    elif verb == "kill" and not killed:
        here.kill(clock, *args)
    elif verb == "run":
        if killed:
            here.rearm(clock)
        here.change("RUNNING", clock)
    elif verb == "change" and not killed:
        here.change(*args, clock)
    elif verb == "flatten":
        here.flatten(clock)
    elif verb in {"cancel", "replace"} and book.orders:
        order = list(book.orders.values())[args[0] % len(book.orders)].accepted
        if verb == "cancel":
            here.cancel(clock, order.role.value, order_id=order.order_id)
        else:
            _, quantity, cents, limit = args
            price = cents / 100
            here.replace(clock, order.role.value, quantity, 0 if limit else price, price if limit else 0)


def play(here, verb, clock, cents, volume, spread):
    prices = [price / 100 for price in cents]
    more = {"volume": volume}
    if spread is not None:
        more |= {"bid": cents[0] * CENT, "ask": (cents[0] + spread) * CENT}
    shape = (prices[0], max(prices), min(prices), prices[-1])
    if verb == "slot":
        here.price(clock, clock + 5, *shape, True, **more)
    elif verb == "bar":
        here.open(clock, prices[0])
        here.price(clock, clock + 60, *shape, False, **more)
    else:
        for second, price in enumerate(prices):
            here.tick(clock + second, price, **more)


def live(desk, venue, story):
    """Play one story; every step is judged, and the end is rebuilt from the journal."""
    here = desk(seed=3, **venue)
    tell(here, story, Oracle(here, venue))
    here.check_lifecycles()
    assert msgspec.msgpack.encode(here.recovered()) == msgspec.msgpack.encode(here.state)
    return here


PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""A life is judged at every step: shrinking fifty steps takes minutes and says little more."""
HEALTH = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


@settings(deadline=None, max_examples=150, suppress_health_check=HEALTH, phases=PHASES)
@given(VENUES, STORY)
def test_orders_of_every_type_keep_the_books_the_bar_and_the_limit_at_every_step(desk, venue, story):
    live(desk, venue, story)


@pytest.mark.slow
@settings(deadline=None, max_examples=1000, suppress_health_check=HEALTH, phases=PHASES)
@given(VENUES, STORY)
def test_and_they_do_over_a_thousand_lives(desk, venue, story):
    live(desk, venue, story)


def test_the_lives_reach_what_they_are_meant_to_reach(desk):
    """A property over lives in which nothing happens would prove nothing."""
    reached = Counter()

    @settings(
        deadline=None,
        max_examples=250,
        database=None,
        derandomize=True,
        suppress_health_check=HEALTH,
        phases=PHASES,
    )
    @given(VENUES, STORY)
    def play_all(venue, story):
        here = live(desk, venue, story)
        reached.update(type(event).__name__ for event in here.journal)
        types = {event.order_id: event for event in here.said(OrderAccepted)}
        for fill in here.fills:
            order = types[fill.order_id]
            reached[f"{order.role.name} {order.order_type.name}"] += 1
            reached["in parts"] += not fill.done
        reached.update(cancel.reason.name for cancel in here.said(OrderCanceled))
        reached.update(refused.reason.name for refused in here.said(OrderRequestRefused))
        reached["trailed"] += any(event.cause == event.order_id for event in here.said(OrderReplaced))

    play_all()
    wanted = {f"ENTRY {kind}" for kind in ("MARKET", "LIMIT", "STOP", "STOP_LIMIT")}
    wanted |= {f"STOP {kind}" for kind in ("STOP", "STOP_LIMIT", "TRAILING_STOP")} | {"TARGET LIMIT"}
    wanted |= {"OrderTriggered", "OrderReplaced", "in parts", "trailed", "FLATTEN MARKET"}
    wanted |= {"DAY_OVER", "IOC_REST", "CANCEL_REQUESTED", "BRACKET_SIBLING", "RESERVATION_CUT"}
    wanted |= {"ORDER_SIZE", "ORDER_STATUS"}
    assert {name for name in wanted if not reached[name]} == set()
