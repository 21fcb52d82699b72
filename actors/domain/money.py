"""Exact money: the only place in the project that rounds a price, a fee or a slippage.

Decides how decimal text becomes int nanos and back, how a price lands on the tick grid, and in
whose favour a fraction goes: never the account's. Knows no order, no clock, no float price.
"""

from decimal import Decimal, InvalidOperation
from fractions import Fraction

from ..types import NANOS

LARGEST_EXPONENT = 40
"""Powers of ten beyond which no text is a price; making an integer of 1e999999 takes minutes."""


def parse_decimal(text: str, scale: int = NANOS) -> int:
    """Decimal text as an integer count of 1/``scale`` units, exactly.

    Digits past the scale are rounded half to even (source data with more than nine decimals).
    Raises ValueError on anything that is not a finite decimal number.
    """
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"not a decimal number: {text!r}") from None
    if not value.is_finite():
        raise ValueError(f"not a finite number: {text!r}")
    if abs(value.adjusted()) > LARGEST_EXPONENT:
        raise ValueError(f"too large or too small: {text!r}")
    return int((value * scale).to_integral_value())


def format_nanos(nanos: int) -> str:
    """Nanos as the shortest decimal text that reads back to the same nanos."""
    sign = "-" if nanos < 0 else ""
    whole, fraction = divmod(abs(nanos), NANOS)
    if not fraction:
        return f"{sign}{whole}"
    return f"{sign}{whole}.{fraction:09d}".rstrip("0")


def to_tick_up(price: int, tick: int) -> int:
    """The smallest multiple of ``tick`` that is not below ``price``."""
    return -(-price // tick) * tick


def to_tick_down(price: int, tick: int) -> int:
    """The largest multiple of ``tick`` that is not above ``price``."""
    return price // tick * tick


def on_tick(level: int, tick: int, *, up: bool) -> int:
    """An order's level on the tick, at least one tick."""
    return to_tick_up(level, tick) if up else max(tick, to_tick_down(level, tick))


def slipped(price: int, sign: int, bps_nanos: int, tick: int) -> int:
    """``price`` moved against the account by a slippage in nano basis points, onto the tick.

    ``sign`` is +1 for a buy, -1 for a sell; ``bps_nanos`` = bps x 1e9 (5 bps = 5e9), so that the
    product is exact; one basis point is 1e-4 of the price. A buy rounds up, a sell down, and never
    below one tick.
    """
    scale = 10_000 * NANOS
    if sign > 0:
        return to_tick_up(-(-price * (scale + bps_nanos) // scale), tick)
    return max(tick, to_tick_down(price * (scale - bps_nanos) // scale, tick))


def fee_up(exact_numerator: int, denominator: int) -> int:
    """A fee of ``numerator / denominator`` nanos, rounded up."""
    return -(-exact_numerator // denominator)


def scaled(value: int, factor: Fraction) -> int:
    """``value`` times an exact factor, rounded half to even: for adjusting prices, in nobody's favour."""
    quotient, rest = divmod(value * factor.numerator, factor.denominator)
    twice = 2 * rest
    return quotient + (twice > factor.denominator or (twice == factor.denominator and quotient % 2 == 1))
