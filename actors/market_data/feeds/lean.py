"""The Lean data layout: zips of headerless CSV, recognised by their path or their member's name.

Decides what a file holds (equity or index; tick, second, minute, hour or daily trades), in which zone
its times are and how its prices are scaled. Knows no session rule beyond the clip. Input: a zip or a
directory of daily zips, a symbol and its overrides; output: a ``TapeFile``, or BadData in one line.

Equity prices are ten-thousandths and times New York's; index prices are plain decimals and, for SPX,
times Chicago's. Tick, second and minute rows start with milliseconds after local midnight, the date
being in the file's name; hour and daily rows with ``YYYYMMDD HH:MM``. Prices are raw: not adjusted for
splits and dividends.
"""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ...config import InstrumentConfig
from ...domain import timeframes
from ...domain.calendar import NEW_YORK, Calendar, calendar
from ...domain.instruments import Instrument, instrument
from ...errors import BadData
from ...types import NANOS
from .csv_file import parameters, session_span, tick_hint
from .files import shown, text_lines, zip_member
from .maps import EVER, Name, names
from .rows import Layout, Part, SessionClip, TapeFile, decimal_reader
from .times import DAY, TimeReader

RESOLUTIONS = {"tick": timeframes.TICK, "second": "1s", "minute": "1m", "hour": "1h", "daily": "1d"}
DATED = ("tick", "second", "minute")
"""Resolutions whose files hold one day each, named by it."""

SECURITIES = ("equity", "index")
OTHER_SECURITIES = (
    "option",
    "indexoption",
    "future",
    "futureoption",
    "forex",
    "crypto",
    "cryptofuture",
    "cfd",
)
"""Kinds of data in the same layout that are not read."""

EQUITY_SCALE = 100_000
"""Nanos in one ten-thousandth of the currency."""

INDEX_ZONES = {"SPX": "America/Chicago"}
MILLISECOND = NANOS // 1000
SAMPLE = 1000

_DAILY_ZIP = re.compile(r"([0-9]{8})_trade\.zip", re.IGNORECASE)
_DATED_MEMBER = re.compile(r"([0-9]{8})_(.+)_(?:(second|minute)_trade|trade_(tick))\.csv", re.IGNORECASE)
_PLAIN_MEMBER = re.compile(r"([^_]+)\.csv", re.IGNORECASE)
_STAMP = re.compile(r"[0-9]{8} ([0-9]{2}):[0-9]{2}")


class _Kind(NamedTuple):
    """What the files of one tape hold."""

    security: str
    """``equity`` | ``index``, empty when neither path nor name says so."""
    symbol: str
    resolution: str


class _Source(NamedTuple):
    """One file of a tape."""

    file: Path
    beside: Path
    """The path that stands for its kind: its directory, or itself."""
    name: Name

    @property
    def partial(self) -> bool:
        """Whether only some dates of a file of many are read."""
        return self.file == self.beside and self.name[1:] != ("", EVER)


def open_lean(path: Path, symbol: str, override: InstrumentConfig | None) -> TapeFile:
    """The tape of one Lean zip, or of all daily trade zips of a directory in date order.

    Where a map file tells of earlier tickers, their files beside it are read for the dates they held.
    """
    sources = _sources(path, names(path, symbol))
    files = tuple(source.file for source in sources)
    kinds = {_named(_kind_of(source.beside, source.file), source.name, symbol) for source in sources}
    if len(kinds) > 1:
        raise BadData(
            f"{shown(path, 200)} mixes files of different kinds; give each kind a directory of its own"
        )
    kind = kinds.pop()
    found = instrument(symbol, override)
    _check(path, kind, found)
    zone = _zone(path, kind, found, override)
    times, market = TimeReader(ZoneInfo(zone)), calendar(found.calendar, found.timezone)
    clip = SessionClip(market)
    dates = [_date(file) if kind.resolution in DATED else 0 for file in files]
    parts = tuple(
        Part(
            partial(_lines, source),
            _layout(kind, found.kind, _span(kind.resolution, times, market, clip, date)),
        )
        for source, date in zip(sources, dates, strict=True)
    )
    return TapeFile(
        name=f"{path.name} ({len(files)} days)" if path.is_dir() else path.name,
        timeframe=RESOLUTIONS[kind.resolution],
        tick_hint=_tick_hint(files[0], found.kind),
        parts=parts,
        paths=files,
        parameters=(
            *parameters("lean", found),
            found.kind,
            kind.resolution,
            zone,
            *map(str, dates),
            *(str(source.name) for source in sources if source.partial),
        ),
    )


