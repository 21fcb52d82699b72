import asyncio
import random
import sqlite3
from contextlib import closing

import pytest
from fake_engine import FakePages, touched

from tradingfloor.actors.errors import NotFound, NotRunning
from tradingfloor.actors.messages import ActorIsolated, OrderRejected
from tradingfloor.actors.types import Refusal
from tradingfloor.gateway import pages as module
from tradingfloor.gateway.feed import EventFeed
from tradingfloor.gateway.pages import StorePages
from tradingfloor.gateway.subscriptions import Query, Subscription, SubscriptionRefused
from tradingfloor.storage.codec import encode
from tradingfloor.storage.migrate import migrate, open_pragmas


def mixed(number):
    event_id = number.to_bytes(16, "big")
    match number % 3:
        case 0:
            return ActorIsolated(id=event_id, ts=number, actor="signals:SPX:1h", error="gone")
        case 1:
            return touched(number, "NDX" if number % 4 == 1 else "SPX")
    return OrderRejected(id=event_id, ts=number, order_id=event_id, symbol="SPX", reason=Refusal.VENUE_RANDOM)


@pytest.fixture
def store(engine, tmp_path):
    """The fake engine's journal, written to a store of the real schema."""
    engine.write(*(mixed(number) for number in range(1, 301)))
    path = tmp_path / "run.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        open_pragmas(connection)
        migrate(connection, path)
        connection.execute("BEGIN")
        for item in engine.rows:
            event, kind = item.event, type(item.event).__name__
            row = (item.sequence, event.id, event.ts, item.recorded_at, kind, 1, item.actor, 1, event.cause)
            connection.execute(
                "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*row, getattr(event, "symbol", ""), encode(event)),
            )
        connection.execute("COMMIT")
    return path


@pytest.fixture
def pages(edge, store):
    pages = StorePages(store)
    yield pages
    edge.run(pages.close(), 5)


def test_the_store_gives_the_pages_that_a_plain_walk_over_the_journal_gives(edge, engine, pages):
    plain = FakePages(engine)
    chance = random.Random(3)
    for _ in range(60):
        chosen = (
            chance.randrange(310),
            chance.choice([1, 7, 100, 500]),
            frozenset(
                chance.sample(["OrderTriggered", "OrderRejected", "ActorIsolated"], chance.randrange(4))
            ),
            frozenset(chance.sample(["SPX", "NDX", "RUT", ""], chance.randrange(3))),
        )
        assert list(edge.run(pages.page(*chosen), 5)) == edge.run(plain.page(*chosen), 5)
    assert edge.run(pages.bounds(), 5) == edge.run(plain.bounds(), 5) == (1, 300)


def test_two_first_uses_at_once_open_one_reader(edge, pages, monkeypatch):
    opened = []
    original = module.Reader.open

    async def counted(path):
        opened.append(path)
        return await original(path)

    monkeypatch.setattr(module.Reader, "open", counted)

    async def both():
        return await asyncio.gather(pages.bounds(), pages.bounds(), pages.page(0, 1, (), ()))

    assert edge.run(both(), 5)[0] == (1, 300)
    assert len(opened) == 1


def test_closed_pages_refuse_and_end_whoever_reads_them(edge, engine, store):
    pages = StorePages(store)
    feed = EventFeed(engine, pages, edge)
    subscription = Subscription(feed, Query(after=0, max_batch=500))
    assert edge.run(subscription.next(), 5).last_sequence == 300
    feed.close()
    edge.run(pages.close(), 5)
    edge.run(pages.close(), 5)
    with pytest.raises(NotRunning):
        edge.run(pages.bounds(), 5)
    for reader in (subscription, Subscription(feed, Query(after=0))):
        with pytest.raises(SubscriptionRefused) as refused:
            edge.run(reader.next(), 5)
        assert refused.value.reason == "SERVER_SHUTTING_DOWN"


def test_a_missing_store_is_not_found(edge, tmp_path):
    pages = StorePages(tmp_path / "none.db")
    with pytest.raises(NotFound):
        edge.run(pages.bounds(), 5)
    edge.run(pages.close(), 5)
