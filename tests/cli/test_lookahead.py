"""``check lookahead`` as it is typed: what it checks, and that a detector that peeks is seen."""

import json
from datetime import timedelta
from itertools import pairwise

from scanned import BEGIN, text, walk

from tradingfloor.actors.signals.naming import SCANNED


def test_the_check_has_a_line_per_check_and_detector(cli, walked):
    done = cli("check", "lookahead", walked, "--cuts", "30", "--detectors", "swing,strat")
    assert (done.code, done.err) == (0, "")
    first, *lines, last = done.out.splitlines()
    assert first == "walk 15m, 500 bars, 30 cuts, seed 1"
    assert [line.split("  ")[0] for line in lines] == ["ok"] * 12
    assert last == "no detector looks ahead"
    found = cli("check", "lookahead", walked, "--cuts", "30", "--seed", "2", "--json").json
    assert (found["ok"], found["bars"], found["cuts"], found["seed"]) == (True, 500, 30, 2)
    assert len(found["checks"]) == 6 * len(SCANNED)


def test_more_cuts_than_places_are_all_places_and_one_bar_has_none(cli, home):
    lines = text(walk(6, 10)).splitlines(keepends=True)
    (home / "x.csv").write_text("".join(lines))
    assert cli("check", "lookahead", "x.csv", "--json").json["cuts"] == 9
    (home / "x.csv").write_text(text(walk(6, 3), begin=BEGIN + timedelta(hours=15, minutes=45)))
    failed = cli("check", "lookahead", "x.csv", "--symbol", "SPY")
    assert failed.code == 4
    assert "one bar cannot be cut" in failed.error


def test_a_detector_that_peeks_fails_the_check_with_code_1_and_its_first_event_is_shown(
    cli, walked, monkeypatch
):
    from tradingfloor.actors.signals.scan import Scanner

    class Peeks(Scanner):
        """Drops what the next bar of the batch would prove wrong."""

        def scan(self, bars, base=()):
            closes = {bar.end: following.close - bar.close for bar, following in pairwise(bars)}
            return [e for e in super().scan(bars, base) if closes.get(e.known_at, 0) * e.direction >= 0]

    monkeypatch.setattr("tradingfloor.cli.scanning.Scanner", Peeks)
    done = cli("check", "lookahead", walked, "--detectors", "displacement,fvg")
    assert done.code == 1
    assert done.out.splitlines()[-1] == "LOOKS AHEAD OR REPAINTS: displacement, fvg"
    assert "DIFFERS   prefix      fvg" in done.out
    shown = done.out.split("DIFFERS   prefix      fvg")[1].splitlines()
    assert shown[1].strip().startswith("with bars known until 2021-07-0")
    assert "over all bars  " in shown[2]
    failed = cli("check", "lookahead", walked, "--detectors", "fvg", "--json")
    assert (failed.code, json.loads(failed.out)["ok"]) == (1, False)
    difference = json.loads(failed.out)["checks"][0]["difference"]
    assert difference["expected"] != difference["found"]
