"""The limits that a config may set: what each counts, when it is reached, and what a breach leads to."""

import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tradingfloor.actors.config import Config
from tradingfloor.actors.messages import (
    DecisionMade,
    EntriesLocked,
    FlattenRequested,
    KillRequested,
    OrderApproved,
    OrderDenied,
    OrderFilled,
    OrderRejected,
)
from tradingfloor.actors.risk.limits import buying_power, limits_of
from tradingfloor.actors.types import NANOS, Direction, KillPolicy, OrderRole, Refusal, TradingState

MINUTE = 60 * NANOS
TWO = (("SPX", "15m"), ("NDX", "15m"))


def kinds(events):
    return [type(event).__name__ for event in events]


def decision(events):
    return next(event for event in events if isinstance(event, DecisionMade))


def failed(events):
    return [result.gate for result in decision(events).gates if not result.passed]


def told(events, name):
    return next(result for result in decision(events).gates if result.gate == name)


@pytest.fixture
def trading(new_desk, at):
    """A maker of running desks on 15m bars of two symbols, the prices at 100 at 10:14:59."""

    def make(actors=TWO, **risk):
        desk = new_desk(actors=actors, risk=risk)
        desk.start()
        for symbol, _ in dict.fromkeys(desk.actors):
            desk.price(100, at("2024-01-08 10:14:59"), symbol=symbol)
        return desk

    return make


def round_trip(desk, ts, net, symbol="SPX", timeframe="15m"):
    """An entry, its fill a second later and its exit ten seconds later, at the price that gives ``net``."""
    desk.bars_close(ts, desk.signal(ts, symbol=symbol, timeframe=timeframe), symbol=symbol)
    order = desk.order()
    desk.fill(order, 100, ts + NANOS)
    price = 100 + net / order.quantity
    desk.price(price, ts + 10 * NANOS, symbol=symbol)
    desk.fill(order, price, ts + 10 * NANOS, role=OrderRole.STOP)
    return desk.trade_closed(order, ts + 10 * NANOS, net)


def ask(desk, ts, symbol="SPX", **fields):
    """A signal at 100 with the price there; what risk says to it."""
    timeframe = fields.pop("timeframe", "15m")
    desk.price(100, ts - 1, symbol=symbol)
    return desk.bars_close(ts, desk.signal(ts, symbol=symbol, timeframe=timeframe, **fields), symbol=symbol)


def test_the_defaults_set_none_of_the_newer_limits(trading, at):
    desk = trading()
    names = [use.limit for use in desk.core.limits(desk.state, at("2024-01-08 10:15"))]
    assert names == ["daily_trades", "daily_loss", "position_size", "total_exposure"]


def test_cooldown_after_a_trade_ends_after_its_minutes_and_holds_for_its_symbol_alone(trading, at):
    desk = trading(cooldown_after_trade=15.0)
    ts = at("2024-01-08 10:15")
    round_trip(desk, ts, 50)
    assert failed(ask(desk, ts + 15 * MINUTE)) == ["cooldown"]
    assert decision(ask(desk, ts + 15 * MINUTE, symbol="NDX")).approved
    desk.reject(desk.order(), ts + 16 * MINUTE)
    assert decision(ask(desk, ts + 15 * MINUTE + 10 * NANOS)).approved


def test_cooldown_after_a_loss_is_longer(trading, at):
    desk = trading(cooldown_after_trade=1.0, cooldown_after_loss=30.0)
    ts = at("2024-01-08 10:15")
    round_trip(desk, ts, -50)
    assert failed(ask(desk, ts + 30 * MINUTE)) == ["cooldown"]
    assert decision(ask(desk, ts + 45 * MINUTE)).approved


