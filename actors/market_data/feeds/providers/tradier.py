"""Tradier's protocol: streaming session and market events, time and sales, history, option chains.

Decides what its messages mean. Knows no socket. The stream numbers its time-and-sales events and tells
milliseconds; the record tells ticks by the second, without a number. So a trade of the stream is known by
its number, and stream and record are matched by counting equal prices and sizes within a second.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from ....config import Config
from ....domain.calendar import NEW_YORK
from ....errors import BadConfig
from ....types import NANOS
from . import numbers
from .feed import ProviderFeed
from .limits import TokenBucket
from .provider import Setting, credential, require_libraries, setting_of
from .rest import Rest
from .vocabulary import (
    ChainRow,
    ConnectionLost,
    Corrupt,
    Item,
    NoStream,
    NotEntitled,
    Notice,
    ProviderBar,
    Quote,
    Trade,
    occ_symbol,
    slot_key,
)

NAME: Final = "tradier"
KEY: Final = "TRADIER_ACCESS_TOKEN"
STREAM, REST = "wss://ws.tradier.com", "https://api.tradier.com"
TIMEFRAMES = {"1m": "1min", "5m": "5min", "15m": "15min", "1d": "daily"}
KEPT_DAYS = {"1m": 20, "5m": 40, "15m": 40}
"""Days for which the provider keeps bars of regular sessions."""
MINUTE, DAY = 60 * NANOS, 86_400 * NANOS
_ZONE = ZoneInfo(NEW_YORK)

T = TypeVar("T")


class _Event(msgspec.Struct):
    type: str = ""
    error: str = ""


class _TimeSale(msgspec.Struct):
    symbol: str
    last: Decimal
    size: Decimal
    date: int
    seq: int
    cancel: bool = False
    correction: bool = False


class _StreamQuote(msgspec.Struct):
    symbol: str
    bid: Decimal = Decimal(0)
    bidsz: Decimal = Decimal(0)
    biddate: int = 0
    ask: Decimal = Decimal(0)
    asksz: Decimal = Decimal(0)
    askdate: int = 0


class _Address(msgspec.Struct):
    sessionid: str


class _Session(msgspec.Struct):
    stream: _Address


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


class Tradier:
    """The codec; see ``Provider``."""

    name = NAME
    slot = NANOS
    variant = ""

    def __init__(self, setting: Setting, rest: Rest) -> None:
        self.rest = rest
        self._symbols = list(setting.symbols)
        self._url = f"{setting.stream_url or STREAM}/v1/markets/events"
        self._session = ""
        self._event = msgspec.json.Decoder(_Event)
        # The stream writes numbers as text.
        self._timesale = msgspec.json.Decoder(_TimeSale, strict=False)
        self._quote = msgspec.json.Decoder(_StreamQuote, strict=False)

    async def address(self) -> str:
        """The stream, after a session was created for it. Raises NoStream where none may be created."""
        try:
            created = await self.rest.get("/v1/markets/events/session", _Session, method="POST")
        except NotEntitled as error:
            raise NoStream(str(error)) from None
        self._session = created.stream.sessionid
        return self._url

    def hello(self) -> Sequence[str]:
        """What is wanted, under the session's id."""
        wanted = {
            "symbols": self._symbols,
            "sessionid": self._session,
            "filter": ["timesale", "quote"],
            "linebreak": True,
            "validOnly": True,
        }
        return (msgspec.json.encode(wanted).decode(),)

    def announced(self) -> Sequence[Notice]:
        """The server confirms nothing: it sends."""
        return (Notice.AUTHORISED, Notice.SUBSCRIBED)

    def reply(self, notice: Notice) -> Sequence[str]:  # noqa: ARG002
        """Nothing more."""
        return ()

    def read(self, frame: str | bytes) -> list[Item]:
        """A frame is one event, or several on lines of their own; see ``Provider.read``."""
        text = frame.decode("utf-8", "replace") if isinstance(frame, bytes) else frame
        try:
            return [item for line in text.splitlines() if line.strip() for item in self._message(line)]
        except (msgspec.DecodeError, UnicodeError) as error:
            raise Corrupt(str(error)) from None

    def _message(self, line: str) -> Sequence[Item]:
        event = self._event.decode(line)
        if event.error:
            raise ConnectionLost(f"{NAME}: {event.error}")
        if event.type == "timesale":
            row = self._timesale.decode(line)
            return () if row.cancel or row.correction else (_sale(row),)
        if event.type == "quote":
            quote = self._quote.decode(line)
            return (
                Quote(
                    quote.symbol,
                    max(quote.biddate, quote.askdate) * numbers.MILLI,
                    numbers.quoted(quote.bid),
                    numbers.size(quote.bidsz),
                    numbers.quoted(quote.ask),
                    numbers.size(quote.asksz),
                ),
            )
        return ()

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


def _sale(row: _TimeSale) -> Trade:
    ts = numbers.instant(row.date * numbers.MILLI)
    price, size = numbers.price(row.last), numbers.size(row.size)
    key = slot_key(row.symbol, ts, NANOS, price, size)
    return Trade(row.symbol, ts, price, size, key, row.seq, serial=(row.symbol, row.seq))


def _bar(symbol: str, start: int, row: _Bar | _Day) -> ProviderBar:
    return ProviderBar(
        symbol,
        numbers.instant(start),
        numbers.price(row.open),
        numbers.price(row.high),
        numbers.price(row.low),
        numbers.price(row.close),
        numbers.size(row.volume),
        0,
    )


def _contract(row: _Option) -> ChainRow:
    return ChainRow(
        occ_symbol(row.symbol),
        numbers.quoted(row.bid),
        numbers.size(row.bidsize),
        numbers.quoted(row.ask),
        numbers.size(row.asksize),
        max(row.bid_date, row.ask_date) * numbers.MILLI,
    )


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


def make(setting: Setting) -> Tradier:
    """The codec with its credentials. Raises BadConfig without them."""
    require_libraries(NAME)
    if setting.variant:
        raise BadConfig(f"data.variant: tradier has none, not {setting.variant!r}")
    headers = {"Authorization": f"Bearer {credential(NAME, KEY)}", "Accept": "application/json"}
    # 120 market data requests a minute.
    return Tradier(setting, Rest(NAME, setting.rest_url or REST, headers, TokenBucket(2, 20)))


def open_feed(config: Config) -> ProviderFeed:
    """The live feed. Raises BadConfig without libraries or credentials."""
    return ProviderFeed(config, lambda: make(setting_of(config)))
