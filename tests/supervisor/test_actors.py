"""The supervisor over real Pykka actors: restart, once more, hang, fence, isolate, give up."""

import threading
from concurrent.futures import Future

import msgspec
import pytest

from tradingfloor.actors import messages as m
from tradingfloor.actors.runtime.journal import Envelope
from tradingfloor.actors.supervisor.actor import Ports, Supervisor
from tradingfloor.actors.supervisor.care import Care, ChildSpec, GiveUp

PATIENT = ChildSpec("x", 10**6, 60.0, 0.0, 0.0, GiveUp.ISOLATE, hang_after=60.0)


class RecordingJournal:
    def __init__(self):
        self.fences = []

    def append(self, step): ...

    def flush(self): ...

    def kill(self, command, now):
        return Future()

    def fence(self, actor, epoch):
        self.fences.append((actor, epoch))


class Floor:
    """A supervisor whose rooms answer by functions that the test gives."""

    def __init__(self, behaviours, specs=None, care=None):
        self.journal = RecordingJournal()
        self.outcomes, self.killed, self.ended, self.lost, self.records = [], [], [], [], []
        self.changed = threading.Condition()
        ports = Ports(
            journal=self.journal,
            finish=self._note(self.outcomes, lambda *a: (a[0], a[1], a[2].message)),
            lost=self._note(self.lost, lambda name, envelope: (name, envelope and envelope.message)),
            kill=self._note(self.killed, lambda command: command),
            end=self._note(self.ended, lambda reason: reason),
            record=self._note(self.records, lambda kind, name, *_: (kind.__name__, name)),
        )
        names = list(behaviours)
        specs = [msgspec.structs.replace((specs or {}).get(n, PATIENT), name=n) for n in names]
        self.supervisor = Supervisor(
            {name: self._factory(name, behaviours[name]) for name in names},
            specs,
            ports,
            epochs={},
            care=care or Care(specs, tree=(10**9, 1.0)),
        )

    def _note(self, where, what):
        def note(*arguments):
            with self.changed:
                where.append(what(*arguments))
                self.changed.notify_all()

        return note

    def _factory(self, name, behaviour):
        class Room:
            def step(self, message, now):
                return behaviour(message) or []

            def next_due(self):
                return None

        Room.name = name
        return Room

    def tell(self, name, message):
        self.supervisor.mailboxes[name].send(Envelope(message, 0))

    def wait_for(self, condition, timeout=10):
        with self.changed:
            assert self.changed.wait_for(condition, timeout), (self.outcomes, self.supervisor.health())

    def __enter__(self):
        self.supervisor.start(10)
        return self

    def __exit__(self, *_):
        self.supervisor.stop()


def timer(n):
    return m.TimerDue(n)


def failing_once(exception):
    failed = []

    def behave(message):
        if message.now == 3 and not failed:
            failed.append(message)
            raise exception

    return behave


@pytest.mark.parametrize("exception", [ValueError("x"), SystemExit(1), KeyboardInterrupt()])
def test_an_actor_that_raises_is_restarted_and_given_the_same_message_once_more(exception):
    bystander = []
    with Floor({"a": failing_once(exception), "b": bystander.append}) as floor:
        for n in range(1, 6):
            floor.tell("a", timer(n))
        floor.wait_for(lambda: len(floor.outcomes) == 5)
        assert [message.now for _, _, message in floor.outcomes] == [1, 2, 3, 4, 5]
        assert [epoch for _, epoch, _ in floor.outcomes] == [1, 1, 2, 2, 2]
        floor.tell("b", timer(9))
        floor.wait_for(lambda: len(floor.outcomes) == 6)
        assert {row.name: row.restarts for row in floor.supervisor.health()} == {"a": 1, "b": 0}


def test_nothing_in_the_mailbox_is_lost_or_doubled_over_many_restarts():
    failed = set()

    def flaky(message):
        if message.now % 7 == 0 and message.now not in failed:
            failed.add(message.now)
            raise RuntimeError("flaky")

    with Floor({"a": flaky}) as floor:
        for n in range(500):
            floor.tell("a", timer(n))
        floor.wait_for(lambda: len(floor.outcomes) == 500, timeout=30)
        assert [message.now for _, _, message in floor.outcomes] == list(range(500))


def test_a_message_that_fails_twice_is_recorded_dropped_and_the_next_ones_are_handled():
    def poison(message):
        if message.now == 2:
            raise ValueError("poison")

    with Floor({"a": poison}) as floor:
        for n in (1, 2, 3):
            floor.tell("a", timer(n))
        floor.wait_for(lambda: len(floor.outcomes) == 2)
        assert [message.now for _, _, message in floor.outcomes] == [1, 3]
        assert floor.lost == [("a", timer(2))]
        assert ("MessageDropped", "a") in floor.records


def test_a_money_actor_that_spends_its_budget_kills_the_floor_with_the_reason():
    def broken(message):
        raise ValueError(f"broken by {message.now}")

    specs = {"risk": ChildSpec("risk", 2, 60.0, 0.0, 0.0, GiveUp.KILL, 60.0)}
    with Floor({"risk": broken}, specs) as floor:
        for n in range(4):
            floor.tell("risk", timer(n))
        floor.wait_for(lambda: floor.killed)
        (kill,) = floor.killed
        assert kill.policy is m.KillPolicy.KEEP
        assert "risk failed 3 times" in kill.reason
        assert floor.supervisor.isolated("risk")