def test_losses_in_a_row_lock_until_the_close_and_are_counted_anew_in_the_next_session(trading, at):
    desk = trading(max_consecutive_losses=2)
    ts = at("2024-01-08 10:15")
    assert round_trip(desk, ts, -50) == []
    assert round_trip(desk, ts + 15 * MINUTE, 0) == []
    (lock,) = round_trip(desk, ts + 30 * MINUTE, -50)
    assert (lock.lock, lock.reason) == ("consecutive_losses", Refusal.CONSECUTIVE_LOSSES)
    assert lock.until == at("2024-01-08 16:00")
    assert failed(ask(desk, ts + 45 * MINUTE)) == ["locks", "consecutive_losses"]
    desk.timer(at("2024-01-08 16:00") + 1)
    assert decision(ask(desk, at("2024-01-09 10:15"))).approved


def test_a_win_ends_a_row_of_losses(trading, at):
    desk = trading(max_consecutive_losses=2)
    ts = at("2024-01-08 10:15")
    for n, net in enumerate((-50, 50, -50)):
        assert round_trip(desk, ts + 15 * n * MINUTE, net) == []


def test_a_fall_from_the_highest_equity_locks_though_the_day_is_won(trading, at):
    desk = trading(max_drawdown=500.0)
    ts = at("2024-01-08 10:15")
    desk.bars_close(ts, desk.signal(ts), symbol="SPX")
    desk.fill(desk.order(), 100, ts + NANOS)
    desk.price(108, ts + 14 * MINUTE)
    desk.bars_close(ts + 15 * MINUTE, symbol="SPX", last_close=108 * NANOS)
    assert desk.state.peak == 101_600 * NANOS
    assert desk.price(105.505, ts + 16 * MINUTE) == []
    (lock,) = desk.price(105.5, ts + 17 * MINUTE)
    assert (lock.lock, lock.detail) == ("drawdown", "equity fell by 500 from its highest, 101600")
    assert desk.price(105, ts + 18 * MINUTE) == []
    assert desk.recovered() == desk.state


def test_the_daily_loss_locks_only_after_its_base_bars_but_refuses_at_once(trading, at):
    desk = trading(daily_loss_bars=2)
    ts = at("2024-01-08 10:15")
    desk.bars_close(ts, desk.signal(ts), symbol="SPX")
    desk.fill(desk.order(), 100, ts + NANOS)
    said = []
    for n, close in enumerate((87, 88, 87, 87, 87), 1):
        end = ts + 15 * n * MINUTE
        said.append(desk.price(87, end - 2))
        if n == 1:
            assert "daily_loss" in failed(ask(desk, end - 1, symbol="NDX"))
        said.append(desk.bars_close(end, symbol="SPX", last_close=close * NANOS))
        assert desk.recovered() == desk.state
    locks = [(n, event) for n, events in enumerate(said) for event in events]
    assert [(n, event.lock) for n, event in locks] == [(7, "daily_loss")]
    assert locks[0][1].detail == "equity closed 2 base bars in a row at least 2500 below 100000"


@pytest.mark.parametrize(("close", "counted"), [(87_500_000_000, 1), (87_500_000_001, 0)])
def test_a_bar_that_closes_at_the_daily_loss_counts_and_a_nano_above_it_does_not(trading, at, close, counted):
    desk = trading(daily_loss_bars=2)
    ts = at("2024-01-08 10:15")
    desk.bars_close(ts, desk.signal(ts), symbol="SPX")
    assert desk.order().quantity == 200
    desk.fill(desk.order(), 100, ts + NANOS)
    desk.bars_close(ts + 15 * MINUTE, symbol="SPX", last_close=close)
    assert desk.state.below.length == counted


def test_a_loss_of_a_session_that_is_closed_counts_for_no_later_one(trading, at):
    desk = trading(max_consecutive_losses=1)
    ts, due = at("2024-01-08 10:15"), at("2024-01-08 16:00") + 1
    desk.bars_close(ts, desk.signal(ts), symbol="SPX")
    order = desk.order()
    desk.fill(order, 100, ts + NANOS)
    desk.timer(due)
    assert desk.trade_closed(order, due - 1, -50) == []
    assert desk.state.day.lost == ()
    desk.trade_closed(order, due, -50)
    assert desk.state.day.lost == (due,)


