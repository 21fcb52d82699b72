"""The typed client of one engine: commands, status, and the journal as an iterator that resumes.

Decides how the wire's answers become the package's structs and errors, and when a broken stream is
taken up again. Blocking, one channel per client, safe for several threads; no asyncio.
"""

import random
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Final, Self
from uuid import uuid4
from weakref import WeakSet

import grpc

from tradingfloor.actors.status import CommandResult, EngineStatus
from tradingfloor.actors.types import WHOLE, KillPolicy
from tradingfloor.v1 import control_service_pb2 as control
from tradingfloor.v1 import control_service_pb2_grpc, event_service_pb2_grpc
from tradingfloor.v1 import event_service_pb2 as wire
from tradingfloor.v1.common_pb2 import SettingChange

from .addresses import Address, parse_address
from .convert import event_from_message, from_message, wire_name
from .ports import CommittedEvent
from .services.failures import Failure, raise_failure, read_failure

COMMAND_TIMEOUT: Final = 6.0
"""Seconds, a little more than the server waits itself: its answer says more than a deadline."""

KILL_TIMEOUT: Final = 31.0
STATUS_TIMEOUT: Final = 5.0

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 5.0

RESUMABLE: Final = frozenset(
    {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.CANCELLED}
)

OPTIONS: Final = (
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.max_pings_without_data", 0),
    # The defaults let a client wait two minutes after the engine is back.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 5_000),
    ("grpc.max_reconnect_backoff_ms", 5_000),
    # A socket's path is no host name, and strict servers refuse it as one.
    ("grpc.default_authority", "localhost"),
)


