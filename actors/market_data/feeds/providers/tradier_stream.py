"""Tradier's stream: a session is created for it, then it sends market events.

Decides what its messages mean. Knows no socket. It numbers its time-and-sales events and tells milliseconds;
the record does neither (see ``tradier_record``), so a trade is known by its number, and stream and record are
matched by counting equal prices and sizes within a second.
"""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from ....types import NANOS
from . import decimals, numbers
from .rest import Rest
from .vocabulary import (
    ConnectionLost,
    Corrupt,
    Item,
    NoStream,
    NotEntitled,
    Notice,
    Trade,
    slot_key,
)


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


class _Quote(msgspec.Struct):
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


class TradierStream:
    """The stream's part of a ``Provider``."""

    def __init__(self, url: str, symbols: Sequence[str], rest: Rest) -> None:
        """``rest`` is asked for the session."""
        self._rest = rest
        self._url = url
        self._symbols = symbols
        self._session = ""
        self._event = msgspec.json.Decoder(_Event)
        # The stream writes numbers as text.
        self._timesale = msgspec.json.Decoder(_TimeSale, strict=False)
        self._quote = msgspec.json.Decoder(_Quote, strict=False)

    async def address(self) -> str:
        """The stream, after a session was created for it. Raises NoStream where none may be created."""
        try:
            created = await self._rest.get("/v1/markets/events/session", _Session, method="POST")
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
            raise ConnectionLost(f"tradier: {event.error}")
        if event.type == "timesale":
            row = self._timesale.decode(line)
            return () if row.cancel or row.correction else (_sale(row),)
        if event.type == "quote":
            return _quote(self._quote.decode(line))
        return ()


def _quote(row: _Quote) -> Sequence[Item]:
    """The quote, none when no side of it has a time: nobody could say what it goes with."""
    told = max(row.biddate, row.askdate)
    if not told:
        return ()
    ts = numbers.instant(told * numbers.MILLI)
    return (decimals.quote(row.symbol, ts, row.bid, row.bidsz, row.ask, row.asksz),)


def _sale(row: _TimeSale) -> Trade:
    ts = numbers.instant(row.date * numbers.MILLI)
    price, size = numbers.price(row.last), numbers.size(row.size)
    key = slot_key(row.symbol, ts, NANOS, price, size)
    return Trade(row.symbol, ts, price, size, key, row.seq, serial=(row.symbol, row.seq))
