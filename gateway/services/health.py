"""Health as load balancers and scripts read it: alive, taking commands, trading.

Decides that ``tradingfloor.trading`` serves in RUNNING only, and follows the journal to know. Input:
commits; output: the statuses of grpc.health.v1.
"""

import asyncio
from collections.abc import Sequence

from grpc_health.v1 import health_pb2
from grpc_health.v1.health import aio as health

from tradingfloor.actors.messages import Killed, TradingStateChanged
from tradingfloor.actors.types import TradingState

from ..feed import EventFeed
from ..ports import CommittedEvent

COMMANDS = ("tradingfloor.v1.ControlService", "tradingfloor.v1.EventService")
TRADING = "tradingfloor.trading"

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


class TradingHealth:
    """Keeps a health servicer in step with one engine. In the edge loop only."""

    def __init__(self, feed: EventFeed) -> None:
        self.servicer = health.HealthServicer()
        self._port = feed.port
        self._seen = feed.port.last_sequence()
        self._trading = feed.port.status().state is TradingState.RUNNING
        self._changed = asyncio.Event()
        self._changed.set()
        self._task = asyncio.create_task(self._follow())
        feed.observe(self._observe)

    async def stop(self) -> None:
        """Say NOT_SERVING of everything, for good."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self.servicer.enter_graceful_shutdown()

    def _observe(self, events: Sequence[CommittedEvent]) -> None:
        if events[0].sequence > self._seen + 1:
            self._trading = self._port.status().state is TradingState.RUNNING
        # From the event where there is one: the snapshot may be a moment behind the commit.
        for committed in events:
            match committed.event:
                case TradingStateChanged(state=state):
                    self._trading = state is TradingState.RUNNING
                case Killed():
                    self._trading = False
        self._seen = events[-1].sequence
        self._changed.set()

    async def _follow(self) -> None:
        for service in COMMANDS:
            await self.servicer.set(service, SERVING)
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self.servicer.set(TRADING, SERVING if self._trading else NOT_SERVING)
