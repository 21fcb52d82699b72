"""Massive's record: trades v3, aggregates v2, chain snapshots v3.

Decides what its answers mean, and what is a trade, for the stream too: it is named by ticker, exchange,
reporting facility and id; the stream tells milliseconds and the record nanoseconds, so times are cut to the
millisecond and the sequence number orders within it. Trades whose condition says that they set no price are
left out. Knows no connection.
"""

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from . import decimals, numbers
from .numbers import MILLI
from .rest import Rest
from .vocabulary import ChainRow, Corrupt, ProviderBar, Trade

TIMEFRAMES = {"1m": (1, "minute"), "5m": (5, "minute"), "15m": (15, "minute"), "1d": (1, "day")}
PAGE, CHAIN_PAGE = 50_000, 250

PRICELESS = frozenset({2, 7, 12, 13, 15, 16, 20, 21, 29, 37, 52, 53})
"""Average price, cash, form T, extended hours, official close and open, next day, price variation, seller,
odd lot, contingent, qualified contingent: they set neither high, low nor last price."""

TAKEN_BACK = (7, 8, 10, 11)
"""Correction codes: cancelled or in error."""


class _Trade(msgspec.Struct):
    sip_timestamp: int
    price: Decimal
    size: Decimal
    id: str | int
    exchange: int = 0
    sequence_number: int = 0
    conditions: list[int] | None = None
    trf_id: int = 0
    correction: int = 0


class _Trades(msgspec.Struct):
    results: list[_Trade] | None = None
    next_url: str = ""


class _Bar(msgspec.Struct):
    t: int
    o: Decimal
    h: Decimal
    l: Decimal  # noqa: E741  the provider's name
    c: Decimal
    v: Decimal = Decimal(0)
    n: int = 0


class _Bars(msgspec.Struct):
    results: list[_Bar] | None = None
    next_url: str = ""


class _Details(msgspec.Struct):
    ticker: str


class _LastQuote(msgspec.Struct):
    bid: Decimal | None = None
    ask: Decimal | None = None
    bid_size: Decimal | None = None
    ask_size: Decimal | None = None
    last_updated: int = 0


class _Contract(msgspec.Struct):
    details: _Details
    last_quote: _LastQuote | None = None


class _Chain(msgspec.Struct):
    results: list[_Contract] | None = None
    next_url: str = ""


class MassiveRecord:
    """The record's part of a ``Provider``."""

    def __init__(self, rest: Rest, base: str, variant: str) -> None:
        """``base`` is the URL that the pages of an answer lie under."""
        self.rest = rest
        self.variant = variant
        self._base = base

    async def trades(self, symbol: str, since: int, until: int) -> list[Trade]:
        """See ``Provider.trades``."""
        params: dict[str, str | int] = {
            "timestamp.gte": since,
            "timestamp.lte": until,
            "order": "asc",
            "sort": "timestamp",
            "limit": PAGE,
        }
        found: list[Trade] = []
        async for page in self._pages(f"/v3/trades/{symbol}", _Trades, params):
            for row in page.results or ():
                if row.correction not in TAKEN_BACK:
                    name = Name(symbol, row.exchange, row.trf_id, str(row.id))
                    ts = row.sip_timestamp // MILLI * MILLI
                    found += trade(name, ts, row.price, row.size, row.conditions, row.sequence_number)
        return found

    async def bars(
        self, symbol: str, timeframe: str, since: int, until: int
    ) -> AsyncIterator[list[ProviderBar]]:
        """See ``Provider.bars``; prices are not adjusted."""
        number, unit = TIMEFRAMES[timeframe]
        path = f"/v2/aggs/ticker/{symbol}/range/{number}/{unit}/{-(-since // MILLI)}/{-(-until // MILLI) - 1}"
        params: dict[str, str | int] = {"adjusted": "false", "sort": "asc", "limit": PAGE}
        async for page in self._pages(path, _Bars, params):
            yield [
                decimals.bar(symbol, row.t * MILLI, (row.o, row.h, row.l, row.c), row.v, row.n)
                for row in page.results or ()
            ]

    async def chain(self, underlying: str, expiry: str = "") -> list[ChainRow]:
        """See ``Provider.chain``."""
        params: dict[str, str | int] = {"limit": CHAIN_PAGE}
        if expiry:
            params["expiration_date"] = expiry
        rows: list[ChainRow] = []
        async for page in self._pages(f"/v3/snapshot/options/{underlying}", _Chain, params):
            for contract in page.results or ():
                quote = contract.last_quote or _LastQuote()
                sides = quote.bid, quote.bid_size, quote.ask, quote.ask_size
                rows.append(decimals.chain_row(contract.details.ticker, *sides, quote.last_updated))
        return sorted(rows)

    def earliest(self, timeframe: str, now: int) -> int:  # noqa: ARG002  the protocol's signature
        """No limit within what an engine asks for."""
        return 0

    async def _pages(self, path: str, kind: Any, params: dict[str, str | int]) -> AsyncIterator[Any]:
        while True:
            page = await self.rest.get(path, kind, params)
            yield page
            if not page.next_url:
                return
            # The key goes with every request: to nobody but the one it belongs to.
            if not page.next_url.startswith(f"{self._base}/"):
                raise Corrupt("the next page lies elsewhere")
            path, params = page.next_url.removeprefix(self._base), {}


class Name(NamedTuple):
    """What names one trade, in the stream and in the record."""

    symbol: str
    exchange: int
    facility: int
    id: str


def trade(
    name: Name, ts: int, price: Decimal, size: Decimal, conditions: Sequence[int] | None, order: int
) -> Sequence[Trade]:
    """The trade, none when it sets no price; ``ts`` in ns, in whole milliseconds."""
    if not PRICELESS.isdisjoint(conditions or ()):
        return ()
    ts, nanos, units = numbers.instant(ts), numbers.price(price), numbers.size(size)
    return (Trade(name.symbol, ts, nanos, units, name, order),)
