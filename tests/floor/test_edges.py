"""The rims: crashes between two steps, refusals, flattening from any state, ends in the midst of things."""

import random
import sqlite3
import threading
import time

import msgspec
import pytest
from around import Around
from cuts import played
from daily_market import daily_config, write_daily_csv
from intraday_market import minute_config, write_minutes
from ledgers import hash_of

from tradingfloor import TradingFloor
from tradingfloor.actors import messages as m
from tradingfloor.actors.errors import (
    BadCommand,
    BadConfig,
    EngineEnded,
    JournalFailed,
    NotRunning,
    StoreLocked,
)
from tradingfloor.actors.runtime.sequencer import Sequencer
from tradingfloor.actors.types import KillPolicy, Refusal, TradingState
from tradingfloor.assembly import Assembly
from tradingfloor.floor import FROM_OLDEST
from tradingfloor.offline import rearm
from tradingfloor.replaying import replay
from tradingfloor.storage.verify import verify

WAIT = 60


def test_a_crash_after_any_single_step_ends_with_the_ledger_of_an_undisturbed_run(tmp_path):
    config = daily_config(write_daily_csv(tmp_path / "s.csv", sessions=90))
    steps = played(config, tmp_path / "count.db", ()).steps
    chosen = set(random.Random(4).sample(range(1, steps), 12))
    driver = played(config, tmp_path / "calm.db", chosen)
    for step, store in driver.copies.items():
        with TradingFloor(config, store=store) as floor:
            floor.begin()
            assert floor.wait(WAIT)
            assert floor.ended == ""
        assert hash_of(store) == hash_of(tmp_path / "calm.db"), f"cut after step {step}"


@pytest.mark.parametrize("tape", ["ticks", "bars", "off"])
def test_closing_and_opening_between_sessions_changes_nothing_whatever_is_kept_of_the_tape(tmp_path, tape):
    config = minute_config(write_minutes(tmp_path / "m.csv"), tape)
    replay(Assembly(config), tmp_path / "calm.db")
    for _ in range(6):
        with TradingFloor(config, store=tmp_path / "a.db", sessions=1) as floor:
            floor.begin()
            assert floor.wait(WAIT)
            status = floor.status()
    assert status.fills > 0
    assert hash_of(tmp_path / "a.db") == hash_of(tmp_path / "calm.db")


def test_a_refused_command_is_refused_again_and_never_stored_as_done(config, tmp_path):
    with TradingFloor(config, store=tmp_path / "a.db", speed=1.0) as floor:
        for _ in range(2):
            with pytest.raises(BadCommand) as refused:
                floor.resume(request_id="r")
            assert refused.value.reason is Refusal.ENGINE_STATE
        assert floor.start(request_id="s").state is TradingState.RUNNING
    connection = sqlite3.connect(tmp_path / "a.db")
    assert connection.execute("SELECT request_id FROM commands").fetchall() == [("s",)]
    connection.close()


def test_two_commands_with_one_request_id_at_once_harm_nobody(config, tmp_path):
    with TradingFloor(config, store=tmp_path / "a.db", speed=1.0) as floor:
        floor.start()
        pause = floor.submit(m.PauseTrading(request_id="x"))
        stop = floor.submit(m.StopTrading(request_id="x"))
        outcomes = [future.exception(WAIT) for future in (pause, stop)]
        assert outcomes[0] is None
        assert isinstance(outcomes[1], BadCommand)
        assert floor.ended == ""


def until_long(floor):
    stream = iter(floor.events(("OrderFilled",), after=FROM_OLDEST))
    floor.start()
    next(stream)


def flat(floor):
    """Wait, event by event, until no position is open."""
    closed = floor.events(("TradeClosed",), after=FROM_OLDEST)
    return any(not floor.status().positions for _ in closed)


