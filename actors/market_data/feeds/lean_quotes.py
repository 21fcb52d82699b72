"""Lean files of quotes, and of trades in options, read into what became known at each instant.

Decides what a row is: the bid and ask, or the last price and the volume, as of the end of its bar; an empty
field means that side is missing. Knows no session rule but the end of an hour or a day: the market data room
judges the quotes. Input: files (see ``lean_contracts``); output: ChainUpdates, one per underlying and
instant, and refused rows, numbered from 1; BadData in one line.

Prices are ten-thousandths and times New York's, of options on an index too: milliseconds after midnight, or
``YYYYMMDD HH:MM`` in files of hours and of days (00:00). The open, high and low of a quote bar are not used:
what was quoted within it is gone when the row is known.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from zoneinfo import ZoneInfo

from ...config import Config
from ...domain import timeframes
from ...domain.calendar import NEW_YORK, calendar
from ...domain.quotes import OptionTrade, Quote
from ...errors import BadData
from ...messages import ChainUpdate, RefusedUpdate
from ...types import NANOS, Refusal
from .csv_file import session_span
from .files import shown, zip_texts
from .lean_contracts import SCALE, QuoteZip, member, quote_zips
from .rows import SessionClip, Unusable, decimal_reader, number, read_volume
from .times import DAY, TimeReader

MILLISECOND = NANOS // 1000
STEPS = {"second": NANOS, "minute": timeframes.MINUTE}
TIMEFRAMES = {"second": "1s", "minute": "1m"}
REGULAR = "XNYS"
QUOTE_WIDTH, TRADE_WIDTH = 11, 6
QUOTE_COLUMNS = {"bid": 4, "bid size": 5, "ask": 9, "ask size": 10}
TRADE_COLUMNS = {"price": 4, "size": 5}

Clock = Callable[[str], int]
"""The end of a row's bar, from the text of its time; raises ValueError or Unusable."""


class _Stretch:
    """What files of the same dates hold of one underlying, by instant."""

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.instants: dict[int, tuple[list[Quote], list[OptionTrade]]] = {}
        self.refused: list[Unusable] = []
        self._price = decimal_reader(SCALE)

    def read(self, path: Path, clock: Clock) -> None:
        """Take all rows of one file."""
        known: dict[str, int] = {}

        def instant(text: str) -> int:
            ts = known[text] = clock(text)
            self.instants.setdefault(ts, ([], []))
            return ts

        for name, lines in zip_texts(path):
            held = member(path, name)
            (self._trades if held.trades else self._quotes)(held.symbol, lines, known, instant)

    def updates(self) -> Iterator[ChainUpdate | RefusedUpdate]:
        """Refused rows first, as their times may be what is wrong; then the instants in order."""
        begin = min(self.instants, default=0)
        for fault in self.refused:
            yield RefusedUpdate(0, self.symbol, begin, fault.reason, fault.detail, quote=True)
        for ts in sorted(self.instants):
            quotes, trades = self.instants[ts]
            if quotes or trades:
                yield ChainUpdate(0, self.symbol, ts, tuple(quotes), tuple(trades))

    def _quotes(self, symbol: str, lines: Sequence[str], known: dict[str, int], instant: Clock) -> None:
        instants, price = self.instants, self._price
        for line in lines:
            try:
                fields = line.split(",")
                bid, ask = fields[4], fields[9]
                ts = known.get(fields[0]) or instant(fields[0])
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
            except (ValueError, IndexError, Unusable):
                self.refused.append(_why(symbol, line, QUOTE_WIDTH, QUOTE_COLUMNS, instant))
                continue
            instants[ts][0].append(quote)

    def _trades(self, symbol: str, lines: Sequence[str], known: dict[str, int], instant: Clock) -> None:
        for line in lines:
            try:
                time, _, _, _, last, size = line.split(",")
                ts = known.get(time) or instant(time)
                trade = OptionTrade(symbol, ts, self._price(last), read_volume(size))
            except (ValueError, Unusable):
                self.refused.append(_why(symbol, line, TRADE_WIDTH, TRADE_COLUMNS, instant))
                continue
            self.instants[ts][1].append(trade)


