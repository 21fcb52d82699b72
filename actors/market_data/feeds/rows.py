"""Rows of a tape file to updates: exact numbers, and one reason for every row that cannot be used.

Decides how decimal text becomes nanos at speed, which rows are refused and why, and how rows are
numbered. Knows no file format: a ``Layout`` says where the columns are and what the times mean.
Input: lines of text; output: market updates and refused rows in file order.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

from ...domain.calendar import Calendar
from ...domain.money import parse_decimal
from ...messages import MarketUpdate, RefusedUpdate, TapeUpdate
from ...types import MAX_PRICE, NANOS, Refusal, UpdateKind
from ..quality import MAX_VOLUME
from .files import shown

BAR_NAMES = ("open", "high", "low", "close")
TRADE_NAMES = ("price",)

_LARGEST_EXPONENT = 20


class Unusable(Exception):
    """One row cannot be used; never leaves the feeds."""

    def __init__(self, reason: Refusal, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Layout(NamedTuple):
    """Where the columns of a row are and what its times mean."""

    delimiter: str
    width: int
    """Number of columns."""
    span: Callable[[Sequence[str]], tuple[int, int]]
    """(start, end) of the row in UTC nanoseconds; raises ValueError or Unusable."""
    price: Callable[[str], int]
    """Price text to nanos; raises ValueError."""
    prices: tuple[int, ...]
    """Columns of open, high, low, close; of one price when rows are trades."""
    volume: int | None
    """Column of the volume or size; None = there is none, 0 is used."""
    suspicious: int | None = None
    """Column of a mark other than 0 on trades that the source itself doubts."""

    @property
    def bars(self) -> bool:
        """True when rows are bars, False when they are trades."""
        return len(self.prices) == len(BAR_NAMES)


class Part(NamedTuple):
    """A run of rows with one layout: a file, or one day of a directory."""

    lines: Callable[[], Iterator[str]]
    layout: Layout


class TapeFile(NamedTuple):
    """What a file format says of one tape."""

    name: str
    timeframe: str
    tick_hint: int | None
    """Price step in nanos that the data's decimals suggest."""
    parts: tuple[Part, ...]
    paths: tuple[Path, ...]
    """The files whose bytes are the tape."""
    parameters: tuple[str, ...]
    """What else changes the updates: zone, scale, dates from file names."""


def decimal_reader(scale: int = NANOS) -> Callable[[str], int]:
    """A function from decimal text to an integer count of 1/``scale``, equal to ``parse_decimal``.

    Raises ValueError on anything that is not a finite decimal below 1e21; ``scale`` is a power of ten.
    """
    powers: dict[int, int] = {len(str(scale)) - 1 - digits: 10**digits for digits in range(len(str(scale)))}

    def read(text: str) -> int:
        whole, _, fraction = text.partition(".")
        if not fraction:
            if whole.isdecimal():
                return int(whole) * scale
        elif fraction.isdecimal() and whole.isdecimal():
            power = powers.get(len(fraction))
            if power:
                return int(whole + fraction) * power
        return _slow_decimal(text, scale)

    return read


def _slow_decimal(text: str, scale: int) -> int:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError("not a decimal number") from None
    # A huge exponent would build a number of that many digits.
    if value.is_finite() and value and value.adjusted() > _LARGEST_EXPONENT:
        raise ValueError("out of range")
    return parse_decimal(text, scale)


def read_volume(text: str) -> int:
    """A volume or size; empty is 0, fractions are rounded half to even. Raises ValueError."""
    return int(text) if text.isdecimal() else _slow_decimal(text, 1) if text.strip() else 0


