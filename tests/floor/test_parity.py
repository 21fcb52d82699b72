"""One ledger: the live floor in lock-step, the replay driver, another process, a run with faults."""

import os
import random
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from around import Around
from ledgers import hash_of
from live_runs import run_live

from tradingfloor.actors import messages as m
from tradingfloor.actors.supervisor import actor as supervisor_actor
from tradingfloor.actors.supervisor.care import Care
from tradingfloor.assembly import Assembly
from tradingfloor.replaying import replay
from tradingfloor.storage.verify import verify


@pytest.fixture(scope="module")
def replayed(daily_csv, tmp_path_factory):
    from daily_market import daily_config

    store = tmp_path_factory.mktemp("replay") / "replay.db"
    counts = replay(Assembly(daily_config(daily_csv)), store)
    return store, counts


def test_the_small_market_trades(replayed):
    _, counts = replayed
    assert counts["TradeClosed"] >= 8
    assert counts["OrderRejected"] >= 1


def test_live_lock_step_and_replay_write_the_same_ledger(config, tmp_path, replayed):
    status = run_live(config, tmp_path / "live.db")
    assert status.trades == replayed[1]["TradeClosed"]
    assert hash_of(tmp_path / "live.db") == hash_of(replayed[0])


@pytest.mark.parametrize("hash_seed", ["1", "4242"])
def test_another_process_with_another_hash_seed_writes_the_same_ledger(
    daily_csv, tmp_path, replayed, hash_seed
):
    script = (
        "import sys; sys.path.insert(0, sys.argv[3])\n"
        "from pathlib import Path\nfrom conftest import daily_config\n"
        "from tradingfloor.assembly import Assembly\nfrom tradingfloor.replaying import replay\n"
        "replay(Assembly(daily_config(sys.argv[1])), Path(sys.argv[2]))\n"
    )
    store = tmp_path / "other.db"
    here = str(Path(__file__).parent)
    subprocess.run(
        [sys.executable, "-c", script, str(daily_csv), str(store), here],
        check=True,
        timeout=100,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )
    assert hash_of(store) == hash_of(replayed[0])


def test_every_invariant_holds_on_a_live_ledger(config, tmp_path):
    run_live(config, tmp_path / "live.db")
    report = verify(tmp_path / "live.db")
    assert [(check.name, check.violations) for check in report.invariants if not check.ok] == []
    assert all(check.checked for check in report.invariants if check.name != "I4")


class Faulty(Around):
    """A room that raises at random moments, before or after its step, at most once per message."""

    def __init__(self, name, room, rate, most, tally):
        super().__init__(name, room)
        self._rng = tally.setdefault(name, random.Random(name))
        self._rate, self._most, self._tally = rate, most, tally

    def step(self, message, now):
        raised = self._tally.setdefault((self.name, "raised"), [])
        fails = len(raised) < self._most and self._rng.random() < self._rate
        fails = fails and not any(message is held for held in raised)
        if fails:
            raised.append(message)
            if self._rng.random() < 0.5:
                raise RuntimeError("before the step")
        outputs = self.room.step(message, now)
        if fails:
            raise RuntimeError("after the step")
        return outputs


def _storm(config, store, monkeypatch, rate, most):
    original = Assembly.child_spec
    patient = {"max_restarts": 10**9, "backoff_min": 0.0, "backoff_max": 0.0}
    monkeypatch.setattr(
        Assembly, "child_spec", lambda self, name: msgspec.structs.replace(original(self, name), **patient)
    )
    monkeypatch.setattr(supervisor_actor, "Care", lambda specs: Care(specs, tree=(10**9, 1.0)))
    tally = {}
    status = run_live(config, store, wrap=lambda name, room: Faulty(name, room, rate, most, tally))
    return status, {name: len(tally[name, "raised"]) for name in (a.name for a in status.actors)}


def test_actors_that_raise_at_random_moments_leave_the_same_ledger(config, tmp_path, monkeypatch, replayed):
    status, raised = _storm(config, tmp_path / "storm.db", monkeypatch, rate=0.02, most=4)
    assert all(count >= 1 for name, count in raised.items() if name != "supervisor"), raised
    assert {a.name: a.restarts for a in status.actors} == raised
    assert hash_of(tmp_path / "storm.db") == hash_of(replayed[0])


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_fifty_faults_in_every_actor_leave_the_same_ledger(tmp_path, monkeypatch):
    from daily_market import daily_config, write_daily_csv

    config = daily_config(write_daily_csv(tmp_path / "long.csv", sessions=1500, seed=5))
    replay(Assembly(config), tmp_path / "calm.db")
    status, raised = _storm(config, tmp_path / "storm.db", monkeypatch, rate=0.08, most=50)
    assert all(count == 50 for name, count in raised.items() if name != "supervisor"), raised
    assert {a.name: a.restarts for a in status.actors} == raised
    assert hash_of(tmp_path / "storm.db") == hash_of(tmp_path / "calm.db")


class Clocked(Around):
    """A signal room that lets the wall clock into one signal: what the proof above must not miss."""

    def step(self, message, now):
        import time

        outputs = list(self.room.step(message, now))
        if outputs and isinstance(outputs[0], m.SignalRaised):
            outputs[0] = msgspec.structs.replace(outputs[0], volume_ratio=time.time_ns() % 997 / 1000 + 2)
        return outputs


def test_a_room_that_reads_the_wall_clock_breaks_the_proof(config, tmp_path, replayed):
    run_live(config, tmp_path / "clocked.db", wrap=Clocked)
    assert hash_of(tmp_path / "clocked.db") != hash_of(replayed[0])
