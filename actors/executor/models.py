"""The simulated venue's models: frozen parameters and pure functions, chosen by the config.

Decides what an execution costs beyond its raw price, how much of an order fills at once, which orders the
venue refuses and when an order may first fill. Knows no state, no position and no clock. Randomness is a
hash of the seed and the order. Prices int nanos, quantities int units, times int nanoseconds UTC; ``sign``
is +1 for a buying order, -1 for a selling one.
"""

from typing import Protocol

import msgspec

from ..config import ExecutionConfig
from ..domain.ids import uniform
from ..domain.money import format_nanos, parse_decimal, slipped
from ..messages import OrderApproved, PriceUpdated
from ..types import NANOS, Refusal

PARTIAL_PERCENT = (25, 90)
"""A partial fill takes at least and at most so many percent of the rest."""

NANOS_PER_MS = 1_000_000
MINUTE = 60 * NANOS
_BPS = 10_000


def _nanos(setting: float) -> int:
    """A setting, read as the decimal it is written as, x 1e9."""
    return parse_decimal(str(setting))


# --- price ------------------------------------------------------------------------------------------


class PriceModel(Protocol):
    """What a market or stop fill costs beyond its raw price, always against the account."""

    @property
    def text(self) -> str:
        """Name and parameters, as stored with each fill."""
        ...

    def price(self, raw: int, sign: int, tick: int, quantity: int, update: PriceUpdated) -> int | None:
        """The price of ``quantity`` units, on the tick; None where nothing can be traded."""
        ...


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

    def price(self, raw: int, sign: int, tick: int, quantity: int, update: PriceUpdated) -> int:  # noqa: ARG002
        """``raw`` with the slippage, on the tick grid."""
        return slipped(raw, sign, self.bps_nanos, tick)


class NoSlippage(msgspec.Struct, frozen=True):
    """The raw price itself, on the tick grid: what an execution without any cost would be."""

    text: str = "none"

    def price(self, raw: int, sign: int, tick: int, quantity: int, update: PriceUpdated) -> int:  # noqa: ARG002
        """``raw``, rounded to the tick against the account."""
        return slipped(raw, sign, 0, tick)


