"""``scan``: a file of prices through the detectors, counted for people or listed for programs.

Decides which events are shown and the layout of the tables (see ``scan_lines`` for JSON). Input: what was
asked; output: printed text or lines of JSON.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import typer
from rich.console import RenderableType

from tradingfloor.actors.messages import Bar
from tradingfloor.actors.runtime import machine_code
from tradingfloor.actors.signals import Detection, Scanner

from .. import recorded
from . import printing, scan_lines
from .figures import count, instant, price, when

NEWEST = 5
"""Events shown of each detector."""

SIDES = ("long", "short", "both", "high", "low")


class Asked(msgspec.Struct, frozen=True):
    """Which bars, and which detectors over them."""

    data: Path
    symbol: str | None = None
    timeframe: str | None = None
    detectors: str | None = None
    calendar: str | None = None
    timezone: str | None = None
    config: Path | None = None

    @property
    def names(self) -> list[str] | None:
        """The detectors by name, None for all. Raises BadParameter when none is named."""
        if self.detectors is None:
            return None
        names = [name for part in self.detectors.split(",") if (name := part.strip())]
        if not names:
            raise typer.BadParameter("name at least one detector", param_hint="--detectors")
        return names

    def read(self) -> recorded.Recorded:
        """The bars. Raises BadData, BadConfig."""
        return recorded.read(
            self.data,
            symbol=self.symbol,
            timeframe=self.timeframe,
            market=self.calendar,
            timezone=self.timezone,
            config=self.config,
        )


def announce() -> None:
    """Tell who waits at a terminal that the kernels are compiled now; they are kept."""
    if sys.stderr.isatty() and not any(machine_code.folder().rglob("*.nbc")):
        print("compiling the detectors, once for this build", file=sys.stderr)


def scanner(held: recorded.Recorded, names: list[str] | None) -> Scanner:
    """Fresh detectors for these bars; their ids are those of a run over the same tape."""
    return Scanner(
        held.timeframe,
        names,
        held.params,
        tick=held.instrument.tick,
        market=held.market,
        symbol=held.instrument.symbol,
        tape=held.tape,
    )


def scan(asked: Asked, *, begin: str | None, end: str | None, json: bool) -> int:
    """Scan and print; returns the exit code."""
    names = asked.names
    held = asked.read()
    announce()
    zone = ZoneInfo(held.instrument.timezone)
    first = None if begin is None else instant(begin, zone, option="--from", begins=True)
    last = None if end is None else instant(end, zone, option="--to")
    detectors = scanner(held, names)
    own, base = _until(held, last)
    found = detectors.scan(own, base)
    if first is not None:
        found = [event for event in found if event.time >= first]
    refused, evicted = recorded.refusals(held.refused), count(detectors.evicted)
    told = f"{count(len(own))} bars, {count(len(found))} events; rows refused: {refused}; evicted: {evicted}"
    if json:
        for block in scan_lines.lines(found):
            sys.stdout.write(block)
        sys.stdout.flush()
        print(told, file=sys.stderr)
    else:
        printing.show(*_shown(held, own, found), told)
    return 0


def _until(held: recorded.Recorded, last: int | None) -> tuple[Sequence[Bar], Sequence[Bar]]:
    """Own bars that begin up to ``last``, and the base bars up to there or under them."""
    if last is None:
        return held.own, held.base
    own = [bar for bar in held.own if bar.start <= last]
    under = own[-1].end if own else last
    return own, [bar for bar in held.base if bar.start <= last or bar.end <= under]


def _shown(
    held: recorded.Recorded, own: Sequence[Bar], found: Sequence[Detection]
) -> Iterator[RenderableType]:
    zone = ZoneInfo(held.instrument.timezone)
    span = f", {when(own[0].start, zone)} to {when(own[-1].end, zone)}" if own else ""
    yield f"{held.instrument.symbol} {held.timeframe}{span}"
    yield f"market hours {held.market.name}, {zone.key}; tick {scan_lines.decimal(held.instrument.tick)}"
    for detector, events in groupby(sorted(found, key=_detector), _detector):
        yield ""
        yield from _detected(detector, list(events))
    yield ""
    yield "z: size in ATRs; * passes every filter of its kind and could be a signal"


def _detected(detector: str, found: list[Detection]) -> Iterator[RenderableType]:
    """How often, and the newest of one detector; times in UTC, as in the JSON."""
    tally = Counter((event.event, scan_lines.direction(event)) for event in found)
    signals = Counter(event.event for event in found if event.is_signal)
    sides = [side for side in SIDES if any(key[1] == side for key in tally)]
    table = printing.columns(detector, *sides, "signals", right=range(1, len(sides) + 2))
    for event in dict.fromkeys(event.event for event in found):
        table.add_row(event, *(count(tally[event, side]) for side in sides), count(signals[event]))
    yield table
    table = printing.columns("newest", "bar", "known at, UTC", "side", "price", "z", right=(1, 5))
    for each in found[-NEWEST:]:
        zone = price(each.top) if each.top == each.bottom else f"{price(each.bottom)}-{price(each.top)}"
        z = "" if each.strength is None else f"{each.strength:.2f}{'*' if each.is_signal else ''}"
        known = scan_lines.moment(each.known_at)[: len("2022-10-10T00:15")].replace("T", " ")
        table.add_row(each.event, count(each.bar), known, scan_lines.direction(each), zone, z)
    yield table


def _detector(event: Detection) -> str:
    return event.detector
