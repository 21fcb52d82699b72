"""Quotes of a traded share: what a fill pays of them, what the gate says to them, and that none is lost.

What a fill should have paid is computed from the files, by nothing of the engine.
"""

import random
import zipfile
from bisect import bisect_right
from collections import Counter
from datetime import datetime
from fractions import Fraction
from functools import reduce
from math import ceil, floor
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cuts import played
from finite_sim import CONFIG as SIMULATED
from finite_sim import FiniteSim
from ledgers import hash_of
from msgspec.structs import replace
from quoted_market import quoted_config, write_quoted
from test_crash import CHILD as DAILY
from test_crash import kill_loop

from tradingfloor import TradingFloor
from tradingfloor.actors.messages import ChainUpdate, DecisionMade, OrderFilled, PriceUpdated, QuoteUpdated
from tradingfloor.actors.runtime.journal import Mark
from tradingfloor.actors.runtime.mailbox import merge
from tradingfloor.actors.types import NANOS
from tradingfloor.assembly import Assembly
from tradingfloor.replaying import replay
from tradingfloor.storage.view import View

CHILD = DAILY.replace("daily_market", "quoted_market")
MINUTE = 60 * NANOS
CENT = NANOS // 100
ASSUMED = Fraction(2, 10_000)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_quoted(tmp_path_factory.mktemp("quoted"))


@pytest.fixture(scope="module")
def replayed(folder, tmp_path_factory):
    """The store of an undisturbed run."""
    store = tmp_path_factory.mktemp("replayed") / "replay.db"
    replay(Assembly(quoted_config(folder)), store)
    return store


def run_live(config, store, **options):
    with TradingFloor(config, store=store, **options) as running:
        running.begin()
        assert running.wait(60)
        assert running.ended == ""
        return running.status()


def events(store, kind):
    view = View(store)
    try:
        return [item.event for item in view.events([kind.__name__])]
    finally:
        view.close()


# --- the files, read without the engine ---------------------------------------------------------------


def quotes_of(folder):
    """(end of its minute in ns, bid, ask in nanos) of every quote inside the session, in order."""
    found = []
    for path in sorted(Path(folder).glob("*_quote.zip")):
        midnight = datetime.strptime(path.name[:8], "%Y%m%d").replace(tzinfo=ZoneInfo("America/New_York"))
        with zipfile.ZipFile(path) as archive:
            for line in archive.read(archive.namelist()[0]).decode().split():
                fields = line.split(",")
                if 34_200_000 <= int(fields[0]) < 57_600_000:
                    end = int(midnight.timestamp()) * NANOS + int(fields[0]) * 1_000_000 + MINUTE
                    found.append((end, *(int(text or 0) * 100_000 for text in (fields[4], fields[9]))))
    return found


def quote_at(quotes, ts):
    """(bid, ask) of the newest quote known at ``ts``; None when it is older than a minute."""
    place = bisect_right(quotes, (ts, 1 << 62, 1 << 62)) - 1
    return quotes[place][1:] if place >= 0 and ts - quotes[place][0] <= MINUTE else None


def bought_or_sold(fill, quotes):
    """What a market or stop fill should have cost each, and whether a quote said so."""
    # An open is a point in time; a range began a minute before it was known.
    known = quote_at(quotes, fill.ts - MINUTE * (fill.range_low < fill.range_high))
    if known is None:
        paid = fill.raw_price * ASSUMED / 2 * Fraction(3, 4)
    else:
        bid, ask = known
        assert 0 < bid < ask, "filled where nothing could be traded"
        paid = Fraction(ask - bid, 2) * Fraction(3, 4)
    towards = ceil if fill.side.sign > 0 else floor
    return towards((fill.raw_price + fill.side.sign * paid) / CENT) * CENT, known is not None


def check_fills(store, folder):
    """Every fill against the files; how many paid a quoted and how many an assumed spread."""
    quotes, counts = quotes_of(folder), Counter()
    for fill in events(store, OrderFilled):
        if fill.model.startswith("half_spread"):
            price, by_quote = bought_or_sold(fill, quotes)
            assert fill.price == price, fill
            counts[by_quote] += 1
    return counts


