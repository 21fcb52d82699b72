"""Is a recorded series whole: what is missing, double, out of order or unreadable, by its calendar.

Decides what a gap is: time of a session, from the first session of the series to its last, that no bar
covers; of trades a session without any. Knows no file format. Input: a feed over a series; output: a report.
"""

from collections import Counter
from datetime import date
from itertools import pairwise

import msgspec

from tradingfloor.actors.config import InstrumentConfig
from tradingfloor.actors.domain.calendar import Calendar, Session, calendar
from tradingfloor.actors.domain.instruments import instrument
from tradingfloor.actors.domain.timeframes import TICK, parse
from tradingfloor.actors.market_data.feeds import MarketDataFeed
from tradingfloor.actors.messages import MarketUpdate, RefusedUpdate
from tradingfloor.actors.types import UpdateKind


class Gap(msgspec.Struct, frozen=True):
    """Time of one session that no bar covers."""

    session: str
    start: int
    end: int
    bars: int
    """How many bars of the timeframe are missing, one that is cut by the session counting whole."""


class SeriesReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a series holds and lacks."""

    symbol: str
    timeframe: str
    file: str
    rows: int
    first: int
    """Start of the earliest bar, ns UTC; 0 without rows."""
    last: int
    """Start of the latest."""
    sessions: int
    """Sessions with a row."""
    outside: int
    """Rows outside every session: kept in the file, refused when it is played."""
    duplicates: int
    backwards: int
    refused: dict[str, int]
    missing_sessions: tuple[str, ...]
    """Dates of sessions between the first and the last without any row."""
    gaps: tuple[Gap, ...]
    """Within the other sessions."""

    @property
    def ok(self) -> bool:
        """Whether nothing is missing, double, out of order or unreadable."""
        return not (self.duplicates or self.backwards or self.refused or self.missing_sessions or self.gaps)


class _Seen:
    """What the rows of a series say, row by row."""

    def __init__(self, market: Calendar) -> None:
        self.market = market
        self.rows = self.outside = self.duplicates = self.backwards = 0
        self.first = self.last = 0
        self.refused: Counter[str] = Counter()
        self.covered: dict[int, list[tuple[int, int]]] = {}
        """Session -> the spans of its bars; one of the whole session for trades."""
        self._starts: set[int] = set()
        self._before: int | None = None

    def take(self, update: MarketUpdate) -> None:
        """Count one row."""
        start, market = update.start, self.market
        self.rows += 1
        self.first = min(self.first or start, start)
        self.last = max(self.last, start)
        self.backwards += self._before is not None and start < self._before
        self._before = start
        session = market.session_at(start)
        if update.kind is UpdateKind.TICK:
            if session is not None and session.ordinal not in self.covered:
                self.covered[session.ordinal] = [(session.open, session.close)]
        else:
            self.duplicates += start in self._starts
            self._starts.add(start)
            if session is not None and start < session.close:
                self.covered.setdefault(session.ordinal, []).append((start, update.ts))
            else:
                session = None
        self.outside += session is None


def check(feed: MarketDataFeed, symbol: str, file: str, override: InstrumentConfig) -> SeriesReport:
    """Read a whole series and hold it against its calendar. Raises BadData when it cannot be read."""
    found = instrument(symbol, override)
    seen = _Seen(calendar(found.calendar, found.timezone))
    timeframe = feed.timeframe(symbol)
    for update in feed.updates():
        if isinstance(update, RefusedUpdate):
            seen.refused[update.reason.value] += 1
        elif isinstance(update, MarketUpdate) and update.kind is not UpdateKind.OPEN:
            seen.take(update)
    covered = seen.covered
    sessions = seen.market.sessions(min(covered), max(covered)) if covered else []
    step = None if timeframe == TICK else parse(timeframe).nanos
    return SeriesReport(
        symbol=symbol,
        timeframe=timeframe,
        file=file,
        rows=seen.rows,
        first=seen.first,
        last=seen.last,
        sessions=len(covered),
        outside=seen.outside,
        duplicates=seen.duplicates,
        backwards=seen.backwards,
        refused=dict(sorted(seen.refused.items())),
        missing_sessions=tuple(_day(each) for each in sessions if each.ordinal not in covered),
        gaps=tuple(
            gap
            for each in sessions
            if each.ordinal in covered and step is not None
            for gap in _gaps(each, covered[each.ordinal], step)
        ),
    )


def _gaps(session: Session, spans: list[tuple[int, int]], step: int) -> list[Gap]:
    edges = [(session.open, session.open), *sorted(spans), (session.close, session.close)]
    reached, found = session.open, []
    for (_, end), (start, _) in pairwise(edges):
        reached = max(reached, end)
        if start > reached:
            found.append(Gap(_day(session), reached, start, -(-(start - reached) // step)))
    return found


def _day(session: Session) -> str:
    return date.fromordinal(session.ordinal).isoformat()
