"""How single bars look in the words of the Strat: scenario, colour, in force, shape; and continuity.

Decides the words for one bar against the bar before it, and for many timeframes against one price. Knows
no setup and no event (see ``strat``). Input: closed bars; output: one ``Look`` a bar. Prices in nanos.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..messages import Bar


class Look(NamedTuple):
    """One bar against the bar before it."""

    scenario: str
    """``1`` inside, ``2u``, ``2d``, ``3`` outside; empty for the first bar."""
    colour: str
    """``green``, ``red`` or ``neutral``."""
    in_force: int
    """+1: a 2u or green 3 that closed above the bar before it; -1: a 2d or red 3 that closed below."""
    shape: str
    """``hammer``, ``shooter`` or empty."""
    inside_run: int
    """Inside bars in a row, this one included."""


def look(bar: Bar, before: Bar | None, inside_run: int = 0) -> Look:
    """The look of ``bar``; ``inside_run``: that of the bar before."""
    colour = "green" if bar.close > bar.open else "red" if bar.close < bar.open else "neutral"
    if before is None:
        return Look("", colour, 0, _shape(bar), 0)
    up, down = bar.high > before.high, bar.low < before.low
    scenario = ("3" if down else "2u") if up else ("2d" if down else "1")
    rising = scenario == "2u" or (scenario == "3" and colour == "green")
    falling = scenario == "2d" or (scenario == "3" and colour == "red")
    in_force = (rising and bar.close > before.high) - (falling and bar.close < before.low)
    return Look(scenario, colour, in_force, _shape(bar), inside_run + 1 if scenario == "1" else 0)


def looks(bars: Sequence[Bar]) -> list[Look]:
    """The look of every bar of one timeframe, oldest first."""
    found: list[Look] = []
    for n, bar in enumerate(bars):
        found.append(look(bar, bars[n - 1] if n else None, found[-1].inside_run if n else 0))
    return found


def continuity(last: int, opens: Mapping[str, int]) -> dict[str, int]:
    """For each timeframe the sign of ``last`` against the open of its current period: +1, 0, -1.

    All alike and none 0 is full timeframe continuity. Needs the opens only, so it is known at every tick.
    """
    return {timeframe: (last > opened) - (last < opened) for timeframe, opened in opens.items()}


def _shape(bar: Bar) -> str:
    reach = bar.high - bar.low
    if reach == 0:
        return ""
    if 100 * (min(bar.open, bar.close) - bar.low) >= 67 * reach:
        return "hammer"
    return "shooter" if 100 * (max(bar.open, bar.close) - bar.low) <= 33 * reach else ""