def check_gates(store, folder):
    """The gate of every decision against the files; how often it said what."""
    quotes, counts = quotes_of(folder), Counter()
    for decision in events(store, DecisionMade):
        gate = next(result for result in decision.gates if result.gate == "spread")
        known = quote_at(quotes, decision.ts)
        if known is None:
            assert gate.value.startswith(("quoted ", "no quote"))
            assert gate.passed == (gate.value == "no quote")
        elif not 0 < known[0] < known[1]:
            assert not gate.passed
            assert gate.value in {"locked", "crossed", "one-sided"}
        else:
            wide = Fraction(20_000 * (known[1] - known[0]), known[0] + known[1])
            assert float(gate.value) == pytest.approx(float(wide), rel=1e-5)
            assert gate.passed == (wide <= 3)
        counts["judged" if gate.value[0].isdigit() else gate.value.split()[0], gate.passed] += 1
    return counts


# --- what is paid and what is refused -----------------------------------------------------------------


def test_every_market_and_stop_fill_pays_its_part_of_the_spread_that_the_files_quote(replayed, folder):
    counts = check_fills(replayed, folder)
    assert counts[True] > 50
    assert counts[False] > 5


def test_the_gate_judges_the_quote_of_the_very_close_that_is_decided_on(replayed, folder):
    counts = check_gates(replayed, folder)
    assert counts["judged", True] > 50
    for refused in ("judged", "quoted", "locked", "crossed", "one-sided"):
        assert counts[refused, False] > 0, counts
    assert counts["no", True] > 0


def test_without_the_quote_files_every_fill_pays_the_assumed_spread(folder, tmp_path):
    config = quoted_config(folder)
    replay(Assembly(replace(config, data=replace(config.data, quotes=()))), tmp_path / "bare.db")
    fills = [f for f in events(tmp_path / "bare.db", OrderFilled) if f.model.startswith("half_spread")]
    assert fills
    assert all(fill.price == bought_or_sold(fill, [])[0] for fill in fills)
    assert {
        (gate.value, gate.passed)
        for decision in events(tmp_path / "bare.db", DecisionMade)
        for gate in decision.gates
        if gate.gate == "spread"
    } == {("no quote", True)}


def test_the_simulated_market_trades_at_its_own_quotes(tmp_path):
    chosen = replace(quoted_config("").execution, reject_probability=0.0)
    config = replace(SIMULATED, execution=chosen)
    feed = FiniteSim(config)
    replay(Assembly(config, feed), tmp_path / "sim.db")
    quotes = [
        (u.index, u.quotes[0].bid, u.quotes[0].ask) for u in feed.updates() if isinstance(u, ChainUpdate)
    ]
    fills = [
        fill for fill in events(tmp_path / "sim.db", OrderFilled) if fill.model.startswith("half_spread")
    ]
    counts = Counter(fill.symbol for fill in fills)
    assert counts["AAPL"] > 5
    assert counts["SPX"] > 5, "an index has no quotes: the assumed spread"
    for fill in fills:
        paid = fill.raw_price * ASSUMED / 2 * Fraction(3, 4)
        if fill.symbol == "AAPL":
            _, bid, ask = quotes[bisect_right(quotes, (fill.first_index,)) - 1]
            paid = Fraction(ask - bid, 2) * Fraction(3, 4)
        towards = ceil if fill.side.sign > 0 else floor
        assert fill.price == towards((fill.raw_price + fill.side.sign * paid) / CENT) * CENT


# --- one ledger ---------------------------------------------------------------------------------------


def test_a_quoted_tape_gives_the_live_floor_the_ledger_of_the_replay(folder, replayed, tmp_path):
    status = run_live(quoted_config(folder), tmp_path / "live.db")
    assert status.trades > 20
    assert hash_of(tmp_path / "live.db") == hash_of(replayed)


def cut_and_resumed(config, store, cuts):
    """The hashes of runs that were cut after so many steps and then went on."""
    copies = played(config, store, cuts, to_end=False).copies
    assert len(copies) == len(cuts)
    for copy in copies.values():
        run_live(config, copy)
    return {hash_of(copy) for copy in copies.values()}


def test_a_run_that_is_cut_goes_on_with_the_same_quotes_to_the_same_ledger(folder, replayed, tmp_path):
    assert cut_and_resumed(quoted_config(folder), tmp_path / "cut.db", (801, 807)) == {hash_of(replayed)}