def contents(path: Path) -> tuple[str, str]:
    """What a Lean zip or directory holds: its symbol, and ``equity``, ``index`` or "" where nothing says.

    Raises BadData when it holds no tape.
    """
    kind = _kind_of(path, _daily_zips(path)[0] if path.is_dir() else path)
    return kind.symbol.upper(), kind.security


def _named(kind: _Kind, name: Name, symbol: str) -> _Kind:
    """The kind under the present symbol where it has the ticker of its dates."""
    return kind._replace(symbol=symbol) if kind.symbol.lower() == name.ticker else kind


def _sources(path: Path, known: Sequence[Name]) -> list[_Source]:
    """The files of a tape, oldest first: those the path names, and those of earlier tickers beside them."""
    if len(known) == 1 or (not path.is_dir() and _DAILY_ZIP.fullmatch(path.name)):
        files = _daily_zips(path) if path.is_dir() else (path,)
        return [_Source(file, path, known[-1]._replace(after="", until=EVER)) for file in files]
    found = []
    for name in known:
        beside = path if name is known[-1] else path.with_name(name.ticker + path.suffix)
        if beside.is_dir():
            zips = (file for file in _daily_zips(beside) if name.holds(file.name[:8]))
            found += [_Source(file, beside, name) for file in zips]
        elif beside.exists() or beside == path:
            found.append(_Source(beside, beside, name))
    if not found:
        raise BadData(f"{shown(path, 200)} holds no day on which {known[-1].ticker} was its ticker")
    return found


def _lines(source: _Source) -> Iterator[str]:
    """The rows of the dates that a file is read for; what has no date stays, to be refused."""
    lines = text_lines(source.file)
    if not source.partial:
        return lines
    return (line for line in lines if not line[:8].isdecimal() or source.name.holds(line[:8]))


def _daily_zips(path: Path) -> tuple[Path, ...]:
    found = sorted(file for file in path.iterdir() if _DAILY_ZIP.fullmatch(file.name))
    if not found:
        raise BadData(
            f"{shown(path, 200)} holds no YYYYMMDD_trade.zip; name a directory of such files, one of "
            "the zips in it, or a .csv"
        )
    return tuple(found)


def _kind_of(path: Path, file: Path) -> _Kind:
    """What the path says, else what the name of the zip's member and its first row say."""
    steps = [step.lower() for step in Path(os.path.abspath(path)).parts]  # noqa: PTH100 - no symlinks
    for at, security in enumerate(steps[:-3]):
        resolution = steps[at + 2]
        if security in SECURITIES + OTHER_SECURITIES and resolution in RESOLUTIONS:
            if security not in SECURITIES or steps[at + 1] != "usa":
                raise BadData(
                    f"{shown(path, 200)}: {security}/{shown(steps[at + 1])} is no tape; "
                    "name an equity/usa or index/usa file"
                )
            return _Kind(security, steps[at + 3].partition(".")[0], resolution)
    return _kind_of_member(file)


def _kind_of_member(file: Path) -> _Kind:
    member = zip_member(file).rpartition("/")[2]
    if match := _DATED_MEMBER.fullmatch(member):
        return _Kind("", match[2], (match[3] or match[4]).lower())
    match = _PLAIN_MEMBER.fullmatch(member)
    stamps = [_STAMP.match(line) for line in islice(text_lines(file), 20)]
    if match is None or not stamps or None in stamps:
        raise BadData(
            f"{shown(file, 200)} is not a Lean trade file (its member is {shown(member, 60)!r}); keep "
            "Lean's folders (equity/usa/minute/spy/20131004_trade.zip) or give a .csv with a header"
        )
    hours = {stamp[1] for stamp in stamps if stamp}
    return _Kind("", match[1], "daily" if hours == {"00"} else "hour")