class ControlClient:
    """One engine at one address. Nothing is sent before the first call.

    Errors: BadCommand (the engine refused; nothing changed), NotRunning (nobody answers, or it is
    ending), TimeoutError (no answer in time; a command may still go on: ask again with the same
    ``request_id``), Refused (a field is wrong), JournalFailed.
    """

    def __init__(self, address: Address | str, *, by: str = "") -> None:
        """``by`` names the caller in the audit."""
        self.address = parse_address(address) if isinstance(address, str) else address
        self._by = by
        self._channel = grpc.insecure_channel(self.address.target, options=OPTIONS)
        self._control: Any = control_service_pb2_grpc.ControlServiceStub(self._channel)  # type: ignore[no-untyped-call]
        self._events: Any = event_service_pb2_grpc.EventServiceStub(self._channel)  # type: ignore[no-untyped-call]
        self._streams: WeakSet[EventStream] = WeakSet()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the channel; calls and streams in hand end."""
        for stream in tuple(self._streams):
            stream.close()
        self._channel.close()

    def start(
        self, reason: str = "", *, request_id: str = "", timeout: float = COMMAND_TIMEOUT
    ) -> CommandResult:
        """STOPPED -> RUNNING."""
        request = control.StartRequest(options=self._options(reason, request_id))
        return self._command(self._control.Start, request, timeout)

    def stop(
        self,
        reason: str = "",
        *,
        flatten: bool = False,
        request_id: str = "",
        timeout: float = COMMAND_TIMEOUT,
    ) -> CommandResult:
        """To STOPPED; open positions are kept unless ``flatten``."""
        request = control.StopRequest(options=self._options(reason, request_id), flatten=flatten)
        return self._command(self._control.Stop, request, timeout)

    def pause(
        self, reason: str = "", *, request_id: str = "", timeout: float = COMMAND_TIMEOUT
    ) -> CommandResult:
        """RUNNING -> PAUSED."""
        request = control.PauseRequest(options=self._options(reason, request_id))
        return self._command(self._control.Pause, request, timeout)

    def resume(
        self, reason: str = "", *, request_id: str = "", timeout: float = COMMAND_TIMEOUT
    ) -> CommandResult:
        """PAUSED -> RUNNING."""
        request = control.ResumeRequest(options=self._options(reason, request_id))
        return self._command(self._control.Resume, request, timeout)

    def kill(
        self,
        reason: str = "",
        *,
        policy: KillPolicy | None = None,
        request_id: str = "",
        timeout: float = KILL_TIMEOUT,
    ) -> CommandResult:
        """Any state -> KILLED, latched when it returns. ``policy`` None = the engine's own."""
        request = control.KillRequest(
            options=self._options(reason, request_id),
            policy=None if policy is None else wire_name(policy),
        )
        return self._command(self._control.Kill, request, timeout)

    def rearm(
        self, kill_id: str, reason: str, *, request_id: str = "", timeout: float = COMMAND_TIMEOUT
    ) -> CommandResult:
        """KILLED -> STOPPED; ``kill_id`` (hex) is in the status."""
        request = control.RearmRequest(options=self._options(reason, request_id), kill_id=kill_id)
        return self._command(self._control.Rearm, request, timeout)

    def flatten(
        self, reason: str = "", *, request_id: str = "", timeout: float = COMMAND_TIMEOUT
    ) -> CommandResult:
        """Close every open position at the market; the state stays."""
        request = control.FlattenRequest(options=self._options(reason, request_id))
        return self._command(self._control.Flatten, request, timeout)

    def reduce(
        self,
        symbol: str = "",
        part: int = WHOLE,
        reason: str = "",
        *,
        request_id: str = "",
        timeout: float = COMMAND_TIMEOUT,
    ) -> CommandResult:
        """Close a part, in 1e-6, of a position or of all (empty ``symbol``) at the market."""
        options = self._options(reason, request_id)
        request = control.ReduceRequest(options=options, symbol=symbol, part=part)
        return self._command(self._control.Reduce, request, timeout)

    def cancel_all(
        self,
        symbol: str = "",
        reason: str = "",
        *,
        entries_only: bool = False,
        request_id: str = "",
        timeout: float = COMMAND_TIMEOUT,
    ) -> CommandResult:
        """Cancel working orders of a symbol or of all; what they protected stays open without them."""
        options = self._options(reason, request_id)
        request = control.CancelAllRequest(options=options, symbol=symbol, entries_only=entries_only)
        return self._command(self._control.CancelAll, request, timeout)

    def cancel_order(
        self,
        order_id: str,
        reason: str = "",
        *,
        symbol: str = "",
        request_id: str = "",
        timeout: float = COMMAND_TIMEOUT,
    ) -> CommandResult:
        """Cancel what is left of one working order (hex); ``symbol`` empty = whichever it is of."""
        options = self._options(reason, request_id)
        request = control.CancelOrderRequest(options=options, order_id=order_id, symbol=symbol)
        return self._command(self._control.CancelOrder, request, timeout)

    def replace_order(
        self,
        order_id: str,
        reason: str = "",
        *,
        quantity: int = 0,
        price: int = 0,
        limit: int = 0,
        symbol: str = "",
        request_id: str = "",
        timeout: float = COMMAND_TIMEOUT,
    ) -> CommandResult:
        """Change the terms of one working order (hex); prices in nanos, what is 0 stays as it is."""
        request = control.ReplaceOrderRequest(
            options=self._options(reason, request_id),
            order_id=order_id,
            symbol=symbol,
            quantity=quantity,
            price=price,
            limit=limit,
        )
        return self._command(self._control.ReplaceOrder, request, timeout)

    def revise_config(
        self,
        changes: Sequence[tuple[str, str]],
        reason: str,
        *,
        request_id: str = "",
        timeout: float = COMMAND_TIMEOUT,
    ) -> CommandResult:
        """Change settings, (dotted path, value as text), of the running engine; all of them or none."""
        named = [SettingChange(path=path, value=value) for path, value in changes]
        request = control.ReviseConfigRequest(options=self._options(reason, request_id), changes=named)
        return self._command(self._control.ReviseConfig, request, timeout)

    def status(self, *, timeout: float = STATUS_TIMEOUT) -> EngineStatus:
        """A snapshot; answers while the engine's actors hang."""
        response = self._call(self._control.GetStatus, control.GetStatusRequest(), timeout)
        return from_message(response.status, EngineStatus)

    def subscribe(
        self,
        kinds: Collection[str] = (),
        symbols: Collection[str] = (),
        after: int | None = None,
        *,
        journal_id: str = "",
    ) -> "EventStream":
        """Committed events in order; ``after`` is exclusive, None = from now on, 0 = from the first.

        Returns when the subscription holds; raises NotRunning, TimeoutError or SubscriptionRefused.
        The iterator resumes by itself after a broken connection, until it is closed.
        """
        chosen = wire.EventFilter(kinds=kinds, symbols=symbols)
        stream = EventStream(self._events.Subscribe, str(self.address), chosen, after, journal_id)
        self._streams.add(stream)
        return stream

    def _options(self, reason: str, request_id: str) -> control.CommandOptions:
        return control.CommandOptions(request_id=request_id or str(uuid4()), reason=reason, by=self._by)

    def _command(self, method: Any, request: Any, timeout: float) -> CommandResult:
        return from_message(self._call(method, request, timeout).result, CommandResult)

    def _call(self, method: Any, request: Any, timeout: float) -> Any:
        try:
            return method(request, timeout=timeout)
        except grpc.RpcError as error:
            raise_failure(read_failure(error), str(self.address))


