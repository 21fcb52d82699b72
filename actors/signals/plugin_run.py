"""One detector plug-in over the bars of one symbol and timeframe, and what of its findings stands.

Decides what a plug-in is shown and when, that nothing it says is dated before it was knowable, which entries
are signals, and what they are called. It trusts no answer: what breaks the protocol is a ValueError. Knows no
actor and no report. Input: the bars that closed at one instant; output: what was seen in them.
"""

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from itertools import islice
from math import floor, isfinite
from operator import index as integer
from typing import Any, NamedTuple, cast

from msgspec.structs import replace

from ..domain.evidence import DROPPED_AFTER
from ..domain.ids import framed, id_of
from ..messages import Bar, EvidenceChanged
from ..types import MAX_PRICE
from . import layout as at
from .detection import Detection
from .naming import Place
from .plugin import DetectorPlugin, Ends, Finding, Market

LARGEST = 1 << 62
"""Of a price that is not held against the price bounds: it fits into 64 bits."""
MOST_FINDINGS = 1_024
"""Of one update; more is a plug-in that does not stop."""


class Seen(NamedTuple):
    """One finding that stands."""

    detection: Detection
    source: Bar
    """The bar that showed it."""
    change: EvidenceChanged | None
    """What it takes from the evidence of an earlier signal."""


class _Live(NamedTuple):
    """A raised signal that may still be evidence."""

    id: bytes
    until: int
    """Own bar from which on it is none any more."""
    factor: float


