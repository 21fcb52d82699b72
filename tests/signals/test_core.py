import msgspec
import pytest
from signal_bars import MINUTE, bar, bars, events, merged, messages, nested, play, raised, same_state, walk

from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.errors import BadConfig
from tradingfloor.actors.messages import BarsClosed, SignalRaised, TimeframeReported, TimerDue
from tradingfloor.actors.runtime.core import FoldingCore
from tradingfloor.actors.signals.core import SignalCore
from tradingfloor.actors.signals.naming import DETECTORS
from tradingfloor.actors.types import Direction

ALL = tuple(DETECTORS)


AROUND_THE_CLOCK, STOCKS = calendar("24h", "UTC"), calendar("XNYS", "America/New_York")


def core(detectors=ALL, *, timeframe="15m", tick=1, market=AROUND_THE_CLOCK):
    return SignalCore("SPX", timeframe, detectors, tick, "tape-1", "config-1", market)


def test_it_is_a_folding_core_without_timers():
    one = core()
    assert isinstance(one, FoldingCore)
    assert one.next_due(one.initial()) is None
    assert one.advance(one.initial(), TimerDue(5), 5) == []


def test_every_instant_gets_its_signals_and_then_exactly_one_report():
    own, base = nested(1, 200)
    inputs = messages(own, base)
    outputs, _ = play(core(), inputs)
    for message, step in zip(inputs, outputs, strict=True):
        *signals, report = step
        assert isinstance(report, TimeframeReported)
        assert all(isinstance(s, SignalRaised) for s in signals)
        assert report.signals == tuple(s.id for s in signals)
        assert report.ts == message.ts
        assert report.cause == b""
        assert report.base_closed == (message.base is not None)
        assert all(s.ts == message.ts and s.cause == b"" and s.bar == report.bar for s in signals)
    assert len(raised(outputs)) > 50


def test_every_signal_is_the_event_of_the_scan():
    own, base = nested(2, 250)
    outputs, _ = play(core(), messages(own, base))
    found = [e for e in events(own, base) if e["signal"] == 1]
    signals = raised(outputs)
    assert len(signals) == len(found) > 50
    for s, e in zip(signals, found, strict=True):
        assert (s.ts, s.bar, s.origin_bar, s.direction) == (e["ts"], e["bar"], e["origin"], e["direction"])
        assert (s.entry, s.stop, s.target, s.top, s.bottom) == tuple(
            e[f] for f in ("entry", "stop", "target", "top", "bottom")
        )
        assert (s.strength, s.volume_ratio) == (e["strength"] / 1e6, e["volume"] / 1e6)
        assert round(s.strength, 6) == s.strength
        assert s.config == "config-1"
        assert s.stop < s.entry < s.target if s.direction is Direction.LONG else s.stop > s.entry > s.target
    families = {(s.detector, s.kind, s.family) for s in signals}
    assert families == {
        ("fvg", "fvg", "imbalance"),
        ("fvg", "ifvg", "imbalance"),
        ("structure", "bos", "structure"),
        ("structure", "choch", "structure"),
        ("sweep", "sweep", "liquidity"),
        ("displacement", "displacement", "imbalance"),
        ("strat", "strat_212_reversal", "sequence"),
        ("strat", "strat_212_continuation", "sequence"),
        ("strat", "strat_312", "sequence"),
        ("strat", "strat_22", "sequence"),
        ("strat", "strat_122", "sequence"),
        ("strat", "strat_322", "sequence"),
        ("order_block", "order_block", "imbalance"),
    }


def test_ids_are_sixteen_bytes_unique_and_differ_by_symbol_timeframe_and_tape():
    own, base = nested(3, 300)
    outputs, _ = play(core(), messages(own, base))
    ids = [m.id for step in outputs for m in step]
    assert len(set(ids)) == len(ids)
    assert {len(i) for i in ids} == {16}
    others = SignalCore("SPX", "15m", ALL, 1, "tape-2", "config-1", AROUND_THE_CLOCK)
    again, _ = play(others, messages(own, base))
    assert not {m.id for step in again for m in step} & set(ids)


