"""When a market trades: sessions by date, with daylight saving, holidays and early closes.

Decides the open and close of every session of a calendar. Knows no bar, no symbol and no clock.
Input: instants (int ns UTC) and dates as proleptic ordinals (``date.toordinal``); output: sessions.
``XNYS`` is 09:30 to 16:00 in New York with the exchange's holidays and early closes from the table in
``calendar_data``; outside the table's dates every weekday is a regular session. ``XCBO`` has the same
days and opens, and closes at 16:15 (13:15 early), as index options do. ``24h`` has a session
every day, 00:00 to 24:00 in its time zone: weekends are gaps only because nothing trades.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from ..errors import BadConfig
from ..types import NANOS
from . import calendar_data

NAMES: Final = ("XNYS", "XCBO", "24h")
WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
NEW_YORK: Final = "America/New_York"
CLOSES: Final = {"XNYS": (time(16), time(13)), "XCBO": (time(16, 15), time(13, 15))}
"""Regular and early close of the exchanges that keep New York's days."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MIDNIGHT: Final = time(0)
_SECOND: Final = timedelta(seconds=1)


class Session(NamedTuple):
    """One trading session; ``open`` and ``close`` in ns UTC, ``ordinal`` = the session's date."""

    ordinal: int
    open: int
    close: int


class _Hours(NamedTuple):
    """The regular day of a calendar, in local time; ``close`` 00:00 means the next midnight."""

    open: time
    close: time
    early_close: time
    weekdays_only: bool


