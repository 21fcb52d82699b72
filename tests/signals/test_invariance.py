import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signal_bars import bars, events, listed, nested, same_state, state, walk

from tradingfloor.actors.signals import layout as at
from tradingfloor.actors.signals.batch import run, scan
from tradingfloor.actors.signals.rows import rows_of


@given(seed=st.integers(0, 10**6), cuts=st.lists(st.integers(0, 400), max_size=6))
@settings(deadline=None, max_examples=25)
def test_one_by_one_in_chunks_and_all_at_once_are_the_same(seed, cuts):
    own, base = nested(seed, 120)
    rows = rows_of(own, base)
    whole, single, chunked = state(), state(), state()
    expected = scan(whole, rows)
    one_by_one = np.concatenate([scan(single, rows[i : i + 1]) for i in range(len(rows))])
    edges = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    chunks = [scan(chunked, rows[a:b]) for a, b in pairwise(edges)]
    assert np.array_equal(expected, one_by_one)
    assert np.array_equal(expected, np.concatenate(chunks))
    assert same_state(whole, single)
    assert same_state(whole, chunked)


@given(seed=st.integers(0, 10**6), cut=st.integers(1, 250))
@settings(deadline=None, max_examples=25)
def test_later_bars_change_no_earlier_event(seed, cut):
    own, base = nested(seed, 100)
    rows = rows_of(own, base)
    cut = min(cut, len(rows))
    rng = random.Random(seed)
    poisoned = rows.copy()
    for column in (at.C_BASE_OPEN, at.C_OPEN):
        low = rng.randint(1, 5)
        poisoned[cut:, column : column + 4] = [low + 1, low + 7, low, low + 2]
    known = scan(state(), rows[:cut])
    for full in (rows, poisoned):
        found = scan(state(), full)
        assert np.array_equal(known, found[found[:, at.E_TS] <= rows[cut - 1, at.C_TS]])


@pytest.mark.parametrize("seed", range(10))
def test_mirrored_prices_flip_directions_and_nothing_else(seed):
    around = 4_000_000

    def mirror(row):
        return (around - row[0], around - row[2], around - row[1], around - row[3], row[4])

    prices = walk(seed, 500, step=(2, 5)[seed % 2], start=400_000, tick=5)
    upright, mirrored = events(bars(prices), tick=5), events(bars([mirror(p) for p in prices]), tick=5)

    def key(e):
        return sorted(e.items())

    for e in mirrored:
        e["direction"] *= -1
        for field in ("level", "entry", "stop", "target"):
            e[field] = around - e[field] if e[field] else 0
        e["top"], e["bottom"] = around - e["bottom"], around - e["top"]
        if e["name"] == "SWING_FINAL" or (e["form"] and abs(e["flag"]) == 2 and e["name"] != "SWEEP"):
            e["flag"] *= -1
    assert sorted(upright, key=key) == sorted(mirrored, key=key)
    assert len(upright) > 300


@pytest.mark.parametrize("count", [0, 1, 2, 3, 9, 10, 14, 15])
def test_fewer_bars_than_the_windows_need_raise_nothing(count):
    found = events(bars(walk(1, count)))
    assert not [e for e in found if e["signal"] and e["bar"] < 14]


def test_constant_prices_show_nothing_but_inside_bars():
    st_ = state()
    assert listed(scan(st_, rows_of(bars([(100, 100, 100, 100, 7)] * 300), ()))) == []
    assert st_["bars"][0] == 300
    assert st_["atr"][0] == 0.0


def test_the_first_move_after_constant_prices_is_measured_by_the_bar_that_moved():
    still, jump = [(100, 100, 100, 100, 7)] * 50, [(100, 120, 100, 118, 7), (150, 160, 149, 155, 7)]
    (gap,) = [e for e in events(bars([*still, *jump])) if e["name"] == "FVG"]
    assert gap["strength"] == round((149 - 100) / (20 / 14) * 1_000_000)
    assert gap["signal"] == 1


def test_zero_volume_counts_as_no_volume():
    found = events(bars(walk(2, 200, volume=False)))
    assert {e["volume"] for e in found} == {1_000_000}
    mixed = events(bars(walk(2, 200)))
    assert len({e["volume"] for e in mixed}) > 10


def test_price_gaps_between_bars_stretch_the_atr():
    quiet = [(100, 101, 99, 100)] * 40
    st_ = state()
    for _ in run(st_, rows_of(bars([*quiet, *[(200, 201, 199, 200)] * 1]), ())):
        pass
    assert st_["atr"][0] == pytest.approx((2 * 13 + 101) / 14)


@pytest.mark.parametrize(
    ("column", "value", "why"),
    [
        (at.C_TS, 15 * 60 * 10**9, "ascend"),
        (at.C_LOW, 0, "price"),
        (at.C_HIGH, 1, "price"),
        (at.C_CLOSE, 10**18, "price"),
        (at.C_VOLUME, -1, "volume"),
        (at.C_INDEX, 7, "follow"),
    ],
)
def test_a_broken_instant_is_refused_and_changes_nothing(column, value, why):
    rows = rows_of(bars(walk(1, 20)), ())
    st_, known = state(), state()
    for each in (st_, known):
        scan(each, rows[:10])
    rows[10, column] = value
    with pytest.raises(ValueError, match=why):
        scan(st_, rows[10:])
    assert same_state(st_, known)


def test_open_gaps_are_capped_and_evictions_counted():
    stairs = [(100 + 20 * i, 112 + 20 * i, 99 + 20 * i, 111 + 20 * i) for i in range(1200)]
    st_ = state()
    scan(st_, rows_of(bars(stairs), ()))
    assert st_["zone_count"][0, 0] == at.ZONE_CAP
    assert st_["zones_evicted"][0] == 1198 - at.ZONE_CAP
    keys = st_["entries"][0, : at.ZONE_CAP, at.ZONES_AT + at.Z_KEY].tolist()
    assert keys == sorted(keys)
    assert st_["entries"][0, : at.ZONE_CAP, at.ZONES_AT + at.Z_BAR].min() == 1200 - at.ZONE_CAP
