"""What the tape said before: read again from the store, or from the feed where the store has not kept it.

Decides where accepted updates and quotes are found and which of them an actor has not seen. Knows no actor's
state. Input: a view of the store; output: updates, prices and quotes, in the order of the tape.
"""

from collections.abc import Callable, Iterable, Iterator

from tradingfloor.actors.config import Config
from tradingfloor.actors.market_data.core import MarketDataCore, price_of, priced
from tradingfloor.actors.market_data.feeds.protocol import MarketDataFeed
from tradingfloor.actors.messages import MarketUpdate, PriceUpdated, Quiet, QuoteUpdated, TimerDue
from tradingfloor.actors.runtime.journal import Mark
from tradingfloor.actors.runtime.mailbox import merge
from tradingfloor.actors.runtime.sequencer import MARKET_DATA, phase
from tradingfloor.storage.view import View


class PastTape:
    """The tape of one engine, from the store's begin up to now; ``judge`` makes a fresh market data core."""

    def __init__(self, config: Config, feed: MarketDataFeed, judge: Callable[[], MarketDataCore]) -> None:
        self._config, self._feed, self._judge = config, feed, judge

    def tape(self, view: View) -> Callable[[int, int], Iterable[MarketUpdate]]:
        """Accepted updates between two indexes: from the store, or again from the feed.

        Always from the feed where refused ones count towards the confirmation of a move.
        """
        if self._config.data.tape == "ticks" and not self._config.data.quality.spike_ppm:
            return view.tape

        def again(after: int, until: int) -> Iterator[MarketUpdate]:
            for update in self._feed.updates(after):
                if isinstance(update, Quiet) or update.index > until:
                    return
                if isinstance(update, MarketUpdate):
                    yield update

        return again

    def accepted(self, view: View, after: int, until: int) -> Iterator[MarketUpdate]:
        """Updates that market data accepted; judged again where the tape was not kept."""
        if self._config.data.tape == "ticks":
            yield from view.tape(after, until)
            return
        core = self._judge()
        state = core.initial()
        # From the newest bars' begin on, so that the judge has seen what the room had.
        first = min([after, *(bar.first_index - 1 for bar in view.last_bars())])
        for update in self.tape(view)(first, until):
            while (due := core.next_due(state)) is not None and due < update.ts + bool(phase(update)):
                core.advance(state, TimerDue(due), due)
            if core.advance(state, update, update.ts) and update.index > after:
                yield update

    def seen(self, view: View, since: int) -> Iterator[PriceUpdated]:
        """The prices that the executor has handled from this tape index on; 0 = none is wanted."""
        if since:
            for update in self.accepted(view, since - 1, view.mark("executor").tape):
                yield price_of(update, update.start)

    def missed(self, view: View, mark: Mark, end: int) -> list[PriceUpdated]:
        """Prices that market data had passed on and this actor had not seen, merged per symbol."""
        if mark.tape >= end:
            return []
        merged: dict[str, PriceUpdated] = {}
        for price in self._priced(self.accepted(view, mark.tape, end), end):
            held = merged.get(price.symbol)
            merged[price.symbol] = price if held is None else merge(held, price)
        return list(merged.values())

    def quotes(self, view: View) -> list[QuoteUpdated]:
        """The newest quote of each symbol that market data was told, however old."""
        core, seen = self._judge(), view.mark(MARKET_DATA).tape
        state = core.initial()
        for told in self._feed.quotes(seen) if seen else ():
            core.recall(state, told)
        return state.quotes

    def _priced(self, updates: Iterable[MarketUpdate], until: int) -> Iterator[PriceUpdated]:
        """The updates as prices, each with the quote that market data knew then."""
        core = self._judge()
        state, quotes, told = core.initial(), None, None
        for update in updates:
            if quotes is None:  # most often nothing was missed, and no quote is read again
                quotes = iter(self._feed.quotes(until))
                told = next(quotes, None)
            while told is not None and told.index < update.index:
                core.recall(state, told)
                told = next(quotes, None)
            yield priced(state, update, update.start)
