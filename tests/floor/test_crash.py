"""kill -9 at any moment, start again: the ledger of an undisturbed run."""

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cuts import played
from daily_market import daily_config, write_daily_csv
from ledgers import hash_of
from msgspec.structs import replace

from tradingfloor.actors import messages as m
from tradingfloor.actors.config import InstrumentConfig
from tradingfloor.assembly import Assembly
from tradingfloor.replaying import replay
from tradingfloor.storage.verify import verify

HERE = str(Path(__file__).parent)

CHILD = """
import sys
sys.path.insert(0, sys.argv[3])
import daily_market
from tradingfloor.floor import TradingFloor
config = getattr(daily_market, sys.argv[4])(sys.argv[1])
with TradingFloor(config, store=sys.argv[2]) as floor:
    print("open", flush=True)
    floor.begin()
    assert floor.wait(300) and not floor.ended, floor.ended
print("finished", flush=True)
"""


def kill_loop(csv, store, kills, rng, config="daily_config", script=CHILD):
    """Run until finished, killed so many times on the way; returns how often it really was."""
    done = 0
    while True:
        child = subprocess.Popen(
            [sys.executable, "-c", script, str(csv), str(store), HERE, config],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert child.stdout.readline() == "open\n"
            if done >= kills:
                rest, _ = child.communicate(timeout=300)
                assert (rest, child.returncode) == ("finished\n", 0)
                return done
            try:
                child.wait(rng.uniform(0.005, 0.35))
            except subprocess.TimeoutExpired:
                done += 1
            else:
                return done
        finally:
            child.send_signal(signal.SIGKILL)
            child.wait()
            child.stdout.close()


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kills", [10])
def test_a_run_killed_many_times_ends_with_the_ledger_of_an_undisturbed_one(tmp_path, kills):
    _check(tmp_path, kills, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_limits_that_flatten_and_a_schedule_decide_the_same_after_every_kill(tmp_path):
    _check(tmp_path, 5, seed=3, config="guarded_config")


@pytest.mark.campaign
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(5))
def test_a_run_killed_thirty_times_ends_with_the_ledger_of_an_undisturbed_one(tmp_path, seed):
    _check(tmp_path, 30, seed)


def _check(tmp_path, kills, seed, config="daily_config"):
    import daily_market
    from daily_market import write_daily_csv

    csv = write_daily_csv(tmp_path / "long.csv", sessions=2400 * max(1, kills // 10), seed=7)
    replay(Assembly(getattr(daily_market, config)(csv)), tmp_path / "calm.db")
    done = kill_loop(csv, tmp_path / "killed.db", kills, random.Random(seed), config)
    assert done == kills, "the tape ended before all kills; make it longer"
    assert hash_of(tmp_path / "killed.db") == hash_of(tmp_path / "calm.db")
    report = verify(tmp_path / "killed.db")
    assert all(check.ok for check in report.invariants), report


def test_a_week_that_ends_without_a_day_is_told_again_as_one_after_a_crash(tmp_path):
    """On a 24-hour market without weekends in its tape the last day of a week ends before the week does."""
    always = {"SPX": InstrumentConfig(calendar="24h", tick="0.01")}
    config = replace(daily_config(write_daily_csv(tmp_path / "tape.csv", sessions=8)), instruments=always)
    closing = played(config, tmp_path / "probe.db", set()).said[m.BarsClosed]
    assembly, told = Assembly(config), []
    for copy in played(config, tmp_path / "run.db", set(closing)).copies.values():
        with assembly.view(copy) as view:
            told += [each.message for _, each in assembly.waiting(view, 0)]
    closed = [message for message in told if isinstance(message, m.BarsClosed)]
    assert {bar.timeframe for message in closed for bar in message.bars} == {"1d", "1w"}
    for message in closed:
        assert message.base == next((bar for bar in message.bars if bar.timeframe == "1d"), None)
