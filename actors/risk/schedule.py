"""When entries may be made, and to which session an entry belongs.

Decides whether an instant, or a whole session, lies inside the configured hours, and which session of
the account an order starts to work in. Knows no order and no state. Input: instants (int ns UTC) and
sessions; output: yes or no, words for the explanation, session ordinals.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ..config import ScheduleConfig
from ..domain.calendar import WEEKDAYS, Calendar, Session, calendar
from ..domain.instruments import Instrument
from ..types import NANOS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = 60 * NANOS


class Hour(NamedTuple):
    """How one instant lies to the schedule."""

    inside: bool
    clock: str
    """Weekday, date and time in the schedule's zone, for people."""
    margin: int | None
    """Whole minutes by that clock to the nearer end of the hours: + inside, - outside; None where the
    day has no hours."""


class Schedule:
    """The configured hours: half-open [start, end) on some weekdays in one time zone."""

    def __init__(self, config: ScheduleConfig) -> None:
        self._always = config.always
        self._days = frozenset(WEEKDAYS.index(day) for day in config.days)
        self._start, self._end = _since_midnight(config.start), _since_midnight(config.end)
        self._zone = ZoneInfo(config.timezone)
        days = ",".join(day for day in WEEKDAYS if day in config.days)
        self.text = (
            "always" if self._always else f"{days} {config.start}-{config.end} {config.timezone}, market open"
        )

    def at(self, now: int) -> "Hour":
        """How an instant lies to the hours."""
        local = (_EPOCH + timedelta(microseconds=now // 1000)).astimezone(self._zone)
        clock = f"{WEEKDAYS[local.weekday()]} {local.isoformat(' ', 'seconds')[:-6]}"
        if self._always:
            return Hour(True, clock, None)
        if local.weekday() not in self._days:
            return Hour(False, clock, None)
        past = (local.hour * 3600 + local.minute * 60 + local.second) * NANOS + now % NANOS
        since, left = past - self._start, self._end - past
        if since >= 0 and left > 0:
            return Hour(True, clock, min(since, left) // _MINUTE)
        return Hour(False, clock, -max(1, -(-min(abs(since), abs(left)) // _MINUTE)))

    def meets(self, session: Session) -> bool:
        """Whether the session's date is allowed and some of the session lies in that day's hours."""
        if self._always:
            return True
        day = date.fromordinal(session.ordinal)
        midnight = datetime.combine(day, time(), self._zone)
        start, end = (
            _instant(midnight + timedelta(microseconds=t // 1000)) for t in (self._start, self._end)
        )
        return day.weekday() in self._days and session.open < end and start < session.close


def _since_midnight(clock: str) -> int:
    hour, minute = clock.split(":")
    return (int(hour) * 60 + int(minute)) * _MINUTE


def _instant(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000


def calendars(instruments: Mapping[str, Instrument]) -> dict[str, Calendar]:
    """The calendar of each instrument; the first one's cuts the account's days."""
    return {name: calendar(each.calendar, each.timezone) for name, each in instruments.items()}


def session_of(account: Calendar, ts: int) -> Session:
    """The account's session that an instant counts for: the one that holds it, else the next one."""
    return account.session_at(ts) or account.next_session(ts)


def row_due(account: Calendar, session: Session) -> int:
    """When a session is over: after its closing auction, or where the next one begins."""
    return session.close + account.inclusive_close


def is_open(market: Calendar, now: int) -> bool:
    """Whether an order could work now: half-open, the closing instant is over."""
    session = market.session_at(now)
    return session is not None and now < session.close


def working_session(account: Calendar, market: Calendar, now: int) -> int:
    """The account's session (ordinal) in which an order approved now starts to work.

    While the instrument's market is closed that is at its next open.
    """
    start = now if is_open(market, now) else market.next_session(now).open
    return session_of(account, start).ordinal
