"""Moments on a market's own clock: ``open+5m``, ``close-10m``, ``close``, ``day-end``.

Decides what such a text means and when it comes in each session, early closes and daylight saving included.
Knows no action and no state. Input: text, a calendar, an instant (int ns UTC); output: instants.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ..errors import BadConfig
from ..types import NANOS
from .calendar import Calendar, Session

ANCHORS = ("open", "close", "day-end")
_TEXT = re.compile(r"(open|close|day-end)(?:([+-])([0-9]{1,4})(m|h))?")
_MINUTE = 60 * NANOS
_LARGEST = 12 * 60 * _MINUTE
"""Half a day: farther away, it is a moment of another session."""


class Moment(NamedTuple):
    """One moment of every session."""

    anchor: str
    offset: int
    """ns after (+) or before (-) the anchor."""

    def of(self, session: Session, account: Calendar) -> int:
        """The instant in one session; day-end is when the session's row is due."""
        match self.anchor:
            case "open":
                return session.open + self.offset
            case "close":
                return session.close + self.offset
            case _:
                return session.close + account.inclusive_close + self.offset

    def since(self, account: Calendar, ts: int) -> Iterator[int]:
        """Its instants at or after ``ts``, in order, without end."""
        session = account.session_at(ts) or account.next_session(ts)
        # An offset may reach over into the day after; the session before has it, then.
        session = account.previous_session(session.ordinal)
        while True:
            instant = self.of(session, account)
            if instant >= ts:
                yield instant
            session = account.next_session(session.open)


def told(entry: str, at: int, account: Calendar) -> str:
    """An entry and its instant in words, in the market's own time zone."""
    return f"{entry} on {datetime.fromtimestamp(at // NANOS, ZoneInfo(account.timezone)):%Y-%m-%d %H:%M}"


def parse(text: str) -> Moment:
    """The moment of a text; raises BadConfig for what is none."""
    found = _TEXT.fullmatch(text)
    if found is None:
        raise BadConfig(f"expected {', '.join(ANCHORS)}, with +5m or -1h behind it, got {text!r}")
    anchor, sign, number, unit = found.groups()
    if sign is None:
        return Moment(anchor, 0)
    offset = int(number) * (_MINUTE if unit == "m" else 60 * _MINUTE)
    if offset > _LARGEST:
        raise BadConfig(f"at most twelve hours from {anchor}, got {text!r}")
    return Moment(anchor, offset if sign == "+" else -offset)
