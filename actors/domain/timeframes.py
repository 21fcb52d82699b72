"""Timeframes: their names, classes and order, and the buckets they cut time into.

Decides which names exist, which buckets a calendar gives them, and which of them a tape can build.
Knows no price. Buckets are session anchored and half-open: session open + floor((t - open) / length) x
length, clipped to the close (in elapsed time, so a day of 23 or 25 hours has a shorter or longer last
bucket); 1d is one session, 1w the sessions of one week from Monday, 1M those of one calendar month.
A tape of bars of a minute or longer keeps its own grid: the clock's, counted from local midnight.
"""

import re
from collections.abc import Iterable
from datetime import date
from enum import Enum
from functools import lru_cache
from typing import Final, NamedTuple

from ..errors import BadConfig
from ..types import NANOS
from .calendar import Calendar, Session

MINUTE: Final = 60 * NANOS
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
TICK: Final = "tick"
"""The timeframe of a tape of single trades."""

STANDARD: Final = ("1s", "5s", "15s", "30s", "1m", "5m", "15m", "30m", "1h", "2h", "4h", "1d", "1w", "1M")
"""The usual timeframes, small to large: what messages propose."""

_INTRADAY = re.compile(r"([1-9][0-9]{0,5})([smh])")
_UNITS: Final = {"s": NANOS, "m": MINUTE, "h": HOUR}
_SIZES: Final = {"1d": DAY, "1w": 7 * DAY, "1M": 30 * DAY}


class TimeframeClass(str, Enum):
    """The four classes of the confluence score; a timeframe belongs to exactly one."""

    INTRADAY = "INTRADAY"
    """Up to 30m, and everything else below 1h."""
    SWING = "SWING"
    """1h to 1d."""
    MONTHLY = "MONTHLY"
    """1w."""
    LEAPS = "LEAPS"
    """1M."""


class TimeframeSpec(NamedTuple):
    """One timeframe; ``nanos`` is its length, None for 1d, 1w and 1M, whose length the calendar sets."""

    name: str
    nanos: int | None
    klass: TimeframeClass


class Bucket(NamedTuple):
    """One bucket [start, end); ``session`` is the ordinal of the session it ends in.

    ``whole`` is what a bar must cover to be full: nanoseconds of session time, for 1w and 1M sessions.
    """

    start: int
    end: int
    session: int
    whole: int


@lru_cache
def parse(text: str) -> TimeframeSpec:
    """The timeframe of that name: ``Ns``, ``Nm``, ``Nh`` below 24 hours, ``1d``, ``1w``, ``1M``.

    Every length has one name (``1h``, not ``60m``). Raises BadConfig on anything else.
    """
    if text in _SIZES:
        klass = {"1d": TimeframeClass.SWING, "1w": TimeframeClass.MONTHLY, "1M": TimeframeClass.LEAPS}[text]
        return TimeframeSpec(text, None, klass)
    match = _INTRADAY.fullmatch(text)
    nanos = int(match[1]) * _UNITS[match[2]] if match else DAY
    if nanos >= DAY:
        raise BadConfig(f"unknown timeframe {text!r}: write Ns, Nm or Nh (below 24h), 1d, 1w or 1M")
    name = _name(nanos)
    if name != text:
        raise BadConfig(f"timeframe {text!r} is written {name!r}")
    return TimeframeSpec(name, nanos, TimeframeClass.INTRADAY if nanos < HOUR else TimeframeClass.SWING)


def _name(nanos: int) -> str:
    unit = "h" if nanos % HOUR == 0 else "m" if nanos % MINUTE == 0 else "s"
    return f"{nanos // _UNITS[unit]}{unit}"


def size(spec: TimeframeSpec) -> int:
    """Nominal length in ns, for ordering: a day is 24 hours, a month 30 days."""
    return _SIZES[spec.name] if spec.nanos is None else spec.nanos


def ordered(names: Iterable[str]) -> tuple[str, ...]:
    """The timeframes without repetition, small to large; BadConfig on an unknown one."""
    return tuple(sorted(set(names), key=lambda name: size(parse(name))))


def base_timeframe(tape_timeframe: str) -> str:
    """The timeframe of the base bars: 1m, or the tape's own bar when that is longer."""
    if tape_timeframe == TICK or size(parse(tape_timeframe)) < MINUTE:
        return "1m"
    return tape_timeframe


def bucket(spec: TimeframeSpec, calendar: Calendar, ts: int) -> tuple[int, int]:
    """(start, end) of the bucket that holds ``ts``; an inclusive close belongs to the last bucket.

    Raises ValueError when ``ts`` is in no session.
    """
    session = calendar.session_at(ts)
    if session is None:
        raise ValueError(f"{ts} is in no session of {calendar.name}")
    start, end, _, _ = bucket_in(spec, calendar, session, ts)
    return start, end


def bucket_in(spec: TimeframeSpec, calendar: Calendar, session: Session, ts: int) -> Bucket:
    """The bucket that holds ``ts``, which lies in ``session``."""
    nanos = spec.nanos
    if nanos is not None:
        past = min(ts, session.close - 1) - session.open
        start = session.open + past // nanos * nanos
        return Bucket(start, min(start + nanos, session.close), session.ordinal, nanos)
    if spec.name == "1d":
        return Bucket(session.open, session.close, session.ordinal, session.close - session.open)
    sessions = calendar.sessions(*_dates(spec, session.ordinal))
    return Bucket(sessions[0].open, sessions[-1].close, sessions[-1].ordinal, len(sessions))


