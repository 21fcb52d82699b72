"""Lean files of quotes, and of trades in options: zips of one day, one member per contract.

Decides which zips a path names, what a member's name says (root, right, strike in ten-thousandths, expiry)
and what a row is: the bid and ask, or the last price and the volume, as of the end of its bar; an empty field
means that side is missing. Knows no session: the market data room judges the quotes. Input: paths and a
config; output: ChainUpdates, one per instant, and refused rows, numbered from 1; BadData in one line.

Prices are ten-thousandths and times milliseconds after midnight in New York, of options on an index too.
Minute and second files are read; the open, high and low of a quote bar are not used: what was quoted within
the minute is gone when the row is known.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ...config import Config
from ...domain import timeframes
from ...domain.calendar import NEW_YORK
from ...domain.contracts import Exercise, Right, contract
from ...domain.quotes import OptionTrade, Quote
from ...errors import BadData
from ...messages import ChainUpdate, RefusedUpdate
from ...types import NANOS, Refusal
from .files import readable, shown, zip_names, zip_texts
from .rows import Unusable, decimal_reader, number, read_volume
from .times import DAY, TimeReader

SCALE = 100_000
"""Nanos in one ten-thousandth of the currency."""
MILLISECOND = NANOS // 1000
QUOTE_WIDTH, TRADE_WIDTH = 11, 6

_ZIP = re.compile(
    r"(?P<day>[0-9]{8})_(?P<what>quote|trade)(?:_(?P<style>american|european))?\.zip", re.IGNORECASE
)
_MEMBER = re.compile(
    r"(?P<day>[0-9]{8})_(?P<ticker>[^_]+)_(?P<step>second|minute)_(?P<what>quote|trade)"
    r"(?:_(?P<style>american|european)_(?P<right>call|put)_(?P<strike>[0-9]+)_(?P<expiry>[0-9]{8}))?\.csv",
    re.IGNORECASE,
)
_STEPS = {"second": "1s", "minute": "1m"}

Price = Callable[[str], int]


class _Zip(NamedTuple):
    """One file, with what the name of its first member says."""

    path: Path
    day: int
    symbol: str
    """The underlying."""
    step: str


class _Member(NamedTuple):
    symbol: str
    """OCC symbol of an option, else the ticker."""
    trades: bool


class _Day:
    """What the files of one date hold of one underlying, by instant."""

    def __init__(self, symbol: str, day: int, step: int, times: TimeReader) -> None:
        self.symbol = symbol
        self.instants: dict[int, tuple[list[Quote], list[OptionTrade]]] = {}
        self.refused: list[Unusable] = []
        self._midnight = partial(times.local, day)
        self._step = step
        self._clock: dict[str, int] = {}

    def read(self, path: Path) -> None:
        """Take all rows of one file."""
        price = decimal_reader(SCALE)
        for name, lines in zip_texts(path):
            member = _member(path, name)
            if member.trades:
                self._trades(member.symbol, lines, price)
            else:
                self._quotes(member.symbol, lines, price)

    def updates(self) -> Iterator[ChainUpdate | RefusedUpdate]:
        """Refused rows first, as their times may be what is wrong; then the instants in order."""
        begin = min(self.instants, default=self._midnight(0))
        for fault in self.refused:
            yield RefusedUpdate(0, self.symbol, begin, fault.reason, fault.detail, quote=True)
        for ts in sorted(self.instants):
            quotes, trades = self.instants[ts]
            yield ChainUpdate(0, self.symbol, ts, tuple(quotes), tuple(trades))

    def _quotes(self, symbol: str, lines: Sequence[str], price: Price) -> None:
        instants, clock = self.instants, self._clock
        for line in lines:
            try:
                fields = line.split(",")
                bid, ask = fields[4], fields[9]
                ts = clock.get(fields[0]) or self._instant(fields[0])
                quote = Quote(
                    symbol,
                    ts,
                    price(bid) if bid else 0,
                    read_volume(fields[5]) if bid else 0,
                    price(ask) if ask else 0,
                    read_volume(fields[10]) if ask else 0,
                )
                if len(fields) != QUOTE_WIDTH:
                    raise IndexError  # noqa: TRY301  a row too wide is told like one too narrow
            except (ValueError, IndexError):
                self._refuse(symbol, line, QUOTE_WIDTH, {"bid": 4, "bid size": 5, "ask": 9, "ask size": 10})
                continue
            instants[ts][0].append(quote)

    def _trades(self, symbol: str, lines: Sequence[str], price: Price) -> None:
        for line in lines:
            try:
                time, _, _, _, last, size = line.split(",")
                trade = OptionTrade(
                    symbol, self._clock.get(time) or self._instant(time), price(last), read_volume(size)
                )
            except ValueError:
                self._refuse(symbol, line, TRADE_WIDTH, {"price": 4, "size": 5})
                continue
            self.instants[trade.ts][1].append(trade)

    def _instant(self, text: str) -> int:
        """The end of a row's bar."""
        nanos = int(text) * MILLISECOND
        if not 0 <= nanos < DAY:
            raise ValueError(f"not milliseconds of a day: {text!r}")
        ts = self._clock[text] = self._midnight(nanos) + self._step
        self.instants.setdefault(ts, ([], []))
        return ts

    def _refuse(self, symbol: str, line: str, width: int, columns: dict[str, int]) -> None:
        fields = line.split(",")
        fault = Unusable(Refusal.BAD_ROW, f"{symbol}: {len(fields)} columns instead of {width}")
        if len(fields) == width:
            try:
                self._instant(fields[0])
                for name, column in columns.items():
                    if fields[column].strip() or name == "price":
                        number(fields[column], name)
                fault = Unusable(Refusal.OUT_OF_RANGE, shown(f"{symbol}: {line}"))
            except ValueError:
                fault = Unusable(Refusal.BAD_TIME, shown(f"{symbol}: {fields[0]!r}"))
            except Unusable as told:
                fault = Unusable(told.reason, f"{symbol}: {told.detail}")
        self.refused.append(fault)


