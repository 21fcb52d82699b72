"""What every kind of signal is worth, and how strong it must be: the table of kinds.

Decides weights, strengths and half-lives. Knows no detector and no score: detectors take the least
strength from here, risk the rest. Ages are in bars of the signal's own timeframe.
"""

from collections.abc import Mapping
from typing import NamedTuple

DROPPED_AFTER = 4
"""Half-lives after which a signal is no evidence any more."""


FAMILIES = ("structure", "imbalance", "liquidity", "sequence")
"""What a kind of signal is evidence of: of each family the strongest counts, families are independent."""


class Kind(NamedTuple):
    """What one kind of signal is worth."""

    weight: float
    z_min: float
    """Strength below which there is no signal."""
    z_full: float
    """Strength from which on the quality is full."""
    half_life: int
    """Bars of the signal's own timeframe in which its evidence halves."""


KINDS: Mapping[str, Kind] = {
    "choch": Kind(0.60, 0.0, 0.5, 12),
    "bos": Kind(0.55, 0.0, 0.5, 12),
    "sweep": Kind(0.55, 0.05, 0.5, 6),
    "strat_312": Kind(0.50, 0.5, 2.0, 2),
    "strat_212_continuation": Kind(0.50, 0.5, 2.0, 2),
    "strat_212_reversal": Kind(0.45, 0.5, 2.0, 2),
    "strat_122": Kind(0.45, 0.5, 2.0, 2),
    "strat_322": Kind(0.45, 0.5, 2.0, 2),
    "strat_22": Kind(0.40, 0.5, 2.0, 2),
    "displacement": Kind(0.45, 1.5, 3.0, 4),
    "fvg": Kind(0.40, 0.25, 1.0, 24),
    "ifvg": Kind(0.35, 0.25, 1.0, 24),
    "order_block": Kind(0.35, 0.0, 0.5, 24),
}
