"""The trading state of the floor: which command is allowed when, and what follows.

Decides Start, Stop, Pause, Resume and Rearm by one table, and carries out what the schedule commands;
requests, which change no state, are answered in ``requests``. Kill is not here, the journal writer alone
latches it and this core hears of it as ``Killed``. Knows no actor and no thread. Input: commands, state
events, timers; output: state events and requests.
"""

from collections.abc import Sequence
from typing import Final

from ..config import Config
from ..config_revision import carried
from ..domain.calendar import Calendar, calendar
from ..domain.ids import derive_id
from ..errors import BadCommand
from ..messages import (
    Command,
    ConfigRevised,
    FlattenPositions,
    Killed,
    Message,
    OrderFilled,
    PauseTrading,
    Rearmed,
    RearmTrading,
    ResumeTrading,
    ScheduleHandled,
    SplitApplied,
    StartTrading,
    StopTrading,
    TimerDue,
    TradingStateChanged,
)
from ..types import Refusal, ScheduleOutcome, TradingState
from .agenda import Agenda, AgendaState, Due
from .requests import Requests

SCHEDULE: Final = "schedule"
"""Who asks when the schedule does."""

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
    """The trading state, the latched kill, the open quantity per symbol, the config in force."""

    __slots__ = ("agenda", "config", "kill_id", "open", "reason", "state")

    def __init__(self, config: Config) -> None:
        self.state = STOPPED
        self.reason = ""
        self.kill_id = b""
        self.open: dict[str, int] = {}
        self.config = config
        self.agenda = AgendaState()

    @property
    def flat(self) -> bool:
        """True when no position is open."""
        return not self.open

    def hold(self, symbol: str, quantity: int) -> None:
        """The signed position in a symbol from now on."""
        if quantity:
            self.open[symbol] = quantity
        else:
            self.open.pop(symbol, None)


class SupervisorCore:
    """A deciding core over the table above.

    ``tape`` goes into every derived id; ``account`` is the calendar whose sessions the schedule goes by.
    """

    FOLDS: tuple[type[Message], ...] = (
        TradingStateChanged,
        Killed,
        Rearmed,
        OrderFilled,
        SplitApplied,
        ConfigRevised,
        ScheduleHandled,
    )
    OBSERVES: tuple[type[Message], ...] = ()

    def __init__(
        self, tape: str, config: Config | None = None, account: Calendar | None = None, entered: int = 0
    ) -> None:
        self._tape = tape
        self._config = config or Config()
        self._requests = Requests(tape, self._config.symbols)
        self._agenda = Agenda(self._config.schedule, account or calendar("XNYS"), entered)

    def initial(self) -> SupervisorState:
        """STOPPED and flat."""
        return SupervisorState(self._config)

    def decide(self, state: SupervisorState, message: Message, now: int) -> Sequence[Message]:
        """What follows from a command, an event or a timer; raises BadCommand when it is refused."""
        if isinstance(message, Command):
            return self._command(state, message, now)
        if isinstance(message, TimerDue):
            return self._scheduled(state, now)
        if state.state is STOPPING and state.flat:
            return [self._changed(state, STOPPED, now, "Stop", b"flat", reason="flat", request_id="")]
        return []

    def apply(self, state: SupervisorState, event: Message) -> None:
        """Fold one event."""
        match event:
            case TradingStateChanged():
                state.state, state.reason = event.state, event.reason
                state.agenda.since = max(state.agenda.since, event.ts)
            case Killed():
                state.state, state.reason, state.kill_id = KILLED, event.reason, event.id
            case Rearmed():
                state.kill_id = b""
            case OrderFilled():
                state.hold(event.symbol, state.open.get(event.symbol, 0) + event.side.sign * event.quantity)
            case SplitApplied():
                state.hold(event.symbol, event.quantity)
            case ConfigRevised():
                state.config = carried(state.config, event.changes)
            case ScheduleHandled():
                state.agenda.take(event)
            case _:
                pass

    def next_due(self, state: SupervisorState) -> int | None:
        """When the schedule comes due next; None before the floor was first started, or without one."""
        return self._agenda.next_due(state.agenda)

    def _scheduled(self, state: SupervisorState, now: int) -> Sequence[Message]:
        """The first entry that is due, whether it could be done or not; the next timer brings the next."""
        due = self._agenda.due(state.agenda, now)
        if due is None:
            return []
        entry, outcome, detail = due.entry, due.outcome, due.detail
        events: Sequence[Message] = []
        if outcome is ScheduleOutcome.DONE:
            try:
                events = self._carry_out(state, due, now)
            except BadCommand as refused:
                outcome, detail = ScheduleOutcome.REFUSED, str(refused)
        handled = ScheduleHandled(
            id=derive_id(now, self._tape, "schedule", entry.text, due.at),
            ts=now,
            entry=entry.text,
            due=due.at,
            outcome=outcome,
            detail=detail,
        )
        return [handled, *events]

    def _carry_out(self, state: SupervisorState, due: Due, now: int) -> Sequence[Message]:
        asked = {"request_id": f"schedule:{due.entry.text}:{due.at}", "reason": due.entry.text}
        match due.entry.do:
            case "start":
                already = state.state is RUNNING
                return [] if already else self._command(state, StartTrading(**asked, by=SCHEDULE), now)
            case "stop":
                stop = StopTrading(**asked, by=SCHEDULE, flatten=due.entry.flatten)
                return self._command(state, stop, now)
            case "flatten":
                return [] if state.flat else self._command(state, FlattenPositions(**asked, by=SCHEDULE), now)
            case _:
                return []  # beside trading: whoever has the store sees to it when this is committed

    def _command(self, state: SupervisorState, command: Command, now: int) -> Sequence[Message]:
        requested = self._requests.answer(command, state.open, state.config, now)
        return self._change(state, command, now) if requested is None else requested

    def _change(self, state: SupervisorState, command: Command, now: int) -> Sequence[Message]:
        """A change of the trading state, by the table."""
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