class PluginRun:
    """The state: the plug-in's detector and what its findings are judged by. ``place`` goes into the ids."""

    def __init__(self, plugin: DetectorPlugin, market: Market, place: Place) -> None:
        self.name = plugin.name
        self.bars = 0
        """Own bars taken."""
        self.index = -1
        """Index of the newest own bar."""
        self.refused = 0
        """Entries without stop < entry < target (shorts mirrored) inside the price bounds."""
        self._plugin, self._place = cast("Any", plugin), place
        self._events, self._kinds = tuple(plugin.events), dict(plugin.kinds)
        self._wants_base = bool(getattr(plugin, "wants_base", False))
        # Its own copy of the settings: what it does to them must not reach the config.
        self._detector: Any = plugin.start(replace(market, settings=deepcopy(market.settings)))
        if self._detector is self._plugin or not callable(getattr(self._detector, "update", None)):
            raise ValueError(f"{self.name}: start(market) must return a new object with update(bar, base)")
        self._gauge = market.gauge()
        self._volume_ratio = 1.0
        self._ts = self._own_end = at.NONE
        self._started = 0
        self._live: dict[tuple[str, int, int], _Live] = {}

    def take(self, ts: int, base: Bar | None, own: Bar | None, history: bool) -> list[Seen]:
        """What the bars that closed at ``ts`` show; the base bar first.

        Raises ValueError on bars that do not follow the ones before, changing nothing, and on an answer that
        breaks the protocol; the state is of no use then. What the plug-in raises passes through.
        """
        if ts <= self._ts:
            raise ValueError("bars refused: instants must ascend")
        if own is not None and self.bars and own.index != self.index + 1:
            raise ValueError("bars refused: own bars must follow each other")
        self._ts = ts
        fresh = base is not None and base.start >= self._own_end
        if own is not None:
            self.bars, self.index, self._started, self._own_end = self.bars + 1, own.index, own.start, own.end
            self._volume_ratio = self._gauge.take(own).volume_ratio
            self._forget()
        may_raise = self.bars >= at.WARM_BARS and not history
        seen: list[Seen] = []
        if base is not None and fresh and self._wants_base:
            seen += [self._see(finding, base, may_raise) for finding in self._ask(base, True)]
        if own is not None:
            seen += [self._see(finding, own, may_raise) for finding in self._ask(own, False)]
        if len({each.detection.id for each in seen}) < len(seen):
            raise ValueError(f"{self.name}: the same finding twice in one instant")
        return seen

    def snapshot(self) -> "PluginRun":
        """A run that goes on from here by itself."""
        copied = object.__new__(type(self))
        copied.__dict__.update(self.__dict__)
        memo = {id(self._plugin): self._plugin}
        copied._detector, copied._gauge = deepcopy(self._detector, memo), deepcopy(self._gauge)
        copied._live = dict(self._live)
        return copied

    def _ask(self, bar: Bar, base: bool) -> Sequence[Finding]:
        answer = self._detector.update(bar, base)
        try:
            told = iter(answer)
        except TypeError:
            raise ValueError(f"{self.name}: update must return findings, got {_shown(answer)}") from None
        findings = list(islice(told, MOST_FINDINGS + 1))
        if len(findings) > MOST_FINDINGS:
            raise ValueError(f"{self.name}: more than {MOST_FINDINGS} findings in one bar")
        if strange := [each for each in findings if not isinstance(each, Finding)]:
            raise ValueError(f"{self.name}: update must return findings, got {_shown(strange[0])} among them")
        return findings

    def _see(self, finding: Finding, source: Bar, may_raise: bool) -> Seen:
        told = self._detection(finding)
        kind = self._kinds.get(told.kind)
        strong = kind is not None and told.strength is not None and told.strength >= kind.z_min
        is_signal = bool(may_raise and strong and self._is_sound(told))
        change = None if finding.ends is None else self._change(finding.ends)
        if is_signal:
            assert kind is not None
            until = self.index + DROPPED_AFTER * kind.half_life
            self._live[told.kind, told.direction, told.origin_bar] = _Live(told.id, until, 1.0)
        return Seen(replace(told, is_signal=True) if is_signal else told, source, change)

    def _detection(self, finding: Finding) -> Detection:
        event, kind = finding.event, finding.kind
        if event not in self._events or (kind and kind not in self._kinds):
            raise ValueError(f"{self.name}: does not declare event {event!r} of kind {kind!r}")
        direction = self._whole("direction", finding.direction, 1 if kind else 0, 1, signed=True)
        origin = self._whole("origin_bar", finding.origin_bar, 0, self.index)
        bounds: dict[str, Any] = {
            name: self._whole(name, getattr(finding, name), 0, MAX_PRICE)
            for name in ("top", "bottom", "level", "invalidation")
        }
        prices: dict[str, Any] = {
            name: self._whole(name, getattr(finding, name), -LARGEST, LARGEST)
            for name in ("entry", "stop", "target")
        }
        if bounds["top"] < bounds["bottom"]:
            raise ValueError(f"{self.name}: top below bottom")
        if kind and not bounds["invalidation"]:
            bounds["invalidation"] = max(0, min(MAX_PRICE, prices["stop"]))
        ends = finding.ends
        ended = () if ends is None else (ends.kind, ends.direction, ends.origin_bar)
        words = (kind, direction, origin, 0) if kind else (event, direction, origin, *ended)
        return Detection(
            id=id_of(self._ts, self._place + framed(self.name, *words)),
            detector=self.name,
            event=event,
            kind=kind,
            direction=direction,
            origin_bar=origin,
            first_bar=origin,
            bar=self.index,
            time=self._started,
            known_at=self._ts,
            strength=self._strength(finding.strength),
            volume_ratio=self._volume_ratio,
            **bounds,
            **prices,
        )

    def _whole(self, name: str, value: Any, low: int, high: int, *, signed: bool = False) -> int:
        """``value`` as an integer from ``low`` to ``high``, by its size when ``signed``."""
        try:
            number = integer(value)
        except TypeError:
            raise ValueError(f"{self.name}: {name} must be an integer, got {_shown(value)}") from None
        if not low <= (abs(number) if signed else number) <= high:
            raise ValueError(f"{self.name}: {name} {number} outside {low} to {high}")
        return number

    def _strength(self, value: object) -> float | None:
        if value is None:
            return None
        if not isinstance(value, int | float) or not isfinite(value) or value < 0:
            raise ValueError(f"{self.name}: strength must be a finite number from 0 on, got {_shown(value)}")
        return floor(min(float(value), 9e6) * at.MILLION + 0.5) / at.MILLION

    def _is_sound(self, told: Detection) -> bool:
        low, high = sorted((told.stop, told.target))
        ordered = (told.entry - told.stop) * told.direction > 0 < (told.target - told.entry) * told.direction
        sound = ordered and low > 0 and high <= MAX_PRICE
        self.refused += not sound
        return sound

    def _change(self, ends: Ends) -> EvidenceChanged | None:
        """None when the entry was no signal, is no evidence any more, or has lost as much before."""
        factor = ends.factor
        if not isinstance(factor, int | float) or not 0 <= factor < 1:
            raise ValueError(f"{self.name}: a factor is from 0 to less than 1, got {_shown(factor)}")
        key = ends.kind, ends.direction, ends.origin_bar
        live = self._live.get(key)
        if live is None or factor >= live.factor:
            return None
        self._live[key] = live._replace(factor=float(factor))
        return EvidenceChanged(live.id, float(factor))

    def _forget(self) -> None:
        for key in [key for key, live in self._live.items() if live.until <= self.index or not live.factor]:
            del self._live[key]


def instants(own: Iterable[Bar], base: Iterable[Bar]) -> Iterator[tuple[int, Bar | None, Bar | None, bool]]:
    """(end, base bar, own bar, warm-up) of bars that closed together, in the order of time."""
    owns, bases = {bar.end: bar for bar in own}, {bar.end: bar for bar in base}
    for ts in sorted(owns.keys() | bases.keys()):
        pair = bases.get(ts), owns.get(ts)
        yield ts, *pair, any(bar.history for bar in pair if bar is not None)


def _shown(value: object) -> str:
    text = f"{type(value).__name__} {value!a}"
    return text if len(text) <= 60 else f"{text[:57]}..."
