"""The writer: sequence, marks, refusal after a kill, epochs, duplicates, a full disk; and its thread."""

import sqlite3
import threading
from concurrent.futures import Future

import aiosqlite
import pytest

from tradingfloor.actors import messages as m
from tradingfloor.actors.domain.ids import derive_id
from tradingfloor.actors.errors import BadCommand, JournalConflict, JournalFailed
from tradingfloor.actors.runtime.journal import Envelope, Mark, Step
from tradingfloor.actors.types import (
    Direction,
    KillPolicy,
    OrderRole,
    Refusal,
    Side,
    TradingState,
    UpdateKind,
)
from tradingfloor.storage.journal import JournalWriter
from tradingfloor.storage.journal_thread import JournalThread
from tradingfloor.storage.migrate import migrate, open_pragmas
from tradingfloor.storage.progress import fence
from tradingfloor.storage.view import View


def name_id(label):
    return derive_id(5, "t", label)


def signal(label):
    return m.SignalRaised(
        id=name_id(label), ts=5, symbol="SPX", timeframe="1d", detector="fvg", kind="fvg", family="imbalance",
        direction=Direction.LONG, origin_bar=1, bar=2, entry=10, stop=8, target=14, top=10, bottom=9,
        strength=0.5, volume_ratio=1.0, first_index=1, last_index=2, config="c",
    )  # fmt: skip


def approved(label, quantity=2):
    return m.OrderApproved(
        id=name_id(label), ts=5, cause=name_id("d"), decision_id=name_id("d"), signal_id=name_id("s"),
        symbol="SPX", side=Side.BUY, quantity=quantity, reference=10, stop=8, target=14, reserved=100,
        reserved_fees=1, session=1, config="c",
    )  # fmt: skip


def accepted(label, order, *, reduce_only=False, kill_id=b"", role=OrderRole.ENTRY):
    return m.OrderAccepted(
        id=name_id(label), ts=5, order_id=name_id(order), parent_id=b"", symbol="SPX", role=role,
        side=Side.BUY, quantity=2, price=0, active_ts=5, reserved=100, reduce_only=reduce_only,
        kill_id=kill_id,
    )  # fmt: skip


def fill(label, order, *, kill_id=b""):
    return m.OrderFilled(
        id=name_id(label), ts=6, order_id=name_id(order), symbol="SPX", role=OrderRole.ENTRY, side=Side.BUY,
        quantity=1, price=10, fee=1, realised=0, done=False, range_low=10, range_high=10, raw_price=10,
        model="none", first_index=1, last_index=1, kill_id=kill_id,
    )  # fmt: skip


def replaced(label, order):
    return m.OrderReplaced(
        id=name_id(label), ts=6, order_id=name_id(order), symbol="SPX", role=OrderRole.STOP, quantity=1,
        price=10, limit=0, active_ts=5,
    )  # fmt: skip


def canceled(label, order):
    return m.OrderCanceled(
        id=name_id(label), ts=6, order_id=name_id(order), symbol="SPX", role=OrderRole.ENTRY,
        reason=Refusal.DAY_OVER, remaining=2,
    )  # fmt: skip


def step(actor, message, outputs=(), *, epoch=1, now=5, sequence=0):
    return Step(actor, epoch, Envelope(message, now, sequence), list(outputs))


TICK = m.MarketUpdate(7, "SPX", UpdateKind.TICK, 5, 5, 10, 10, 10, 10, 1)
PRICE = m.PriceUpdated("SPX", 5, 5, 10, 10, 10, 10, 1, 1, 7, 7, opens=True)


def booted(name):
    return m.EngineBooted(id=name_id(name), ts=1, boot=1, version="", config="", resumed_at=0)


@pytest.fixture
def store(tmp_path):
    return tmp_path / "store.db"


@pytest.fixture
def connection(store):
    connection = sqlite3.connect(store, isolation_level=None)
    open_pragmas(connection)
    migrate(connection, store)
    yield connection
    connection.close()


@pytest.fixture
def writer(connection):
    return JournalWriter(connection, "t")


def test_sequences_have_no_gap_over_commits_and_reopening(writer, connection):
    writer.commit([step("signals:SPX:1d", m.TimerDue(1), [signal("a"), signal("b")])])
    writer.commit([step("signals:SPX:1d", m.TimerDue(2), [signal("c")])])
    again = JournalWriter(connection, "t")
    outcome = again.commit([step("signals:SPX:1d", m.TimerDue(3), [signal("d")])])
    assert [item.sequence for item in outcome.events] == [4]
    rows = connection.execute("SELECT sequence FROM events ORDER BY sequence").fetchall()
    assert rows == [(1,), (2,), (3,), (4,)]


