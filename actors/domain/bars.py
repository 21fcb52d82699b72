"""One bar while it forms: the open bucket of one symbol and timeframe.

Decides how updates and smaller bars merge into one bar. Knows no calendar and no tape: buckets, due
times and what a full bar must cover come from outside. Input: updates or closed bars; output: a Bar.
"""

from typing import Final

from ..messages import Bar, MarketUpdate
from .timeframes import Bucket, TimeframeSpec

BEFORE: Final = -(1 << 63)
AFTER: Final = 1 << 63


class FormingBar:
    """The bar of one timeframe in its bucket [start, end); empty while ``count`` is 0.

    ``due`` is the instant at which it closes, ``covered`` what of its bucket its data cover, in the unit
    of ``Bucket.whole``. ``next_index`` and ``previous_start`` outlive the bucket: they belong to the series.
    """

    __slots__ = (
        "close",
        "count",
        "covered",
        "due",
        "end",
        "first_index",
        "first_ts",
        "high",
        "last_index",
        "last_session",
        "last_ts",
        "low",
        "next_index",
        "open",
        "previous_start",
        "published",
        "session",
        "spec",
        "start",
        "volume",
        "whole",
    )

    def __init__(self, spec: TimeframeSpec) -> None:
        self.spec = spec
        self.next_index = 0
        self.previous_start: int | None = None
        """Start of the newest published bar; None before the first."""
        self.published = BEFORE
        """End of the newest bar that an earlier incarnation published: up to it nothing is published."""
        self.begin(Bucket(0, 0, 0, 0), due=0, covered=0)

    def begin(self, bucket: Bucket, *, due: int, covered: int) -> None:
        """Start over, empty, in ``bucket``."""
        self.start, self.end, self.session, self.whole = bucket
        self.due = due
        self.covered = covered
        self.last_session = 0
        self.count = self.volume = self.open = self.close = 0
        self.high, self.low = BEFORE, AFTER
        self.first_ts, self.last_ts = AFTER, BEFORE
        self.first_index = self.last_index = 0

    def holds(self, ts: int) -> bool:
        """True when ``ts`` belongs to the bucket, an inclusive close included."""
        return self.start <= ts < self.due

    def take(self, update: MarketUpdate) -> None:
        """Merge one update of the bucket, in any order of event times.

        The open is that of the earliest event, the close that of the latest; of equal times the first
        to arrive opens and the last closes.
        """
        started = update.start
        # Comparisons, not max and min: this runs for every trade.
        if update.high > self.high:  # noqa: PLR1730
            self.high = update.high
        if update.low < self.low:  # noqa: PLR1730
            self.low = update.low
        if started >= self.last_ts:
            self.last_ts = started
            self.close = update.close
        if started < self.first_ts:
            self.first_ts = started
            self.open = update.open
        if not self.first_index:
            self.first_index = update.index
        self.last_index = update.index
        self.volume += update.volume
        self.count += 1

    def merge(self, bar: Bar) -> None:
        """Merge the next closed bar of a smaller timeframe; they come in the order of time."""
        if not self.count:
            self.open = bar.open
        self.close = bar.close
        self.high = max(self.high, bar.high)
        self.low = min(self.low, bar.low)
        self.volume += bar.volume
        self.count += bar.count
        self.first_index = self.first_index or bar.first_index
        self.last_index = bar.last_index
        if self.spec.nanos is not None or self.spec.name == "1d":
            self.covered += bar.end - bar.start
        elif bar.session != self.last_session:
            self.covered += 1
            self.last_session = bar.session

    def finish(self, symbol: str, gap_before: int) -> Bar:
        """The bar as it stands; the bucket stays, empty. Data without a tape index are history."""
        bar = Bar(
            symbol=symbol,
            timeframe=self.spec.name,
            index=self.next_index,
            start=self.start,
            end=self.end,
            open=self.open,
            high=self.high,
            low=self.low,
            close=self.close,
            volume=self.volume,
            count=self.count,
            full=self.covered >= self.whole,
            session=self.session,
            gap_before=gap_before,
            first_index=self.first_index,
            last_index=self.last_index,
            history=not self.last_index,
        )
        self.count = 0
        return bar
