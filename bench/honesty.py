"""What honest fills cost: one tape and one config, replayed with each assumption taken away in turn.

A figure is the account at the end, held against the run with everything on. It says what an assumption was
worth on this tape, not what anybody may expect. ``--source`` takes any file that ``tradingfloor run`` takes;
by default SPY by the hour where TRADINGFLOOR_TEST_DATA names a folder with it, else the example's days.
"""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
from measure import Row, report, scratch, sizes

from tradingfloor.actors.config import Config, DataConfig, RiskConfig
from tradingfloor.actors.types import NANOS
from tradingfloor.assembly import Assembly
from tradingfloor.replaying import replay

EXAMPLE = Path(__file__).parent.parent / "examples" / "data" / "spx_daily.csv"
HOURS = Path(os.environ.get("TRADINGFLOOR_TEST_DATA", "nowhere")) / "lean/equity/usa/hour/spy.zip"
TAPE = (str(HOURS), "SPY", "1h") if HOURS.is_file() else (str(EXAMPLE), "SPX", "1d")
SPOTLESS: dict[str, Any] = {
    "price_model": "none",
    "commission_per_share": 0.0,
    "quantity_model": "all",
    "reject_probability": 0.0,
    "limit_through_ticks": 0,
}
WITHOUT: dict[str, dict[str, Any]] = {
    "without slippage": {"price_model": "none"},
    "without commission": {"commission_per_share": 0.0},
    "without partial fills and rejects": {"quantity_model": "all", "reject_probability": 0.0},
    "with targets that fill at a touch": {"limit_through_ticks": 0},
    "without any of these": SPOTLESS,
    "as configured, one bar later": {"fill_delay_bars": 1},
}
LAST_EQUITY = "SELECT equity_close FROM daily_performance ORDER BY session DESC LIMIT 1"


def account(config: Config, store: Path, sessions: int) -> tuple[float, int]:
    """The equity at the end of a replay and the number of its trades."""
    counts = replay(Assembly(config), store, sessions=sessions)
    with closing(sqlite3.connect(store)) as connection:
        row = connection.execute(LAST_EQUITY).fetchone()
    return (row[0] if row else config.account_nanos) / NANOS, counts.get("TradeClosed", 0)


def main(arguments: Sequence[str] | None = None) -> list[Row]:
    given = sizes(
        "What honest fills cost.",
        arguments,
        source=(TAPE[0], str(EXAMPLE), "file of prices"),
        symbol=(TAPE[1], "SPX", "its symbol"),
        timeframe=(TAPE[2], "1d", "timeframe of the signals"),
        confidence=(3.0, 3.0, "least score of an entry"),
        sessions=(100_000, 120, "sessions to play"),
    )
    config = Config(
        symbols=(given.symbol,),
        timeframes=(given.timeframe,),
        data=DataConfig(source=f"replay:{given.source}", tape="off"),
        risk=RiskConfig(min_confidence=given.confidence),
    )
    rows = []
    with scratch() as folder:
        honest, trades = account(config, folder / "honest.db", given.sessions)
        rows.append(Row(f"as configured, {trades} trades", honest, "currency"))
        for number, (what, changed) in enumerate(WITHOUT.items()):
            other = msgspec.structs.replace(
                config, execution=msgspec.structs.replace(config.execution, **changed)
            )
            equity, trades = account(other, folder / f"{number}.db", given.sessions)
            rows.append(Row(f"{what}, {trades} trades", equity, "currency", honest, "as configured"))
    what = f"{given.symbol} at {given.timeframe}"
    return report(f"What honest fills cost, {what}: the account at the end, from 100,000", rows)


if __name__ == "__main__":
    main()
