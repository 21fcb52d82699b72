"""Quotes beside a tape: played through the live floor without loss, found again after a cut."""

import zipfile
from collections import Counter
from datetime import date
from pathlib import Path

import msgspec
import numpy as np
import pytest
from around import Around
from cuts import played
from intraday_market import minute_config, write_minutes
from ledgers import hash_of
from live_runs import run_live

from tradingfloor import TradingFloor
from tradingfloor.actors.config import Config, DataConfig, ExecutionConfig
from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.messages import ChainUpdate
from tradingfloor.actors.status import QuotesStatus
from tradingfloor.assembly import Assembly
from tradingfloor.replaying import replay
from tradingfloor.status import room_state

WAIT = 60
DAYS = ("20150302", "20150303", "20150304")
LISTED = [(right, strike) for right in ("call", "put") for strike in (19_500_000, 20_000_000, 20_500_000)]


def write_quotes(folder: Path) -> Path:
    """Three days of quotes in six contracts every nine minutes; some crossed, some after the close."""
    folder.mkdir()
    for day in DAYS:
        with zipfile.ZipFile(folder / f"{day}_quote_european.zip", "w") as archive:
            for nth, (right, strike) in enumerate(LISTED):
                rows = []
                for minute in range(nth, 480, 9):
                    time, bid = 34_200_000 + minute * 60_000, 10_000 * (nth + 1) + minute * 50
                    ask = bid - 50 if minute % 100 == 0 else bid + 200
                    rows.append(f"{time},{bid},{bid},{bid},{bid},5,{ask},{ask},{ask},{ask},6")
                name = f"{day}_spxw_minute_quote_european_{right}_{strike}_20150304.csv"
                archive.writestr(name, "\n".join((*rows, "broken")) + "\n")
    return folder


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    folder = tmp_path_factory.mktemp("quoted")
    config = minute_config(write_minutes(folder / "m.csv", days=3))
    data = msgspec.structs.replace(config.data, quotes=(str(write_quotes(folder / "spxw")),))
    return config, msgspec.structs.replace(config, data=data)


def test_quotes_leave_the_ledger_of_the_two_drivers_equal_and_are_counted_in_the_status(market, tmp_path):
    _, quoted = market
    status = run_live(quoted, tmp_path / "live.db")
    replay(Assembly(quoted), tmp_path / "replay.db")
    assert hash_of(tmp_path / "live.db") == hash_of(tmp_path / "replay.db")
    rows = sum(len(range(nth, 480, 9)) for nth in range(6)) + 6
    (told,) = status.quotes
    refused = dict(told.refused)
    assert told.received == 3 * rows
    assert told.received == told.accepted + sum(refused.values())
    assert refused["BAD_ROW"] == 3 * 6
    assert (told.contracts, told.two_sided) == (6, 6)
    assert set(refused) == {"BAD_ROW", "CROSSED", "OUT_OF_SESSION", "EXPIRED"}


def test_quotes_change_nothing_that_is_decided(market, tmp_path):
    # The venue's chance hangs on the tape's identity, which the quotes are part of: here it has none.
    certain = ExecutionConfig(reject_probability=0.0, partial_fill_probability=0.0)
    with_quotes, without = (
        run_live(msgspec.structs.replace(config, execution=certain), tmp_path / f"{n}.db")
        for n, config in enumerate(reversed(market))
    )
    assert with_quotes.fills > 0
    for name in ("bars", "signals", "decisions", "orders", "fills", "trades", "equity", "refusals"):
        assert getattr(with_quotes, name) == getattr(without, name)
    assert (len(with_quotes.quotes), without.quotes) == (1, ())


def test_quotes_are_counted_over_all_runs_of_a_store(market, tmp_path):
    _, quoted = market
    for _ in range(3):
        pieces = run_live(quoted, tmp_path / "pieces.db", sessions=1)
    last = run_live(quoted, tmp_path / "pieces.db")
    assert last.quotes == run_live(quoted, tmp_path / "whole.db").quotes
    assert pieces.quotes[0].received <= last.quotes[0].received


