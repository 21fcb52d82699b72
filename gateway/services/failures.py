"""What went wrong, as gRPC tells it: google.rpc.Status with one ErrorInfo.

Decides the status code, the reason and the metadata of every error, in both directions. Input: an
exception of the package (server) or an RpcError (client); output: a Failure, an abort, an exception.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from functools import wraps
from typing import Any, NamedTuple, NoReturn, TypeVar
from uuid import uuid4

import grpc
import grpc.aio
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc import error_details_pb2, status_pb2  # type: ignore[import-untyped]
from grpc import StatusCode

from tradingfloor.actors import errors
from tradingfloor.actors.types import Refusal

from ..subscriptions import SubscriptionRefused

DOMAIN = "tradingfloor"
DETAILS = "grpc-status-details-bin"
ABORT_TIMEOUT = 1.0
"""Seconds to wait until the transport takes a status that a stuck reader has no room for."""

LOG = logging.getLogger(__name__)
R = TypeVar("R")
Handler = Callable[[Any, Any, Any], Coroutine[Any, Any, R]]


class Failure(NamedTuple):
    """One error on the wire."""

    code: StatusCode
    reason: str
    text: str
    metadata: Mapping[str, str]


class NotDurable(errors.TradingFloorError):
    """A command could not be made durable; the engine ends."""

    def __init__(self, reason: str) -> None:
        super().__init__("the journal failed: the command is not durable, and the engine ends")
        self.reason = reason


class CommandRefused(errors.BadCommand):
    """A BadCommand with the state that refused it."""

    def __init__(self, reason: Refusal, message: str, state: str) -> None:
        super().__init__(reason, message)
        self.state = state


class ShuttingDown(errors.NotRunning):
    """The engine ends."""


class CommandPending(errors.TradingFloorError):
    """A command did not answer in time; it goes on."""


COMMANDS = {
    Refusal.STATE: (StatusCode.FAILED_PRECONDITION, "ENGINE_STATE"),
    Refusal.KILLED: (StatusCode.FAILED_PRECONDITION, "KILL_LATCHED"),
    Refusal.DUPLICATE: (StatusCode.INVALID_ARGUMENT, "REQUEST_ID_REUSED"),
    Refusal.OVERLOAD: (StatusCode.ABORTED, "COMMAND_IN_PROGRESS"),
}
"""How a refused command is told; other refusals are FAILED_PRECONDITION under their own name."""

OTHERS = (
    (ShuttingDown, StatusCode.UNAVAILABLE, "SERVER_SHUTTING_DOWN"),
    (errors.NotRunning, StatusCode.UNAVAILABLE, "ENGINE_NOT_RUNNING"),
    (errors.NotFound, StatusCode.NOT_FOUND, "NOT_FOUND"),
    (CommandPending, StatusCode.DEADLINE_EXCEEDED, "COMMAND_PENDING"),
    (errors.Refused, StatusCode.INVALID_ARGUMENT, "BAD_FIELD"),
)
"""The first row whose type fits."""

SUBSCRIPTIONS = {
    "BAD_FIELD": StatusCode.INVALID_ARGUMENT,
    "SEQUENCE_IN_FUTURE": StatusCode.OUT_OF_RANGE,
    "HISTORY_TRIMMED": StatusCode.OUT_OF_RANGE,
    "JOURNAL_CHANGED": StatusCode.FAILED_PRECONDITION,
    "TOO_MANY_SUBSCRIBERS": StatusCode.RESOURCE_EXHAUSTED,
    "CONSUMER_STALLED": StatusCode.RESOURCE_EXHAUSTED,
    "SERVER_SHUTTING_DOWN": StatusCode.UNAVAILABLE,
}


def failure_of(error: Exception) -> Failure:
    """How an exception is told; what nobody foresaw is logged, and only the log's id leaves."""
    text = str(error)
    match error:
        case CommandRefused(reason=refusal, state=state):
            code, reason = COMMANDS.get(refusal, (StatusCode.FAILED_PRECONDITION, refusal.value))
            return Failure(code, reason, text, {"refusal": refusal.value, "state": state})
        case SubscriptionRefused(reason=reason):
            return Failure(SUBSCRIPTIONS[reason], reason, text, error.metadata)
        case NotDurable(reason=reason):
            return Failure(StatusCode.INTERNAL, reason, text, {})
    for kind, code, reason in OTHERS:
        if isinstance(error, kind):
            return Failure(code, reason, text, {})
    log_id = uuid4().hex[:12]
    LOG.error("internal error %s", log_id, exc_info=error)
    return Failure(StatusCode.INTERNAL, "INTERNAL", f"internal error, logged as {log_id}", {"log_id": log_id})


def aborting(handler: Handler[R]) -> Handler[R | None]:
    """Make a handler's exceptions its status. A cancelled call stays cancelled."""

    @wraps(handler)
    async def guarded(service: Any, request: Any, context: Any) -> R | None:
        try:
            return await handler(service, request, context)
        except Exception as error:  # noqa: BLE001 (every error must become a status)
            failure = failure_of(error)
        await _abort(context, failure)
        return None

    return guarded


async def _abort(context: grpc.aio.ServicerContext[Any, Any], failure: Failure) -> None:
    info = error_details_pb2.ErrorInfo(reason=failure.reason, domain=DOMAIN, metadata=failure.metadata)
    detail = AnyMessage()
    detail.Pack(info)
    status = status_pb2.Status(code=failure.code.value[0], message=failure.text, details=[detail])
    trailing = (*(context.trailing_metadata() or ()), (DETAILS, status.SerializeToString()))
    # The status is queued behind what a stuck reader has not taken; it will get it when it reads.
    # A caller that has gone gets none.
    with suppress(TimeoutError, grpc.aio.InternalError):
        async with asyncio.timeout(ABORT_TIMEOUT):
            await context.abort(failure.code, failure.text, trailing)


def read_failure(error: grpc.RpcError) -> Failure:
    """What the server told; an error of the transport has no reason."""
    call: Any = error
    for key, value in call.trailing_metadata() or ():
        if key == DETAILS:
            status = status_pb2.Status.FromString(value)
            info = error_details_pb2.ErrorInfo()
            if status.details and status.details[0].Unpack(info):
                return Failure(call.code(), info.reason, status.message, dict(info.metadata))
    return Failure(call.code(), "", call.details() or "", {})


def raise_failure(failure: Failure, address: str) -> NoReturn:
    """Raise the package's exception for a failure that a client was told."""
    if "refusal" in failure.metadata:
        raise errors.BadCommand(Refusal(failure.metadata["refusal"]), failure.text)
    if failure.reason in SUBSCRIPTIONS and failure.code is not StatusCode.UNAVAILABLE:
        raise SubscriptionRefused(failure.reason, failure.text, **failure.metadata)
    match failure.code:
        case StatusCode.UNAVAILABLE:
            detail = f" ({failure.text})" if failure.reason else ""
            raise errors.NotRunning(f"no engine answers at {address}{detail}")
        case StatusCode.DEADLINE_EXCEEDED:
            raise TimeoutError(failure.text if failure.reason else f"no answer in time from {address}")
        case StatusCode.NOT_FOUND:
            raise errors.NotFound(failure.text)
        case StatusCode.INVALID_ARGUMENT:
            raise errors.Refused(failure.text)
    if failure.reason.endswith("NOT_DURABLE"):
        raise errors.JournalFailed(failure.text)
    raise errors.TradingFloorError(f"{address}: {failure.code.name}: {failure.text}")
