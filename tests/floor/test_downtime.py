"""A start after downtime: the book is brought up to date in order before anything new is decided."""

import sqlite3
from contextlib import closing

import msgspec
import pytest
from cuts import played
from intraday_market import minute_config, write_minutes

from tradingfloor import TradingFloor
from tradingfloor.actors import messages as m
from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.domain.corporate_actions import Split
from tradingfloor.actors.types import NANOS, UpdateKind
from tradingfloor.assembly import Assembly
from tradingfloor.storage.readers import SyncReader
from tradingfloor.storage.verify import verify
from tradingfloor.storage.view import View

MINUTE = 60 * 10**9
SESSIONS_MISSED = 3


class AfterDowntime:
    """The same tape up to ``after``; then nothing for three sessions, and then a few bars at one level."""

    def __init__(self, feed, after, since, level, way):
        self._feed, self._after, self._since = feed, after, since
        self._level, self._fall = level, way * NANOS

    def __getattr__(self, name):
        return getattr(self._feed, name)

    def updates(self, after=0):
        for update in self._feed.updates(after):
            if update.index > self._after:
                break
            yield update
        session = calendar("XNYS").next_session(self._since)
        for _ in range(SESSIONS_MISSED):
            session = calendar("XNYS").next_session(session.close)
        index = self._after
        for minute in range(40):
            start = session.open + minute * MINUTE
            for kind, ts, fall in ((UpdateKind.OPEN, start, 0), (UpdateKind.BAR, start + MINUTE, self._fall)):
                index += 1
                if index > after:
                    level, end = self._level, self._level - fall
                    high, low = max(level, end), min(level, end)
                    yield m.MarketUpdate(index, "SPX", kind, ts, start, level, high, low, end, 0)


class SplitWhileAway(AfterDowntime):
    """The same, with a split of two for one in the first night."""

    def corporate_actions(self, _symbol):
        return (Split(split_after(self._since), 2, 1),)


def split_after(since):
    return calendar("XNYS").next_session(since).open - 10**12


def told(store, after):
    """What happened to the book and what was decided, in sequence."""
    kinds = (
        m.DayClosed,
        m.SplitApplied,
        m.OrderReplaced,
        m.OrderFilled,
        m.TradeClosed,
        m.OrderCanceled,
        m.DecisionMade,
        m.OrderApproved,
    )
    with closing(View(store)) as view:
        return [item.event for item in view.events([kind.__name__ for kind in kinds], after=after)]


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory):
    """A store that a crash left in the midst of a session, with a position between its stop and target."""
    folder = tmp_path_factory.mktemp("downtime")
    config = minute_config(write_minutes(folder / "m.csv"))
    whole = msgspec.structs.replace(config.execution, partial_fill_probability=0.0)
    config = msgspec.structs.replace(config, execution=whole)
    copies = played(config, folder / "whole.db", set(range(300, 2_000, 100)), to_end=False).copies
    for store in copies.values():
        with SyncReader.open(store) as reader:
            working = {order.role: order for order in reader.working_orders()}
            held = reader.positions()
            if set(working) == {"STOP", "TARGET"} and held:
                return config, store, held[0], working["STOP"], reader.bounds().last
    raise AssertionError("no cut has a position between its stop and its target")


def resumed(interrupted, folder, absence, level, way):
    """The store run on over an absence: (store, engine time of the crash, what was told after it)."""
    config, cut, _, _, last = interrupted
    store = folder / "again.db"
    with closing(sqlite3.connect(cut)) as source, closing(sqlite3.connect(store)) as target:
        source.backup(target)
    with closing(View(store)) as view:
        mark, now = view.mark("market_data").tape, view.newest_now()
    feed = absence(Assembly(config).feed, mark, now, level, way)
    with TradingFloor(config, store=store, feed=feed) as floor:
        floor.begin()
        assert floor.wait(60)
        assert floor.ended == ""
    return store, now, told(store, last)


def test_days_roll_and_stops_fill_at_the_first_price_seen_before_anything_new_is_decided(
    interrupted, tmp_path
):
    _, _, held, stop, _ = interrupted
    way = 1 if held.quantity > 0 else -1
    level = stop.price * (10 - way) // 10 // NANOS * NANOS
    store, now, events = resumed(interrupted, tmp_path, AfterDowntime, level, way)
    day, fill, trade, *_ = [event for event in events if not isinstance(event, m.OrderCanceled)]

    # The session that the crash cut off is closed at its own end, at the last price that was seen in it.
    market = calendar("XNYS")
    assert isinstance(day, m.DayClosed)
    assert (day.session, day.ts) == (market.session_at(now).ordinal, market.session_at(now).close)
    # The stop lies a tenth away from the first price after the gap: it fills there and not at its level.
    first = market.next_session(now)
    for _ in range(SESSIONS_MISSED):
        first = market.next_session(first.close)
    assert isinstance(fill, m.OrderFilled)
    assert (fill.order_id, fill.ts, fill.raw_price) == (stop.order_id, first.open, level)
    assert way * fill.price < way * level < way * stop.price
    assert (fill.quantity, fill.done) == (abs(held.quantity), True)
    assert isinstance(trade, m.TradeClosed)
    assert (trade.exit_price, trade.mae) == (fill.price, way * (trade.entry_price - fill.price))
    # Sessions in which nothing was seen have no row, and nothing was decided before the stop.
    days = [event.session for event in events if isinstance(event, m.DayClosed)]
    assert days == [day.session, first.ordinal]
    decided = [event.ts for event in events if isinstance(event, m.DecisionMade | m.OrderApproved)]
    assert decided
    assert min(decided) > fill.ts
    assert [check.violations for check in verify(store).invariants if not check.ok] == []


def test_a_split_that_was_missed_is_booked_after_the_day_and_before_the_first_price(interrupted, tmp_path):
    _, _, held, stop, _ = interrupted
    way = 1 if held.quantity > 0 else -1
    level = stop.price * (10 - way) // 20 // NANOS * NANOS
    store, now, found = resumed(interrupted, tmp_path, SplitWhileAway, level, way)
    events = [event for event in found if not isinstance(event, m.OrderCanceled)]
    day, split, stop_terms, target_terms, fill, trade, *_ = events
    assert isinstance(day, m.DayClosed)
    assert day.ts < split.ts == split_after(now) < fill.ts
    assert (split.before, split.quantity) == (held.quantity, 2 * held.quantity)
    assert {stop_terms.role.value, target_terms.role.value} == {"STOP", "TARGET"}
    assert stop_terms.quantity == target_terms.quantity == fill.quantity == abs(split.quantity)
    assert abs(stop_terms.price - stop.price // 2) <= 10**7
    # The first price lies a tenth beyond the new level: the stop fills there.
    assert (fill.order_id, fill.raw_price) == (stop.order_id, level)
    assert isinstance(trade, m.TradeClosed)
    assert [check.violations for check in verify(store).invariants if not check.ok] == []
