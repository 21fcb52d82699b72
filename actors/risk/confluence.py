"""How much the live signals of all timeframes speak for one direction: the confluence score, 0 to 10.

Decides the weight of one signal (kind, quality, volume, age), how signals add up within a timeframe,
and how the timeframe classes and their biases add up to one score. Knows no state, no event and no
limit. Input: one reading per timeframe; output: the score and its stored parts. The score orders
signals, it is no probability.
"""

from collections.abc import Callable, Mapping, Sequence
from math import exp2, isfinite, log2, prod
from typing import NamedTuple

from ..domain.evidence import DROPPED_AFTER, KINDS, Kind
from ..messages import ScoreParts
from ..types import Direction

MAX_EVIDENCE = 0.9
"""No single signal is worth more."""

MIN_LEAD = 1.0
"""Points by which a direction must lead the other one."""


class Reading(NamedTuple):
    """One timeframe as its signal actor last reported it."""

    timeframe: str
    klass: str
    """Timeframe class; the keys of the weights."""
    warm: bool
    """False = not enough bars: it counts neither as evidence nor as bias of its class."""
    bias: float
    """-1 to +1, see ``bias``."""
    long: Mapping[str, float]
    """Family -> its strongest live evidence for LONG."""
    short: Mapping[str, float]

    def families(self, direction: Direction) -> Mapping[str, float]:
        """Family -> evidence for one direction."""
        return self.long if direction is Direction.LONG else self.short


class Score(NamedTuple):
    """The score of one direction."""

    value: float
    leads: bool
    """True when the other direction is at least ``MIN_LEAD`` points behind."""
    parts: ScoreParts


def weighted_kinds(weights: Mapping[str, float], kinds: Mapping[str, Kind] = KINDS) -> dict[str, Kind]:
    """The table of ``kinds`` with the given weights in place of its own."""
    return {name: kind._replace(weight=weights.get(name, kind.weight)) for name, kind in kinds.items()}


def quality(kind: Kind, strength: float) -> float:
    """q: 0 below ``z_min``, 0.4 at it, rising linearly to 1 at ``z_full``."""
    if not strength >= kind.z_min:
        return 0.0
    return 0.4 + 0.6 * min(1.0, (strength - kind.z_min) / (kind.z_full - kind.z_min))


def volume_factor(ratio: float) -> float:
    """The factor u = clip(1 + 0.25 log2(volume / mean volume), 0.75, 1.25)."""
    if ratio <= 0:
        return 0.75
    if not isfinite(ratio):
        return 1.0
    return min(1.25, max(0.75, 1.0 + 0.25 * log2(ratio)))


def initial_weight(kind: Kind, strength: float, volume_ratio: float) -> float:
    """The product w q u: the evidence of a signal on its first bar, before it is clipped."""
    return kind.weight * quality(kind, strength) * volume_factor(volume_ratio)


def evidence(weight: float, age: int, half_life: int, factor: float = 1.0) -> float:
    """Evidence e = w q u d x factor, clipped to [0, 0.9]; ``age`` in bars of the signal's own timeframe.

    ``weight`` = w q u, d = 2 ** (-age / half_life). ``factor`` is what later bars took away: 1, 0.5 or 0.
    """
    if age >= DROPPED_AFTER * half_life:
        return 0.0
    return min(MAX_EVIDENCE, max(0.0, weight * factor * exp2(-max(0, age) / half_life)))


def bias(structure: int, last_close: int, period_open: int) -> float:
    """(structure bias + continuity) / 2, continuity = sign(last base close - open of the period).

    Continuity is 0 while the current period has not begun (``period_open`` 0).
    """
    move = last_close - period_open if period_open else 0
    return (structure + (move > 0) - (move < 0)) / 2


def combined(families: Mapping[str, float]) -> float:
    """P = 1 - prod(1 - e): families are taken as independent, signals inside one are not."""
    return 1.0 - prod(1.0 - e for _, e in sorted(families.items()))


def class_weights(readings: Sequence[Reading], weights: Mapping[str, float]) -> dict[str, float]:
    """W': the weights of the classes that have a warm timeframe, summing to 1; empty when none has."""
    present = {name: w for name, w in weights.items() if any(r.warm and r.klass == name for r in readings)}
    total = sum(present.values())
    return {name: w / total for name, w in present.items()} if total > 0 else {}


def confluence(
    readings: Sequence[Reading], trading: str, direction: Direction, weights: Mapping[str, float]
) -> Score:
    """The score of ``direction`` with the evidence of timeframe ``trading`` as its trigger.

    10 clip(0.50 T + 0.25 E + 0.125 (1 + B), 0, 1) (1 - 0.5 X), for both directions; everything stored
    is rounded to 1e-6, and the lead is judged on what is stored. Without a trigger (T = 0) a score
    cannot exceed 5.
    """
    opposite = Direction(-direction)
    shares = class_weights(readings, weights)
    trigger, against = (
        next((combined(r.families(side)) for r in readings if r.timeframe == trading), 0.0)
        for side in (direction, opposite)
    )
    support = _weighted(readings, shares, lambda r: combined(r.families(direction)))
    opposition = _weighted(readings, shares, lambda r: combined(r.families(opposite)))
    lean = _weighted(readings, shares, lambda r: r.bias) * direction
    value = _points(trigger, support, lean, opposition)
    other = _points(against, opposition, -lean, support)
    parts = ScoreParts(
        trading=_stored(trigger),
        evidence=_stored(support),
        opposition=_stored(opposition),
        bias=_stored(lean),
        opposite_score=other,
        weights=tuple((name, _stored(share)) for name, share in shares.items()),
        families=tuple(
            (r.timeframe, family, _stored(e))
            for r in readings
            for family, e in sorted(r.families(direction).items())
            if e > 0
        ),
    )
    return Score(value, _stored(value - other) >= MIN_LEAD, parts)


def _weighted(
    readings: Sequence[Reading], shares: Mapping[str, float], of: Callable[[Reading], float]
) -> float:
    """Sum over classes of W' x the mean over the class's warm timeframes."""
    total = 0.0
    for name, share in shares.items():
        values = [of(r) for r in readings if r.warm and r.klass == name]
        total += share * (sum(values) / len(values))
    return total


def _points(trigger: float, support: float, lean: float, opposition: float) -> float:
    inner = 0.50 * trigger + 0.25 * support + 0.125 * (1.0 + lean)
    return _stored(10.0 * min(1.0, max(0.0, inner)) * (1.0 - 0.5 * opposition))


def _stored(value: float) -> float:
    return round(value, 6) + 0.0  # no negative zero: it would be another byte in the journal
