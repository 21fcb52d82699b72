"""The data folder: recorded prices in one layout, whatever format they came in.

Decides where a series lies, how its rows are written, and how new rows join those that are there. Knows no
source format (see ``actors.market_data.feeds``) and no judgement (see ``dataset_check``). Input: a feed over
files; output: the folder's files, and what was done in figures. Raises BadData in one line.

A series is ``FOLDER/SYMBOL/TIMEFRAME.csv.gz``, with the timeframe ``tick`` for trades. Its columns are
``time,open,high,low,close,volume`` of bars, ``date,open,…`` of daily ones and ``time,price,size`` of trades;
times are UTC with a Z and stamp the start of a bar, prices are as they were traded. ``replay:`` plays it.
"""

import gzip
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from io import TextIOWrapper
from pathlib import Path

import msgspec

from tradingfloor.actors.config import Config, DataConfig, InstrumentConfig
from tradingfloor.actors.config_checks import check as checked
from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.domain.instruments import instrument
from tradingfloor.actors.domain.money import format_nanos
from tradingfloor.actors.domain.timeframes import TICK, parse
from tradingfloor.actors.errors import BadConfig, BadData
from tradingfloor.actors.market_data.feeds import MarketDataFeed, open_feed
from tradingfloor.actors.messages import MarketUpdate, RefusedUpdate
from tradingfloor.actors.types import NANOS, UpdateKind

SUFFIX = ".csv.gz"
DAY = 86_400 * NANOS
BAR_HEADER, DAY_HEADER, TRADE_HEADER = (
    "time,open,high,low,close,volume",
    "date,open,high,low,close,volume",
    "time,price,size",
)

Rows = dict[int, list[str]]
"""Lines by their key: the start of a bar, the date of a daily bar, the UTC day of trades."""


class Series(msgspec.Struct, frozen=True, order=True):
    """One symbol at one timeframe in the folder."""

    symbol: str
    timeframe: str
    file: str
    bytes: int


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What one import did."""

    symbol: str
    timeframe: str
    file: str
    read: int
    """Usable rows of the source."""
    refused: dict[str, int]
    """Rows of the source that cannot be used, by reason."""
    duplicates: int
    """Bars of the source with the start of one before; the first is kept."""
    added: int
    changed: int
    """Rows that replaced others: bars with another content, all trades of a day that is imported anew."""
    rows: int
    """Rows of the series now."""


def default_folder() -> Path:
    """``tradingfloor/data`` among the user's data."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "tradingfloor" / "data"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "tradingfloor" / "data"


def opened(path: Path, symbol: str, override: InstrumentConfig) -> MarketDataFeed:
    """The feed over a file or a directory of one symbol. Raises BadConfig on what is no symbol."""
    data = DataConfig(source=f"replay:{path}")
    config = Config(symbols=(symbol,), data=data, instruments={symbol: override})
    checked(config)
    return open_feed(config)


def series(folder: Path) -> list[Series]:
    """Every series of the folder, by symbol and timeframe."""
    found = []
    for file in sorted(folder.glob(f"*/*{SUFFIX}")):
        name = file.name.removesuffix(SUFFIX)
        if name == TICK or _is_timeframe(name):
            found.append(Series(file.parent.name, name, str(file), file.stat().st_size))
    return found


def import_file(path: Path, symbol: str, folder: Path, override: InstrumentConfig) -> Imported:
    """Take the rows of a file, or of a directory of files, into the folder; whole, or not at all."""
    feed = opened(path, symbol, override)
    timeframe = feed.timeframe(symbol)
    refused: Counter[str] = Counter()
    rows, read, duplicates = _rows(feed, symbol, override, refused)
    if not read:
        raise BadData(
            f"{path}: no trades and no bars; quotes are replayed from their own files (data.quotes)"
        )
    target = folder / symbol / f"{timeframe}{SUFFIX}"
    there: Rows = {}
    if target.exists():
        there, *_ = _rows(opened(target, symbol, override), symbol, override, Counter())
    changed = sum(len(rows[key]) for key in rows.keys() & there.keys() if rows[key] != there[key])
    added = sum(len(lines) for key, lines in rows.items() if key not in there)
    whole = there | rows
    _write(target, _header(timeframe), (line for key in sorted(whole) for line in whole[key]))
    return Imported(
        symbol=symbol,
        timeframe=timeframe,
        file=str(target),
        read=read,
        refused=dict(sorted(refused.items())),
        duplicates=duplicates,
        added=added,
        changed=changed,
        rows=sum(map(len, whole.values())),
    )


def _rows(
    feed: MarketDataFeed, symbol: str, override: InstrumentConfig, refused: Counter[str]
) -> tuple[Rows, int, int]:
    """The lines of a feed, how many rows it had, and how many bars came twice."""
    found = instrument(symbol, override)
    market = calendar(found.calendar, found.timezone)
    timeframe = feed.timeframe(symbol)
    step = None if timeframe == TICK else parse(timeframe).nanos
    rows: Rows = {}
    read = duplicates = 0
    for update in feed.updates():
        if isinstance(update, RefusedUpdate):
            refused[update.reason.value] += 1
        if not isinstance(update, MarketUpdate) or update.kind is UpdateKind.OPEN:
            continue
        read += 1
        prices = ",".join(map(format_nanos, (update.open, update.high, update.low, update.close)))
        if update.kind is UpdateKind.TICK:
            line = f"{_time(update.ts)},{format_nanos(update.close)},{update.volume}"
            rows.setdefault(update.ts // DAY, []).append(line)
            continue
        session = market.session_at(update.start)
        if step is None:
            assert session is not None, "a daily row spans a session"
            key, told = session.ordinal, date.fromordinal(session.ordinal).isoformat()
        else:
            # The source's reader cuts a bar to its session; the file's start is that of the whole bar.
            cut = session is not None and update.start == session.open and update.ts - update.start < step
            key = update.ts - step if cut else update.start
            told = _time(key)
        if key in rows:
            duplicates += 1
        else:
            rows[key] = [f"{told},{prices},{update.volume}"]
    return rows, read, duplicates


def _header(timeframe: str) -> str:
    if timeframe == TICK:
        return TRADE_HEADER
    return DAY_HEADER if parse(timeframe).nanos is None else BAR_HEADER


def _time(ts: int) -> str:
    seconds, fraction = divmod(ts, NANOS)
    text = f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"
    return f"{text}.{fraction:09d}".rstrip("0") + "Z" if fraction else f"{text}Z"


def _write(target: Path, header: str, lines: Iterator[str]) -> None:
    """Write beside and move over: a reader sees the old rows or the new ones."""
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with (
            beside.open("wb") as raw,
            gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed,
            TextIOWrapper(packed, encoding="utf-8", newline="\n") as text,
        ):
            text.write(f"{header}\n")
            text.writelines(f"{line}\n" for line in lines)
        beside.replace(target)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise BadData(f"cannot write {target}: {error.strerror or error}; choose another --folder") from None


def _is_timeframe(name: str) -> bool:
    try:
        return parse(name).name == name
    except BadConfig:
        return False
