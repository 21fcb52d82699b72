"""Reading a store by name, awaiting and at once: both ways must answer the same."""

import asyncio
import itertools
import shutil
import sqlite3
import threading
from contextlib import closing

import msgspec
import pytest

from tradingfloor.actors import messages as m
from tradingfloor.actors.errors import NotFound, StoreMismatch
from tradingfloor.actors.types import NANOS
from tradingfloor.storage.projection import Projection
from tradingfloor.storage.readers import Reader, SyncReader
from tradingfloor.storage.records import AlertRow, CommandRow, ConfigRow, DeadLetterRow
from tradingfloor.storage.rows import replace

from .conftest import CONFIG, MINUTE, T0, add_events, cents, write_store


@pytest.fixture(params=["awaited", "at once"])
def ask(request, good_store):
    """Answers a query by its name, over either reader."""

    def awaited(name, *args, path=good_store, **kwargs):
        async def main():
            async with await Reader.open(path) as reader:
                return await getattr(reader, name)(*args, **kwargs)

        return asyncio.run(main())

    def at_once(name, *args, path=good_store, **kwargs):
        with SyncReader.open(path) as reader:
            return getattr(reader, name)(*args, **kwargs)

    return awaited if request.param == "awaited" else at_once


@pytest.fixture
def copy(good_store, tmp_path):
    return shutil.copy(good_store, tmp_path / "copy.db")


def write(path, *rows):
    with closing(sqlite3.connect(path)) as connection, connection:
        for row in rows:
            values = [getattr(row, name) for name in row.__struct_fields__]
            connection.execute(replace(type(row)), values)


def test_both_readers_have_the_same_queries():
    def queries(reader):
        return {name for name in vars(reader) if not name.startswith("_")} - {"open", "close", "run"}

    assert queries(Reader) == queries(SyncReader)
    assert len(queries(Reader)) == 25


def test_events_come_back_whole_and_in_sequence(ask, story):
    found = ask("events")
    assert [entry.event for entry in found] == [line.event for line in story]
    assert [entry.sequence for entry in found] == list(range(1, len(story) + 1))
    assert [entry.actor for entry in found] == [line.actor for line in story]
    assert found[6].recorded_at == 7_000


KINDS = [(), ("OrderFilled",), ("Killed", "OrderFilled", "TimeframeReported"), ("NoSuchKind",)]
SYMBOLS = [(), ("SPX",), ("",), ("SPX", "NDX", "")]


@pytest.mark.parametrize(("kinds", "symbols"), [*itertools.product(KINDS, SYMBOLS)])
def test_a_page_is_the_first_of_what_matches_after_the_cursor(good_store, story, kinds, symbols):
    matching = [
        n
        for n, (_, _, e) in enumerate(story, 1)
        if (not kinds or type(e).__name__ in kinds) and (not symbols or getattr(e, "symbol", "") in symbols)
    ]
    with SyncReader.open(good_store) as reader:
        for after, limit in itertools.product((0, 5, 30, 1_000), (1, 3, 1_000)):
            page = [entry.sequence for entry in reader.events(after, limit, kinds, symbols)]
            assert page == [n for n in matching if n > after][:limit]


def test_bounds_and_counts_say_what_the_journal_holds(ask, story, tmp_path):
    assert ask("bounds") == (1, len(story))
    counts = ask("counts")
    assert counts["OrderFilled"] == 6
    assert sum(counts.values()) == len(story)
    empty = write_store(tmp_path / "empty.db", [])
    assert ask("bounds", path=empty) == (1, 0)
    assert ask("counts", path=empty) == {}
    assert ask("meta", path=empty) == {"journal_id": "a journal"}


def test_lists_come_newest_first_within_their_filters(ask):
    signals = ask("signals")
    assert [row.sequence for row in signals] == sorted((row.sequence for row in signals), reverse=True)
    assert len(signals) == 5
    assert ask("signals", limit=2) == signals[:2]
    assert ask("signals", symbol="NDX") == []
    inside = ask("signals", since=signals[3].ts, until=signals[1].ts)
    assert inside == signals[1:4]


def test_every_list_answers(ask):
    sizes = {name: len(ask(name)) for name in ("decisions", "orders", "fills", "trades", "snapshots", "days")}
    assert sizes == {"decisions": 4, "orders": 8, "fills": 6, "trades": 2, "snapshots": 1, "days": 1}


def test_closed_positions_and_ended_locks_are_left_out_unless_asked_for(ask):
    assert ask("positions") == []
    assert [row.symbol for row in ask("positions", flat=True)] == ["SPX"]
    assert [row.lock for row in ask("locks")] == ["loss"]
    assert {row.lock for row in ask("locks", ended=True)} == {"loss", "stale"}


