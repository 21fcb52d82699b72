"""The settings of one engine, with their units and defaults.

Decides which settings exist, what they default to and which values are refused. Knows no file and no
environment variable (see ``config_sources``). Money settings are given in the account currency as
decimal numbers and read through ``nanos`` properties; every struct refuses unknown fields.
"""

from hashlib import blake2b
from typing import Annotated, Any

import msgspec

from .types import NANOS

Positive = Annotated[float, msgspec.Meta(gt=0)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]
BarCount = Annotated[int, msgspec.Meta(ge=1, le=32)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]
Whole = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]
Probability = Annotated[float, msgspec.Meta(ge=0, le=1)]

MAX_WEIGHT = 0.9
"""Largest weight of a kind of signal: evidence is clipped there."""

Weight = Annotated[float, msgspec.Meta(ge=0, le=MAX_WEIGHT)]


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Root of all config sections."""


class ScheduleConfig(Section, frozen=True):
    """When entries may be made: half-open [start, end) on the weekdays, in ``timezone``."""

    days: tuple[str, ...] = ("Mon", "Tue", "Wed", "Thu", "Fri")
    """Weekdays, ``Mon`` to ``Sun``."""
    start: str = "09:30"
    """``HH:MM``, the first minute of the schedule."""
    end: str = "16:00"
    """``HH:MM``, the first minute after the schedule."""
    timezone: str = "America/New_York"
    """IANA name of the time zone that ``days``, ``start`` and ``end`` are told in."""
    always: bool = False
    """True = no schedule; for 24-hour markets."""


class RiskConfig(Section, frozen=True):
    """What risk allows. Money in the account currency."""

    min_confidence: Annotated[float, msgspec.Meta(ge=0, le=10)] = 6.0
    """Smallest confluence score, 0 to 10, at which an entry may be approved."""
    explain_margin: NotNegative = 1.0
    """Scores down to min_confidence - explain_margin get a full decision row."""
    max_daily_trades: Annotated[int, msgspec.Meta(ge=0)] = 5
    """Filled entries per session, reservations counted."""
    max_daily_loss: Positive = 2500.0
    """Fall of equity (open positions included) from the session's opening equity."""
    max_position_size: Positive = 20000.0
    """Notional of one position."""
    max_total_exposure: Positive = 50000.0
    """Notional of all positions and reservations."""
    max_price_age: Positive = 60.0
    """Seconds (tick tapes) after which the last price is stale; on a bar tape the age is counted in
    whole bars: the bar that just closed is fresh."""
    allow_short: bool = True
    """False = short signals are denied."""
    schedule: ScheduleConfig = ScheduleConfig()

    @property
    def max_daily_loss_nanos(self) -> int:
        """``max_daily_loss`` in nanos."""
        return round(self.max_daily_loss * NANOS)

    @property
    def max_position_nanos(self) -> int:
        """``max_position_size`` in nanos."""
        return round(self.max_position_size * NANOS)

    @property
    def max_exposure_nanos(self) -> int:
        """``max_total_exposure`` in nanos."""
        return round(self.max_total_exposure * NANOS)


class ConfluenceConfig(Section, frozen=True):
    """Weights of the timeframe classes in the confluence score, and of the kinds of signals."""

    intraday: NotNegative = 0.3
    """Timeframes up to 30m."""
    swing: NotNegative = 0.4
    """Timeframes from 1h to 1d."""
    monthly: NotNegative = 0.2
    """Timeframe 1w."""
    leaps: NotNegative = 0.1
    """Timeframe 1M."""
    kinds: dict[str, Weight] = {}
    """Kind of signal = weight, 0 to 0.9: fvg = 0.35 takes the place of the built-in weight; a kind left
    out keeps its own. ``tradingfloor stats signals --calibrate`` suggests them from closed trades."""

    @property
    def class_weights(self) -> dict[str, float]:
        """Timeframe class -> its weight."""
        return {
            "INTRADAY": self.intraday,
            "SWING": self.swing,
            "MONTHLY": self.monthly,
            "LEAPS": self.leaps,
        }


