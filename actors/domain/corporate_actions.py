"""Splits and cash dividends: what an ex-date does to a price, a level and a number of units.

Decides the arithmetic and its rounding. Knows no file, no position and no order. Prices and money are int
nanos, times int nanoseconds UTC. An action holds from the first instant of its ex-date in the market's own
zone: whoever holds the share before it has the right to it.
"""

from typing import TypeAlias

import msgspec

from .money import on_tick


class Split(msgspec.Struct, frozen=True, tag=True):
    """``numerator`` new units for every ``denominator`` old ones: 7 and 1, or 1 and 8 of a reverse split."""

    ts: int
    numerator: int
    denominator: int

    def price(self, before: int) -> int:
        """A price in new units, rounded down to a nano, never to 0."""
        return max(1, before * self.denominator // self.numerator) if before else 0

    def level(self, before: int, tick: int, *, up: bool) -> int:
        """An order's level in new units, on the tick, at least one tick; 0 stays 0 (no level)."""
        if not before:
            return 0
        exact = before * self.denominator
        scaled = -(-exact // self.numerator) if up else exact // self.numerator
        return on_tick(scaled, tick, up=up)

    def units(self, before: int) -> int:
        """Whole new units of so many unsigned old ones; the fraction is paid in cash."""
        return before * self.numerator // self.denominator


class Dividend(msgspec.Struct, frozen=True, tag=True):
    """Cash for each unit held; the price opens lower by it, other things equal."""

    ts: int
    amount: int
    """Nanos per unit."""

    def price(self, before: int) -> int:
        """A price without the right to the dividend, never below one nano."""
        return max(1, before - self.amount) if before else 0

    def level(self, before: int, tick: int) -> int:
        """An order's level less the dividend, on the tick below, at least one tick; 0 stays 0 (no level)."""
        return on_tick(before - self.amount, tick, up=False) if before else 0


CorporateAction: TypeAlias = Split | Dividend
