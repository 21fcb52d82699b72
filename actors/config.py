"""The settings of one engine, with their units and defaults.

Decides which settings exist, what they default to and which values are refused. Knows no file and no
environment variable (see ``config_sources``). Money settings are given in the account currency as
decimal numbers and read through ``nanos`` properties; every struct refuses unknown fields.
"""

from hashlib import blake2b
from typing import Annotated, Any

import msgspec

from .config_data import PROVIDERS, DataConfig, DownloadConfig, QualityConfig
from .config_execution import ExecutionConfig, FeeLine, FeeRate, KindConfig
from .config_section import BarCount, NotNegative, Positive, Section
from .types import NANOS

__all__ = [
    "PROVIDERS",
    "DataConfig",
    "DownloadConfig",
    "ExecutionConfig",
    "FeeLine",
    "FeeRate",
    "KindConfig",
    "QualityConfig",
    "Section",
]

MAX_WEIGHT = 0.9
"""Largest weight of a kind of signal: evidence is clipped there."""

Weight = Annotated[float, msgspec.Meta(ge=0, le=MAX_WEIGHT)]
Minutes = Annotated[float, msgspec.Meta(ge=0, le=100_000)]


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
    daily_loss_bars: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0
    """Base bars in a row that must close at or below the daily loss limit before it locks, flattens or
    kills; 0 = at the first price. Entries are refused from the first price on either way."""
    max_drawdown: NotNegative = 0.0
    """Fall of equity from its highest; 0 = off."""
    max_consecutive_losses: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0
    """Losing round trips in a row within a session; 0 = off."""
    min_reward_risk: Annotated[float, msgspec.Meta(ge=0, le=100)] = 0.0
    """Way to the target over way to the stop, from the last price; 0 = off."""
    max_entry_deviation: Annotated[float, msgspec.Meta(ge=0, le=100)] = 0.0
    """Percent that the last price may be away from the signal's entry; 0 = off."""
    max_spread_bps: NotNegative = 0.0
    """Spread of the newest quote in basis points of its mid; 0 = off. Locked, crossed and one-sided quotes
    are refused either way."""
    require_quote: bool = False
    """True = no entry without a quote; False = where a feed tells none, the spread is not judged."""
    cooldown_after_trade: Minutes = 0.0
    """Minutes without an entry in a symbol after its round trip; 0 = off."""
    cooldown_after_loss: Minutes = 0.0
    """Minutes without an entry in a symbol after its losing round trip; 0 = off."""
    no_entries_after_open: Minutes = 0.0
    """Minutes after the market's own open without entries; 0 = off."""
    no_entries_before_close: Minutes = 0.0
    """Minutes before the market's own close, early closes included, without entries; 0 = off."""
    early_close_entries: bool = True
    """False = no entries in sessions that close early."""
    no_entry_dates: tuple[str, ...] = ()
    """Session dates, ``YYYY-MM-DD``, without entries, beyond the calendar's holidays."""
    underlyings: dict[str, str] = {}
    """Symbol = the underlying it is counted under, SPY = "SPX"; a symbol left out is its own."""
    max_underlying_exposure: NotNegative = 0.0
    """Notional of the positions and reservations of one underlying; 0 = off."""
    max_class_exposure: dict[str, NotNegative] = {}
    """Class of timeframes (intraday, swing, monthly, leaps) = notional of what was entered on them;
    0 or left out = off."""
    max_open_positions: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0
    """Symbols with a position or an entry under way; 0 = off."""
    max_leverage: Annotated[float, msgspec.Meta(ge=0, le=1000)] = 0.0
    """Exposure and entry fees over equity; 0 = off."""
    max_orders_per_minute: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0
    """Entries approved within 60 seconds of engine time; 0 = off."""
    max_backlog: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0
    """Signals that may wait for their decision at once; 0 = off."""
    on_breach: dict[str, str] = {}
    """Limit = what its breach does: ``block`` (left out), ``flatten`` or ``kill``; daily_loss = "kill"."""
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
    """Kind of signal = weight, 0 to 0.9: fvg = 0.35 takes the place of the weight built in or given by
    its plug-in; a kind left out keeps its own. ``tradingfloor stats signals --calibrate`` suggests them from
    closed trades."""

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


