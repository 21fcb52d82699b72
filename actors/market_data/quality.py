"""What is wrong with an update, a bar or a quote: the one place that judges market input.

Decides every refusal that can be told from the update itself and from those before it: impossible numbers,
prices off the grid, crossed and locked quotes, spikes. Knows no bar under way: what comes too late for one,
backwards, twice or outside the session is told by ``aggregate`` of trades and bars and by ``quotes`` of
quotes, which keep the times; what could not even be read is told by the feed. All of it ends in one count by
symbol and reason. Input: updates; output: a Refusal, or None.
"""

from typing import Final, NamedTuple

from ..domain.calendar import Calendar
from ..domain.quotes import OptionTrade, Quote
from ..messages import Bar, MarketUpdate
from ..types import MAX_PRICE, NANOS, Refusal, UpdateKind

_BAR: Final = UpdateKind.BAR
_OPEN: Final = UpdateKind.OPEN
_EARLIEST, _LATEST = -2_208_988_800 * NANOS, 7_258_118_400 * NANOS
"""Times from 1900-01-01 to 2200-01-01 are accepted: all of a bar and its timers fits 64 bits."""
MAX_VOLUME: Final = 10**15
"""Largest accepted volume of one update: a sum over any bar stays inside 64 bits."""
PPM: Final = 1_000_000


def judge(update: MarketUpdate | Bar) -> Refusal | None:
    """Why an update or a bar is impossible in itself; None when it is not."""
    low, high = update.low, update.high
    if low <= 0:
        return Refusal.NOT_POSITIVE
    if high > MAX_PRICE or update.volume > MAX_VOLUME:
        return Refusal.OUT_OF_RANGE
    if not (low <= update.open <= high and low <= update.close <= high):
        return Refusal.BAD_RANGE
    if update.volume < 0:
        return Refusal.NEGATIVE_VOLUME
    if isinstance(update, Bar):
        end, spans = update.end, True
    else:
        end, spans = update.ts, update.kind is _BAR
    if not _EARLIEST <= update.start <= end < _LATEST or spans != (update.start < end):
        return Refusal.BAD_TIME
    return None


def judge_quote(quote: Quote) -> Refusal | None:
    """Why a quote is impossible in itself; None when it is not. One side or both may be missing."""
    bid, ask = quote.bid, quote.ask
    if bid < 0 or ask < 0:
        return Refusal.NOT_POSITIVE
    if bid > MAX_PRICE or ask > MAX_PRICE or quote.bid_size > MAX_VOLUME or quote.ask_size > MAX_VOLUME:
        return Refusal.OUT_OF_RANGE
    if quote.bid_size < 0 or quote.ask_size < 0:
        return Refusal.NEGATIVE_VOLUME
    if not _EARLIEST <= quote.ts < _LATEST:
        return Refusal.BAD_TIME
    if bid >= ask > 0:  # last: what is locked or crossed is told all the same, and possible otherwise
        return Refusal.CROSSED if bid > ask else Refusal.LOCKED
    return None


def judge_trade(trade: OptionTrade) -> Refusal | None:
    """Why a trade of an option is impossible in itself; None when it is not."""
    if trade.price <= 0:
        return Refusal.NOT_POSITIVE
    if trade.price > MAX_PRICE or trade.size > MAX_VOLUME:
        return Refusal.OUT_OF_RANGE
    if trade.size < 0:
        return Refusal.NEGATIVE_VOLUME
    return None if _EARLIEST <= trade.ts < _LATEST else Refusal.BAD_TIME


class Rules(NamedTuple):
    """What a price has to be like to be believed; the defaults refuse nothing."""

    on_tick: bool = False
    """Refuse a price that is no multiple of the instrument's tick."""
    spike: int = 0
    """Largest believed move from one update to the next, in millionths of the price; 0 = any."""
    confirmations: int = 3
    """Updates in a row that have to show a larger move before it is believed."""
    quote_age: int = 60 * NANOS
    """Largest age, ns, at which a quote still goes with a price; an older one is forgotten."""

    @property
    def any(self) -> bool:
        """Whether there is anything to look at."""
        return self.on_tick or self.spike > 0


class Watch:
    """The prices of one symbol, believed or waiting for confirmation.

    An update is *beyond* when one of its prices differs from the reference, the close of the newest accepted
    update, by more than ``Rules.spike``. Updates beyond are refused until ``Rules.confirmations`` of them
    came in a row whose closes all lie within ``Rules.spike`` of the first one's: the last of these is
    accepted and is the new reference. One that is not beyond ends the row; one beyond whose close is
    elsewhere begins a new row. The open of a tape bar neither adds to a row nor ends one. The first update
    of a symbol has no reference and is believed.
    """

    def __init__(self, tick: int, hours: Calendar, rules: Rules) -> None:
        self._tick = tick if rules.on_tick else 1
        self._hours = hours
        self._spike = rules.spike
        self._needed = rules.confirmations
        self._reference = 0
        self._waiting = 0
        """Close that waits for confirmation; 0 = none."""
        self._seen = 0
        self._known: dict[int, int] = {}
        """Recovery: tape index of a close that was accepted -> the close."""

    def judge(self, update: MarketUpdate) -> Refusal | None:
        """Why a possible update is not believed; None when it is. Remembers what waits."""
        tick = self._tick
        if tick > 1 and (
            update.open % tick or update.high % tick or update.low % tick or update.close % tick
        ):
            return Refusal.OFF_TICK
        if not self._spike or self._hours.session_at(update.start) is None:
            return None  # what lies outside the session confirms nothing
        if self._known:
            self._resume(update.index)
        reference = self._reference
        if not reference or not (
            self._far(update.low, reference)
            or self._far(update.high, reference)
            or self._far(update.close, reference)
        ):
            return None
        if update.kind is _OPEN:
            return Refusal.SPIKE
        if self._waiting and not self._far(update.close, self._waiting):
            self._seen += 1
        else:
            self._waiting, self._seen = update.close, 1
        return Refusal.SPIKE if self._seen < self._needed else None

    def accept(self, update: MarketUpdate) -> None:
        """Take an accepted update as the reference."""
        self._reference = update.close
        if update.kind is not _OPEN:
            self._waiting = self._seen = 0

    def seed(self, index: int, close: int) -> None:
        """Recovery: the update with that tape index was accepted, at that close."""
        self._known[index] = close

    def _resume(self, index: int) -> None:
        """Take up the newest known reference before the first update that is seen again."""
        before = [known for known in self._known if known < index]
        if before and not self._reference:
            self._reference = self._known[max(before)]
        self._known.clear()

    def _far(self, price: int, other: int) -> bool:
        return abs(price - other) * PPM > self._spike * other
