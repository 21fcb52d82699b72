"""Numbers, times and ids as people read them, and as JSON.

Decides digits and separators. Knows no message. Input: nanos, nanoseconds and bytes as the engine keeps
them; output: text, or plain values for JSON (ids as hex digits, enumerations by value).
"""

from datetime import UTC, date, datetime, time, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import typer

from tradingfloor.actors.types import NANOS

_CENTS = Decimal("0.01")
_PIPETTES = Decimal("0.00001")


def money(nanos: int) -> str:
    """An amount to the cent with thousands separated; what is lost is display only."""
    return f"{_quantised(nanos, _CENTS):,}"


def signed_money(nanos: int) -> str:
    """The same with its sign, ``+`` included."""
    return f"{_quantised(nanos, _CENTS):+,}"


def price(nanos: int) -> str:
    """A price: two decimals from 1000 on, below it up to five."""
    if abs(nanos) >= 1000 * NANOS:
        return money(nanos)
    whole, _, decimals = f"{_quantised(nanos, _PIPETTES):,}".partition(".")
    return f"{whole}.{decimals.rstrip('0'):0<2}"


def _quantised(nanos: int, step: Decimal) -> Decimal:
    return (Decimal(nanos) / NANOS).quantize(step, rounding=ROUND_HALF_EVEN)


def count(number: int) -> str:
    """A whole number with thousands separated."""
    return f"{number:,}"


def quantity(units: int, unit: str) -> str:
    """``long 3 paper units``, ``short 1 share``."""
    side = "long" if units > 0 else "short"
    return f"{side} {count(abs(units))} {unit}{'' if abs(units) == 1 else 's'}"


def when(ns: int, zone: tzinfo) -> str:
    """An instant to the second in a time zone, with the zone's name."""
    return f"{_moment(ns, zone):%Y-%m-%d %H:%M:%S %Z}" if ns else "-"


def when_short(ns: int, zone: tzinfo) -> str:
    """The same without the zone's name."""
    return f"{_moment(ns, zone):%Y-%m-%d %H:%M:%S}" if ns else "-"


def day(ns: int, zone: tzinfo) -> str:
    """The date of an instant in a time zone."""
    return f"{_moment(ns, zone):%Y-%m-%d}"


def _moment(ns: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(ns // NANOS, UTC).astimezone(zone)


def instant(text: str, zone: ZoneInfo, *, option: str = "--at", begins: bool = False) -> int:
    """The ns UTC that a user means: a date, a date and time, or the nanoseconds.

    A date is its last instant, its first where something ``begins`` with it. Without an offset it is told in
    ``zone``. Raises BadParameter, naming the option.
    """
    if text.isascii() and text.isdigit() and len(text) > len("20180302"):
        return int(text)
    try:
        if len(text) == len("2018-03-02"):
            day = date.fromisoformat(text)
            if begins:
                return _nanoseconds(datetime.combine(day, time(), zone))
            end = datetime.combine(day, time(23, 59, 59), zone)
            return _nanoseconds(end) + NANOS - 1
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no time: write 2018-03-02, 2018-03-02T16:00 or 2018-03-02T16:00-05:00",
            param_hint=option,
        ) from None
    return _nanoseconds(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def _nanoseconds(moment: datetime) -> int:
    return round(moment.timestamp()) * NANOS


def identifier(text: str) -> bytes:
    """The 16 bytes of an id typed as hex digits. Raises BadParameter."""
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b""
    if len(raw) != 16:
        raise typer.BadParameter(f"{text!r} is no id: 32 hex digits, as in the JSON of events")
    return raw


def plain(value: object) -> Any:
    """A struct, or anything of structs, as plain values that JSON can carry."""
    return _readable(msgspec.to_builtins(value, builtin_types=(bytes,)))


def _readable(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _readable(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_readable(inner) for inner in value]
    return value.hex() if isinstance(value, bytes) else value


def print_json(value: object) -> None:
    """One line of JSON on stdout."""
    print(msgspec.json.encode(value).decode(), flush=True)
