"""Minute bars with rows outside the session and broken ones, so that accepted and refused updates differ."""

import random
from datetime import UTC, datetime, timedelta

from tradingfloor.actors.config import Config, DataConfig, ExecutionConfig, RiskConfig
from tradingfloor.actors.domain.calendar import calendar


def write_minutes(path, days=5, seed=3):
    rng = random.Random(seed)
    market = calendar("XNYS")
    session = market.next_session(int(datetime(2015, 3, 1, tzinfo=UTC).timestamp()) * 10**9)
    level, rows = 2000.0, ["time,open,high,low,close,volume"]
    for _ in range(days):
        start = datetime.fromtimestamp(session.open / 1e9, UTC)
        for minute in range(0, 390, 3):
            rows.append(_row(rng, start + timedelta(minutes=minute), level))
            level = float(rows[-1].split(",")[4])
            if minute % 120 == 60:
                rows.append(
                    f"{_text(start + timedelta(minutes=minute + 1))},{level},{level - 5},{level},{level},1"
                )
        # After the close and far away: must never fill a stop.
        rows += [_row(rng, start + timedelta(minutes=390 + late), level * 0.9) for late in range(5, 60, 10)]
        session = market.next_session(session.close)
    path.write_text("\n".join(rows) + "\n")
    return path


def _row(rng, at, level):
    opened = level * (1 + rng.gauss(0, 0.0004))
    close = opened * (1 + rng.gauss(0, 0.0015))
    high, low = max(opened, close) * 1.0004, min(opened, close) * 0.9996
    return f"{_text(at)},{opened:.2f},{high:.2f},{low:.2f},{close:.2f},{rng.randrange(100, 900)}"


def _text(at):
    return f"{at:%Y-%m-%dT%H:%M:%S}Z"


def minute_config(path, tape="ticks"):
    return Config(
        timeframes=("15m", "1h"),
        data=DataConfig(source=f"replay:{path}", tape=tape),
        risk=RiskConfig(min_confidence=1.0, max_daily_trades=50, max_daily_loss=50_000.0),
        execution=ExecutionConfig(reject_probability=0.1, partial_fill_probability=0.3),
    )
