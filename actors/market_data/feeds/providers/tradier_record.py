"""Tradier's record: time and sales, history, option chains.

Decides what its answers mean. Knows no connection. It tells ticks by the second, without a number; one thing
is written as a thing, several as a list; times are New York's.
"""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from ....domain.calendar import NEW_YORK
from ....types import NANOS
from . import decimals, numbers
from .rest import Rest
from .vocabulary import ChainRow, Corrupt, ProviderBar, Trade, slot_key

TIMEFRAMES = {"1m": "1min", "5m": "5min", "15m": "15min", "1d": "daily"}
KEPT_DAYS = {"1m": 20, "5m": 40, "15m": 40}
"""Days for which the provider keeps bars of regular sessions."""
MINUTE, DAY = 60 * NANOS, 86_400 * NANOS
_ZONE = ZoneInfo(NEW_YORK)

T = TypeVar("T")


class _Tick(msgspec.Struct):
    timestamp: int
    price: Decimal
    volume: Decimal


class _Bar(msgspec.Struct):
    timestamp: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal = Decimal(0)


class _Ticks(msgspec.Struct):
    data: list[_Tick] | _Tick


class _TickSeries(msgspec.Struct):
    series: _Ticks | None = None


class _Rows(msgspec.Struct):
    data: list[_Bar] | _Bar


class _BarSeries(msgspec.Struct):
    series: _Rows | None = None


class _Day(msgspec.Struct):
    date: str
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal = Decimal(0)


class _Days(msgspec.Struct):
    day: list[_Day] | _Day


class _History(msgspec.Struct):
    history: _Days | None = None


class _Dates(msgspec.Struct):
    date: list[str] | str


class _Expirations(msgspec.Struct):
    expirations: _Dates | None = None


class _Option(msgspec.Struct):
    symbol: str
    bid: Decimal | None = None
    ask: Decimal | None = None
    bidsize: Decimal | None = None
    asksize: Decimal | None = None
    bid_date: int = 0
    ask_date: int = 0


class _Contracts(msgspec.Struct):
    option: list[_Option] | _Option


class _Chain(msgspec.Struct):
    options: _Contracts | None = None


class TradierRecord:
    """The record's part of a ``Provider``."""

    def __init__(self, rest: Rest) -> None:
        self.rest = rest

    async def trades(self, symbol: str, since: int, until: int) -> list[Trade]:
        """See ``Provider.trades``; by the second, and only while a regular session is open."""
        params = {
            "symbol": symbol,
            "interval": "tick",
            "start": _local_minute(since),
            "end": _local_minute(until + MINUTE),
            "session_filter": "open",
        }
        answer = await self.rest.get("/v1/markets/timesales", _TickSeries, params)
        found = []
        for row in _list(answer.series.data if answer.series else []):
            ts, price, size = row.timestamp * NANOS, numbers.price(row.price), numbers.size(row.volume)
            key = slot_key(symbol, numbers.instant(ts), NANOS, price, size)
            if since // NANOS * NANOS <= ts and ts + NANOS <= until:
                found.append(Trade(symbol, ts, price, size, key, slot=NANOS))
        return found

    async def bars(
        self, symbol: str, timeframe: str, since: int, until: int
    ) -> AsyncIterator[list[ProviderBar]]:
        """See ``Provider.bars``; regular sessions."""
        if timeframe == "1d":
            yield await self._days(symbol, since, until)
            return
        params = {
            "symbol": symbol,
            "interval": TIMEFRAMES[timeframe],
            "start": _local_minute(since),
            "end": _local_minute(until),
            "session_filter": "open",
        }
        answer = await self.rest.get("/v1/markets/timesales", _BarSeries, params)
        rows = [
            _bar(symbol, row.timestamp * NANOS, row)
            for row in _list(answer.series.data if answer.series else [])
        ]
        yield [row for row in rows if since <= row.start < until]

    async def _days(self, symbol: str, since: int, until: int) -> list[ProviderBar]:
        params = {
            "symbol": symbol,
            "interval": "daily",
            "start": _local(since).date().isoformat(),
            "end": _local(until - 1).date().isoformat(),
        }
        answer = await self.rest.get("/v1/markets/history", _History, params)
        rows = [
            _bar(symbol, _midnight(row.date), row)
            for row in _list(answer.history.day if answer.history else [])
        ]
        return [row for row in rows if since <= row.start < until]

    async def chain(self, underlying: str, expiry: str = "") -> list[ChainRow]:
        """See ``Provider.chain``; one request per expiry."""
        expiries = [expiry]
        if not expiry:
            params: dict[str, str | int] = {"symbol": underlying, "includeAllRoots": "true"}
            answer = await self.rest.get("/v1/markets/options/expirations", _Expirations, params)
            expiries = _list(answer.expirations.date if answer.expirations else [])
        rows: list[ChainRow] = []
        for each in expiries:
            params = {"symbol": underlying, "expiration": each, "greeks": "false"}
            found = await self.rest.get("/v1/markets/options/chains", _Chain, params)
            rows += [_contract(row) for row in _list(found.options.option if found.options else [])]
        return sorted(rows)

    def earliest(self, timeframe: str, now: int) -> int:
        """What the provider keeps of each timeframe; days go back as far as anybody asks."""
        days = KEPT_DAYS.get(timeframe)
        return now - days * DAY if days else 0


def _bar(symbol: str, start: int, row: _Bar | _Day) -> ProviderBar:
    prices = row.open, row.high, row.low, row.close
    return decimals.bar(symbol, start, prices, row.volume)


def _contract(row: _Option) -> ChainRow:
    ts = max(row.bid_date, row.ask_date) * numbers.MILLI
    return decimals.chain_row(row.symbol, row.bid, row.bidsize, row.ask, row.asksize, ts)


def _list(value: "list[T] | T") -> "list[T]":
    """What the provider writes as one thing when there is one, and as a list when there are more."""
    return value if isinstance(value, list) else [value]


def _local(ts: int) -> datetime:
    return datetime.fromtimestamp(ts // NANOS, UTC).astimezone(_ZONE)


def _local_minute(ts: int) -> str:
    return f"{_local(ts):%Y-%m-%d %H:%M}"


def _midnight(day: str) -> int:
    try:
        at = date.fromisoformat(day)
    except ValueError:
        raise Corrupt(f"no date: {day!r}") from None
    return int(datetime(at.year, at.month, at.day, tzinfo=_ZONE).timestamp()) * NANOS
