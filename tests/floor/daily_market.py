"""A small market for whole-floor tests: seeded daily bars, written as the CSV a user would have."""

import random
from datetime import date, timedelta

from msgspec.structs import replace

from tradingfloor.actors.config import Config, DataConfig, ExecutionConfig, RiskConfig, ScheduledAction
from tradingfloor.actors.domain.calendar import calendar


def write_daily_csv(path, sessions=260, seed=14):
    """Daily bars of a seeded walk on real NYSE sessions, from 2015 on."""
    rng = random.Random(seed)
    market = calendar("XNYS")
    level, rows, day = 2000.0, ["date,open,high,low,close,volume"], date(2015, 1, 2)
    while len(rows) <= sessions:
        if market.session(day.toordinal()):
            drift = 0.002 * (1 if (len(rows) // 25) % 2 == 0 else -1)
            opened = level * (1 + rng.gauss(0, 0.003))
            close = opened * (1 + drift + rng.gauss(0, 0.011))
            high = max(opened, close) * (1 + abs(rng.gauss(0, 0.003)))
            low = min(opened, close) * (1 - abs(rng.gauss(0, 0.003)))
            rows.append(f"{day},{opened:.2f},{high:.2f},{low:.2f},{close:.2f},{rng.randrange(10**6, 10**7)}")
            level = close
        day += timedelta(1)
    path.write_text("\n".join(rows) + "\n")
    return path


def daily_config(path, **risk):
    """A config over the daily file that trades often enough for a short test."""
    return Config(
        timeframes=("1d", "1w"),
        seed=1,
        data=DataConfig(source=f"replay:{path}"),
        risk=RiskConfig(**{"min_confidence": 2.0, **risk}),
        execution=ExecutionConfig(reject_probability=0.25, partial_fill_probability=0.4),
    )


def guarded_config(path):
    """The same with limits that lock and flatten, and a schedule that stops and starts every day."""
    config = daily_config(
        path,
        max_drawdown=400.0,
        max_consecutive_losses=1,
        daily_loss_bars=1,
        max_daily_loss=200.0,
        on_breach={"drawdown": "flatten", "daily_loss": "flatten"},
    )
    schedule = (ScheduledAction(at="open+5m", do="start"), ScheduledAction(at="day-end+1h", do="stop"))
    return replace(config, schedule=schedule)
