"""What came of market input: refused rows by reason, quotes received and accepted.

Decides how the counts of one market data room go on in its successor's and in the store's next run. Knows no
row. Input: what was remembered of earlier runs, and the state of each room; output: figures for the status.
"""

from collections import Counter

import msgspec

from tradingfloor.actors.market_data.core import MarketDataState
from tradingfloor.actors.status import QuotesStatus

Refused = tuple[tuple[str, str, int], ...]
"""(symbol, reason, count)."""
Quotes = tuple[QuotesStatus, ...]


class MarketCounts:
    """The counts of the present room on top of those of all before it."""

    def __init__(self, refusals: object = None, quotes: object = None) -> None:
        """What earlier runs remembered, as it was stored; None = nothing."""
        before = msgspec.convert(refusals or (), Refused)
        # Replaced whole: whoever reads meanwhile sees the old figures or the new ones.
        self._held: tuple[Refused, Quotes, MarketDataState | None] = (
            before,
            msgspec.convert(quotes or (), Quotes),
            None,
        )

    def take_over(self, successor: MarketDataState) -> None:
        """Go on with another room, which has counted nothing yet."""
        self._held = self.refusals(), self.quotes(), successor

    def refusals(self) -> Refused:
        """Refused market rows."""
        before, _, state = self._held
        counted = Counter({(symbol, reason): n for symbol, reason, n in before})
        if state is not None:
            counted.update({(symbol, reason.value): n for (symbol, reason), n in state.refusals.items()})
        return tuple((symbol, reason, n) for (symbol, reason), n in sorted(counted.items()))

    def quotes(self) -> Quotes:
        """Quotes of each underlying that has any."""
        _, before, state = self._held
        earlier = {row.symbol: row for row in before}
        rows = []
        for book in state.books.values() if state is not None else ():
            past = earlier.pop(book.symbol, None)
            if not book.received and past is None:
                continue
            refused = Counter(dict(past.refused) if past else {})
            refused.update({reason.value: n for reason, n in book.refused.items()})
            rows.append(
                QuotesStatus(
                    symbol=book.symbol,
                    received=book.received + (past.received if past else 0),
                    accepted=book.accepted + (past.accepted if past else 0),
                    contracts=book.contracts,
                    two_sided=book.two_sided,
                    refused=tuple(sorted(refused.items())),
                )
            )
        return (*rows, *earlier.values())
