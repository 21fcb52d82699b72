"""The gRPC server of one engine, in the shared edge loop.

Decides the server's options, the order in which it starts (bind, serve, only then appear under its
name) and ends (unhealthy, no new commands, every stream ended with a reason, then the rest). Knows no
trading. Input: an EventFeed and an address; output: the address that is really served.
"""

import asyncio
from contextlib import suppress
from typing import Final

import grpc
import grpc.aio
import msgspec
from grpc_health.v1 import health_pb2_grpc
from grpc_health.v1.health import SERVICE_NAME as HEALTH
from grpc_reflection.v1alpha import reflection

from tradingfloor.actors.errors import BadConfig
from tradingfloor.actors.types import KillPolicy
from tradingfloor.v1 import (
    control_service_pb2,
    control_service_pb2_grpc,
    event_service_pb2,
    event_service_pb2_grpc,
)

from .addresses import Address, require_local
from .feed import EventFeed
from .services.control import CommandLimits, ControlService
from .services.events import EventService, StreamLimits
from .services.health import TradingHealth
from .sockets import SocketFile

START_TIMEOUT: Final = 10.0
STOP_TIMEOUT: Final = 5.0
LAST_READS: Final = 1.0
"""Seconds for streams to take what is left."""

GRACE: Final = 0.5
"""Seconds for calls that still run then; what they asked for goes on."""

OPTIONS: Final = (
    # With it, a second engine would bind the same port in silence and take half of the Kills.
    ("grpc.so_reuseport", 0),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.http2.max_ping_strikes", 2),
)

SERVICES: Final = (
    control_service_pb2.DESCRIPTOR.services_by_name["ControlService"].full_name,
    event_service_pb2.DESCRIPTOR.services_by_name["EventService"].full_name,
    HEALTH,
    reflection.SERVICE_NAME,
)


class GatewayServer:
    """Serves one engine; started and stopped once, from any thread but the edge's."""

    def __init__(
        self,
        feed: EventFeed,
        address: Address,
        *,
        kill_policy: KillPolicy = KillPolicy.FLATTEN,
        commands: CommandLimits | None = None,
        streams: StreamLimits | None = None,
    ) -> None:
        """``kill_policy`` is what a Kill without one means; the limits have defaults."""
        require_local(address)
        self.address = address
        """Where it serves; the real port once started."""
        self._feed = feed
        self._kill_policy = kill_policy
        self._command_limits = commands or CommandLimits()
        self._stream_limits = streams or StreamLimits()
        self._socket = SocketFile(address.path) if address.path is not None else None
        self._server: grpc.aio.Server | None = None
        self._control: ControlService
        self._events: EventService
        self._health: TradingHealth

    def start(self) -> Address:
        """Serve; returns the address with its real port. Raises BadConfig when it is taken."""
        bind = self.address
        if self._socket is not None:
            bind = Address(path=self._socket.stage())
        try:
            port = self._feed.edge.run(self._start(bind), START_TIMEOUT)
            if self._socket is not None:
                self._socket.publish()
            else:
                self.address = msgspec.structs.replace(self.address, port=port)
        except BaseException:
            self.stop()
            raise
        return self.address

    def drain(self) -> None:
        """Say NOT_SERVING and refuse every new command but Kill; streams and status go on."""
        if self._server is not None:
            self._feed.edge.run(self._drain(), STOP_TIMEOUT)

    def stop(self) -> None:
        """End everything: closes the feed, ends each stream with SERVER_SHUTTING_DOWN, cuts the rest.

        Call it after the last commit that subscribers shall see. Harmless more than once.
        """
        if self._server is not None:
            self._feed.edge.run(self._drain(), STOP_TIMEOUT)
            self._feed.close()
            self._feed.edge.run(self._stop(), STOP_TIMEOUT)
        if self._socket is not None:
            self._socket.remove()

    async def _start(self, bind: Address) -> int:
        server = grpc.aio.server(options=OPTIONS)
        port = 0
        with suppress(RuntimeError):
            port = server.add_insecure_port(bind.target)
        if not port:
            # The last reference goes here, not with the exception's frames: gRPC closes its poller with
            # it, which another thread must not do while the loop polls.
            del server
            raise BadConfig(f"address {self.address}: cannot be bound, is it served already?")
        self._control = ControlService(self._feed.port, self._kill_policy, self._command_limits)
        self._events = EventService(self._feed, self._stream_limits)
        self._health = TradingHealth(self._feed)
        control_service_pb2_grpc.add_ControlServiceServicer_to_server(self._control, server)  # type: ignore[no-untyped-call]
        event_service_pb2_grpc.add_EventServiceServicer_to_server(self._events, server)  # type: ignore[no-untyped-call]
        health_pb2_grpc.add_HealthServicer_to_server(self._health.servicer, server)
        reflection.enable_server_reflection(SERVICES, server)
        await server.start()
        self._server = server
        return port

    async def _drain(self) -> None:
        self._control.draining = True
        await self._health.stop()

    async def _stop(self) -> None:
        # The last reference goes in the loop, see _start.
        server, self._server = self._server, None
        assert server is not None
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_READS):
                await self._events.ended()
        await server.stop(GRACE)
