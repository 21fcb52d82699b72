"""The settings of the simulated venue: which orders, how they fill, and what they cost.

Decides which settings exist and what they default to (see ``config`` for all others).
"""

from typing import Annotated

import msgspec

from .config_section import Count, NotNegative, Probability, Section, Whole


class KindConfig(Section, frozen=True):
    """What one kind of instrument has of its own; None = as in ``execution``."""

    price_model: str | None = None
    slippage_bps: NotNegative | None = None
    slippage_ticks: Count | None = None
    spread_part: Probability | None = None
    spread_bps: NotNegative | None = None
    volume_limit: Probability | None = None
    volume_impact: NotNegative | None = None
    quantity_model: str | None = None
    partial_fill_probability: Probability | None = None
    volume_cap: Probability | None = None
    assumed_volume: Whole | None = None
    reject_probability: Probability | None = None
    fill_delay_ms: NotNegative | None = None
    fill_delay_bars: Count | None = None


class ExecutionConfig(Section, frozen=True):
    """How orders are placed and how the simulated venue behaves (``docs/orders.md``)."""

    entry: str = "market"
    """Order type of entries: ``market``, or ``limit``, ``stop`` or ``stop_limit`` at the signal's entry."""
    stop: str = "stop"
    """Order type of the protective stop: ``stop``, ``stop_limit`` or ``trailing``."""
    time_in_force: str = "gtc"
    """How long an entry works: ``gtc``, ``day`` or ``ioc``."""
    stop_limit_ticks: Count = 10
    """Ticks beyond its stop at which a stop-limit order has its limit."""
    limit_through_ticks: Count = 1
    """Ticks beyond its limit that the market must trade before a limit order fills; 0 = a touch."""
    fill_timing: str = "next_price"
    """First price an order may fill at: ``next_price`` (of a bar tape: the next open) or
    ``next_bar_open``; never a price of the bar that made the signal."""
    fill_delay_ms: NotNegative = 100.0
    """Milliseconds from approval until the order may fill; shorter than the tape's own bar it means
    the next bar's open."""
    fill_delay_bars: Count = 0
    """Bars (a tape of trades: minutes) from approval until the order may fill; above 0 it takes the
    place of fill_delay_ms."""
    price_model: str = "fixed_bps"
    """What market and stop fills cost: ``none``, ``fixed_bps``, ``fixed_ticks``, ``half_spread`` or
    ``volume_share``, always against the account. Risk reserves the dearest price that it may come to."""
    slippage_bps: NotNegative = 5.0
    """Basis points of the price under ``fixed_bps``."""
    slippage_ticks: Count = 1
    """Ticks under ``fixed_ticks``."""
    spread_part: Probability = 0.75
    """Part of the half spread under ``half_spread``."""
    spread_bps: NotNegative = 2.0
    """Spread in basis points that ``half_spread`` assumes where a price has no quote."""
    volume_limit: Probability = 0.025
    """Largest share of the volume under ``volume_share``."""
    volume_impact: NotNegative = 0.1
    """Impact under ``volume_share``: the price moves by price x impact x share squared."""
    quantity_model: str = "probabilistic"
    """How much fills at once: ``all``, ``probabilistic`` or ``volume_cap``."""
    partial_fill_probability: Probability = 0.1
    """Chance, 0 to 1, that a fill takes only a part of the order, under ``probabilistic``."""
    volume_cap: Probability = 0.1
    """Part of an update's volume that may fill, under ``volume_cap``."""
    assumed_volume: Whole = 10000
    """Volume of an update that tells none, for ``volume_share`` and ``volume_cap``, units."""
    outside_bar: bool = True
    """False = slippage never leads out of the price range a fill was taken from."""
    reject_probability: Probability = 0.05
    """Chance, 0 to 1, that the venue rejects an order."""
    reject_rules: tuple[str, ...] = ()
    """Entries the venue always rejects: ``funds`` (reservation above the cash), ``closed`` (no session
    holds the instant), ``no_price`` (nothing traded yet)."""
    commission_per_share: NotNegative = 0.005
    """Account currency per share or paper unit, entries and exits; currencies pay none. What ``flat``
    charges."""
    commission_per_contract: NotNegative = 0.65
    """Account currency per option contract. What ``flat`` charges."""
    fees: str = "flat"
    """What orders pay: ``flat`` (the two commissions above), ``ibkr_tiered``, ``tastytrade``,
    ``per_share``, or the NAME of a schedule of your own, see ``[fees]`` and docs/fees.md."""
    kill_policy: str = "flatten"
    """What Kill does to open positions: ``flatten`` or ``keep``."""
    kinds: dict[str, KindConfig] = {}
    """Kind of instrument (``index``, ``equity``, ``currency``) = what it has of its own."""

    def of(self, kind: str) -> "ExecutionConfig":
        """The settings as they hold for one kind of instrument."""
        own = self.kinds.get(kind)
        if own is None:
            return self
        given = {name: value for name, value in msgspec.structs.asdict(own).items() if value is not None}
        return msgspec.structs.replace(self, **given)


class FeeRate(Section, frozen=True, omit_defaults=True):
    """One rate of a fee line.

    On a trade date the rates of the newest ``since`` hold; of these each unit pays the one with the highest
    ``volume`` reached, then the highest ``price`` reached.
    """

    rate: NotNegative = 0.0
    """Account currency per unit, or part of the basis: 0.0000278 of a sale's value."""
    since: str = ""
    """First trade date, ``YYYY-MM-DD``; empty = from the beginning. Before the first date of a line its
    first rates hold."""
    volume: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Units already traded in the calendar month when this rate begins."""
    price: NotNegative = 0.0
    """Fill price from which on this rate is paid."""
    maximum: NotNegative = 0.0
    """Largest charge of one order; 0 = none. The same for all rates of one ``since``."""


class FeeLine(Section, frozen=True):
    """One line of a fee schedule: what it charges of an order, all its partial fills together."""

    kinds: tuple[str, ...] = ("equity", "index")
    """Kinds of instruments that pay it: ``equity``, ``index``, ``option``, ``index_option``,
    ``currency``."""
    symbols: tuple[str, ...] = ()
    """Symbols that pay it; none named = all."""
    basis: str = "unit"
    """What the rates are of: ``unit``, ``value`` of the fills, or ``commission`` = the charges of the lines
    called ``commission`` or ``commission_...``."""
    rates: tuple[FeeRate, ...] = ()
    """The rates, e.g. ``[{rate = 0.0035}, {rate = 0.002, volume = 300000}]``; see docs/fees.md."""
    side: str = "both"
    """``buy``, ``sell`` or ``both``."""
    effect: str = "both"
    """``open`` = units that open or add to a position, ``close`` = units that close one, or ``both``."""
    liquidity: str = "both"
    """``take`` = fills of market and stop orders, ``add`` = fills of resting limits, or ``both``."""
    minimum: NotNegative = 0.0
    """Smallest charge of an order that pays the line at all, account currency."""
    maximum_of_value: NotNegative = 0.0
    """Largest charge of an order as a part of the value of its fills, stronger than the minimum; 0.01 =
    1 %; 0 = none."""
    round_up_to: NotNegative = 0.0
    """The charge is rounded up to a multiple of this, e.g. 0.01; 0 = to 1e-9."""
