"""When the entries of the schedule come due, and which of them nobody was there for.

Decides the next due time of every entry, by the market's calendar in engine time, and whether one that is
handled late was missed. Knows no trading state and makes no event. Input: what was handled so far, engine
time; output: the entry that is due.

What was handled is journaled, so a restart goes on from there. An entry that was never handled counts from
the newest change of the floor's state. One that comes more than ``LATE`` after its time was missed, and so
was one that came due more than that before a live market was entered: an order that was meant for yesterday's
close does harm today. A recorded tape waits for its floor, so a restart misses nothing of it.
"""

from collections.abc import Sequence
from itertools import takewhile
from typing import Final, NamedTuple

from ..config import ScheduledAction
from ..domain.calendar import Calendar
from ..domain.moments import parse
from ..messages import ScheduleHandled
from ..types import NANOS, ScheduleOutcome

LATE: Final = 60 * NANOS
"""How long after its time an entry is still carried out, ns of engine time."""

LISTED: Final = 20
"""Missed entries that the status lists."""


class Due(NamedTuple):
    """An entry that has come due."""

    entry: ScheduledAction
    at: int
    """The newest of its instants that has passed."""
    outcome: ScheduleOutcome
    """DONE = it may be carried out, or MISSED."""
    detail: str


class AgendaState:
    """What was handled, and since when entries count."""

    __slots__ = ("handled", "missed", "since")

    def __init__(self) -> None:
        self.handled: dict[str, int] = {}
        """Entry -> its newest handled instant."""
        self.missed: tuple[tuple[str, int], ...] = ()
        """(entry, instant) of what was missed, newest last."""
        self.since = 0
        """Newest change of the floor's state; 0 = none yet, nothing is due."""

    def take(self, event: ScheduleHandled) -> None:
        """Fold one handled entry."""
        self.handled[event.entry] = max(event.due, self.handled.get(event.entry, 0))
        if event.outcome is ScheduleOutcome.MISSED:
            self.missed = (*self.missed, (event.entry, event.due))[-LISTED:]


class Agenda:
    """The entries of one config on one calendar.

    ``entered``: when a live market was entered, 0 for a tape.
    """

    def __init__(self, entries: Sequence[ScheduledAction], account: Calendar, entered: int = 0) -> None:
        self._absent_until = entered - LATE
        self._entries = [(entry, parse(entry.at)) for entry in entries]
        self._account = account
        self._next: dict[tuple[str, int], int] = {}

    def next_due(self, state: AgendaState) -> int | None:
        """The earliest due time of all entries."""
        if not (self._entries and state.since):
            return None
        return min(self._due_of(state, place) for place in range(len(self._entries)))

    def due(self, state: AgendaState, now: int) -> Due | None:
        """The entry that has been due for longest, the first in the config of several; None = none is."""
        if not (self._entries and state.since):
            return None
        dues = [self._due_of(state, place) for place in range(len(self._entries))]
        first = min(dues)
        if first > now:
            return None
        entry, moment = self._entries[dues.index(first)]
        # A downtime is told at once, though engine time catches up with it day by day.
        until = max(now, self._absent_until - 1)
        passed = list(takewhile(lambda at: at <= until, moment.since(self._account, first)))
        newest, before = passed[-1], len(passed) - 1
        missed = now - newest > LATE or newest < self._absent_until
        times = len(passed) if missed else before
        detail = f"missed {times} time{'s' * (times > 1)}" if times else ""
        return Due(entry, newest, ScheduleOutcome.MISSED if missed else ScheduleOutcome.DONE, detail)

    def _due_of(self, state: AgendaState, place: int) -> int:
        entry, moment = self._entries[place]
        handled = state.handled.get(entry.text, 0)
        # One instant is handled once; one that falls on the change of state itself still counts.
        after = handled + 1 if handled else state.since
        key = (entry.text, after)
        if key not in self._next:
            self._next = {k: at for k, at in self._next.items() if k[0] != entry.text}
            self._next[key] = next(moment.since(self._account, after))
        return self._next[key]
