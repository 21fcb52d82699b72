"""What is known of a symbol: its kind, market hours, price step and unit.

Decides the built-in knowledge and how a config's overrides change it. Knows no price and no file.
Input: a symbol, its overrides and the price step that a file's decimals suggest; output: an Instrument.
"""

from typing import Final

import msgspec

from ..config import InstrumentConfig
from ..errors import BadConfig
from ..types import NANOS
from .calendar import NEW_YORK, calendar, check_timezone
from .money import parse_decimal

CENT: Final = NANOS // 100
PIPETTE: Final = NANOS // 100_000
"""0.00001: the price step of a 24-hour market about which nothing else is known."""

UNITS: Final = {"index": "paper unit", "equity": "share", "currency": "unit"}
"""What one unit of a position is called, per kind."""

INDICES: Final = frozenset(("SPX", "XSP", "NDX", "RUT", "DJI", "VIX"))
# fmt: off
EQUITIES: Final = frozenset((
    "SPY", "QQQ", "IWM", "DIA", "VOO", "VTI", "TLT", "GLD", "AAPL", "MSFT", "GOOG",
    "GOOGL", "AMZN", "META", "NVDA", "TSLA", "AMD", "NFLX", "INTC", "JPM", "BAC", "XOM",
))
# fmt: on


class Instrument(msgspec.Struct, frozen=True):
    """One tradable symbol."""

    symbol: str
    kind: str
    """``index`` | ``equity`` | ``currency``."""
    calendar: str
    """Name for ``calendar.calendar``."""
    timezone: str
    """IANA name: the local time of the market and of its files unless a file format says otherwise."""
    tick: int
    """Smallest price step in nanos. Orders are placed on it; prices that come in are taken as they are."""
    multiplier: int
    unit: str
    """``paper unit`` | ``share`` | ``unit``."""


def instrument(
    symbol: str, override: InstrumentConfig | None = None, tick_hint: int | None = None
) -> Instrument:
    """The instrument behind ``symbol``; overrides win over built-in knowledge.

    An unknown symbol is a 24-hour currency in UTC, with ``tick_hint`` (nanos, from the decimals of its
    file) or 0.00001 as its tick; a ``kind`` given for it brings the defaults of that kind.
    Raises BadConfig, naming the setting.
    """
    given = override or InstrumentConfig()
    where = f"instruments.{symbol}"
    if not symbol or any(c.isspace() or c == ":" for c in symbol):
        raise BadConfig(f"symbol {symbol!r}: write a name without blanks and colons")
    kind = given.kind or _known_kind(symbol)
    if kind not in UNITS:
        raise BadConfig(f"{where}.kind: {kind!r} is none of {', '.join(UNITS)}")
    hours = given.calendar or ("24h" if kind == "currency" else "XNYS")
    timezone = given.timezone or ("UTC" if hours == "24h" else NEW_YORK)
    try:
        check_timezone(timezone)
        calendar(hours, timezone)
    except BadConfig as fault:
        raise BadConfig(f"{where}: {fault}") from None
    default_tick = (tick_hint or PIPETTE) if kind == "currency" else CENT
    tick = default_tick if given.tick is None else _tick(given.tick, where)
    return Instrument(symbol, kind, hours, timezone, tick, given.multiplier or 1, UNITS[kind])


def _known_kind(symbol: str) -> str:
    if symbol in INDICES:
        return "index"
    return "equity" if symbol in EQUITIES else "currency"


def _tick(text: str, where: str) -> int:
    try:
        tick = parse_decimal(text)
    except (ValueError, ArithmeticError):
        tick = 0
    if tick <= 0:
        raise BadConfig(f"{where}.tick: {text!r} is not a positive decimal number of at least 1e-9")
    return tick