def test_a_mark_says_what_was_handled_also_when_nothing_followed(writer, store):
    raised = signal("a")
    writer.commit([step("signals:SPX:1d", m.TimerDue(1), [raised])])
    writer.commit(
        [
            step("risk", PRICE, now=6),
            step("risk", raised, now=7),
            step("executor", approved("o"), sequence=41, now=8),
            step("market_data", TICK, [PRICE]),
        ]
    )
    view = View(store)
    assert view.mark("risk") == Mark(tape=7, durable=0, batched=1, now=7)
    assert view.mark("executor") == Mark(tape=0, durable=41, batched=0, now=8)
    assert view.mark("market_data").tape == 7
    assert view.mark("nobody") == Mark()
    assert view.prices() == [PRICE]
    assert list(view.tape(0, 10)) == [TICK]
    view.close()


def test_a_refused_update_is_handled_but_never_becomes_tape(writer, store):
    writer.commit([step("market_data", TICK, [])])
    view = View(store)
    assert view.mark("market_data").tape == 7
    assert list(view.tape(0, 10)) == []
    view.close()


def test_a_stale_epoch_writes_nothing(writer, connection):
    writer.commit([step("risk", m.TimerDue(1), [approved("new")], epoch=5)])
    outcome = writer.commit([step("risk", m.TimerDue(1), [approved("old")], epoch=4)])
    assert outcome.events == []
    assert connection.execute("SELECT count(*) FROM events").fetchone() == (1,)


def test_a_fence_lets_pass_what_was_queued_before_it_and_nothing_after(writer):
    outcome = writer.commit(
        [
            step("risk", m.TimerDue(1), [approved("before")], epoch=1),
            fence("risk", 2),
            step("risk", m.TimerDue(1), [approved("after")], epoch=1),
            step("risk", m.TimerDue(1), [approved("successor")], epoch=2),
        ]
    )
    assert [item.event.id for item in outcome.events] == [name_id("before"), name_id("successor")]


def test_a_fence_keeps_what_its_actor_had_handled(writer, connection):
    writer.commit([step("risk", m.TimerDue(7), [], now=7), fence("risk", 2)])
    row = connection.execute("SELECT epoch, tape, durable, batched, now FROM marks").fetchall()
    assert row == [(2, 0, 0, 0, 7)]
    assert writer.epochs == {"risk": 2}


def test_the_same_event_again_is_a_counted_duplicate_and_another_body_halts(writer):
    writer.commit([step("risk", m.TimerDue(1), [approved("o")])])
    outcome = writer.commit([step("risk", m.TimerDue(1), [approved("o"), approved("p")])])
    assert [item.event.id for item in outcome.events] == [name_id("p")]
    assert [item.sequence for item in outcome.events] == [2]
    assert writer.duplicates == 1
    with pytest.raises(JournalConflict):
        writer.commit([step("risk", m.TimerDue(1), [approved("o", quantity=3)])])


def test_what_comes_again_counts_as_handled_by_the_sequence_it_has_and_hides_nothing_younger(writer):
    signals, risk = "signals:SPX:1d", "risk"
    writer.commit([step(signals, m.TimerDue(1), [signal("s")])])
    writer.commit([step(signals, m.TimerDue(1), [signal("s"), signal("t")])])
    assert writer.duplicates == 1
    writer.commit([step(risk, signal("s"))])
    assert writer.progress[risk].batched == 1
    writer.commit([step(risk, signal("t"))])
    assert writer.progress[risk].batched == 2


def test_what_was_handled_beside_something_that_comes_again_counts_as_handled(writer):
    signals, risk = "signals:SPX:1d", "risk"
    writer.commit([step(signals, m.TimerDue(1), [signal("s")])])
    writer.commit([step(risk, m.TimerDue(1), [approved("o")])])
    writer.commit([step(risk, signal("s")), step(risk, m.TimerDue(1), [approved("o")])])
    assert writer.duplicates == 1
    assert writer.progress[risk].batched == 1