def test_after_a_cut_the_room_has_the_quotes_it_had_and_goes_on_to_the_same_ledger(market, tmp_path):
    _, quoted = market
    cuts = (40, 700)
    driver = played(quoted, tmp_path / "cut.db", cuts, to_end=False)
    assert len(driver.copies) == len(cuts)
    run_live(quoted, tmp_path / "whole.db")
    for cut, copy in driver.copies.items():
        assembly = Assembly(quoted)
        found = assembly.recover("market_data", copy).state.books["SPX"]
        with assembly.view(copy) as view:
            until = view.mark("market_data").tape
        seen = assembly.room("market_data")
        for update in assembly.feed.updates():
            if isinstance(update, ChainUpdate) and update.index <= until:
                seen.step(update, update.ts)
        undisturbed = seen.state.books["SPX"]
        assert list(found.quotes()) == list(undisturbed.quotes()), cut
        run_live(quoted, copy)
        assert hash_of(copy) == hash_of(tmp_path / "whole.db"), cut


class Failing(Around):
    """The market data room, which raises before each 400th of its steps, once."""

    def __init__(self, name, room, steps):
        super().__init__(name, room)
        self._steps = steps

    def step(self, message, now):
        self._steps[0] += 1
        if self._steps[0] % 400 == 0:
            raise RuntimeError("before the step")
        return self.room.step(message, now)


@pytest.mark.parametrize("tape", ["ticks", "off"])
def test_a_room_that_fails_on_the_way_loses_no_quote_and_counts_none_twice(
    market, tmp_path, tape, monkeypatch
):
    original = Assembly.child_spec
    at_once = {"backoff_min": 0.0, "backoff_max": 0.0}
    monkeypatch.setattr(
        Assembly, "child_spec", lambda self, name: msgspec.structs.replace(original(self, name), **at_once)
    )
    _, quoted = market
    config = msgspec.structs.replace(quoted, data=msgspec.structs.replace(quoted.data, tape=tape))
    steps = [0]
    failing = run_live(
        config,
        tmp_path / "failing.db",
        wrap=lambda name, room: Failing(name, room, steps) if name == "market_data" else room,
    )
    assert next(a.restarts for a in failing.actors if a.name == "market_data") == steps[0] // 400 >= 2
    whole = run_live(config, tmp_path / "whole.db")
    assert (failing.quotes, failing.refusals) == (whole.quotes, whole.refusals)
    assert whole.quotes[0].received > 0
    assert hash_of(tmp_path / "failing.db") == hash_of(tmp_path / "whole.db")


def test_a_chain_without_its_underlying_is_a_tape_too(market, tmp_path):
    _, quoted = market
    (source,) = quoted.data.quotes
    config = Config(data=DataConfig(source=f"replay:{source}"))
    status = run_live(config, tmp_path / "chain.db")
    assert (status.bars, status.tape_finished, status.prices) == (0, True, ())
    assert status.quotes[0].contracts == 6


# --- real files --------------------------------------------------------------------------------------


def chain_of(config, store):
    """The status at the end, and the room's newest quotes."""
    with TradingFloor(config, store=store) as floor:
        floor.begin()
        assert floor.wait(WAIT)
        state = room_state(floor._engine, "market_data")
        return floor.status(), state.books[config.symbols[0]].columns()


def rows_of(*folders):
    """Every row of the zips, as the files have it: (member, milliseconds, bid, ask or last price)."""
    for folder in folders:
        for path in sorted(folder.glob("*_*_*.zip")):
            with zipfile.ZipFile(path) as archive:
                for member in archive.namelist():
                    for line in archive.read(member).decode().split():
                        fields = line.split(",")
                        yield member, int(fields[0]), fields[4], fields[9] if len(fields) > 6 else ""


