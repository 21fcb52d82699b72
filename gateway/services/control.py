"""ControlService: commands go to the engine at once and are waited for; the status is a snapshot.

Decides the limits of the fields, how long an RPC waits, and that a command outlives its RPC. Decides
nothing about trading: the engine accepts or refuses. A Kill shares nothing with other commands.
"""

# ruff: noqa: N802 (methods have the names of the contract)
import asyncio
from concurrent.futures import Future
from typing import Any
from uuid import uuid4

import grpc.aio
import msgspec

from tradingfloor.actors import errors
from tradingfloor.actors import messages as m
from tradingfloor.actors.status import CommandResult
from tradingfloor.actors.types import KillPolicy
from tradingfloor.v1 import common_pb2, control_service_pb2_grpc
from tradingfloor.v1 import control_service_pb2 as pb

from ..convert import to_message
from ..ports import EnginePort
from .failures import CommandPending, CommandRefused, NotDurable, ShuttingDown, aborting

Context = grpc.aio.ServicerContext[Any, Any]

LONGEST_ID, LONGEST_REASON, LONGEST_NAME, LONGEST_SYMBOL = 36, 200, 64, 32
LONGEST_ORDER_ID = 64
MOST_CHANGES, LONGEST_SETTING = 50, 2_000


class CommandLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How long an RPC waits for a command, seconds; the command itself has no limit."""

    command: float = 5.0
    kill: float = 30.0


class ControlService(control_service_pb2_grpc.ControlServiceServicer):
    """The commands of one engine."""

    def __init__(self, port: EnginePort, kill_policy: KillPolicy, limits: CommandLimits) -> None:
        self.draining = False
        """True refuses every command but Kill: the server ends."""
        self._port = port
        self._limits = limits
        self._policies = {
            common_pb2.KILL_POLICY_UNSPECIFIED: kill_policy,
            common_pb2.KILL_POLICY_FLATTEN: KillPolicy.FLATTEN,
            common_pb2.KILL_POLICY_KEEP: KillPolicy.KEEP,
        }

    @aborting
    async def Start(self, request: pb.StartRequest, context: Context) -> pb.StartResponse:
        """STOPPED -> RUNNING."""
        command = m.StartTrading(**_options(request.options, context))
        return pb.StartResponse(result=await self._execute(command))

    @aborting
    async def Stop(self, request: pb.StopRequest, context: Context) -> pb.StopResponse:
        """To STOPPED."""
        command = m.StopTrading(**_options(request.options, context), flatten=request.flatten)
        return pb.StopResponse(result=await self._execute(command))

    @aborting
    async def Pause(self, request: pb.PauseRequest, context: Context) -> pb.PauseResponse:
        """RUNNING -> PAUSED."""
        command = m.PauseTrading(**_options(request.options, context))
        return pb.PauseResponse(result=await self._execute(command))

    @aborting
    async def Resume(self, request: pb.ResumeRequest, context: Context) -> pb.ResumeResponse:
        """PAUSED -> RUNNING."""
        command = m.ResumeTrading(**_options(request.options, context))
        return pb.ResumeResponse(result=await self._execute(command))

    @aborting
    async def Kill(self, request: pb.KillRequest, context: Context) -> pb.KillResponse:
        """Any state -> KILLED."""
        if request.policy not in self._policies:
            raise errors.Refused(f"policy: no kill policy has the number {request.policy}")
        policy = self._policies[request.policy]
        command = m.KillTrading(**_options(request.options, context), policy=policy)
        return pb.KillResponse(result=await self._execute(command))

    @aborting
    async def Rearm(self, request: pb.RearmRequest, context: Context) -> pb.RearmResponse:
        """KILLED -> STOPPED."""
        command = m.RearmTrading(**_options(request.options, context), kill_id=request.kill_id)
        return pb.RearmResponse(result=await self._execute(command))

    @aborting
    async def Flatten(self, request: pb.FlattenRequest, context: Context) -> pb.FlattenResponse:
        """Close every open position; the state stays."""
        command = m.FlattenPositions(**_options(request.options, context))
        return pb.FlattenResponse(result=await self._execute(command))

    @aborting
    async def Reduce(self, request: pb.ReduceRequest, context: Context) -> pb.ReduceResponse:
        """Close a part of a position, or of all."""
        options = _options(request.options, context)
        command = m.ReducePositions(**options, symbol=_symbol(request.symbol), part=request.part)
        return pb.ReduceResponse(result=await self._execute(command))

    @aborting
    async def CancelAll(self, request: pb.CancelAllRequest, context: Context) -> pb.CancelAllResponse:
        """Cancel working orders."""
        options = _options(request.options, context)
        symbol = _symbol(request.symbol)
        command = m.CancelAllOrders(**options, symbol=symbol, entries_only=request.entries_only)
        return pb.CancelAllResponse(result=await self._execute(command))

    @aborting
    async def CancelOrder(self, request: pb.CancelOrderRequest, context: Context) -> pb.CancelOrderResponse:
        """Cancel what is left of one working order."""
        options = _options(request.options, context)
        command = m.CancelOrder(**options, **_order(request))
        return pb.CancelOrderResponse(result=await self._execute(command))

    @aborting
    async def ReplaceOrder(
        self, request: pb.ReplaceOrderRequest, context: Context
    ) -> pb.ReplaceOrderResponse:
        """Change the terms of one working order."""
        command = m.ReplaceOrder(
            **_options(request.options, context),
            **_order(request),
            quantity=request.quantity,
            price=request.price,
            limit=request.limit,
        )
        return pb.ReplaceOrderResponse(result=await self._execute(command))

    @aborting
    async def ReviseConfig(
        self, request: pb.ReviseConfigRequest, context: Context
    ) -> pb.ReviseConfigResponse:
        """Change settings of the running engine."""
        changes = tuple((change.path, change.value) for change in request.changes)
        if len(changes) > MOST_CHANGES or any(
            len(part) > LONGEST_SETTING for change in changes for part in change
        ):
            raise errors.Refused(
                f"changes: at most {MOST_CHANGES}, each path and value of {LONGEST_SETTING} characters"
            )
        command = m.ReviseConfig(**_options(request.options, context), changes=changes)
        return pb.ReviseConfigResponse(result=await self._execute(command))

    @aborting
    async def GetStatus(self, request: pb.GetStatusRequest, context: Context) -> pb.GetStatusResponse:  # noqa: ARG002
        """A snapshot; no actor is asked."""
        return pb.GetStatusResponse(status=to_message(self._port.status(), pb.EngineStatus))

    async def _execute(self, command: m.AnyCommand) -> Any:
        """The wire's CommandResult. Nothing is awaited before the engine has the command."""
        kills = isinstance(command, m.KillTrading)
        if self.draining and not kills:
            raise ShuttingDown("the engine ends and takes no command but Kill")
        try:
            future = self._port.submit(command)
            result = await _answer(future, self._limits.kill if kills else self._limits.command)
        except errors.BadCommand as refused:
            state = self._port.status().state
            raise CommandRefused(refused.reason, str(refused), state.value) from refused
        except errors.Fatal as fatal:
            raise NotDurable("KILL_NOT_DURABLE" if kills else "NOT_DURABLE") from fatal
        return to_message(result, pb.CommandResult)


