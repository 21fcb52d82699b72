from datetime import date

import pytest

from tradingfloor.actors.config import ScheduleConfig
from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.messages import (
    ActorIsolated,
    DecisionMade,
    EntriesLocked,
    Killed,
    OrderApproved,
    OrderDenied,
    Rearmed,
    SignalScored,
)
from tradingfloor.actors.types import (
    NANOS,
    Direction,
    KillPolicy,
    OrderRole,
    Refusal,
    ScoreOutcome,
    Side,
    TradingState,
)

MONDAY = date(2024, 1, 8).toordinal()


def kinds(events):
    return [type(event).__name__ for event in events]


def gate(decision, name):
    return next(result for result in decision.gates if result.gate == name)


def failed(decision):
    return [result.gate for result in decision.gates if not result.passed]


def test_one_strong_signal_becomes_a_score_a_decision_and_an_order(desk, at, money):
    ts = at("2024-01-08 10:15")
    signal = desk.signal(ts)
    scored, decision, order = desk.bars_close(ts, signal)

    assert isinstance(scored, SignalScored)
    assert (scored.cause, scored.signal_id, scored.ts) == (signal.id, signal.id, ts)
    assert scored.outcome is ScoreOutcome.ELIGIBLE
    # CHoCH at u = 1.25 is 0.75; weights 3/7 and 4/7; both biases are 1.
    assert scored.score == pytest.approx(10 * (0.375 + 0.25 * 3 / 7 * 0.75 + 0.25), abs=1e-6)

    assert isinstance(decision, DecisionMade)
    assert (decision.cause, decision.approved, decision.reason) == (scored.id, True, None)
    assert (decision.quantity, decision.notional) == (200, money(20_000))
    assert decision.passed == (1 << len(decision.gates)) - 1

    assert isinstance(order, OrderApproved)
    assert (order.cause, order.decision_id, order.signal_id) == (decision.id, decision.id, signal.id)
    assert (order.side, order.quantity, order.reference) == (Side.BUY, 200, money(100))
    assert (order.stop, order.target) == (money(90), money(110))
    assert order.reserved == money(200 * 100.05)
    assert order.reserved_fees == money(200 * 0.005)
    assert order.session == MONDAY
    assert order.config == decision.config == desk.config.content_hash


def test_nothing_is_evaluated_before_every_signal_actor_has_reported(desk, at):
    ts = at("2024-01-08 10:15")
    assert desk.report(ts, timeframe="15m", signals=[desk.signal(ts)]) == []
    assert kinds(desk.report(ts, timeframe="1h")) == ["SignalScored", "DecisionMade", "OrderApproved"]


def test_an_instant_without_a_signal_says_nothing(desk, at):
    assert desk.bars_close(at("2024-01-08 10:15")) == []
    assert desk.core.next_due(desk.state) == at("2024-01-08 16:00") + 1


def test_a_missing_report_is_waited_for_one_second(desk, at):
    ts = at("2024-01-08 10:15")
    desk.report(ts, timeframe="15m", signals=[desk.signal(ts)])
    assert desk.core.next_due(desk.state) == ts + NANOS
    assert desk.timer(ts + NANOS - 1) == []
    said = desk.timer(ts + NANOS)
    assert kinds(said) == ["SignalScored", "DecisionMade", "OrderApproved"]
    assert {event.ts for event in said} == {ts}
    # The timeframe that is silent has never been warm: its class has no weight.
    assert said[0].parts.weights == (("INTRADAY", 1.0),)


def test_a_late_report_has_its_signals_evaluated_when_it_comes_and_judged_by_their_age(desk, at):
    ts = at("2024-01-08 10:15")
    late = desk.signal(ts, timeframe="1h")
    desk.report(ts, timeframe="15m", signals=[desk.signal(ts, strength=0.0, volume_ratio=0.1)])
    desk.timer(ts + NANOS)
    desk.price(100, ts + 61 * NANOS)
    said = desk.report(ts, timeframe="1h", signals=[late], now=ts + 61 * NANOS)
    assert kinds(said) == ["SignalScored", "DecisionMade", "OrderDenied"]
    assert failed(said[1]) == ["freshness"]
    assert gate(said[1], "freshness").value == "61"