def test_a_loss_heard_of_before_the_row_stays_in_the_session_that_it_came_in(trading, at):
    desk = trading(max_consecutive_losses=9)
    ts, due = at("2024-01-08 10:15"), at("2024-01-08 16:00") + 1
    desk.bars_close(ts, desk.signal(ts), symbol="SPX")
    order = desk.order()
    desk.fill(order, 100, ts + NANOS)
    desk.trade_closed(order, due - 1, -50)
    desk.trade_closed(order, due, -50)
    desk.timer(due)
    assert desk.state.day.lost == (due,)


def test_several_symbols_that_close_at_one_instant_are_one_bar(trading, at):
    desk = trading(daily_loss_bars=3, max_position_size=50_000.0, max_total_exposure=200_000.0)
    ts = at("2024-01-08 10:15")
    for symbol in ("SPX", "NDX"):
        desk.bars_close(ts, desk.signal(ts, symbol=symbol), symbol=symbol)
        desk.fill(desk.order(), 100, ts + NANOS)
    for symbol in ("SPX", "NDX"):
        desk.price(97, ts + 14 * MINUTE, symbol=symbol)
    assert desk.bars_close(ts + 15 * MINUTE, last_close=97 * NANOS) == []
    assert desk.state.below.length == 1
    assert desk.bars_close(ts + 30 * MINUTE, last_close=97 * NANOS) == []
    assert desk.state.below.length == 2
    assert kinds(desk.bars_close(ts + 45 * MINUTE, last_close=97 * NANOS)) == ["EntriesLocked"]


@pytest.mark.parametrize(
    ("when", "rule", "passes"),
    [
        ("2024-01-08 10:15", {"no_entries_after_open": 45.0}, True),
        ("2024-01-08 10:15", {"no_entries_after_open": 45.5}, False),
        ("2024-01-08 15:30", {"no_entries_before_close": 29.0}, True),
        ("2024-01-08 15:30", {"no_entries_before_close": 30.0}, False),
        ("2024-01-08 10:15", {"no_entry_dates": ("2024-01-08",)}, False),
        ("2024-01-08 10:15", {"no_entry_dates": ("2024-01-09",)}, True),
        # The day after Thanksgiving closes at 13:00.
        ("2024-11-29 12:45", {"no_entries_before_close": 10.0}, True),
        ("2024-11-29 12:45", {"no_entries_before_close": 15.0}, False),
        ("2024-11-29 10:15", {"early_close_entries": False}, False),
        ("2024-11-27 10:15", {"early_close_entries": False}, True),
    ],
)
def test_the_calendar_gate_knows_the_markets_own_day(trading, at, when, rule, passes):
    desk = trading(**rule)
    assert failed(ask(desk, at(when))) == ([] if passes else ["calendar"])


def test_a_daily_bar_is_judged_by_the_date_on_which_its_order_works(trading, at):
    rules = {"no_entries_before_close": 30.0, "no_entry_dates": ("2024-01-09",)}
    desk = trading(actors=(("SPX", "1d"),), **rules)
    close = at("2024-01-08 16:00")
    desk.price(100, close)
    said = desk.bars_close(close, desk.signal(close, timeframe="1d"), now=close + 1)
    assert failed(said) == ["calendar"]
    assert told(said, "calendar").value == "2024-01-09"


def test_symbols_of_one_underlying_are_counted_together_and_not_against_each_other(new_desk, trading, at):
    actors = (("SPX", "15m"), ("SPY", "15m"), ("NDX", "15m"))
    desk = trading(actors=actors, underlyings={"SPY": "SPX"}, max_underlying_exposure=30_000.0)
    ts = at("2024-01-08 10:15")
    said = desk.bars_close(
        ts,
        desk.signal(ts, symbol="SPX"),
        desk.signal(ts, symbol="SPY"),
        desk.signal(ts, symbol="NDX"),
    )
    assert [d.symbol for d in said if isinstance(d, OrderApproved)] == ["SPX", "NDX"]
    (denied,) = [event for event in said if isinstance(event, OrderDenied)]
    assert (denied.symbol, denied.reason) == ("SPY", Refusal.UNDERLYING_EXPOSURE)
    uses = {u.limit: u.used for u in desk.core.limits(desk.state, ts)}
    assert uses["underlying_exposure SPX"] == uses["underlying_exposure NDX"] == "20010"


