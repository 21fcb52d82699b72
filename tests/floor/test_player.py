"""When a tape moves on: by its pace, and by the room that market data has."""

import time
from queue import SimpleQueue
from types import SimpleNamespace

import pytest

from tradingfloor import player as playing
from tradingfloor.actors.messages import MarketUpdate
from tradingfloor.actors.runtime.journal import Envelope
from tradingfloor.actors.runtime.live import FreeRunning
from tradingfloor.actors.runtime.mailbox import Mailbox
from tradingfloor.actors.types import NANOS, TradingState, UpdateKind
from tradingfloor.pace import Pace
from tradingfloor.player import FreePlayer, Player


class Still(Player):
    """Plays nothing."""

    def offer(self, actor, envelope):
        raise AssertionError

    def _play(self):
        raise AssertionError


@pytest.fixture
def player():
    pace = Pace(1.0)
    pace.rebase(NANOS, time.monotonic())
    return Still(None, None, pace, None, now=0)


def test_an_update_is_not_played_before_its_instant_however_early_the_sleep_ended(player):
    waited = []
    player.bell = SimpleNamespace(wait=waited.append)
    ts = NANOS + NANOS // 200
    assert player._paced(ts)
    assert player._pace.wait(ts, time.monotonic()) == 0
    assert 0 < waited[0] < 0.005


def test_the_bell_ends_the_wait_for_an_update(player):
    player.bell.set()
    assert not player._paced(31 * NANOS)


def test_what_is_due_already_is_played_whatever_the_bell_says(player):
    player.bell.set()
    assert player._paced(NANOS)


# --- the room that market data has -------------------------------------------------------------------


class Watched(Mailbox):
    """A mailbox that tells when it is asked for room."""

    def __init__(self, name):
        super().__init__(name)
        self.asked = SimpleQueue()

    def when_room(self, depth, call):
        super().when_room(depth, call)
        self.wanted = depth
        self.asked.put(self.depth)


@pytest.fixture
def flooded(monkeypatch):
    """A playing thread with 23 updates, and two mailboxes that nobody takes from.

    The feed waits with more than four before it and goes on with two.
    """
    monkeypatch.setattr(playing, "BACKLOG", 4)
    monkeypatch.setattr(playing, "ROOM", 2)
    box, supervisor = Watched("market_data"), Mailbox("supervisor")
    free = FreeRunning(None)
    free.mailboxes = {"market_data": box, "supervisor": supervisor}
    updates = (MarketUpdate(n, "SPY", UpdateKind.TICK, n, n, 1, 1, 1, 1, 0) for n in range(23))
    tally = SimpleNamespace(state=TradingState.RUNNING, closing_out=False)
    journal = SimpleNamespace(flush=lambda: None)
    played = FreePlayer(
        free, updates, journal, tally, Pace(None), lambda _why: None, now=0, horizon=lambda now: now
    )
    played.start()
    yield SimpleNamespace(player=played, box=box, supervisor=supervisor)
    played.abort()
    played._thread.join(5)


def take(box, count):
    for _ in range(count):
        box.take(box.epoch)
        box.done()


def test_the_feed_waits_for_room_and_goes_on_when_it_is_told_of_room(flooded):
    box = flooded.box
    rounds = 0
    while rounds * 3 + 5 < 23:
        assert box.asked.get(timeout=5) == 5  # filled up
        assert box.wanted == 2
        take(box, 3)
        rounds += 1
    take(box, 5)
    assert flooded.player.finished.wait(5)
    assert box.highest_depth == 5
    assert box.asked.empty()  # asked once for each time it waited: it did not look again and again


def test_a_stop_ends_the_wait_for_room_at_once(flooded):
    flooded.box.asked.get(timeout=5)
    flooded.player.stop()
    assert not flooded.player._thread.is_alive()
    assert flooded.box.depth == 5


def test_a_command_does_not_wait_for_room(flooded):
    flooded.box.asked.get(timeout=5)
    flooded.player.command(Envelope("a command", 0))
    flooded.box.asked.get(timeout=5)  # asked for room once more
    assert flooded.supervisor.take(0).message.message == "a command"
    assert flooded.box.depth == 5