def test_an_isolated_actor_is_not_expected_and_its_evidence_is_dropped(desk, at):
    ts = at("2024-01-08 10:00")
    desk.bars_close(ts, desk.signal(ts, timeframe="1h", kind="fvg", volume_ratio=0.01))
    assert len(desk.state.books["SPX"].views["1h"].live) == 1
    ts = at("2024-01-08 10:15")
    assert desk.report(ts, timeframe="15m", signals=[desk.signal(ts)]) == []
    gone = ActorIsolated(id=b"i" * 16, ts=ts, actor="signals:SPX:1h", error="boom")
    scored = desk.feed(gone)[0]
    assert scored.parts.weights == (("INTRADAY", 1.0),)
    assert [frame for frame, _, _ in scored.parts.families] == ["15m"]
    assert not desk.state.books["SPX"].views["1h"].live


def test_the_isolation_of_other_actors_means_nothing(desk, at):
    before = desk.snapshot()
    for actor in ("executor", "signals:SPX:1d", "signals:NDX:15m", "signals"):
        desk.feed(ActorIsolated(id=b"i" * 16, ts=0, actor=actor, error=""))
    assert desk.state == before


def test_scores_come_best_first_then_smaller_timeframe_then_id(new_desk, at):
    desk = new_desk(actors=(("SPX", "1h"), ("SPX", "5m"), ("SPX", "15m")), risk={"explain_margin": 10.0})
    desk.start()
    ts = at("2024-01-08 11:00")
    desk.price(100, ts - 1)
    weak = {"kind": "fvg", "strength": 0.3, "volume_ratio": 1.0}
    same = [desk.signal(ts, timeframe="5m", **weak) for _ in range(3)]
    signals = [
        desk.signal(ts, timeframe="1h"),
        *same,
        desk.signal(ts, timeframe="15m"),
        desk.signal(ts, timeframe="15m", kind="bos", family="sequence"),
    ]
    scores = [event for event in desk.bars_close(ts, *signals) if isinstance(event, SignalScored)]
    assert [s.score for s in scores] == sorted((s.score for s in scores), reverse=True)
    # Two families on 15m, one on 1h, a faint gap on 5m.
    assert [s.timeframe for s in scores] == ["15m", "15m", "1h", "5m", "5m", "5m"]
    assert [s.signal_id for s in scores if s.timeframe == "5m"] == sorted(signal.id for signal in same)


@pytest.mark.parametrize("serial", range(0, 600, 100))
def test_equal_scores_are_taken_smaller_timeframe_first(new_desk, at, serial):
    desk = new_desk(actors=(("SPX", "30m"), ("SPX", "5m")))
    desk.serial = serial  # other ids, which come last in the order
    desk.start()
    ts = at("2024-01-08 11:00")
    desk.price(100, ts - 1)
    said = desk.bars_close(ts, desk.signal(ts, timeframe="30m"), desk.signal(ts, timeframe="5m"))
    scores = [event for event in said if isinstance(event, SignalScored)]
    assert scores[0].score == scores[1].score
    assert [s.timeframe for s in scores] == ["5m", "30m"]


def test_the_second_signal_of_an_instant_is_stopped_by_the_one_position_gate(desk, at):
    ts = at("2024-01-08 10:15")
    said = desk.bars_close(ts, desk.signal(ts), desk.signal(ts, kind="bos", family="sequence"))
    assert kinds(said) == [
        "SignalScored",
        "SignalScored",
        "DecisionMade",
        "OrderApproved",
        "DecisionMade",
        "OrderDenied",
    ]
    assert failed(said[4]) == ["one_position"]
    assert said[5].reason is Refusal.ONE_POSITION


def test_a_symbol_that_was_not_flat_before_the_instant_gets_a_score_and_no_decision(desk, at):
    ts = at("2024-01-08 10:15")
    desk.bars_close(ts, desk.signal(ts))
    ts += 900 * NANOS
    desk.price(100, ts)
    (scored,) = desk.bars_close(ts, desk.signal(ts))  # reserved
    assert scored.outcome is ScoreOutcome.NOT_FLAT
    desk.fill(desk.order(), 100, ts + NANOS)
    ts += 900 * NANOS
    desk.price(100, ts)
    (scored,) = desk.bars_close(ts, desk.signal(ts))  # in a position
    assert scored.outcome is ScoreOutcome.NOT_FLAT


def test_a_position_closed_at_the_same_instant_leaves_the_symbol_flat(desk, at):
    ts = at("2024-01-08 10:15")
    desk.bars_close(ts, desk.signal(ts))
    order = desk.order()
    desk.fill(order, 100, ts + NANOS)
    ts += 900 * NANOS
    desk.price(110, ts)
    desk.fill(order, 110, ts, role=OrderRole.TARGET)
    said = desk.bars_close(ts, desk.signal(ts, entry=110.0))
    assert kinds(said) == ["SignalScored", "DecisionMade", "OrderApproved"]


