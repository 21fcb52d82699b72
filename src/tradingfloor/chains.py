"""Option chains of a running floor, read from memory without asking any actor.

Decides what a chain is made of. Where the tape has quotes of options: those. Else it is synthetic, of the
newest price that market data accepted and the feed's own surface or, where it has none, that of the config.
Reading is no part of trading: it waits for nobody and nobody waits for it.
"""

import threading
import time
from typing import TYPE_CHECKING

from tradingfloor.actors.domain.option_chain import Chain
from tradingfloor.actors.domain.quote_columns import QuoteColumns, columns, listing
from tradingfloor.actors.domain.surface import Surface, surface
from tradingfloor.actors.errors import NotFound
from tradingfloor.actors.market_data.chains import ChainCache, SyntheticChains
from tradingfloor.actors.market_data.feeds.protocol import SurfaceSource
from tradingfloor.actors.market_data.quoted import quoted_chain
from tradingfloor.actors.market_data.quotes import QuoteBook
from tradingfloor.actors.market_data.synthetic import Carry
from tradingfloor.actors.messages import MarketUpdate

from .status import room_state

if TYPE_CHECKING:
    from .engine import Engine


class ChainReader:
    """The chains of one engine; any thread may read."""

    def __init__(self, engine: "Engine") -> None:
        config = engine.assembly.config
        options = config.options
        self._engine = engine
        self._carry = Carry(options.rate, options.dividend)
        self._cache = ChainCache()
        self._synthetic = SyntheticChains(self._carry, config.data.seed)
        self._flat = surface([1.0], [options.volatility**2], options.skew, options.curvature)
        self._lock = threading.Lock()

    def read(self, symbol: str, *, decision: bool = False) -> Chain:
        """The chain on a symbol's newest price. Raises NotFound: no such symbol, no price yet, no options."""
        assembly = self._engine.assembly
        if symbol not in assembly.instruments:
            raise NotFound(f"{symbol}: not a symbol of this floor; it has {', '.join(assembly.instruments)}")
        state = room_state(self._engine, "market_data")
        if state is None:
            raise NotFound(f"{symbol}: market data is restarting; ask again")
        last: MarketUpdate | None = state.last.get(symbol)
        book: QuoteBook = state.books[symbol]
        version = (book.accepted, None if last is None else (last.ts, last.close))
        with self._lock:
            return self._cache.read(
                symbol,
                version,
                lambda: self._compute(symbol, book, last),
                clock=time.monotonic_ns(),
                decision=decision,
            )

    def _compute(self, symbol: str, book: QuoteBook, last: MarketUpdate | None) -> Chain:
        quotes = _newest(book)
        if quotes is not None:
            return quoted_chain(symbol, quotes, last.close if last is not None else None, self._carry)
        if last is None:
            raise NotFound(f"{symbol}: no price yet")
        return self._synthetic.chain(symbol, last.close, last.ts, self._surface(symbol, last.ts))

    def _surface(self, symbol: str, ts: int) -> Surface:
        feed = self._engine.assembly.feed
        return feed.surface(symbol, ts) if isinstance(feed, SurfaceSource) else self._flat


def _newest(book: QuoteBook) -> QuoteColumns | None:
    """The quotes of the options on an underlying, if the tape has any."""
    while book.contracts:
        try:
            rows = dict(book.quotes())
        except RuntimeError:
            continue  # a quote came while they were read
        listed = listing(rows)
        return columns(listed, [rows[contract] for contract in listed.contracts]) if rows else None
    return None
