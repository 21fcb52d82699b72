"""Where trades pass from the provider's thread to the engine's: in order, numbered, with time itself.

Decides how long the engine waits for a trade before it is told how late it is. Knows no socket. Input:
released trades, the quotes between them and the instant up to which they are complete; output: an iterator of
updates and ``Quiet``. Quotes are no rows of the tape: they have the number of the trade before them.
"""

import threading
from collections import deque
from collections.abc import Iterator, Sequence

from ....domain.quotes import Quote
from ....messages import ChainUpdate, MarketUpdate, Quiet, TapeUpdate
from ....types import UpdateKind
from .vocabulary import Trade

WAIT = 0.05
"""Real seconds after which an engine that waits is given the time instead of a trade."""

LARGEST = 1_000_000
"""Trades kept for an engine that does not take them; beyond it the feed ends rather than fill the memory."""


class Outlet(Iterator[TapeUpdate | Quiet]):
    """The updates of one live feed; one thread puts, one takes."""

    def __init__(self, after: int) -> None:
        self._index = after
        self._ready: deque[Trade | Quote] = deque()
        self._until = 0
        self._fault: BaseException | None = None
        self._closed = False
        self._changed = threading.Condition()

    def put(self, released: Sequence[Trade | Quote], until: int) -> None:
        """Hand over what was released, complete up to ``until``."""
        with self._changed:
            self._ready.extend(released)
            self._until = max(self._until, until)
            if len(self._ready) > LARGEST:
                self._fault = RuntimeError(f"the engine is {len(self._ready):,} trades behind the market")
            if released or self._fault:
                self._changed.notify()

    def fail(self, fault: BaseException) -> None:
        """Nothing more comes; the iterator raises after what is ready."""
        with self._changed:
            self._fault = fault
            self._changed.notify()

    def close(self) -> None:
        """The iterator ends."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def __next__(self) -> TapeUpdate | Quiet:
        with self._changed:
            if not self._pending:
                self._changed.wait_for(lambda: self._pending, WAIT)
            if self._closed:
                raise StopIteration
            if self._ready:
                return self._numbered(self._ready.popleft())
            if self._fault is not None:
                raise self._fault
            return Quiet(self._until)

    @property
    def _pending(self) -> bool:
        return bool(self._ready) or self._fault is not None or self._closed

    def _numbered(self, released: Trade | Quote) -> MarketUpdate | ChainUpdate:
        if isinstance(released, Quote):
            return quoted(released, self._index)
        self._index += 1
        trade, price = released, released.price
        return MarketUpdate(
            self._index,
            trade.symbol,
            UpdateKind.TICK,
            trade.ts,
            trade.ts,
            price,
            price,
            price,
            price,
            trade.size,
        )


def quoted(told: Quote, index: int) -> ChainUpdate:
    """A provider's quote as market data takes it."""
    return ChainUpdate(index, told.symbol, told.ts, (told,))
