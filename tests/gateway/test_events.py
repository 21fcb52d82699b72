import random
import threading

import grpc
import pytest
from fake_engine import touched
from reading import (
    connect,
    feed_has_no_subscriber,
    kind,
    numbered,
    read_to,
    read_until_it_fails,
    sequences,
    until,
)

from tradingfloor.actors.types import NANOS
from tradingfloor.gateway.services.events import StreamLimits
from tradingfloor.v1 import control_service_pb2, control_service_pb2_grpc
from tradingfloor.v1 import event_service_pb2 as pb
from tradingfloor.v1.event_service_pb2_grpc import EventServiceStub


@pytest.fixture
def channel(server):
    with connect(server) as channel:
        yield channel


@pytest.fixture
def subscribe(channel):
    calls = []

    def start(**request):
        call = EventServiceStub(channel).Subscribe(pb.SubscribeRequest(**request), timeout=60)
        calls.append(call)
        return call

    yield start
    for call in calls:
        call.cancel()


def test_started_is_first_then_batches_then_caught_up_then_live_events(subscribe, engine):
    engine.write(*numbered(1, 250))
    call = subscribe(after_sequence=0, heartbeat_interval_ns=7 * NANOS)
    started = next(call).started
    assert (started.journal_id, started.first_sequence, started.last_sequence) == ("journal-1", 1, 250)
    assert started.heartbeat_interval_ns == 7 * NANOS
    history = until(call, "caught_up")
    assert [len(item.batch.events) for item in history[:-1]] == [100, 100, 50]
    assert sequences(history) == list(range(1, 251))
    assert history[-1].caught_up.sequence == 250
    engine.write(*numbered(251, 251))
    assert sequences(until(call, "batch")) == [251]


def test_an_event_carries_its_envelope_and_its_typed_body(subscribe, engine):
    call = subscribe(from_latest=True)
    until(call, "caught_up")
    engine.write(touched(77, "NDX"), actor="executor")
    (event,) = until(call, "batch")[-1].batch.events
    assert (event.sequence, event.kind, event.actor, event.symbol) == (1, "OrderTriggered", "executor", "NDX")
    assert (event.ts_ns, event.recorded_at_ns, event.id) == (77, 1_001, (77).to_bytes(16, "big"))
    assert event.WhichOneof("body") == "order_triggered"
    assert event.order_triggered.symbol == "NDX"


def test_two_hundred_cuts_while_events_are_written_leave_no_hole_and_no_repeat(channel, engine, caplog):
    chance = random.Random(7)
    total, cuts = 20_000, 200
    turns = threading.Semaphore(0)

    def write():
        sizes = random.Random(8)
        number = 0
        while number < total:
            turns.acquire(timeout=10)
            for _ in range(2):
                size = min(sizes.choice([1, 10, 40, 80]), total - number)
                if size:
                    number = engine.write(*numbered(number + 1, number + size))

    def read_some(call, joined, cursor):
        live = False
        for _ in range(chance.randint(1, 8)):
            response = next(call)
            found = sequences([response])
            joined += found
            if found:
                cursor = found[-1]
                live_batches.append(live)
            elif kind(response) == "caught_up":
                live, cursor = True, response.caught_up.sequence
            if cursor == total:
                break
            if live:
                turns.release()
        return cursor

    writer = threading.Thread(target=write)
    writer.start()
    joined, cursor, live_batches = [], 0, []
    stub = EventServiceStub(channel)
    for _ in range(cuts):
        turns.release()
        request = pb.SubscribeRequest(
            after_sequence=cursor, journal_id="journal-1", max_batch_events=chance.randint(1, 60)
        )
        call = stub.Subscribe(request, timeout=30)
        assert kind(next(call)) == "started"
        cursor = read_some(call, joined, cursor)
        call.cancel()
    turns.release(total)
    writer.join(30)
    final = stub.Subscribe(pb.SubscribeRequest(after_sequence=cursor), timeout=30)
    if cursor < total:
        joined += read_to(final, total)
    final.cancel()
    assert joined == list(range(1, total + 1))
    assert not caplog.records
    assert sum(live_batches) > 50
    assert len(live_batches) - sum(live_batches) > 50


