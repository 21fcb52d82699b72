"""The journal for programs that run the engine in their own process: plain iterators, no gRPC.

Decides how a subscription in the edge loop is read from another thread or another loop. The events
and their order are those of every other subscriber. Input: an EventFeed; output: committed events.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator
from concurrent.futures import CancelledError

from .edge import EdgeEnded
from .feed import EventFeed
from .ports import CommittedEvent
from .subscriptions import PAGE, Query, Subscription


def iterate(
    feed: EventFeed, kinds: Collection[str] = (), symbols: Collection[str] = (), after: int | None = None
) -> Iterator[CommittedEvent]:
    """Committed events for a blocking ``for``; ends when the feed closes.

    ``after`` is exclusive; None = from this call on, FROM_OLDEST = all. Raises SubscriptionRefused,
    for a bad filter at once, for a bad ``after`` at the first event.
    """
    return _iterate(feed, _embedded_query(feed, kinds, symbols, after))


def events(
    feed: EventFeed, kinds: Collection[str] = (), symbols: Collection[str] = (), after: int | None = None
) -> AsyncIterator[CommittedEvent]:
    """The same as ``iterate`` for ``async for``, in any loop but the edge's."""
    return _events(feed, _embedded_query(feed, kinds, symbols, after))


def _embedded_query(
    feed: EventFeed, kinds: Collection[str], symbols: Collection[str], after: int | None
) -> Query:
    # Fixed here, not at the first read: an event between the call and the first read counts.
    start = feed.port.last_sequence() if after is None else after
    return Query(kinds=frozenset(kinds), symbols=frozenset(symbols), after=start, max_batch=PAGE)


def _iterate(feed: EventFeed, query: Query) -> Iterator[CommittedEvent]:
    subscription = Subscription(feed, query)
    try:
        while (batch := feed.edge.run(subscription.batch())) is not None:
            yield from batch
    except (CancelledError, EdgeEnded):
        return
    finally:
        feed.edge.post(subscription.close)


async def _events(feed: EventFeed, query: Query) -> AsyncIterator[CommittedEvent]:
    subscription = Subscription(feed, query)
    try:
        while (batch := await asyncio.wrap_future(feed.edge.submit(subscription.batch()))) is not None:
            for event in batch:
                yield event
    except EdgeEnded:
        return
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        return
    finally:
        feed.edge.post(subscription.close)