def test_the_whole_chain_of_a_share_plays_through_the_live_room_without_loss(lean, tmp_path):
    folder = lean / "option/usa/minute/goog"
    config = Config(symbols=("GOOG",), data=DataConfig(source=f"replay:{folder}"))
    status, newest = chain_of(config, tmp_path / "goog.db")
    expected = Counter()
    last = {}
    for member, time, bid, ask in rows_of(folder):
        quoted = "_quote_" in member
        if time >= 13 * 3_600_000:  # the exchange closed at one that day
            expected["OUT_OF_SESSION"] += 1
        elif quoted and bid and bid == ask:
            expected["LOCKED"] += 1
        else:
            expected["accepted"] += 1
            if quoted:
                last[member] = (int(bid or 0) * 100_000, int(ask or 0) * 100_000)
    accepted = expected.pop("accepted")
    assert status.quotes == (
        QuotesStatus(
            symbol="GOOG",
            received=275_552 + 958,
            accepted=accepted,
            contracts=2_192,
            two_sided=sum(bid > 0 and ask > 0 for bid, ask in last.values()),
            refused=tuple(sorted(expected.items())),
        ),
    )
    assert sorted(zip(newest.bid.tolist(), newest.ask.tolist(), strict=True)) == sorted(last.values())
    assert len(set(newest.listing.expiry.tolist())) == 12
    close = calendar("XNYS").session(date(2015, 12, 24).toordinal()).close
    assert int(newest.ts.max()) == close
    assert bool(np.all(newest.ask[newest.two_sided] > newest.bid[newest.two_sided]))


def test_the_quotes_of_a_share_play_beside_its_trades(lean, tmp_path):
    folder = lean / "equity/usa/minute/spy"
    data = DataConfig(source=f"replay:{folder}", quotes=(str(folder),))
    status, _ = chain_of(Config(symbols=("SPY",), data=data), tmp_path / "spy.db")
    expected = Counter()
    for path in sorted(folder.glob("*_quote.zip")):
        with zipfile.ZipFile(path) as archive:
            for line in archive.read(archive.namelist()[0]).decode().split():
                fields = line.split(",")
                inside = 34_200_000 <= int(fields[0]) < 57_600_000
                locked = fields[4] == fields[9] != ""
                expected["LOCKED" if locked else "accepted" if inside else "OUT_OF_SESSION"] += 1
    accepted = expected.pop("accepted")
    assert status.quotes == (
        QuotesStatus(
            symbol="SPY",
            received=accepted + sum(expected.values()),
            accepted=accepted,
            contracts=0,
            two_sided=0,
            refused=tuple(sorted(expected.items())),
        ),
    )


def test_the_index_options_play_beside_their_index_without_loss(lean, tmp_path):
    folders = [lean / "indexoption/usa/minute" / root for root in ("spx", "spxw")]
    data = DataConfig(source=f"replay:{lean / 'index/usa/minute/spx'}", quotes=tuple(map(str, folders)))
    status, newest = chain_of(Config(data=data), tmp_path / "spx.db")
    late = crossed = locked = received = 0
    for member, time, bid, ask in rows_of(*folders):
        received += 1
        if time >= 58_500_000:  # a quarter past four
            late += 1
        elif "_quote_" in member and bid and ask and int(bid) >= int(ask):
            crossed += int(bid) > int(ask)
            locked += int(bid) == int(ask)
    (told,) = status.quotes
    assert told.received == received == told.accepted + sum(n for _, n in told.refused)
    assert dict(told.refused) == {"OUT_OF_SESSION": late, "CROSSED": crossed, "LOCKED": locked}
    # The newest session is that of 3 July 2023, which no options file has: the newest quotes are of 26 June.
    assert {date.fromordinal(day).isoformat() for day in newest.listing.expiry.tolist()} == {
        "2023-06-30",
        "2023-07-03",
    }
    assert status.refusals == (("SPX", "OUT_OF_SESSION", 2 * 21),)
