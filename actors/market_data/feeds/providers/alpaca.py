"""Alpaca's protocol: market data stream v2, historical REST v2, option snapshots v1beta1.

Decides what its messages mean. Knows no socket. The record and the stream name a trade alike: by symbol,
exchange and id, with nanoseconds. Trades whose condition says that they set no price (odd lots, average
price, sold out of session, …) are left out, as they are from the provider's own bars.
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

NAME: Final = "alpaca"
KEY, SECRET = "APCA_API_KEY_ID", "APCA_API_SECRET_KEY"
VARIANTS = ("iex", "sip")
STREAM, REST = "wss://stream.data.alpaca.markets", "https://data.alpaca.markets"
TIMEFRAMES = {"1m": "1Min", "5m": "5Min", "15m": "15Min", "1d": "1Day"}
PAGE, CHAIN_PAGE = 10_000, 1_000

PRICELESS = frozenset("CHIMNQRTUVW7")
"""Conditions of trades that set neither high, low nor last price (CTA and UTP codes)."""
TAKEN_BACK = ("canceled", "incorrect")

_REFUSED, _LIMITS = (401, 402), (405, 409)


class _Head(msgspec.Struct):
    T: str


class _Trade(msgspec.Struct):
    t: str
    p: Decimal
    s: Decimal
    i: int
    x: str = ""
    S: str = ""
    c: list[str] | None = None
    u: str = ""


class _Quote(msgspec.Struct):
    S: str
    t: str
    bp: Decimal
    ap: Decimal
    bs: Decimal = Decimal(0)
    as_: Decimal = msgspec.field(name="as", default=Decimal(0))


class _Control(msgspec.Struct):
    msg: str = ""
    code: int = 0


class _Bar(msgspec.Struct):
    t: str
    o: Decimal
    h: Decimal
    l: Decimal  # noqa: E741  the provider's name
    c: Decimal
    v: Decimal
    n: int = 0


class _Trades(msgspec.Struct):
    trades: list[_Trade] | None = None
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


class Alpaca:
    """The codec; see ``Provider``."""

    name = NAME
    slot = 0

    def __init__(self, setting: Setting, key: str, secret: str, rest: Rest) -> None:
        self.rest = rest
        self.variant = setting.variant or VARIANTS[0]
        self._symbols = list(setting.symbols)
        self._url = f"{setting.stream_url or STREAM}/v2/{self.variant}"
        self._key, self._secret = key, secret
        self._frame = msgspec.json.Decoder(list[msgspec.Raw])
        self._head = msgspec.json.Decoder(_Head)
        self._trade = msgspec.json.Decoder(_Trade)
        self._quote = msgspec.json.Decoder(_Quote)
        self._control = msgspec.json.Decoder(_Control)

    async def address(self) -> str:
        """Always the same."""
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
            return (_text({"action": "auth", "key": self._key, "secret": self._secret}),)
        if notice is Notice.AUTHORISED:
            return (_text({"action": "subscribe", "trades": self._symbols, "quotes": self._symbols}),)
        return ()

    def read(self, frame: str | bytes) -> list[Item]:
        """A frame is a list of messages; see ``Provider.read``."""
        try:
            return [item for raw in self._frame.decode(frame) for item in self._message(raw)]
        except (msgspec.DecodeError, UnicodeError) as error:
            raise Corrupt(str(error)) from None

    def _message(self, raw: msgspec.Raw) -> Sequence[Item]:
        kind = self._head.decode(raw).T
        if kind == "t":
            return _trade(self._trade.decode(raw))
        if kind == "q":
            quote = self._quote.decode(raw)
            return (
                Quote(
                    quote.S,
                    numbers.rfc3339(quote.t),
                    numbers.quoted(quote.bp),
                    numbers.size(quote.bs),
                    numbers.quoted(quote.ap),
                    numbers.size(quote.as_),
                ),
            )
        if kind == "subscription":
            return (Notice.SUBSCRIBED,)
        if kind in ("success", "error"):
            return _control(kind, self._control.decode(raw))
        return ()

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
                found += _trade(row, symbol)
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
                ProviderBar(
                    symbol,
                    numbers.rfc3339(row.t),
                    numbers.price(row.o),
                    numbers.price(row.h),
                    numbers.price(row.l),
                    numbers.price(row.c),
                    numbers.size(row.v),
                    row.n,
                )
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
                rows.append(
                    ChainRow(
                        occ_symbol(contract),
                        numbers.quoted(side.bp),
                        numbers.size(side.bs),
                        numbers.quoted(side.ap),
                        numbers.size(side.as_),
                        numbers.rfc3339(side.t) if side.t else 0,
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
            if not page.next_page_token:
                return
            params = {**params, "page_token": page.next_page_token}


def _trade(row: _Trade, symbol: str = "") -> Sequence[Trade]:
    if row.u in TAKEN_BACK or not PRICELESS.isdisjoint(row.c or ()):
        return ()
    symbol = symbol or row.S
    ts, price = numbers.rfc3339(row.t), numbers.price(row.p)
    return (Trade(symbol, ts, price, numbers.size(row.s), (symbol, row.x, row.i), row.i),)


def _control(kind: str, said: _Control) -> Sequence[Item]:
    """Notices; errors as the exception that tells the frame what to do."""
    if kind == "success":
        known = {"connected": Notice.CONNECTED, "authenticated": Notice.AUTHORISED}
        return (known[said.msg],) if said.msg in known else ()
    text = f"{NAME}: {said.msg} ({said.code})"
    if said.code in _REFUSED:
        raise CredentialsRefused(f"{text}; check {KEY} and {SECRET}")
    if said.code in _LIMITS:
        raise NoStream(text)
    raise ConnectionLost(text)


def _text(message: object) -> str:
    return msgspec.json.encode(message).decode()


def make(setting: Setting) -> Alpaca:
    """The codec with its credentials. Raises BadConfig without them, or on another variant."""
    require_libraries(NAME)
    if setting.variant and setting.variant not in VARIANTS:
        raise BadConfig(f"data.variant: alpaca has {' and '.join(VARIANTS)}, not {setting.variant!r}")
    key, secret = credential(NAME, KEY), credential(NAME, SECRET)
    # 200 requests a minute on the free plan.
    headers = {"APCA-API-KEY-ID": key, "APCA-API-SECRET-KEY": secret}
    rest = Rest(NAME, setting.rest_url or REST, headers, TokenBucket(200 / 60, 20))
    return Alpaca(setting, key, secret, rest)


def open_feed(config: Config) -> ProviderFeed:
    """The live feed. Raises BadConfig without libraries or credentials."""
    return ProviderFeed(config, lambda: make(setting_of(config)))
