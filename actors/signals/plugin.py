"""What a detector of another package has to be, and what it says: the protocol of detector plug-ins.

Decides the shapes only; ``plugin_run`` asks a plug-in and checks what it answers. ``docs/plugins.md`` has the
rest. A package offers an object of ``DetectorPlugin`` by an entry point of ``tradingfloor.detectors``.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from ..domain.calendar import Calendar
from ..domain.evidence import Kind
from ..messages import Bar
from .gauge import Gauge, Measure

__all__ = [
    "Bar",
    "DetectorPlugin",
    "Ends",
    "Finding",
    "Gauge",
    "Kind",
    "Market",
    "Measure",
    "RunningDetector",
]


class Ends(msgspec.Struct, frozen=True, kw_only=True):
    """The newest earlier entry of this kind, direction and origin has lost weight."""

    kind: str
    direction: int
    origin_bar: int
    factor: float = 0.0
    """What is left of its evidence: 0.5 = half, 0 = none; it never grows again."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a plug-in saw in the bar it was just given; prices in nanos.

    When it became known is not its to say: the bar it was given says it.
    """

    event: str
    """One of the plug-in's ``events``."""
    direction: int
    """+1 long, -1 short, 0 neither; an entry is one of the first two."""
    origin_bar: int
    """Index of the pattern's own bar: not after the newest closed own bar."""
    top: int
    bottom: int
    level: int = 0
    """The price that matters; 0 = none."""
    strength: float | None = None
    """z of the pattern, in ATRs by custom; None = it has no size, so it is no signal."""
    kind: str = ""
    """Of an entry: one of the plug-in's ``kinds``."""
    entry: int = 0
    stop: int = 0
    target: int = 0
    invalidation: int = 0
    """Of an entry: the price beyond which its pattern no longer holds; 0 = the stop."""
    ends: Ends | None = None


class Market(msgspec.Struct, frozen=True):
    """What a detector is started for."""

    symbol: str
    timeframe: str
    tick: int
    """Smallest price step, nanos."""
    calendar: Calendar
    settings: Mapping[str, Any] = {}
    """The table ``[plugins.NAME]`` of the config."""

    def gauge(self) -> Gauge:
        """A fresh measure of own bars: ATR and volume ratio as the built-in detectors have them."""
        return Gauge(self.timeframe, self.calendar)

    def __deepcopy__(self, _: object) -> "Market":
        return self


class RunningDetector(Protocol):
    """A detector over the bars of one symbol and timeframe; it remembers what it needs."""

    def update(self, bar: Bar, base: bool = False) -> Iterable[Finding]:
        """Take the next closed bar, an own one or (``base``) a finer one; tell what became known by it.

        Pure: of the same bars it always says the same. Copying the detector (``copy.deepcopy``) gives one
        that goes on by itself.
        """
        ...


class DetectorPlugin(Protocol):
    """What an entry point of ``tradingfloor.detectors`` leads to.

    ``wants_base = True`` on it has its detectors given the base bars too, each before an own bar that closes
    at the same instant.
    """

    name: str
    """The name of the entry point: small letters, digits, underscores."""
    events: Sequence[str]
    """What its findings may be called."""
    kinds: Mapping[str, Kind]
    """Its kinds of entries and what they are worth; may be empty."""
    families: Mapping[str, str]
    """Kind -> ``structure`` | ``imbalance`` | ``liquidity`` | ``sequence``."""

    def start(self, market: Market) -> RunningDetector:
        """A new detector that has seen no bar yet; a ValueError refuses the settings."""
        ...