class FixedTicks(msgspec.Struct, frozen=True):
    """A fixed number of ticks."""

    ticks: int

    @property
    def text(self) -> str:
        """Name and parameter."""
        return f"fixed_ticks({self.ticks})"

    def price(self, raw: int, sign: int, tick: int, quantity: int, update: PriceUpdated) -> int:  # noqa: ARG002
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

    def price(self, raw: int, sign: int, tick: int, quantity: int, update: PriceUpdated) -> int | None:  # noqa: ARG002
        """``raw`` moved by the part of the half spread; None on a locked or crossed quote."""
        if not (update.bid or update.ask or update.quote_ts):
            return slipped(raw, sign, -(-self.assumed_bps_nanos * self.part_nanos // (2 * NANOS)), tick)
        if not 0 < update.bid < update.ask:
            return None
        paid = -(-(update.ask - update.bid) * self.part_nanos // (2 * NANOS))
        return slipped(max(1, raw + sign * paid), sign, 0, tick)


class VolumeShare(msgspec.Struct, frozen=True):
    """price x impact x share², share = units over the update's volume, at most ``limit``.

    The formula of zipline's VolumeShareSlippage (limit 0.025, impact 0.1).
    """

    limit_nanos: int
    impact_nanos: int
    assumed: int
    """Volume where the update tells none, units."""

    @property
    def text(self) -> str:
        """Name and parameters."""
        return f"volume_share({format_nanos(self.limit_nanos)},{format_nanos(self.impact_nanos)})"

    def price(self, raw: int, sign: int, tick: int, quantity: int, update: PriceUpdated) -> int:
        """``raw`` with the impact, rounded up to a nano basis point."""
        share, whole = quantity, update.volume or self.assumed
        if share * NANOS > self.limit_nanos * whole:
            share, whole = self.limit_nanos, NANOS
        bps_nanos = -(-self.impact_nanos * _BPS * share * share // (whole * whole))
        return slipped(raw, sign, bps_nanos, tick)


# --- quantity ---------------------------------------------------------------------------------------


class QuantityModel(Protocol):
    """How much of what is left fills at one attempt."""

    def quantity(self, order_id: bytes, attempt: int, rest: int, update: PriceUpdated, taken: int) -> int:
        """Units, 0 to ``rest``.

        ``attempt`` counts the order's fills so far, ``taken`` the units filled on this very update.
        """
        ...


class Everything(msgspec.Struct, frozen=True):
    """All of it."""

    def quantity(self, order_id: bytes, attempt: int, rest: int, update: PriceUpdated, taken: int) -> int:  # noqa: ARG002
        """``rest``."""
        return rest


class Partials(msgspec.Struct, frozen=True):
    """Sometimes only a part of what is left."""

    seed: int
    probability: float

    def quantity(self, order_id: bytes, attempt: int, rest: int, update: PriceUpdated, taken: int) -> int:  # noqa: ARG002
        """``rest``, or 25 to 90 % of it but never 0; with ``rest`` 1 the part is the whole."""
        if uniform(self.seed, "partial", order_id, attempt) >= self.probability:
            return rest
        low, high = PARTIAL_PERCENT
        least = -(-rest * low // 100)
        most = max(least, rest * high // 100)
        return least + int(uniform(self.seed, "partial_size", order_id, attempt) * (most - least + 1))


class VolumeCap(msgspec.Struct, frozen=True):
    """At most a part of the update's volume, all orders together."""

    part_nanos: int
    assumed: int
    """Volume where the update tells none, units."""

    def quantity(self, order_id: bytes, attempt: int, rest: int, update: PriceUpdated, taken: int) -> int:  # noqa: ARG002
        """What the cap leaves; 0 = the order waits for the next update."""
        room = (update.volume or self.assumed) * self.part_nanos // NANOS - taken
        return max(0, min(rest, room))


# --- reject and delay -------------------------------------------------------------------------------


def rejected(seed: int, probability: float, order_id: bytes) -> bool:
    """Whether the venue refuses this entry order at random (a Bernoulli draw by order id)."""
    return uniform(seed, "reject", order_id, 0) < probability


class Rejects(msgspec.Struct, frozen=True):
    """Which entries the venue refuses, and why."""

    seed: int
    probability: float
    rules: frozenset[str] = frozenset()
    """Of ``funds``, ``closed``, ``no_price``."""

    def reason(self, approved: OrderApproved, cash: int, last: int, *, is_open: bool) -> Refusal | None:
        """The first rule that the order breaks, then chance. ``last`` is the newest price, 0 = none."""
        if "closed" in self.rules and not is_open:
            return Refusal.MARKET_CLOSED
        if "no_price" in self.rules and not last:
            return Refusal.NO_PRICE
        if "funds" in self.rules and approved.reserved + approved.reserved_fees > cash:
            return Refusal.FUNDS
        return Refusal.VENUE_RANDOM if rejected(self.seed, self.probability, approved.id) else None


class Delay(msgspec.Struct, frozen=True):
    """When an order may first fill; the price is read then, never at the decision."""

    fixed: int
    """Nanoseconds."""
    bars: int
    tape_bar: int
    """Length of the tape's own bar, ns; 0 = a tape of trades, whose bars are minutes."""

    def arrival(self, ts: int) -> int:
        """The first instant of an order that was decided at ``ts``.

        A bar tape has no price between its opens: a shorter fixed delay means the next bar's open.
        """
        if self.bars and self.tape_bar:
            return ts + self.bars * self.tape_bar
        if self.bars:
            return (ts // MINUTE + self.bars) * MINUTE
        return ts if self.fixed < self.tape_bar else ts + self.fixed

    @property
    def text(self) -> str:
        """In words, for the start of a run."""
        if self.bars and self.tape_bar:
            return f"at the open of bar {self.bars + 1} after the decision"
        if self.bars:
            return f"at the first trade of minute {self.bars} after the decision"
        milliseconds = f"{format_nanos(self.fixed * NANOS // NANOS_PER_MS)} ms"
        if not self.tape_bar:
            return f"at the next price, {milliseconds} or more after the decision"
        if self.fixed < self.tape_bar:
            return f"at the next bar's open: a delay of {milliseconds} is within a bar"
        return f"at the first bar's open {milliseconds} or more after the decision"


# --- by config --------------------------------------------------------------------------------------


class Models(msgspec.Struct, frozen=True):
    """The models of one instrument."""

    price: PriceModel
    quantity: QuantityModel
    rejects: Rejects
    delay: Delay
    through: int
    """Ticks beyond its limit that the market must trade before a limit order fills; 0 = a touch."""
    outside_bar: bool
    """Slippage may lead out of the range a fill was taken from."""


def models(execution: ExecutionConfig, kind: str, seed: int, tape_bar: int) -> Models:
    """The models that the config names for one kind of instrument; ``tape_bar`` in ns."""
    chosen = execution.of(kind)
    delay = parse_decimal(str(chosen.fill_delay_ms), NANOS_PER_MS)
    # On a bar tape the next price is the next bar's open already.
    bars = max(chosen.fill_delay_bars, int(chosen.fill_timing == "next_bar_open" and not tape_bar))
    return Models(
        price=_price(chosen),
        quantity=_quantity(chosen, seed),
        rejects=Rejects(seed, chosen.reject_probability, frozenset(chosen.reject_rules)),
        delay=Delay(delay, bars, tape_bar),
        through=chosen.limit_through_ticks,
        outside_bar=chosen.outside_bar,
    )


def _price(chosen: ExecutionConfig) -> PriceModel:
    match chosen.price_model:
        case "none":
            return NoSlippage()
        case "fixed_ticks":
            return FixedTicks(chosen.slippage_ticks)
        case "half_spread":
            return HalfSpread(_nanos(chosen.spread_part), _nanos(chosen.spread_bps))
        case "volume_share":
            limit, impact = _nanos(chosen.volume_limit), _nanos(chosen.volume_impact)
            return VolumeShare(limit, impact, chosen.assumed_volume)
        case _:
            return FixedBps.of(chosen.slippage_bps)


def _quantity(chosen: ExecutionConfig, seed: int) -> QuantityModel:
    match chosen.quantity_model:
        case "all":
            return Everything()
        case "volume_cap":
            return VolumeCap(_nanos(chosen.volume_cap), chosen.assumed_volume)
        case _:
            return Partials(seed, chosen.partial_fill_probability)
