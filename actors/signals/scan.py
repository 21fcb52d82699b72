"""The detectors by themselves: over a list of closed bars, or bar by bar as they come.

Decides how bars outside of a floor reach the kernels, and which events are shown. One implementation with
the live actor: the same kernels, the same rows. Input: closed bars; output: detections, in the order in
which they became known. A plug-in is one more detector, run beside the kernels.
"""

from collections.abc import Iterable, Mapping, Sequence
from heapq import merge
from typing import Any, Final

import numpy as np

from .. import config_plugins
from ..config import DetectorParams
from ..domain.calendar import Calendar, calendar
from ..domain.ids import framed
from ..errors import BadConfig
from ..messages import Bar
from . import layout as at
from .batch import run, take_instant
from .detection import Detection, reader
from .market import first_state, opens
from .naming import SCANNED, Place, naming
from .plugin import DetectorPlugin, Market
from .plugin_run import PluginRun, instants
from .rows import fill_row, rows_of

ALL_BITS: Final = (1 << 62) - 1


class Scanner:
    """The detectors over the bars of one symbol and timeframe; ``update`` takes one instant at a time.

    ``detectors``: names of ``SCANNED`` and of installed plug-ins, or plug-ins themselves; None = all of
    ``SCANNED``. ``tick``: nanos. ``market``: the calendar whose sessions the bars belong to, by default
    around the clock in UTC. ``tape`` goes into the ids. ``settings``: name of a plug-in -> its settings.
    Raises BadConfig on an unknown detector and a plug-in that is none; what a plug-in raises at its start
    passes.
    """

    def __init__(
        self,
        timeframe: str,
        detectors: Iterable[str | DetectorPlugin] | None = None,
        params: DetectorParams | None = None,
        *,
        tick: int = 1,
        market: Calendar | None = None,
        symbol: str = "",
        tape: str = "",
        settings: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        self.timeframe = timeframe
        self._wanted, plugins = _wanted(detectors)
        held = market or calendar("24h", "UTC")
        self._opened = opens(held)
        self._state = first_state(timeframe, held, tick, ALL_BITS, params or DetectorParams())
        self._row = np.zeros((1, at.ROW), np.int64)
        self._place: Place = framed(tape, symbol, timeframe)
        self._starts = {-1: 0}
        given = settings or {}
        self._plugins = [
            PluginRun(plugin, Market(symbol, timeframe, tick, held, given.get(plugin.name, {})), self._place)
            for plugin in plugins
        ]

    def update(self, bar: Bar | None, base: Bar | None = None) -> list[Detection]:
        """Take what closed at one instant: an own bar, a base bar, or both.

        Raises ValueError, changing nothing, on bars that do not follow the ones before; what a plug-in raises
        passes, and the scanner is of no use then.
        """
        newest = bar or base
        if newest is None:
            return []
        history = newest.history
        fill_row(self._row[0], newest.end, base, bar, history, self._opened)
        found = take_instant(self._state, self._row, at.WANT_ALL)
        if bar is not None:
            self._starts = {bar.index: bar.start}
        index, start = next(iter(self._starts.items()))
        read = reader(self._place, {index: start}.__getitem__)
        seen = [read(event) for event in found if self._shows(event)]
        for plugin in self._plugins:
            seen += [each.detection for each in plugin.take(newest.end, base, bar, history)]
        return seen

    def scan(self, bars: Sequence[Bar], base: Sequence[Bar] = ()) -> list[Detection]:
        """Take many bars at once, each list in the order of time. Raises ValueError as ``update``."""
        starts = {bar.index: bar.start for bar in bars} | self._starts
        read = reader(self._place, starts.__getitem__)
        found: list[Detection] = []
        for block in run(self._state, rows_of(bars, base, self._opened), at.WANT_ALL):
            found += [read(event) for event in block.tolist() if self._shows(event)]
        if bars:
            self._starts = {bars[-1].index: bars[-1].start}
        if not self._plugins:
            return found
        told = [
            [seen.detection for instant in instants(bars, base) for seen in plugin.take(*instant)]
            for plugin in self._plugins
        ]
        return list(merge(found, *told, key=lambda detection: detection.known_at))

    def snapshot(self) -> "Scanner":
        """A scanner that goes on from here by itself."""
        copied = object.__new__(type(self))
        copied.__dict__.update(self.__dict__)
        copied._state = self._state.copy()
        copied._row = self._row.copy()
        copied._starts = dict(self._starts)
        copied._plugins = [plugin.snapshot() for plugin in self._plugins]
        return copied

    @property
    def evicted(self) -> int:
        """How many levels, zones, pools and blocks the caps have cost so far."""
        st = self._state[0]
        counters = ("levels_evicted", "zones_evicted", "pools_evicted", "blocks_evicted", "blocks_unknown")
        return sum(int(st[name]) for name in counters)

    def _shows(self, event: list[int]) -> bool:
        return naming(event[at.E_CODE], event[at.E_SOURCE_CODE]).detector in self._wanted


def detect(
    bars: Sequence[Bar],
    detectors: Iterable[str | DetectorPlugin] | None = None,
    params: DetectorParams | None = None,
    *,
    base: Sequence[Bar] = (),
    tick: int = 1,
    calendar: Calendar | None = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[Detection]:
    """Every event of ``bars`` (closed bars of one timeframe, oldest first), in the order of time.

    ``base``: finer bars of the same market, off which strat triggers are read. The rest as ``Scanner``.
    Raises ValueError on bars that do not follow each other.
    """
    if not bars:
        _wanted(detectors)
        return []
    first = bars[0]
    scanner = Scanner(
        first.timeframe,
        detectors,
        params,
        tick=tick,
        market=calendar,
        symbol=first.symbol,
        settings=settings,
    )
    return scanner.scan(bars, [bar for bar in base if bar.timeframe != first.timeframe])


def _wanted(
    detectors: Iterable[str | DetectorPlugin] | None,
) -> tuple[frozenset[str], tuple[DetectorPlugin, ...]]:
    """The built-in detectors and the plug-ins of a choice."""
    chosen = tuple(SCANNED if detectors is None else detectors)
    names = [each for each in chosen if isinstance(each, str) and each not in SCANNED]
    try:
        plugins = config_plugins.detectors(names)
    except BadConfig as error:
        raise BadConfig(f"detectors: {error}; built in are {', '.join(SCANNED)}") from None
    given = [each for each in chosen if not isinstance(each, str)]
    built_in = frozenset(each for each in chosen if isinstance(each, str)) & set(SCANNED)
    return built_in, (*plugins.values(), *config_plugins.checked(given))
