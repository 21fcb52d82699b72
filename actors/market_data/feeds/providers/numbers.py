"""Numbers and times as providers write them, to exact nanos.

Decides what is no price, no size and no time. Knows no message. Input: decoded JSON values; output: ints,
or Corrupt.
"""

from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache

from ....domain.money import parse_decimal
from ....types import MAX_PRICE, NANOS
from .vocabulary import Corrupt

MILLI, MICRO = 1_000_000, 1_000
MAX_SIZE = 10**15
_EARLIEST, _LATEST = 0, 7_258_118_400 * NANOS  # 1970 to 2200


def price(value: Decimal) -> int:
    """A price in nanos. Raises Corrupt unless it is positive and at most 1e8."""
    nanos = _nanos(value)
    if not 0 < nanos <= MAX_PRICE:
        raise Corrupt(f"no price: {value}")
    return nanos


def quoted(value: Decimal | None) -> int:
    """One side of a quote in nanos; 0 = no quote. Raises Corrupt when it is negative or absurd."""
    if value is None:
        return 0
    nanos = _nanos(value)
    if not 0 <= nanos <= MAX_PRICE:
        raise Corrupt(f"no price: {value}")
    return nanos


def size(value: Decimal | int | None) -> int:
    """A size or volume in whole units, fractions rounded half to even; missing = 0. Raises Corrupt."""
    if value is None:
        return 0
    try:
        units = parse_decimal(str(value), 1)
    except (ValueError, ArithmeticError):
        raise Corrupt(f"no size: {value}") from None
    if not 0 <= units <= MAX_SIZE:
        raise Corrupt(f"no size: {value}")
    return units


def instant(nanos: int) -> int:
    """A time in ns that a market can have. Raises Corrupt outside 1970 to 2200."""
    if not _EARLIEST < nanos < _LATEST:
        raise Corrupt(f"no time: {nanos}")
    return nanos


def rfc3339(text: str) -> int:
    """``2024-01-02T14:30:00.123456789Z`` in ns. Raises Corrupt."""
    seconds, dot, fraction = text.removesuffix("Z").partition(".")
    if text[-1:] != "Z" or len(fraction) > 9 or (dot and not fraction.isdecimal()):
        raise Corrupt(f"no time: {text!r}")
    return instant(_second(seconds) + int(fraction.ljust(9, "0")))


def written(ts: int) -> str:
    """An instant as RFC 3339 with nanoseconds."""
    seconds, nanos = divmod(ts, NANOS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{nanos:09d}Z"


@lru_cache(maxsize=4096)
def _second(text: str) -> int:
    """A busy second has hundreds of trades, and strptime takes longer than all the rest."""
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        raise Corrupt(f"no time: {text!r}") from None
    return int(moment.timestamp()) * NANOS


def _nanos(value: Decimal) -> int:
    try:
        return parse_decimal(str(value))
    except (ValueError, ArithmeticError):
        raise Corrupt(f"no price: {value}") from None
