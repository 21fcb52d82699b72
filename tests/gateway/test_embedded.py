import asyncio
import subprocess
import sys
import threading

import pytest
from fake_engine import FakeEngine, FakePages, touched

from tradingfloor.gateway import embedded
from tradingfloor.gateway.edge import Edge
from tradingfloor.gateway.feed import EventFeed
from tradingfloor.gateway.subscriptions import FROM_OLDEST, SubscriptionRefused


def numbered(first, last, symbol="SPX"):
    return [touched(n, symbol) for n in range(first, last + 1)]


def settled(feed):
    async def turn():
        pass

    feed.edge.run(turn(), 5)


def test_a_for_loop_sees_history_and_live_events_as_they_were_committed(feed, engine):
    engine.write(*numbered(1, 3))
    stream = embedded.iterate(feed, after=0)
    assert [next(stream) for _ in range(3)] == engine.rows
    engine.write(*numbered(4, 4))
    assert next(stream) == engine.rows[3]
    stream.close()


def test_an_async_for_loop_sees_the_same(feed, engine):
    engine.write(*numbered(1, 700))

    async def read():
        found = []
        async for committed in embedded.events(feed, after=FROM_OLDEST):
            found.append(committed)
            if committed.sequence == 700:
                engine.write(*numbered(701, 702))
            if committed.sequence == 702:
                return found
        return None

    assert asyncio.run(read()) == engine.rows


def test_from_now_means_from_the_call_not_from_the_first_read(feed, engine):
    engine.write(*numbered(1, 3))
    stream = embedded.iterate(feed, symbols=["NDX"])
    engine.write(*numbered(4, 4), *numbered(5, 5, "NDX"))
    assert next(stream).sequence == 5
    stream.close()


def test_closing_or_dropping_an_iterator_lets_its_buffer_go(feed, engine):
    engine.write(*numbered(1, 3))
    closed, dropped = embedded.iterate(feed, after=0), embedded.iterate(feed, after=0)
    next(closed)
    next(dropped)
    assert len(feed._buffers) == 2
    closed.close()
    del dropped
    settled(feed)
    assert not feed._buffers


def test_iterators_end_when_the_feed_closes(feed, engine):
    engine.write(*numbered(1, 1))
    stream = embedded.iterate(feed, after=0)
    found = [next(stream).sequence]
    settled(feed)
    reader = threading.Thread(target=lambda: found.extend(row.sequence for row in stream))
    reader.start()
    engine.write(*numbered(2, 5))
    feed.close()
    reader.join(5)
    assert found == [1, 2, 3, 4, 5]


def test_iterators_end_when_the_edge_ends_first():
    edge, engine = Edge.acquire(), FakeEngine()
    feed = EventFeed(engine, FakePages(engine), edge)
    engine.write(*numbered(1, 2))
    waiting, unread = embedded.iterate(feed, after=0), embedded.iterate(feed, after=0)
    assert [next(waiting).sequence, next(waiting).sequence] == [1, 2]
    reader = threading.Thread(target=lambda: list(waiting))
    reader.start()
    edge.release()
    reader.join(5)
    assert not reader.is_alive()
    assert list(unread) == []
    feed.close()
    engine.close()


def test_a_cancelled_async_reader_stays_cancelled_and_lets_its_buffer_go(feed, engine):
    async def read():
        stream = embedded.events(feed, after=0)
        task = asyncio.ensure_future(anext(stream))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await task
        assert task.cancelled()
        await stream.aclose()

    asyncio.run(read())
    settled(feed)
    assert not feed._buffers


def test_a_bad_filter_is_refused_at_once_and_a_bad_cursor_at_the_first_event(feed):
    with pytest.raises(SubscriptionRefused, match="no such kind"):
        embedded.iterate(feed, kinds=["Nothing"])
    with pytest.raises(SubscriptionRefused, match="never committed"):
        next(embedded.iterate(feed, after=5))


def test_embedding_brings_no_grpc_along():
    parts = "embedded, feed, pages, subscriptions, edge, ports, addresses"
    script = f"import sys; from tradingfloor.gateway import {parts}; assert 'grpc' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)
