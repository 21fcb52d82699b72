"""Embed the floor: play a tape, watch its fills, read the result.

python examples/embed.py [STORE]
"""

import sys
from pathlib import Path

from tradingfloor import TradingFloor
from tradingfloor.actors.domain.money import format_nanos

EXAMPLES = Path(__file__).parent


def main(store: str | None = None) -> None:
    """Play the first part of the shipped daily data and print the first fills and the outcome."""
    settings = {
        "timeframes": ["1d", "1w"],
        "data": {"source": f"replay:{EXAMPLES / 'data' / 'spx_daily.csv'}"},
    }
    with TradingFloor(settings, store=store, sessions=400) as floor:
        fills = floor.events(("OrderFilled",))
        floor.start("example")
        floor.wait()
        status = floor.status()
        for _, item in zip(range(min(3, status.fills)), fills, strict=False):
            fill = item.event
            print(f"fill {fill.side.value} {fill.quantity} {fill.symbol} at {format_nanos(fill.price)}")
        print(f"{status.trades} trades, equity {format_nanos(status.equity)}, state {status.state.value}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
