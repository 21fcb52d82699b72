"""An engine and its journal in memory: the ports of the gateway, with a journal thread of its own."""

import threading
from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from tradingfloor.actors.errors import BadCommand
from tradingfloor.actors.messages import (
    AnyCommand,
    Event,
    Killed,
    KillTrading,
    OrderTriggered,
    PauseTrading,
    Rearmed,
    RearmTrading,
    ResumeTrading,
    StartTrading,
    StopTrading,
    TradingStateChanged,
)
from tradingfloor.actors.status import ActorHealth, CommandResult, EngineStatus, QuotesStatus
from tradingfloor.actors.types import Refusal, TradingState
from tradingfloor.gateway.ports import Bounds, CommittedEvent

TARGETS = {
    StartTrading: (TradingState.STOPPED, TradingState.RUNNING),
    StopTrading: (None, TradingState.STOPPED),
    PauseTrading: (TradingState.RUNNING, TradingState.PAUSED),
    ResumeTrading: (TradingState.PAUSED, TradingState.RUNNING),
}


def touched(number: int, symbol: str = "SPX") -> OrderTriggered:
    """An event that is cheap to make and to recognise."""
    return OrderTriggered(
        id=number.to_bytes(16, "big"), ts=number, order_id=number.to_bytes(16, "big"), symbol=symbol
    )


class FakeEngine:
    """Commits on its own thread, so that listeners run where they run in an engine."""

    def __init__(self, journal_id: str = "journal-1") -> None:
        self.journal_id = journal_id
        self.store_path = Path("fake.db")
        self.commands: list[AnyCommand] = []
        self.received = threading.Semaphore(0)
        self.hold = threading.Event()
        self.hold.set()
        self.failing: Exception | None = None
        self.rows: list[CommittedEvent] = []
        self.oldest = 1
        self.executed = 0
        self._state = TradingState.STOPPED
        self._kill_id = ""
        self._answers: dict[str, tuple[AnyCommand, Future[CommandResult]]] = {}
        self._listeners: list[Callable[[Sequence[CommittedEvent]], None]] = []
        self._lock = threading.Lock()
        self._applying = threading.Lock()
        self._journal = ThreadPoolExecutor(1, "journal")
        self._workers = ThreadPoolExecutor(16, "worker")

    def close(self) -> None:
        self.hold.set()
        self._workers.shutdown()
        self._journal.shutdown()

    def submit(self, command: AnyCommand) -> Future[CommandResult]:
        with self._lock:
            self.commands.append(command)
            known = self._answers.get(command.request_id)
            if known is None:
                future: Future[CommandResult] = Future()
                self._answers[command.request_id] = (command, future)
                self._workers.submit(self._execute, command, future)
            elif known[0] == command:
                future = known[1]
            else:
                raise BadCommand(Refusal.DUPLICATE, "the request id was used for another command")
        self.received.release()
        return future

    def status(self) -> EngineStatus:
        return EngineStatus(
            state=self._state,
            state_reason="",
            journal_id=self.journal_id,
            kill_id=self._kill_id,
            last_sequence=self.last_sequence(),
            refusals=(("SPX", "NAN", 2),),
            prices=(("SPX", 5_000_000_000_000, 7),),
            quotes=(
                QuotesStatus(
                    symbol="SPX",
                    received=9,
                    accepted=6,
                    contracts=5,
                    two_sided=4,
                    refused=(("CROSSED", 1), ("LOCKED", 2)),
                ),
            ),
            actors=(
                ActorHealth(
                    name="risk",
                    alive=True,
                    state="ready",
                    epoch=1,
                    restarts=0,
                    depth=0,
                    merged=0,
                    handled=3,
                    busy_ns=0,
                ),
            ),
        )

    def last_sequence(self) -> int:
        return self.rows[-1].sequence if self.rows else 0

    def add_commit_listener(self, listener: Callable[[Sequence[CommittedEvent]], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def write(self, *events: Event, actor: str = "executor") -> int:
        """Commit on the journal thread; returns the last sequence when it has happened."""
        return self._journal.submit(self._commit, events, actor).result()

    def trim(self, oldest: int) -> None:
        """Forget everything before ``oldest``."""
        self.rows = self.rows[oldest - self.oldest :]
        self.oldest = oldest

    def _commit(self, events: Sequence[Event], actor: str) -> int:
        first = self.last_sequence() + 1
        rows = [CommittedEvent(first + i, 1_000 + first + i, actor, event) for i, event in enumerate(events)]
        self.rows.extend(rows)
        for listener in tuple(self._listeners):
            listener(rows)
        return rows[-1].sequence

    def _execute(self, command: AnyCommand, future: Future[CommandResult]) -> None:
        self.hold.wait(30)
        try:
            with self._applying:
                result = self._apply(command)
            future.set_result(result)
        except Exception as error:  # noqa: BLE001 (it is the future's)
            future.set_exception(error)

    def _apply(self, command: AnyCommand) -> CommandResult:
        if self.failing is not None:
            raise self.failing
        self.executed += 1
        event_id = self.executed.to_bytes(16, "big")
        common = {"id": event_id, "ts": 0, "request_id": command.request_id}
        common |= {"reason": command.reason, "by": command.by}
        before = self._state
        if isinstance(command, KillTrading):
            event = Killed(**common, previous=before, policy=command.policy, canceled=0)
            self._state, self._kill_id = TradingState.KILLED, event_id.hex()
        elif isinstance(command, RearmTrading):
            if command.kill_id != self._kill_id:
                raise BadCommand(Refusal.KILLED, "another kill is latched")
            event = Rearmed(**common, kill_id=event_id)
            self._state, self._kill_id = TradingState.STOPPED, ""
        else:
            source, target = TARGETS[type(command)]
            if source not in {None, before}:
                raise BadCommand(Refusal.STATE, f"not from {before.value}")
            name = type(command).__name__
            event = TradingStateChanged(**common, previous=before, state=target, command=name)
            self._state = target
        sequence = self.write(event, actor="supervisor")
        return CommandResult(state=self._state, sequence=sequence, kill_id=self._kill_id)


class FakePages:
    """The journal as pages; the hooks let a test act between attach, page and bounds."""

    def __init__(self, engine: FakeEngine) -> None:
        self.engine = engine
        self.before_page: Callable[[], None] = lambda: None
        self.after_page: Callable[[], None] = lambda: None

    async def page(
        self, after: int, limit: int, kinds: Collection[str], symbols: Collection[str]
    ) -> list[CommittedEvent]:
        self.before_page()
        found: list[CommittedEvent] = []
        rows = self.engine.rows
        for row in rows[bisect_right(rows, after, key=lambda row: row.sequence) :]:
            if kinds and type(row.event).__name__ not in kinds:
                continue
            if symbols and getattr(row.event, "symbol", "") not in symbols:
                continue
            found.append(row)
            if len(found) == limit:
                break
        self.after_page()
        return found

    async def bounds(self) -> Bounds:
        rows = self.engine.rows
        return Bounds(self.engine.oldest, rows[-1].sequence if rows else self.engine.oldest - 1)
