"""How events and tape blocks become bytes, and how the bytes of any version become events again.

Decides the stored form (canonical msgpack: fields in declared order, keys sorted, tagged by type) and the
upcasting of older versions. Knows no table. Input: frozen messages; output: bytes, and back.
"""

from collections.abc import Callable, Sequence
from typing import Any, get_args

import msgspec

from tradingfloor.actors.errors import StoreMismatch
from tradingfloor.actors.messages import JournalEvent, MarketUpdate
from tradingfloor.actors.types import UpdateKind

VERSION = 1
"""Version of every event written now."""

KINDS: dict[str, type[JournalEvent]] = {kind.__name__: kind for kind in get_args(JournalEvent)}
"""Name of every journaled event -> its type."""

UPCASTERS: dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""(kind, version) -> the stored fields in the form of version + 1; a step that only added defaulted
fields needs no entry."""

_encoder = msgspec.msgpack.Encoder(order="deterministic")
_decoders = {name: msgspec.msgpack.Decoder(kind) for name, kind in KINDS.items()}
_fields = msgspec.msgpack.Decoder(dict[str, Any])
_rows = msgspec.msgpack.Decoder(list[tuple[int, ...]])

encode: Callable[[msgspec.Struct], bytes] = _encoder.encode
"""Canonical msgpack of one event (or of a command, or a dead letter)."""


def decode(body: bytes, kind: str, version: int = VERSION) -> JournalEvent:
    """One stored event.

    Raises StoreMismatch when the kind or version is newer than this build, msgspec.DecodeError when the
    bytes are not such an event.
    """
    decoder = _decoders.get(kind)
    if decoder is None or version > VERSION:
        raise StoreMismatch(
            f"the store holds {kind} version {version}, unknown to this build; use a newer release"
        )
    if version == VERSION:
        return decoder.decode(body)
    fields = _fields.decode(body)
    for step in range(version, VERSION):
        upcast = UPCASTERS.get((kind, step))
        if upcast is not None:
            fields = upcast(fields)
    return msgspec.convert(fields, KINDS[kind])


# A trade has one price, so it is stored in five numbers, a bar in nine.
_CODES = (UpdateKind.TICK, UpdateKind.OPEN, UpdateKind.BAR)


def encode_block(updates: Sequence[MarketUpdate]) -> bytes:
    """The updates of one symbol, in tape order, as one block; the symbol itself is not stored."""
    return _encoder.encode([_to_row(update) for update in updates])


def decode_block(body: bytes, symbol: str) -> list[MarketUpdate]:
    """The updates of one block. Raises msgspec.DecodeError when the bytes are no block."""
    return [_to_update(row, symbol) for row in _rows.decode(body)]


def _to_row(u: MarketUpdate) -> tuple[int, ...]:
    code = _CODES.index(u.kind)
    if u.start == u.ts and u.open == u.high == u.low == u.close:
        return (u.index, code, u.ts, u.close, u.volume)
    return (u.index, code, u.ts, u.start, u.open, u.high, u.low, u.close, u.volume)


def _to_update(row: tuple[int, ...], symbol: str) -> MarketUpdate:
    if len(row) == 5:
        index, code, ts, price, volume = row
        return MarketUpdate(index, symbol, _CODES[code], ts, ts, price, price, price, price, volume)
    index, code, ts, start, first, high, low, close, volume = row
    return MarketUpdate(index, symbol, _CODES[code], ts, start, first, high, low, close, volume)