def test_the_tape_range_is_that_of_the_bar_that_raised_the_signal():
    own, base = nested(4, 250)
    outputs, _ = play(core(), messages(own, base))
    by_end = {each.end: each for each in own}, {each.end: each for each in base}
    for s in raised(outputs):
        source = by_end[s.detector == "strat"][s.ts]
        assert (s.first_index, s.last_index) == (source.first_index, source.last_index)
    assert any(s.ts not in by_end[0] for s in raised(outputs))


def test_nothing_is_raised_before_fifteen_bars_are_known_and_the_report_says_so():
    outputs, _ = play(core(), messages(bars(walk(5, 60))))
    reports = [step[-1] for step in outputs]
    assert [r.bars_known for r in reports] == list(range(1, 61))
    assert [r.bar for r in reports] == list(range(60))
    assert [r.warm for r in reports] == [False] * 14 + [True] * 46
    assert all(not r.signals for r in reports[:14])
    assert any(r.signals for r in reports[14:])


@pytest.mark.parametrize(("before", "count"), [(11, 0), (12, 1)])
def test_a_trigger_in_the_fourteenth_bar_is_too_early_and_in_the_fifteenth_is_not(before, count):
    pattern = [(105, 120, 95, 110), (110, 112, 104, 108), (108, 113, 105, 112)]
    outputs, _ = play(core(("STRAT_212",)), messages(bars([(100, 110, 95, 100)] * before + pattern)))
    assert len(raised(outputs)) == count
    assert outputs[-1][-1].bars_known == before + 3


def test_history_advances_in_silence_and_its_signals_never_change_later():
    own, base = nested(6, 300)
    inputs = messages(own, base, history_until=own[150].end)
    outputs, state = play(core(), inputs)
    warmed = [m for m in inputs if m.history]
    assert warmed
    assert all(step == [] for step in outputs[: len(warmed)])
    live, live_state = play(core(), messages(own, base))
    mine, theirs = raised(outputs), raised(live[len(warmed) :])
    assert mine == theirs
    known = {s.id for s in mine}
    changes = [c for step in outputs for m in step[-1:] for c in m.changes]
    assert {c.signal_id for c in changes} <= known
    before = {s.id for s in raised(live[: len(warmed)])}
    assert any(c.signal_id in before for step in live[len(warmed) :] for c in step[-1].changes)
    assert not same_state(state.kernel, live_state.kernel)


def test_changes_name_signals_raised_before_and_never_raise_the_factor_again():
    own, base = nested(7, 400)
    outputs, _ = play(core(), messages(own, base))
    left = {}
    for step in outputs:
        left |= {s.id: 1.0 for s in step[:-1]}
        assert len({c.signal_id for c in step[-1].changes}) == len(step[-1].changes)
        for c in step[-1].changes:
            assert c.factor < left[c.signal_id]
            left[c.signal_id] = c.factor
    assert {0.0, 0.5, 1.0} == set(left.values())


def test_only_the_configured_detectors_raise_but_structure_keeps_its_bias():
    own = bars(walk(8, 300))
    whole, _ = play(core(), messages(own))
    kinds = {name: (name.lower(),) for name in DETECTORS}
    kinds |= {"BOS": ("bos", "choch"), "STRAT_212": ("strat_212_reversal", "strat_212_continuation")}
    for name, mine in kinds.items():
        outputs, _ = play(core((name,)), messages(own))
        assert raised(outputs) == [s for s in raised(whole) if s.kind in mine]
        assert [step[-1].bias for step in outputs] == [step[-1].bias for step in whole]
    assert {step[-1].bias for step in whole} == {-1, 0, 1}
    with pytest.raises(BadConfig, match="SWEEPS"):
        core(("FVG", "SWEEPS"))


