"""The simulated venue's models: frozen parameters and pure functions, chosen by the config.

Decides how much of an order fills at once, which orders the venue refuses and when an order may first fill;
what a fill costs beyond its raw price is in ``domain.slippage``, which risk reserves by, too. Knows no state,
no position and no clock. Randomness is a hash of the seed and the order. Prices int nanos, quantities int
units, times int nanoseconds UTC.
"""

from typing import Protocol

import msgspec

from ..config import ExecutionConfig
from ..domain.ids import uniform
from ..domain.money import format_nanos, parse_decimal
from ..domain.slippage import PriceModel, price_model
from ..messages import OrderApproved, PriceUpdated
from ..types import NANOS, Refusal

PARTIAL_PERCENT = (25, 90)
"""A partial fill takes at least and at most so many percent of the rest."""

NANOS_PER_MS = 1_000_000
MINUTE = 60 * NANOS

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
        price=price_model(chosen),
        quantity=_quantity(chosen, seed),
        rejects=Rejects(seed, chosen.reject_probability, frozenset(chosen.reject_rules)),
        delay=Delay(delay, bars, tape_bar),
        through=chosen.limit_through_ticks,
        outside_bar=chosen.outside_bar,
    )


def _quantity(chosen: ExecutionConfig, seed: int) -> QuantityModel:
    match chosen.quantity_model:
        case "all":
            return Everything()
        case "volume_cap":
            return VolumeCap(parse_decimal(str(chosen.volume_cap)), chosen.assumed_volume)
        case _:
            return Partials(seed, chosen.partial_fill_probability)
