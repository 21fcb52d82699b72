"""A recorded tape: one symbol out of one file or one directory of daily files.

Decides which reader a path belongs to and what identifies the tape. Knows no column. Input: a path and
a config; output: a feed, or BadData in one line when not a single row of it can be used.
"""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from ...config import Config, DataConfig
from ...domain.corporate_actions import CorporateAction, Split
from ...domain.instruments import instrument
from ...errors import BadConfig, BadData
from ...messages import Bar, ChainUpdate, MarketUpdate, RefusedUpdate, TapeUpdate
from .csv_file import open_csv
from .ex_dates import ex_dates
from .factors import (
    RAW,
    SPLITS,
    TOTAL,
    Factor,
    adjusted,
    factor_file,
    find_factor_file,
    read_factors,
    read_rows,
)
from .files import content_hash, readable, shown
from .lean import contents, open_lean
from .rows import TapeFile, read_updates

CSV_NAMES = (".csv", ".csv.gz")
NAMES = {SPLITS: "adjusted for splits", TOTAL: "adjusted for splits and dividends"}


def open_replay(path: Path, config: Config) -> "ReplayFeed":
    """The feed of a ``.csv``, ``.csv.gz``, Lean ``.zip`` or directory of Lean daily zips.

    Raises BadConfig unless there is exactly one symbol, BadData when the files cannot be used.
    """
    if len(config.symbols) != 1:
        raise BadConfig(
            f"symbols: a file carries one symbol, {len(config.symbols)} are configured; name the one it holds"
        )
    symbol = config.symbols[0]
    override = config.instruments.get(symbol)
    name = path.name.lower()
    with readable(path):
        path.stat()
        if path.is_dir() or name.endswith(".zip"):
            file = open_lean(path, symbol, override)
        elif name.endswith(CSV_NAMES):
            file = open_csv(path, symbol, override)
        else:
            raise BadData(
                f"{shown(path, 200)} is none of .csv, .csv.gz, a Lean .zip or a directory of Lean daily zips"
            )
    zone = instrument(symbol, override).timezone
    return ReplayFeed(symbol, path, file, _adjustment(path, symbol, config.data, zone))


class Adjustment(NamedTuple):
    """How the prices of a tape are scaled, and what they are not adjusted for."""

    adjust: str
    factors: tuple[Factor, ...] = ()
    paths: tuple[Path, ...] = ()
    """The files that the scaling is part of."""
    actions: tuple[CorporateAction, ...] = ()


UNADJUSTED = Adjustment(RAW)


def _adjustment(path: Path, symbol: str, data: DataConfig, zone: str) -> Adjustment:
    """Raw prices do without a factor file; the splits and dividends of one that is there are booked."""
    adjust = data.adjust
    if adjust == RAW:
        given = data.factor_files
        found = factor_file(path, symbol, given) if given else find_factor_file(path, symbol, "")
        return Adjustment(RAW, actions=ex_dates(read_rows(found, zone), RAW) if found else ())
    found = factor_file(path, symbol, data.factor_files)
    return Adjustment(
        adjust, read_factors(found, adjust, zone), (found,), ex_dates(read_rows(found, zone), adjust)
    )


def lean_contents(path: Path) -> tuple[str, str] | None:
    """(symbol, ``equity`` | ``index`` | "") of a Lean zip or directory, None for anything else.

    Raises BadData when it cannot be read or holds no tape.
    """
    with readable(path):
        path.stat()
        return contents(path) if path.is_dir() or path.name.lower().endswith(".zip") else None


def _identity(action: CorporateAction) -> str:
    if isinstance(action, Split):
        return f"split {action.ts} {action.numerator} {action.denominator}"
    return f"dividend {action.ts} {action.amount}"


class ReplayFeed:
    """A feed over the rows of files; see ``MarketDataFeed``."""

    live = False
    paced = False
    poll_interval = 0.0

    def __init__(self, symbol: str, path: Path, file: TapeFile, adjustment: Adjustment = UNADJUSTED) -> None:
        self.symbols = (symbol,)
        self.name = f"replay {file.name}"
        self._symbol = symbol
        self._file = file
        self._factors, self._actions = adjustment.factors, adjustment.actions
        self._timeframes = {symbol: file.timeframe}
        self._hints = {symbol: file.tick_hint}
        self._history: dict[str, tuple[Bar, ...]] = {symbol: ()}
        self._begin = self._first_usable(path).ts
        how = (adjustment.adjust,) if adjustment.factors else tuple(map(_identity, adjustment.actions))
        self.tape = content_hash((*file.paths, *adjustment.paths), "replay", 1, *file.parameters, *how)
        self.name += f", {NAMES[adjustment.adjust]}" if adjustment.factors else ""

    def timeframe(self, symbol: str) -> str:
        """The timeframe of the file's rows."""
        return self._timeframes[symbol]

    def tick_hint(self, symbol: str) -> int | None:
        """The price step that the file's decimals suggest, in nanos."""
        return self._hints[symbol]

    @cached_property
    def last_index(self) -> int | None:
        """An upper bound, from the number of lines (read once, on first use)."""
        return sum(sum(1 for _ in part.lines()) * (2 if part.layout.bars else 1) for part in self._file.parts)

    def history(self, symbol: str) -> tuple[Bar, ...]:
        """A file has nothing before its tape."""
        return self._history[symbol]

    def corporate_actions(self, symbol: str) -> tuple[CorporateAction, ...]:  # noqa: ARG002  a file has one
        """The splits and dividends that its prices are not adjusted for, where a factor file tells them."""
        return self._actions

    def updates(self, after: int = 0) -> Iterator[TapeUpdate]:
        """All updates with an index greater than ``after``, in the order of the file."""
        updates = read_updates(self._file.parts, self._symbol, after, self._begin)
        return adjusted(updates, self._factors) if self._factors else updates

    def quotes(self, until: int) -> Iterator[ChainUpdate]:  # noqa: ARG002
        """Trades and bars alone."""
        return iter(())

    def _first_usable(self, path: Path) -> MarketUpdate:
        """The first update that can be used; BadData, with the first row's fault, when there is none."""
        first: RefusedUpdate | None = None
        for update in read_updates(self._file.parts, self._symbol):
            if isinstance(update, MarketUpdate):
                return update
            if first is None and isinstance(update, RefusedUpdate):
                first = update
        fault = f"; the first row: {first.reason.value} {first.detail}" if first else ""
        raise BadData(f"{shown(path, 200)} holds no usable row{fault}; a tape needs at least one")
