"""A share with splits and dividends through the whole floor: one ledger, sound books, any crash survived."""

import random
import zipfile
from contextlib import closing

import pytest
from cuts import played
from daily_market import daily_config, write_daily_csv
from ledgers import hash_of
from msgspec.structs import replace

from tradingfloor import TradingFloor
from tradingfloor.actors import messages as m
from tradingfloor.actors.config import DataConfig, InstrumentConfig
from tradingfloor.actors.types import NANOS
from tradingfloor.assembly import Assembly
from tradingfloor.replaying import replay
from tradingfloor.storage.readers import SyncReader
from tradingfloor.storage.verify import verify
from tradingfloor.storage.view import View

SPLITS = {40: (3, 1), 90: (1, 4), 150: (7, 1), 200: (5, 2)}
DIVIDEND_EVERY, DIVIDEND = 5, 0.004


def write_share(folder):
    """The small market as a share whose last trading day before an ex-date is every so many rows."""
    lines = write_daily_csv(folder / "plain.csv").read_text().splitlines()
    head, rows = lines[0], [line.split(",") for line in lines[1:]]
    raw, factors, units, paid = [], [], 1.0, 1.0
    for at in range(len(rows) - 1, -1, -1):
        day, *prices, volume = rows[at]
        if at in SPLITS or at % DIVIDEND_EVERY == 0:
            new, old = SPLITS.get(at, (1, 1))
            units *= new / old
            close = float(prices[-1]) * units
            amount = round(close * DIVIDEND, 2) if at % DIVIDEND_EVERY == 0 else 0.0
            paid *= 1 - amount / close
            factors.append(f"{day.replace('-', '')},{paid:.12f},{1 / units:.12f},{close:.2f}")
        raw.append(",".join([day, *(f"{float(price) * units:.2f}" for price in prices), volume]))
    (folder / "share.csv").write_text("\n".join([head, *reversed(raw)]) + "\n")
    (folder / "factor_files").mkdir()
    (folder / "factor_files" / "spx.csv").write_text("\n".join(reversed(factors)) + "\n")
    return folder / "share.csv"


@pytest.fixture(scope="module")
def share(tmp_path_factory):
    config = daily_config(write_share(tmp_path_factory.mktemp("share")), max_daily_loss=50_000.0)
    kind = InstrumentConfig(kind="equity", tick="0.01")
    return replace(config, instruments={"SPX": kind})


@pytest.fixture(scope="module")
def undisturbed(share, tmp_path_factory):
    store = tmp_path_factory.mktemp("undisturbed") / "run.db"
    return store, replay(Assembly(share), store)


def run(config, store):
    with TradingFloor(config, store=store) as floor:
        floor.begin()
        assert floor.wait(60)
        assert floor.ended == ""


def events(store, *kinds):
    with closing(View(store)) as view:
        return [item.event for item in view.events([kind.__name__ for kind in kinds])]


def test_positions_lived_through_both_and_every_invariant_holds(undisturbed):
    store, counts = undisturbed
    assert counts["SplitApplied"] >= 2
    assert counts["DividendPaid"] >= 5
    assert any(split.before for split in events(store, m.SplitApplied))
    report = verify(store)
    assert [(check.name, check.details) for check in report.invariants if not check.ok] == []


def test_risk_and_executor_agree_at_every_close_and_the_trades_add_up(undisturbed):
    store, _ = undisturbed
    compared = events(store, m.AccountCompared)
    assert compared
    assert all(row.agrees for row in compared)
    held = events(store, m.PositionSnapshot)
    if compared[-1].session not in {snapshot.session for snapshot in held}:
        net = sum(trade.net for trade in events(store, m.TradeClosed))
        assert compared[-1].equity == 100_000 * NANOS + net


def test_why_tells_what_was_booked_on_a_position_between_its_entry_and_its_end(undisturbed):
    store, _ = undisturbed
    with SyncReader.open(store) as reader:
        found = {trade.id: reader.why(trade.id) for trade in events(store, m.TradeClosed)}
    told = [event for explained in found.values() for event in explained.ex_dates]
    held = [event for event in events(store, m.SplitApplied, m.DividendPaid) if getattr(event, "before", 1)]
    last = max(explained.trade.ts for explained in found.values())
    assert told == [event for event in held if event.ts <= last]
    for explained in found.values():
        for event in explained.ex_dates:
            assert explained.trade.entry_ts < event.ts <= explained.trade.ts


def test_no_ex_date_alone_moves_the_equity(undisturbed):
    """Day rows: what a day earns lies within what its prices can earn; a split of 7 would be far out."""
    store, _ = undisturbed
    for row in events(store, m.DayClosed):
        assert abs(row.equity_close - row.equity_open) < 0.1 * 20_000 * NANOS


def test_live_lock_step_writes_the_same_ledger(share, undisturbed, tmp_path):
    run(share, tmp_path / "live.db")
    assert hash_of(tmp_path / "live.db") == hash_of(undisturbed[0])


def test_a_crash_around_every_ex_date_changes_nothing(share, undisturbed, tmp_path):
    """Cut right after the steps that booked one and after the next ones, and run on."""
    said = played(share, tmp_path / "probe.db", set()).said
    booked = random.Random(3).sample(said[m.DividendPaid], 1) + said[m.SplitApplied][:2]
    chosen = {step + shift for step in booked for shift in (0, 1)}
    copies = played(share, tmp_path / "whole.db", chosen).copies
    assert len(copies) == len(chosen)
    for copy in copies.values():
        run(share, copy)
        assert hash_of(copy) == hash_of(undisturbed[0])


def test_the_seven_for_one_split_of_a_real_share_is_lived_through(lean, tmp_path):
    """AAPL by the hour from April to July 2014; the split was on 9 June."""
    with zipfile.ZipFile(lean / "equity/usa/hour/aapl.zip") as archive:
        lines = archive.read("aapl.csv").decode().splitlines(keepends=True)
    tape = tmp_path / "lean/equity/usa/hour/aapl.zip"
    tape.parent.mkdir(parents=True)
    with zipfile.ZipFile(tape, "w") as archive:
        archive.writestr("aapl.csv", "".join(line for line in lines if "20140401" <= line[:8] < "20140801"))
    (tmp_path / "aapl.csv").write_text("20140606,1,0.1428571,645.57\n20501231,1,1,0\n")
    config = replace(
        daily_config(tape),
        symbols=("AAPL",),
        timeframes=("1h", "1d"),
        data=DataConfig(source=f"replay:{tape}", factor_files=str(tmp_path)),
    )
    store = tmp_path / "aapl.db"
    assert replay(Assembly(config), store)["TradeClosed"] >= 10
    (split,) = events(store, m.SplitApplied)
    assert (split.numerator, split.denominator, split.price) == (7, 1, 645_570_000_000)
    assert abs(split.before) >= 1
    assert split.quantity == 7 * split.before
    assert [(check.name, check.details) for check in verify(store).invariants if not check.ok] == []
    for row in events(store, m.DayClosed):
        assert abs(row.equity_close - row.equity_open) < 0.1 * 20_000 * NANOS
