"""Alpaca's record: trades and bars of historical REST v2, option snapshots v1beta1.

Decides what its answers mean, and what is a trade, for the stream too: both name it by symbol, exchange and
id, with nanoseconds. Trades whose condition says that they set no price (odd lots, average price, sold out of
session, …) are left out, as they are from the provider's own bars. Knows no connection.
"""

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from . import decimals, numbers
from .rest import Rest
from .vocabulary import ChainRow, ProviderBar, Trade

TIMEFRAMES = {"1m": "1Min", "5m": "5Min", "15m": "15Min", "1d": "1Day"}
PAGE, CHAIN_PAGE = 10_000, 1_000

PRICELESS = frozenset("CHIMNQRTUVW7")
"""Conditions of trades that set neither high, low nor last price (CTA and UTP codes)."""
TAKEN_BACK = ("canceled", "incorrect")


class TradeRow(msgspec.Struct):
    """One trade; ``S`` in the stream alone."""

    t: str
    p: Decimal
    s: Decimal
    i: int
    x: str = ""
    S: str = ""
    c: list[str] | None = None
    u: str = ""


class _Bar(msgspec.Struct):
    t: str
    o: Decimal
    h: Decimal
    l: Decimal  # noqa: E741  the provider's name
    c: Decimal
    v: Decimal
    n: int = 0


class _Trades(msgspec.Struct):
    trades: list[TradeRow] | None = None
    next_page_token: str | None = None


class _Bars(msgspec.Struct):
    bars: list[_Bar] | None = None
    next_page_token: str | None = None


class _Side(msgspec.Struct):
    t: str = ""
    bp: Decimal | None = None
    bs: Decimal | None = None
    ap: Decimal | None = None
    as_: Decimal | None = msgspec.field(name="as", default=None)


class _Snapshot(msgspec.Struct):
    quote: _Side | None = msgspec.field(name="latestQuote", default=None)


class _Snapshots(msgspec.Struct):
    snapshots: dict[str, _Snapshot] | None = None
    next_page_token: str | None = None


class AlpacaRecord:
    """The record's part of a ``Provider``."""

    def __init__(self, rest: Rest, variant: str) -> None:
        self.rest = rest
        self.variant = variant

    async def trades(self, symbol: str, since: int, until: int) -> list[Trade]:
        """See ``Provider.trades``."""
        params: dict[str, str | int] = {
            "start": numbers.written(since),
            "end": numbers.written(until),
            "limit": PAGE,
            "feed": self.variant,
            "sort": "asc",
        }
        found: list[Trade] = []
        async for page in self._pages(f"/v2/stocks/{symbol}/trades", _Trades, params):
            for row in page.trades or ():
                found += trade(row, symbol)
        return found

    async def bars(
        self, symbol: str, timeframe: str, since: int, until: int
    ) -> AsyncIterator[list[ProviderBar]]:
        """See ``Provider.bars``; prices are not adjusted."""
        params: dict[str, str | int] = {
            "timeframe": TIMEFRAMES[timeframe],
            "start": numbers.written(since),
            "end": numbers.written(until - 1),
            "limit": PAGE,
            "feed": self.variant,
            "adjustment": "raw",
            "sort": "asc",
        }
        async for page in self._pages(f"/v2/stocks/{symbol}/bars", _Bars, params):
            yield [
                decimals.bar(symbol, numbers.rfc3339(row.t), (row.o, row.h, row.l, row.c), row.v, row.n)
                for row in page.bars or ()
            ]

    async def chain(self, underlying: str, expiry: str = "") -> list[ChainRow]:
        """See ``Provider.chain``; delayed quotes on the ``iex`` plan."""
        params: dict[str, str | int] = {
            "feed": "opra" if self.variant == "sip" else "indicative",
            "limit": CHAIN_PAGE,
        }
        if expiry:
            params["expiration_date"] = expiry
        rows: list[ChainRow] = []
        async for page in self._pages(f"/v1beta1/options/snapshots/{underlying}", _Snapshots, params):
            for contract, snapshot in (page.snapshots or {}).items():
                side = snapshot.quote or _Side()
                ts = numbers.rfc3339(side.t) if side.t else 0
                rows.append(decimals.chain_row(contract, side.bp, side.bs, side.ap, side.as_, ts))
        return sorted(rows)

    def earliest(self, timeframe: str, now: int) -> int:  # noqa: ARG002  the protocol's signature
        """No limit within what an engine asks for."""
        return 0

    async def _pages(self, path: str, kind: Any, params: dict[str, str | int]) -> AsyncIterator[Any]:
        while True:
            page = await self.rest.get(path, kind, params)
            yield page
            if not page.next_page_token:
                return
            params = {**params, "page_token": page.next_page_token}


def trade(row: TradeRow, symbol: str = "") -> Sequence[Trade]:
    """The trade of a row, none when it sets no price; ``symbol`` where the row does not say it."""
    if row.u in TAKEN_BACK or not PRICELESS.isdisjoint(row.c or ()):
        return ()
    symbol = symbol or row.S
    ts, price = numbers.rfc3339(row.t), numbers.price(row.p)
    return (Trade(symbol, ts, price, numbers.size(row.s), (symbol, row.x, row.i), row.i),)