def test_a_step_that_a_kill_forbids_is_refused_also_beside_something_that_comes_again(writer):
    again = step("signals:SPX:1d", m.TimerDue(1), [signal("s")])
    writer.commit([again])
    writer.kill(m.KillTrading(request_id="k"), 9)
    forbidden = step("risk", m.TimerDue(1), [approved("o")])
    outcome = writer.commit([forbidden, again])
    assert (outcome.refused, outcome.unwritten) == ([forbidden], [])


def test_bars_count_by_their_own_instant_however_late_they_are_handled(writer):
    bars = m.BarsClosed("SPX", 3, None, ())
    writer.commit([step("signals:SPX:1d", bars, now=9), step("risk", m.TimerDue(1), now=9)])
    assert (writer.progress["signals:SPX:1d"].now, writer.progress["risk"].now) == (3, 9)


def test_an_id_that_comes_twice_in_one_commit_halts_and_nothing_of_the_commit_is_written(writer):
    with pytest.raises(JournalConflict, match="twice"):
        writer.commit([step("risk", m.TimerDue(1), [approved("o"), approved("o")])])
    assert writer.counts() == {"Order": 0}


def killed(writer, **fields):
    command = m.KillTrading(request_id="k1", reason="panic", by="me", **fields)
    return writer.kill(command, 9)


def test_a_kill_cancels_every_order_that_may_still_fill_in_its_own_transaction(writer, connection):
    writer.commit([step("risk", m.TimerDue(1), [approved("o"), approved("p")])])
    writer.commit([step("executor", approved("o"), [accepted("a", "o"), fill("f", "o")], sequence=1)])
    result, committed = killed(writer)
    assert result.state is TradingState.KILLED
    assert not result.already_applied
    event, *canceled = [item.event for item in committed]
    assert isinstance(event, m.Killed)
    assert event.canceled == 2
    assert [(e.order_id, e.reason, e.remaining) for e in canceled] == [
        (name_id("o"), Refusal.KILLED, 1),
        (name_id("p"), Refusal.KILLED, 2),
    ]
    statuses = connection.execute("SELECT status FROM orders").fetchall()
    assert statuses == [("CANCELED",), ("CANCELED",)]


@pytest.mark.parametrize(
    "output",
    [
        approved("x"),
        accepted("x", "o"),
        fill("x", "o"),
        accepted("x", "o", reduce_only=True, kill_id=b"other"),
        replaced("x", "o"),
        m.OrderTriggered(id=name_id("x"), ts=6, order_id=name_id("o"), symbol="SPX"),
    ],
)
def test_after_a_kill_no_order_but_its_own_flattening_and_no_change_of_state_is_written(writer, output):
    writer.commit([step("risk", m.TimerDue(1), [approved("o")])])
    killed(writer)
    outcome = writer.commit([step("executor", PRICE, [output]), step("executor", PRICE, [])])
    assert outcome.events == []
    assert len(outcome.refused) == 1
    assert len(outcome.unwritten) == 1


@pytest.mark.parametrize("news", [canceled("x", "o"), replaced("x", "o"), fill("x", "o")])
def test_news_of_an_order_that_is_over_is_not_written(writer, news):
    begun = [approved("o"), accepted("a", "o")]
    writer.commit([step("risk", m.TimerDue(1), begun), step("executor", PRICE, [canceled("c", "o")])])
    outcome = writer.commit([step("executor", PRICE, [news])])
    assert (outcome.events, len(outcome.refused)) == ([], 1)


def test_the_kills_own_flattening_is_written_and_others_go_on(writer):
    result, _ = killed(writer)
    kill_id = bytes.fromhex(result.kill_id)
    own = accepted("x", "flat", reduce_only=True, kill_id=kill_id, role=OrderRole.FLATTEN)
    outcome = writer.commit(
        [step("executor", PRICE, [own]), step("signals:SPX:1d", m.TimerDue(1), [signal("s")])]
    )
    assert len(outcome.events) == 2


def test_not_even_the_kills_own_flattening_gets_new_terms(writer):
    result, _ = killed(writer)
    kill_id = bytes.fromhex(result.kill_id)
    own = accepted("x", "flat", reduce_only=True, kill_id=kill_id, role=OrderRole.FLATTEN)
    writer.commit([step("executor", PRICE, [own])])
    assert len(writer.commit([step("executor", PRICE, [replaced("y", "flat")])]).refused) == 1