def test_what_works_and_what_is_held_shows_while_the_journal_is_not_at_its_end(ask, story, tmp_path):
    upto = next(n for n, line in enumerate(story) if isinstance(line.event, m.DayClosed))
    path = write_store(tmp_path / "open.db", story[:upto])
    assert [order.role for order in ask("working_orders", path=path)] == ["STOP", "TARGET"]
    (position,) = ask("positions", path=path)
    assert (position.quantity, position.cost) == (-100, -9_900 * NANOS)
    assert ask("state", path=path).state == "RUNNING"


def test_a_store_in_which_nothing_happened_is_stopped(ask, tmp_path):
    state = ask("state", path=write_store(tmp_path / "empty.db", []))
    assert (state.state, state.sequence, state.kill_id) == ("STOPPED", 0, b"")


# --- why ------------------------------------------------------------------------------------------


def test_why_tells_the_whole_chain_of_the_last_decision(ask):
    chain = ask("decision", "SPX")
    assert chain.decision.outcome == "APPROVED"
    assert chain.signal.signal_id == chain.decision.signal_id
    assert [order.role for order in chain.orders] == ["ENTRY", "STOP", "TARGET", "FLATTEN"]
    assert [fill.role for fill in chain.fills] == ["ENTRY", "FLATTEN"]
    assert chain.trade.exit_role == "FLATTEN"
    assert chain.config.config == CONFIG.content_hash


def test_why_at_a_time_takes_the_newest_decision_up_to_then(ask):
    newest, *older = ask("decisions")
    for row in (newest, *older):
        assert ask("decision", "SPX", row.ts).decision == row
        assert ask("decision", None, row.ts + MINUTE).decision.sequence >= row.sequence


def test_why_of_any_link_of_the_first_trade_is_the_same_chain(ask):
    trade = ask("trades")[-1]
    chain = ask("why", trade.signal_id)
    assert [order.role for order in chain.orders] == ["ENTRY", "STOP", "TARGET"]
    assert [fill.quantity for fill in chain.fills] == [60, 90, 50, 100]
    links = [trade.trade_id, chain.decision.decision_id]
    links += [order.order_id for order in chain.orders] + [fill.fill_id for fill in chain.fills]
    assert len(links) == 9
    for link in links:
        assert ask("why", link) == chain


def test_why_of_a_denial_ends_at_its_decision_and_of_a_low_score_at_its_signal(ask):
    (denied,) = [row for row in ask("decisions") if row.outcome == "DENIED"]
    chain = ask("why", denied.decision_id)
    assert (chain.orders, chain.fills, chain.trade) == ((), (), None)
    (below,) = [row for row in ask("signals") if row.outcome == "BELOW"]
    chain = ask("why", below.signal_id)
    assert (chain.signal, chain.decision) == (below, None)


def test_why_of_nothing_known_is_refused(ask):
    flatten = next(order for order in ask("orders") if order.role == "FLATTEN")
    for question in (
        lambda: ask("decision", "NDX"),
        lambda: ask("decision", "SPX", T0 - 1),
        lambda: ask("why", b"nobody"),
        lambda: ask("why", flatten.order_id),
    ):
        with pytest.raises(NotFound):
            question()


# --- what became of the signals -------------------------------------------------------------------


def test_signals_are_counted_as_far_as_they_went(ask):
    (counts,) = ask("signal_counts")
    assert (counts.detector, counts.kind, counts.timeframe) == ("fvg", "fvg", "15m")
    assert (counts.raised, counts.scored) == (5, 5)
    assert (counts.below, counts.not_flat, counts.conflict, counts.eligible) == (1, 0, 0, 4)
    # -169.10 - 1.50 + 50.00 - 1.00
    assert (counts.approved, counts.traded, counts.wins, counts.net) == (3, 2, 1, -cents(12_160))


def test_a_shadow_is_approved_and_a_signal_without_a_score_is_raised_only(ask, copy):
    signal, decision = ask("signals")[0], ask("decisions")[1]
    fields = {name: None for name in signal.__struct_fields__ if name.startswith("score")}
    unscored = msgspec.structs.replace(
        signal, sequence=900, signal_id=b"u" * 16, timeframe="5m", outcome=None, **fields
    )
    write(copy, unscored, msgspec.structs.replace(decision, outcome="SHADOW"))
    five, fifteen = ask("signal_counts", path=copy)
    assert (five.timeframe, five.raised, five.scored, five.eligible, five.approved) == ("5m", 1, 0, 0, 0)
    assert (fifteen.raised, fifteen.approved) == (5, 3)


def test_each_closed_trade_comes_with_what_scored_its_signal_in_the_order_of_the_signals(ask, copy):
    first, second = ask("trade_outcomes")
    assert (first.net, second.net) == (-cents(17_060), cents(4_900))
    assert (first.kind, first.score, first.config) == ("fvg", 7.5, CONFIG.content_hash)
    assert first.families == (("15m", "imbalance", 0.6),)
    trades = ask("trades")[::-1]
    assert [row.closed_ts for row in (first, second)] == [trade.ts for trade in trades]
    assert first.signal_ts < first.closed_ts < second.signal_ts
    late = msgspec.structs.replace(ask("signals")[-1], ts=second.closed_ts)
    write(copy, late)
    assert [row.net for row in ask("trade_outcomes", path=copy)] == [second.net, first.net]
    write(copy, msgspec.structs.replace(late, score=None))
    assert [row.net for row in ask("trade_outcomes", path=copy)] == [second.net]