def test_an_entry_against_what_its_underlying_holds_is_refused(trading, at):
    actors = (("SPX", "15m"), ("SPY", "15m"))
    desk = trading(actors=actors, underlyings={"SPY": "SPX"})
    ts = at("2024-01-08 10:15")
    ask(desk, ts)
    short = {"direction": Direction.SHORT, "symbol": "SPY"}
    lean = {"bias": -1, "period_open": 101 * NANOS}
    said = desk.bars_close(ts, desk.signal(ts, **short), symbol="SPY", **lean)
    assert (failed(said), told(said, "opposite_position").value) == (["opposite_position"], "SPX entry")
    desk.fill(desk.order(), 100, ts + NANOS)
    desk.price(100, ts + MINUTE, symbol="SPY")
    said = desk.bars_close(ts + MINUTE, desk.signal(ts + MINUTE, **short), symbol="SPY", **lean)
    assert (failed(said), told(said, "opposite_position").value) == (["opposite_position"], "SPX 200")


def test_a_class_of_timeframes_has_a_limit_of_its_own_that_follows_the_position(trading, at):
    actors = (("SPX", "15m"), ("NDX", "15m"), ("RUT", "1h"))
    desk = trading(actors=actors, max_class_exposure={"intraday": 25_000.0})
    ts = at("2024-01-08 10:15")
    ask(desk, ts)
    desk.fill(desk.order(), 100, ts + NANOS)
    assert failed(ask(desk, ts + 15 * MINUTE, symbol="NDX")) == ["class_exposure"]
    assert decision(ask(desk, ts + 15 * MINUTE, symbol="RUT", timeframe="1h")).approved
    uses = {u.limit: u.used for u in desk.core.limits(desk.state, ts + 15 * MINUTE)}
    assert uses["class_exposure INTRADAY"] == "20000"
    assert desk.recovered() == desk.state


def test_open_positions_buying_power_and_order_rate_count_what_the_same_instant_took(trading, at):
    for rule, gate in (
        ({"max_open_positions": 1}, "open_positions"),
        ({"max_leverage": 0.2002}, "buying_power"),
        ({"max_orders_per_minute": 1}, "order_rate"),
    ):
        desk = trading(**rule)
        ts = at("2024-01-08 10:15")
        said = desk.bars_close(ts, desk.signal(ts), desk.signal(ts, symbol="NDX"))
        (denied,) = [event for event in said if isinstance(event, OrderDenied)]
        made = [event for event in said if isinstance(event, DecisionMade)]
        assert [r.gate for r in made[1].gates if not r.passed] == [gate]
        assert denied.symbol == "NDX"


def at_once(desk, ts):
    """A signal of each symbol at one instant, all decided in one step: a second actor of each is silent."""
    for symbol in ("SPX", "SPY"):
        desk.price(100, ts - 1, symbol=symbol)
        desk.report(ts, symbol, "15m", [desk.signal(ts, symbol=symbol)])
    return desk.timer(ts + NANOS)


SILENT = tuple((symbol, timeframe) for symbol in ("SPX", "SPY") for timeframe in ("15m", "1h"))


@pytest.mark.parametrize(
    ("rule", "gate"),
    [
        ({"max_total_exposure": 25_000.0}, "total_exposure"),
        ({"max_underlying_exposure": 25_000.0, "underlyings": {"SPY": "SPX"}}, "underlying_exposure"),
        ({"max_class_exposure": {"intraday": 25_000.0}}, "class_exposure"),
        ({"max_open_positions": 1}, "open_positions"),
        ({"max_orders_per_minute": 1}, "order_rate"),
        ({"max_leverage": 0.25}, "buying_power"),
        ({"max_daily_trades": 1}, "daily_trades"),
    ],
)
def test_what_one_step_approves_counts_for_the_rest_of_the_step(trading, at, rule, gate):
    said = at_once(trading(actors=SILENT, **rule), at("2024-01-08 10:15"))
    made = [event for event in said if isinstance(event, DecisionMade)]
    assert [d.approved for d in made] == [True, False]
    assert [r.gate for r in made[1].gates if not r.passed] == [gate]


