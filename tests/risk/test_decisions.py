from datetime import date

import pytest

from tradingfloor.actors.config import ScheduleConfig
from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.domain.money import slipped
from tradingfloor.actors.messages import (
    DecisionMade,
    EntriesLocked,
    Killed,
    Rearmed,
)
from tradingfloor.actors.types import (
    NANOS,
    Direction,
    KillPolicy,
    Refusal,
    Side,
    TradingState,
)

MONDAY = date(2024, 1, 8).toordinal()


def kinds(events):
    return [type(event).__name__ for event in events]


def failed(decision):
    return [result.gate for result in decision.gates if not result.passed]


def gate(decision, name):
    return next(result for result in decision.gates if result.gate == name)


def test_a_short_is_sized_reserved_and_mirrored(desk, at, money):
    ts = at("2024-01-08 10:15")
    signal = desk.signal(ts, direction=Direction.SHORT)
    order = desk.bars_close(ts, signal, bias=-1, period_open=money(101))[-1]
    assert (order.side, order.stop, order.target) == (Side.SELL, money(110), money(90))
    assert order.reserved == money(200 * 100.05)


@pytest.mark.parametrize(("entry", "level"), [("market", 100.0), ("limit", 104.0), ("stop", 104.0)])
def test_an_order_at_the_signals_entry_is_reserved_at_the_dearer_of_entry_and_price(
    new_desk, at, money, entry, level
):
    desk = new_desk(execution={"entry": entry})
    ts = at("2024-01-08 10:15")
    desk.start(ts - 2)
    desk.price(100, ts - 1)
    order = desk.bars_close(ts, desk.signal(ts, entry=104.0), period_open=money(99))[-1]
    assert order.entry == money(104)
    assert order.reference == money(100)
    assert order.reserved == order.quantity * slipped(money(level), 1, 5 * NANOS, NANOS // 100)


def test_shorts_are_denied_when_the_config_allows_none(new_desk, at, money):
    desk = new_desk(risk={"allow_short": False})
    desk.start()
    ts = at("2024-01-08 10:15")
    desk.price(100, ts - 1)
    said = desk.bars_close(ts, desk.signal(ts, direction=Direction.SHORT), bias=-1, period_open=money(101))
    assert failed(said[1]) == ["short"]
    assert said[2].reason is Refusal.SHORT


@pytest.mark.parametrize(
    ("state", "passes"), [(s, s is TradingState.RUNNING) for s in TradingState if s.value != "KILLED"]
)
def test_only_a_running_floor_lets_entries_through(desk, at, state, passes):
    ts = at("2024-01-08 10:15")
    desk.start(ts - 1, state)
    decision = desk.bars_close(ts, desk.signal(ts))[1]
    assert gate(decision, "state").passed is passes
    assert gate(decision, "state").value == state.value


def test_the_floor_starts_stopped_and_a_kill_holds_until_it_is_rearmed(new_desk, at):
    desk = new_desk()
    assert desk.state.trading is TradingState.STOPPED
    desk.start()
    desk.feed(
        Killed(
            id=b"k" * 16,
            ts=1,
            previous=TradingState.RUNNING,
            policy=KillPolicy.KEEP,
            request_id="r",
            reason="x",
            by="",
            canceled=0,
        )
    )
    desk.start(2)
    assert desk.state.trading is TradingState.KILLED
    desk.feed(Rearmed(id=b"r" * 16, ts=3, kill_id=b"k" * 16, request_id="r", reason="x", by=""))
    assert desk.state.trading is TradingState.STOPPED
    desk.start(4)
    assert desk.state.trading is TradingState.RUNNING


def test_without_a_price_what_needs_one_fails_unevaluated(new_desk, at):
    desk = new_desk()
    desk.start()
    ts = at("2024-01-08 10:15")
    decision = desk.bars_close(ts, desk.signal(ts))[1]
    assert failed(decision) == ["freshness", "position_size", "total_exposure", "geometry"]
    assert {gate(decision, name).value for name in failed(decision)} == {None}


def test_a_position_without_a_price_leaves_loss_and_exposure_unknown(new_desk, at):
    desk = new_desk(actors=(("SPX", "15m"), ("NDX", "15m")))
    desk.start()
    ts = at("2024-01-08 10:15")
    desk.price(100, ts - 1, symbol="NDX")
    desk.bars_close(ts, desk.signal(ts, symbol="NDX"))
    desk.fill(desk.order(), 100, ts + 1)
    desk.state.books["NDX"].last = 0  # as after a restart without any stored market data
    ts += 900 * NANOS
    desk.price(100, ts - 1)
    decision = desk.bars_close(ts, desk.signal(ts))[1]
    assert failed(decision) == ["daily_loss", "total_exposure"]


def test_a_price_of_a_trade_may_be_as_old_as_the_limit(desk, at):
    ts = at("2024-01-08 10:15:59")
    decision = desk.bars_close(ts, desk.signal(ts))[1]
    assert decision.approved
    assert gate(decision, "freshness").value == "60"


def test_a_signal_without_a_trade_in_its_closing_bar_is_not_acted_on(desk, at):
    ts = at("2024-01-08 10:15")
    said = desk.bars_close(ts, desk.signal(ts), base_closed=False)
    assert failed(said[1]) == ["freshness"]


@pytest.mark.parametrize("tape", ["tick", "30s", ""])
def test_trades_and_bars_finer_than_the_base_bar_are_fresh_within_the_limit(new_desk, at, tape):
    desk = new_desk(tape_timeframes={"SPX": tape})
    desk.start()
    ts = at("2024-01-08 10:15")
    desk.price(100, ts - 30 * NANOS, start=ts - 60 * NANOS)
    decision = desk.bars_close(ts, desk.signal(ts))[1]
    assert decision.approved
    assert (gate(decision, "freshness").value, gate(decision, "freshness").limit) == ("30", "60")


@pytest.mark.parametrize("tape", ["1m", "15m"])
def test_on_a_bar_tape_only_the_bar_that_just_closed_is_fresh(new_desk, at, tape):
    desk = new_desk(tape_timeframes={"SPX": tape})
    desk.start()
    ts = at("2024-01-08 10:15")
    desk.price(100, ts, start=ts - 60 * NANOS)
    late = desk.signal(ts, timeframe="1h")
    desk.report(ts, timeframe="15m")
    desk.price(100, ts + 60 * NANOS, start=ts)  # the next bar is there before the last answer
    decision = desk.report(ts, timeframe="1h", signals=[late])[1]
    assert failed(decision) == ["freshness"]
    assert (gate(decision, "freshness").value, gate(decision, "freshness").limit) == ("60", "0")


def test_on_a_bar_tape_the_report_tells_the_price_when_it_overtakes_it(new_desk, at, money):
    desk = new_desk(tape_timeframes={"SPX": "15m"})
    desk.start()
    ts = at("2024-01-08 10:15")
    desk.price(99, ts - 900 * NANOS)
    said = desk.bars_close(ts, desk.signal(ts))
    assert kinds(said) == ["SignalScored", "DecisionMade", "OrderApproved"]
    assert said[2].reference == money(100)
    desk.price(100, ts, start=ts - 900 * NANOS)
    assert desk.state == desk.recovered()


def test_a_coarser_bar_that_closes_without_a_tape_bar_is_stale(new_desk, at):
    desk = new_desk(tape_timeframes={"SPX": "15m"})
    desk.start()
    ts = at("2024-01-08 11:00")
    desk.price(100, ts - 900 * NANOS, start=ts - 1800 * NANOS)
    said = desk.bars_close(ts, desk.signal(ts, timeframe="1h"), base_closed=False)
    assert failed(said[1]) == ["freshness"]
    assert gate(said[1], "freshness").value == "900, no trade in the closing bar"


def test_the_closing_bar_of_a_session_is_outside_the_schedule(desk, at):
    ts = at("2024-01-08 16:00")
    desk.price(100, ts)
    decision = desk.bars_close(ts, desk.signal(ts), now=ts + 1)[1]
    assert failed(decision) == ["schedule"]
    assert gate(decision, "schedule").distance == "-1"


def test_a_daily_close_counts_as_inside_and_its_order_works_in_the_next_session(new_desk, at):
    desk = new_desk(actors=(("SPX", "15m"), ("SPX", "1d")))
    desk.start()
    ts = at("2024-01-12 16:00")
    desk.price(100, ts)
    said = desk.bars_close(ts, desk.signal(ts, timeframe="1d"), now=ts + 1)
    assert kinds(said) == ["SignalScored", "DecisionMade", "OrderApproved"]
    assert said[2].session == date(2024, 1, 16).toordinal()  # over the weekend and a holiday
    assert gate(said[1], "schedule").distance == ""


def test_a_daily_close_on_a_day_off_the_schedule_is_outside(new_desk, at):
    desk = new_desk(
        actors=(("SPX", "1d"),),
        risk={"schedule": ScheduleConfig(days=("Tue",))},
    )
    desk.start()
    ts = at("2024-01-12 16:00")
    desk.price(100, ts)
    decision = desk.bars_close(ts, desk.signal(ts, timeframe="1d"), now=ts + 1)[1]
    assert failed(decision) == ["schedule"]


def test_the_schedule_also_asks_for_an_open_market(desk, at):
    ts = at("2024-07-03 14:00")  # early close at 13:00
    desk.price(100, ts)
    decision = desk.bars_close(ts, desk.signal(ts))[1]
    assert failed(decision) == ["schedule"]


@pytest.mark.parametrize("always", [False, True])
def test_a_24_hour_market_trades_at_night_only_without_a_schedule(new_desk, at, always):
    hours = ScheduleConfig(always=always)
    desk = new_desk(actors=(("EURUSD", "15m"),), risk={"schedule": hours})
    desk.start()
    ts = at("2024-01-08 03:00")
    desk.price(1.1, ts - 1, symbol="EURUSD")
    signal = desk.signal(ts, symbol="EURUSD", entry=1.1, reach=0.01)
    decision = desk.bars_close(ts, signal)[1]
    assert decision.approved is always
    if not always:
        assert failed(decision) == ["schedule"]


def test_a_base_bar_of_an_earlier_instant_does_not_make_this_one_fresh(desk, at):
    ts = at("2024-01-08 10:15")
    desk.bars_close(ts - 900 * NANOS)
    desk.report(ts, timeframe="15m", signals=[desk.signal(ts)], base_closed=False)
    assert failed(desk.timer(ts + NANOS)[1]) == ["freshness"]


def test_a_lock_ends_at_its_instant(desk, at):
    ts = at("2024-01-08 10:15")
    lock = EntriesLocked(
        id=b"l" * 16, ts=ts, lock="stale", symbol="SPX", reason=Refusal.STATE, detail="", until=ts + 5
    )
    desk.feed(lock)
    assert desk.state.locks_on("SPX", ts + 4) == ("stale",)
    assert desk.state.locks_on("SPX", ts + 5) == desk.state.locks_on("NDX", ts + 4) == ()
    assert desk.core.locks(desk.state, ts + 4) == ("stale SPX",)


def test_a_lock_without_an_end_outlives_the_session(desk, at):
    desk.price(100, at("2024-01-08 10:15"))
    lock = EntriesLocked(
        id=b"l" * 16, ts=0, lock="audit", symbol="", reason=Refusal.ENTRIES_LOCKED, detail="", until=0
    )
    desk.feed(lock)
    desk.timer(at("2024-01-08 16:00") + 1)
    assert desk.state.locks_on("SPX", at("2024-01-09 10:15")) == ("audit",)
    assert desk.core.locks(desk.state, at("2024-01-08 20:00")) == ("audit",)


def test_around_the_clock_the_day_that_closes_is_judged_not_the_one_that_begins(new_desk, at):
    friday_night = at("2024-01-12 19:00")  # midnight in UTC
    for ts, approved in ((friday_night, True), (friday_night + 86_400 * NANOS, False)):
        desk = new_desk(actors=(("EURUSD", "1d"),))
        desk.start()
        desk.price(1.1, ts - 1, symbol="EURUSD")
        signal = desk.signal(ts, symbol="EURUSD", timeframe="1d", entry=1.1, reach=0.01)
        assert desk.bars_close(ts, signal)[1].approved is approved


def test_two_symbols_of_one_instant_share_the_limits(new_desk, at):
    desk = new_desk(
        actors=(("SPX", "15m"), ("NDX", "15m"), ("RUT", "15m")), risk={"max_total_exposure": 41_000.0}
    )
    desk.start()
    ts = at("2024-01-08 10:15")
    signals = []
    for symbol in ("SPX", "NDX", "RUT"):
        desk.price(100, ts - 1, symbol=symbol)
        signals.append(desk.signal(ts, symbol=symbol))
    decisions = [d for d in desk.bars_close(ts, *signals) if isinstance(d, DecisionMade)]
    assert [d.approved for d in decisions] == [True, True, False]
    assert failed(decisions[2]) == ["total_exposure"]
    assert gate(decisions[2], "total_exposure").value == "60030"


@pytest.mark.parametrize(
    ("limit", "gate_name"),
    [({"max_daily_trades": 1}, "daily_trades"), ({"max_total_exposure": 30_000.0}, "total_exposure")],
)
def test_symbols_that_time_out_together_are_taken_in_config_order_against_one_limit(
    new_desk, at, limit, gate_name
):
    actors = [(symbol, timeframe) for symbol in ("NDX", "SPX") for timeframe in ("15m", "1h")]
    desk = new_desk(actors=actors, risk=limit)
    desk.start()
    ts = at("2024-01-08 10:15")
    for symbol in ("SPX", "NDX"):
        desk.price(100, ts - 1, symbol=symbol)
        desk.report(ts, symbol=symbol, signals=[desk.signal(ts, symbol=symbol)])
    decisions = [d for d in desk.timer(ts + NANOS) if isinstance(d, DecisionMade)]
    assert [(d.symbol, d.approved) for d in decisions] == [("NDX", True), ("SPX", False)]
    assert failed(decisions[1]) == [gate_name]


def test_the_trade_count_belongs_to_the_session_the_order_works_in(new_desk, at):
    desk = new_desk(actors=(("SPX", "1d"), ("NDX", "1d")), risk={"max_daily_trades": 1})
    desk.start()
    ts = at("2024-01-08 16:00")
    for symbol in ("SPX", "NDX"):
        desk.price(100, ts, symbol=symbol)
    desk.bars_close(ts, desk.signal(ts, timeframe="1d"), now=ts + 1, symbol="SPX")
    tuesday = calendar("XNYS").next_session(ts).ordinal
    assert desk.order().session == tuesday
    assert (desk.state.entries(MONDAY), desk.state.entries(tuesday)) == (0, 1)
    ndx = desk.signal(ts, symbol="NDX", timeframe="1d")
    assert failed(desk.bars_close(ts, ndx, now=ts + 1, symbol="NDX")[1]) == ["daily_trades"]
