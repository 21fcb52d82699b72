from datetime import date

import pytest

from tradingfloor.actors.messages import (
    DecisionMade,
    OrderApproved,
    OrderDenied,
    SignalScored,
)
from tradingfloor.actors.types import (
    NANOS,
    Direction,
    OrderRole,
    Refusal,
    ScoreOutcome,
    Side,
)

MONDAY = date(2024, 1, 8).toordinal()


def kinds(events):
    return [type(event).__name__ for event in events]


def failed(decision):
    return [result.gate for result in decision.gates if not result.passed]


def gate(decision, name):
    return next(result for result in decision.gates if result.gate == name)


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


def test_an_instant_that_waits_behind_another_of_its_symbol_finds_it_taken(desk, at):
    ts = at("2024-01-08 10:15")
    for instant in (ts, ts + NANOS // 2):
        desk.report(instant, timeframe="15m", signals=[desk.signal(instant)])
    said = desk.timer(ts + 2 * NANOS)
    assert kinds(said) == ["SignalScored", "DecisionMade", "OrderApproved", "SignalScored"]
    assert said[3].outcome is ScoreOutcome.NOT_FLAT


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