@pytest.mark.parametrize(
    ("kind", "margin", "outcome"),
    [("fvg", 1.0, ScoreOutcome.BELOW), ("fvg", 1.5, ScoreOutcome.ELIGIBLE)],
)
def test_a_score_too_far_below_gets_no_decision_one_within_the_margin_does(
    new_desk, at, kind, margin, outcome
):
    desk = new_desk(risk={"explain_margin": margin})
    desk.start()
    ts = at("2024-01-08 10:15")
    desk.price(100, ts - 1)
    said = desk.bars_close(ts, desk.signal(ts, kind=kind, volume_ratio=1.0))
    # A lone full gap with everything agreeing: 10 (0.2 + 0.25 x 3/7 x 0.4 + 0.25) = 4.93.
    assert said[0].score == pytest.approx(4.928571)
    assert said[0].outcome is outcome
    if outcome is ScoreOutcome.ELIGIBLE:
        assert failed(said[1]) == ["confidence"]
        assert said[2].reason is Refusal.CONFIDENCE
    else:
        assert len(said) == 1


def test_signals_that_point_both_ways_within_a_point_conflict(new_desk, at):
    desk = new_desk(risk={"min_confidence": 2.0})
    desk.start()
    ts = at("2024-01-08 10:15")
    desk.price(100, ts - 1)
    both = [desk.signal(ts), desk.signal(ts, direction=Direction.SHORT, kind="bos")]
    said = desk.bars_close(ts, *both, bias=0, period_open=0)
    assert kinds(said) == ["SignalScored", "SignalScored"]
    assert {event.outcome for event in said} == {ScoreOutcome.CONFLICT}
    assert said[0].parts.opposite_score == said[1].score


def test_the_smaller_direction_conflicts_while_the_larger_is_eligible(new_desk, at):
    desk = new_desk(risk={"min_confidence": 2.0})
    desk.start()
    ts = at("2024-01-08 10:15")
    desk.price(100, ts - 1)
    long, short = desk.signal(ts), desk.signal(ts, direction=Direction.SHORT, kind="bos")
    said = desk.bars_close(ts, long, short)  # both biases are up
    outcomes = {event.signal_id: event.outcome for event in said if isinstance(event, SignalScored)}
    assert outcomes == {long.id: ScoreOutcome.ELIGIBLE, short.id: ScoreOutcome.CONFLICT}


def test_a_short_is_sized_reserved_and_mirrored(desk, at, money):
    ts = at("2024-01-08 10:15")
    signal = desk.signal(ts, direction=Direction.SHORT)
    order = desk.bars_close(ts, signal, bias=-1, period_open=money(101))[-1]
    assert (order.side, order.stop, order.target) == (Side.SELL, money(110), money(90))
    assert order.reserved == money(200 * 100.05)


def test_shorts_are_denied_when_the_config_allows_none(new_desk, at, money):
    desk = new_desk(risk={"allow_short": False})
    desk.start()
    ts = at("2024-01-08 10:15")
    desk.price(100, ts - 1)
    said = desk.bars_close(ts, desk.signal(ts, direction=Direction.SHORT), bias=-1, period_open=money(101))
    assert failed(said[1]) == ["short"]
    assert said[2].reason is Refusal.SHORT


def test_a_disabled_floor_decides_and_orders_nothing(new_desk, at):
    desk = new_desk(enabled=False)
    desk.start()
    ts = at("2024-01-08 10:15")
    desk.price(100, ts - 1)
    said = desk.bars_close(ts, desk.signal(ts), desk.signal(ts, kind="bos", family="sequence"))
    decisions = [event for event in said if isinstance(event, DecisionMade)]
    assert [(d.approved, d.reason) for d in decisions] == [(True, Refusal.SHADOW)] * 2
    assert not [event for event in said if isinstance(event, OrderApproved | OrderDenied)]
    assert not desk.state.reservations


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


def test_evidence_ages_by_its_own_bars_and_fades_as_reported(desk, at):
    ts = at("2024-01-08 10:00")
    old = desk.signal(ts, timeframe="1h", kind="fvg", strength=1.0, volume_ratio=1.0, bar=10)
    desk.bars_close(ts, old, bar=10)
    view = desk.state.books["SPX"].views["1h"]

    def remembered(bar, **fields):
        nonlocal ts
        ts += 900 * NANOS
        desk.price(100, ts)
        said = desk.bars_close(ts, desk.signal(ts, volume_ratio=0.01, bar=bar), bar=bar, **fields)
        return {f: e for f, _, e in said[0].parts.families}.get("1h")

    assert remembered(10) == 0.4
    assert remembered(34) == 0.2
    assert remembered(34, changes=[(old.id, 0.5)]) == 0.1
    assert remembered(105) == pytest.approx(0.2 * 2 ** (-95 / 24), abs=1e-6)
    assert old.id in view.live
    assert remembered(106) is None
    assert old.id not in view.live


