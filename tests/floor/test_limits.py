"""Whole floors: the breach of a limit, a config that changes on the way, a schedule with a backup."""

import sqlite3
from contextlib import closing

import msgspec
import pytest
from ledgers import hash_of
from live_runs import run_live

from tradingfloor import TradingFloor
from tradingfloor.actors import messages as m
from tradingfloor.actors.config import ScheduledAction
from tradingfloor.actors.errors import BadCommand
from tradingfloor.actors.types import Refusal, TradingState
from tradingfloor.assembly import Assembly
from tradingfloor.cli.stored import stored_status
from tradingfloor.replaying import replay
from tradingfloor.storage.codec import decode
from tradingfloor.storage.verify import verify

WAIT = 60


def events_of(store, *kinds):
    with closing(sqlite3.connect(store)) as connection:
        marks = ",".join("?" * len(kinds))
        rows = connection.execute(
            f"SELECT body, kind, version FROM events WHERE kind IN ({marks}) ORDER BY sequence", kinds
        )
        return [decode(*row) for row in rows]


def sound(store):
    return [check for check in verify(store).invariants if not check.ok] == []


@pytest.fixture
def limited(config, with_config):
    def make(schedule=(), **risk):
        return with_config(config, risk=with_config(config.risk, **risk), schedule=schedule)

    return make


def test_a_limit_that_kills_is_latched_with_its_breach_and_ends_flat(limited, tmp_path):
    store = tmp_path / "a.db"
    status = run_live(limited(max_drawdown=300.0, on_breach={"drawdown": "kill"}), store)
    assert (status.state, status.positions, status.pending) == (TradingState.KILLED, (), ())
    (lock,), (asked,), (killed,) = (
        events_of(store, kind) for kind in ("EntriesLocked", "KillRequested", "Killed")
    )
    assert (asked.cause, killed.cause, killed.by) == (lock.id, asked.id, "risk")
    assert killed.reason.startswith("drawdown: equity fell by")
    assert sound(store)
    with TradingFloor(limited(), store=store) as floor:
        assert floor.status().state is TradingState.KILLED
        assert floor.rearm(killed.id.hex(), "looked at it").state is TradingState.STOPPED


def test_a_limit_that_flattens_gives_one_ledger_live_and_in_replay(limited, tmp_path):
    config = limited(max_drawdown=300.0, on_breach={"drawdown": "flatten"})
    run_live(config, tmp_path / "live.db")
    replay(Assembly(config), tmp_path / "replay.db")
    assert hash_of(tmp_path / "live.db") == hash_of(tmp_path / "replay.db")
    requests = events_of(tmp_path / "live.db", "FlattenRequested")
    assert requests
    assert {request.by for request in requests} == {"risk"}
    assert sound(tmp_path / "live.db")


def test_a_revision_holds_from_the_next_instant_on_and_through_a_restart(limited, tmp_path):
    store, config = tmp_path / "a.db", limited()
    with TradingFloor(config, store=store, sessions=100) as floor:
        floor.begin()
        assert floor.wait(WAIT)
        floor.revise({"risk.max_daily_trades": "0"}, "enough for this year")
        revised = floor.status().config
        again = floor.revise({"risk.max_daily_trades": "0"}, "once more")
        assert again.already_applied
    assert revised != config.content_hash
    status = run_live(config, store)
    assert status.config == revised
    allowed = {use.limit: use.allowed for use in status.limits}
    assert allowed["daily_trades"] == "0"
    change = events_of(store, "ConfigRevised")[0]
    decisions = events_of(store, "DecisionMade")
    before = [d for d in decisions if d.config == config.content_hash]
    after = [d for d in decisions if d.config == revised]
    assert before
    assert after
    assert len(before) + len(after) == len(decisions)
    assert max(d.ts for d in before) <= change.ts <= min(d.ts for d in after)
    assert not any(d.approved for d in after)
    with closing(sqlite3.connect(store)) as connection:
        (body,) = connection.execute(
            "SELECT body FROM algorithm_configs WHERE config = ?", (revised,)
        ).fetchone()
    assert body == change.settings
    assert sound(store)


def test_a_bad_revision_is_refused_and_leaves_no_trace(limited, tmp_path):
    store = tmp_path / "a.db"
    with TradingFloor(limited(), store=store, sessions=5) as floor:
        floor.begin()
        for path, reason in (("symbols", Refusal.NOT_CHANGEABLE), ("risk.nonsense", Refusal.BAD_SETTING)):
            with pytest.raises(BadCommand) as refused:
                floor.revise({path: "1"}, "why not")
            assert refused.value.reason is reason
        assert floor.status().config == limited().content_hash
    assert events_of(store, "ConfigRevised") == []