class EventStream:
    """An iterator over committed events; ``cursor`` is where another one would go on.

    A broken connection is tried again after 0.1 to 5 s, for as long as it takes; a cursor that can no
    longer be served raises SubscriptionRefused. ``close`` ends it from any thread.
    """

    def __init__(
        self,
        method: Callable[[wire.SubscribeRequest], Any],
        address: str,
        chosen: wire.EventFilter,
        after: int | None,
        journal_id: str,
    ) -> None:
        """Made by ``ControlClient.subscribe``."""
        self.cursor = after
        """The sequence up to which everything was taken."""
        self.journal_id = journal_id
        self._method = method
        self._address = address
        self._filter = chosen
        self._closed = threading.Event()
        self._pause = FIRST_PAUSE
        self._call: Any = None
        try:
            self._connect()
        except grpc.RpcError as error:
            raise_failure(_in_time(read_failure(error)), address)
        self._events = self._read()

    def __iter__(self) -> Iterator[CommittedEvent]:
        return self

    def __next__(self) -> CommittedEvent:
        return next(self._events)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the stream; a ``next`` that waits in another thread ends too."""
        self._closed.set()
        self._call.cancel()

    def _connect(self) -> None:
        """Subscribe and wait for the first message; raises RpcError."""
        request = wire.SubscribeRequest(
            filter=self._filter, after_sequence=self.cursor, journal_id=self.journal_id
        )
        self._call = call = self._method(request)
        if self._closed.is_set():
            call.cancel()
        limit = threading.Timer(STATUS_TIMEOUT, call.cancel)
        limit.start()
        try:
            started = next(call).started
        finally:
            limit.cancel()
        self._pause = FIRST_PAUSE
        self.journal_id = started.journal_id
        if self.cursor is None:
            self.cursor = started.last_sequence

    def _read(self) -> Iterator[CommittedEvent]:
        connected = True
        while not self._closed.is_set():
            try:
                if not connected:
                    self._connect()
                    connected = True
                for response in self._call:
                    yield from self._take(response)
                connected = False
            except grpc.RpcError as error:
                connected = False
                self._survive(read_failure(error))

    def _take(self, response: wire.SubscribeResponse) -> Iterator[CommittedEvent]:
        match response.WhichOneof("message"):
            case "batch":
                for message in response.batch.events:
                    event = event_from_message(message)
                    self.cursor = message.sequence
                    if event is not None:
                        yield event
            case "heartbeat":
                self.cursor = response.heartbeat.sequence
            case "caught_up":
                self.cursor = response.caught_up.sequence

    def _survive(self, failure: Failure) -> None:
        if self._closed.is_set():
            return
        if failure.code not in RESUMABLE:
            raise_failure(failure, self._address)
        self._closed.wait(self._pause * random.uniform(0.5, 1.0))
        self._pause = min(2 * self._pause, LONGEST_PAUSE)


def _in_time(failure: Failure) -> Failure:
    # Cancelled here means by the timer: nobody else knows the call yet.
    if failure.code is grpc.StatusCode.CANCELLED:
        return failure._replace(code=grpc.StatusCode.DEADLINE_EXCEEDED)
    return failure
