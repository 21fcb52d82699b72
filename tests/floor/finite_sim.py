"""The simulated feed with an end, for runs that are compared with an undisturbed one."""

from itertools import takewhile

from tradingfloor.actors.config import Config, DataConfig, RiskConfig
from tradingfloor.actors.market_data.feeds.sim import SimFeed

CONFIG = Config(
    symbols=("SPX", "AAPL", "VIX"),
    timeframes=("5m", "15m"),
    risk=RiskConfig(min_confidence=2.0, max_daily_trades=50, max_daily_loss=1e6),
    data=DataConfig(poll_interval=30.0, history_sessions=5, simulate_quotes=True),
)
LAST = 2 * (4 * 780 - 1)
"""Index of the last update: two sessions of 780 polls, three trades and a quote at each but the first."""


class FiniteSim(SimFeed):
    """Ends after two sessions."""

    last_index = LAST

    def updates(self, after=0):
        return takewhile(lambda update: update.index <= LAST, super().updates(after))