def test_a_stopped_floor_can_still_be_flattened(config, tmp_path):
    with TradingFloor(config, store=tmp_path / "a.db", speed=2e8) as floor:
        until_long(floor)
        floor.stop()
        held = floor.status().positions
        result = floor.stop(flatten=True)
        assert result.state is (TradingState.STOPPING if held else TradingState.STOPPED)
        assert flat(floor)
    assert all(check.ok for check in verify(tmp_path / "a.db").invariants)


def test_what_a_kill_kept_stays_over_a_restart_and_can_be_flattened_later(config, tmp_path):
    with TradingFloor(config, store=tmp_path / "a.db", speed=2e8) as floor:
        until_long(floor)
        floor.kill("panic", policy=KillPolicy.KEEP)
        assert floor.wait(WAIT)
        before = floor.status()
    with TradingFloor(config, store=tmp_path / "a.db") as floor:
        assert floor.wait(WAIT)
        after = floor.status()
        assert (after.positions, after.tape_index) == (before.positions, before.tape_index)
        assert after.pending == before.pending
        if before.positions:
            floor.flatten("now")
            assert flat(floor)
        assert floor.status().state is TradingState.KILLED
    assert all(check.ok for check in verify(tmp_path / "a.db").invariants)


def test_kills_handed_over_while_the_floor_closes_are_all_answered(config, tmp_path):
    floor = TradingFloor(config, store=tmp_path / "a.db", speed=2e8).open()
    floor.begin()
    futures, going = [], threading.Event()

    def hammer():
        for n in range(50):
            futures.append(floor.submit(m.KillTrading(request_id=f"k{n}")))
            going.set()

    hammering = threading.Thread(target=hammer)
    hammering.start()
    going.wait(10)
    floor.close()
    hammering.join(10)
    for future in futures:
        error = future.exception(10)
        assert error is None or isinstance(error, NotRunning | JournalFailed)


class Hooked(Around):
    """A room with something done before each of its steps."""

    def __init__(self, name, room, before):
        super().__init__(name, room)
        self.before = before

    def step(self, message, now):
        self.before(self.name, message)
        return super().step(message, now)


def hooked(before):
    return lambda name, room: Hooked(name, room, before)


def our_threads():
    names = ("player", "supervisor", "journal", "Shell", "listener")
    return {thread for thread in threading.enumerate() if thread.name.startswith(names)}


def settled(condition, seconds=10):
    end = time.monotonic() + seconds
    ticker = threading.Event()
    while not condition() and time.monotonic() < end:
        ticker.wait(0.01)
    return condition()


def test_a_boot_that_fails_leaves_no_thread_and_no_lock_behind(config, tmp_path, monkeypatch):
    before = our_threads()

    def broken(self, view, now):
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patched:
        patched.setattr(Assembly, "waiting", broken)
        with pytest.raises(sqlite3.OperationalError):
            TradingFloor(config, store=tmp_path / "a.db").open()
    assert settled(lambda: our_threads() <= before), our_threads()
    with TradingFloor(config, store=tmp_path / "a.db") as floor:
        floor.begin()
        assert floor.wait(WAIT)


def test_free_running_with_an_isolated_signal_actor_the_tape_still_comes_to_its_end(
    config, tmp_path, monkeypatch
):
    original = Assembly.child_spec
    eager = {"backoff_min": 0.0, "backoff_max": 0.0}
    monkeypatch.setattr(
        Assembly, "child_spec", lambda self, name: msgspec.structs.replace(original(self, name), **eager)
    )

    def broken(name, message):
        if name == "signals:SPX:1w":
            raise RuntimeError("broken")

    store = tmp_path / "a.db"
    with TradingFloor(config, store=store, free_running=True, wrap=hooked(broken)) as floor:
        floor.begin()
        assert floor.wait(WAIT)
        status = floor.status()
    states = {row.name: (row.state, row.depth) for row in status.actors}
    assert states["signals:SPX:1w"] == ("isolated", 0)
    assert status.tape_finished
    assert status.state is TradingState.RUNNING


