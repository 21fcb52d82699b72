"""What a chain costs when it is read, and how fast the simulated market is made.

A chain is every listed option with value, Greeks and quotes; held against the bare pricing of the same
columns. The market is held against the messages it consists of.
"""

from collections.abc import Sequence
from datetime import date
from itertools import islice
from time import perf_counter

import numpy as np
from measure import Row, per_call, report, sizes

from tradingfloor.actors.config import Config, DataConfig
from tradingfloor.actors.domain.option_calendar import MARKET
from tradingfloor.actors.domain.option_chain import Chain, years_until
from tradingfloor.actors.domain.pricing import greeks
from tradingfloor.actors.market_data.chains import ChainCache, SyntheticChains
from tradingfloor.actors.market_data.feeds import open_feed
from tradingfloor.actors.market_data.simulation.variance import implied
from tradingfloor.actors.market_data.synthetic import Carry, Listing, listing, synthesise
from tradingfloor.actors.messages import MarketUpdate
from tradingfloor.actors.types import NANOS, UpdateKind

SPOT = 4750 * NANOS
CARRY = Carry(0.045, 0.013)
SESSION = MARKET.session(date(2024, 1, 2).toordinal())
TS = SESSION.open + 3600 * NANOS


def main(arguments: Sequence[str] | None = None) -> list[Row]:
    """Measure and print."""
    given = sizes(
        __doc__ or "",
        arguments,
        options=(4800, 480, "options of the smaller chain"),
        times=(50, 2, "calls per round"),
        sessions=(20, 1, "simulated sessions of 4,680 polls"),
    )
    whole = listing("SPX", TS, (SPOT,))
    part = Listing(whole.roots, *(column[: given.options] for column in whole[1:-1]), whole.until)
    rows = [*_chain(part, given.times), *_chain(whole, given.times), *_reading(given.times)]
    return report("Chains on demand", [*rows, *_market(given.sessions)])


def _chain(listed: Listing, times: int) -> list[Row]:
    """Microseconds of a chain of listed contracts, and of its bare prices and Greeks."""
    held = implied(0.0, 0.0)
    made = synthesise("SPX", listed, TS, SPOT, held, CARRY, 1)
    strike, years = listed.strike / NANOS, years_until(listed.settles, TS)
    bare = per_call(lambda: greeks(listed.is_call, SPOT / NANOS, strike, years, *CARRY, made.sigma), times)
    taken = per_call(lambda: synthesise("SPX", listed, TS, SPOT, held, CARRY, 1), times)
    what = f"{len(made):,} options: volatilities, values, Greeks, quotes"
    aim = "1,500 µs" if len(made) == 4800 else ""
    return [Row(what, taken, "µs", bare, "their prices and Greeks alone", aim)]


def _reading(times: int) -> list[Row]:
    """Microseconds of a read: the first of a price, another within a tenth of a second, a selection."""
    held = implied(0.0, 0.0)
    cache, chains = ChainCache(), SyntheticChains(CARRY, 1)

    def read(ts: int, *, decision: bool) -> Chain:
        return cache.read("SPX", ts, lambda: chains.chain("SPX", SPOT, ts, held), clock=0, decision=decision)

    instants = iter(range(TS, SESSION.close, NANOS))
    fresh = per_call(lambda: read(next(instants), decision=True), times)
    again = per_call(lambda: read(TS, decision=False), times)
    kept = read(TS, decision=False)
    narrow = per_call(lambda: kept.select(root="SPXW", expiry="2024-01-19", delta=(0.1, 0.9)), times)
    index = per_call(kept.volatility_index, times)
    return [
        Row("read at a decision: what is listed, and its chain", fresh, "µs"),
        Row("read again within a tenth of a second", again, "µs", fresh, "at a decision"),
        Row("one expiry between two deltas picked from it", narrow, "µs", fresh, "at a decision"),
        Row("the VIX-style index of it", index, "µs", fresh, "at a decision"),
    ]


def _market(sessions: int) -> list[Row]:
    """Updates per second of the simulated feed, against making the same messages of nothing."""
    config = Config(symbols=("SPX", "SPY", "QQQ"), data=DataConfig(history_sessions=0))
    feed = open_feed(config)
    count = sessions * 4680 * 3
    started = perf_counter()
    for _ in islice(feed.updates(), count):
        pass
    made = count / (perf_counter() - started)
    prices = np.arange(1, 4681).tolist()
    started = perf_counter()
    for n in range(count):
        price = prices[n % 4680]
        MarketUpdate(n, "SPX", UpdateKind.TICK, n, n, price, price, price, price, price)
    bare = count / (perf_counter() - started)
    return [Row("simulated trades of three symbols", made, "1/s", bare, "the bare messages")]


if __name__ == "__main__":
    main()
