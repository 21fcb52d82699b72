"""Recorded prices: take them into the data folder, list what is there, hold it against the calendar.

Decides spelling, words and exit codes (see ``datasets`` and ``dataset_check`` for what happens). Input: typed
options; output: text or JSON.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from . import options

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from zoneinfo import ZoneInfo

    from tradingfloor.actors.config import InstrumentConfig

    from ..dataset_check import SeriesReport
    from ..datasets import Series

SHOWN = 5
"""Gaps of one kind that the text names; JSON names all."""

Folder: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--folder", metavar="PATH", help="The data folder; by default tradingfloor/data among your data."
    ),
]
Kind: TypeAlias = Annotated[
    str | None,
    typer.Option("--kind", metavar="index|equity|currency", help="What the symbol is, if it is not known."),
]
Hours: TypeAlias = Annotated[
    str | None, typer.Option("--calendar", metavar="XNYS|24h", help="The market hours of the symbol.")
]
Zone: TypeAlias = Annotated[
    str | None,
    typer.Option("--tz", metavar="ZONE", help="The time zone of the symbol and its files, an IANA name."),
]


def import_(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...", help="CSV files, Lean zips, or directories of Lean daily zips, of one symbol."
        ),
    ],
    symbol: Annotated[str, typer.Option("--symbol", metavar="S", help="The symbol they hold.")],
    folder: Folder = None,
    kind: Kind = None,
    calendar: Hours = None,
    tz: Zone = None,
    json: options.Json = False,
) -> int:
    """Take recorded trades or bars into the data folder.

    A series is FOLDER/SYMBOL/TIMEFRAME.csv.gz, which `--feed replay:` plays. Bars replace those with the same
    start, trades replace those of the same day (in UTC); everything else stays. Prices are kept as they were
    traded. Rows that cannot be read are left out and counted.
    """
    from .. import datasets  # noqa: PLC0415
    from .figures import count, plain, print_json  # noqa: PLC0415

    override = _instrument(kind, calendar, tz)
    for path in paths:
        done = datasets.import_file(path, symbol, folder or datasets.default_folder(), override)
        if json:
            print_json(plain(done))
            continue
        refused = "".join(f", {reason} {count(n)}" for reason, n in done.refused.items())
        twice = f", {count(done.duplicates)} twice" if done.duplicates else ""
        print(
            f"{done.symbol} {done.timeframe}: {count(done.read)} rows read{twice}{refused}; "
            f"{count(done.added)} added, {count(done.changed)} changed, {count(done.rows)} now in {done.file}"
        )
    return 0


def list_(folder: Folder = None, json: options.Json = False) -> int:
    """List the series of the data folder."""
    from .. import datasets  # noqa: PLC0415
    from .figures import count, plain, print_json  # noqa: PLC0415

    place = folder or datasets.default_folder()
    found = datasets.series(place)
    if json:
        print_json(plain(found))
        return 0
    for row in found:
        print(f"{row.symbol:<8} {row.timeframe:<5} {count(row.bytes):>14} bytes  {row.file}")
    if not found:
        print(f"no series in {place}; tradingfloor data import takes files in")
    return 0


def verify(
    symbols: Annotated[
        list[str] | None, typer.Argument(metavar="SYMBOL...", help="The symbols to check; by default all.")
    ] = None,
    folder: Folder = None,
    kind: Kind = None,
    calendar: Hours = None,
    tz: Zone = None,
    json: options.Json = False,
) -> int:
    """Hold the series of the data folder against their calendars: gaps, duplicates, order, broken rows.

    A gap is time of a session, between the first and the last session of the series, that no bar covers; of
    trades a session without any. Exits with 1 when a series has one, or rows that are double, out of order
    or unreadable. Rows outside the sessions are counted; they are not played.
    """
    from .. import datasets  # noqa: PLC0415
    from ..dataset_check import check  # noqa: PLC0415
    from .figures import plain, print_json  # noqa: PLC0415

    override = _instrument(kind, calendar, tz)
    reports = []
    for each in _chosen(folder or datasets.default_folder(), symbols or []):
        feed = datasets.opened(Path(each.file), each.symbol, override)
        reports.append(check(feed, each.symbol, each.file, override))
    if json:
        print_json([{"ok": report.ok, **plain(report)} for report in reports])
    else:
        for report in reports:
            print("\n".join(_told(report, _zone(report.symbol, override))))
    return 0 if all(report.ok for report in reports) else 1


def _chosen(folder: Path, symbols: "list[str]") -> "list[Series]":
    from tradingfloor.actors.errors import NotFound  # noqa: PLC0415

    from .. import datasets  # noqa: PLC0415

    found = datasets.series(folder)
    known = {each.symbol for each in found}
    missing = [symbol for symbol in symbols if symbol not in known]
    if missing or not found:
        what = f"no series of {', '.join(missing)}" if missing else "no series"
        raise NotFound(f"{what} in {folder}; tradingfloor data import takes files in")
    return [each for each in found if not symbols or each.symbol in symbols]


def _instrument(kind: str | None, calendar: str | None, tz: str | None) -> "InstrumentConfig":
    from tradingfloor.actors.config import InstrumentConfig  # noqa: PLC0415

    return InstrumentConfig(kind=kind, calendar=calendar, timezone=tz)


def _zone(symbol: str, override: "InstrumentConfig") -> "ZoneInfo":
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    from tradingfloor.actors.domain.instruments import instrument  # noqa: PLC0415

    return ZoneInfo(instrument(symbol, override).timezone)


def _told(report: "SeriesReport", zone: "ZoneInfo") -> "Iterator[str]":
    from .figures import count, when, when_short  # noqa: PLC0415

    yield (
        f"{report.symbol} {report.timeframe}: {count(report.rows)} rows in {count(report.sessions)} "
        f"sessions, {when(report.first, zone)} to {when(report.last, zone)}"
    )
    if report.missing_sessions:
        yield _some("missing sessions", list(report.missing_sessions))
    if report.gaps:
        spans = [
            f"{when_short(gap.start, zone)} to {when_short(gap.end, zone)[11:]} ({count(gap.bars)} bars)"
            for gap in report.gaps[:SHOWN]
        ]
        yield _some("gaps", spans, len(report.gaps))
    counts: Mapping[str, int] = {
        "duplicates": report.duplicates,
        "backwards": report.backwards,
        **report.refused,
        "outside the session": report.outside,
    }
    yield from (f"  {what:<20} {count(n)}" for what, n in counts.items() if n)
    yield "  whole" if report.ok else "  NOT WHOLE"


def _some(what: str, items: list[str], total: int = 0) -> str:
    from .figures import count  # noqa: PLC0415

    total = total or len(items)
    more = ", ..." if total > SHOWN else ""
    return f"  {what:<20} {count(total)}: {', '.join(items[:SHOWN])}{more}"
