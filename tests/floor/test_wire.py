"""A second terminal: another process's engine, steered and watched over its socket, and killed with -9."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tradingfloor import TradingFloor
from tradingfloor.actors.types import TradingState
from tradingfloor.floor import FROM_OLDEST
from tradingfloor.gateway.client import ControlClient
from tradingfloor.storage.readers import SyncReader
from tradingfloor.storage.verify import verify

HERE = str(Path(__file__).parent)

ENGINE = """
import sys
sys.path.insert(0, sys.argv[3])
from daily_market import daily_config
from tradingfloor.floor import TradingFloor
config, store, speed = daily_config(sys.argv[1]), sys.argv[2], float(sys.argv[4])
with TradingFloor(config, store=store, speed=speed, grpc="auto") as floor:
    floor.begin()
    print(floor.address, flush=True)
    sys.stdin.read()
"""


class Engine:
    def __init__(self, csv, store, speed="2e8"):
        self.child = subprocess.Popen(
            [sys.executable, "-c", ENGINE, str(csv), str(store), HERE, speed],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.address = self.child.stdout.readline().strip()
        assert self.address

    def end(self, how=signal.SIGKILL):
        if how is None:
            self.child.stdin.close()
        else:
            self.child.send_signal(how)
        self.child.wait(30)
        self.child.stdout.close()
        if how is not None:
            self.child.stdin.close()


@pytest.fixture
def engine(daily_csv, tmp_path):
    engine = Engine(daily_csv, tmp_path / "a.db")
    yield engine
    if engine.child.returncode is None:
        engine.end(None)


def test_status_pause_and_resume_from_a_second_process(engine):
    with ControlClient(engine.address, by="test") as client:
        assert client.pause("look").state is TradingState.PAUSED
        status = client.status()
        assert (status.state, status.state_reason) == (TradingState.PAUSED, "look")
        assert {row.name for row in status.actors} >= {"market_data", "risk", "executor", "signals:SPX:1d"}
        assert client.resume().state is TradingState.RUNNING


def test_an_event_that_a_subscriber_saw_is_in_the_journal_after_kill_9(engine, tmp_path):
    seen = []
    with ControlClient(engine.address) as client:
        for item in client.subscribe(("OrderFilled",), after=FROM_OLDEST):
            seen.append((item.sequence, item.event))
            if len(seen) == 4:
                engine.end(signal.SIGKILL)
                break
    with SyncReader.open(tmp_path / "a.db") as reader:
        stored = reader.events(0, 10_000, ("OrderFilled",))
    assert [(item.sequence, item.event) for item in stored][:4] == seen


def test_a_kill_that_was_answered_holds_through_kill_9_and_a_restart(engine, daily_csv, tmp_path):
    from daily_market import daily_config

    with ControlClient(engine.address, by="test") as client:
        iterator = iter(client.subscribe(("OrderFilled",), after=FROM_OLDEST))
        next(iterator)
        result = client.kill("panic")
        engine.end(signal.SIGKILL)
    with TradingFloor(daily_config(daily_csv), store=tmp_path / "a.db") as floor:
        status = floor.status()
        assert (status.state, status.kill_id) == (TradingState.KILLED, result.kill_id)
        floor.begin()
        assert floor.wait(60)
        assert floor.status().positions == ()
        assert floor.status().state is TradingState.KILLED
    with SyncReader.open(tmp_path / "a.db") as reader:
        approvals = reader.events(result.sequence, 10_000, ("OrderApproved",))
    assert approvals == []
    assert all(check.ok for check in verify(tmp_path / "a.db").invariants)


def test_embedded_and_remote_subscribers_see_the_same_events(daily_csv, tmp_path):
    from daily_market import daily_config

    floor = TradingFloor(daily_config(daily_csv), store=tmp_path / "a.db", grpc="auto")
    with floor:
        floor.begin()
        assert floor.wait(60)
        last = floor.status().last_sequence

        def upto_last(stream):
            found = []
            for item in stream:
                found.append((item.sequence, item.actor, item.event))
                if item.sequence == last:
                    return found
            return found

        embedded = upto_last(floor.events(after=FROM_OLDEST))
        with ControlClient(floor.address) as client:
            remote = upto_last(client.subscribe(after=FROM_OLDEST))
    assert len(embedded) == last
    assert remote == embedded
