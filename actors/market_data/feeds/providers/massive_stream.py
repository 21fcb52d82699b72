"""Massive's stream: the stocks cluster.

Decides what its messages mean; what a trade is says ``massive_record``. Knows no socket.
"""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from . import decimals, numbers
from .massive_record import Name, trade
from .numbers import MILLI
from .server_first import ServerFirst
from .vocabulary import ConnectionLost, CredentialsRefused, Item, NoStream, Notice

KEYS = ("MASSIVE_API_KEY", "POLYGON_API_KEY")
"""Environment variables that say who calls; the first that is set counts."""


class _Head(msgspec.Struct):
    ev: str


class _Trade(msgspec.Struct):
    sym: str
    t: int
    p: Decimal
    s: Decimal
    i: str | int
    x: int = 0
    q: int = 0
    c: list[int] | None = None
    trfi: int = 0


class _Quote(msgspec.Struct):
    sym: str
    t: int
    bp: Decimal = Decimal(0)
    bs: Decimal = Decimal(0)
    ap: Decimal = Decimal(0)
    as_: Decimal = msgspec.field(name="as", default=Decimal(0))


class _Status(msgspec.Struct):
    status: str = ""
    message: str = ""


class MassiveStream(ServerFirst):
    """The stream's part of a ``Provider``."""

    def __init__(self, url: str, symbols: Sequence[str], key: str) -> None:
        """``url`` is empty on a plan without a stream."""
        self._channels = [f"{kind}.{symbol}" for symbol in symbols for kind in "TQ"]
        super().__init__(
            {"action": "auth", "params": key}, {"action": "subscribe", "params": ",".join(self._channels)}
        )
        self._url = url
        self._missing: set[str] = set()
        self._head = msgspec.json.Decoder(_Head)
        self._trade = msgspec.json.Decoder(_Trade)
        self._quote = msgspec.json.Decoder(_Quote)
        self._status = msgspec.json.Decoder(_Status)

    async def address(self) -> str:
        """The stocks cluster. Raises NoStream on the plan without one."""
        if not self._url:
            raise NoStream("massive: the basic plan has no stream")
        self._missing = set(self._channels)
        return self._url

    def _message(self, raw: msgspec.Raw) -> Sequence[Item]:
        kind = self._head.decode(raw).ev
        if kind == "T":
            row = self._trade.decode(raw)
            name = Name(row.sym, row.x, row.trfi, str(row.i))
            return trade(name, row.t * MILLI, row.p, row.s, row.c, row.q)
        if kind == "Q":
            quote = self._quote.decode(raw)
            ts = numbers.instant(quote.t * MILLI)
            return (decimals.quote(quote.sym, ts, quote.bp, quote.bs, quote.ap, quote.as_),)
        return self._control(self._status.decode(raw)) if kind == "status" else ()

    def _control(self, said: _Status) -> Sequence[Item]:
        """Notices; errors as the exception that tells the frame what to do."""
        text = f"massive: {said.message or said.status}"
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
