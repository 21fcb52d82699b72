"""The settings of the market data: where prices come from, which are believed, what is kept and downloaded.

Decides which settings exist and what they default to (see ``config`` for all others).
"""

from typing import Annotated

import msgspec

from .config_section import NotNegative, Positive, Section
from .types import NANOS

PROVIDERS = ("alpaca", "massive", "polygon", "tradier")
"""Values of ``data.source`` whose bars can be downloaded; ``polygon`` is what Massive was called before."""


class QualityConfig(Section, frozen=True):
    """Which prices are not believed; the defaults believe every possible one."""

    on_tick: bool = False
    """True = a price between two steps of the instrument's grid is refused."""
    spike_pct: NotNegative = 0.0
    """Percent of the price; a larger move from one update to the next has to be confirmed. 0 = none has."""
    spike_confirmations: Annotated[int, msgspec.Meta(ge=2)] = 3
    """Updates in a row that have to show such a move before it is believed; until then they are refused."""
    max_quote_age: Positive = 60.0
    """Seconds after which a quote of a traded symbol is forgotten; beside a bar, up to the bar's begin."""

    @property
    def max_quote_age_nanos(self) -> int:
        """``max_quote_age`` in nanoseconds."""
        return round(self.max_quote_age * NANOS)

    @property
    def spike_ppm(self) -> int:
        """``spike_pct`` in millionths, at least one unless it is 0."""
        return max(1, round(self.spike_pct * 10_000)) if self.spike_pct else 0


class DownloadConfig(Section, frozen=True):
    """What a ``download`` of the schedule keeps up to date: bars of all symbols.

    In the timeframes that can be downloaded (1m, 5m, 15m, 1d), daily ones when none of them can.
    """

    provider: str = ""
    """Whose bars: ``alpaca``, ``massive`` or ``tradier``; empty = that of ``data.source``."""
    first: str = ""
    """First day, ``YYYY-MM-DD``; empty = a year before the first download, or the first day that the
    provider still has."""
    folder: str = "data"
    """Where ``PROVIDER/SYMBOL-TIMEFRAME.csv`` lies, as seen from the store's folder."""


class DataConfig(Section, frozen=True):
    """Where prices come from."""

    source: str = "sim"
    """``sim``, ``replay:PATH``, or a provider: ``alpaca``, ``massive``, ``tradier``, whose credentials come
    from the environment."""
    poll_interval: Positive = 5.0
    """Seconds between polls of the simulated feed, and of a provider that does not stream."""
    seed: int = 1
    """Seed of the simulated feed."""
    simulate_quotes: bool = False
    """Simulated feed: True = quotes of the equities come with their trades."""
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
    adjust: str = "raw"
    """Prices of a replayed share as they were traded (``raw``), as if splits had always been (``splits``),
    or with dividends reinvested as well (``total``). What they are not adjusted for is booked."""
    factor_files: str = ""
    """Folder of the Lean factor files that say how; empty = the ``factor_files`` above the tape."""
    quotes: tuple[str, ...] = ()
    """Files beside a ``replay:PATH``: Lean zips, or directories of them, with quotes of the symbols and
    with quotes and trades of the options on them."""
    quality: QualityConfig = QualityConfig()
    download: DownloadConfig = DownloadConfig()

    @property
    def download_provider(self) -> str:
        """Whose bars are downloaded; empty = no provider is known."""
        return self.source if self.source in PROVIDERS else self.download.provider