def test_live_readers_see_every_event_once_while_it_is_written(subscribe, engine):
    calls = [subscribe(after_sequence=0, max_batch_events=size) for size in (1, 33, 500)]
    for call in calls:
        until(call, "caught_up")
    done = []

    def write():
        for start in range(1, 3_000, 30):
            engine.write(*numbered(start, start + 29))
        done.append(True)

    writer = threading.Thread(target=write)
    writer.start()
    for call in calls:
        assert read_to(call, 3_000) == list(range(1, 3_001))
    writer.join(10)
    assert done


def test_a_slow_reader_falls_behind_and_still_gets_everything(subscribe, engine):
    slow, fast = subscribe(after_sequence=0), subscribe(after_sequence=0)
    until(slow, "caught_up")
    until(fast, "caught_up")
    last = 0
    while last < 20_000:
        last = engine.write(*numbered(last + 1, last + 400))
        read_to(fast, last)
    items = []
    while not items or sequences(items[-1:])[-1:] != [last]:
        items.append(next(slow))
    assert "fell_behind" in [kind(item) for item in items]
    assert sequences(items) == list(range(1, last + 1))
    assert kind(next(slow)) == "caught_up"


def test_a_reader_that_takes_nothing_is_let_go_and_resumes_complete(serve, engine):
    server = serve(streams=StreamLimits(stall=0.2))
    engine.write(*numbered(1, 20_000))
    with connect(server) as channel:
        stalled = EventServiceStub(channel).Subscribe(pb.SubscribeRequest(after_sequence=0), timeout=60)
        assert kind(next(stalled)) == "started"
        feed_has_no_subscriber(server)
        got, failure = read_until_it_fails(stalled)
        assert (failure.code, failure.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "CONSUMER_STALLED")
        assert 0 < len(got) < 20_000
        resumed = EventServiceStub(channel).Subscribe(pb.SubscribeRequest(after_sequence=got[-1]), timeout=60)
        got += read_to(resumed, 20_000)
        resumed.cancel()
    assert got == list(range(1, 20_001))


def test_a_filtered_reader_resumes_from_heartbeats(subscribe, engine):
    def block(first):
        return [touched(n, "NDX" if n % 100 == 0 else "SPX") for n in range(first, first + 300)]

    chosen = pb.EventFilter(kinds=["OrderTriggered"], symbols=["NDX"])
    call = subscribe(after_sequence=0, filter=chosen, heartbeat_interval_ns=NANOS)
    until(call, "caught_up")
    engine.write(*block(1))
    assert read_to(call, 300) == [100, 200, 300]
    engine.write(*numbered(301, 350))
    heartbeat = until(call, "heartbeat")[-1].heartbeat
    assert heartbeat.sequence == 350
    assert heartbeat.server_time_ns > 0
    call.cancel()
    resumed = subscribe(after_sequence=heartbeat.sequence, filter=chosen)
    assert next(resumed).started.last_sequence == 350
    engine.write(*block(351))
    assert read_to(resumed, 600) == [400, 500, 600]


