"""A recorded tape: one symbol out of one file or one directory of daily files.

Decides which reader a path belongs to and what identifies the tape. Knows no column. Input: a path and
a config; output: a feed, or BadData in one line when not a single row of it can be used.
"""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from ...config import Config
from ...errors import BadConfig, BadData
from ...messages import Bar, MarketUpdate
from .csv_file import open_csv
from .files import content_hash, readable, shown
from .lean import open_lean
from .protocol import TapeUpdate
from .rows import TapeFile, read_updates

CSV_NAMES = (".csv", ".csv.gz")


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
    return ReplayFeed(symbol, path, file)


class ReplayFeed:
    """A feed over the rows of files; see ``MarketDataFeed``."""

    live = False
    paced = False
    poll_interval = 0.0

    def __init__(self, symbol: str, path: Path, file: TapeFile) -> None:
        self.symbols = (symbol,)
        self.name = f"replay {file.name}"
        self._symbol = symbol
        self._file = file
        self._timeframes = {symbol: file.timeframe}
        self._hints = {symbol: file.tick_hint}
        self._history: dict[str, tuple[Bar, ...]] = {symbol: ()}
        self._begin = self._first_usable(path).ts
        self.tape = content_hash(file.paths, "replay", 1, *file.parameters)

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

    def updates(self, after: int = 0) -> Iterator[TapeUpdate]:
        """All updates with an index greater than ``after``, in the order of the file."""
        return read_updates(self._file.parts, self._symbol, after, self._begin)

    def _first_usable(self, path: Path) -> MarketUpdate:
        """The first update that can be used; BadData, with the first row's fault, when there is none."""
        first = None
        for update in read_updates(self._file.parts, self._symbol):
            if isinstance(update, MarketUpdate):
                return update
            first = first or update
        fault = f"; the first row: {first.reason.value} {first.detail}" if first else ""
        raise BadData(f"{shown(path, 200)} holds no usable row{fault}; a tape needs at least one")
