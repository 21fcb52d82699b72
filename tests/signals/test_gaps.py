import pytest
import signal_oracles as oracle
from signal_bars import bars, events, picked, walk

GAP_NAMES = {
    *("FVG", "FVG_TOUCHED", "FVG_CE", "FVG_FILLED", "FVG_INVERTED", "IFVG_CLOSED", "IFVG_EXPIRED"),
}


@pytest.mark.parametrize("seed", range(12))
def test_gaps_and_their_lives_agree_with_the_definition_bar_by_bar(seed):
    prices = walk(seed, 500, step=(2, 3, 8)[seed % 3])
    expected = oracle.gap_events(prices)
    found = events(bars(prices))
    for e in found:
        if e["name"].startswith("IFVG_"):
            e["direction"] *= -1  # the inverse zone has the direction opposite to its gap's
    assert picked(found, GAP_NAMES, "direction", "top", "bottom") == expected
    assert len(expected) > 100


@pytest.mark.parametrize("seed", range(6))
def test_a_gap_is_an_entry_from_a_quarter_atr_with_stop_beyond_the_first_bar_and_two_r_target(seed):
    prices = walk(seed, 400, tick=5)
    found = [e for e in events(bars(prices), tick=5) if e["name"] == "FVG" and e["signal"]]
    rows = [(e["bar"], e["direction"], e["entry"], e["stop"], e["target"], e["strength"]) for e in found]
    assert sorted(rows) == oracle.gap_signals(prices, 5)
    assert len(rows) > 10
    assert all(e["volume"] == oracle.volume_ratio(prices, e["bar"]) for e in found)
    assert all(e["origin"] == e["bar"] - 1 for e in found)


def test_evidence_halves_at_ce_and_ends_when_filled_for_raised_gaps_only():
    prices = walk(3, 600)
    found = events(bars(prices))
    raised = {(e["source_ts"], e["direction"]) for e in found if e["name"] == "FVG" and e["signal"] == 1}
    changes = [e for e in found if e["name"] in {"FVG_CE", "FVG_FILLED"}]
    assert any(e["signal"] == 0 for e in changes)
    for e in changes:
        age = e["bar"] - (e["origin"] + 1)
        expected = 2 if (e["source_ts"], e["direction"]) in raised and age <= 96 else 0
        assert e["signal"] == expected


def flat(n, price=100):
    return [(price, price + 5, price - 5, price)] * n


def test_a_bullish_gap_needs_a_low_strictly_above_the_high_two_bars_before():
    first, middle = (100, 110, 90, 100), (105, 120, 104, 119)
    touching = [*flat(15), first, middle, (119, 125, 110, 120)]
    apart = [*flat(15), first, middle, (119, 125, 111, 120)]
    assert not [e for e in events(bars(touching)) if e["name"] == "FVG"]
    (gap,) = [e for e in events(bars(apart)) if e["name"] == "FVG"]
    assert (gap["bottom"], gap["top"], gap["direction"], gap["bar"], gap["origin"]) == (110, 111, 1, 17, 16)
    assert (gap["entry"], gap["stop"], gap["target"]) == (120, 89, 182)


def test_the_middle_bar_must_close_in_the_direction_of_the_gap():
    against = [*flat(15), (100, 110, 90, 100), (120, 121, 104, 105), (119, 125, 111, 120)]
    assert not [e for e in events(bars(against)) if e["name"] == "FVG"]


def test_consecutive_gaps_stay_apart_and_share_a_run():
    stairs = [*flat(15)] + [(100 + 20 * i, 112 + 20 * i, 99 + 20 * i, 111 + 20 * i) for i in range(1, 7)]
    found = [e for e in events(bars(stairs)) if e["name"] == "FVG"]
    assert [e["bar"] for e in found] == [16, 17, 18, 19, 20]
    assert {e["count"] for e in found} == {16}


def test_one_bar_may_touch_half_fill_fill_and_invert_a_gap():
    prices = [*flat(15), (100, 110, 90, 100), (105, 140, 104, 139), (139, 150, 130, 145), (145, 146, 50, 60)]
    found = [e["name"] for e in events(bars(prices)) if e["bar"] == 18 and e["name"] in GAP_NAMES]
    assert found == ["FVG_TOUCHED", "FVG_CE", "FVG_FILLED", "FVG_INVERTED"]


def test_an_inverse_zone_dies_after_96_bars_without_a_close_beyond_its_other_edge():
    prices = [*flat(15), (100, 110, 90, 100), (105, 140, 104, 139), (139, 150, 130, 145), (145, 146, 50, 60)]
    quiet = events(bars(prices + flat(100, 60)))
    assert picked(quiet, {"IFVG_EXPIRED", "IFVG_CLOSED"}) == [(18 + 96, "IFVG_EXPIRED")]
    crossed = events(bars([*prices, *flat(5, 60), (60, 140, 60, 131)]))
    assert picked(crossed, {"IFVG_EXPIRED", "IFVG_CLOSED"}) == [(24, "IFVG_CLOSED")]
    at_the_edge = events(bars([*prices, *flat(5, 60), (60, 140, 60, 130)]))
    assert picked(at_the_edge, {"IFVG_EXPIRED", "IFVG_CLOSED"}) == []


@pytest.mark.parametrize(("wait", "changed"), [(95, 2), (96, 0)])
def test_a_gap_is_followed_as_evidence_for_96_bars(wait, changed):
    gap = [*flat(15), (100, 110, 90, 100), (105, 140, 104, 139), (139, 150, 130, 145)]
    prices = [*gap, *flat(wait, 145), (145, 146, 119, 146)]
    (half,) = [e for e in events(bars(prices)) if e["name"] == "FVG_CE" and e["origin"] == 16]
    assert half["bar"] - 17 == wait + 1
    assert half["signal"] == changed
