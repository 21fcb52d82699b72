"""What became of the signals, counted; and what their closed trades say about the weights of the score.

Decides which trades a calibration may use, and the layout. The statistics are those of
``actors.analytics.calibration``. Input: a reader of a store; output: printed text, or plain values for JSON.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from rich.console import RenderableType

from tradingfloor.actors import config_plugins
from tradingfloor.actors.analytics.calibration import (
    ENOUGH_TRADES,
    Brier,
    Calibration,
    ScoredTrade,
    Tally,
    calibrate,
)
from tradingfloor.actors.config import Config
from tradingfloor.actors.config_text import toml_value
from tradingfloor.actors.domain.evidence import KINDS, Kind
from tradingfloor.actors.errors import BadConfig
from tradingfloor.actors.risk.confluence import weighted_kinds
from tradingfloor.storage.outcomes import SignalCount, TradeOutcome
from tradingfloor.storage.readers import SyncReader

from . import printing, stores
from .figures import count, plain, signed_money
from .stored import ALL

TALLY = ("trades", "wins", "hit rate", "shrunken", "odds ratio")


class Calibrated(msgspec.Struct, frozen=True):
    """A calibration, what it left out, and what to make of it."""

    calibration: Calibration
    left_out: int
    """Closed trades whose scores were weighed otherwise than now."""
    weights: dict[str, float]
    """The table ``confluence.kinds`` to put into the config; empty when nothing is suggested."""


class SignalStats(msgspec.Struct, frozen=True):
    """What a store says about its signals."""

    counts: list[SignalCount]
    calibrated: Calibrated | None
    """None = not asked for."""


def read(reader: SyncReader, *, calibrated: bool) -> SignalStats:
    """The counts, and the calibration when it is asked for."""
    return SignalStats(reader.signal_counts(), _calibrated(reader) if calibrated else None)


def _calibrated(reader: SyncReader) -> Calibrated:
    """Over the trades whose scores were made with the newest config's ``confluence`` section.

    Others were chosen and ranked by another score: to multiply the weights of today by their odds would
    count them once more after each change of the weights.
    """
    config = stores.newest_config(reader)
    settings = config.confluence
    same = {row.config for row in reader.configs(limit=ALL) if _settings(row.body) == settings}
    outcomes = reader.trade_outcomes()
    used = [_trade(row) for row in outcomes if row.config in same]
    kinds = weighted_kinds(settings.kinds, _known_kinds(config))
    found = calibrate(used, {name: kind.weight for name, kind in kinds.items()})
    suggested = {
        tally.name: round(tally.suggested, 3) for tally in found.kinds if tally.suggested is not None
    }
    return Calibrated(found, len(outcomes) - len(used), {**settings.kinds, **suggested} if suggested else {})


def _known_kinds(config: Config) -> Mapping[str, Kind]:
    """Those of a plug-in that is not installed here are left out: their trades count, without a weight."""
    try:
        return config_plugins.kinds(config_plugins.detectors(config.detectors))
    except BadConfig:
        return KINDS


def _settings(body: str) -> object:
    try:
        return msgspec.json.decode(body, type=Config).confluence
    except msgspec.DecodeError:
        return None


def _trade(row: TradeOutcome) -> ScoredTrade:
    families = tuple(family for _, family, _ in row.families)
    return ScoredTrade(row.kind, families, row.score, row.net > 0, row.signal_ts, row.closed_ts)


def as_json(found: SignalStats) -> dict[str, Any]:
    """The object for programs; net in 1e-9 of the currency."""
    shown: dict[str, Any] = {"signals": plain(found.counts)}
    if found.calibrated is not None:
        calibration = found.calibrated.calibration
        steps = [{**plain(step), "hit_rate": step.hit_rate} for step in calibration.steps]
        left_out, weights = found.calibrated.left_out, found.calibrated.weights
        shown["calibration"] = {
            **plain(calibration),
            "steps": steps,
            "left_out": left_out,
            "weights": weights,
        }
    return shown


def show(found: SignalStats) -> None:
    """Print it."""
    printing.show(*_counts(found.counts))
    if found.calibrated is not None:
        printing.show("", *_calibration(found.calibrated))


def _counts(rows: Sequence[SignalCount]) -> Iterator[RenderableType]:
    if not rows:
        yield "no signal was raised"
        return
    names = SignalCount.__struct_fields__
    table = printing.columns(*(name.replace("_", " ") for name in names), right=range(3, len(names)))
    for row in rows:
        *words, net = (getattr(row, name) for name in names)
        table.add_row(*(count(w) if isinstance(w, int) else w for w in words), signed_money(net))
    yield table


def _calibration(found: Calibrated) -> Iterator[RenderableType]:
    c = found.calibration
    won = f", {count(c.wins)} won ({_percent(c.wins / c.trades)})" if c.trades else ""
    yield f"{count(c.trades)} closed trades came from a scored signal{won}"
    if found.left_out:
        yield f"left out: {count(found.left_out)} made under another [confluence] than the newest"
    if not c.enough:
        yield (
            f"below {ENOUGH_TRADES} closed trades the score is an ordering, not a probability: "
            "no weight is suggested"
        )
    if not c.trades:
        return
    yield ""
    yield _kinds(c.kinds)
    yield ""
    yield _families(c.families)
    yield ""
    table = printing.columns("score from", "trades", "wins", "hit rate", right=range(4))
    for step in c.steps:
        table.add_row(f"{step.score:.4f}", count(step.trades), count(step.wins), _percent(step.hit_rate))
    yield table
    yield ""
    yield from _brier(c)
    if found.weights:
        yield ""
        yield "[confluence.kinds]"
        yield from (f"{kind} = {toml_value(weight)}" for kind, weight in found.weights.items())


def _kinds(tallies: Sequence[Tally]) -> RenderableType:
    table = printing.columns("kind", *TALLY, "weight", "suggested", right=range(1, 8))
    for tally in tallies:
        weights = ("-" if w is None else f"{w:.3f}" for w in (tally.weight, tally.suggested))
        table.add_row(tally.name, *_figures(tally), *weights)
    return table


def _families(tallies: Sequence[Tally]) -> RenderableType:
    table = printing.columns("with evidence of", *TALLY, right=range(1, 6))
    for tally in tallies:
        table.add_row(tally.name, *_figures(tally))
    return table


def _figures(t: Tally) -> tuple[str, ...]:
    rates = (_percent(t.hit_rate), _percent(t.shrunken))
    return (count(t.trades), count(t.wins), *rates, f"{t.odds_ratio:.3f}")


def _brier(c: Calibration) -> Iterator[RenderableType]:
    table = printing.columns("Brier score", "trades", "base rate", "monotone map", right=range(1, 4))
    for name, score in (
        ("out of sample: fitted on earlier trades", c.out_of_sample),
        ("in sample: fitted on the trades it judges", c.in_sample),
    ):
        table.add_row(name, *_judgement(score))
    yield table
    judged = c.out_of_sample
    if judged is not None and judged.monotone >= judged.base_rate:
        yield "out of sample the map forecasts no better than the base rate"


def _judgement(score: Brier | None) -> tuple[str, ...]:
    if score is None:
        return ("0", "-", "-")
    return (count(score.trades), f"{score.base_rate:.4f}", f"{score.monotone:.4f}")


def _percent(rate: float) -> str:
    return f"{100 * rate:.1f} %"
