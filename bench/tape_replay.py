"""How fast a recorded tape plays: trades and option quotes, read, judged and kept, and through a whole floor.

With TRADINGFLOOR_TEST_DATA the real files (one day of SPY trades, one day of GOOG's chain), else made ones of
the same layout. Each figure is held against the bare work on the same bytes: unzip, split, make integers.
"""

import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from measure import Row, hand_over_like_the_command, report, scratch, sizes

from tradingfloor.actors.config import Config, DataConfig
from tradingfloor.actors.domain.instruments import instrument
from tradingfloor.actors.market_data.core import MarketDataCore
from tradingfloor.actors.market_data.feeds import open_feed
from tradingfloor.actors.messages import TapeUpdate, TimerDue
from tradingfloor.actors.runtime.sequencer import phase
from tradingfloor.floor import TradingFloor

TIMEFRAMES = ("1m", "5m", "15m", "1h")
TICKS = "equity/usa/tick/spy/20131011_trade.zip"
CHAIN = "option/usa/minute/goog/20151224_quote_american.zip"
MINUTES = 210
OPEN = 34_200_000
"""09:30 in milliseconds after midnight."""


def main(arguments: list[str] | None = None) -> list[Row]:
    """Measure and print."""
    chosen = sizes(
        __doc__ or "",
        arguments,
        trades=(200_000, 1_000, "trades of a made tape"),
        contracts=(1_000, 5, "contracts of a made chain"),
        rounds=(3, 1, "rounds, the best counts"),
    )
    folder = "" if chosen.tiny else os.environ.get("TRADINGFLOOR_TEST_DATA", "")
    with scratch() as place, hand_over_like_the_command():
        lean = Path(folder) / "lean" if folder else _made(place, chosen.trades, chosen.contracts)
        rows = [
            *_measured("trades", lean / TICKS, "SPY", place, chosen.rounds),
            *_measured("quotes", lean / CHAIN, "GOOG", place, chosen.rounds),
        ]
    return report(f"A recorded tape ({'real' if folder else 'made'} files)", rows)


def _measured(what: str, path: Path, symbol: str, place: Path, rounds: int) -> list[Row]:
    config = Config(
        symbols=(symbol,), timeframes=TIMEFRAMES, data=DataConfig(source=f"replay:{path}", tape="bars")
    )
    feed = open_feed(config)
    updates = list(feed.updates())
    count = updates[-1].index
    bare = _best(rounds, lambda: _bare(path))
    read = _best(rounds, lambda: list(feed.updates()))
    kept = _best(rounds, lambda: _through_the_room(config, feed.timeframe(symbol), updates))
    whole = min(_floor(config, place / f"{what}{n}.db") for n in range(rounds))
    peer, against = count / bare, "bare rows"
    return [
        Row(f"{what} read", count / read, f"{what}/s", peer, against),
        Row(f"{what} judged and kept by market data", count / kept, f"{what}/s", peer, against),
        Row(f"{what} through the live floor in lock-step", count / whole, f"{what}/s", peer, against),
    ]


def _best(rounds: int, call: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(rounds):
        started = perf_counter()
        call()
        best = min(best, perf_counter() - started)
    return best


def _bare(path: Path) -> list[list[int]]:
    """The same bytes without a floor: every field that is a whole number as an integer."""
    made = []
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            lines = archive.read(name).decode().splitlines()
            made += [[int(field) for field in line.split(",") if field.isdecimal()] for line in lines]
    return made


def _through_the_room(config: Config, timeframe: str, updates: list[TapeUpdate]) -> None:
    core = MarketDataCore([instrument(config.symbols[0])], config.timeframes, timeframe)
    state = core.initial()
    for update in updates:
        until = update.ts if phase(update) else update.ts - 1
        while (due := core.next_due(state)) is not None and due <= until:
            core.advance(state, TimerDue(due), due)
        core.advance(state, update, update.ts)


def _floor(config: Config, store: Path) -> float:
    """Seconds of a live floor from its start to the end of the tape."""
    with TradingFloor(config, store=store) as floor:
        started = perf_counter()
        floor.start()
        floor.wait(600)
        return perf_counter() - started


def _made(place: Path, trades: int, contracts: int) -> Path:
    """A day of trades and a day of a chain in the layout of the real files."""
    step = 23_000_000 // trades
    ticks = (
        f"{OPEN + n * step},{1_690_000 + n * 7919 % 4000 // 100 * 100},100,P,2000,0" for n in range(trades)
    )
    _zip(place / TICKS, {"20131011_spy_Trade_Tick.csv": "\n".join(ticks)})
    members = {}
    for n in range(contracts):
        bid = 10_000 + n * 500
        rows = (
            f"{OPEN + minute * 60_000},{bid},{bid},{bid},{bid},5,{bid + 500},{bid + 500},{bid},{bid + 500},5"
            for minute in range(MINUTES)
        )
        name = f"20151224_goog_minute_quote_american_call_{(n + 1) * 10_000}_20160115.csv"
        members[name] = "\n".join(rows)
    _zip(place / CHAIN, members)
    return place


def _zip(path: Path, members: dict[str, str]) -> None:
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)


if __name__ == "__main__":
    main()