async def _answer(future: Future[CommandResult], seconds: float) -> CommandResult:
    waiting = asyncio.wrap_future(future)
    # Looked at here, so that an outcome nobody waits for any more is no warning.
    waiting.add_done_callback(lambda done: done.cancelled() or done.exception())
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.shield(waiting)
    except TimeoutError:
        raise CommandPending(f"no outcome after {seconds:g} s; the command goes on, see GetStatus") from None
    except asyncio.CancelledError:
        if waiting.cancelled():
            raise ShuttingDown("the engine ended before the command's outcome was known") from None
        raise


def _symbol(symbol: str) -> str:
    if len(symbol) > LONGEST_SYMBOL:
        raise errors.Refused(f"symbol: {len(symbol)} characters, at most {LONGEST_SYMBOL}")
    return symbol


def _order(request: pb.CancelOrderRequest | pb.ReplaceOrderRequest) -> dict[str, str]:
    if len(request.order_id) > LONGEST_ORDER_ID:
        raise errors.Refused(f"order_id: {len(request.order_id)} characters, at most {LONGEST_ORDER_ID}")
    return {"order_id": request.order_id, "symbol": _symbol(request.symbol)}


def _options(options: pb.CommandOptions, context: Context) -> dict[str, str]:
    request_id = options.request_id or str(uuid4())
    for name, value, longest in (
        ("request_id", request_id, LONGEST_ID),
        ("reason", options.reason, LONGEST_REASON),
        ("by", options.by, LONGEST_NAME),
    ):
        if len(value) > longest:
            raise errors.Refused(f"options.{name}: {len(value)} characters, at most {longest}")
    if not (request_id.isascii() and request_id.isprintable()):
        raise errors.Refused("options.request_id: only printable ASCII characters")
    context.set_trailing_metadata((("x-request-id", request_id),))
    return {"request_id": request_id, "reason": options.reason, "by": options.by or "grpc"}
