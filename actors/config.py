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
Probability = Annotated[float, msgspec.Meta(ge=0, le=1)]


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
    """Weights of the timeframe classes in the confluence score."""

    intraday: NotNegative = 0.3
    """Timeframes up to 30m."""
    swing: NotNegative = 0.4
    """Timeframes from 1h to 1d."""
    monthly: NotNegative = 0.2
    """Timeframe 1w."""
    leaps: NotNegative = 0.1
    """Timeframe 1M."""


class ExecutionConfig(Section, frozen=True):
    """How the simulated venue behaves."""

    slippage_bps: NotNegative = 5.0
    """Basis points of the price, against the account, on market and stop fills."""
    fill_delay_ms: NotNegative = 100.0
    """Milliseconds from approval until the order may fill; shorter than the tape's own bar it means
    the next bar's open."""
    partial_fill_probability: Probability = 0.1
    """Chance, 0 to 1, that a fill takes only a part of the order."""
    reject_probability: Probability = 0.05
    """Chance, 0 to 1, that the venue rejects an order."""
    commission_per_share: NotNegative = 0.005
    """Account currency per share or paper unit, entries and exits; currencies pay none."""
    commission_per_contract: NotNegative = 0.65
    """Account currency per option contract."""
    kill_policy: str = "flatten"
    """What Kill does to open positions: ``flatten`` or ``keep``."""


class DataConfig(Section, frozen=True):
    """Where prices come from."""

    source: str = "sim"
    """``sim``, ``replay:PATH``, or a provider: ``alpaca``, ``massive``, ``tradier``, whose credentials come
    from the environment."""
    poll_interval: Positive = 5.0
    """Seconds between polls of the simulated feed, and of a provider that does not stream."""
    seed: int = 1
    """Seed of the simulated feed."""
    history_sessions: Annotated[int, msgspec.Meta(ge=0)] = 60
    """Sessions of closed base bars that the simulated feed or a provider serves as warm-up."""
    tape: str = "ticks"
    """What is kept of the market input: ``ticks`` (every accepted update), ``bars`` or ``off``; of a provider
    always ``ticks``, for it comes but once."""
    variant: str = ""
    """Which feed of the provider: alpaca ``iex`` or ``sip``, massive ``realtime`` or ``basic``; empty = the
    first."""
    grace: Positive = 1.0
    """Seconds that a provider's trades are waited for before they are put in order: the engine's time is the
    wall clock less this."""
    silence: Positive = 30.0
    """Seconds without a word from the provider, while the market is open, after which it is called anew."""
    reconcile: Positive = 60.0
    """Seconds between two comparisons of a provider's stream with its record."""
    stream_url: str = ""
    """Where the provider streams; empty = its own address."""
    rest_url: str = ""
    """Where the provider answers requests; empty = its own address."""


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
    """Which detectors raise signals: ``FVG``, ``BOS``, ``STRAT_212``."""
    account: Positive = 100000.0
    """Starting cash in the account currency."""
    seed: int = 1
    """Seed of the venue's rejects and partial fills."""
    algorithm: str = "v1.0"
    """Free version label, stored with every config."""
    algorithm_config: dict[str, Any] = {}
    """Free table, stored and hashed, read by nothing in the engine."""
    risk: RiskConfig = RiskConfig()
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
