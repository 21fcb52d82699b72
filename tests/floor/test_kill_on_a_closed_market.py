"""A kill with brackets at work and an entry filled in part, and then no price comes: nothing is orphaned.

One position has both legs of its bracket at work; in another symbol an entry has filled in part, its legs as
large as the part. The tape stops there: the kill comes while the session still goes on, or after its close.
Both are started again on the closed market, and then on the next session.
"""

import sqlite3
import threading
from collections import defaultdict
from contextlib import closing

import msgspec
import pytest

from tradingfloor import TradingFloor
from tradingfloor.actors import messages as m
from tradingfloor.actors.config import Config, DataConfig, ExecutionConfig, RiskConfig
from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.market_data.feeds.sim import SimFeed
from tradingfloor.actors.types import KillPolicy, OrderRole, TradingState
from tradingfloor.assembly import Assembly
from tradingfloor.replaying import replay
from tradingfloor.storage.verify import verify
from tradingfloor.storage.view import View

WAIT = 60
CONFIG = Config(
    symbols=("SPX", "AAPL", "VIX"),
    timeframes=("5m", "15m"),
    risk=RiskConfig(min_confidence=2.0, max_daily_trades=50, max_daily_loss=1e6),
    data=DataConfig(poll_interval=30.0, history_sessions=5),
    execution=ExecutionConfig(partial_fill_probability=1.0, reject_probability=0.0),
)
WORKING = ("APPROVED", "WORKING", "TRIGGERED", "PARTIALLY_FILLED")


class Cut:
    """The simulated tape up to an index; then it waits for ``go``, and then it goes on at ``until``.

    Without ``until`` it is at its end there. What lies between is a halt in which nothing trades.
    """

    def __init__(self, index, until=None) -> None:
        self._feed, self._index, self._until = SimFeed(CONFIG), index, until
        self.reached, self.go = threading.Event(), threading.Event()

    def __getattr__(self, name):
        return getattr(self._feed, name)

    def updates(self, after=0):
        index = self._index
        for update in self._feed.updates(after if after < index else 0):
            if update.index <= index:
                if update.index > after:
                    yield update
                continue
            if not self.go.is_set():
                self.reached.set()
                self.go.wait(WAIT)
            if self._until is None or update.index > self._index + 40_000:
                return
            if update.ts >= self._until:
                index += 1
                if index > after:
                    yield msgspec.structs.replace(update, index=index)


def events_of(store, *kinds, after=0):
    with closing(View(store)) as view:
        return [item.event for item in view.events([kind.__name__ for kind in kinds], after=after)]


def rows(store, query, *values):
    with closing(sqlite3.connect(store)) as connection:
        return connection.execute(query, values).fetchall()


def at_work(store):
    """Symbol and role -> quantity and kill of every order that may still fill."""
    marks = ",".join("?" * len(WORKING))
    found = rows(
        store, f"SELECT symbol, role, quantity, kill_id FROM orders WHERE status IN ({marks})", *WORKING
    )
    return {(symbol, role): (quantity, kill.hex()) for symbol, role, quantity, kill in found}


def faults(store):
    return [check.details for check in verify(store).invariants if not check.ok]


def moment(store):
    """Tape index of the first part of an entry while another symbol has a whole position with its bracket."""
    roles, entries = defaultdict(set), {}
    told = events_of(store, m.OrderAccepted, m.OrderFilled, m.OrderCanceled)
    for event, following in zip(told, [*told[1:], None], strict=True):
        over = isinstance(event, m.OrderCanceled) or getattr(event, "done", False)
        if isinstance(event, m.OrderAccepted):
            roles[event.symbol].add(event.role)
        elif over:
            roles[event.symbol].discard(event.role)
        if isinstance(event, m.OrderFilled) and event.role is OrderRole.ENTRY and not event.done:
            entries[event.symbol] = event.last_index
        whole = {symbol for symbol, at_work in roles.items() if at_work == {OrderRole.STOP, OrderRole.TARGET}}
        parts = {symbol for symbol, at_work in roles.items() if len(at_work) == 3}
        if whole and parts and following.ts > event.ts:
            return max(entries[symbol] for symbol in parts)
    raise AssertionError("no entry fills in part beside a whole bracket")


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    store = tmp_path_factory.mktemp("whole") / "a.db"
    replay(Assembly(CONFIG, SimFeed(CONFIG)), store, sessions=1)
    return moment(store)


def killed(store, index, policy, *, closed):
    """The floor after the kill: what was held and at work before, the kill, and what its status says."""
    feed = Cut(index)
    with TradingFloor(CONFIG, store=store, feed=feed) as floor:
        floor.begin()
        assert feed.reached.wait(WAIT)
        if closed:
            feed.go.set()
            assert floor.wait(WAIT)
        before = at_work(store)
        accepted = iter(floor.events(("OrderAccepted",)))
        kill = floor.kill("panic", policy=policy)
        assert events_of(store, m.Killed)[0].id.hex() == kill.kill_id
        feed.go.set()
        assert floor.wait(WAIT)
        held = {position.symbol: position.quantity for position in floor.status().positions}
        if policy is KillPolicy.FLATTEN:
            assert {next(accepted).event.symbol for _ in held} == set(held)
        return before, kill, floor.status()