def test_the_report_knows_the_open_of_the_forming_bar_and_the_last_base_close():
    base = [bar(i, (100 + i, 110 + i, 90, 101 + i), timeframe="5m", minutes=5) for i in range(5)]
    own = [merged(0, base[:3])]
    outputs, _ = play(core(), messages(own, base))
    seen = [(step[-1].period_open, step[-1].last_close, step[-1].bar) for step in outputs]
    assert seen == [(100, 101, -1), (100, 102, -1), (103, 103, 0), (103, 104, 0), (103, 105, 0)]


def test_an_instant_of_other_timeframes_only_is_answered_too():
    one = core()
    state = one.initial()
    hour = bar(0, (100, 110, 90, 105), timeframe="1h", minutes=60)
    (report,) = one.advance(state, BarsClosed(symbol="SPX", ts=hour.end, base=None, bars=(hour,)), hour.end)
    assert (report.bar, report.bars_known, report.period_open, report.base_closed) == (-1, 0, 0, False)
    assert one.advance(state, BarsClosed(symbol="NDX", ts=1, base=None, bars=()), 1) == []


def test_an_instant_out_of_order_raises_and_changes_nothing():
    own = bars(walk(9, 20))
    one = core()
    _, state = play(one, messages(own))
    _, known = play(one, messages(own))
    with pytest.raises(ValueError, match="ascend"):
        one.advance(state, messages(own)[-1], 0)
    assert same_state(state.kernel, known.kernel)


def test_daily_bars_may_cross_sessions_and_short_ones_keep_their_yardstick():
    prices = walk(10, 300)
    days = [
        bar(i, p, timeframe="1d", minutes=390, start=i * 1440 * MINUTE, session=i, full=i % 3 > 0)
        for i, p in enumerate(prices)
    ]
    same = [
        bar(i, p, timeframe="1d", minutes=390, start=i * 1440 * MINUTE, session=1)
        for i, p in enumerate(prices)
    ]
    plain = tuple(set(DETECTORS) - {"SWEEP"})  # completed weeks are pools
    strict, _ = play(core(plain, timeframe="1d", market=STOCKS), messages(days))
    free, _ = play(core(plain, timeframe="1d"), messages(same))
    assert raised(strict) == raised(free)
    assert any(s.detector == "strat" for s in raised(strict))


def test_a_short_intraday_bar_is_measured_by_its_share_of_the_atr():
    prices = [(100, 108, 92, 100)] * 30 + [(100, 110, 90, 100), (105, 130, 104, 129), (129, 135, 124, 130)]
    whole = bars(prices)
    short = [
        *whole[:-1],
        bar(32, prices[-1], start=whole[-1].start, end=whole[-1].start + 5 * MINUTE, full=False),
    ]
    ratios = []
    for own in (whole, short):
        outputs, _ = play(core(("FVG",)), messages(own))
        ratios.append(raised(outputs)[-1].strength)
    assert ratios[1] == pytest.approx(ratios[0] * 3**0.5, rel=1e-5)


def test_entries_without_a_sound_geometry_are_counted_not_raised():
    one = core(("FVG",))
    near_zero = [(30, 34, 26, 30)] * 20 + [(30, 34, 26, 30), (24, 25, 12, 13), (13, 14, 8, 9)]
    outputs, state = play(one, messages(bars(near_zero)))
    assert not [s for s in raised(outputs) if s.detector == "fvg"]  # 2 R below 9 lies below zero
    assert one.counters(state)["entries_refused"] >= 1
    assert {name: n for name, n in one.counters(state).items() if n} == {"entries_refused": 1}


def test_messages_are_plain_and_encode():
    outputs, _ = play(core(), messages(bars(walk(12, 200))))
    for step in outputs:
        for message in step:
            kind = type(message)
            assert msgspec.msgpack.decode(msgspec.msgpack.encode(message), type=kind) == message
