"""The simulated market with unchanged defaults: it trades within a week, or says what held it back."""

import random
import sqlite3
import subprocess
import sys
from datetime import date
from itertools import islice
from pathlib import Path

import pytest
from finite_sim import CONFIG, FiniteSim
from msgspec.structs import replace

from tradingfloor import TradingFloor
from tradingfloor.actors.config import Config, DataConfig
from tradingfloor.actors.market_data.feeds import sim
from tradingfloor.actors.messages import HistoryServed, TimerDue
from tradingfloor.assembly import Assembly
from tradingfloor.replaying import replay
from tradingfloor.storage.direct_journal import DirectJournal
from tradingfloor.storage.ledger_hash import ledger_hash


def week(seed, folder):
    return replay(Assembly(Config(data=DataConfig(seed=seed))), folder / f"{seed}.db", sessions=5)


def test_a_week_has_its_days_and_bars_closed_and_its_warm_up_raises_no_signal(tmp_path):
    counts = week(4, tmp_path)
    assert counts["DayClosed"] == 5
    connection = sqlite3.connect(tmp_path / "4.db")
    first_live = connection.execute("SELECT min(start) FROM bars WHERE NOT history").fetchone()[0]
    warm = connection.execute("SELECT session, start FROM bars WHERE history AND timeframe = '1h'").fetchall()
    first_signal = connection.execute("SELECT min(ts) FROM auto_signals").fetchone()[0]
    connection.close()
    assert len({session for session, _ in warm}) == 60
    assert max(start for _, start in warm) < first_live
    assert first_signal > first_live
    assert counts["TradeClosed"] >= 1


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_defaults_close_a_trade_within_five_sessions_for_at_least_twenty_of_thirty_seeds(tmp_path):
    traded = [seed for seed in range(1, 31) if week(seed, tmp_path).get("TradeClosed", 0)]
    assert len(traded) >= 20, traded


def ledger(store):
    connection = sqlite3.connect(store)
    try:
        return ledger_hash(connection)
    finally:
        connection.close()


@pytest.fixture(scope="module")
def calm(tmp_path_factory):
    """The ledger of two undisturbed sessions of three symbols with quotes."""
    store = tmp_path_factory.mktemp("calm") / "calm.db"
    assert replay(Assembly(CONFIG, FiniteSim(CONFIG)), store)["TradeClosed"] > 1
    return ledger(store)


def test_a_simulated_market_goes_on_where_it_was_left_quotes_included(tmp_path, calm):
    store = tmp_path / "x.db"
    for sessions in (1, None):
        with TradingFloor(CONFIG, store=store, feed=FiniteSim(CONFIG), sessions=sessions) as floor:
            floor.begin()
            assert floor.wait(100)
            (quotes,) = floor.status().quotes
    assert ledger(store) == calm
    assert (quotes.symbol, quotes.accepted, quotes.refused) == ("AAPL", 2 * 779, ())


CHILD = """
import sys
sys.path.insert(0, sys.argv[2])
from finite_sim import CONFIG, FiniteSim
from tradingfloor import TradingFloor
with TradingFloor(CONFIG, store=sys.argv[1], feed=FiniteSim(CONFIG)) as floor:
    print("open", flush=True)
    floor.begin()
    assert floor.wait(300) and not floor.ended, floor.ended
print("finished", flush=True)
"""


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_simulated_market_killed_again_and_again_ends_as_the_undisturbed_one(tmp_path, calm):
    store, rng, kills = tmp_path / "x.db", random.Random(3), 0
    while True:
        command = [sys.executable, "-c", CHILD, str(store), str(Path(__file__).parent)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout.readline() == "open\n"
            try:
                child.wait(rng.uniform(0.05, 0.3) if kills < 5 else 200)
            except subprocess.TimeoutExpired:
                child.kill()
                kills += 1
                continue
            assert child.stdout.read() == "finished\n"
            break
    assert kills >= 3
    assert ledger(store) == calm


def test_a_room_rebuilt_right_after_the_warm_up_says_what_one_says_that_went_on(tmp_path, monkeypatch):
    monkeypatch.setattr(sim, "TAPE_START", date(2024, 1, 4).toordinal())  # in the midst of a week and a month
    config = replace(CONFIG, timeframes=("5m", "1d", "1w", "1M"))
    store = tmp_path / "a.db"
    assembly = Assembly(config, FiniteSim(config))
    with DirectJournal(store, lambda connection: assembly.open_writer(connection, store)) as journal:
        for step in assembly.warm_up():
            journal.append(step)
        journal.flush()
    whole = assembly.room("market_data")
    for symbol in config.symbols:
        bars = assembly.feed.history(symbol)
        whole.step(HistoryServed(symbol, bars), bars[-1].end)
    rebuilt = assembly.recover("market_data", store)

    def said(room):
        found = []
        for update in islice(assembly.feed.updates(), 400):
            while (due := room.next_due()) is not None and due < update.ts:
                found += room.step(TimerDue(due), due)
            found += room.step(update, update.ts)
        while (due := room.next_due()) is not None:
            found += room.step(TimerDue(due), due)
        return found

    assert said(rebuilt) == said(whole)
