"""Kill: durable before it answers, nothing after it raises exposure, it holds through everything."""

import sqlite3

import pytest
from around import Around

from tradingfloor import TradingFloor
from tradingfloor.actors import messages as m
from tradingfloor.actors.errors import BadCommand
from tradingfloor.actors.types import KillPolicy, Refusal, TradingState
from tradingfloor.floor import FROM_OLDEST
from tradingfloor.storage.verify import verify

WAIT = 60


def events_of(store, *kinds):
    connection = sqlite3.connect(store)
    marks = ",".join("?" * len(kinds))
    rows = connection.execute(
        f"SELECT sequence, kind FROM events WHERE kind IN ({marks}) ORDER BY sequence", kinds
    ).fetchall()
    connection.close()
    return rows


def kill_when_long(floor, **options):
    """Play until a position with its bracket is open, then kill."""
    stream = iter(floor.events(("OrderFilled",), after=FROM_OLDEST))
    floor.start()
    next(stream)
    return floor.kill("panic", **options)


@pytest.fixture
def slow(config, tmp_path):
    """A floor that plays one session in about half a millisecond, so that a kill comes in its midst."""
    return TradingFloor(config, store=tmp_path / "a.db", speed=2e8)


def test_the_answer_is_durable_and_the_floor_ends_flat(slow, tmp_path):
    with slow as floor:
        result = kill_when_long(floor)
        stored = events_of(tmp_path / "a.db", "Killed")
        assert stored == [(result.sequence, "Killed")]
        assert result.state is TradingState.KILLED
        assert floor.wait(WAIT)
        status = floor.status()
    assert status.state is TradingState.KILLED
    assert status.positions == ()
    assert status.pending == ()
    assert all(check.ok for check in verify(tmp_path / "a.db").invariants)
    after = [
        kind for sequence, kind in events_of(tmp_path / "a.db", "OrderApproved") if sequence > result.sequence
    ]
    assert after == []


def test_the_kept_policy_leaves_the_position_and_says_so(slow, tmp_path):
    with slow as floor:
        kill_when_long(floor, policy=KillPolicy.KEEP)
        assert floor.wait(WAIT)
        status = floor.status()
    if status.positions:
        assert "is kept" in status.pending[0]
    fills = [sequence for sequence, _ in events_of(tmp_path / "a.db", "OrderFilled")]
    (killed,) = [sequence for sequence, _ in events_of(tmp_path / "a.db", "Killed")]
    assert max(fills) < killed
    assert all(check.ok for check in verify(tmp_path / "a.db").invariants)


def test_it_is_still_killed_after_a_restart_and_only_a_rearm_leads_on(config, tmp_path):
    store = tmp_path / "a.db"
    with TradingFloor(config, store=store) as floor:
        kill_id = floor.kill("panic").kill_id
    with TradingFloor(config, store=store) as floor:
        assert floor.status().state is TradingState.KILLED
        floor.begin()
        assert floor.status().state is TradingState.KILLED, "run does not start a killed floor"
        with pytest.raises(BadCommand) as refused:
            floor.start()
        assert refused.value.reason is Refusal.KILL_LATCHED
        with pytest.raises(BadCommand) as refused:
            floor.rearm("00" * 16, "wrong one")
        assert refused.value.reason is Refusal.KILL_MISMATCH
        assert floor.rearm(kill_id, "looked into it").state is TradingState.STOPPED
        floor.start()
        assert floor.wait(WAIT)
        assert floor.status().trades > 0


def test_killing_twice_is_answered_with_the_first_kill(config, tmp_path):
    with TradingFloor(config, store=tmp_path / "a.db") as floor:
        first = floor.kill("panic")
        second = floor.kill("more panic")
    assert second.already_applied
    assert (second.kill_id, second.sequence >= first.sequence) == (first.kill_id, True)


class Stuck(Around):
    """A room that never comes back from its first message once it is armed."""

    def __init__(self, name, room, gate):
        super().__init__(name, room)
        self.gate = gate

    def step(self, message, now):
        if self.name in ("risk", "executor") and isinstance(message, m.PriceUpdated):
            self.gate.wait(30)
        return self.room.step(message, now)


def test_a_kill_is_answered_with_risk_and_executor_hung(config, tmp_path):
    import threading

    gate = threading.Event()
    floor = TradingFloor(config, store=tmp_path / "a.db", wrap=lambda name, room: Stuck(name, room, gate))
    with floor:
        floor.start()
        result = floor.kill("hung")
        assert result.state is TradingState.KILLED
        assert events_of(tmp_path / "a.db", "Killed")
        gate.set()
        assert floor.wait(WAIT)


def test_a_give_up_kills_the_floor_with_the_reason_in_the_status(config, tmp_path):
    class Broken(Around):
        def step(self, message, now):
            if self.name == "risk" and isinstance(message, m.TimeframeReported):
                raise RuntimeError("broken gate")
            return self.room.step(message, now)

    with TradingFloor(config, store=tmp_path / "a.db", wrap=Broken) as floor:
        floor.start()
        assert floor.wait(WAIT)
        status = floor.status()
        assert status.state is TradingState.KILLED
        assert "risk failed twice on one message" in status.state_reason
        assert "broken gate" in status.state_reason
    assert all(check.ok for check in verify(tmp_path / "a.db").invariants)
