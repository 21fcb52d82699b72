"""What Pykka does on failure, pinned: the runtime is built on these facts, an upgrade must not change one."""

import threading
import time

import pykka
import pytest


class Recorder(pykka.ThreadingActor):
    use_daemon_thread = True

    def __init__(self, events):
        super().__init__()
        self.events = events

    def on_failure(self, exception_type, exception_value, traceback):
        self.events["on_failure"].set()

    def on_receive(self, message):
        if isinstance(message, BaseException):
            raise message
        if callable(message):
            return message()
        return message


@pytest.fixture
def events():
    return {"on_failure": threading.Event()}


@pytest.fixture(autouse=True)
def _stop_everything():
    yield
    pykka.ActorRegistry.stop_all(timeout=5)


def test_an_exception_in_ask_leaves_the_actor_alive_and_on_failure_uncalled(events):
    ref = Recorder.start(events)
    with pytest.raises(ValueError, match="boom"):
        ref.ask(ValueError("boom"), timeout=5)
    assert ref.is_alive()
    assert not events["on_failure"].is_set()


def test_an_exception_in_tell_kills_the_actor_and_calls_on_failure(events):
    ref = Recorder.start(events)
    ref.tell(ValueError("boom"))
    assert events["on_failure"].wait(5)
    assert not ref.is_alive()


def test_a_base_exception_stops_every_actor_in_the_process(events):
    bystander = Recorder.start({"on_failure": threading.Event()})
    ref = Recorder.start(events)
    ref.tell(SystemExit())
    ref.actor_stopped.wait(5)
    bystander.actor_stopped.wait(5)
    assert not bystander.is_alive()
    assert not events["on_failure"].is_set()


def test_a_failed_on_start_calls_no_on_failure_and_start_has_returned(events):
    class Broken(Recorder):
        def on_start(self):
            raise ValueError("no")

    ref = Broken.start(events)
    assert ref.actor_stopped.wait(5)
    assert not ref.is_alive()
    assert not events["on_failure"].is_set()


def test_a_raising_on_stop_is_not_reported(events):
    class Broken(Recorder):
        def on_stop(self):
            raise ValueError("no")

    ref = Broken.start(events)
    assert ref.stop(block=True, timeout=5)
    assert not events["on_failure"].is_set()


def test_stop_waits_behind_earlier_messages(events):
    ref = Recorder.start(events)
    release, order = threading.Event(), []
    ref.tell(lambda: (release.wait(5), order.append("first")))
    ref.tell(lambda: order.append("second"))
    stopped = threading.Thread(target=lambda: ref.stop(block=True, timeout=5))
    stopped.start()
    release.set()
    stopped.join(5)
    assert order == ["first", "second"]


def test_tells_after_a_death_raise_and_those_already_queued_are_drained_away(events):
    ref = Recorder.start(events)
    gate, handled = threading.Event(), []

    def fail_when_released():
        gate.wait(5)
        raise ValueError("boom")

    ref.tell(fail_when_released)
    ref.tell(lambda: handled.append(1))
    gate.set()
    assert events["on_failure"].wait(5)
    with pytest.raises(pykka.ActorDeadError):
        ref.tell(lambda: None)
    assert handled == []


def test_a_hung_actor_times_out_of_stop_and_stays_alive(events):
    ref = Recorder.start(events)
    release = threading.Event()
    ref.tell(lambda: release.wait(10))
    with pytest.raises(pykka.Timeout):
        ref.stop(block=True, timeout=0.05)
    assert ref.is_alive()
    release.set()


def test_stop_all_gives_up_at_the_first_timeout(events):
    older = Recorder.start(events)
    hung = Recorder.start({"on_failure": threading.Event()})
    release = threading.Event()
    hung.tell(lambda: release.wait(10))
    with pytest.raises(pykka.Timeout):
        pykka.ActorRegistry.stop_all(timeout=0.05)
    assert older.is_alive()
    release.set()


def test_a_restart_is_a_new_reference(events):
    first = Recorder.start(events)
    second = Recorder.start(events)
    assert first.actor_urn != second.actor_urn


def test_messages_are_not_copied(events):
    ref = Recorder.start(events)
    sent = {"a": 1}
    assert ref.ask(sent, timeout=5) is sent


def test_the_default_thread_is_no_daemon():
    assert pykka.ThreadingActor.use_daemon_thread is False


def test_start_returns_before_on_start_has_run(events):
    gate, started = threading.Event(), threading.Event()

    class Slow(Recorder):
        def on_start(self):
            gate.wait(5)
            started.set()

    before = time.monotonic()
    Slow.start(events)
    assert not started.is_set()
    assert time.monotonic() - before < 5
    gate.set()
    assert started.wait(5)


