"""``check lookahead``: whether the detectors know only what they were shown, over a file of prices.

Decides where the bars are cut and the layout. The checks are those of ``actors.signals.lookahead``. Input:
what was asked; output: printed text or one JSON object.
"""

import random

from tradingfloor.actors.errors import BadData
from tradingfloor.actors.signals.detection import Detection
from tradingfloor.actors.signals.lookahead import Difference, Series, Span, Verdict, Watcher, examine
from tradingfloor.actors.signals.naming import SCANNED

from .. import recorded
from . import scan_lines, scanning
from .figures import count, price, print_json


def check(asked: scanning.Asked, *, cuts: int, seed: int, json: bool) -> int:
    """Check and print; returns the exit code, 1 when something differed."""
    names = asked.names
    held = asked.read()
    scanning.announce()
    series = Series(held.own, held.base)
    if len(series) < 2:
        raise BadData(f"{asked.data}: one bar cannot be cut; give two or more")
    places = random.Random(seed).sample(range(1, len(series)), min(cuts, len(series) - 1))

    def fresh(_: Span) -> Watcher:
        return scanning.scanner(held, names)

    verdicts = examine(series, fresh, places, tick=held.instrument.tick, detectors=names or SCANNED)
    ok = all(verdict.ok for verdict in verdicts)
    if json:
        print_json(
            {
                "ok": ok,
                "symbol": held.instrument.symbol,
                "timeframe": held.timeframe,
                "bars": len(held.own),
                "cuts": len(places),
                "seed": seed,
                "checks": [_as_object(verdict) for verdict in verdicts],
            }
        )
    else:
        _show(held, verdicts, f"{count(len(places))} cuts, seed {seed}")
    return 0 if ok else 1


def _as_object(verdict: Verdict) -> dict[str, object]:
    d = verdict.difference
    difference = d and {
        "known_until": scan_lines.moment(d.known_until),
        "expected": scan_lines.as_object(d.expected),
        "found": scan_lines.as_object(d.found),
    }
    return {
        "check": verdict.check,
        "detector": verdict.detector,
        "ok": verdict.ok,
        "events": verdict.events,
        "difference": difference,
    }


def _show(held: recorded.Recorded, verdicts: list[Verdict], how: str) -> None:
    print(f"{held.instrument.symbol} {held.timeframe}, {count(len(held.own))} bars, {how}")
    for verdict in verdicts:
        said = "ok" if verdict.ok else "DIFFERS"
        print(f"{said:<8}  {verdict.check:<10}  {verdict.detector:<12}  {count(verdict.events):>8} events")
        if verdict.difference is not None:
            print("\n".join(f"{'':<10}{line}" for line in _told(verdict.difference)))
    failed = sorted({verdict.detector for verdict in verdicts if not verdict.ok})
    print(f"LOOKS AHEAD OR REPAINTS: {', '.join(failed)}" if failed else "no detector looks ahead")


def _told(difference: Difference) -> list[str]:
    return [
        f"with bars known until {scan_lines.moment(difference.known_until)}",
        f"  over all bars  {_words(difference.expected)}",
        f"  here           {_words(difference.found)}",
    ]


def _words(event: Detection | None) -> str:
    if event is None:
        return "no such event"
    zone = price(event.top) if event.top == event.bottom else f"{price(event.bottom)}-{price(event.top)}"
    side = scan_lines.direction(event)
    return f"{event.event} {side} of bar {event.origin_bar} at {scan_lines.moment(event.known_at)}, {zone}"
