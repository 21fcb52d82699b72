"""CSV files with a header: which column is what, and how long one bar is.

Decides the columns by name, the timeframe by the file's name where it is one (``1m.csv``), else by the
spacing of the first rows, and what one row's time means: the start of its bar, or the date of its session.
Knows no Lean layout. Input: a path, a symbol and its overrides; output: a ``TapeFile``, or BadData in one
line.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import partial
from itertools import islice, pairwise
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ...config import InstrumentConfig
from ...domain import timeframes
from ...domain.calendar import Calendar, calendar
from ...domain.instruments import Instrument, instrument
from ...errors import BadConfig, BadData
from ...types import NANOS, Refusal
from .files import shown, text_lines
from .rows import (
    BAR_NAMES,
    Layout,
    Part,
    SessionClip,
    TapeFile,
    Unusable,
    decimal_reader,
    read_volume,
    split_row,
)
from .times import TimeReader, names_clock

SAMPLE = 1000
"""Rows looked at before reading: for the timeframe and the price step."""

MOMENTS = ("datetime", "timestamp")
DELIMITERS = (",", ";", "\t")
PLAIN = re.compile(r"[0-9]+(?:\.([0-9]*))?")
LAYOUTS = "date,open,high,low,close,volume, or date,close, or time,price,size"


class _Columns(NamedTuple):
    delimiter: str
    names: tuple[str, ...]
    time: int
    clock: int | None
    """Column of the time of day, when ``time`` is a date with its clock in a column of its own."""
    prices: tuple[int, ...]
    volume: int | None
    spare: int | None
    """Column of the tick volume, used where ``volume`` is zero in the whole file."""

    def moment(self, fields: Sequence[str]) -> str:
        """The text of a row's time."""
        text = fields[self.time].strip()
        return text if self.clock is None else f"{text} {fields[self.clock].strip()}"


def open_csv(path: Path, symbol: str, override: InstrumentConfig | None) -> TapeFile:
    """The tape of one CSV file; BadData when it has no usable header or no regular spacing."""
    columns = _columns(path)
    sample = _sample(path, columns)
    hint = tick_hint(fields[column] for fields in sample for column in columns.prices)
    found = instrument(symbol, override, hint)
    times = TimeReader(ZoneInfo(found.timezone))
    trades = len(columns.prices) == 1
    timeframe = timeframes.TICK if trades else _told_by(path) or _timeframe(path, columns, sample, times)
    layout = Layout(
        delimiter=columns.delimiter,
        width=len(columns.names),
        span=_span(columns, timeframe, times, calendar(found.calendar, found.timezone)),
        price=decimal_reader(),
        prices=columns.prices,
        volume=_volume_column(path, columns),
    )
    return TapeFile(
        name=path.name,
        timeframe=timeframe,
        tick_hint=hint,
        parts=(Part(partial(_data_lines, path), layout),),
        paths=(path,),
        parameters=parameters("csv", found),
    )


def parameters(kind: str, found: Instrument) -> tuple[str, ...]:
    """What of an instrument changes the updates of a file."""
    return kind, found.symbol, found.calendar, found.timezone


def tick_hint(texts: Iterable[str]) -> int | None:
    """The price step in nanos of the longest fraction among plain decimal texts; None without any."""
    places = [len(match[1] or "") for text in texts if (match := PLAIN.fullmatch(text.strip()))]
    return NANOS // 10 ** min(max(places), 9) if places else None


def session_span(market: Calendar, ordinal: int) -> tuple[int, int]:
    """Open and close of a daily row's session; Unusable when the market was closed that day."""
    session = market.session(ordinal)
    if session is None:
        raise Unusable(Refusal.OUT_OF_SESSION, f"{market.name} is closed on {date.fromordinal(ordinal)}")
    return session.open, session.close


def _data_lines(path: Path) -> Iterator[str]:
    return islice(text_lines(path), 1, None)


def _columns(path: Path) -> _Columns:
    header = next(text_lines(path), None)
    if header is None:
        raise BadData(f"{shown(path, 200)} is empty; it needs a header and rows: {LAYOUTS}")
    delimiter = max(DELIMITERS, key=header.count)
    raw = header.replace('"', "").split(delimiter)
    names = tuple(re.sub(r"[\s_<>]", "", name).lower() for name in raw)
    where = {name: column for column, name in reversed(list(enumerate(names)))}
    # Of an index some files tell the close alone: a bar without a range.
    prices = _first(where, BAR_NAMES, ("close",) * len(BAR_NAMES), ("price",))
    moment = next((name for name in (*MOMENTS, "date", "time") if name in where), None)
    if moment is None or prices is None:
        missing = "time" if moment is None else "price"
        raise BadData(
            f"{shown(path, 200)}: no {missing} column in its first line {shown(header, 60)!r}; "
            f"name the columns {LAYOUTS}"
        )
    return _Columns(
        delimiter=delimiter,
        names=names,
        time=where[moment],
        clock=where.get("time") if moment == "date" else None,
        prices=prices,
        volume=next((where[name] for name in ("volume", "vol", "size") if name in where), None),
        spare=next((where[name] for name in ("tickvol", "tickvolume") if name in where), None),
    )