def test_awaiting_a_future_blocks_the_loop():
    import inspect

    assert "self.get()" in inspect.getsource(pykka.Future.__await__)


def test_a_bounded_inbox_blocks_the_teller():
    import queue

    class Bounded(pykka.ThreadingActor):
        use_daemon_thread = True

        @staticmethod
        def _create_actor_inbox():
            return queue.Queue(maxsize=1)

        def on_receive(self, message):
            message()

    ref = Bounded.start()
    release, started, told = threading.Event(), threading.Event(), threading.Event()
    ref.tell(lambda: (started.set(), release.wait(5)))
    assert started.wait(5)
    ref.tell(lambda: None)

    def tell():
        ref.tell(lambda: None)
        told.set()

    teller = threading.Thread(target=tell)
    teller.start()
    assert not told.wait(0.05)
    release.set()
    assert told.wait(5)
    teller.join(5)


def test_an_ask_of_oneself_can_only_time_out(events):
    class Selfish(Recorder):
        def on_receive(self, message):
            try:
                self.actor_ref.ask("anything", timeout=0.05)
            except pykka.Timeout:
                return "timed out"
            return "answered"

    assert Selfish.start(events).ask("go", timeout=5) == "timed out"


def test_a_broadcast_stops_at_the_first_dead_target(events, monkeypatch):
    dead = Recorder.start(events)
    alive = Recorder.start({"on_failure": threading.Event()})
    dead.stop(block=True, timeout=5)
    heard = []
    monkeypatch.setattr(pykka.ActorRegistry, "get_all", classmethod(lambda cls: [dead, alive]))
    monkeypatch.setattr(
        pykka.ActorRegistry, "get_by_class_name", classmethod(lambda cls, name: [dead, alive])
    )
    with pytest.raises(pykka.ActorDeadError):
        pykka.ActorRegistry.broadcast(lambda: heard.append(1))
    monkeypatch.undo()
    assert alive.ask("still here", timeout=5) == "still here"
    assert heard == []


def test_one_senders_order_is_kept(events):
    got, done = [], threading.Event()

    class Collector(Recorder):
        def on_receive(self, message):
            got.append(message)
            if len(got) == 4_000:
                done.set()

    ref = Collector.start(events)

    def send(sender):
        for n in range(1_000):
            ref.tell((sender, n))

    senders = [threading.Thread(target=send, args=(n,)) for n in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(10)
    assert done.wait(10)
    for sender in range(4):
        assert [n for who, n in got if who == sender] == list(range(1_000))


def test_in_on_failure_the_actor_is_already_dead_and_its_messages_not_yet_drained(events):
    seen = {}

    class Watcher(Recorder):
        def on_failure(self, exception_type, exception_value, traceback):
            seen["alive"] = self.actor_ref.is_alive()
            seen["waiting"] = not self.actor_inbox.empty()
            super().on_failure(exception_type, exception_value, traceback)

    gate = threading.Event()
    ref = Watcher.start(events)

    def fail():
        gate.wait(5)
        raise ValueError("boom")

    ref.tell(fail)
    ref.tell("left over")
    gate.set()
    assert events["on_failure"].wait(5)
    assert seen == {"alive": False, "waiting": True}


def test_a_raising_on_failure_is_only_logged(events):
    class Broken(Recorder):
        def on_failure(self, exception_type, exception_value, traceback):
            super().on_failure(exception_type, exception_value, traceback)
            raise RuntimeError("again")

    ref = Broken.start(events)
    ref.tell(ValueError("boom"))
    assert events["on_failure"].wait(5)
    assert ref.actor_stopped.wait(5)


def test_an_ignored_failing_proxy_call_is_silent(events):
    class Plain(pykka.ThreadingActor):
        use_daemon_thread = True

        def fail(self):
            raise ValueError("unseen")

        def ping(self):
            return "pong"

    proxy = Plain.start().proxy()
    proxy.fail()
    assert proxy.ping().get(timeout=5) == "pong"


def test_cancelling_an_await_does_not_cancel_the_statement(tmp_path):
    import asyncio

    import aiosqlite

    async def main():
        async with aiosqlite.connect(tmp_path / "x.db", isolation_level=None) as connection:
            await connection.execute("CREATE TABLE t (x)")
            held, running = threading.Event(), threading.Event()

            def slow():
                running.set()
                held.wait(5)
                connection._conn.execute("INSERT INTO t VALUES (1)")

            task = asyncio.create_task(connection._execute(slow))
            await asyncio.to_thread(running.wait, 5)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                held.set()
            rows = await connection.execute_fetchall("SELECT count(*) FROM t")
            return next(iter(rows))[0]

    assert asyncio.run(main()) == 1