# --- what else the store holds ----------------------------------------------------------------------


def bar(index):
    start = T0 + index * MINUTE
    return m.Bar(
        "SPX", "1m", index, start, start + MINUTE, 4, 6, 3, 5, 10, 2, True, 739_000, 0, 1, 2, index == 0
    )


def test_bars_are_the_newest_within_bounds_oldest_first(ask, copy):
    bars = [bar(index) for index in range(6)]
    with closing(sqlite3.connect(copy)) as connection, connection:
        marks = ", ".join("?" * 17)
        rows = [tuple(getattr(b, name) for name in b.__struct_fields__) for b in bars]
        connection.executemany(f"INSERT INTO bars VALUES ({marks})", rows)
    assert ask("bars", "SPX", "1m", path=copy) == bars
    assert ask("bars", "SPX", "1m", limit=2, path=copy) == bars[-2:]
    assert ask("bars", "SPX", "1m", bars[1].start, bars[3].start, path=copy) == bars[1:4]
    assert ask("bars", "SPX", "5m", path=copy) == []
    assert ask("bars", "SPX", "1m", path=copy)[0].history is True


def test_commands_dead_letters_alerts_and_configs_come_newest_first(ask, copy):
    first, last = (
        CommandRow(
            request_id=f"r{n}",
            kind="StartTrading",
            ts=n,
            recorded_at=n,
            by="me",
            reason="",
            body=b"\x80",
            outcome="RUNNING",
            result=None,
        )
        for n in (1, 2)
    )
    letters = [
        DeadLetterRow(id=n, actor="risk", recorded_at=n, message_kind="BarsClosed", body=b"", error="boom")
        for n in (1, 2)
    ]
    alert = AlertRow(id=1, sequence=3, ts=4, recorded_at=5, severity="high", kind="Killed", message="stop")
    config = ConfigRow(config="other", algorithm="v2", body="{}", recorded_at=9)
    write(copy, first, last, *letters, alert, config)
    assert ask("commands", path=copy) == [last, first]
    assert ask("dead_letters", path=copy) == letters[::-1]
    assert ask("alerts", path=copy) == [alert]
    assert [row.config for row in ask("configs", path=copy)][-2:] == ["other", CONFIG.content_hash]
    assert ask("backtests", path=copy) == []


# --- connections ------------------------------------------------------------------------------------


def test_a_reader_sees_what_is_committed_after_it_was_opened(copy, story):
    async def main():
        async with await Reader.open(copy) as reader:
            before = (await reader.bounds()).last
            with closing(sqlite3.connect(copy)) as writer, writer:
                event = renamed(story[2].event)
                add_events(writer, [story[2]._replace(event=event)], Projection())
            return before, (await reader.bounds()).last, (await reader.events(after=before))[0].event, event

    before, after, seen, event = asyncio.run(main())
    assert after == before + 1
    assert seen == event


def renamed(event):
    return type(event)(**{**{n: getattr(event, n) for n in event.__struct_fields__}, "id": b"n" * 16})


def test_a_reader_cannot_write(good_store):
    with SyncReader.open(good_store) as reader, pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader._connection.execute("DELETE FROM meta")


def test_a_path_with_odd_characters_is_opened_as_it_is(good_store, tmp_path):
    odd = tmp_path / "50% off? #1.db"
    shutil.copy(good_store, odd)
    with SyncReader.open(odd) as reader:
        assert reader.bounds().last > 0


def left_behind(before):
    """Threads that do not end; a closed connection's thread ends just after it has said so."""
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
    return set(threading.enumerate()) - before


@pytest.mark.parametrize("make", ["missing", "newer"])
def test_a_store_that_cannot_be_read_is_refused_and_leaves_no_thread(tmp_path, good_store, make):
    path = tmp_path / "store.db"
    if make == "newer":
        shutil.copy(good_store, path)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA user_version = 9")
    before = set(threading.enumerate())
    for opening in (lambda: SyncReader.open(path), lambda: asyncio.run(Reader.open(path))):
        with pytest.raises(NotFound if make == "missing" else StoreMismatch):
            opening()
    assert left_behind(before) == set()
    assert path.exists() == (make == "newer")


def test_closing_ends_the_readers_thread_and_may_be_repeated(good_store):
    before = set(threading.enumerate())

    async def main():
        reader = await Reader.open(good_store)
        busy = set(threading.enumerate()) - before
        await reader.close()
        await reader.close()
        return busy

    assert len(asyncio.run(main())) == 1
    assert left_behind(before) == set()
