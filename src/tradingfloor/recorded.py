"""A file of prices as closed bars of one timeframe, for whoever looks at the past without running a floor.

Decides which symbol a file holds when nobody says, and that a file about which nothing is known is a 24-hour
market in UTC. Reading, judging and building bars are those of a run. Input: a path and overrides; output:
bars, or one line of BadData or BadConfig.
"""

import os
from pathlib import Path

import msgspec

from tradingfloor.actors.config import Config, DetectorParams, InstrumentConfig
from tradingfloor.actors.config_sources import resolve
from tradingfloor.actors.domain.calendar import Calendar, calendar
from tradingfloor.actors.domain.instruments import Instrument, instrument
from tradingfloor.actors.domain.timeframes import TICK, base_timeframe
from tradingfloor.actors.errors import BadConfig, BadData
from tradingfloor.actors.market_data.feeds.replay import lean_contents, open_replay
from tradingfloor.actors.market_data.gather import gather
from tradingfloor.actors.messages import Bar
from tradingfloor.actors.types import Refusal

UNKNOWN = InstrumentConfig(kind="currency")
"""What is assumed of a file whose symbol nobody named."""


class Recorded(msgspec.Struct, frozen=True):
    """The closed bars of one file."""

    instrument: Instrument
    market: Calendar
    timeframe: str
    tape: str
    """Identity of the tape, as in the ids of a run over it."""
    own: list[Bar]
    base: list[Bar]
    """Base bars under them; empty where the own ones are the base."""
    refused: dict[Refusal, int]
    """Rows that gave no bar, by reason."""
    params: DetectorParams


def read(
    path: Path,
    *,
    symbol: str | None = None,
    timeframe: str | None = None,
    market: str | None = None,
    timezone: str | None = None,
    config: Path | None = None,
) -> Recorded:
    """The bars of a ``.csv``, ``.csv.gz``, Lean ``.zip`` or directory of Lean daily zips.

    ``timeframe``: by default the file's own, 1m for trades. ``market``, ``timezone``: calendar and zone
    instead of those of the symbol. ``config`` gives ``[detector_params]`` and ``[instruments]``. Raises
    BadData when not one bar comes of it, BadConfig on settings or a timeframe the file cannot give.
    """
    settings = resolve(config, os.environ).config
    name, override = _told(path, symbol, settings)
    override = msgspec.structs.replace(
        override,
        calendar=market or override.calendar,
        timezone=timezone or override.timezone,
    )
    feed = open_replay(path, Config(symbols=(name,), instruments={name: override}))
    found = instrument(name, override, feed.tick_hint(name))
    tape_timeframe = feed.timeframe(name)
    chosen = timeframe or (base_timeframe(TICK) if tape_timeframe == TICK else tape_timeframe)
    bars = gather(found, chosen, tape_timeframe, feed.updates())
    if not bars.own:
        raise BadData(f"{path}: no bar of {chosen} closes in it; rows refused: {refusals(bars.refused)}")
    return Recorded(
        instrument=found,
        market=calendar(found.calendar, found.timezone),
        timeframe=chosen,
        tape=feed.tape,
        own=bars.own,
        base=bars.base,
        refused=bars.refused,
        params=settings.detector_params,
    )


def refusals(refused: dict[Refusal, int]) -> str:
    """How many rows were refused, and why: ``3 (NAN 1, DUPLICATE 2)``."""
    reasons = ", ".join(f"{reason.value} {count:,}" for reason, count in refused.items())
    return f"{sum(refused.values()):,}{f' ({reasons})' if reasons else ''}"


def _told(path: Path, symbol: str | None, settings: Config) -> tuple[str, InstrumentConfig]:
    """The symbol and what the config, the path or nobody says of it."""
    if not path.exists():
        raise BadData(f"{path}: no such file; name a .csv, a Lean .zip or a folder of Lean daily zips")
    lean = lean_contents(path)
    if lean is None and not symbol:
        return _stem(path), UNKNOWN
    if symbol is not None and "," in symbol:
        raise BadConfig(f"--symbol: {symbol!r}: a file holds one symbol")
    held, security = lean or ("", "")
    name = symbol or held
    override = settings.instruments.get(name, InstrumentConfig())
    return name, override if override.kind else msgspec.structs.replace(override, kind=security or None)


def _stem(path: Path) -> str:
    """The file's name up to its first dot, as a symbol."""
    return "_".join(path.name.partition(".")[0].replace(":", "_").split()) or "DATA"
