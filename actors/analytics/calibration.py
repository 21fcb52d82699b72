"""What closed trades say about the confluence score: which kinds of signals won, and what a score was worth.

Decides how far a hit rate is believed, which weight it suggests for a kind, how a score maps to a hit rate,
and how well such a map would have forecast trades it had not seen. Knows no store and changes no weight: they
are set in the config. The score orders signals; no position is scaled by it, nor by anything found here.
Input: one ``ScoredTrade`` per closed trade; output: a ``Calibration``.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import msgspec
import numpy as np
from scipy.optimize import isotonic_regression

from ..config import MAX_WEIGHT

PRIOR_STRENGTH = 50
"""Trades of the overall hit rate that every kind is taken to have had besides its own."""

ENOUGH_TRADES = 200
"""Closed trades below which the score is an ordering only and no weight is suggested."""

FOLDS = 5
"""Blocks into which the trades are cut to be judged out of sample."""


class ScoredTrade(NamedTuple):
    """One closed trade that came from a scored signal."""

    kind: str
    """Of the entry signal."""
    families: tuple[str, ...]
    """Families of signals that were evidence for it, on any timeframe."""
    score: float
    """0 to 10."""
    won: bool
    """Its net, fees taken off, is above 0."""
    signalled: int
    """When its signal became known, ns UTC."""
    closed: int
    """When it was closed, ns UTC."""


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How the trades of one kind, or with evidence of one family, ended."""

    name: str
    trades: int
    wins: int
    hit_rate: float
    shrunken: float
    """Hit rate with ``PRIOR_STRENGTH`` trades of the overall rate added."""
    odds_ratio: float
    """Odds of ``shrunken`` over those of the overall hit rate."""
    weight: float | None = None
    """In force; None for a family and for a kind that has none."""
    suggested: float | None = None
    """None without a weight, and below ``ENOUGH_TRADES`` closed trades in all."""


class Step(msgspec.Struct, frozen=True):
    """One step of the monotone map: the hit rate from a score up to the next step's."""

    score: float
    trades: int
    wins: int

    @property
    def hit_rate(self) -> float:
        """Between 0 and 1."""
        return self.wins / self.trades


