"""Read the option chain of a simulated index: its VIX-style index, and puts by delta.

python examples/chain.py [STORE]
"""

import sys

from tradingfloor import TradingFloor
from tradingfloor.actors.domain.money import format_nanos


def main(store: str | None = None) -> None:
    """Play one simulated session and print some afternoon puts of the first monthly expiry."""
    settings = {"data": {"poll_interval": 60.0, "history_sessions": 1}}
    with TradingFloor(settings, store=store, sessions=1) as floor:
        floor.start("example")
        floor.wait()
        puts = floor.chain("SPX", root="SPXW", expiry="2024-01-19", right="PUT", delta=(0.1, 0.5))
        print(f"SPX {format_nanos(puts.spot)}, VIX-style index {floor.volatility_index('SPX').value:.2f}")
        for row in range(0, len(puts), len(puts) // 4):
            quote = puts.quote(row)
            sides = f"{format_nanos(quote.bid)} x {format_nanos(quote.ask)}"
            print(f"{quote.symbol} {sides} delta {puts.delta[row]:.3f} volatility {puts.sigma[row]:.3f}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
