from collections import Counter

import signal_oracles as oracle
from signal_bars import bars, events, picked, state

from tradingfloor.actors.signals import layout as at
from tradingfloor.actors.signals.batch import run
from tradingfloor.actors.signals.rows import rows_of

TICK = 10_000
GAPS = {"FVG", "FVG_TOUCHED", "FVG_CE", "FVG_FILLED", "FVG_INVERTED", "IFVG_CLOSED", "IFVG_EXPIRED"}


def test_the_first_thousands_of_real_bars_agree_with_every_definition(eurusd):
    prices = eurusd[:4000]
    found = events(bars(prices), tick=TICK)
    for e in found:
        if e["name"].startswith("IFVG_"):
            e["direction"] *= -1  # the inverse zone has the direction opposite to its gap's
    assert picked(found, GAPS, "direction", "top", "bottom") == oracle.gap_events(prices)
    assert picked(found, {"BOS", "CHOCH"}, "direction", "level", "origin", "count") == oracle.breaks(prices)
    finals = picked(found, {"SWING_FINAL", "SWING_DROPPED"}, "direction", "level", "origin")
    assert finals == oracle.reductions(prices)
    failures = [e for e in found if e["name"] == "BREAK_FAILED"]
    rows = sorted((e["bar"], e["level"], e["origin"], e["direction"]) for e in failures)
    assert rows == oracle.break_failures(prices)
    fields = ("bar", "direction", "entry", "stop", "target", "strength")
    rows = [tuple(e[f] for f in fields) for e in found if e["name"] == "FVG" and e["signal"]]
    assert sorted(rows) == oracle.gap_signals(prices, TICK)


def test_real_entries_of_breaks_and_strat_agree_with_the_tables(eurusd):
    prices = eurusd[:1500]
    own = bars(prices)
    found = events(own, tick=TICK)
    fields = ("bar", "name", "direction", "entry", "stop", "target", "strength")
    rows = [tuple(e[f] for f in fields) for e in found if e["name"] in {"BOS", "CHOCH"} and e["signal"]]
    assert rows == oracle.break_signals(prices, TICK)
    fields = ("ts", "name", "origin", "direction", "entry", "stop", "target", "strength")
    entries = oracle.strat_entries(prices, [[(b.end, p)] for b, p in zip(own, prices, strict=True)], TICK)
    rows = [e for e in found if e["name"] in {"STRAT_REVERSAL", "STRAT_CONTINUATION"}]
    assert sorted(tuple(e[f] for f in fields) for e in rows) == sorted(
        tuple(e[f] for f in fields) for e in entries
    )


def test_the_measured_counts_of_the_whole_series_are_reproduced(eurusd):
    found = events(bars(eurusd), tick=TICK)
    names = Counter(e["name"] for e in found)
    assert len(eurusd) == 24_424
    assert names["SWING_CANDIDATE"] == 3_462
    assert names["FVG"] == 5_020
    armed = Counter(
        (e["flag"], min(e["count"], 2)) for e in found if e["name"] == "STRAT_ARMED" and e["form"] == at.P_212
    )
    assert armed[2, 1] == 485 + 606 + 241 + 131  # after 2u-1: 2u, 2d, 3, 1
    assert armed[-2, 1] == 604 + 485 + 229 + 117  # after 2d-1: 2u, 2d, 3, 1
    fired = Counter(
        (e["name"], e["direction"])
        for e in found
        if e["name"] in {"STRAT_REVERSAL", "STRAT_CONTINUATION"} and e["count"] == 1
    )
    assert fired["STRAT_CONTINUATION", 1] == 485 + 241
    assert fired["STRAT_REVERSAL", -1] == 606 + 241
    assert fired["STRAT_REVERSAL", 1] == 604 + 229
    assert fired["STRAT_CONTINUATION", -1] == 485 + 229


def test_the_scenario_mix_of_the_whole_series_is_reproduced(eurusd):
    mix, st, rows = Counter(), state(tick=TICK), rows_of(bars(eurusd), ())
    for k in range(len(rows)):
        for _ in run(st, rows[k : k + 1]):
            pass
        mix[int(st["scenario"][0])] += 1
    assert mix == {0: 1, 1: 3_773, 2: 9_236, -2: 8_955, 3: 2_459}