def test_the_schedule_stops_starts_flattens_and_copies_the_store(limited, tmp_path):
    store = tmp_path / "a.db"
    schedule = (
        ScheduledAction(at="open+5m", do="start"),
        ScheduledAction(at="close-10m", do="flatten"),
        ScheduledAction(at="close-5m", do="stop"),
    )
    status = run_live(limited(schedule), store)
    assert status.tape_finished
    handled = events_of(store, "ScheduleHandled")
    days = len(events_of(store, "DayClosed"))
    assert days - 1 <= sum(e.entry == "close-5m stop" for e in handled) <= days
    assert {e.entry for e in handled} == {entry.text for entry in schedule}
    assert {e.outcome.value for e in handled} == {"DONE"}
    changes = events_of(store, "TradingStateChanged")
    assert {(c.state, c.by) for c in changes[1:]} == {
        (TradingState.RUNNING, "schedule"),
        (TradingState.STOPPED, "schedule"),
    }
    assert sound(store)
    replay(Assembly(limited(schedule)), tmp_path / "replay.db")
    assert hash_of(store) == hash_of(tmp_path / "replay.db")


def test_a_backup_is_a_whole_store_beside_the_store(limited, tmp_path):
    store = tmp_path / "a.db"
    config = limited((ScheduledAction(at="day-end", do="backup"),))
    with TradingFloor(config, store=store, sessions=3) as floor:
        floor.begin()
        assert floor.wait(WAIT)
    copies = sorted(tmp_path.glob("a.backup-*.db"))
    assert [copy.name for copy in copies] == [
        "a.backup-20150102T210000Z.db",
        "a.backup-20150105T210000Z.db",
        "a.backup-20150106T210000Z.db",
    ]
    assert all(sound(copy) for copy in copies)
    written = events_of(store, "ChoreFinished")
    assert [(e.entry, e.files, e.error) for e in written] == [
        ("day-end backup", (copy.name,), "") for copy in copies
    ]
    assert all(e.size == copy.stat().st_size for e, copy in zip(written, copies, strict=True))
    assert not list(tmp_path.glob("*.part"))


def test_what_came_due_while_no_engine_knew_of_it_is_listed_after_the_restart_and_at_rest(limited, tmp_path):
    store = tmp_path / "a.db"
    with TradingFloor(limited(), store=store, sessions=1) as floor:
        floor.begin()
        assert floor.wait(WAIT)
    schedule = (ScheduledAction(at="open+5m", do="report"), ScheduledAction(at="close-1h", do="backup"))
    with TradingFloor(limited(schedule), store=store, sessions=1) as floor:
        floor.begin()
        assert floor.wait(WAIT)
        status = floor.status()
    first = {event.entry: event.outcome.value for event in events_of(store, "ScheduleHandled")[:2]}
    assert first == {"open+5m report": "MISSED", "close-1h backup": "MISSED"}
    assert status.missed == (
        "open+5m report on 2015-01-02 09:35",
        "close-1h backup on 2015-01-02 15:00",
    )
    assert stored_status(store).missed == status.missed


@pytest.mark.parametrize(
    ("do", "blocked"), [("backup", "a.backup-20150102T210000Z.db"), ("report", "a.report-2015-01-02.txt")]
)
def test_a_file_that_cannot_be_written_is_told_and_stops_nothing(limited, tmp_path, do, blocked):
    store = tmp_path / "a.db"
    (tmp_path / blocked / "in the way").mkdir(parents=True)
    with TradingFloor(limited((ScheduledAction(at="day-end", do=do),)), store=store, sessions=2) as floor:
        floor.begin()
        assert floor.wait(WAIT)
        assert floor.ended == ""
    failed, written = events_of(store, "ChoreFinished")
    assert (failed.size, "directory" in failed.error.lower()) == (0, True), failed
    assert (written.size > 0, written.error) == (True, "")
    assert not list(tmp_path.glob("*.part"))


def test_requests_reach_the_executor_and_are_refused_when_nothing_is_open(limited, tmp_path):
    with TradingFloor(limited(), store=tmp_path / "a.db", sessions=1) as floor:
        for ask in (floor.reduce, lambda: floor.reduce("SPX", 2.0)):
            with pytest.raises(BadCommand):
                ask()
        assert floor.cancel_all("SPX", "tidy up").sequence
    (event,) = events_of(tmp_path / "a.db", "CancelAllRequested")
    assert isinstance(event, m.CancelAllRequested)
    assert (event.symbol, event.reason, event.by) == ("SPX", "tidy up", "embedded")
    assert msgspec.to_builtins(event)["entries_only"] is False
