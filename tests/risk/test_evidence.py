import msgspec
import pytest

from tradingfloor.actors.config import MAX_WEIGHT
from tradingfloor.actors.domain.evidence import Kind
from tradingfloor.actors.messages import ActorIsolated, SignalScored
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


HELLO = {"hello": {"hi": Kind(0.5, 0.0, 1.0, 2)}}


@pytest.fixture
def guest_desk(new_desk):
    """A desk on which a plug-in reports beside the built-in detectors of both timeframes."""
    desk = new_desk(guests=HELLO)
    desk.start()
    return desk


def hello(desk, ts, **fields):
    values = {"detector": "hello", "kind": "hi", "family": "liquidity", "strength": 1.0, "volume_ratio": 1.0}
    return desk.signal(ts, **(values | fields))


def guests_close(desk, ts, *signals, **fields):
    """The reports of the plug-in's actors."""
    said = []
    for _, timeframe in desk.actors:
        mine = [s for s in signals if s.timeframe == timeframe]
        silent = {"bias": 0, "period_open": 0, "last_close": 0, "warm": False}
        said += desk.report(ts, timeframe=timeframe, signals=mine, plugin="hello", **(silent | fields))
    return said


def test_a_plug_ins_signal_is_scored_when_all_have_reported_and_its_evidence_is_that_of_its_timeframe(
    guest_desk, at
):
    desk, ts = guest_desk, at("2024-01-08 10:15")
    desk.price(100, ts - NANOS)
    mine = hello(desk, ts)
    assert desk.bars_close(ts, desk.signal(ts, kind="fvg", strength=1.0, volume_ratio=1.0)) == []
    said = guests_close(desk, ts, mine)
    scores = {s.signal_id: s for s in said if isinstance(s, SignalScored)}
    assert len(scores) == 2
    assert scores[mine.id].parts.families == (("15m", "imbalance", 0.4), ("15m", "liquidity", 0.5))
    assert scores[mine.id].parts.trading == pytest.approx(1 - 0.6 * 0.5)
    assert desk.recovered() == desk.state


def test_of_one_family_the_stronger_of_detector_and_plug_in_counts(guest_desk, at):
    desk, ts = guest_desk, at("2024-01-08 10:15")
    desk.price(100, ts - NANOS)
    desk.bars_close(ts, desk.signal(ts, kind="fvg", strength=1.0, volume_ratio=1.0))
    (scored, *_) = guests_close(desk, ts, hello(desk, ts, family="imbalance"))
    assert scored.parts.families == (("15m", "imbalance", 0.5),)


def test_a_plug_ins_report_changes_nothing_of_its_timeframe_but_evidence(new_desk, at):
    desk, ts = new_desk(guests=HELLO, tape_timeframes={"SPX": "15m"}), at("2024-01-08 10:15")
    desk.bars_close(ts)
    before = {frame: msgspec.structs.replace(view) for frame, view in desk.state.books["SPX"].views.items()}
    book = msgspec.structs.replace(desk.state.books["SPX"])
    assert book.last > 0
    guests_close(desk, ts, bar=7, base_closed=True)
    assert desk.state.books["SPX"].views == before
    assert (desk.state.books["SPX"].last, desk.state.books["SPX"].last_ts) == (book.last, book.last_ts)


def test_a_plug_ins_evidence_ages_by_its_own_reports(guest_desk, at):
    desk, ts = guest_desk, at("2024-01-08 10:15")
    mine = hello(desk, ts, bar=100)
    desk.bars_close(ts)
    guests_close(desk, ts, mine)

    def left(bar, **fields):
        nonlocal ts
        ts += 900 * NANOS
        desk.price(100, ts)
        desk.bars_close(ts, desk.signal(ts, kind="fvg", bar=500), bar=500)
        (scored, *_) = guests_close(desk, ts, bar=bar, **fields)
        return {family: e for _, family, e in scored.parts.families}.get("liquidity")

    assert left(100) == 0.5
    assert left(102) == 0.25
    assert left(102, changes=[(mine.id, 0.5)]) == 0.125
    assert left(108) is None
    assert desk.recovered() == desk.state


def test_an_isolated_plug_in_is_waited_for_no_more_and_its_evidence_is_dropped(guest_desk, at):
    desk, ts = guest_desk, at("2024-01-08 10:15")
    desk.price(100, ts - NANOS)
    desk.bars_close(ts)
    guests_close(desk, ts, hello(desk, ts), hello(desk, ts, timeframe="1h"))
    ts += 900 * NANOS
    desk.price(100, ts - NANOS)
    assert desk.bars_close(ts, desk.signal(ts, kind="fvg")) == []
    desk.report(ts, timeframe="1h", plugin="hello")
    gone = ActorIsolated(id=b"i" * 16, ts=ts, actor="signals:SPX:15m:hello", error="boom")
    scored = desk.feed(gone)[0]
    assert [told[:2] for told in scored.parts.families] == [("15m", "imbalance"), ("1h", "liquidity")]
    assert scored.parts.weights == (("INTRADAY", 0.428571), ("SWING", 0.571429))


def test_what_a_plug_in_said_that_is_no_longer_named_means_nothing(desk, at):
    ts = at("2024-01-08 10:15")
    desk.bars_close(ts)
    views = {frame: msgspec.structs.replace(view) for frame, view in desk.state.books["SPX"].views.items()}
    desk.report(ts, signals=[hello(desk, ts)], plugin="hello")
    assert desk.state.unscored == {}
    assert all(not view.live for view in desk.state.books["SPX"].views.values())
    assert {frame: view.reported for frame, view in views.items()} == dict.fromkeys(views, ts)