def test_a_breach_locks_the_rest_of_its_step(trading, at):
    desk = trading(actors=SILENT, max_daily_trades=0, on_breach={"daily_trades": "flatten"})
    said = at_once(desk, at("2024-01-08 10:15"))
    made = [event for event in said if isinstance(event, DecisionMade)]
    assert "locks" not in [r.gate for r in made[0].gates if not r.passed]
    assert "locks" in [r.gate for r in made[1].gates if not r.passed]
    assert Counter(kinds(said))["FlattenRequested"] == 1


def test_the_order_rate_forgets_after_a_minute_of_engine_time(trading, at):
    desk = trading(max_orders_per_minute=1)
    ts = at("2024-01-08 10:15")
    ask(desk, ts)
    assert failed(ask(desk, ts + MINUTE - 1, symbol="NDX")) == ["order_rate"]
    used = {
        now: use.used
        for now in (ts + MINUTE - 1, ts + MINUTE)
        for use in desk.core.limits(desk.state, now)
        if use.limit == "order_rate"
    }
    assert used == {ts + MINUTE - 1: "1", ts + MINUTE: "0"}
    assert decision(ask(desk, ts + MINUTE, symbol="NDX")).approved


def test_the_order_rate_counts_from_the_instant_decided_on_however_late_it_is_evaluated(trading, at):
    desk = trading(actors=SILENT, max_orders_per_minute=1)
    ts = at("2024-01-08 10:15")
    desk.price(100, ts - 1)
    desk.report(ts, "SPX", "15m", [desk.signal(ts)])
    assert decision(desk.timer(ts + NANOS)).approved
    late = ts + MINUTE - 1
    desk.price(100, late - 1, symbol="SPY")
    desk.report(late, "SPY", "15m", [desk.signal(late, symbol="SPY")])
    assert failed(desk.timer(late + NANOS)) == ["order_rate"]


def test_too_many_signals_at_once_are_refused_as_overload(trading, at):
    desk = trading(max_backlog=1)
    ts = at("2024-01-08 10:15")
    said = desk.bars_close(ts, desk.signal(ts), desk.signal(ts, kind="bos", family="sequence"))
    assert failed(said) == ["overload"]
    assert told(said, "overload").value == "2"


# --- what a breach leads to -----------------------------------------------------------------------


def test_a_breach_that_flattens_asks_for_it_once_and_names_its_lock(trading, at):
    desk = trading(on_breach={"daily_loss": "flatten"})
    ts = at("2024-01-08 10:15")
    desk.bars_close(ts, desk.signal(ts), symbol="SPX")
    desk.fill(desk.order(), 100, ts + NANOS)
    lock, flatten = desk.price(87, ts + MINUTE)
    assert isinstance(lock, EntriesLocked)
    assert isinstance(flatten, FlattenRequested)
    assert (flatten.cause, flatten.by) == (lock.id, "risk")
    assert flatten.reason == "daily_loss: equity fell by 2600 from 100000"
    assert desk.price(86, ts + 2 * MINUTE) == []


def test_a_breach_that_kills_asks_the_writer_for_it_and_decides_nothing_more(trading, at):
    desk = trading(on_breach={"drawdown": "kill"}, max_drawdown=100.0)
    ts = at("2024-01-08 10:15")
    desk.bars_close(ts, desk.signal(ts), symbol="SPX")
    desk.fill(desk.order(), 100, ts + NANOS)
    lock, kill = desk.price(99.5, ts + MINUTE)
    assert isinstance(kill, KillRequested)
    assert (kill.cause, kill.limit, kill.policy) == (lock.id, "drawdown", KillPolicy.FLATTEN)
    assert "locks" in failed(ask(desk, ts + 2 * MINUTE, symbol="NDX"))


