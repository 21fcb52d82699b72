"""Massive's protocol (formerly Polygon.io): stocks stream, trades v3, aggregates v2, chain snapshots v3.

Decides what its messages mean. Knows no socket. A trade is named by ticker, exchange, reporting facility and
id; the stream tells milliseconds and the record nanoseconds, so times are cut to the millisecond and the
sequence number orders within it. Trades whose condition says that they set no price are left out.
"""

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from ....config import Config
from ....errors import BadConfig
from . import numbers
from .feed import ProviderFeed
from .limits import TokenBucket
from .provider import Setting, credential, require_libraries, setting_of
from .rest import Rest
from .vocabulary import (
    ChainRow,
    ConnectionLost,
    Corrupt,
    CredentialsRefused,
    Item,
    NoStream,
    Notice,
    ProviderBar,
    Quote,
    Trade,
    occ_symbol,
)

NAME: Final = "massive"
KEYS = ("MASSIVE_API_KEY", "POLYGON_API_KEY")
VARIANTS = ("realtime", "basic")
"""``basic``: a plan with five requests a minute and no stream; for downloads."""
STREAM, REST = "wss://socket.massive.com", "https://api.massive.com"
TIMEFRAMES = {"1m": (1, "minute"), "5m": (5, "minute"), "15m": (15, "minute"), "1d": (1, "day")}
PAGE, CHAIN_PAGE = 50_000, 250
MILLI = numbers.MILLI

PRICELESS = frozenset({2, 7, 12, 13, 15, 16, 20, 21, 29, 37, 52, 53})
"""Average price, cash, form T, extended hours, official close and open, next day, price variation, seller,
odd lot, contingent, qualified contingent: they set neither high, low nor last price."""


class _Head(msgspec.Struct):
    ev: str


class _StreamTrade(msgspec.Struct):
    sym: str
    t: int
    p: Decimal
    s: Decimal
    i: str | int
    x: int = 0
    q: int = 0
    c: list[int] | None = None
    trfi: int = 0


class _StreamQuote(msgspec.Struct):
    sym: str
    t: int
    bp: Decimal = Decimal(0)
    bs: Decimal = Decimal(0)
    ap: Decimal = Decimal(0)
    as_: Decimal = msgspec.field(name="as", default=Decimal(0))


class _Status(msgspec.Struct):
    status: str = ""
    message: str = ""


class _RestTrade(msgspec.Struct):
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
    results: list[_RestTrade] | None = None
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