def test_a_kill_holds_after_reopening_and_until_rearmed(writer, connection):
    first, _ = killed(writer)
    again = JournalWriter(connection, "t")
    assert again.state is TradingState.KILLED
    assert again.kill_id.hex() == first.kill_id
    second, committed = again.kill(m.KillTrading(request_id="k2"), 10)
    assert second.already_applied
    assert second.kill_id == first.kill_id
    assert committed == []
    rearmed = m.Rearmed(id=name_id("r"), ts=11, kill_id=again.kill_id, request_id="r", reason="ok", by="me")
    changed = m.TradingStateChanged(
        id=name_id("c"), ts=11, previous=TradingState.KILLED, state=TradingState.STOPPED, command="Rearm",
        request_id="r", reason="ok", by="me",
    )  # fmt: skip
    again.commit([step("supervisor", m.TimerDue(1), [rearmed, changed])])
    assert again.state is TradingState.STOPPED
    assert JournalWriter(connection, "t").kill_id == b""
    assert again.commit([step("risk", m.TimerDue(1), [approved("o")])]).refused == []


def test_a_repeated_request_gets_the_stored_answer_and_a_reused_id_is_refused(writer):
    first, _ = killed(writer)
    again, committed = killed(writer)
    assert again == first
    assert committed == []
    with pytest.raises(BadCommand) as refused:
        killed(writer, policy=KillPolicy.KEEP)
    assert refused.value.reason is Refusal.REQUEST_ID_REUSED


def test_a_full_disk_fails_the_commit_and_leaves_the_store_as_it_was(writer, connection):
    writer.commit([step("risk", m.TimerDue(1), [approved("o")])])
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    many = [step("signals:SPX:1d", m.TimerDue(n), [signal(f"s{n}")]) for n in range(3000)]
    with pytest.raises(JournalFailed, match="full"):
        writer.commit(many)
    assert not connection.in_transaction
    assert connection.execute("SELECT count(*) FROM events").fetchone() == (1,)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


# --- the thread -----------------------------------------------------------------------------------


def open_thread(store, *, group=False, failures=None, refusals=None, kind=JournalThread):
    def open_writer(connection):
        open_pragmas(connection)
        migrate(connection, store)
        return JournalWriter(connection, "t")

    return kind(
        store,
        open_writer,
        group=group,
        on_refused=lambda first, rest: (refusals if refusals is not None else []).append((first, rest)),
        on_failure=(failures if failures is not None else []).append,
    )


@pytest.fixture(params=[False, True], ids=["lock-step", "free running"])
def thread(request, store):
    journal = open_thread(store, group=request.param)
    journal.start()
    yield journal
    journal.close()


def test_flush_returns_after_commit_and_delivery(thread, store):
    delivered = []
    thread.listen(delivered.extend)
    thread.append(step("risk", m.TimerDue(1), [approved("o")]))
    thread.flush()
    assert [item.event.id for item in delivered] == [name_id("o")]
    reader = sqlite3.connect(store)
    assert reader.execute("SELECT count(*) FROM events").fetchone() == (1,)
    reader.close()


def test_an_event_is_on_disk_when_a_listener_hears_of_it(thread, store):
    seen = Future()

    def look(_committed):
        reader = sqlite3.connect(store)
        seen.set_result(reader.execute("SELECT count(*) FROM events").fetchone())
        reader.close()

    thread.listen(look)
    thread.append(step("risk", m.TimerDue(1), [approved("o")]))
    thread.boundary()
    assert seen.result(10) == (1,)


def test_the_thread_that_opened_the_store_commits_and_delivers(thread):
    opened = thread.call(lambda _writer: threading.current_thread()).result(10)
    delivering = Future()
    thread.listen(lambda _committed: delivering.set_result(threading.current_thread()))
    thread.append(step("risk", m.TimerDue(1), [approved("o")]))
    thread.flush()
    assert delivering.result(10) is opened
    assert opened.name == "journal"


def test_free_running_a_durable_step_is_committed_without_anyone_asking(store):
    journal = open_thread(store, group=True)
    journal.start()
    heard = threading.Event()
    journal.listen(lambda _committed: heard.set())
    journal.append(step("risk", m.TimerDue(1), [approved("o")]))
    assert heard.wait(10)
    journal.close()


def test_free_running_steps_that_can_wait_are_committed_in_time_without_anyone_asking(store):
    journal = open_thread(store, group=True)
    journal.start()
    for name in ("first", "second"):  # the first finds the journal idle, the second may find it waiting
        heard = threading.Event()
        end = journal.listen(lambda _committed, heard=heard: heard.set())
        journal.append(step("risk", m.TimerDue(1), [booted(name)]))
        assert heard.wait(10)
        end()
    journal.close()