class Calendar:
    """The sessions of one market in one time zone.

    Safe to share between threads: sessions are computed once and never change, and the span of the
    last look-up is one immutable tuple, replaced whole.
    """

    def __init__(
        self,
        name: str,
        timezone: str,
        *,
        hours: _Hours,
        holidays: frozenset[int] = frozenset(),
        early_closes: frozenset[int] = frozenset(),
        ends: int = date.max.toordinal(),
    ) -> None:
        self.name = name
        self.timezone = timezone
        self.inclusive_close = name != "24h"
        """True: a trade stamped exactly at the close belongs to the session (closing auction)."""
        self.ends = ends
        """Ordinal of the last date the holiday table knows."""
        self.open_offset = (hours.open.hour * 3600 + hours.open.minute * 60) * NANOS
        """From local midnight to the regular open, ns."""
        close = hours.close.hour * 3600 + hours.close.minute * 60 or 86_400
        self.regular_length = close * NANOS - self.open_offset
        """Length of a regular session, ns."""
        self._hours = hours
        self._zone = ZoneInfo(timezone)
        self._holidays = holidays
        self._early_closes = early_closes
        self._sessions: dict[int, Session | None] = {}
        self._span: tuple[int, int, Session | None] = (0, 0, None)

    def session_at(self, ts: int) -> Session | None:
        """The session that holds ``ts``: open <= ts < close, ts <= close where the close is inclusive."""
        first, end, session = self._span
        if first <= ts < end:
            return session
        return self._look_up(ts)

    def session(self, ordinal: int) -> Session | None:
        """The session of that date, None when the market is closed all day."""
        try:
            return self._sessions[ordinal]
        except KeyError:
            return self._sessions.setdefault(ordinal, self._compute(ordinal))

    def next_session(self, ts: int) -> Session:
        """The first session with ``open > ts``; never the one that holds ``ts``."""
        session = self._session_from(self._local_ordinal(ts))
        while session.open <= ts:
            session = self._session_from(session.ordinal + 1)
        return session

    def previous_session(self, ordinal: int) -> Session:
        """The last session dated before ``ordinal``."""
        while True:
            ordinal -= 1
            session = self.session(ordinal)
            if session is not None:
                return session

    def sessions(self, first_ordinal: int, last_ordinal: int) -> list[Session]:
        """All sessions dated ``first_ordinal`` to ``last_ordinal``, both included."""
        found = (self.session(ordinal) for ordinal in range(first_ordinal, last_ordinal + 1))
        return [session for session in found if session is not None]

    def is_early_close(self, ordinal: int) -> bool:
        """True when the session of that date closes before the regular hour."""
        return ordinal in self._early_closes

    def _look_up(self, ts: int) -> Session | None:
        session = self.session(self._local_ordinal(ts))
        if session is not None and session.open <= ts < self._end(session):
            self._span = (session.open, self._end(session), session)
            return session
        following = self.next_session(ts)
        self._span = (self._end(self.previous_session(following.ordinal)), following.open, None)
        return None

    def _end(self, session: Session) -> int:
        return session.close + self.inclusive_close

    def _session_from(self, ordinal: int) -> Session:
        while (session := self.session(ordinal)) is None:
            ordinal += 1
        return session

    def _compute(self, ordinal: int) -> Session | None:
        hours = self._hours
        if ordinal in self._holidays or (hours.weekdays_only and (ordinal - 1) % 7 >= 5):
            return None
        close = hours.early_close if ordinal in self._early_closes else hours.close
        opens = self._instant(ordinal, hours.open)
        closes = self._instant(ordinal + (close == _MIDNIGHT), close)
        # A zone that crosses the date line skips a whole local day: no instant belongs to it.
        return Session(ordinal, opens, closes) if opens < closes else None

    def _instant(self, ordinal: int, local: time) -> int:
        moment = datetime.combine(date.fromordinal(ordinal), local, self._zone)
        return (moment - _EPOCH) // _SECOND * NANOS

    def _local_ordinal(self, ts: int) -> int:
        return (_EPOCH + timedelta(seconds=ts // NANOS)).astimezone(self._zone).toordinal()


def calendar(name: str, timezone: str | None = None) -> Calendar:
    """The calendar of that name; the same object for the same arguments.

    ``timezone`` (IANA name, default UTC) places the midnights of ``24h``. The hours of ``XNYS`` and
    ``XCBO`` are New York's whatever ``timezone`` says: an instrument's time zone may describe its file only.
    Raises BadConfig on an unknown name or time zone.
    """
    if timezone is not None:
        check_timezone(timezone)
    if name in CLOSES:
        return _new_york(name)
    if name == "24h":
        return _all_day(timezone or "UTC")
    raise BadConfig(f"unknown calendar {name!r}: choose {', '.join(NAMES[:-1])} or {NAMES[-1]}")


def is_date(text: str) -> bool:
    """Whether a text is a date written ``YYYY-MM-DD``."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def check_timezone(timezone: str) -> None:
    """Raise BadConfig unless ``timezone`` is an IANA time zone name."""
    try:
        ZoneInfo(timezone)
    except (LookupError, ValueError, OSError):
        raise BadConfig(
            f"unknown time zone {timezone!r}: write an IANA name such as America/New_York or UTC"
        ) from None


@lru_cache
def _new_york(name: str) -> Calendar:
    hours = _Hours(time(9, 30), *CLOSES[name], weekdays_only=True)
    return Calendar(
        name,
        NEW_YORK,
        hours=hours,
        holidays=_ordinals(calendar_data.XNYS_HOLIDAYS),
        early_closes=_ordinals(calendar_data.XNYS_EARLY_CLOSES),
        ends=date.fromisoformat(calendar_data.XNYS_LAST).toordinal(),
    )


@lru_cache
def _all_day(timezone: str) -> Calendar:
    hours = _Hours(_MIDNIGHT, _MIDNIGHT, _MIDNIGHT, weekdays_only=False)
    return Calendar("24h", timezone, hours=hours)


def _ordinals(days_by_year: dict[int, str]) -> frozenset[int]:
    """The dates of a table whose rows are a year and its ``MMDD`` days."""
    return frozenset(
        date(year, int(day[:2]), int(day[2:])).toordinal()
        for year, days in days_by_year.items()
        for day in days.split()
    )
