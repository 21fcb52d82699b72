"""The measures of a bar for detectors written in Python: the ATR before it, its volume ratio.

Decides nothing that the kernels do not: the same numbers as ``yardstick``, bar by bar (a test holds the two
against each other). Knows no detector. Input: closed own bars, in order; output: what each is measured by.
"""

from collections import deque
from collections.abc import Callable
from math import floor, sqrt
from typing import NamedTuple

from ..domain.calendar import Calendar
from ..domain.timeframes import parse
from ..messages import Bar
from . import layout as at
from .market import opens


class Measure(NamedTuple):
    """What one bar is measured by."""

    atr: float
    """ATR before it, nanos, scaled for a shortened intraday bar; 0 until 14 bars before it are known."""
    volume_ratio: float
    """Volume over what is usual, 1 where either is unknown or 0."""


class Gauge:
    """The measures of one series."""

    def __init__(self, timeframe: str, calendar: Calendar) -> None:
        self._length = parse(timeframe).nanos or 0
        slots = -(-calendar.regular_length // self._length) if self._length else 0
        self._slots = slots if slots <= at.SLOT_CAP else 0
        self._opened: Callable[[int], int] = opens(calendar)
        self._bars = 0
        self._close = 0
        self._atr = self._ranges = 0.0
        self._volumes: deque[int] = deque(maxlen=at.VOLUME_BARS)
        self._matched: dict[int, deque[int]] = {}

    def take(self, bar: Bar) -> Measure:
        """Measure the next closed bar by those before it, then let it in."""
        slot = self._slot(bar)
        measure = Measure(self._scaled(bar), self._ratio(bar.volume, slot))
        self._stretch(bar)
        self._volumes.append(bar.volume)
        if slot >= 0:
            self._matched.setdefault(slot, deque(maxlen=at.SLOT_SESSIONS)).append(bar.volume)
        return measure

    def _scaled(self, bar: Bar) -> float:
        length = bar.end - bar.start
        if self._length and 0 < length < self._length:
            return self._atr * sqrt(length / self._length)
        return self._atr

    def _ratio(self, volume: int, slot: int) -> float:
        matched = self._matched.get(slot, ())
        usual = matched if len(matched) >= at.MATCHED_FROM else self._volumes
        total = sum(usual)
        if volume == 0 or total == 0:
            return 1.0
        return floor(volume * len(usual) / total * at.MILLION + 0.5) / at.MILLION

    def _slot(self, bar: Bar) -> int:
        begin = self._opened(bar.session)
        if not self._slots or not 0 <= begin <= bar.start:
            return -1
        slot = (bar.start - begin) // self._length
        return slot if slot < self._slots else -1

    def _stretch(self, bar: Bar) -> None:
        high, low = bar.high, bar.low
        if self._bars:
            high, low = max(high, self._close), min(low, self._close)
        self._bars += 1
        self._close = bar.close
        if self._bars > at.ATR_BARS:
            self._atr = (self._atr * (at.ATR_BARS - 1) + (high - low)) / at.ATR_BARS
            return
        self._ranges += high - low
        if self._bars == at.ATR_BARS:
            self._atr = self._ranges / at.ATR_BARS
