import pytest

from tradingfloor.actors.config import MAX_WEIGHT
from tradingfloor.actors.messages import ActorIsolated
from tradingfloor.actors.risk.confluence import MAX_EVIDENCE
from tradingfloor.actors.types import NANOS, ScoreOutcome


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


def test_a_kind_without_a_weight_scores_as_no_trigger(desk, at):
    ts = at("2024-01-08 10:15")
    (scored,) = desk.bars_close(ts, desk.signal(ts, kind="moon_phase"))
    assert scored.parts.trading == 0
    assert scored.outcome is ScoreOutcome.BELOW


@pytest.mark.parametrize("weight", [0.0, 0.3, 0.6, 0.7])
def test_a_weight_of_the_config_takes_the_place_of_the_built_in_one(new_desk, at, weight):
    desk = new_desk(confluence={"kinds": {"choch": weight, "fvg": 0.9}})
    desk.start()
    ts = at("2024-01-08 10:15")
    desk.price(100, ts - NANOS)
    scored = desk.bars_close(ts, desk.signal(ts, kind="choch", strength=10.0, volume_ratio=2.0))[0]
    evidence = 1.25 * weight  # of full quality, on double the volume, on its first bar
    assert scored.parts.trading == pytest.approx(evidence)
    # Both classes lean the same way; only the 15m has evidence, and 3/7 of the weight.
    expected = 10 * (0.5 * evidence + 0.25 * 3 / 7 * evidence + 0.125 * (1 + 1))
    assert scored.score == pytest.approx(expected, abs=1e-6)
    assert desk.recovered() == desk.state


def test_kinds_that_the_config_does_not_name_keep_their_weight(new_desk, at):
    ts = at("2024-01-08 10:15")
    scores = []
    for kinds in ({}, {"fvg": 0.1}):
        desk = new_desk(confluence={"kinds": kinds})
        scores.append(desk.bars_close(ts, desk.signal(ts, kind="choch"))[0].score)
    assert scores[0] == scores[1]


def test_the_largest_weight_is_the_largest_evidence():
    assert MAX_WEIGHT == MAX_EVIDENCE


def test_a_higher_score_buys_no_larger_position(new_desk, at):
    ts = at("2024-01-08 10:15")
    bought = {}
    for weight in (0.5, 0.7):
        desk = new_desk(confluence={"kinds": {"choch": weight}}, risk={"min_confidence": 5.0})
        desk.start()
        desk.price(100, ts - NANOS)
        scored = desk.bars_close(ts, desk.signal(ts))[0]
        bought[scored.score] = (desk.order().quantity, desk.order().reserved)
    assert len(bought) == 2
    assert len(set(bought.values())) == 1