def test_a_breach_under_a_kill_locks_but_asks_for_no_second_kill(trading, at):
    desk = trading(on_breach={"drawdown": "kill"}, max_drawdown=100.0)
    ts = at("2024-01-08 10:15")
    desk.bars_close(ts, desk.signal(ts), symbol="SPX")
    desk.fill(desk.order(), 100, ts + NANOS)
    desk.start(ts + 2 * NANOS, TradingState.KILLED)
    assert kinds(desk.price(99.5, ts + MINUTE)) == ["EntriesLocked"]


def test_an_entry_over_a_limit_that_flattens_does_so_once_and_locks_the_rest_of_its_instant(trading, at):
    desk = trading(
        actors=(("SPX", "15m"), ("NDX", "15m"), ("RUT", "15m")),
        max_daily_trades=1,
        on_breach={"daily_trades": "flatten"},
    )
    ts = at("2024-01-08 10:15")
    said = desk.bars_close(ts, *(desk.signal(ts, symbol=symbol) for symbol in ("SPX", "NDX", "RUT")))
    assert Counter(kinds(said))["FlattenRequested"] == Counter(kinds(said))["EntriesLocked"] == 1
    last = [event for event in said if isinstance(event, DecisionMade)][-1]
    assert [r.gate for r in last.gates if not r.passed] == ["locks", "daily_trades"]
    assert desk.recovered() == desk.state


def test_an_entry_that_would_not_be_made_anyhow_breaches_no_limit(trading, at):
    limit = {"max_daily_trades": 0, "on_breach": {"daily_trades": "kill"}}
    ts = at("2024-01-08 10:15")
    said = ask(trading(min_confidence=8.5, **limit), ts)
    assert failed(said) == ["confidence", "daily_trades"]
    assert kinds(said)[-1] == "OrderDenied"
    assert kinds(ask(trading(**limit), ts))[-2:] == ["EntriesLocked", "KillRequested"]


def test_every_limit_of_the_status_says_what_it_counts_and_what_its_breach_does(trading, at):
    desk = trading(
        max_drawdown=1.0,
        max_consecutive_losses=1,
        max_underlying_exposure=1.0,
        max_class_exposure={"swing": 1.0},
        max_open_positions=1,
        max_leverage=1.0,
        max_orders_per_minute=1,
        max_backlog=1,
        on_breach={"drawdown": "kill", "order_rate": "flatten"},
    )
    uses = desk.core.limits(desk.state, at("2024-01-08 10:15"))
    assert [use.limit for use in uses] == [
        *("daily_trades", "daily_loss", "drawdown", "consecutive_losses", "position_size", "total_exposure"),
        *("underlying_exposure SPX", "underlying_exposure NDX", "class_exposure SWING"),
        *("open_positions", "buying_power", "order_rate", "overload"),
    ]
    assert all(use.counts for use in uses)
    assert {use.limit: use.on_breach for use in uses if use.on_breach != "block"} == {
        "drawdown": "kill",
        "order_rate": "flatten",
    }


# --- at every prefix ------------------------------------------------------------------------------

SYMBOLS = ("SPX", "SPY", "NDX", "RUT")
TIGHT = {
    "min_confidence": 2.0,
    "max_daily_trades": 1000,
    "max_position_size": 5_000.0,
    "underlyings": {"SPY": "SPX"},
    "max_underlying_exposure": 9_000.0,
    "max_class_exposure": {"intraday": 12_000.0, "swing": 8_000.0},
    "max_open_positions": 2,
    "max_orders_per_minute": 2,
    "max_consecutive_losses": 4,
    "max_drawdown": 400.0,
    "on_breach": {"drawdown": "flatten"},
}


