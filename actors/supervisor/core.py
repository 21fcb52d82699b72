"""The trading state of the floor: which command is allowed when, and what follows.

Decides Start, Stop, Pause, Resume, Rearm and Flatten by one table and hands requests about single orders on
to the executor, which alone knows the orders; Kill is not here, the journal
writer alone latches it and this core hears of it as ``Killed``. Knows no actor and no thread.
Input: commands and state events; output: state events.
"""

from collections.abc import Sequence

from ..domain.ids import derive_id
from ..errors import BadCommand
from ..messages import (
    CancelOrder,
    CancelRequested,
    Command,
    FlattenPositions,
    FlattenRequested,
    Killed,
    Message,
    OrderFilled,
    PauseTrading,
    Rearmed,
    RearmTrading,
    ReplaceOrder,
    ReplaceRequested,
    ResumeTrading,
    StartTrading,
    StopTrading,
    TradingStateChanged,
)
from ..types import Refusal, TradingState

STOPPED, RUNNING, PAUSED = TradingState.STOPPED, TradingState.RUNNING, TradingState.PAUSED
STOPPING, KILLED = TradingState.STOPPING, TradingState.KILLED

TRANSITIONS: dict[tuple[TradingState, type[Command]], TradingState] = {
    (STOPPED, StartTrading): RUNNING,
    (RUNNING, PauseTrading): PAUSED,
    (PAUSED, ResumeTrading): RUNNING,
    (RUNNING, StopTrading): STOPPED,
    (PAUSED, StopTrading): STOPPED,
    (KILLED, RearmTrading): STOPPED,
    # Towards less risk, asking for what already holds is answered, not refused: an operator in a
    # hurry must not read an error.
    (STOPPED, StopTrading): STOPPED,
    (STOPPED, PauseTrading): STOPPED,
    (STOPPING, StopTrading): STOPPING,
    (STOPPING, PauseTrading): STOPPING,
    (PAUSED, PauseTrading): PAUSED,
    (KILLED, StopTrading): KILLED,
    (KILLED, PauseTrading): KILLED,
}
"""A stop that flattens goes through STOPPING until the last position is closed."""


class SupervisorState:
    """The trading state, the latched kill and the open quantity per symbol."""

    __slots__ = ("kill_id", "open", "reason", "state")

    def __init__(self) -> None:
        self.state = STOPPED
        self.reason = ""
        self.kill_id = b""
        self.open: dict[str, int] = {}

    @property
    def flat(self) -> bool:
        """True when no position is open."""
        return not self.open


