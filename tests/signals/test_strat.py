import random

import pytest
import signal_oracles as oracle
from signal_bars import MINUTE, bar, bars, events, nested, picked, walk

from tradingfloor.actors.signals import layout as at

ENTRIES = {"STRAT_REVERSAL", "STRAT_CONTINUATION"}
FIELDS = ("ts", "name", "origin", "direction", "entry", "stop", "target", "strength", "count")


def rows(entries):
    return sorted(tuple(e[f] for f in FIELDS) for e in entries)


def prices_of(own):
    return [(b.open, b.high, b.low, b.close, b.volume) for b in own]


def children_of(own, base):
    """Per own bar, and for the one still forming, the (ts, prices) of its base bars."""
    found, at = [], 0
    for each in own:
        mine = []
        while at < len(base) and base[at].end <= each.end:
            mine.append((base[at].end, prices_of([base[at]])[0]))
            at += 1
        found.append(mine)
    return [*found, [(b.end, prices_of([b])[0]) for b in base[at:]]]


@pytest.mark.parametrize("seed", range(10))
def test_on_own_bars_alone_entries_agree_with_the_table(seed):
    prices = walk(seed, 400, step=(2, 4)[seed % 2], tick=5)
    own = bars(prices)
    expected = oracle.strat_entries(prices, [[(b.end, p)] for b, p in zip(own, prices, strict=True)], 5)
    found = [e for e in events(own, tick=5) if e["name"] in ENTRIES]
    assert rows(found) == rows(expected)
    assert len(found) > 30
    assert {e["name"] for e in found} == ENTRIES
    assert any(e["count"] > 1 for e in found)


@pytest.mark.parametrize("seed", range(10))
def test_base_bars_fire_the_triggers_of_the_forming_bar(seed):
    own, base = nested(seed, 300)
    expected = oracle.strat_entries(prices_of(own), children_of(own, base), 1)
    found = events(own, base)
    assert rows(e for e in found if e["name"] in ENTRIES) == rows(expected)
    assert len(expected) > 30
    armed = {e["origin"] for e in found if e["name"] == "STRAT_ARMED" and e["form"] == at.P_212}
    found = [e for e in found if e["origin"] in armed]
    spent = sorted((e["spent"], e["origin"], e["direction"]) for e in expected if e["spent"])
    assert (
        sorted((e["ts"], e["origin"], e["direction"]) for e in found if e["name"] == "STRAT_SPENT") == spent
    )


@pytest.mark.parametrize("seed", range(8))
def test_no_pattern_crosses_a_session_unless_it_may(seed):
    own, base = nested(seed, 300, session_bars=7)
    sessions = [b.session for b in own]
    found = [e for e in events(own, base, cross_session=False) if e["name"] in ENTRIES]
    children = children_of(own, base)
    expected = oracle.strat_entries(prices_of(own), children[:-1], 1, sessions)
    assert rows(e for e in found if e["origin"] < len(own) - 1) == rows(expected)
    assert expected
    free = [e for e in events(own, base) if e["name"] in ENTRIES]
    assert len(free) > len(found)


def two_one_two(found):
    return [e for e in found if e["form"] == 1]


def test_no_setup_is_armed_on_a_stub_unless_it_may_cross_sessions():
    rng = random.Random(5)
    prices = walk(4, 300)
    stubs = [rng.random() < 0.3 for _ in prices]
    own = [bar(i, p, full=not stub) for i, (p, stub) in enumerate(zip(prices, stubs, strict=True))]
    armed = picked(two_one_two(events(own, cross_session=False)), {"STRAT_ARMED"})
    expected = oracle.setups(prices, [1] * len(prices), stubs)
    assert [row[0] for row in armed] == [k for k, *_ in expected]
    everywhere = picked(two_one_two(events(own, cross_session=True)), {"STRAT_ARMED"})
    assert [row[0] for row in everywhere] == [k for k, *_ in oracle.setups(prices)]
    assert len(everywhere) > len(armed)


@pytest.mark.parametrize("seed", range(6))
def test_a_strat_entry_is_gone_at_a_close_through_its_stop_within_eight_bars(seed):
    prices = walk(seed, 400, step=4)
    found = events(bars(prices))
    expected = []
    for e in (e for e in found if e["name"] in ENTRIES and e["signal"]):
        for j in range(e["bar"], min(e["bar"] + 9, len(prices))):
            if e["direction"] * prices[j][3] < e["direction"] * e["stop"]:
                expected.append((j, e["origin"], e["direction"]))
                break
    stopped = [
        e
        for e in found
        if e["name"] == "STOPPED" and e["source_code"] in {at.STRAT_REVERSAL, at.STRAT_CONTINUATION}
    ]
    assert sorted((e["bar"], e["origin"], e["direction"]) for e in stopped) == sorted(expected)
    raised = {(e["ts"], e["origin"], e["direction"]) for e in found if e["signal"] == 1}
    for e in stopped:
        assert (e["signal"] == 2) == ((e["source_ts"], e["origin"], e["direction"]) in raised)