class SessionClip:
    """Cuts a bar to the session it overlaps; a bar outside all sessions stays as it is."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._open = self._close = 0

    def __call__(self, start: int, end: int) -> tuple[int, int]:
        """(start, end) clipped to the session."""
        if self._open <= start and end <= self._close:
            return start, end
        calendar = self._calendar
        session = calendar.session_at(start)
        if session is None or session.close <= start:
            session = calendar.session_at(end - 1) or calendar.next_session(start)
        if session.open >= end:
            return start, end
        self._open, self._close = session.open, session.close
        return max(start, session.open), min(end, session.close)


def read_updates(parts: Iterable[Part], symbol: str, after: int = 0, begin: int = 0) -> Iterator[TapeUpdate]:
    """All updates with an index greater than ``after``; a row that cannot be used never raises.

    A refused row has the time of the usable row before it (``begin`` at first): its own may be the very
    thing that is wrong, and time must not follow it.
    """
    index, now = 0, begin
    for part in parts:
        layout = part.layout
        bars = layout.bars
        for line in part.lines():
            row = _read_row(line, layout)
            if isinstance(row, Unusable):
                index += 1
                if index > after:
                    yield RefusedUpdate(index, symbol, now, row.reason, row.detail)
                continue
            start, now, opened, high, low, close, volume = row
            kind = UpdateKind.TICK
            if bars:
                kind = UpdateKind.BAR
                index += 1
                if index > after:
                    yield MarketUpdate(
                        index, symbol, UpdateKind.OPEN, start, start, opened, opened, opened, opened, 0
                    )
            index += 1
            if index > after:
                yield MarketUpdate(index, symbol, kind, now, start, opened, high, low, close, volume)


_Values = tuple[int, int, int, int, int, int, int]


def _read_row(line: str, layout: Layout) -> _Values | Unusable:
    """start, end, open, high, low, close, volume of a usable row."""
    fields = line.split(layout.delimiter)
    try:
        if '"' in line or len(fields) != layout.width:
            fields = split_row(line, layout.delimiter, layout.width)
        start, end = layout.span(fields)
        price = layout.price
        if len(layout.prices) == 1:
            opened = high = low = close = price(fields[layout.prices[0]])
        else:
            at_open, at_high, at_low, at_close = layout.prices
            opened, high = price(fields[at_open]), price(fields[at_high])
            low, close = price(fields[at_low]), price(fields[at_close])
        volume = 0 if layout.volume is None else read_volume(fields[layout.volume])
    except (ValueError, Unusable):
        return _why(line, layout)
    if not (0 < low <= opened <= high <= MAX_PRICE and low <= close <= high and 0 <= volume <= MAX_VOLUME):
        return _why(line, layout)
    if layout.suspicious is not None and fields[layout.suspicious].strip() != "0":
        return _why(line, layout)
    return start, end, opened, high, low, close, volume


def split_row(line: str, delimiter: str, width: int) -> list[str]:
    """The columns of a line, quotes honoured, blank columns past ``width`` dropped.

    Raises Unusable when the number of columns is not ``width``.
    """
    try:
        fields = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error as fault:
        raise Unusable(Refusal.BAD_ROW, str(fault)) from None
    if not any(field.strip() for field in fields[width:]):
        fields = fields[:width]
    if len(fields) != width:
        raise Unusable(Refusal.BAD_ROW, f"{len(fields)} columns instead of {width}")
    return fields


def _why(line: str, layout: Layout) -> Unusable:
    """The first thing wrong with a row that the fast reading gave up on."""
    try:
        fields = split_row(line, layout.delimiter, layout.width)
        _judge_time(fields, layout)
        for name, column in zip(BAR_NAMES if layout.bars else TRADE_NAMES, layout.prices, strict=True):
            _judge_price(fields[column], name, layout.price)
        if layout.volume is not None:
            _judge_volume(fields[layout.volume])
        if layout.suspicious is not None and fields[layout.suspicious].strip() != "0":
            return Unusable(Refusal.BAD_ROW, "suspicious")
    except Unusable as fault:
        return fault
    return Unusable(Refusal.BAD_RANGE, "open or close outside low to high")


def _judge_time(fields: Sequence[str], layout: Layout) -> None:
    try:
        layout.span(fields)
    except ValueError as fault:
        raise Unusable(Refusal.BAD_TIME, shown(fault)) from None


def _judge_price(text: str, name: str, price: Callable[[str], int]) -> None:
    value = number(text, name)
    if value <= 0:
        raise Unusable(Refusal.NOT_POSITIVE, shown(f"{name} {text}"))
    if value.is_infinite() or value.adjusted() > _LARGEST_EXPONENT or price(text) > MAX_PRICE:
        raise Unusable(Refusal.OUT_OF_RANGE, shown(f"{name} {text}"))
    if price(text) == 0:
        raise Unusable(Refusal.NOT_POSITIVE, shown(f"{name} {text}"))


def _judge_volume(text: str) -> None:
    value = number(text, "volume") if text.strip() else Decimal(0)
    if value < 0:
        raise Unusable(Refusal.NEGATIVE_VOLUME, shown(f"volume {text}"))
    if value > MAX_VOLUME:
        raise Unusable(Refusal.OUT_OF_RANGE, shown(f"volume {text}"))


def number(text: str, name: str) -> Decimal:
    """The number a text names. Raises Unusable: NAN or NOT_A_NUMBER."""
    if not text.strip():
        raise Unusable(Refusal.NAN, f"{name} is empty")
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise Unusable(Refusal.NOT_A_NUMBER, shown(f"{name} {text!r}")) from None
    if value.is_nan():
        raise Unusable(Refusal.NAN, f"{name} is not a number")
    return value
