"""Alpaca's stream: market data v2.

Decides what its messages mean; what a trade is says ``alpaca_record``. Knows no socket.
"""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from . import decimals, numbers
from .alpaca_record import TradeRow, trade
from .server_first import ServerFirst
from .vocabulary import ConnectionLost, CredentialsRefused, Item, NoStream, Notice

KEY, SECRET = "APCA_API_KEY_ID", "APCA_API_SECRET_KEY"
"""Environment variables that say who calls."""

_REFUSED, _LIMITS = (401, 402), (405, 409)


class _Head(msgspec.Struct):
    T: str


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


class AlpacaStream(ServerFirst):
    """The stream's part of a ``Provider``."""

    def __init__(self, url: str, symbols: Sequence[str], key: str, secret: str) -> None:
        super().__init__(
            {"action": "auth", "key": key, "secret": secret},
            {"action": "subscribe", "trades": symbols, "quotes": symbols},
        )
        self._url = url
        self._head = msgspec.json.Decoder(_Head)
        self._trade = msgspec.json.Decoder(TradeRow)
        self._quote = msgspec.json.Decoder(_Quote)
        self._control = msgspec.json.Decoder(_Control)

    async def address(self) -> str:
        """Always the same."""
        return self._url

    def _message(self, raw: msgspec.Raw) -> Sequence[Item]:
        kind = self._head.decode(raw).T
        if kind == "t":
            return trade(self._trade.decode(raw))
        if kind == "q":
            row = self._quote.decode(raw)
            return (decimals.quote(row.S, numbers.rfc3339(row.t), row.bp, row.bs, row.ap, row.as_),)
        if kind == "subscription":
            return (Notice.SUBSCRIBED,)
        if kind in ("success", "error"):
            return _control(kind, self._control.decode(raw))
        return ()


def _control(kind: str, said: _Control) -> Sequence[Item]:
    """Notices; errors as the exception that tells the frame what to do."""
    if kind == "success":
        known = {"connected": Notice.CONNECTED, "authenticated": Notice.AUTHORISED}
        return (known[said.msg],) if said.msg in known else ()
    text = f"alpaca: {said.msg} ({said.code})"
    if said.code in _REFUSED:
        raise CredentialsRefused(f"{text}; check {KEY} and {SECRET}")
    if said.code in _LIMITS:
        raise NoStream(text)
    raise ConnectionLost(text)
