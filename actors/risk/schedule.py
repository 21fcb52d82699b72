"""When entries may be made, and to which session an entry belongs.

Decides whether an instant, or a whole session, lies inside the configured hours, and which session of
the account an order starts to work in. Knows no order and no state. Input: instants (int ns UTC) and
sessions; output: yes or no, words for the explanation, session ordinals.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ..config import ScheduleConfig
from ..domain.calendar import Calendar, Session, calendar
from ..domain.instruments import Instrument
from ..types import NANOS

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = 60 * NANOS


class Schedule:
    """The configured hours: half-open [start, end) on some weekdays in one time zone."""

    def __init__(self, config: ScheduleConfig) -> None:
        self._always = config.always
        self._days = frozenset(WEEKDAYS.index(day) for day in config.days)
        self._start, self._end = time.fromisoformat(config.start), time.fromisoformat(config.end)
        self._zone = ZoneInfo(config.timezone)
        days = ",".join(day for day in WEEKDAYS if day in config.days)
        self.text = (
            "always" if self._always else f"{days} {config.start}-{config.end} {config.timezone}, market open"
        )

    def contains(self, now: int) -> bool:
        """Whether the instant lies in the hours of an allowed day."""
        if self._always:
            return True
        local = self._local(now)
        return local.weekday() in self._days and self._start <= local.time() < self._end

    def meets(self, session: Session) -> bool:
        """Whether the session's date is allowed and some of the session lies in that day's hours."""
        if self._always:
            return True
        day = date.fromordinal(session.ordinal)
        start, end = (self._instant(day, clock) for clock in (self._start, self._end))
        return day.weekday() in self._days and session.open < end and start < session.close

    def margin(self, now: int) -> int | None:
        """Whole minutes to the nearer end of the day's hours: + inside, - outside; None off days."""
        local = self._local(now)
        if self._always or local.weekday() not in self._days:
            return None
        start, end = (self._instant(local.date(), clock) for clock in (self._start, self._end))
        if start <= now < end:
            return min(now - start, end - now) // _MINUTE
        return -max(1, -(-min(abs(now - start), abs(now - end)) // _MINUTE))

    def clock(self, now: int) -> str:
        """The instant in the schedule's time zone, for people."""
        local = self._local(now)
        return f"{WEEKDAYS[local.weekday()]} {local:%Y-%m-%d %H:%M:%S}"

    def _local(self, now: int) -> datetime:
        return (_EPOCH + timedelta(microseconds=now // 1000)).astimezone(self._zone)

    def _instant(self, day: date, clock: time) -> int:
        moment = datetime.combine(day, clock, self._zone)
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