@pytest.mark.slow
def test_a_run_that_is_cut_without_a_stored_tape_goes_on_with_the_same_quotes(folder, tmp_path):
    config = quoted_config(folder, tape="off")
    replay(Assembly(config), tmp_path / "whole.db")
    assert cut_and_resumed(config, tmp_path / "cut.db", (801, 803, 805)) == {hash_of(tmp_path / "whole.db")}


@pytest.mark.parametrize("tape", ["ticks", "off"])
def test_after_any_step_a_restart_finds_the_quote_of_every_price_and_the_newest_one(folder, tmp_path, tape):
    config = quoted_config(folder, tape=tape)
    said = told_by(Assembly(config))
    assembly, missed = Assembly(config), []
    for copy in played(config, tmp_path / "cut.db", range(430, 470), to_end=False).copies.values():
        with assembly.view(copy) as view:
            seen = view.mark("market_data").tape
            prices = [each.message for _, each in assembly.waiting(view, 0) if is_price(each.message)]
            (whole,) = assembly.past.missed(view, Mark(), seen)
        assert all(price == said[price.first_index] for price in prices)
        missed += prices
        until = [each for index, each in said.items() if index <= seen]
        assert whole == reduce(merge, filter(is_price, until))
        newest = [each for each in until if isinstance(each, QuoteUpdated)][-1]
        assert assembly.recover("risk", copy).state.books["SPY"].quote == newest
    assert any(price.opens and price.quote_ts for price in missed)
    assert any(not price.opens and price.quote_ts for price in missed)


def told_by(assembly):
    """Tape index -> what an undisturbed market data room says to it, prices and quotes."""
    room, said = assembly.room("market_data"), {}
    for update in assembly.feed.updates():
        for each in room.step(update, update.ts):
            said[update.index] = each
    return said


def is_price(message):
    return isinstance(message, PriceUpdated)


@pytest.mark.slow
def test_a_process_killed_on_a_quoted_tape_ends_with_the_ledger_of_an_undisturbed_one(
    folder, replayed, tmp_path
):
    store = tmp_path / "killed.db"
    assert kill_loop(folder, store, 4, random.Random(6), "quoted_config", CHILD) == 4
    assert hash_of(store) == hash_of(replayed)


class Failing:
    """A room that raises before each so many-th of its steps, once."""

    def __init__(self, name, room, steps):
        self.name, self.room, self._steps = name, room, steps

    @property
    def state(self):
        return self.room.state

    def next_due(self):
        return self.room.next_due()

    def step(self, message, now):
        self._steps[self.name] += 1
        if self._steps[self.name] % 700 == 0:
            raise RuntimeError("before the step")
        return self.room.step(message, now)


def test_rooms_that_fail_on_the_way_lose_no_quote(folder, replayed, tmp_path, monkeypatch):
    original = Assembly.child_spec
    at_once = {"backoff_min": 0.0, "backoff_max": 0.0, "max_restarts": 1_000}
    monkeypatch.setattr(Assembly, "child_spec", lambda self, name: replace(original(self, name), **at_once))
    steps = Counter()
    trading = ("market_data", "risk", "executor")
    status = run_live(
        quoted_config(folder),
        tmp_path / "failing.db",
        wrap=lambda name, room: Failing(name, room, steps) if name in trading else room,
    )
    assert all(row.restarts >= 2 for row in status.actors if row.name in trading)
    assert hash_of(tmp_path / "failing.db") == hash_of(replayed)


# --- real files ---------------------------------------------------------------------------------------


def test_spy_pays_the_half_spread_that_its_quotes_tell(lean, tmp_path):
    spy = lean / "equity/usa/minute/spy"
    replay(Assembly(quoted_config(spy)), tmp_path / "spy.db")
    counts = check_fills(tmp_path / "spy.db", spy)
    assert counts[True] > 50
    assert check_gates(tmp_path / "spy.db", spy)["judged", True] > 90


@pytest.mark.slow
def test_every_trade_of_spy_meets_the_newest_quote_of_its_minutes(lean, tmp_path):
    spy = lean / "equity/usa/minute/spy"
    config = quoted_config(lean / "equity/usa/tick/spy/20131011_trade.zip", tape="off")
    config = replace(config, data=replace(config.data, quotes=(str(spy / "20131011_quote.zip"),)))
    replay(Assembly(config), tmp_path / "ticks.db")
    assert check_fills(tmp_path / "ticks.db", spy)[True] > 20
    assert check_gates(tmp_path / "ticks.db", spy)["judged", True] > 10