def test_an_isolated_actor_leaves_the_others_running():
    def broken(message):
        raise ValueError("broken")

    specs = {"signals:X:1d": ChildSpec("s", 1, 60.0, 0.0, 0.0, GiveUp.ISOLATE, 60.0)}
    with Floor({"signals:X:1d": broken, "risk": lambda _: None}, specs) as floor:
        floor.tell("signals:X:1d", timer(1))
        floor.tell("signals:X:1d", timer(2))
        floor.wait_for(lambda: ("ActorIsolated", "signals:X:1d") in floor.records)
        floor.tell("risk", timer(3))
        floor.wait_for(lambda: floor.outcomes)
        assert floor.outcomes[-1][0] == "risk"
        assert floor.killed == []


def test_a_hung_actor_is_fenced_its_message_goes_to_a_replacement_and_its_own_outcome_counts_no_more():
    release, first = threading.Event(), []

    def hang_once(message):
        if message.now == 1 and not first:
            first.append(message)
            release.wait(20)

    specs = {"a": ChildSpec("a", 5, 60.0, 0.0, 0.0, GiveUp.KILL, hang_after=0.05)}
    with Floor({"a": hang_once}, specs) as floor:
        floor.tell("a", timer(1))
        floor.tell("a", timer(2))
        floor.wait_for(lambda: len(floor.outcomes) == 2)
        release.set()
        floor.tell("a", timer(3))
        floor.wait_for(lambda: len(floor.outcomes) == 3)
        assert [message.now for _, _, message in floor.outcomes] == [1, 2, 3]
        assert 1 not in {epoch for _, epoch, _ in floor.outcomes}
        assert floor.journal.fences[-1][1] == floor.outcomes[-1][1]


def test_more_than_two_hung_threads_end_the_process():
    release = threading.Event()
    specs = {"a": ChildSpec("a", 100, 60.0, 0.0, 0.0, GiveUp.KILL, hang_after=0.02)}
    with Floor({"a": lambda _: release.wait(20) and None}, specs) as floor:
        for n in range(5):
            floor.tell("a", timer(n))
        floor.wait_for(lambda: floor.ended)
        assert "hung" in floor.ended[0]
        release.set()


def test_foreign_code_that_hangs_at_its_start_does_not_keep_the_others_from_starting():
    release = threading.Event()
    spec = msgspec.structs.replace(PATIENT, foreign=True, start_timeout=0.05)
    floor = Floor({"signals:X:1d:a": lambda _: None, "risk": lambda _: None}, {"signals:X:1d:a": spec})
    floor.supervisor._factories["signals:X:1d:a"] = lambda: release.wait(20)
    with floor:
        assert floor.supervisor.isolated("signals:X:1d:a")
        floor.tell("risk", timer(1))
        floor.wait_for(lambda: floor.outcomes)
        release.set()


def test_where_actors_are_isolated_the_third_hung_thread_costs_its_actor_and_not_the_process():
    release = threading.Event()
    spec = ChildSpec("x", 100, 60.0, 0.0, 0.0, GiveUp.ISOLATE, hang_after=0.02)
    names = [f"signals:X:1d:{name}" for name in "abc"]
    specs = {**dict.fromkeys(names, spec), "risk": msgspec.structs.replace(spec, give_up=GiveUp.KILL)}
    behaviours = dict.fromkeys(names, lambda _: release.wait(20) and None)
    held = []

    def hang_once(message):
        if not held:
            held.append(message)
            release.wait(20)

    with Floor({**behaviours, "risk": hang_once}, specs) as floor:
        for name in names:
            for n in range(5):
                floor.tell(name, timer(n))
            floor.wait_for(lambda name=name: ("ActorIsolated", name) in floor.records)
        floor.tell("risk", timer(3))
        floor.wait_for(lambda: floor.outcomes)
        assert (floor.ended, floor.killed) == ([], [])
        release.set()


def test_an_actor_that_cannot_recover_is_not_ready_and_start_says_why():
    floor = Floor({"a": lambda _: None}, {"a": ChildSpec("a", 1, 60.0, 0.0, 0.0, GiveUp.KILL, 60.0)})

    def broken():
        raise OSError("no disk")

    floor.supervisor._factories["a"] = broken
    floor.supervisor.start(10)
    floor.wait_for(lambda: floor.killed)
    assert "no disk" in floor.killed[0].reason
    floor.supervisor.stop()


def test_actors_start_in_order_and_stop_in_reverse(monkeypatch):
    order = []

    def behave(_message):
        return None

    with Floor({"a": behave, "b": behave, "c": behave}) as floor:
        for name, shell in floor.supervisor._shells.items():
            monkeypatch.setattr(shell, "on_stop", lambda name=name: order.append(name))
        started = [fence[0] for fence in floor.journal.fences]
    assert started == ["a", "b", "c"]
    assert order == ["c", "b", "a"]
