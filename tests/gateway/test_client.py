import threading

import pytest
from fake_engine import touched

from tradingfloor.actors.errors import BadConfig, NotRunning, Refused
from tradingfloor.gateway.addresses import Address
from tradingfloor.gateway.client import ControlClient
from tradingfloor.gateway.feed import EventFeed
from tradingfloor.gateway.subscriptions import SubscriptionRefused


def numbered(first, last, symbol="SPX"):
    return [touched(n, symbol) for n in range(first, last + 1)]


def take(stream, count):
    return [next(stream).sequence for _ in range(count)]


@pytest.mark.parametrize("where", ["unix", "tcp"])
def test_no_engine_is_told_fast_by_every_call(short_dir, where):
    address = Address(path=short_dir / "none.sock") if where == "unix" else Address(host="127.0.0.1", port=1)
    with ControlClient(address) as client:
        for call in (client.status, client.kill, client.subscribe):
            with pytest.raises(NotRunning, match=str(address.path or address.port)):
                call()


def test_an_address_that_cannot_be_read_is_refused():
    with pytest.raises(BadConfig):
        ControlClient("nowhere")


def test_events_come_as_the_structs_that_were_committed(client, engine):
    with client.subscribe() as stream:
        engine.write(*numbered(1, 3, "NDX"), actor="risk")
        assert [next(stream) for _ in range(3)] == engine.rows


def test_subscribing_from_now_holds_when_it_returns(client, engine):
    engine.write(*numbered(1, 5))
    with client.subscribe() as stream:
        assert stream.cursor == 5
        engine.write(*numbered(6, 6))
        assert take(stream, 1) == [6]


def test_filters_go_to_the_server(client, engine):
    engine.write(*numbered(1, 2), *numbered(3, 4, "NDX"))
    with client.subscribe(kinds=["OrderTriggered"], symbols=["NDX"], after=0) as stream:
        assert take(stream, 2) == [3, 4]
    with pytest.raises(SubscriptionRefused, match="no such kind"):
        client.subscribe(kinds=["Nothing"])


def test_a_cursor_that_cannot_be_served_is_refused_with_its_numbers(client, engine):
    engine.write(*numbered(1, 9))
    engine.trim(5)
    with pytest.raises(SubscriptionRefused) as refused:
        client.subscribe(after=1)
    assert (refused.value.reason, refused.value.metadata) == ("HISTORY_TRIMMED", {"oldest_sequence": "5"})
    with pytest.raises(SubscriptionRefused) as refused:
        client.subscribe(after=99)
    assert refused.value.reason == "SEQUENCE_IN_FUTURE"
    with pytest.raises(SubscriptionRefused) as refused:
        client.subscribe(after=9, journal_id="other")
    assert refused.value.reason == "JOURNAL_CHANGED"
    with pytest.raises(Refused):
        client.subscribe(after=-5)


def test_a_stream_resumes_after_the_server_came_back(serve, edge, engine):
    first = serve()
    with ControlClient(first.address) as client, client.subscribe(after=0) as stream:
        engine.write(*numbered(1, 5))
        assert take(stream, 3) == [1, 2, 3]
        first.stop()
        engine.write(*numbered(6, 9))
        second = EventFeed(engine, first._feed.pages, edge)
        serve(of=second)
        assert take(stream, 6) == [4, 5, 6, 7, 8, 9]
        engine.write(*numbered(10, 10))
        assert take(stream, 1) == [10]
        second.close()


def test_a_stream_does_not_resume_on_another_journal(serve, edge, engine):
    first = serve()
    with ControlClient(first.address) as client, client.subscribe(after=0) as stream:
        engine.write(*numbered(1, 2))
        assert take(stream, 2) == [1, 2]
        first.stop()
        engine.journal_id = "journal-2"
        second = EventFeed(engine, first._feed.pages, edge)
        serve(of=second)
        with pytest.raises(SubscriptionRefused) as refused:
            next(stream)
        assert refused.value.reason == "JOURNAL_CHANGED"
        second.close()


@pytest.mark.parametrize("how", ["stream", "client"])
def test_closing_ends_a_reader_that_waits_in_another_thread(client, how):
    stream = client.subscribe()
    ended = []
    reader = threading.Thread(target=lambda: ended.append(list(stream)))
    reader.start()
    (stream if how == "stream" else client).close()
    reader.join(5)
    assert ended == [[]]


def test_closing_ends_a_stream_that_waits_to_reconnect(server, client):
    stream = client.subscribe()
    server.stop()
    ended = []
    reader = threading.Thread(target=lambda: ended.append(list(stream)))
    reader.start()
    stream.close()
    reader.join(5)
    assert ended == [[]]


def test_the_cursor_is_where_another_stream_goes_on(client, engine):
    engine.write(*numbered(1, 50))
    with client.subscribe(after=0) as stream:
        assert take(stream, 20)[-1] == 20
        cursor, journal_id = stream.cursor, stream.journal_id
    with client.subscribe(after=cursor, journal_id=journal_id) as stream:
        assert take(stream, 30) == list(range(21, 51))
