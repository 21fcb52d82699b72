from itertools import pairwise

import pytest
import signal_oracles as oracle
from signal_bars import bars, events, picked, state, walk

from tradingfloor.actors.signals import layout as at
from tradingfloor.actors.signals.batch import run
from tradingfloor.actors.signals.rows import rows_of


@pytest.mark.parametrize("seed", range(12))
def test_swings_agree_with_the_window_definition_and_its_reduction(seed):
    prices = walk(seed, 400, step=(1, 3, 8)[seed % 3])
    found = events(bars(prices))
    expected = sorted((known, "SWING_CANDIDATE", s, p, i) for known, s, p, i in oracle.candidates(prices))
    assert picked(found, {"SWING_CANDIDATE"}, "direction", "level", "origin") == expected
    expected = oracle.reductions(prices)
    assert picked(found, {"SWING_FINAL", "SWING_DROPPED"}, "direction", "level", "origin") == expected
    assert len(expected) > 20


def test_the_swing_window_is_configurable():
    prices = walk(1, 300)
    expected = sorted(
        (known, "SWING_CANDIDATE", s, p, i) for known, s, p, i in oracle.candidates(prices, left=2, right=3)
    )
    found = events(bars(prices), swing_left=2, swing_right=3)
    assert picked(found, {"SWING_CANDIDATE"}, "direction", "level", "origin") == expected


@pytest.mark.parametrize("seed", range(6))
def test_final_swings_are_labelled_and_breaks_know_whether_the_swings_behind_them_agree(seed):
    prices = walk(seed, 400, step=(2, 5)[seed % 2])
    found = events(bars(prices))
    finals = [(e["bar"], e["direction"], e["origin"], e["flag"]) for e in found if e["name"] == "SWING_FINAL"]
    assert finals == oracle.labels(prices)
    flags = [(e["bar"], e["flag"]) for e in found if e["name"] in {"BOS", "CHOCH"}]
    assert flags == [(k, oracle.strong(prices, k, side)) for k, _, side, *_ in oracle.breaks(prices)]
    assert {flag for _, flag in flags} == {0, 1}


@pytest.mark.parametrize("seed", range(12))
def test_breaks_take_every_untaken_level_once_and_are_labelled_by_the_bias(seed):
    prices = walk(seed, 400, step=(2, 3, 8)[seed % 3])
    found = picked(events(bars(prices)), {"BOS", "CHOCH"}, "direction", "level", "origin", "count")
    assert found == oracle.breaks(prices)
    assert len(found) > 8


@pytest.mark.parametrize("seed", range(8))
def test_a_break_enters_at_the_close_behind_the_last_opposite_swing(seed):
    prices = walk(seed, 350, tick=5)
    found = [e for e in events(bars(prices), tick=5) if e["name"] in {"BOS", "CHOCH"} and e["signal"]]
    fields = ("bar", "name", "direction", "entry", "stop", "target", "strength")
    assert [tuple(e[f] for f in fields) for e in found] == oracle.break_signals(prices, 5)
    assert len(found) > 5


@pytest.mark.parametrize("seed", range(8))
def test_a_break_fails_when_one_of_the_next_two_closes_is_back_at_its_level(seed):
    prices = walk(seed, 400)
    found = events(bars(prices))
    failures = [e for e in found if e["name"] == "BREAK_FAILED"]
    rows = sorted((e["bar"], e["level"], e["origin"], e["direction"]) for e in failures)
    assert rows == oracle.break_failures(prices)
    assert rows
    raised = {(e["ts"], e["origin"]) for e in found if e["name"] in {"BOS", "CHOCH"} and e["signal"]}
    assert all((e["signal"] == 2) == ((e["source_ts"], e["origin"]) in raised) for e in failures)


@pytest.mark.parametrize("seed", range(6))
def test_a_break_that_held_is_gone_when_a_close_goes_through_its_stop_within_48_bars(seed):
    prices = walk(seed, 400)
    found = events(bars(prices))
    failed = {(e["source_ts"], e["origin"]) for e in found if e["name"] == "BREAK_FAILED"}
    expected = []
    for e in found:
        if e["name"] not in {"BOS", "CHOCH"} or not e["signal"] or (e["ts"], e["origin"]) in failed:
            continue
        side, k = e["direction"], e["bar"]
        for j in range(k + 1, min(k + 49, len(prices))):
            if side * prices[j][3] < side * e["stop"]:
                expected.append((j, e["origin"], side))
                break
    stopped = [
        (e["bar"], e["origin"], e["direction"])
        for e in found
        if e["name"] == "STOPPED" and e["source_code"] in {4, 5}
    ]
    assert sorted(stopped) == sorted(expected)


def zigzag(*turns, leg=6):
    """Bars that run straight from turn to turn, one leg of ``leg`` bars each."""
    found = []
    for a, b in pairwise(turns):
        for j in range(leg):
            o, c = a + (b - a) * j // leg, a + (b - a) * (j + 1) // leg
            found.append((o, max(o, c), min(o, c), c))
    return found


def test_one_close_through_several_levels_is_one_event_at_the_most_recent_swing():
    falling_highs = zigzag(2000, 1400, 1900, 1300, 1800, 1200, 1700, 1100, 1600)
    prices = [*falling_highs, (1600, 1950, 1600, 1950)]
    (event,) = [
        e for e in events(bars(prices)) if e["bar"] == len(prices) - 1 and e["name"] in {"BOS", "CHOCH"}
    ]
    assert event["name"] == "CHOCH"
    assert event["level"] == 1700
    assert event["count"] == 6  # three turns, each the high of two bars


def test_a_close_at_the_level_breaks_nothing():
    prices = zigzag(2000, 1400, 1900, 1300, 1500)
    level = 1900
    at_it = events(bars([*prices, (1500, 1950, 1500, level)]))
    beyond = events(bars([*prices, (1500, 1950, 1500, level + 1)]))

    assert picked(at_it, {"BOS", "CHOCH"}, "level")[-1:] != [(24, "BOS", 1900)]
    assert picked(beyond, {"BOS", "CHOCH"}, "level")[-1:] == [(24, "BOS", 1900)]


def test_levels_are_capped_and_evictions_counted():
    turns = [turn for i in range(1100) for turn in (1_000_000 - 100 * i, 1_000_000 - 100 * i - 150)]
    st = state()
    for _ in run(st, rows_of(bars(zigzag(*turns)), ())):
        pass
    assert st["level_count"][0, 0] == at.LEVEL_CAP
    assert st["levels_evicted"][0] > 0
    prices = st["entries"][0, :, at.LEVELS_AT + at.L_PRICE].tolist()
    assert prices == sorted(prices, reverse=True)
    assert st["entries"][0, :, at.LEVELS_AT + at.L_ORIGIN].min() > 100