class Massive:
    """The codec; see ``Provider``."""

    name = NAME
    slot = 0

    def __init__(self, setting: Setting, key: str, rest: Rest) -> None:
        self.rest = rest
        self.variant = setting.variant or VARIANTS[0]
        self._base = setting.rest_url or REST
        self._url = f"{setting.stream_url or STREAM}/stocks"
        self._key = key
        self._channels = [f"{kind}.{symbol}" for symbol in setting.symbols for kind in "TQ"]
        self._missing: set[str] = set()
        self._frame = msgspec.json.Decoder(list[msgspec.Raw])
        self._head = msgspec.json.Decoder(_Head)
        self._trade = msgspec.json.Decoder(_StreamTrade)
        self._quote = msgspec.json.Decoder(_StreamQuote)
        self._status = msgspec.json.Decoder(_Status)

    async def address(self) -> str:
        """The stocks cluster. Raises NoStream on the plan without one."""
        if self.variant == "basic":
            raise NoStream("massive: the basic plan has no stream")
        self._missing = set(self._channels)
        return self._url

    def hello(self) -> Sequence[str]:
        """Nothing: the server speaks first."""
        return ()

    def announced(self) -> Sequence[Notice]:
        """Nothing: the server says everything."""
        return ()

    def reply(self, notice: Notice) -> Sequence[str]:
        """Who calls; then what is wanted."""
        if notice is Notice.CONNECTED:
            return (_text({"action": "auth", "params": self._key}),)
        if notice is Notice.AUTHORISED:
            return (_text({"action": "subscribe", "params": ",".join(self._channels)}),)
        return ()

    def read(self, frame: str | bytes) -> list[Item]:
        """A frame is a list of messages; see ``Provider.read``."""
        try:
            return [item for raw in self._frame.decode(frame) for item in self._message(raw)]
        except (msgspec.DecodeError, UnicodeError) as error:
            raise Corrupt(str(error)) from None

    def _message(self, raw: msgspec.Raw) -> Sequence[Item]:
        kind = self._head.decode(raw).ev
        if kind == "T":
            row = self._trade.decode(raw)
            return _trade(row.sym, row.t * MILLI, row, (row.x, row.trfi, str(row.i)), row.q)
        if kind == "Q":
            quote = self._quote.decode(raw)
            return (
                Quote(
                    quote.sym,
                    numbers.instant(quote.t * MILLI),
                    numbers.quoted(quote.bp),
                    numbers.size(quote.bs),
                    numbers.quoted(quote.ap),
                    numbers.size(quote.as_),
                ),
            )
        return self._control(self._status.decode(raw)) if kind == "status" else ()

    def _control(self, said: _Status) -> Sequence[Item]:
        """Notices; errors as the exception that tells the frame what to do."""
        text = f"{NAME}: {said.message or said.status}"
        match said.status:
            case "connected":
                return (Notice.CONNECTED,)
            case "auth_success":
                return (Notice.AUTHORISED,)
            case "success":
                # One message per channel, or one for several.
                self._missing -= set(said.message.rpartition(":")[2].replace(" ", "").split(","))
                return () if self._missing else (Notice.SUBSCRIBED,)
            case "auth_failed":
                raise CredentialsRefused(f"{text}; check {KEYS[0]}")
            case "not_authorized":
                raise NoStream(text)
            case _:
                raise ConnectionLost(text)

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
                if row.correction not in _TAKEN_BACK:
                    named = (row.exchange, row.trf_id, str(row.id))
                    ts = row.sip_timestamp // MILLI * MILLI
                    found += _trade(symbol, ts, row, named, row.sequence_number)
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
                ProviderBar(
                    symbol,
                    numbers.instant(row.t * MILLI),
                    numbers.price(row.o),
                    numbers.price(row.h),
                    numbers.price(row.l),
                    numbers.price(row.c),
                    numbers.size(row.v),
                    row.n,
                )
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
                rows.append(
                    ChainRow(
                        occ_symbol(contract.details.ticker),
                        numbers.quoted(quote.bid),
                        numbers.size(quote.bid_size),
                        numbers.quoted(quote.ask),
                        numbers.size(quote.ask_size),
                        quote.last_updated,
                    )
                )
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


_TAKEN_BACK = (7, 8, 10, 11)
"""Correction codes: cancelled or in error."""


def _trade(
    symbol: str, ts: int, row: _StreamTrade | _RestTrade, named: tuple[object, ...], order: int
) -> Sequence[Trade]:
    if isinstance(row, _StreamTrade):
        price, size, conditions = row.p, row.s, row.c
    else:
        price, size, conditions = row.price, row.size, row.conditions
    if not PRICELESS.isdisjoint(conditions or ()):
        return ()
    key = (symbol, *named)
    return (Trade(symbol, numbers.instant(ts), numbers.price(price), numbers.size(size), key, order),)


def _text(message: object) -> str:
    return msgspec.json.encode(message).decode()


def make(setting: Setting) -> Massive:
    """The codec with its credentials. Raises BadConfig without them, or on another variant."""
    require_libraries(NAME)
    if setting.variant and setting.variant not in VARIANTS:
        raise BadConfig(f"data.variant: massive has {' and '.join(VARIANTS)}, not {setting.variant!r}")
    key = credential(NAME, *KEYS)
    bucket = TokenBucket(5 / 60, 5) if setting.variant == "basic" else TokenBucket(5, 20)
    rest = Rest(NAME, setting.rest_url or REST, {"Authorization": f"Bearer {key}"}, bucket)
    return Massive(setting, key, rest)


def open_feed(config: Config) -> ProviderFeed:
    """The live feed. Raises BadConfig without libraries or credentials, or on the plan without a stream."""
    return ProviderFeed(config, lambda: make(setting_of(config)))