class SupervisorCore:
    """A deciding core over the table above."""

    FOLDS: tuple[type[Message], ...] = (TradingStateChanged, Killed, Rearmed, OrderFilled)
    OBSERVES: tuple[type[Message], ...] = ()

    def __init__(self, tape: str) -> None:
        self._tape = tape

    def initial(self) -> SupervisorState:
        """STOPPED and flat."""
        return SupervisorState()

    def decide(self, state: SupervisorState, message: Message, now: int) -> Sequence[Message]:
        """What follows from a command or event; raises BadCommand when the table forbids it."""
        if isinstance(message, Command):
            return self._command(state, message, now)
        if state.state is STOPPING and state.flat:
            return [self._changed(state, STOPPED, now, "Stop", b"flat", reason="flat", request_id="")]
        return []

    def apply(self, state: SupervisorState, event: Message) -> None:
        """Fold one event."""
        match event:
            case TradingStateChanged():
                state.state, state.reason = event.state, event.reason
            case Killed():
                state.state, state.reason, state.kill_id = KILLED, event.reason, event.id
            case Rearmed():
                state.kill_id = b""
            case OrderFilled():
                quantity = state.open.get(event.symbol, 0) + event.side.sign * event.quantity
                if quantity:
                    state.open[event.symbol] = quantity
                else:
                    state.open.pop(event.symbol, None)
            case _:
                pass

    def next_due(self, state: SupervisorState) -> int | None:  # noqa: ARG002  no timers here
        """The supervisor's core asks for no engine-time timer."""
        return None

    def _command(self, state: SupervisorState, command: Command, now: int) -> Sequence[Message]:
        if isinstance(command, FlattenPositions):
            return [
                FlattenRequested(
                    id=derive_id(now, self._tape, "flatten", command.request_id),
                    ts=now,
                    request_id=command.request_id,
                    reason=command.reason,
                    by=command.by,
                )
            ]
        if isinstance(command, CancelOrder | ReplaceOrder):
            return [self._requested(command, now)]
        target = TRANSITIONS.get((state.state, type(command)))
        name = type(command).__name__.removesuffix("Trading")
        if target is None:
            code = Refusal.KILL_LATCHED if state.state is KILLED else Refusal.ENGINE_STATE
            raise BadCommand(code, f"{name}: not allowed while {state.state.value}")
        flatten = isinstance(command, StopTrading) and command.flatten
        if flatten and not state.flat and state.state is not KILLED:
            target = STOPPING
        if target is state.state:
            return []
        if isinstance(command, RearmTrading):
            return self._rearm(state, command, now)
        return [
            self._changed(
                state,
                target,
                now,
                name,
                command.request_id.encode(),
                reason=command.reason,
                request_id=command.request_id,
                by=command.by,
                flatten=flatten,
            )
        ]

    def _requested(self, command: CancelOrder | ReplaceOrder, now: int) -> Message:
        """A request about one order; allowed in every state, since the executor refuses what it must."""
        try:
            order_id = bytes.fromhex(command.order_id)
        except ValueError:
            order_id = b""
        if not order_id:
            raise BadCommand(Refusal.UNKNOWN_ORDER, f"no order has the id {command.order_id!r}")
        request_id, reason, by = command.request_id, command.reason, command.by
        event_id = derive_id(now, self._tape, type(command).__name__, request_id)
        if isinstance(command, CancelOrder):
            return CancelRequested(
                id=event_id,
                ts=now,
                order_id=order_id,
                symbol=command.symbol,
                request_id=request_id,
                reason=reason,
                by=by,
            )
        return ReplaceRequested(
            id=event_id,
            ts=now,
            order_id=order_id,
            symbol=command.symbol,
            quantity=command.quantity,
            price=command.price,
            limit=command.limit,
            request_id=request_id,
            reason=reason,
            by=by,
        )

    def _rearm(self, state: SupervisorState, command: RearmTrading, now: int) -> Sequence[Message]:
        if command.kill_id != state.kill_id.hex():
            raise BadCommand(Refusal.KILL_MISMATCH, f"Rearm: the latched kill is {state.kill_id.hex()}")
        if not command.reason.strip():
            raise BadCommand(Refusal.REASON_MISSING, "Rearm: a reason is required")
        rearmed = Rearmed(
            id=derive_id(now, self._tape, "rearmed", state.kill_id),
            ts=now,
            cause=state.kill_id,
            kill_id=state.kill_id,
            request_id=command.request_id,
            reason=command.reason,
            by=command.by,
        )
        changed = self._changed(
            state,
            STOPPED,
            now,
            "Rearm",
            command.request_id.encode(),
            reason=command.reason,
            request_id=command.request_id,
            by=command.by,
        )
        return [rearmed, changed]

    def _changed(
        self,
        state: SupervisorState,
        target: TradingState,
        now: int,
        command: str,
        key: bytes,
        *,
        reason: str,
        request_id: str,
        by: str = "",
        flatten: bool = False,
    ) -> TradingStateChanged:
        return TradingStateChanged(
            id=derive_id(now, self._tape, "state", command, target.value, key),
            ts=now,
            previous=state.state,
            state=target,
            command=command,
            request_id=request_id,
            reason=reason,
            by=by,
            flatten=flatten,
        )
