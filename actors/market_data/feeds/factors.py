"""Splits and dividends: the factors of a Lean factor file, and a tape scaled by them.

Decides which factor holds on which date and how a scaled price is rounded (half to even, to a nano; volumes
to a unit). Knows no layout of prices. Input: a factor file and updates; output: the same updates, scaled;
BadData in one line.

A row is ``YYYYMMDD,price factor,split factor[,reference price]``: the factors of all dates after the row
before, up to and with its own, in the market's time zone. A date after the last row is not scaled. Adjusted
for splits a price is multiplied by the split factor and a volume divided by it; in total, dividends included,
a price is multiplied by both. The factors are decimals, of seven digits in most files: 0.1428571 is not 1/7.
What the step from one row to the next says of a split or a dividend is in ``ex_dates``.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ...domain.money import scaled
from ...errors import BadData
from ...messages import MarketUpdate, TapeUpdate
from .files import shown, text_lines
from .times import TimeReader

RAW, SPLITS, TOTAL = "raw", "splits", "total"
_EVER = 1 << 63
"""Later than any time."""

_NUMBER = r"([0-9]{1,9}(?:\.[0-9]{1,18})?)"
_ROW = re.compile(rf"([0-9]{{8}}),{_NUMBER},{_NUMBER}(?:,([^,]*))?")


class FactorRow(NamedTuple):
    """One row as it is written."""

    until: int
    """The first instant after its dates."""
    dividends: str
    splits: str
    reference: str
    """The price that the market closed at on its date; empty where the file has none."""


class Factor(NamedTuple):
    """What prices and volumes are multiplied by, up to an instant."""

    until: int
    """The first instant after its dates."""
    price: Fraction
    volume: Fraction


def factor_file(path: Path, symbol: str, given: str) -> Path:
    """The factor file of a symbol: in the folder that was given, else in Lean's folders above the tape.

    Raises BadData when there is none.
    """
    found = find_factor_file(path, symbol, given)
    if found is not None:
        return found
    where = shown(given, 200) if given else f"a folder factor_files above {shown(path, 200)}"
    name = shown(f"{symbol.lower()}.csv", 40)
    # Raw prices need the file, too, once its folder was named.
    without = "leave it out with data.adjust at raw" if given else "data.adjust to raw"
    raise BadData(f"no factor file {name} in {where}; set data.factor_files to its folder, or {without}")


def find_factor_file(path: Path, symbol: str, given: str) -> Path | None:
    """The factor file of a symbol, None where there is none."""
    name = f"{symbol.lower()}.csv"
    folders = [Path(given)] if given else [parent / "factor_files" for parent in path.absolute().parents]
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    return None


def read_factors(path: Path, adjust: str, zone: str) -> tuple[Factor, ...]:
    """The factors of a file, oldest first, for ``adjust`` = ``splits`` or ``total``."""
    found = [_factor(row, adjust) for row in read_rows(path, zone)]
    return (*found, Factor(_EVER, Fraction(1), Fraction(1)))


def read_rows(path: Path, zone: str) -> list[FactorRow]:
    """The rows of a file, oldest first. Raises BadData on a row that is none, or when there is no row."""
    times = TimeReader(ZoneInfo(zone))
    found: list[FactorRow] = []
    for line in text_lines(path):
        factor = _row(line, times)
        if factor is None or (found and factor.until <= found[-1].until):
            raise BadData(
                f"{shown(path, 200)}: {shown(line)!r} is no row of a factor file; write "
                "YYYYMMDD,price factor,split factor, with factors above 0 and rising dates"
            )
        found.append(factor)
    if not found:
        raise BadData(f"{shown(path, 200)} holds no factors; write YYYYMMDD,price factor,split factor")
    return found


def adjusted(updates: Iterable[TapeUpdate], factors: tuple[Factor, ...]) -> Iterator[TapeUpdate]:
    """The updates with scaled prices and volumes; refused rows stay as they are."""
    ends = [factor.until for factor in factors]
    since, held = _EVER, factors[-1]
    for update in updates:
        if not isinstance(update, MarketUpdate):
            yield update
            continue
        if not since <= update.start < held.until:
            at = bisect_right(ends, update.start)
            since, held = ends[at - 1] if at else -_EVER, factors[at]
        yield MarketUpdate(
            update.index,
            update.symbol,
            update.kind,
            update.ts,
            update.start,
            scaled(update.open, held.price),
            scaled(update.high, held.price),
            scaled(update.low, held.price),
            scaled(update.close, held.price),
            scaled(update.volume, held.volume),
        )


def _row(line: str, times: TimeReader) -> FactorRow | None:
    match = _ROW.fullmatch(line)
    if match is None or not Fraction(match[2]) or not Fraction(match[3]):
        return None
    try:
        until = times.local(times.day(match[1]) + 1, 0)
    except ValueError:
        return None
    return FactorRow(until, match[2], match[3], (match[4] or "").strip())


def _factor(row: FactorRow, adjust: str) -> Factor:
    split = Fraction(row.splits)
    return Factor(row.until, split if adjust == SPLITS else split * Fraction(row.dividends), 1 / split)