def _check(path: Path, kind: _Kind, found: Instrument) -> None:
    where = shown(path, 200)
    if kind.symbol.upper() != found.symbol.upper():
        raise BadData(
            f"{where} holds {shown(kind.symbol.upper(), 40)}, not {found.symbol}; "
            "change symbols or data.source"
        )
    security = kind.security or found.kind
    if security not in SECURITIES:
        raise BadData(
            f"{where}: nothing says whether {found.symbol} is an equity or an index; "
            f'set instruments.{found.symbol}.kind = "equity" or "index"'
        )
    if security != found.kind:
        raise BadData(
            f"{where} holds an {security}, {found.symbol} is configured as {found.kind}; "
            f'set instruments.{found.symbol}.kind = "{security}"'
        )


def _zone(path: Path, kind: _Kind, found: Instrument, override: InstrumentConfig | None) -> str:
    """The zone of the file's times."""
    if found.kind == "equity" or kind.resolution == "daily":
        return NEW_YORK
    zone = INDEX_ZONES.get(found.symbol.upper()) or (override.timezone if override else None)
    if zone is None:
        raise BadData(
            f"{shown(path, 200)}: the time zone of {found.symbol} data is not known; "
            f"set instruments.{found.symbol}.timezone to the zone of the file's times"
        )
    return zone


def _date(file: Path) -> int:
    """The date of a daily-split file, from its name or its member's, as an ordinal."""
    names = (file.name, zip_member(file).rpartition("/")[2])
    matches = (_DAILY_ZIP.fullmatch(names[0]), _DATED_MEMBER.fullmatch(names[1]))
    text = next((match[1] for match in matches if match), None)
    try:
        return TimeReader(ZoneInfo("UTC")).day(text or "")
    except ValueError:
        raise BadData(
            f"{shown(file, 200)}: no date in its name; call it YYYYMMDD_trade.zip as Lean does"
        ) from None


def _tick_hint(file: Path, kind: str) -> int | None:
    """A cent, or less when the first rows have finer prices."""
    fields = [line.split(",")[1:2] for line in islice(text_lines(file), SAMPLE)]
    if kind == "index":
        return tick_hint(text for row in fields for text in row)
    fine = any(text.isdecimal() and int(text) % 100 for row in fields for text in row)
    return EQUITY_SCALE if fine else 100 * EQUITY_SCALE


def _layout(kind: _Kind, security: str, span: Callable[[Sequence[str]], tuple[int, int]]) -> Layout:
    ticks = kind.resolution == "tick"
    return Layout(
        delimiter=",",
        width=6,
        span=span,
        price=decimal_reader(EQUITY_SCALE if security == "equity" else NANOS),
        prices=(1,) if ticks else (1, 2, 3, 4),
        volume=2 if ticks else 5,
        suspicious=5 if ticks else None,
    )


def _span(
    resolution: str, times: TimeReader, market: Calendar, clip: SessionClip, date: int
) -> Callable[[Sequence[str]], tuple[int, int]]:
    """What the first column means, by resolution."""

    def milliseconds(text: str) -> int:
        nanos = int(text) * MILLISECOND
        if not 0 <= nanos < DAY:
            raise ValueError(f"not milliseconds of a day: {text!r}")
        return times.local(date, nanos)

    def trade(fields: Sequence[str]) -> tuple[int, int]:
        ts = milliseconds(fields[0])
        return ts, ts

    def daily(fields: Sequence[str]) -> tuple[int, int]:
        return session_span(market, times.day(fields[0]))

    if resolution == "tick":
        return trade
    step = timeframes.parse(RESOLUTIONS[resolution]).nanos
    if step is None:
        return daily

    def bar(fields: Sequence[str]) -> tuple[int, int]:
        start = milliseconds(fields[0]) if date else times.instant(fields[0])
        return clip(start, start + step)

    return bar