class DetectorParams(Section, frozen=True):
    """How the detectors measure; the defaults are the definitions in ``docs/detectors.md``."""

    swing_left: Annotated[int, msgspec.Meta(ge=0, le=31)] = 4
    """Bars before a swing in its window."""
    swing_right: BarCount = 5
    """Bars after a swing in its window: it is known that much later."""
    break_by: str = "close"
    """What takes a level: ``close`` or ``wick`` (any trade) beyond it."""
    fail_bars: BarCount = 2
    """Bars within which a close back through the level makes a break a failed one."""
    late_bars: BarCount = 2
    """Bars within which a close back makes a pierced pool a late sweep."""
    sweep_depth: NotNegative = 0.05
    """ATRs beyond a pool that a sweep reaches at least; never less than a tick."""
    equal_tolerance: NotNegative = 0.1
    """ATRs within which swings are equal highs or lows."""
    opening_range: NotNegative = 30.0
    """Minutes of a session whose high and low are pools; 0 = none."""
    stop_mode: str = "structure"
    """Stop of 2-1-2 and 3-1-2: ``structure`` = the bar before the inside ones, ``inside`` = the newest
    inside one."""


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
    ``volume_share``, always against the account."""
    slippage_bps: NotNegative = 5.0
    """Basis points of the price under ``fixed_bps``; under every model also what risk reserves."""
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
    """Account currency per share or paper unit, entries and exits; currencies pay none."""
    commission_per_contract: NotNegative = 0.65
    """Account currency per option contract."""
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


class DataConfig(Section, frozen=True):
    """Where prices come from."""

    source: str = "sim"
    """``sim`` or ``replay:PATH``."""
    poll_interval: Positive = 5.0
    """Seconds between polls of the simulated feed."""
    seed: int = 1
    """Seed of the simulated feed."""
    history_sessions: Annotated[int, msgspec.Meta(ge=0)] = 60
    """Sessions of closed base bars that the simulated feed serves as warm-up."""
    tape: str = "ticks"
    """What is kept of the market input: ``ticks`` (every accepted update), ``bars`` or ``off``."""


class InstrumentConfig(Section, frozen=True):
    """Overrides for one symbol; what is left out is built-in knowledge or the file's own."""

    kind: str | None = None
    """``index`` | ``equity`` | ``currency``."""
    calendar: str | None = None
    """``XNYS`` | ``24h``."""
    timezone: str | None = None
    """IANA name of the time zone of its sessions."""
    tick: str | None = None
    """Smallest price step as decimal text."""
    multiplier: Annotated[int, msgspec.Meta(ge=1)] | None = None
    """Account currency per point and unit."""


class Config(Section, frozen=True):
    """All settings of one engine. The defaults are the defaults of the floor."""

    enabled: bool = True
    """False = shadow: everything up to the decision, no order."""
    mode: str = "PAPER"
    """Only PAPER exists; anything else is refused."""
    symbols: tuple[str, ...] = ("SPX",)
    """What is traded."""
    timeframes: tuple[str, ...] = ("15m", "1h")
    """Bars on which signals are looked for: ``Ns``, ``Nm``, ``Nh`` below a day, ``1d``, ``1w``, ``1M``."""
    detectors: tuple[str, ...] = ("FVG", "BOS", "STRAT_212")
    """Which detectors raise signals: ``FVG``, ``IFVG``, ``BOS``, ``SWEEP``, ``DISPLACEMENT``, ``STRAT_212``,
    ``STRAT_312``, ``STRAT_22``, ``STRAT_122``, ``STRAT_322``, ``ORDER_BLOCK``."""
    account: Positive = 100000.0
    """Starting cash in the account currency."""
    seed: int = 1
    """Seed of the venue's rejects and partial fills."""
    algorithm: str = "v1.0"
    """Free version label, stored with every config."""
    algorithm_config: dict[str, Any] = {}
    """Free table, stored and hashed, read by nothing in the engine."""
    risk: RiskConfig = RiskConfig()
    detector_params: DetectorParams = DetectorParams()
    confluence: ConfluenceConfig = ConfluenceConfig()
    execution: ExecutionConfig = ExecutionConfig()
    data: DataConfig = DataConfig()
    instruments: dict[str, InstrumentConfig] = {}

    @property
    def account_nanos(self) -> int:
        """Starting cash in nanos."""
        return round(self.account * NANOS)

    @property
    def content_hash(self) -> str:
        """32 hex digits over the canonical JSON of all settings."""
        return blake2b(msgspec.json.encode(self, order="deterministic"), digest_size=16).hexdigest()