def restarted(store, index, until=None):
    feed = Cut(index, until)
    feed.go.set()
    with TradingFloor(CONFIG, store=store, feed=feed) as floor:
        floor.begin()
        assert floor.wait(WAIT)
        assert floor.ended == ""
        return floor.status()


@pytest.fixture
def opening(index):
    """The open of the session after the one in which the tape stopped."""
    at = next(update.ts for update in SimFeed(CONFIG).updates() if update.index == index)
    return calendar("XNYS").next_session(calendar("XNYS").session_at(at).close).open


def orphans(store, kill):
    """Orders of before the kill that did not end with it, or earlier."""
    query = "SELECT role, status FROM orders WHERE kill_id != ? AND status NOT IN ('FILLED', 'CANCELED')"
    return rows(store, query, bytes.fromhex(kill.kill_id))


@pytest.mark.parametrize("closed", [False, True], ids=["in the session", "after its close"])
def test_a_kill_that_flattens_says_what_is_pending_until_the_next_sessions_first_price(
    index, opening, tmp_path, closed
):
    store = tmp_path / "a.db"
    before, kill, status = killed(store, index, KillPolicy.FLATTEN, closed=closed)
    held = {position.symbol: position.quantity for position in status.positions}
    whole, parts = (
        {symbol for symbol, role in before if sum(s == symbol for s, _ in before) == count}
        for count in (2, 3)
    )
    assert whole | parts == set(held)
    assert whole
    assert parts
    waits = tuple(
        f"{symbol} {'long' if units > 0 else 'short'} {abs(units)} waits for the next price"
        for symbol, units in sorted(held.items())
    )
    flattening = {(symbol, "FLATTEN"): (abs(units), kill.kill_id) for symbol, units in held.items()}
    for told in (status, restarted(store, index)):
        assert (told.state, told.pending) == (TradingState.KILLED, waits)
        assert {position.symbol: position.quantity for position in told.positions} == held
        assert at_work(store) == flattening
        assert orphans(store, kill) == []
        assert faults(store) == []
    after = events_of(store, m.OrderFilled, after=kill.sequence)
    assert after == []

    flat = restarted(store, index, opening)
    assert (flat.state, flat.positions, flat.pending) == (TradingState.KILLED, (), ())
    fills = events_of(store, m.OrderFilled, after=kill.sequence)
    assert {fill.symbol: -fill.side.sign * fill.quantity for fill in fills} == held
    firsts = {}
    for update in SimFeed(CONFIG).updates():
        if update.ts >= opening:
            firsts.setdefault(update.symbol, (update.ts, update.open))
            if len(firsts) == len(CONFIG.symbols):
                break
    assert {fill.symbol: (fill.ts, fill.raw_price) for fill in fills} == {s: firsts[s] for s in held}
    assert all(fill.done and fill.kill_id.hex() == kill.kill_id for fill in fills)
    assert at_work(store) == {}
    assert orphans(store, kill) == []
    assert faults(store) == []


@pytest.mark.parametrize(
    "closed",
    [
        pytest.param(False, id="in the session"),
        pytest.param(True, id="after its close", marks=pytest.mark.slow),
    ],
)
def test_a_kill_that_keeps_says_what_is_kept_and_the_next_session_fills_nothing(
    index, opening, tmp_path, closed
):
    store = tmp_path / "a.db"
    _, kill, status = killed(store, index, KillPolicy.KEEP, closed=closed)
    held = {position.symbol: position.quantity for position in status.positions}
    assert len(held) > 1
    kept = tuple(
        f"{symbol} {'long' if units > 0 else 'short'} {abs(units)} is kept"
        for symbol, units in sorted(held.items())
    )
    for told in (status, restarted(store, index), restarted(store, index, opening)):
        assert (told.state, told.pending) == (TradingState.KILLED, kept)
        assert {position.symbol: position.quantity for position in told.positions} == held
        assert at_work(store) == {}
        assert orphans(store, kill) == []
        assert faults(store) == []
    assert events_of(store, m.OrderFilled, after=kill.sequence) == []

    # Nobody closes it but who is told to: not the legs that the kill cancelled, not a new start.
    feed = Cut(index, opening)
    feed.go.set()
    with TradingFloor(CONFIG, store=store, feed=feed, sessions=1) as floor:
        floor.rearm(kill.kill_id, "looked at it")
        floor.start()
        assert floor.wait(WAIT)
        left = {position.symbol: position.quantity for position in floor.status().positions}
    assert held.items() <= left.items()
    assert {fill.symbol for fill in events_of(store, m.OrderFilled, after=kill.sequence)}.isdisjoint(held)
    assert faults(store) == []