def test_closing_while_an_actor_waits_for_its_restart_starts_nothing_any_more(config, tmp_path):
    failed, before = threading.Event(), our_threads()

    def broken(name, message):
        if name == "signals:SPX:1d" and isinstance(message, m.BarsClosed):
            failed.set()
            raise RuntimeError("broken")

    floor = TradingFloor(config, store=tmp_path / "a.db", free_running=True, wrap=hooked(broken)).open()
    floor.start()
    assert failed.wait(10)
    floor.close()
    assert settled(lambda: our_threads() <= before), our_threads()


def test_a_killed_store_is_rearmed_without_an_engine_and_goes_on(config, tmp_path):
    store = tmp_path / "a.db"
    with TradingFloor(config, store=store) as floor:
        kill_id = floor.kill("panic").kill_id
        with pytest.raises(StoreLocked):
            rearm(store, kill_id, "too early", "test")
    with pytest.raises(BadCommand):
        rearm(store, "00" * 16, "the wrong one", "test")
    assert rearm(store, kill_id, "looked into it", "test").state is TradingState.STOPPED
    with pytest.raises(BadCommand):
        rearm(store, kill_id, "again", "test")
    with TradingFloor(config, store=store) as floor:
        status = floor.status()
        assert (status.state, status.state_reason) == (TradingState.STOPPED, "looked into it")
        floor.begin()
        assert floor.wait(WAIT)
        assert floor.status().trades > 0
    assert all(check.ok for check in verify(store).invariants)


@pytest.mark.parametrize("tape", ["ticks", "off"])
def test_refused_rows_are_counted_over_all_runs_of_a_store(tmp_path, tape):
    config = minute_config(write_minutes(tmp_path / "m.csv"), tape)
    counts = []
    for _ in range(6):
        with TradingFloor(config, store=tmp_path / "a.db", sessions=1) as floor:
            floor.begin()
            assert floor.wait(WAIT)
            counts.append({reason: n for _, reason, n in floor.status().refusals})
    with TradingFloor(config, store=tmp_path / "whole.db") as floor:
        floor.begin()
        assert floor.wait(WAIT)
        whole = {reason: n for _, reason, n in floor.status().refusals}
    assert whole == {"BAD_RANGE": 15, "OUT_OF_SESSION": 30}
    assert counts[-1] == whole


def test_an_engine_that_cannot_go_on_says_so_to_whoever_waits_and_lets_readers_go(
    config, tmp_path, monkeypatch
):
    monkeypatch.setattr(Sequencer, "advance", lambda self: 1 / 0)
    with TradingFloor(config, store=tmp_path / "a.db") as floor:
        stream = floor.events(after=FROM_OLDEST)
        floor.start()
        with pytest.raises(EngineEnded, match="ZeroDivisionError"):
            floor.wait(WAIT)
        assert "ZeroDivisionError" in floor.status().state_reason
        assert list(stream) is not None
        with pytest.raises(NotRunning):
            floor.stop()


@pytest.mark.parametrize("speed", ["fast", 0, -1.0, True])
def test_a_speed_that_is_none_is_refused(config, speed):
    with pytest.raises(BadConfig, match="speed"):
        TradingFloor(config, speed=speed)


def test_the_same_embedding_program_writes_the_same_ledger(config, tmp_path):
    for name in ("a", "b"):
        with TradingFloor(config, store=tmp_path / f"{name}.db", speed="max") as floor:
            floor.start("go")
            assert floor.wait(WAIT)
    assert hash_of(tmp_path / "a.db") == hash_of(tmp_path / "b.db")


def test_a_closed_store_is_one_file(config, tmp_path):
    with TradingFloor(config, store=tmp_path / "a.db") as floor:
        floor.begin()
        assert floor.wait(WAIT)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.db", "a.db.lock"]