class Brier(msgspec.Struct, frozen=True):
    """Brier scores of two forecasts over the same trades: 0 is perfect, smaller is better."""

    trades: int
    """How many were judged."""
    base_rate: float
    """Of the constant forecast: the hit rate of the trades it was fitted on."""
    monotone: float
    """Of the monotone map fitted on the same trades."""


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that closed trades say about the score."""

    trades: int
    wins: int
    enough: bool
    """At least ``ENOUGH_TRADES``."""
    kinds: tuple[Tally, ...]
    """Most trades first."""
    families: tuple[Tally, ...]
    """A trade counts for every family that was evidence for it."""
    steps: tuple[Step, ...]
    in_sample: Brier | None
    """Fitted and judged on the same trades: flatters the map. None without a trade."""
    out_of_sample: Brier | None
    """Fitted on earlier trades only, see ``out_of_sample``. None when none can be judged so."""


def calibrate(trades: Iterable[ScoredTrade], weights: Mapping[str, float]) -> Calibration:
    """The calibration of all trades; ``weights`` are those of the kinds, as they are in force."""
    known = sorted(trades, key=lambda trade: trade.signalled)
    wins = sum(trade.won for trade in known)
    enough = len(known) >= ENOUGH_TRADES
    return Calibration(
        trades=len(known),
        wins=wins,
        enough=enough,
        kinds=tuple(_weighed(tally, weights, enough) for tally in tallies(known, lambda t: (t.kind,))),
        families=tuple(tallies(known, lambda t: t.families)),
        steps=monotone_map(known),
        in_sample=_judged([(known, known)]),
        out_of_sample=out_of_sample(known),
    )


def tallies(trades: Sequence[ScoredTrade], names: Callable[[ScoredTrade], Iterable[str]]) -> Iterator[Tally]:
    """One tally per name under which a trade counts, most trades first, then by name."""
    overall = sum(trade.won for trade in trades) / max(1, len(trades))
    counted: Counter[str] = Counter()
    won: Counter[str] = Counter()
    for trade in trades:
        for name in set(names(trade)):
            counted[name] += 1
            won[name] += trade.won
    for name, number in sorted(counted.items(), key=lambda item: (-item[1], item[0])):
        rate = shrunken(won[name], number, overall)
        yield Tally(
            name=name,
            trades=number,
            wins=won[name],
            hit_rate=won[name] / number,
            shrunken=rate,
            odds_ratio=odds_ratio(rate, overall),
        )


def shrunken(wins: int, trades: int, overall: float) -> float:
    """(wins + 50 overall) / (trades + 50): the mean of a beta posterior whose prior has mean ``overall``.

    Lies between the hit rate and the overall one; few trades stay near the overall one.
    """
    return (wins + PRIOR_STRENGTH * overall) / (trades + PRIOR_STRENGTH)


def odds_ratio(rate: float, overall: float) -> float:
    """(rate / (1 - rate)) / (overall / (1 - overall)); 1 where all trades ended alike: it tells nothing."""
    if not 0 < overall < 1:
        return 1.0
    return rate * (1 - overall) / ((1 - rate) * overall)


def suggested_weight(weight: float, ratio: float) -> float:
    """Weight times odds ratio, clipped to [0, 0.9]."""
    return min(MAX_WEIGHT, max(0.0, weight * ratio))


def monotone_map(trades: Sequence[ScoredTrade]) -> tuple[Step, ...]:
    """The non-decreasing map score -> hit rate with the least squared error, as steps upward.

    Isotonic regression by pooling adjacent violators; equal scores are one point, neighbouring steps of
    the same hit rate one step. Empty without a trade.
    """
    ordered = sorted(trades, key=lambda trade: trade.score)
    points = [
        (score, [trade.won for trade in same]) for score, same in groupby(ordered, lambda trade: trade.score)
    ]
    if not points:
        return ()
    numbers = [len(won) for _, won in points]
    wins = [sum(won) for _, won in points]
    pooled = isotonic_regression(np.divide(wins, numbers), weights=numbers)
    steps: list[Step] = []
    for first, end in zip(pooled.blocks, pooled.blocks[1:], strict=False):
        # From the counts, which are exact: means of equal blocks may differ by a rounding.
        step = Step(points[first][0], sum(numbers[first:end]), sum(wins[first:end]))
        if steps and steps[-1].hit_rate >= step.hit_rate:
            below = steps.pop()
            step = Step(below.score, below.trades + step.trades, below.wins + step.wins)
        steps.append(step)
    return tuple(steps)


def forecast(steps: Sequence[Step], score: float) -> float:
    """The hit rate of the highest step that begins at or below ``score``; below all steps the first's."""
    rate = steps[0].hit_rate
    for step in steps:
        if step.score > score:
            break
        rate = step.hit_rate
    return rate


def out_of_sample(trades: Sequence[ScoredTrade]) -> Brier | None:
    """Brier scores over trades that the forecasts had not seen, all blocks taken together.

    The trades, in the order of their signals, are cut into ``FOLDS`` blocks of equal size (the first ones
    one larger where it does not divide). Each block but the first is judged by forecasts fitted on the
    trades that were closed when its first signal became known; a block before any closed trade is left
    out. None when that leaves none.
    """
    blocks = []
    size, larger = divmod(len(trades), FOLDS)
    begin = size + (larger > 0)
    for number in range(1, FOLDS):
        end = begin + size + (number < larger)
        block = trades[begin:end]
        if block:
            blocks.append(([t for t in trades[:begin] if t.closed <= block[0].signalled], block))
        begin = end
    return _judged(blocks)


def _weighed(tally: Tally, weights: Mapping[str, float], enough: bool) -> Tally:
    weight = weights.get(tally.name)
    suggested = suggested_weight(weight, tally.odds_ratio) if enough and weight is not None else None
    return msgspec.structs.replace(tally, weight=weight, suggested=suggested)


def _judged(blocks: Iterable[tuple[Sequence[ScoredTrade], Sequence[ScoredTrade]]]) -> Brier | None:
    """Brier scores (mean squared difference of forecast and outcome) over (fitted on, judged) blocks."""
    constant: list[float] = []
    mapped: list[float] = []
    for fitted_on, judged in blocks:
        if not fitted_on:
            continue
        base = sum(trade.won for trade in fitted_on) / len(fitted_on)
        steps = monotone_map(fitted_on)
        constant += [(base - trade.won) ** 2 for trade in judged]
        mapped += [(forecast(steps, trade.score) - trade.won) ** 2 for trade in judged]
    if not constant:
        return None
    return Brier(len(constant), sum(constant) / len(constant), sum(mapped) / len(mapped))
