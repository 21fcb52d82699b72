"""What the settings of the detectors change, against brute force set the same way."""

import pytest
from brute_force import facts_of, in_order
from brute_market import Market
from brute_series import walked
from brute_strat import strat_facts
from brute_structure import structure_facts
from signal_bars import messages

from tradingfloor.actors.config import DetectorParams
from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.errors import BadConfig
from tradingfloor.actors.messages import BarsClosed
from tradingfloor.actors.signals import Scanner, detect, looks
from tradingfloor.actors.signals.core import SignalCore


def detected(own, name, base=(), **params):
    return facts_of(detect(own, [name], DetectorParams(**params), base=base))


@pytest.mark.parametrize("seed", range(3))
def test_a_wick_takes_a_level_where_that_is_asked_for(seed):
    own, _ = walked(seed, 500)
    breaks = ("broken", "bos", "choch")
    wanted = [f for f in structure_facts(Market(own, ())) if f.event == "broken"]
    by_wick = [f for f in structure_facts(Market(own, ()), by="wick") if f.event == "broken"]
    assert wanted != by_wick
    found = detected(own, "structure", break_by="wick")
    assert [f for f in found if f.event == "broken"] == in_order(by_wick)
    assert {f.event for f in found} >= set(breaks)


@pytest.mark.parametrize("seed", range(3))
def test_the_stop_of_an_inside_bar_setup_is_the_inside_bar_where_that_is_asked_for(seed):
    own, _ = walked(seed, 400)
    expected = in_order(strat_facts(Market(own, ()), stop_mode="inside"))
    assert detected(own, "strat", stop_mode="inside") == expected
    assert detected(own, "strat") != expected


def test_sweeps_are_as_deep_and_equal_levels_as_near_as_is_asked_for():
    own, _ = walked(1, 600)
    every = detect(own, ["sweep"])
    deep = [e for e in detect(own, ["sweep"], DetectorParams(sweep_depth=0.5)) if e.event == "swept"]
    assert len(deep) < len([e for e in every if e.event == "swept"])
    assert all(e.strength is None or e.strength >= 0.5 for e in deep)
    wide = detect(own, ["sweep"], DetectorParams(equal_tolerance=1.0))
    assert [(e.id, e.pool) for e in wide] != [(e.id, e.pool) for e in every]
    none_late = detect(own, ["sweep"], DetectorParams(late_bars=1))
    assert max(e.lag for e in none_late) == 1 < max(e.lag for e in every)


def test_the_opening_range_is_as_long_as_it_is_set():
    own, _ = walked(2, 500, calendar="XNYS")
    market = calendar("XNYS")

    def ranges(minutes):
        found = detect(own, ["sweep"], DetectorParams(opening_range=minutes), calendar=market)
        return [e for e in found if e.pool == "opening_range"]

    assert ranges(30.0)
    assert not ranges(0.0)
    assert not ranges(20.0)  # quarters of an hour do not make up twenty minutes
    assert {e.level for e in ranges(60.0)} != {e.level for e in ranges(30.0)}


def test_an_unknown_detector_is_refused_by_name():
    for make in (lambda: detect([], ["fgv"]), lambda: Scanner("15m", ["fgv"])):
        with pytest.raises(BadConfig, match="fgv"):
            make()


def test_bars_one_by_one_give_what_all_bars_at_once_give_and_so_does_a_snapshot():
    own, base = walked(3, 400, base_minutes=5)
    instants = {}
    for each in base:
        instants.setdefault(each.end, [None, None])[1] = each
    for each in own:
        instants.setdefault(each.end, [None, None])[0] = each
    one, found, half = Scanner("15m", symbol=own[0].symbol), [], len(instants) // 2
    for n, ts in enumerate(sorted(instants)):
        if n == half:
            kept, known = one.snapshot(), len(found)
        found += one.update(*instants[ts])
    assert found == detect(own, base=base)
    again = []
    for ts in sorted(instants)[half:]:
        again += kept.update(*instants[ts])
    assert again == found[known:]


def test_every_event_has_an_id_of_its_own_and_is_known_no_earlier_than_its_bars_end():
    own, base = walked(4, 600, base_minutes=5)
    found = detect(own, base=base)
    assert len({e.id for e in found}) == len(found)
    by_index = {bar.index: bar for bar in own}
    for e in found:
        assert e.first_bar <= e.origin_bar <= e.bar or e.detector == "order_block"
        assert e.known_at >= by_index[e.bar].end
        assert e.time == by_index[e.bar].start
        if e.is_signal:
            assert min(e.entry, e.stop, e.target, e.invalidation) > 0
            assert (e.stop < e.entry < e.target) == (e.direction > 0)
            assert e.strength is not None


def test_the_live_report_and_the_look_of_a_bar_agree():
    own, _ = walked(5, 200)
    core = SignalCore(own[0].symbol, "15m", ("FVG",), 1, "tape", "config", calendar("24h"))
    state = core.initial()
    for closed, seen in zip(messages(own), looks(own), strict=True):
        mine = BarsClosed(own[0].symbol, closed.ts, closed.base, closed.bars)
        report = core.advance(state, mine, mine.ts)[-1]
        assert (report.scenario, report.in_force) == (seen.scenario, seen.in_force)