class LeanQuotes:
    """The quotes and option trades of all files that some paths name, in the order of time."""

    def __init__(self, paths: Sequence[Path], config: Config) -> None:
        """Raises BadData on a path without such files, or with those of a symbol that is not configured."""
        zips = [_opened(file, config) for path in paths for file in _quote_zips(path)]
        self._zips = sorted(zips, key=attrgetter("day", "symbol"))
        self._times = TimeReader(ZoneInfo(NEW_YORK))
        self.paths = tuple(each.path for each in self._zips)
        self.timeframe = min((each.step for each in zips), key=_nanos)
        """The step of the finest file."""

    def updates(self) -> Iterator[ChainUpdate | RefusedUpdate]:
        """All of them, numbered from 1: a ChainUpdate by its last row, each quote and trade counting one."""
        index = 0
        for _, of_day in groupby(self._zips, key=attrgetter("day")):
            days = [self._read(list(files)) for _, files in groupby(of_day, key=attrgetter("symbol"))]
            found = [update for day in days for update in day.updates()]
            for update in sorted(found, key=attrgetter("ts")) if len(days) > 1 else found:
                index += rows(update)
                yield numbered(update, index)

    def _read(self, files: Sequence[_Zip]) -> _Day:
        first = files[0]
        day = _Day(first.symbol, first.day, _nanos(first.step), self._times)
        for file in files:
            day.read(file.path)
        return day


def quotes_alone(path: Path) -> bool:
    """Whether a path names quotes, or trades of options, and no trades of the underlying."""
    if not path.is_dir():
        return _is_wanted(path.name)
    names = [file.name for file in path.iterdir()]
    return any(map(_is_wanted, names)) and not any(_ZIP.fullmatch(n) for n in names if not _is_wanted(n))


def rows(update: ChainUpdate | RefusedUpdate) -> int:
    """How many rows of the tape an update stands for."""
    return len(update.quotes) + len(update.trades) if isinstance(update, ChainUpdate) else 1


def numbered(update: ChainUpdate | RefusedUpdate, index: int) -> ChainUpdate | RefusedUpdate:
    """The same update with another index."""
    if isinstance(update, ChainUpdate):
        return ChainUpdate(index, update.symbol, update.ts, update.quotes, update.trades)
    return RefusedUpdate(index, update.symbol, update.ts, update.reason, update.detail, update.quote)


def _quote_zips(path: Path) -> tuple[Path, ...]:
    """The files a path names; BadData when there is none."""
    with readable(path):
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        path.stat()
    found = tuple(file for file in files if _is_wanted(file.name))
    if not found:
        raise BadData(
            f"{shown(path, 200)} holds no quotes; name a directory of Lean files "
            "(YYYYMMDD_quote_american.zip, YYYYMMDD_quote.zip) or one of them"
        )
    return found


def _is_wanted(name: str) -> bool:
    match = _ZIP.fullmatch(name)
    return match is not None and (match["what"].lower() == "quote" or match["style"] is not None)


def _opened(file: Path, config: Config) -> _Zip:
    names = zip_names(file)
    match = _matched(file, names[0] if names else "")
    try:
        symbol = _underlying(file, match)
        day = date.fromisoformat(match["day"]).toordinal()
    except ValueError as fault:
        raise BadData(f"{shown(file, 200)}: {shown(names[0], 80)!r}: {fault}") from None
    if symbol not in config.symbols:
        raise BadData(
            f"{shown(file, 200)} holds quotes of {shown(symbol, 40)}, symbols are "
            f"{', '.join(config.symbols)}; change symbols or data.quotes"
        )
    return _Zip(file, day, symbol, _STEPS[match["step"].lower()])


def _matched(file: Path, name: str) -> re.Match[str]:
    match = _MEMBER.fullmatch(name.rpartition("/")[2])
    if match is None or (match["style"] is None and match["what"].lower() == "trade"):
        raise BadData(
            f"{shown(file, 200)}: {shown(name, 80)!r} is no Lean quote file of minutes or seconds; its name "
            "is DAY_TICKER_minute_quote.csv, of options followed by _STYLE_RIGHT_STRIKE_EXPIRY"
        )
    return match


def _underlying(file: Path, match: re.Match[str]) -> str:
    ticker = match["ticker"].upper()
    if match["style"] is None:
        return str(ticker)
    key = contract(ticker, date.fromisoformat(match["expiry"]).toordinal(), NANOS, Right.CALL)
    if key.exercise is not Exercise(match["style"].upper()):
        raise BadData(
            f"{shown(file, 200)} holds {match['style'].lower()} options of root {ticker}, which are "
            f"{key.exercise.value.lower()}; its names are not what they say"
        )
    return key.underlying


def _member(file: Path, name: str) -> _Member:
    match = _matched(file, name)
    ticker, trades = match["ticker"].upper(), match["what"].lower() == "trade"
    if match["style"] is None:
        return _Member(ticker, trades)
    try:
        expiry = date.fromisoformat(match["expiry"]).toordinal()
        right = Right(match["right"].upper())
        return _Member(contract(ticker, expiry, int(match["strike"]) * SCALE, right).occ, trades)
    except ValueError as fault:
        raise BadData(f"{shown(file, 200)}: {shown(name, 80)!r}: {fault}") from None


def _nanos(step: str) -> int:
    nanos = timeframes.parse(step).nanos
    assert nanos is not None, "seconds and minutes have a length"
    return nanos
