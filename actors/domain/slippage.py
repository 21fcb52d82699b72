"""What a market or stop fill costs beyond its raw price: frozen models and pure functions.

Decides the price of a fill by the model that the config chose, and the dearest price that this model may come
to, which is what an approval sets aside. Both come from one formula, so what a fill costs was reserved. Knows
no order, no position and no clock. Prices int nanos, quantities int units; ``sign`` is +1 for a buying order,
-1 for a selling one.
"""

from typing import NamedTuple, Protocol

import msgspec

from ..config import ExecutionConfig
from ..types import NANOS
from .money import format_nanos, parse_decimal, slipped

_BPS = 10_000


class Liquidity(Protocol):
    """What the market tells beside its price; 0 = nothing. A ``PriceUpdated`` is one."""

    @property
    def volume(self) -> int:
        """Units traded."""
        ...

    @property
    def bid(self) -> int:
        """Of the newest quote."""
        ...

    @property
    def ask(self) -> int:
        """Of the newest quote."""
        ...

    @property
    def quote_ts(self) -> int:
        """When it was told; 0 = there is none. A quote may have neither side."""
        ...


class Thin(NamedTuple):
    """The least liquid market: one unit traded, and a quote or none."""

    bid: int = 0
    ask: int = 0
    quote_ts: int = 0
    volume: int = 1


class PriceModel(Protocol):
    """What a market or stop fill costs beyond its raw price, always against the account.

    More volume never costs more; without a quote there is always a price.
    """

    @property
    def text(self) -> str:
        """Name and parameters, as stored with each fill."""
        ...

    def price(self, raw: int, sign: int, tick: int, quantity: int, market: Liquidity) -> int | None:
        """The price of ``quantity`` units, on the tick; None where nothing can be traded."""
        ...


def dearest(model: PriceModel, raw: int, tick: int, quantity: int, bid: int = 0, ask: int = 0) -> int:
    """The highest price of any fill of at most ``quantity`` units, bought or sold, at ``raw`` under a quote.

    That of a purchase in the thinnest market: the rounding and the slippage of a sale go down. ``bid`` and
    ``ask`` 0 = no quote; one that trades nothing, locked or crossed or one-sided, tells no spread either.
    """
    market = Thin(bid, ask) if 0 < bid < ask else Thin()
    price = model.price(raw, 1, tick, max(1, quantity), market)
    assert price is not None, "a market without a quote, or with one that trades, has a price"
    return price


class FixedBps(msgspec.Struct, frozen=True):
    """A fixed part of the price."""

    bps_nanos: int
    """Basis points x 1e9."""

    @classmethod
    def of(cls, bps: float) -> "FixedBps":
        """From the setting, read as the decimal it is written as."""
        return cls(_nanos(bps))

    @property
    def text(self) -> str:
        """Name and parameter."""
        return f"fixed_bps({format_nanos(self.bps_nanos)})"

    def price(self, raw: int, sign: int, tick: int, quantity: int, market: Liquidity) -> int:  # noqa: ARG002
        """``raw`` with the slippage, on the tick grid."""
        return slipped(raw, sign, self.bps_nanos, tick)


class NoSlippage(msgspec.Struct, frozen=True):
    """The raw price itself, on the tick grid: what an execution without any cost would be."""

    text: str = "none"

    def price(self, raw: int, sign: int, tick: int, quantity: int, market: Liquidity) -> int:  # noqa: ARG002
        """``raw``, rounded to the tick against the account."""
        return slipped(raw, sign, 0, tick)


class FixedTicks(msgspec.Struct, frozen=True):
    """A fixed number of ticks."""

    ticks: int

    @property
    def text(self) -> str:
        """Name and parameter."""
        return f"fixed_ticks({self.ticks})"

    def price(self, raw: int, sign: int, tick: int, quantity: int, market: Liquidity) -> int:  # noqa: ARG002
        """``raw`` and the ticks; a sale never below one tick."""
        return max(tick, slipped(raw, sign, 0, tick) + sign * self.ticks * tick)


class HalfSpread(msgspec.Struct, frozen=True):
    """A part of half the spread: the quote's where there is one, else an assumed one.

    A locked or crossed quote trades nothing.
    """

    part_nanos: int
    """Part of the half spread that is paid, x 1e9."""
    assumed_bps_nanos: int
    """Spread in basis points x 1e9 where the price came without a quote."""

    @property
    def text(self) -> str:
        """Name and parameters."""
        return f"half_spread({format_nanos(self.part_nanos)},{format_nanos(self.assumed_bps_nanos)}bps)"

    def price(self, raw: int, sign: int, tick: int, quantity: int, market: Liquidity) -> int | None:  # noqa: ARG002
        """``raw`` moved by the part of the half spread; None on a locked or crossed quote."""
        if not (market.bid or market.ask or market.quote_ts):
            return slipped(raw, sign, -(-self.assumed_bps_nanos * self.part_nanos // (2 * NANOS)), tick)
        if not 0 < market.bid < market.ask:
            return None
        paid = -(-(market.ask - market.bid) * self.part_nanos // (2 * NANOS))
        return slipped(max(1, raw + sign * paid), sign, 0, tick)


class VolumeShare(msgspec.Struct, frozen=True):
    """price x impact x share², share = units over the market's volume, at most ``limit``.

    The formula of zipline's VolumeShareSlippage (limit 0.025, impact 0.1).
    """

    limit_nanos: int
    impact_nanos: int
    assumed: int
    """Volume where the market tells none, units."""

    @property
    def text(self) -> str:
        """Name and parameters."""
        return f"volume_share({format_nanos(self.limit_nanos)},{format_nanos(self.impact_nanos)})"

    def price(self, raw: int, sign: int, tick: int, quantity: int, market: Liquidity) -> int:
        """``raw`` with the impact, rounded up to a nano basis point."""
        share, whole = quantity, market.volume or self.assumed
        if share * NANOS > self.limit_nanos * whole:
            share, whole = self.limit_nanos, NANOS
        bps_nanos = -(-self.impact_nanos * _BPS * share * share // (whole * whole))
        return slipped(raw, sign, bps_nanos, tick)


def price_model(execution: ExecutionConfig) -> PriceModel:
    """The model that the settings name; give those of one kind of instrument (``ExecutionConfig.of``)."""
    match execution.price_model:
        case "none":
            return NoSlippage()
        case "fixed_ticks":
            return FixedTicks(execution.slippage_ticks)
        case "half_spread":
            return HalfSpread(_nanos(execution.spread_part), _nanos(execution.spread_bps))
        case "volume_share":
            limit, impact = _nanos(execution.volume_limit), _nanos(execution.volume_impact)
            return VolumeShare(limit, impact, execution.assumed_volume)
        case _:
            return FixedBps.of(execution.slippage_bps)


def _nanos(setting: float) -> int:
    return parse_decimal(str(setting))