def prefixes_hold(desk, limits):
    """Recompute the counted limits from the journal alone, at each approval, apart from risk's own state."""
    held, reserved, klass, approved = Counter(), {}, {}, []
    for event in desk.journal:
        if isinstance(event, OrderApproved):
            busy = {s for s, q in held.items() if q} | {o.symbol for o in reserved.values()}
            assert event.symbol not in busy
            reserved[event.id] = event
            klass[event.symbol] = event.timeframe
            approved.append(event.ts)
            assert len(busy | {event.symbol}) <= limits.max_positions
            assert sum(event.ts - MINUTE < ts for ts in approved) <= limits.max_orders
            group = limits.underlying(event.symbol)
            others = [o for o in reserved.values() if limits.underlying(o.symbol) == group]
            assert sum(o.reserved for o in others) <= limits.max_underlying
            signs = {o.side.sign for o in others} | {
                1 if q > 0 else -1 for s, q in held.items() if q and limits.underlying(s) == group
            }
            assert len(signs) == 1
            mine = [o for o in reserved.values() if o.timeframe == event.timeframe]
            most = limits.max_class["INTRADAY" if event.timeframe == "15m" else "SWING"]
            assert sum(o.reserved for o in mine) <= most
        elif isinstance(event, OrderRejected):
            del reserved[event.order_id]
        elif isinstance(event, OrderFilled):
            held[event.symbol] += event.side.sign * event.quantity
            if event.role is OrderRole.ENTRY:
                reserved.pop(event.order_id, None)


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32))
def test_limits_hold_at_every_prefix_also_with_several_signals_in_one_bar(new_desk, at, seed):
    draw = random.Random(seed)
    actors = tuple((symbol, timeframe) for symbol in SYMBOLS for timeframe in ("15m", "1h"))
    desk = new_desk(actors=actors, risk=TIGHT)
    desk.start()
    ts = at("2024-01-08 10:00")
    working, held = {}, {}
    for _ in range(12):
        ts += draw.choice((MINUTE // 2, 15 * MINUTE))
        for symbol in SYMBOLS:
            desk.price(draw.randint(97, 103), ts - 2, symbol=symbol)
        for order in list(working.values()):
            answer = draw.choice(("fill", "reject", "wait"))
            if answer == "reject":
                desk.reject(order, ts - 1)
            elif answer == "fill":
                desk.fill(order, 100, ts - 1)
                held[order.symbol] = order
            if answer != "wait":
                del working[order.id]
        for symbol, order in list(held.items()):
            if draw.random() < 0.5:
                desk.fill(order, 99, ts - 1, role=OrderRole.STOP)
                desk.trade_closed(order, ts - 1, draw.choice((-50, 50)))
                del held[symbol]
        signals = [
            desk.signal(ts, symbol=symbol, timeframe=timeframe, direction=draw.choice(list(Direction)))
            for symbol, timeframe in draw.choices(actors, k=draw.randint(0, 5))
        ]
        said = desk.bars_close(ts, *signals, bias=0, period_open=0)
        working |= {event.id: event for event in said if isinstance(event, OrderApproved)}
    assert desk.recovered() == desk.state
    prefixes_hold(desk, limits_of(desk.config))


def test_the_random_sequences_reach_the_limits_that_they_are_held_against(new_desk, at):
    """What the property above would be worth if nothing were ever refused."""
    seen = Counter()
    inner = test_limits_hold_at_every_prefix_also_with_several_signals_in_one_bar.hypothesis.inner_test
    desks = []

    def kept(**given):
        desks.append(new_desk(**given))
        return desks[-1]

    for seed in range(12):
        inner(kept, at, seed)
    for desk in desks:
        for made in (event for event in desk.journal if isinstance(event, DecisionMade)):
            seen.update(result.gate for result in made.gates if not result.passed)
            seen["approved"] += made.approved
    reached = {"open_positions", "order_rate", "underlying_exposure", "class_exposure", "opposite_position"}
    assert reached | {"approved"} <= set(seen)


def test_the_units_of_the_limits_are_exact():
    limits = limits_of(Config())
    assert (limits.max_loss, limits.max_price_age) == (2_500 * NANOS, 60 * NANOS)
    assert (limits.max_drawdown, limits.leverage, limits.max_deviation) == (0, 0, 0)


@pytest.mark.parametrize(
    ("equity", "power"), [(0, 1), (-5 * NANOS, 1), (10 * NANOS, 20 * NANOS)], ids=["none", "debt", "some"]
)
def test_an_account_without_equity_has_no_buying_power_and_the_gate_stays_on(equity, power):
    assert buying_power(equity, 2_000_000) == power