MOTHER_UP = [(100, 110, 90, 100), (105, 120, 95, 110)]  # a 2u ...
INSIDE = (110, 112, 104, 108)  # ... and the inside bar after it


def entries_after(*later, tick=1, **settings):
    prices = [*MOTHER_UP, INSIDE, *later]
    return [e for e in events(bars(prices), tick=tick, **settings) if e["name"] in ENTRIES]


def test_a_2u_is_a_higher_high_and_a_3_takes_both_sides():
    assert oracle.scenario((0, 11, 5, 0), (0, 10, 5, 0)) == "2u"
    assert oracle.scenario((0, 10, 4, 0), (0, 10, 5, 0)) == "2d"
    assert oracle.scenario((0, 11, 4, 0), (0, 10, 5, 0)) == "3"
    assert oracle.scenario((0, 10, 5, 0), (0, 10, 5, 0)) == "1"
    (armed,) = [e for e in events(bars([*MOTHER_UP, INSIDE])) if e["name"] == "STRAT_ARMED"]
    assert (armed["direction"], armed["count"], armed["flag"], armed["first"]) == (0, 1, 2, 1)


def test_an_equal_high_triggers_nothing_and_one_tick_more_does():
    assert not entries_after((108, 112, 104, 110))
    (entry,) = entries_after((108, 113, 104, 110))
    assert entry["name"] == "STRAT_CONTINUATION"
    assert (entry["entry"], entry["stop"], entry["direction"]) == (113, 95, 1)


def test_the_other_side_is_a_reversal_with_stop_and_target_of_the_directional_bar():
    (entry,) = entries_after((108, 110, 103, 104))
    assert (entry["name"], entry["direction"]) == ("STRAT_REVERSAL", -1)
    assert (entry["entry"], entry["stop"]) == (103, 120)
    assert entry["target"] == 103 - 17  # the first target 95 pays less than 1 R, there is no level: 1 R


def test_a_gap_through_the_trigger_enters_at_the_open():
    (entry,) = entries_after((117, 118, 116, 117))
    assert entry["entry"] == 117


def test_a_bar_that_takes_both_sides_gives_both_entries():
    both = entries_after((108, 115, 100, 110))
    assert {(e["name"], e["direction"]) for e in both} == {("STRAT_CONTINUATION", 1), ("STRAT_REVERSAL", -1)}


def test_a_setup_lives_for_one_bar_and_an_inside_bar_arms_it_anew():
    (entry,) = entries_after((108, 111, 105, 109), (109, 112, 106, 112))
    assert entry["count"] == 2
    assert entry["entry"] == 112  # beyond the second inside bar
    assert entry["stop"] == 95  # still the directional bar
    later = events(bars([*MOTHER_UP, INSIDE, (108, 112, 104, 109), (109, 130, 108, 129)]))
    assert [e["bar"] for e in later if e["name"] == "STRAT_EXPIRED"][:1] == [3]


def test_the_side_that_fires_later_spends_the_entry_before_it():
    own = bars([*MOTHER_UP, INSIDE])
    base = [
        bar(i, p, timeframe="5m", minutes=5, start=45 * MINUTE + i * 5 * MINUTE)
        for i, p in enumerate([(108, 113, 106, 112), (112, 112, 103, 105)])
    ]
    found = [(e["name"], e["direction"]) for e in events(own, base) if e["ts"] > 45 * MINUTE]
    assert found == [("STRAT_CONTINUATION", 1), ("STRAT_SPENT", 1), ("STRAT_REVERSAL", -1)]


def test_a_base_bar_that_takes_both_sides_spends_neither():
    own = bars([*MOTHER_UP, INSIDE])
    base = [bar(0, (108, 113, 103, 108), timeframe="5m", minutes=5, start=45 * MINUTE)]
    found = [(e["name"], e["direction"]) for e in events(own, base) if e["ts"] > 45 * MINUTE]
    assert found == [("STRAT_CONTINUATION", 1), ("STRAT_REVERSAL", -1)]


def test_base_bars_coarser_than_the_own_bars_are_not_read():
    own = bars([*MOTHER_UP, INSIDE, (108, 112, 104, 110)])
    hour = bar(0, (100, 120, 90, 110), timeframe="1h", minutes=60)
    assert events(own, [hour]) == events(own)


def test_what_base_bars_do_not_cover_the_own_bar_tells_at_its_close():
    own = bars([*MOTHER_UP, INSIDE, (108, 113, 105, 110)])
    late = bar(0, (109, 111, 108, 110), timeframe="10m", minutes=10, start=50 * MINUTE)
    found = [(e["ts"], e["name"]) for e in events(own, [late]) if e["name"] in ENTRIES]
    assert found == [(own[3].end, "STRAT_CONTINUATION")]