def test_a_step_that_comes_while_the_thread_lies_down_is_committed_without_anyone_asking(store):
    late = [step("risk", m.TimerDue(1), [approved("o")])]
    heard = threading.Event()

    class Tired(JournalThread):
        """Gets a step between its last look at the queue and saying that it waits for the bell."""

        @property
        def _idle(self):
            return self._waits

        @_idle.setter
        def _idle(self, waits):
            if waits and late:
                self._queue.append(late.pop())
            self._waits = waits

    journal = open_thread(store, group=True, kind=Tired)
    journal.listen(lambda _committed: heard.set())
    journal.start()
    assert heard.wait(2)
    journal.close()


def test_in_lock_step_nothing_is_committed_before_a_boundary(store):
    journal = open_thread(store)
    journal.start()
    heard = []
    journal.listen(heard.extend)
    journal.append(step("risk", m.TimerDue(1), [approved("o")]))
    assert journal.call(lambda writer: writer.sequence).result(10) == 0
    assert heard == []
    journal.flush()
    assert len(heard) == 1
    journal.close()


def test_a_kill_goes_ahead_of_everything_queued(store):
    refusals = []
    journal = open_thread(store, refusals=refusals)
    journal.start()
    journal.append(step("risk", m.TimerDue(1), [approved("o")]))
    answer = journal.kill(m.KillTrading(request_id="k"), 9).result(10)
    assert answer.sequence == 1
    journal.flush()
    assert len(refusals) == 1
    journal.close()


def test_a_command_is_answered_after_its_commit_with_its_sequence(thread):
    reply = Future()
    changed = m.TradingStateChanged(
        id=name_id("c"), ts=1, previous=TradingState.STOPPED, state=TradingState.RUNNING, command="Start",
        request_id="r", reason="", by="",
    )  # fmt: skip
    command = m.StartTrading(request_id="r")
    thread.append(Step("supervisor", 1, Envelope(command, 1, 0, reply), [changed]))
    thread.boundary()
    result = reply.result(10)
    assert (result.state, result.sequence, result.already_applied) == (TradingState.RUNNING, 1, False)
    assert thread.call(lambda writer: writer.answered(command)).result(10) == result


def test_who_waits_for_an_answer_cannot_take_it_back(thread):
    go_on = threading.Event()
    thread.call(lambda _writer: go_on.wait(10))
    answers = [thread.call(lambda writer: writer.sequence), thread.kill(m.KillTrading(request_id="k"), 9)]
    assert [answer.cancel() for answer in answers] == [False, False]
    go_on.set()
    assert answers[1].result(10).state is TradingState.KILLED
    thread.flush()


def test_a_step_that_a_kill_forbids_is_refused_also_when_its_command_is_answered_already(store):
    refusals = []
    journal = open_thread(store, refusals=refusals)
    journal.start()
    journal.kill(m.KillTrading(request_id="k"), 9).result(10)
    reply = Future()
    reply.set_exception(TimeoutError())
    journal.append(Step("risk", 1, Envelope(m.StartTrading(request_id="r"), 1, 0, reply), [approved("o")]))
    journal.flush()
    assert len(refusals) == 1
    journal.close()


def test_a_failed_commit_is_told_once_and_everything_after_it_fails(store):
    failures = []
    journal = open_thread(store, failures=failures)
    writer = journal.start()
    journal.call(lambda w: w._connection.execute("PRAGMA max_page_count = 1")).result(10)
    for n in range(3000):
        journal.append(step("signals:SPX:1d", m.TimerDue(n), [signal(f"s{n}")]))
    with pytest.raises(JournalFailed):
        journal.flush()
    with pytest.raises(JournalFailed):
        journal.flush()
    with pytest.raises(JournalFailed, match="KILL_NOT_DURABLE"):
        journal.kill(m.KillTrading(request_id="k"), 9).result(10)
    journal.close()
    assert len(failures) == 1
    assert writer is not None


def test_aiosqlite_still_runs_a_function_on_the_connections_thread(store):
    import asyncio

    async def names():
        async with aiosqlite.connect(store) as connection:
            return await connection._execute(lambda: threading.current_thread().name)

    assert asyncio.run(names()) != threading.current_thread().name
