"""Names that a share has had: the ticker of each date, by a Lean map file.

Decides which name holds on which date. Knows no tape and no column. Input: the path of a tape and its symbol;
output: its names, each with its dates; BadData in one line.

A row is ``YYYYMMDD,ticker[,exchange]``: the ticker of all dates after the row before, up to and with its own.
The file is called by the present ticker and lies in ``map_files`` somewhere above the tape; without one the
name never changed.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ...errors import BadData
from .files import shown, text_lines
from .times import TimeReader

_ROW = re.compile(r"([0-9]{8}),([a-z0-9._-]{1,32})(?:,[^,]*)?", re.IGNORECASE)
EVER = "99999999"
"""Above every date."""


class Name(NamedTuple):
    """A ticker and the dates on which it was the share's: ``after`` < ``YYYYMMDD`` <= ``until``."""

    ticker: str
    after: str = ""
    until: str = EVER

    def holds(self, day: str) -> bool:
        """Whether it was the ticker of that day."""
        return self.after < day <= self.until


def names(path: Path, symbol: str) -> tuple[Name, ...]:
    """The names of a share, oldest first; one without beginning and end where no map file is."""
    folders = (parent / "map_files" for parent in path.absolute().parents)
    file = next((each for folder in folders if (each := folder / f"{symbol.lower()}.csv").is_file()), None)
    if file is None:
        return (Name(symbol.lower()),)
    found: list[Name] = []
    for ticker, until in _rows(file):
        if found and found[-1].ticker == ticker:
            found[-1] = found[-1]._replace(until=until)
        else:
            found.append(Name(ticker, found[-1].until if found else "", until))
    if not found or found[-1].ticker != symbol.lower():
        raise BadData(
            f"{shown(file, 200)} does not end with {shown(symbol.lower(), 40)}, whose names it tells"
        )
    found[-1] = found[-1]._replace(until=EVER)
    return tuple(found)


def _rows(file: Path) -> Iterator[tuple[str, str]]:
    times, before = TimeReader(ZoneInfo("UTC")), ""
    for line in text_lines(file):
        match = _ROW.fullmatch(line)
        try:
            if match is None or match[1] <= before or not times.day(match[1]):
                match = None
        except ValueError:
            match = None
        if match is None:
            raise BadData(
                f"{shown(file, 200)}: {shown(line)!r} is no row of a map file; write YYYYMMDD,ticker, "
                "with rising dates"
            )
        before = match[1]
        yield match[2].lower(), match[1]