class LeanQuotes:
    """The quotes and option trades of all files that some paths name, in the order of time."""

    def __init__(self, paths: Sequence[Path], config: Config) -> None:
        """Raises BadData on a path without such files, or with those of a symbol that is not configured."""
        self._times = TimeReader(ZoneInfo(NEW_YORK))
        zips = [file for path in paths for file in quote_zips(path, config)]
        if len({bool(file.resolution) for file in zips}) > 1:
            raise BadData(
                f"{shown(zips[0].path, 200)}: files of days cannot be played with files of years; "
                "name either minutes and seconds, or hours and days"
            )
        self._zips = sorted(zips, key=attrgetter("since", "symbol"))
        self.paths = tuple(each.path for each in self._zips)
        self.timeframe = timeframes.ordered(map(_timeframe, zips))[0]
        """The step of the finest file."""

    def updates(self) -> Iterator[ChainUpdate | RefusedUpdate]:
        """All of them, numbered from 1: a ChainUpdate by its last row, each quote and trade counting one."""
        index, now = 0, 0
        for _, together in groupby(self._zips, key=attrgetter("since")):
            stretches = [self._read(list(files)) for _, files in groupby(together, key=attrgetter("symbol"))]
            found = [update for stretch in stretches for update in stretch.updates()]
            for update in sorted(found, key=attrgetter("ts")):
                index += rows(update)
                now = max(now, update.ts)
                yield numbered(update, index, now)

    def _read(self, files: Sequence[QuoteZip]) -> _Stretch:
        stretch = _Stretch(files[0].symbol)
        for file in files:
            stretch.read(file.path, self._clock(file))
        return stretch

    def _clock(self, file: QuoteZip) -> Clock:
        times = self._times
        if file.resolution:
            step = STEPS[file.resolution]

            def of_day(text: str) -> int:
                nanos = int(text) * MILLISECOND
                if not 0 <= nanos < DAY:
                    raise ValueError(f"not milliseconds of a day: {text!r}")
                return times.local(file.since, nanos) + step

            return of_day
        clip = SessionClip(calendar(file.calendar))

        def stamped(text: str) -> int:
            if text.endswith(" 00:00"):
                return session_span(calendar(REGULAR), times.day(text))[1]
            start = times.instant(text)
            return clip(start, start + timeframes.HOUR)[1]

        return stamped


def rows(update: ChainUpdate | RefusedUpdate) -> int:
    """How many rows of the tape an update stands for."""
    return len(update.quotes) + len(update.trades) if isinstance(update, ChainUpdate) else 1


def numbered(
    update: ChainUpdate | RefusedUpdate, index: int, now: int | None = None
) -> ChainUpdate | RefusedUpdate:
    """The same update with another index, and a refused row at another time where one is given."""
    if isinstance(update, ChainUpdate):
        return ChainUpdate(index, update.symbol, update.ts, update.quotes, update.trades)
    ts = update.ts if now is None else now
    return RefusedUpdate(index, update.symbol, ts, update.reason, update.detail, update.quote)


def _timeframe(file: QuoteZip) -> str:
    if file.resolution:
        return TIMEFRAMES[file.resolution]
    first = next((lines[0] for _, lines in zip_texts(file.path) if lines), "")
    return "1d" if first.partition(",")[0].endswith(" 00:00") else "1h"


def _why(symbol: str, line: str, width: int, columns: dict[str, int], instant: Clock) -> Unusable:
    """The first thing wrong with a row that was given up on."""
    fields = line.split(",")
    if len(fields) != width:
        return Unusable(Refusal.BAD_ROW, f"{symbol}: {len(fields)} columns instead of {width}")
    try:
        instant(fields[0])
        for name, column in columns.items():
            if fields[column].strip() or name == "price":
                number(fields[column], name)
    except ValueError:
        return Unusable(Refusal.BAD_TIME, shown(f"{symbol}: {fields[0]!r}"))
    except Unusable as told:
        return Unusable(told.reason, shown(f"{symbol}: {told.detail}"))
    return Unusable(Refusal.OUT_OF_RANGE, shown(f"{symbol}: {line}"))