class OptionsConfig(Section, frozen=True):
    """What chains of index options are computed with. Rates per year, continuously compounded."""

    rate: Annotated[float, msgspec.Meta(ge=-0.1, le=0.5)] = 0.045
    """Interest, 0.045 = 4.5 %."""
    dividend: Annotated[float, msgspec.Meta(ge=-0.1, le=0.5)] = 0.013
    """Dividends of the index."""
    volatility: Annotated[float, msgspec.Meta(gt=0, le=3)] = 0.16
    """At the money, where the tape has no volatility of its own; the simulated feed has one."""
    skew: Annotated[float, msgspec.Meta(ge=-0.9, le=0.9)] = -0.7
    """Correlation of index and volatility (rho of SSVI), likewise."""
    curvature: Annotated[float, msgspec.Meta(gt=0, le=1.45)] = 1.0
    """Curvature of the smile (eta of SSVI), likewise; free of arbitrage in the whole range."""


class InstrumentConfig(Section, frozen=True):
    """Overrides for one symbol; what is left out is built-in knowledge or the file's own."""

    kind: str | None = None
    """``index`` | ``equity`` | ``currency``."""
    calendar: str | None = None
    """``XNYS`` | ``XCBO`` | ``24h``."""
    timezone: str | None = None
    """IANA name of the time zone of its sessions."""
    tick: str | None = None
    """Smallest price step as decimal text."""
    multiplier: Annotated[int, msgspec.Meta(ge=1)] | None = None
    """Account currency per point and unit."""
    price: Positive | None = None
    """Simulated feed: the price at the tape's first open."""
    volatility: Annotated[float, msgspec.Meta(gt=0, le=3)] | None = None
    """Simulated feed: annual volatility, 0.3 = 30 %."""
    correlation: Annotated[float, msgspec.Meta(ge=-1, le=1)] | None = None
    """Simulated feed: correlation with the market, -1 to 1; of two symbols: the product of theirs."""


class ScheduledAction(Section, frozen=True):
    """One ``[[schedule]]`` entry: something to do on the clock of the first symbol's market."""

    at: str
    """``open``, ``close`` or ``day-end``, and how long before or after: ``open+5m``, ``close-1h``."""
    do: str
    """``start``, ``stop``, ``flatten``, ``report`` (of the newest closed session, beside the store),
    ``backup`` or ``download`` (see ``data.download``)."""
    flatten: bool = False
    """Of a stop: close open positions first."""

    @property
    def text(self) -> str:
        """The entry as it is told, and known by."""
        return f"{self.at} {self.do}{' flatten' * self.flatten}"


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
    ``STRAT_312``, ``STRAT_22``, ``STRAT_122``, ``STRAT_322``, ``ORDER_BLOCK``, or the name
    of an installed plug-in."""
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
    gates: Annotated[tuple[str, ...], msgspec.Meta(max_length=32)] = ()
    """Gates of plug-ins that stand after the built-in ones, by their names."""
    options: OptionsConfig = OptionsConfig()
    plugins: dict[str, dict[str, Any]] = {}
    """Name of a plug-in = its settings, a free table that the plug-in itself checks."""
    fees: dict[str, dict[str, FeeLine]] = {}
    """Fee schedules of your own, a table per line: ``[fees.NAME.commission]`` with ``rates =
    [{rate = 0.005}]`` and ``minimum = 1.0``. ``execution.fees = "NAME"`` puts one into force; see
    docs/fees.md."""
    instruments: dict[str, InstrumentConfig] = {}
    schedule: tuple[ScheduledAction, ...] = ()
    """What is done by itself in every session: one ``[[schedule]]`` table for each, with ``at`` (open,
    close or day-end, as in close-10m), ``do`` (start, stop, flatten, report, backup,
    download) and, of a stop, ``flatten``."""

    @property
    def starts_itself(self) -> bool:
        """Whether the schedule starts the floor."""
        return any(entry.do == "start" for entry in self.schedule)

    @property
    def account_nanos(self) -> int:
        """Starting cash in nanos."""
        return round(self.account * NANOS)

    @property
    def content_hash(self) -> str:
        """32 hex digits over the canonical JSON of all settings."""
        return blake2b(msgspec.json.encode(self, order="deterministic"), digest_size=16).hexdigest()
