"""EventService: one subscription per call, written item by item.

Decides the limits of the fields, how many may subscribe at once, and when a reader that takes
nothing is let go. What is sent, and when, is decided by ``subscriptions``.
"""

# ruff: noqa: N802 (methods have the names of the contract)
import asyncio
from contextlib import suppress
from typing import Any

import grpc.aio
import msgspec

from tradingfloor.actors.types import NANOS
from tradingfloor.v1 import event_service_pb2 as pb
from tradingfloor.v1 import event_service_pb2_grpc

from ..convert import event_to_message
from ..feed import EventFeed
from ..subscriptions import (
    BATCH,
    FROM_OLDEST,
    HEARTBEAT,
    PAGE,
    Batch,
    CaughtUp,
    FellBehind,
    Heartbeat,
    Item,
    Query,
    Started,
    Subscription,
    SubscriptionRefused,
)
from .failures import aborting

Context = grpc.aio.ServicerContext[Any, pb.SubscribeResponse]

SLOWEST_HEARTBEAT = 60 * NANOS
FASTEST_HEARTBEAT = NANOS


class StreamLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What one server carries."""

    subscribers: int = 64
    stall: float = 30.0
    """Seconds that one write may be blocked by its reader."""


class EventService(event_service_pb2_grpc.EventServiceServicer):
    """The streams of one engine."""

    def __init__(self, feed: EventFeed, limits: StreamLimits) -> None:
        self._feed = feed
        self._limits = limits
        self._subscribers = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @aborting
    async def Subscribe(self, request: pb.SubscribeRequest, context: Context) -> None:
        """Stream until the reader leaves, stalls or the feed closes."""
        query = _query(request)
        if self._subscribers >= self._limits.subscribers:
            raise SubscriptionRefused(
                "TOO_MANY_SUBSCRIBERS",
                f"{self._subscribers} subscribers are served already",
                limit=self._limits.subscribers,
            )
        subscription = Subscription(self._feed, query)
        self._subscribers += 1
        self._idle.clear()
        try:
            with suppress(grpc.aio.InternalError):  # the reader has gone, its cancellation is on the way
                await self._stream(subscription, context)
        finally:
            subscription.close()
            self._subscribers -= 1
            if not self._subscribers:
                self._idle.set()

    async def ended(self) -> None:
        """Wait until nobody subscribes."""
        await self._idle.wait()

    async def _stream(self, subscription: Subscription, context: Context) -> None:
        while True:
            message = _response(await subscription.next())
            try:
                async with asyncio.timeout(self._limits.stall):
                    await context.write(message)
            except TimeoutError:
                raise SubscriptionRefused(
                    "CONSUMER_STALLED",
                    f"the reader took nothing for {self._limits.stall:g} s; resume from its last sequence",
                ) from None


def _query(request: pb.SubscribeRequest) -> Query:
    heartbeat = request.heartbeat_interval_ns or HEARTBEAT
    if not FASTEST_HEARTBEAT <= heartbeat <= SLOWEST_HEARTBEAT:
        raise SubscriptionRefused("BAD_FIELD", "heartbeat_interval_ns: between 1 s and 60 s")
    batch = request.max_batch_events or BATCH
    if batch > PAGE:
        raise SubscriptionRefused("BAD_FIELD", f"max_batch_events: at most {PAGE}")
    return Query(
        kinds=frozenset(request.filter.kinds),
        symbols=frozenset(request.filter.symbols),
        after=_start(request),
        journal_id=request.journal_id,
        heartbeat_ns=heartbeat,
        max_batch=batch,
    )


def _start(request: pb.SubscribeRequest) -> int | None:
    match request.WhichOneof("start"):
        case "after_sequence" if request.after_sequence < 0:
            raise SubscriptionRefused("BAD_FIELD", "after_sequence: not below 0")
        case "after_sequence":
            return request.after_sequence
        case "from_oldest" if request.from_oldest:
            return FROM_OLDEST
        case None | "from_latest" if request.from_latest or not request.HasField("start"):
            return None
    raise SubscriptionRefused("BAD_FIELD", "start: from_oldest and from_latest are true or not given")


def _response(item: Item) -> pb.SubscribeResponse:
    match item:
        case Batch(events):
            return pb.SubscribeResponse(
                batch=pb.EventBatch(events=[event_to_message(event) for event in events])
            )
        case Heartbeat(sequence, server_time):
            return pb.SubscribeResponse(heartbeat=pb.Heartbeat(sequence=sequence, server_time_ns=server_time))
        case CaughtUp(sequence):
            return pb.SubscribeResponse(caught_up=pb.CaughtUp(sequence=sequence))
        case FellBehind(sequence):
            return pb.SubscribeResponse(fell_behind=pb.FellBehind(sequence=sequence))
        case Started():
            return pb.SubscribeResponse(
                started=pb.SubscriptionStarted(
                    journal_id=item.journal_id,
                    first_sequence=item.first_sequence,
                    last_sequence=item.last_sequence,
                    heartbeat_interval_ns=item.heartbeat_ns,
                )
            )
