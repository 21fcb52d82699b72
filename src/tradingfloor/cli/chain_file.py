"""A chain of options in a CSV file: the quotes of every strike, expiry by expiry.

Decides the form: a header, then one row per expiry and strike, the expiry as the instant at which it settles
with its UTC offset. An empty quote is an absent one. Knows no index. Input: a path; output: one ``Term`` per
expiry, or ``BadData`` that names the line.
"""

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tradingfloor.actors.domain.volatility_index import Term
from tradingfloor.actors.errors import BadData, NotFound

COLUMNS = ("expiry", "strike", "call_bid", "call_ask", "put_bid", "put_ask")

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Row(NamedTuple):
    """One strike of one expiry; ``line`` is where it ends in the file."""

    settlement: int
    strike: float
    quotes: tuple[float, ...]
    line: int


def read_terms(path: Path) -> list[Term]:
    """The expiries of the file by time, their rates still 0. Raises NotFound or BadData."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = sorted(_rows(csv.reader(file, strict=True), path))
    except FileNotFoundError:
        raise NotFound(f"{path}: no such file") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadData(f"{path}: no CSV text: {error}") from None
    for earlier, later in pairwise(rows):
        if earlier[:2] == later[:2]:
            raise BadData(f"{path}:{max(earlier.line, later.line)}: strike {later.strike:g} comes twice")
    settlements = sorted({row.settlement for row in rows})
    if not settlements:
        raise BadData(f"{path}: no row below the header")
    return [
        _term(settlement, [row for row in rows if row.settlement == settlement]) for settlement in settlements
    ]


def instant(text: str) -> int:
    """The ns UTC of an ISO 8601 instant with its offset; raises ValueError."""
    if not _INSTANT.fullmatch(text.strip()):
        raise ValueError(text)
    return (datetime.fromisoformat(text.strip()) - _EPOCH) // timedelta(microseconds=1) * 1000


def _rows(lines: Iterator[list[str]], path: Path) -> Iterator[Row]:
    header = [name.strip() for name in next(lines, [])]
    if sorted(header) != sorted(COLUMNS):
        raise BadData(f"{path}:1: the header is not {','.join(COLUMNS)}")
    for number, cells in enumerate(lines, 2):
        if not any(cell.strip() for cell in cells):
            continue
        where = f"{path}:{number}"
        if len(cells) != len(header):
            raise BadData(f"{where}: {len(cells)} cells, the header has {len(header)}")
        named = dict(zip(header, cells, strict=True))
        try:
            settlement = instant(named["expiry"])
        except (ValueError, OverflowError):
            raise BadData(
                f"{where}: expiry {named['expiry']!r} is no instant with its UTC offset: "
                "write 2026-12-18T09:30-05:00"
            ) from None
        strike, *quotes = (_number(named[name], name, where) for name in COLUMNS[1:])
        if not strike > 0.0:
            raise BadData(f"{where}: strike {named['strike']!r} is not above 0")
        yield Row(settlement, strike, tuple(quotes), number)


def _number(text: str, name: str, where: str) -> float:
    """The number in a cell, NaN when it is empty."""
    text = text.strip()
    if not text:
        return float("nan")
    value = float(text) if _NUMBER.fullmatch(text) else float("inf")
    if not 0.0 <= value < float("inf"):
        raise BadData(f"{where}: {name} {text!r} is no number from 0 on")
    return value


def _term(settlement: int, rows: list[Row]) -> Term:
    quotes = np.array([row.quotes for row in rows]).T
    return Term(settlement, 0.0, np.array([row.strike for row in rows]), *quotes)
