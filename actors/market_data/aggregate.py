"""One symbol's tape to bars of every timeframe, all of them consistent with each other.

Decides which update belongs to which bar, which one comes too late, and what closes at one instant.
Knows no clock, no other symbol and no price rule (see ``core``). Base bars, and timeframes that do not
consist of whole base bars, take the updates; all others are unions of base bars. A bar closes when its
bucket is over and never changes afterwards; a bucket without data gives no bar.

The base bar of a tape of bars of a minute or longer is the tape's own row, with its real start and end
clipped to the session.
"""

from collections.abc import Sequence
from typing import Final

from ..domain.bars import BEFORE, FormingBar
from ..domain.calendar import Calendar, Session
from ..domain.instruments import Instrument
from ..domain.timeframes import (
    Bucket,
    base_timeframe,
    bucket_in,
    buckets_between,
    covered,
    ordered,
    parse,
    require_buildable,
)
from ..messages import Bar, BarsClosed, MarketUpdate
from ..types import Refusal, UpdateKind

_TICK: Final = UpdateKind.TICK
_HISTORY: Final = 0
"""Tape index of what is not on the tape."""


class Aggregator:
    """Builds the bars of one symbol; BadConfig when the tape cannot build a timeframe."""

    def __init__(
        self, instrument: Instrument, calendar: Calendar, timeframes: Sequence[str], tape_timeframe: str
    ) -> None:
        self.symbol = instrument.symbol
        self.calendar = calendar
        self.base = base_timeframe(tape_timeframe)
        self.timeframes = ordered((*timeframes, self.base))
        for name in self.timeframes:
            require_buildable(name, tape_timeframe, calendar)
        self.resumed_index = 0
        """Tape index up to which an earlier incarnation published: such updates are taken in silence."""
        self.resumed_end = BEFORE
        """End of the newest bar of any timeframe that an earlier incarnation published."""
        self.row_start = BEFORE
        """Start of the newest accepted tape bar, clipped to its session."""
        self._rows = self.base == tape_timeframe
        self._forming = tuple(FormingBar(parse(name)) for name in self.timeframes)
        self._by_name = dict(zip(self.timeframes, self._forming, strict=True))
        self._base = self._by_name[self.base]
        self._unions = tuple(each for each in self._forming if self._is_union(each))
        self._direct = tuple(
            each for each in self._forming if each is not self._base and each not in self._unions
        )
        self._pending: list[BarsClosed] = []
        self._due: int | None = None
        self._floor = self._limit = BEFORE  # trades in [floor, limit) belong to the open base bucket
        self._published = BEFORE
        self._row_key = BEFORE
        self._row_end = BEFORE
        self._open_key = BEFORE
        self._open_price = 0

    def add(self, update: MarketUpdate) -> Refusal | None:
        """Take one update that is valid in itself; None, or why it belongs to no open bar."""
        start = update.start
        if self._floor <= start and update.ts < self._limit and update.kind is _TICK:
            self._base.take(update)
            for forming in self._direct:
                if forming.count and forming.holds(start):
                    forming.take(update)
                else:
                    self._begin_direct(forming, update)
            return None
        if self._due is not None and start >= self._due:
            self._pending += self._collect(start)
        if update.kind is UpdateKind.OPEN:
            return self._open(update)
        return self._place(update)

    def add_history(self, bar: Bar) -> Refusal | None:
        """Take one closed base bar from before the tape; what it closes comes with the next ``close``."""
        if self._due is not None and bar.start >= self._due:
            self._pending += self._collect(bar.start)
        refusal = self._fit(bar.start, bar.end, row=True, index=_HISTORY)
        if refusal is None:
            self._base.merge(bar)
            self._refresh()
            self._pending += self._collect(self._base.due)
        return refusal

    def due(self) -> int | None:
        """The engine time at which the next bar closes; None while no bar is forming."""
        return self._pending[0].ts if self._pending else self._due

    def close(self, now: int) -> list[BarsClosed]:
        """Publish every bar due by ``now``: one message per instant, in the order of time."""
        closed = [each for each in self._pending if each.ts <= now]
        self._pending = self._pending[len(closed) :]
        return closed + self._collect(now)

    def forming_open(self, timeframe: str) -> int:
        """The open of the bar that forms now, 0 when it has not begun."""
        forming = self._by_name[timeframe]
        if forming.count:
            return forming.open
        if forming in self._unions and self._base.count:
            return self._base.open
        return self._open_price

    def bar_count(self, timeframe: str) -> int:
        """How many bars of the timeframe were published, by earlier incarnations too."""
        return self._by_name[timeframe].next_index

    def resume(self, bar: Bar) -> None:
        """Go on after ``bar``, the newest bar of its timeframe that an earlier incarnation published.

        Call it for every timeframe that has one, before any update. The updates from the end of the
        oldest of these bars (the whole tape when a timeframe has none) then rebuild the open bars.
        """
        forming = self._by_name[bar.timeframe]
        forming.next_index = bar.index + 1
        forming.previous_start = bar.start
        forming.published = bar.end
        self.resumed_index = max(self.resumed_index, bar.last_index)
        self.resumed_end = max(self.resumed_end, bar.end)

    def _is_union(self, forming: FormingBar) -> bool:
        base, spec = self._base.spec, forming.spec
        if forming is self._base:
            return False
        if spec.nanos is None or base.nanos is None or self._rows:
            return True
        return spec.nanos % base.nanos == 0

    def _open(self, update: MarketUpdate) -> Refusal | None:
        start = update.start
        session = self.calendar.session_at(start)
        if session is None or start >= session.close:
            return Refusal.OUT_OF_SESSION
        if start == self._open_key:
            return Refusal.DUPLICATE
        if start < self._published or (start < self.resumed_end and update.index > self.resumed_index):
            return Refusal.LATE
        if start < self._open_key or start < self._row_end:
            return Refusal.BACKWARDS
        self._open_key = start
        self._open_price = update.open
        return None

    def _place(self, update: MarketUpdate) -> Refusal | None:
        row = update.kind is not _TICK
        if self._rows and not row:
            return Refusal.BAD_ROW  # a trade says nothing about the bars of a bar tape
        refusal = self._fit(update.start, update.ts, row=row, index=update.index)
        if refusal is None:
            self._base.take(update)
            for forming in self._direct:
                forming.take(update)
            self._refresh()
        return refusal

    def _fit(self, start: int, end: int, *, row: bool, index: int) -> Refusal | None:
        """Open the buckets that hold [start, end), or say why there are none; a refusal changes nothing."""
        if row and start == self._row_key:
            return Refusal.DUPLICATE
        session = self.calendar.session_at(start)
        if row and (session is None or session.close <= start):
            session = self.calendar.next_session(start)
        if session is None or (row and session.open >= end):
            return Refusal.OUT_OF_SESSION
        key = start
        if row:
            start, end = self._clip(start, end, session)
        bucket = bucket_in(self._base.spec, self.calendar, session, start)
        if self._rows:
            bucket = bucket._replace(start=start, end=end)
        finer = self._direct if index != _HISTORY else ()
        direct = [bucket_in(each.spec, self.calendar, session, start) for each in finer]
        inner = [bucket, *direct]
        refusal = self._order(start, inner, row=row, index=index)
        if refusal is not None:
            return refusal
        if any(end > each.end for each in inner) or not self._open_unions(bucket, session):
            return Refusal.BAD_TIME
        self._begin(bucket, direct)
        if row:
            self._row_key, self._row_end, self.row_start = key, end, start
            self._open_price = 0
        return None

    def _clip(self, start: int, end: int, session: Session) -> tuple[int, int]:
        spec = self._base.spec
        if self._rows and spec.nanos is None:
            whole = bucket_in(spec, self.calendar, session, start)
            return max(start, whole.start), min(end, whole.end)
        return max(start, session.open), min(end, session.close)

    def _order(self, start: int, inner: list[Bucket], *, row: bool, index: int) -> Refusal | None:
        """Refuse what belongs to a published bar, or lies before the bar that forms."""
        first_end = min(each.end for each in inner)
        if first_end <= self._published or (inner[0].end <= self.resumed_end and index > self.resumed_index):
            return Refusal.LATE
        if row and start < self._row_end:
            return Refusal.BACKWARDS
        forming = (self._base, *self._direct)
        if any(each.count and new.start < each.start for each, new in zip(forming, inner, strict=False)):
            return Refusal.BACKWARDS
        return None

    def _open_unions(self, bucket: Bucket, session: Session) -> bool:
        """Give every union the bucket that holds the base bucket; False when one would cut it.

        Only what is not late gets here, so a union with data already holds the base bucket.
        """
        for each in self._unions:
            if each.start <= bucket.start < each.end:
                continue
            whole = bucket_in(each.spec, self.calendar, session, bucket.start)
            each.begin(whole, due=self._closes(whole), covered=0)
        return all(bucket.end <= each.end for each in self._unions)

    def _begin(self, bucket: Bucket, direct: list[Bucket]) -> None:
        base = self._base
        if self._rows or not base.count or bucket.start != base.start:
            base.begin(bucket, due=self._closes(bucket), covered=covered(base.spec, self.calendar, bucket))
        for each, new in zip(self._direct, direct, strict=False):
            if not each.count or new.start != each.start:
                each.begin(new, due=self._closes(new), covered=new.end - new.start)

    def _begin_direct(self, forming: FormingBar, update: MarketUpdate) -> None:
        session = self.calendar.session_at(update.ts)
        assert session is not None, "the open base bucket lies in a session"
        bucket = bucket_in(forming.spec, self.calendar, session, update.ts)
        forming.begin(bucket, due=self._closes(bucket), covered=bucket.end - bucket.start)
        forming.take(update)
        self._refresh()

    def _closes(self, bucket: Bucket) -> int:
        """When a bucket closes: at its end, 1 ns later when trades at its end belong to it."""
        if not self.calendar.inclusive_close:
            return bucket.end
        session = self.calendar.session(bucket.session)
        return bucket.end + (session is not None and session.close == bucket.end)

    def _collect(self, now: int) -> list[BarsClosed]:
        closed = []
        while self._due is not None and self._due <= now:
            instant = self._close_instant(self._due)
            if instant is not None:
                closed.append(instant)
            self._refresh()
        return closed

    def _close_instant(self, due: int) -> BarsClosed | None:
        """Close what is due then; None when an earlier incarnation published all of it."""
        bars: list[Bar] = []
        base: Bar | None = None
        for forming in self._forming:
            if not forming.count or forming.due != due:
                continue
            bar = forming.finish(self.symbol, self._gap(forming))
            self._published = max(self._published, bar.end)
            if forming is self._base:
                for union in self._unions:
                    union.merge(bar)
            if bar.end > forming.published:
                forming.next_index += 1
                forming.previous_start = bar.start
                bars.append(bar)
                base = bar if forming is self._base else base
        if not bars:
            return None
        return BarsClosed(self.symbol, bars[0].end, base, tuple(bars), all(bar.history for bar in bars))

    def _gap(self, forming: FormingBar) -> int:
        previous = forming.previous_start
        if previous is None:
            return 0
        clock = self._rows and forming is self._base
        return buckets_between(forming.spec, self.calendar, previous, forming.start, clock=clock)

    def _refresh(self) -> None:
        """Recompute what the fast path and the timers look at."""
        base = self._base
        self._due = min((each.due for each in self._forming if each.count), default=None)
        if self._due is not None and base.count and base.end > self.resumed_end and not self._rows:
            starts = [each.start for each in self._direct if each.count]
            self._floor, self._limit = max(base.start, self._published, *starts), self._due
        else:
            self._floor = self._limit = BEFORE
