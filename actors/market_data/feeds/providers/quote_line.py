"""The quotes of a stream on their way to the engine: in the order of time, and no more than it has use for.

Decides which quotes are given: before every trade the newest of its symbol that is not younger, and at the
end of what is released the newest of each; those in between would be replaced before anybody could look.
Knows no socket and no session. Input: quotes as they arrive, trades as they are released; output: both.
"""

from collections.abc import Iterator, Sequence
from operator import attrgetter

from ....domain.quotes import Quote
from .vocabulary import Trade


class QuoteLine:
    """The quotes that are not due yet."""

    def __init__(self) -> None:
        self._waiting: list[Quote] = []

    def streamed(self, quote: Quote) -> None:
        """Take one quote of the stream."""
        self._waiting.append(quote)

    def woven(self, trades: Sequence[Trade], until: int) -> Iterator[Trade | Quote]:
        """The trades, which are complete up to ``until`` (ns), and what was quoted up to there."""
        due = sorted((quote for quote in self._waiting if quote.ts <= until), key=attrgetter("ts"))
        self._waiting = [quote for quote in self._waiting if quote.ts > until]
        newest: dict[str, Quote] = {}
        at = 0
        for trade in trades:
            while at < len(due) and due[at].ts <= trade.ts:
                newest[due[at].symbol] = due[at]
                at += 1
            quote = newest.pop(trade.symbol, None)
            if quote is not None:
                yield quote
            yield trade
        newest |= {quote.symbol: quote for quote in due[at:]}
        yield from sorted(newest.values(), key=attrgetter("ts"))
