"""What honesty costs: the same signals with frictionless fills, then with one cost after another.

Replays one tape per row through the floor's own cores; nothing but the execution settings differs. The money
is the account's, so slippage moves later sizes too. Given up is the frictionless net result less the row's:
what an assumption was worth on this tape, not what anybody may expect. Reads SPY by the hour from the
folder of recorded data that ``TRADINGFLOOR_TEST_DATA`` names; without it the example's days, and says so.
"""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from measure import Row, report, scratch, sizes

from tradingfloor.actors.config import Config, DataConfig, RiskConfig
from tradingfloor.actors.types import NANOS
from tradingfloor.assembly import Assembly
from tradingfloor.replaying import replay

RECORDED = "lean/equity/usa/hour/spy.zip"
EXAMPLE = Path(__file__).parent.parent / "examples" / "data" / "spx_daily.csv"
HOUR_MS = 3_600_000.0

NOTHING: dict[str, Any] = {
    "slippage_bps": 0.0,
    "commission_per_share": 0.0,
    "fill_delay_ms": 0.0,
    "partial_fill_probability": 0.0,
    "reject_probability": 0.0,
}
STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("frictionless", ()),
    ("slippage", ("slippage_bps",)),
    ("+ fees", ("commission_per_share",)),
    ("+ partial fills and rejects", ("partial_fill_probability", "reject_probability")),
)
"""What each row switches on beyond the one before, at the default settings."""


class Outcome(NamedTuple):
    """One replay; money in account currency."""

    trades: int
    wins: int
    net: float
    fees: float
    slippage: float
    """Paid on all fills: units x distance from the price before slippage, rounding to the tick included."""


def settings(bar_ms: float) -> dict[str, dict[str, Any]]:
    """The execution settings of each row, in order; the last one's orders wait for one more bar."""
    usual = Config().execution
    rows, now = {}, dict(NOTHING)
    for name, switched in STEPS:
        now |= {field: getattr(usual, field) for field in switched}
        rows[name] = dict(now)
    return {**rows, "+ one bar of delay": now | {"fill_delay_ms": bar_ms}}


def tape(given: Any) -> tuple[str, str, str, str]:
    """Its source, symbol, timeframe, and what it is called."""
    folder = os.environ.get("TRADINGFLOOR_TEST_DATA")
    recorded = Path(folder) / RECORDED if folder else None
    if recorded is not None and recorded.exists() and not given.tiny:
        return str(recorded), "SPY", "1h", "SPY by the hour"
    return str(EXAMPLE), "SPX", "1d", "the example's days, made up: no recorded hours at hand"


def outcome(config: Config, store: Path, sessions: int) -> Outcome:
    """Replay ``config`` into ``store`` and read what it came to. The tapes have a multiplier of 1."""
    replay(Assembly(config), store, sessions=sessions)
    with closing(sqlite3.connect(store)) as connection:
        trades, wins, net, fees = connection.execute(
            "SELECT count(*), coalesce(sum(net > 0), 0), coalesce(sum(net), 0), coalesce(sum(fees), 0)"
            " FROM trades"
        ).fetchone()
        (slippage,) = connection.execute(
            "SELECT coalesce(sum(quantity * abs(price - raw_price)), 0) FROM fills"
        ).fetchone()
    return Outcome(trades, wins, net / NANOS, fees / NANOS, slippage / NANOS)


def main(arguments: Sequence[str] | None = None) -> list[Row]:
    given = sizes(
        "What honesty costs.",
        arguments,
        sessions=(100_000, 120, "sessions to play"),
        confidence=(3.0, 3.0, "least score of an entry"),
    )
    source, symbol, timeframe, called = tape(given)
    config = Config(
        symbols=(symbol,),
        timeframes=(timeframe,),
        data=DataConfig(source=f"replay:{source}", tape="off"),
        risk=RiskConfig(min_confidence=given.confidence),
    )
    bar_ms = HOUR_MS if timeframe == "1h" else 24 * HOUR_MS
    rows: list[Row] = []
    ideal: Outcome | None = None
    with scratch() as folder:
        for number, (name, fields) in enumerate(settings(bar_ms).items()):
            execution = msgspec.structs.replace(config.execution, **fields)
            found = outcome(
                msgspec.structs.replace(config, execution=execution), folder / f"{number}.db", given.sessions
            )
            ideal = ideal or found
            rows += _rows(name, found, ideal)
    return report(f"What honesty costs, on {called}", rows)


def _rows(name: str, found: Outcome, ideal: Outcome) -> list[Row]:
    rate = 100 * found.wins / found.trades if found.trades else 0.0
    return [
        Row(f"{name}: net", found.net, "currency"),
        Row(f"{name}: given up", ideal.net - found.net, "currency"),
        Row(f"{name}: fees", found.fees, "currency"),
        Row(f"{name}: slippage", found.slippage, "currency"),
        Row(f"{name}: trades", found.trades, "trades", ideal.trades, "frictionless" if ideal.trades else ""),
        Row(f"{name}: win rate", rate, "%"),
    ]


if __name__ == "__main__":
    main()