@pytest.mark.parametrize(
    ("asked", "code", "reason", "metadata"),
    [
        ({"after_sequence": 11}, "OUT_OF_RANGE", "SEQUENCE_IN_FUTURE", {"last_sequence": "10"}),
        ({"after_sequence": 2}, "OUT_OF_RANGE", "HISTORY_TRIMMED", {"oldest_sequence": "4"}),
        (
            {"after_sequence": 5, "journal_id": "old"},
            "FAILED_PRECONDITION",
            "JOURNAL_CHANGED",
            {"journal_id": "journal-1"},
        ),
        ({"after_sequence": -1}, "INVALID_ARGUMENT", "BAD_FIELD", {}),
        ({"from_oldest": False}, "INVALID_ARGUMENT", "BAD_FIELD", {}),
        ({"from_latest": False}, "INVALID_ARGUMENT", "BAD_FIELD", {}),
        ({"filter": pb.EventFilter(kinds=["Nothing"])}, "INVALID_ARGUMENT", "BAD_FIELD", {}),
        ({"heartbeat_interval_ns": NANOS - 1}, "INVALID_ARGUMENT", "BAD_FIELD", {}),
        ({"heartbeat_interval_ns": 60 * NANOS + 1}, "INVALID_ARGUMENT", "BAD_FIELD", {}),
        ({"heartbeat_interval_ns": -NANOS}, "INVALID_ARGUMENT", "BAD_FIELD", {}),
        ({"max_batch_events": 501}, "INVALID_ARGUMENT", "BAD_FIELD", {}),
    ],
)
def test_a_subscription_that_cannot_be_served_says_why(subscribe, engine, asked, code, reason, metadata):
    engine.write(*numbered(1, 10))
    engine.trim(4)
    _, failure = read_until_it_fails(subscribe(**asked))
    assert (failure.code, failure.reason, failure.metadata) == (grpc.StatusCode[code], reason, metadata)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ({"from_oldest": True}, [4, 5, 6, 7]),
        ({"from_latest": True}, [7]),
        ({}, [7]),
        ({"after_sequence": 5}, [6, 7]),
    ],
)
def test_the_start_decides_the_first_event(subscribe, engine, start, expected):
    engine.write(*numbered(1, 6))
    engine.trim(4)
    call = subscribe(**start)
    assert kind(next(call)) == "started"
    engine.write(*numbered(7, 7))
    assert read_to(call, 7) == expected


def test_one_subscriber_too_many_is_refused_and_a_control_call_never_counts(serve, engine):
    server = serve(streams=StreamLimits(subscribers=2))
    with connect(server) as channel:
        stub = EventServiceStub(channel)
        calls = [stub.Subscribe(pb.SubscribeRequest(), timeout=60) for _ in range(2)]
        for call in calls:
            until(call, "caught_up")
        _, failure = read_until_it_fails(stub.Subscribe(pb.SubscribeRequest(), timeout=60))
        assert (failure.code, failure.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_SUBSCRIBERS")
        assert failure.metadata == {"limit": "2"}
        control = control_service_pb2_grpc.ControlServiceStub(channel)
        assert control.Kill(control_service_pb2.KillRequest(), timeout=5).result.kill_id
        for call in calls:
            call.cancel()
        feed_has_no_subscriber(server)
        assert kind(next(stub.Subscribe(pb.SubscribeRequest(), timeout=60))) == "started"


def test_a_cancelled_reader_leaves_nothing_behind(channel, server, caplog):
    stub = EventServiceStub(channel)
    for _ in range(20):
        call = stub.Subscribe(pb.SubscribeRequest(), timeout=60)
        assert kind(next(call)) == "started"
        call.cancel()
    feed_has_no_subscriber(server)
    assert not server._feed._buffers
    assert not caplog.records


def test_idle_subscribers_are_told_that_the_server_ends_and_do_not_hold_it_up(serve, engine):
    server = serve()
    with connect(server) as channel:
        calls = [
            EventServiceStub(channel).Subscribe(pb.SubscribeRequest(from_oldest=True), timeout=60)
            for _ in range(5)
        ]
        for call in calls:
            until(call, "caught_up")
        engine.write(*numbered(1, 3))
        stopper = threading.Thread(target=server.stop)
        stopper.start()
        for call in calls:
            got, failure = read_until_it_fails(call)
            assert (failure.code, failure.reason) == (grpc.StatusCode.UNAVAILABLE, "SERVER_SHUTTING_DOWN")
            assert (got, failure.metadata) == ([1, 2, 3], {"last_sequence": "3"})
        stopper.join(3)
        assert not stopper.is_alive()


def test_a_stuck_reader_does_not_hold_the_end_up(serve, engine):
    server = serve()
    engine.write(*numbered(1, 20_000))
    with connect(server) as channel:
        call = EventServiceStub(channel).Subscribe(pb.SubscribeRequest(after_sequence=0), timeout=60)
        assert kind(next(call)) == "started"
        stopper = threading.Thread(target=server.stop)
        stopper.start()
        stopper.join(5)
        assert not stopper.is_alive()
        call.cancel()