def _dates(spec: TimeframeSpec, ordinal: int) -> tuple[int, int]:
    """First and last date of the week or month of a date."""
    if spec.name == "1w":
        monday = ordinal - (ordinal - 1) % 7
        return monday, monday + 6
    day = date.fromordinal(ordinal)
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return day.replace(day=1).toordinal(), following.toordinal() - 1


def covered(spec: TimeframeSpec, calendar: Calendar, span: Bucket) -> int:
    """What one piece of data over [start, end) covers of its bucket, in the unit of ``Bucket.whole``."""
    if spec.nanos is not None or spec.name == "1d":
        return span.end - span.start
    days = calendar.sessions(_dates(spec, span.session)[0], span.session)
    return sum(span.start <= day.open and day.close <= span.end for day in days)


def buckets_between(
    spec: TimeframeSpec, calendar: Calendar, earlier: int, later: int, *, clock: bool = False
) -> int:
    """How many buckets lie between the one that holds ``earlier`` and the one that holds ``later``.

    Both are instants in sessions, ``earlier`` <= ``later``. Only buckets the calendar has are counted: no
    holidays, nothing overnight. ``clock`` counts on the grid of a bar tape instead of the session's.
    """
    last = _session(calendar, later)
    first = last if earlier >= last.open else _session(calendar, earlier)
    if spec.nanos is None:
        return _periods_between(spec, calendar, first.ordinal, last.ordinal)
    phase = calendar.open_offset % spec.nanos if clock else 0
    passed = _position(spec.nanos, last, later, phase) - _position(spec.nanos, first, earlier, phase) - 1
    if first is not last:
        skipped = calendar.sessions(first.ordinal, last.ordinal - 1)
        passed += sum(_position(spec.nanos, each, each.close - 1, phase) + 1 for each in skipped)
    return max(0, passed)


def _session(calendar: Calendar, ts: int) -> Session:
    session = calendar.session_at(ts)
    if session is None:
        raise ValueError(f"{ts} is in no session of {calendar.name}")
    return session


def _position(nanos: int, session: Session, ts: int, phase: int) -> int:
    return (min(ts, session.close - 1) - session.open + phase) // nanos


def _periods_between(spec: TimeframeSpec, calendar: Calendar, earlier: int, later: int) -> int:
    """Sessions, weeks or months strictly between those of two dates; every week has a session."""
    if spec.name == "1d":
        return len(calendar.sessions(earlier + 1, later - 1))
    if spec.name == "1w":
        return max(0, (_dates(spec, later)[0] - _dates(spec, earlier)[0]) // 7 - 1)
    first, last = date.fromordinal(earlier), date.fromordinal(later)
    return max(0, (last.year - first.year) * 12 + last.month - first.month - 1)


def possible(tape_timeframe: str, calendar: Calendar | None = None) -> list[str]:
    """The standard timeframes, and the tape's own, that such a tape can build, small to large.

    Without a calendar a 24-hour market is assumed, which refuses the least.
    """
    names = STANDARD if tape_timeframe == TICK else ordered((*STANDARD, tape_timeframe))
    return [name for name in names if _obstacle(name, tape_timeframe, calendar) is None]


def require_buildable(timeframe: str, tape_timeframe: str, calendar: Calendar) -> None:
    """Raise BadConfig when the tape is too coarse for the timeframe, or its bars would be cut by it."""
    obstacle = _obstacle(timeframe, tape_timeframe, calendar)
    if obstacle is not None:
        names = ", ".join(possible(tape_timeframe, calendar)) or "none"
        raise BadConfig(f"timeframe {timeframe!r} {obstacle}; possible: {names}")


def _obstacle(timeframe: str, tape_timeframe: str, calendar: Calendar | None) -> str | None:
    """Why the timeframe cannot be built from the tape, None when it can."""
    spec = parse(timeframe)
    if tape_timeframe == TICK:
        return None
    tape = parse(tape_timeframe)
    if MINUTE % min(size(tape), MINUTE):
        return f"needs base bars of 1m, which would cut the tape's {tape.name} bars"
    if size(spec) < size(tape):
        return f"is finer than the tape's {tape.name} bars"
    if spec == tape or not _cuts(spec, tape, calendar):
        return None
    where = "" if calendar is None else f" on {calendar.name}"
    return f"would cut the tape's {tape.name} bars{where}"


def _cuts(spec: TimeframeSpec, tape: TimeframeSpec, calendar: Calendar | None) -> bool:
    """True when a bucket edge inside a regular session falls inside a bar of the tape's clock grid."""
    if tape.nanos is None:
        return tape.name == "1w"  # a month ends within a week; weeks and months are made of days
    if spec.nanos is None:
        return False
    opens, length = (0, DAY) if calendar is None else (calendar.open_offset, calendar.regular_length)
    # If the first two edges lie on the grid, so do all that follow.
    edges = range(spec.nanos, length, spec.nanos)[:2]
    return any((opens + edge) % tape.nanos for edge in edges)
