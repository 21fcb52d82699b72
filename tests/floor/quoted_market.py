"""Minutes of a share with its quotes, in the layout of Lean; some are wide, locked, crossed or missing."""

import random
import zipfile
from pathlib import Path

from tradingfloor.actors.config import Config, DataConfig, ExecutionConfig, RiskConfig

DAYS = ("20150302", "20150303", "20150304")
OPEN = 34_200_000
"""Milliseconds from midnight to half past nine."""
BROKEN = {6: "locked", 10: "crossed", 14: "one-sided", 18: "wide"}
"""What is wrong with the quote of a minute, by its number modulo 20."""


def write_quoted(root: Path, days=DAYS, seed=5) -> Path:
    """The folder of the share's zips.

    A day's first half hour and every sixth stretch of five minutes have no quotes.
    """
    folder = root / "equity/usa/minute/spy"
    folder.mkdir(parents=True)
    rng, level = random.Random(seed), 1_670_000
    for day in days:
        trades, quotes = [], []
        for minute in range(390):
            time = OPEN + minute * 60_000
            opened = level + rng.choice((-100, 0, 100))
            level = opened + round(rng.gauss(0, 14)) * 100
            high, low = max(opened, level) + 200, min(opened, level) - 200
            trades.append(f"{time},{opened},{high},{low},{level},{rng.randrange(1_000, 90_000)}")
            if minute >= 30 and minute // 5 % 6:
                bid, ask = _sides(rng, level, BROKEN.get(minute % 20, ""))
                quotes.append(f"{time},{bid},{bid},{bid},{bid},5,{ask},{ask},{ask},{ask},6")
        for what, rows in (("trade", trades), ("quote", quotes)):
            with zipfile.ZipFile(folder / f"{day}_{what}.zip", "w") as archive:
                # The tape is known by its bytes: without the time of day in them it is the same in every run.
                member = zipfile.ZipInfo(f"{day}_spy_minute_{what}.csv")
                archive.writestr(member, "\n".join(rows) + "\n")
    return folder


def _sides(rng, level, broken):
    bid = level - 100 * rng.randrange(1, 3)
    ask = level + 100 * rng.randrange(0, 3)
    match broken:
        case "locked":
            return level, level
        case "crossed":
            return level + 100, level
        case "one-sided":
            return bid, ""
        case "wide":
            return level - 1_000, level + 1_000
    return bid, ask


def quoted_config(folder, **data) -> Config:
    """Entries whenever something is seen, at market, for a part of the half spread."""
    return Config(
        symbols=("SPY",),
        timeframes=("1m", "5m"),
        data=DataConfig(source=f"replay:{folder}", quotes=(str(folder),), **data),
        risk=RiskConfig(
            min_confidence=1.0,
            max_daily_trades=1_000,
            max_daily_loss=90_000.0,
            max_spread_bps=3.0,
        ),
        execution=ExecutionConfig(
            price_model="half_spread",
            spread_part=0.75,
            spread_bps=2.0,
            reject_probability=0.0,
            partial_fill_probability=0.2,
        ),
    )