def test_evidence_declared_over_is_forgotten(desk, at):
    ts = at("2024-01-08 10:00")
    gap = desk.signal(ts, kind="fvg")
    desk.bars_close(ts, gap)
    desk.report(ts + 900 * NANOS, changes=[(gap.id, 0.0), (b"unknown", 0.5)])
    assert not desk.state.books["SPX"].views["15m"].live


def test_signals_count_only_with_the_report_that_carries_them(desk, at):
    ts = at("2024-01-08 10:15")
    desk.feed(desk.signal(ts))
    assert desk.core.next_due(desk.state) == at("2024-01-08 16:00") + 1
    assert desk.bars_close(ts) == []
    assert not desk.state.books["SPX"].views["15m"].live


def test_a_signal_that_its_report_does_not_carry_is_forgotten(desk, at):
    ts = at("2024-01-08 10:15")
    desk.feed(desk.signal(ts))
    assert desk.bars_close(ts) == []
    assert not desk.state.books["SPX"].views["15m"].raised


def test_a_base_bar_of_an_earlier_instant_does_not_make_this_one_fresh(desk, at):
    ts = at("2024-01-08 10:15")
    desk.bars_close(ts - 900 * NANOS)
    desk.report(ts, timeframe="15m", signals=[desk.signal(ts)], base_closed=False)
    assert failed(desk.timer(ts + NANOS)[1]) == ["freshness"]


def test_an_instant_that_waits_behind_another_of_its_symbol_finds_it_taken(desk, at):
    ts = at("2024-01-08 10:15")
    for instant in (ts, ts + NANOS // 2):
        desk.report(instant, timeframe="15m", signals=[desk.signal(instant)])
    said = desk.timer(ts + 2 * NANOS)
    assert kinds(said) == ["SignalScored", "DecisionMade", "OrderApproved", "SignalScored"]
    assert said[3].outcome is ScoreOutcome.NOT_FLAT


def test_a_lock_ends_at_its_instant(desk, at):
    ts = at("2024-01-08 10:15")
    lock = EntriesLocked(
        id=b"l" * 16, ts=ts, lock="stale", symbol="SPX", reason=Refusal.STATE, detail="", until=ts + 5
    )
    desk.feed(lock)
    assert desk.state.locks_on("SPX", ts + 4) == ("stale",)
    assert desk.state.locks_on("SPX", ts + 5) == desk.state.locks_on("NDX", ts + 4) == ()
    assert desk.core.locks(desk.state, ts + 4) == ("stale SPX",)


def test_around_the_clock_the_day_that_closes_is_judged_not_the_one_that_begins(new_desk, at):
    friday_night = at("2024-01-12 19:00")  # midnight in UTC
    for ts, approved in ((friday_night, True), (friday_night + 86_400 * NANOS, False)):
        desk = new_desk(actors=(("EURUSD", "1d"),))
        desk.start()
        desk.price(1.1, ts - 1, symbol="EURUSD")
        signal = desk.signal(ts, symbol="EURUSD", timeframe="1d", entry=1.1, reach=0.01)
        assert desk.bars_close(ts, signal)[1].approved is approved


def test_a_kind_without_a_weight_scores_as_no_trigger(desk, at):
    ts = at("2024-01-08 10:15")
    (scored,) = desk.bars_close(ts, desk.signal(ts, kind="moon_phase"))
    assert scored.parts.trading == 0
    assert scored.outcome is ScoreOutcome.BELOW


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


def test_ids_follow_from_the_tape_and_the_cause_alone(new_desk, at):
    ts = at("2024-01-08 10:15")

    def run(delay):
        desk = new_desk()
        desk.start()
        desk.price(100, ts - 1)
        desk.report(ts, timeframe="15m", signals=[desk.signal(ts)])
        return [event.id for event in desk.report(ts, timeframe="1h", now=ts + delay)]

    first = run(0)
    assert len(set(first)) == 3
    assert run(5) == first
    assert all(int.from_bytes(i[:8], "big") == ts for i in first)


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
