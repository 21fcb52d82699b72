"""Market data: tape updates to prices, closed bars and the newest quotes.

Decides in which order an update is judged (``quality``, then the bar or quote book it belongs to) and counts
the refused ones by symbol and reason. Knows no feed, no journal and no clock. Input: MarketUpdate,
RefusedUpdate, ChainUpdate, HistoryServed, TimerDue; output: PriceUpdated for every accepted MarketUpdate,
with the symbol's quote if that is young enough, QuoteUpdated when a quote of the symbol itself is told,
BarsClosed when bars close (by TimerDue alone) and for history; quotes of options are kept to be read.
A tape bar is counted once, with its BAR: the refusal of its OPEN is not counted.
"""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from types import MappingProxyType
from typing import Final

from ..domain.calendar import calendar
from ..domain.instruments import Instrument
from ..domain.quotes import Quote
from ..messages import (
    Bar,
    BarsClosed,
    ChainUpdate,
    HistoryServed,
    MarketUpdate,
    Message,
    PriceUpdated,
    QuoteUpdated,
    RefusedUpdate,
    TimerDue,
)
from ..types import Refusal, UpdateKind
from .aggregate import Aggregator
from .quality import Rules, Watch, judge
from .quotes import QuoteBook

_BAR: Final = UpdateKind.BAR
_OPEN: Final = UpdateKind.OPEN
_NO_RULES: Final = Rules()


class MarketDataState:
    """The bars that form, the last prices, the quotes and the refusals; the properties are for status."""

    __slots__ = ("aggregators", "books", "due", "last", "quote_age", "refused", "watches")

    def __init__(
        self,
        aggregators: dict[str, Aggregator],
        books: dict[str, QuoteBook],
        watches: dict[str, Watch],
        quote_age: int,
    ) -> None:
        self.aggregators = aggregators
        self.books = books
        """The quotes of each symbol and of the options on it."""
        self.watches = watches
        """What is believed of prices; empty where the rules refuse nothing."""
        self.quote_age = quote_age
        self.due: int | None = None
        """When the next bar of any symbol closes."""
        self.last: dict[str, MarketUpdate] = {}
        self.refused: dict[tuple[str, Refusal], int] = {}

    @property
    def refusals(self) -> Mapping[tuple[str, Refusal], int]:
        """How many rows were refused, by symbol and reason; quotes are counted in their book."""
        return MappingProxyType(self.refused)

    @property
    def prices(self) -> dict[str, tuple[int, int]]:
        """The last price in nanos and its time, by symbol; symbols without a price are missing."""
        return {symbol: (update.close, update.ts) for symbol, update in self.last.items()}

    @property
    def quotes(self) -> list[QuoteUpdated]:
        """What is quoted of every symbol whose session told a quote, however old it is."""
        return [_quoted(book.told) for book in self.books.values() if book.told is not None]

    @property
    def bars(self) -> dict[tuple[str, str], int]:
        """How many bars were published, by symbol and timeframe."""
        return {
            (symbol, timeframe): aggregator.bar_count(timeframe)
            for symbol, aggregator in self.aggregators.items()
            for timeframe in aggregator.timeframes
        }

    def move_due(self, before: int | None, due: int | None) -> None:
        """One symbol's next close was ``before`` and is ``due`` now."""
        if before is not None and before == self.due:
            self.find_due()
        elif due is not None and (self.due is None or due < self.due):
            self.due = due

    def find_due(self) -> None:
        """After bars have closed, the next one may be any symbol's."""
        dues = (aggregator.due() for aggregator in self.aggregators.values())
        self.due = min((due for due in dues if due is not None), default=None)

    def refuse(self, symbol: str, reason: Refusal) -> None:
        """Count one refused row."""
        self.refused[symbol, reason] = self.refused.get((symbol, reason), 0) + 1


class MarketDataCore:
    """The folding core of the room, for instruments in config order.

    ``tape_timeframes``: the tape's own timeframe by symbol, or one for all of them.
    """

    def __init__(
        self,
        instruments: Sequence[Instrument],
        timeframes: Sequence[str],
        tape_timeframes: Mapping[str, str] | str,
        rules: Rules = _NO_RULES,
    ) -> None:
        self._instruments = tuple(instruments)
        self._timeframes = tuple(timeframes)
        if isinstance(tape_timeframes, str):
            tape_timeframes = dict.fromkeys((each.symbol for each in instruments), tape_timeframes)
        self._tape_timeframes = tape_timeframes
        self._rules = rules

    def initial(self) -> MarketDataState:
        """No bar, no price. Raises BadConfig when the tape cannot build a timeframe."""
        aggregators = {each.symbol: self._aggregator(each) for each in self._instruments}
        books = {each.symbol: QuoteBook(each) for each in self._instruments}
        watches = {
            each.symbol: Watch(each.tick, aggregators[each.symbol].calendar, self._rules)
            for each in self._instruments
            if self._rules.any
        }
        return MarketDataState(aggregators, books, watches, self._rules.quote_age)

    def seed(self, state: MarketDataState, symbol: str, timeframe: str, last_bar: Bar) -> None:
        """Go on after the newest published bar of a timeframe (recovery); see ``Aggregator.resume``.

        Call it on an initial state for every timeframe with a bar, then advance the tape, with its
        timers, from the earliest ``end`` among these bars (from its beginning when a timeframe has no
        bar). What led to published bars gives no output and no count again.
        """
        if last_bar.symbol != symbol or last_bar.timeframe != timeframe:
            raise ValueError(f"a bar of {last_bar.symbol} {last_bar.timeframe}, not {symbol} {timeframe}")
        state.aggregators[symbol].resume(last_bar)
        if symbol in state.watches:
            state.watches[symbol].seed(last_bar.last_index, last_bar.close)

    def forget_counts(self, state: MarketDataState) -> None:
        """Recovery is over: what was refused on the way had been counted by an earlier incarnation."""
        state.refused.clear()

    def recall(self, state: MarketDataState, update: ChainUpdate) -> None:
        """Take quotes that an earlier incarnation had seen (recovery): kept, not counted again."""
        if update.symbol in state.books:
            state.books[update.symbol].recall(update)

    def advance(self, state: MarketDataState, message: Message, now: int) -> Sequence[Message]:  # noqa: ARG002
        """Take one input; every state change depends on the input's own times, never on ``now``."""
        if isinstance(message, MarketUpdate):
            return _update(state, message)
        if isinstance(message, TimerDue):
            return _close(state, message.now)
        if isinstance(message, ChainUpdate):
            return _quotes(state, message)
        if isinstance(message, RefusedUpdate):
            _refused(state, message)
        elif isinstance(message, HistoryServed):
            return _warm(state, message)
        return ()

    def next_due(self, state: MarketDataState) -> int | None:
        """When the next bar of any symbol closes."""
        return state.due

    def _aggregator(self, instrument: Instrument) -> Aggregator:
        hours = calendar(instrument.calendar, instrument.timezone)
        return Aggregator(instrument, hours, self._timeframes, self._tape_timeframes[instrument.symbol])


