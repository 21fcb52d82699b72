"""The simulated venue's models: at which price and how much of an order.

Decides fills from nothing but the arguments: frozen parameters, one price update, and counter-based
draws. Knows no state, no position and no clock. Prices are int nanos, quantities int units;
``sign`` is +1 for a buying order, -1 for a selling one.
"""

import msgspec

from ..domain.ids import uniform
from ..domain.money import format_nanos, parse_decimal, slipped
from ..messages import PriceUpdated

PARTIAL_PERCENT = (25, 90)
"""A partial fill takes at least and at most so many percent of the rest."""


class FixedBps(msgspec.Struct, frozen=True):
    """Slippage of market and stop fills: a fixed part of the price, against the account."""

    bps_nanos: int
    """Basis points x 1e9."""

    @classmethod
    def of(cls, bps: float) -> "FixedBps":
        """From the setting, read as the decimal it is written as."""
        return cls(parse_decimal(str(bps)))

    @property
    def text(self) -> str:
        """Name and parameter, as stored with each fill."""
        return f"fixed_bps({format_nanos(self.bps_nanos)})"

    def price(self, raw: int, sign: int, tick: int) -> int:
        """The price paid for ``raw``, on the tick grid."""
        return slipped(raw, sign, self.bps_nanos, tick)


class TradeThrough(msgspec.Struct, frozen=True):
    """Limit fills: only when the market traded at least ``ticks`` beyond the limit, no slippage.

    A touch alone says nothing about the queue in front of a resting order, so it does not fill it.
    """

    ticks: int = 1

    @property
    def text(self) -> str:
        """Name and parameter, as stored with each fill."""
        return f"trade_through({self.ticks})"

    def price(self, raw: int, sign: int, tick: int) -> int:  # noqa: ARG002  same shape as FixedBps
        """A limit order pays what it fills at."""
        return raw


class Partials(msgspec.Struct, frozen=True):
    """How often a fill takes only a part of what is left."""

    seed: int
    probability: float

    def quantity(self, order_id: bytes, attempt: int, rest: int) -> int:
        """Units filled at this attempt: ``rest``, or 25 to 90 % of it but never 0.

        ``attempt`` counts the order's fills so far; with ``rest`` 1 the part is the whole.
        """
        if uniform(self.seed, "partial", order_id, attempt) >= self.probability:
            return rest
        low, high = PARTIAL_PERCENT
        least = -(-rest * low // 100)
        most = max(least, rest * high // 100)
        return least + int(uniform(self.seed, "partial_size", order_id, attempt) * (most - least + 1))


def rejected(seed: int, probability: float, order_id: bytes) -> bool:
    """Whether the venue refuses this entry order (a Bernoulli draw by order id)."""
    return uniform(seed, "reject", order_id, 0) < probability


def market_raw(update: PriceUpdated) -> int | None:
    """The price of a market order before slippage; None where nothing was tradable.

    Only ``first`` of an update that opens was tradable by an order that came before it: the range of
    a bar is known only when it is over.
    """
    return update.first if update.opens else None


def stop_raw(sign: int, stop: int, update: PriceUpdated) -> int | None:
    """The price of a stop order before slippage; None when it is not touched.

    A touch is enough. A path that begins beyond the stop gapped through it and fills where it began,
    which is worse than the stop.
    """
    if sign < 0:
        if update.first <= stop:
            return update.first
        return stop if update.low <= stop else None
    if update.first >= stop:
        return update.first
    return stop if update.high >= stop else None


def target_raw(sign: int, target: int, through: int, update: PriceUpdated) -> int | None:
    """The price of a limit order; None unless the market traded ``through`` nanos beyond it.

    A gap beyond the limit fills at the price it opened at, which is better than the limit. Where the
    path begins beyond it but did not open there (the order began to work at that very open), the
    fill is the worst price of the range that the limit allows.
    """
    if sign < 0:
        if update.high < target + through:
            return None
        if update.first >= target + through and update.opens:
            return update.first
        return max(target, update.low)
    if update.low > target - through:
        return None
    if update.first <= target - through and update.opens:
        return update.first
    return min(target, update.high)
