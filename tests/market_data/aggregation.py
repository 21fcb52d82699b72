"""Aggregators and the tapes they are played, in sequencer order."""

from datetime import datetime
from zoneinfo import ZoneInfo

from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.domain.instruments import instrument
from tradingfloor.actors.market_data.aggregate import Aggregator
from tradingfloor.actors.messages import MarketUpdate
from tradingfloor.actors.types import UpdateKind

SECOND = 10**9
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
EVER = 1 << 62


def aggregator(timeframes, tape="tick", name="XNYS"):
    symbol = instrument("SPY" if name == "XNYS" else "EURUSD")
    built = Aggregator(symbol, calendar(name), timeframes, tape)
    built.symbol = "S"
    return built


def tick(index, ts, price=100, volume=1):
    return MarketUpdate(index, "S", UpdateKind.TICK, ts, ts, price, price, price, price, volume)


def row(index, start, end, prices=(100, 101, 99, 100), volume=1):
    return MarketUpdate(index, "S", UpdateKind.BAR, end, start, *prices, volume)


def opening(index, ts, price=100):
    return MarketUpdate(index, "S", UpdateKind.OPEN, ts, ts, price, price, price, price, 0)


def fire(built, limit):
    """Run the timers due by ``limit``, one after the other; [(instant, bars)]."""
    log = []
    while (due := built.due()) is not None and due <= limit:
        closed = built.close(due)
        assert all(each.ts <= due and each.bars for each in closed)
        for each in closed:
            own = [bar for bar in each.bars if bar.timeframe == built.base]
            assert each.base == (own[0] if own else None)
        log += [(each.ts, each.bars) for each in closed]
    return log


def play(built, updates):
    """Deliver a tape in sequencer order; (refusals, [(instant, bars)])."""
    refusals, log = [], []
    for update in updates:
        log += fire(built, update.ts - (update.kind is UpdateKind.BAR))
        refusals.append(built.add(update))
    return refusals, log + fire(built, EVER)


def ns(text, zone="America/New_York"):
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * SECOND