def _update(state: MarketDataState, update: MarketUpdate) -> Sequence[Message]:
    symbol = update.symbol
    aggregator = state.aggregators.get(symbol)
    if aggregator is None:
        refusal: Refusal | None = Refusal.UNKNOWN_SYMBOL
    else:
        before = aggregator.due()
        if state.watches:
            refusal = _watched(state.watches[symbol], aggregator, update)
        else:
            refusal = judge(update) or aggregator.add(update)
        due = aggregator.due()
        if due != before:
            state.move_due(before, due)
    known = aggregator is not None and update.index <= aggregator.resumed_index
    if refusal is not None:
        if not known and update.kind is not _OPEN:
            state.refuse(symbol, refusal)
        return ()
    last = state.last.get(symbol)
    if last is None or update.ts >= last.ts:
        state.last[symbol] = update
    if known or aggregator is None:
        return ()
    return (priced(state, update, aggregator.row_start if update.kind is _BAR else update.start),)


def _watched(watch: Watch, aggregator: Aggregator, update: MarketUpdate) -> Refusal | None:
    refusal = judge(update) or watch.judge(update) or aggregator.add(update)
    if refusal is None:
        watch.accept(update)
    return refusal


def _quotes(state: MarketDataState, update: ChainUpdate) -> Sequence[Message]:
    book = state.books.get(update.symbol)
    if book is None:
        for _ in (*update.quotes, *update.trades):
            state.refuse(update.symbol, Refusal.UNKNOWN_SYMBOL)
        return ()
    before = book.told
    book.take(update)
    return () if book.told is None or book.told is before else (_quoted(book.told),)


def _quoted(told: Quote) -> QuoteUpdated:
    return QuoteUpdated(told.symbol, told.ts, told.bid, told.ask)


def _refused(state: MarketDataState, row: RefusedUpdate) -> None:
    if row.quote and row.symbol in state.books:
        state.books[row.symbol].refuse_row(row.reason)
        return
    aggregator = state.aggregators.get(row.symbol)
    if aggregator is None or row.index > aggregator.resumed_index:
        state.refuse(row.symbol, row.reason)


def priced(state: MarketDataState, update: MarketUpdate, start: int) -> PriceUpdated:
    """An accepted update as a price, with the quote that it met; ``start`` as of ``price_of``.

    A quote's age is counted to the begin of the range: what it says of a bar it said when that began.
    """
    told = state.books[update.symbol].told
    return price_of(update, start, told if told is None or start - told.ts <= state.quote_age else None)


def price_of(update: MarketUpdate, start: int, quote: Quote | None = None) -> PriceUpdated:
    """An accepted update as a price; ``start`` is where its range began within the session."""
    bid, ask, quote_ts = (quote.bid, quote.ask, quote.ts) if quote is not None else (0, 0, 0)
    return PriceUpdated(
        update.symbol,
        update.ts,
        start,
        update.open,
        update.high,
        update.low,
        update.close,
        update.volume,
        1,
        update.index,
        update.index,
        update.kind is not _BAR,
        bid,
        ask,
        quote_ts,
    )


def _close(state: MarketDataState, now: int) -> Sequence[Message]:
    closed = [bars for aggregator in state.aggregators.values() for bars in aggregator.close(now)]
    if len(state.aggregators) > 1:
        closed.sort(key=attrgetter("ts"))
    state.find_due()
    return closed


def _warm(state: MarketDataState, served: HistoryServed) -> list[BarsClosed]:
    aggregator = state.aggregators.get(served.symbol)
    closed: list[BarsClosed] = []
    for bar in served.bars:
        if aggregator is None:
            state.refuse(served.symbol, Refusal.UNKNOWN_SYMBOL)
            continue
        foreign = bar.timeframe != aggregator.base or bar.symbol != served.symbol
        refusal = Refusal.BAD_ROW if foreign else judge(bar) or aggregator.add_history(bar)
        if refusal is None:
            closed += aggregator.close(bar.end)
        elif bar.end > aggregator.resumed_end:
            state.refuse(served.symbol, refusal)
    state.find_due()
    return closed