def _first(where: dict[str, int], *choices: tuple[str, ...]) -> tuple[int, ...] | None:
    """The columns of the first choice of names that is complete."""
    for names in choices:
        if all(name in where for name in names):
            return tuple(where[name] for name in names)
    return None


def _sample(path: Path, columns: _Columns) -> list[list[str]]:
    """The first rows with the right number of columns; BadData when there is none."""
    sample = []
    for line in islice(_data_lines(path), SAMPLE):
        try:
            sample.append(split_row(line, columns.delimiter, len(columns.names)))
        except Unusable:
            continue
    if not sample:
        raise BadData(
            f"{shown(path, 200)}: no row with the {len(columns.names)} columns of its header "
            "below it; a tape needs rows"
        )
    return sample


def _volume_column(path: Path, columns: _Columns) -> int | None:
    """The volume column, or the tick volume's where the volume is missing or zero throughout."""
    if columns.volume is None or columns.spare is None:
        return columns.spare if columns.volume is None else columns.volume
    for line in _data_lines(path):
        fields = line.split(columns.delimiter)
        try:
            if read_volume(fields[columns.volume]):
                return columns.volume
        except (ValueError, IndexError):
            continue
    return columns.spare


def _told_by(path: Path) -> str | None:
    """The timeframe, up to a day, that a file is named after (``1m.csv.gz``); else None."""
    name = path.name.partition(".")[0]
    try:
        spec = timeframes.parse(name)
    except BadConfig:
        return None
    return name if spec.name == name and (spec.nanos or name == "1d") else None


def _timeframe(path: Path, columns: _Columns, sample: list[list[str]], times: TimeReader) -> str:
    """The timeframe that the most common spacing of the sampled rows names."""
    read: Callable[[str], int] = times.instant
    texts = [columns.moment(fields) for fields in sample]
    if not any(map(names_clock, texts)):
        read = times.day
    moments = []
    for text in texts:
        try:
            moments.append(read(text))
        except ValueError:
            continue
    steps = [later - earlier for earlier, later in pairwise(moments) if later > earlier]
    what = f"{shown(path, 200)}: column {shown(columns.names[columns.time], 40)!r}"
    if read == times.day:
        # Weeks and months are rows too, but a week's row has no session of its own.
        if steps and min(steps) > 4:
            raise BadData(f"{what} has rows {min(steps)} days apart; give daily or finer rows")
        return "1d"
    return _named(steps, what)


def _named(steps: list[int], what: str) -> str:
    common = Counter(steps).most_common(2)
    if not common:
        raise BadData(f"{what} has no two readable times in a row; the bar length cannot be told")
    step, count = common[0]
    if count * 3 < len(steps) or (len(common) > 1 and common[1][1] == count):
        raise BadData(f"{what} has no regular spacing; resample the file to bars of one length")
    name = _spelled(step)
    if name is None:
        raise BadData(
            f"{what} has rows {step / NANOS:g} s apart, which is no timeframe; "
            f"resample the file to one of {', '.join(timeframes.STANDARD[:-2])}"
        )
    return name


def _spelled(step: int) -> str | None:
    """The timeframe of that many nanoseconds, None when there is none."""
    units = ((timeframes.DAY, "d"), (timeframes.HOUR, "h"), (timeframes.MINUTE, "m"), (NANOS, "s"))
    name = next((f"{step // size}{unit}" for size, unit in units if step % size == 0), "")
    try:
        return timeframes.parse(name).name
    except BadConfig:
        return None


def _span(
    columns: _Columns, timeframe: str, times: TimeReader, market: Calendar
) -> Callable[[Sequence[str]], tuple[int, int]]:
    """What a row's time means, by timeframe."""
    moment, instant = columns.moment, times.instant

    def trade(fields: Sequence[str]) -> tuple[int, int]:
        ts = instant(moment(fields))
        return ts, ts

    def daily(fields: Sequence[str]) -> tuple[int, int]:
        return session_span(market, times.day(moment(fields)))

    if timeframe == timeframes.TICK:
        return trade
    step = timeframes.parse(timeframe).nanos
    if step is None:
        return daily
    clip = SessionClip(market)

    def intraday(fields: Sequence[str]) -> tuple[int, int]:
        start = instant(moment(fields))
        return clip(start, start + step)

    return intraday
