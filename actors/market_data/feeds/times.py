"""Written times to instants: calendar dates, clock times and epoch numbers to int nanoseconds UTC.

Decides which spellings of a time are read, and what a time without an offset means: local time of the
given zone. A local time that daylight saving skips is refused, one that it repeats is the first of
the two. Knows no row and no session. Input: text; output: ints; anything else is a ValueError.

Forms: ``YYYY-MM-DD`` (also with ``.`` or ``/``), ``M/D/YYYY``, ``YYYYMMDD``, each with an optional
``HH:MM[:SS[.fraction]]`` after a blank or ``T`` and an optional ``Z`` or ``+HH:MM``; epoch seconds (9
or 10 digits), milliseconds (12, 13), microseconds (15, 16) and nanoseconds (18, 19).
"""

import re
from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

from ...types import NANOS

DAY = 86_400 * NANOS
EPOCH = date(1970, 1, 1).toordinal()
FIRST_YEAR, LAST_YEAR = 1900, 2115
CACHE = 100_000

_YEAR_FIRST = re.compile(r"([0-9]{4})([-./])([0-9]{1,2})\2([0-9]{1,2})")
_MONTH_FIRST = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_CLOCK = re.compile(
    r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?\s*(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_EPOCH = re.compile(r"([0-9]{9,19})(?:\.([0-9]{1,9}))?")
_EPOCH_UNIT = {9: NANOS, 10: NANOS, 12: 10**6, 13: 10**6, 15: 10**3, 16: 10**3, 18: 1, 19: 1}


class _Day(NamedTuple):
    ordinal: int
    base: int | None
    """UTC instant of local midnight; None on a day on which the offset changes."""


class _Clock(NamedTuple):
    nanos: int
    offset: int | None
    """Offset from UTC as written, in nanoseconds; None when there is none."""


class TimeReader:
    """Reads the times of one source; a time without an offset is local to ``zone``."""

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        self._ordinals: dict[int, _Day] = {}
        self._days: dict[str, _Day] = {}
        self._clocks: dict[str, _Clock] = {}

    def local(self, ordinal: int, nanos: int) -> int:
        """The instant of a local date (proleptic ordinal) and nanoseconds after its midnight."""
        day = self._ordinals.get(ordinal) or self._known(ordinal)
        if day.base is not None:
            return day.base + nanos
        return self._across_change(ordinal, nanos)

    def instant(self, text: str) -> int:
        """The instant a text names; a date alone is its local midnight."""
        head, sep, tail = text.partition(" ")
        if not sep:
            head, sep, tail = text.partition("T")
            if not sep:
                epoch = _epoch(text)
                return self.local(self.day(text), 0) if epoch is None else epoch
        day = self._days.get(head) or self._day(head)
        clock = self._clocks.get(tail) or self._clock(tail)
        if clock.offset is not None:
            return (day.ordinal - EPOCH) * DAY + clock.nanos - clock.offset
        if day.base is not None:
            return day.base + clock.nanos
        return self._across_change(day.ordinal, clock.nanos)

    def day(self, text: str) -> int:
        """The date as written, as a proleptic ordinal; for an epoch number the date in UTC."""
        head = text.partition(" ")[0].partition("T")[0]
        known = self._days.get(head)
        if known:
            return known.ordinal
        epoch = _epoch(head)
        return self._day(head).ordinal if epoch is None else EPOCH + epoch // DAY

    def _day(self, text: str) -> _Day:
        day = self._known(_ordinal(text))
        if len(self._days) < CACHE:
            self._days[text] = day
        return day

    def _clock(self, text: str) -> _Clock:
        clock = _clock_time(text)
        if "." not in text and len(self._clocks) < CACHE:
            self._clocks[text] = clock
        return clock

    def _known(self, ordinal: int) -> _Day:
        midnight = datetime.fromordinal(ordinal)
        if not FIRST_YEAR <= midnight.year <= LAST_YEAR:
            raise ValueError(f"year {midnight.year} is outside {FIRST_YEAR}-{LAST_YEAR}")
        offsets = {
            _offset(moment, self.zone, fold)
            for moment in (midnight, midnight + timedelta(days=1))
            for fold in (0, 1)
        }
        base = (ordinal - EPOCH) * DAY - offsets.pop() if len(offsets) == 1 else None
        day = _Day(ordinal, base)
        if len(self._ordinals) < CACHE:
            self._ordinals[ordinal] = day
        return day

    def _across_change(self, ordinal: int, nanos: int) -> int:
        moment = datetime.fromordinal(ordinal) + timedelta(microseconds=nanos // 1000)
        first, second = (_offset(moment, self.zone, fold) for fold in (0, 1))
        if first < second:
            raise ValueError(f"{moment} does not exist in {self.zone}")
        return (ordinal - EPOCH) * DAY + nanos - first


def names_clock(text: str) -> bool:
    """True when the text names a time of day and not only a date."""
    return ":" in text or _epoch(text) is not None


def _offset(moment: datetime, zone: tzinfo, fold: int) -> int:
    offset = moment.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta(0)
    return offset // timedelta(microseconds=1) * 1000


def _epoch(text: str) -> int | None:
    """Nanoseconds of an epoch number, None when the text is none."""
    match = _EPOCH.fullmatch(text)
    unit = _EPOCH_UNIT.get(len(match[1])) if match else None
    if not match or unit is None:
        return None
    fraction = int((match[2] or "0").ljust(9, "0")) * unit // NANOS
    ts = int(match[1]) * unit + fraction
    if ts >= (date(LAST_YEAR + 1, 1, 1).toordinal() - EPOCH) * DAY:
        raise ValueError(f"epoch {text} is after {LAST_YEAR}")
    return ts


def _ordinal(text: str) -> int:
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day = match[1], match[3], match[4]
    elif match := _MONTH_FIRST.fullmatch(text):
        month, day, year = match[1], match[2], match[3]
    elif match := _COMPACT.fullmatch(text):
        year, month, day = match[1], match[2], match[3]
    else:
        raise ValueError(f"not a date: {text!r}")
    try:
        return date(int(year), int(month), int(day)).toordinal()
    except ValueError:
        raise ValueError(f"no such day: {text!r}") from None


def _clock_time(text: str) -> _Clock:
    match = _CLOCK.fullmatch(text.strip())
    if not match:
        raise ValueError(f"not a time of day: {text!r}")
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(f"not a time of day: {text!r}")
    nanos = ((hour * 60 + minute) * 60 + second) * NANOS + int((match[4] or "0").ljust(9, "0"))
    zone = match[5]
    if zone is None:
        return _Clock(nanos, None)
    if zone == "Z":
        return _Clock(nanos, 0)
    digits = zone[1:].replace(":", "")
    if int(digits[:2]) > 23 or int(digits[2:]) > 59:
        raise ValueError(f"not an offset from UTC: {zone}")
    offset = (int(digits[:2]) * 60 + int(digits[2:])) * 60 * NANOS
    return _Clock(nanos, -offset if zone[0] == "-" else offset)
