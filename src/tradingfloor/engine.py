"""One running engine: boot, status, orderly end.

Decides in which order the parts come up and go down, and what follows when one of them fails. Trading is
decided in the cores, playing in ``player``, the way of a command in ``commands``. Embedding programs use
``TradingFloor``.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import cast

import structlog

from tradingfloor.actors import messages as m
from tradingfloor.actors.errors import NotRunning, TradingFloorError
from tradingfloor.actors.routing import recipients
from tradingfloor.actors.runtime.journal import CommittedEvent, Deliver, Envelope, Step
from tradingfloor.actors.runtime.live import FreeRunning, Inbound, LockStep
from tradingfloor.actors.runtime.room import FoldingRoom, Room, SelfTimed
from tradingfloor.actors.runtime.sequencer import MARKET_DATA, Sequencer
from tradingfloor.actors.status import CommandResult, EngineStatus
from tradingfloor.actors.supervisor.actor import Ports, Supervisor
from tradingfloor.storage.journal import JournalWriter
from tradingfloor.storage.journal_thread import JournalThread
from tradingfloor.storage.store import StoreLock

from . import diagnostics
from .assembly import Assembly
from .chores import Chores
from .commands import Commands
from .counts import MarketCounts
from .listeners import Listeners
from .pace import Pace
from .passing import on_passing_thread
from .player import FreePlayer, LockStepPlayer, Player
from .status import snapshot
from .tally import Tally

log = structlog.get_logger()


class Engine:
    """One engine over one store; implements the gateway's port."""

    def __init__(
        self,
        assembly: Assembly,
        store: Path,
        *,
        speed: float | None = None,
        free_running: bool = False,
        sessions: int | None = None,
        wrap: Callable[[str, Room], Room] | None = None,
        on_end: Callable[[str], None] | None = None,
    ) -> None:
        self.assembly = assembly
        self.store_path = store
        self.journal_id = ""
        self.ended = ""
        """Why the engine can no longer be trusted; empty = it can."""
        self._free_running = free_running
        self._sessions = sessions
        self._wrap = wrap or (lambda _name, room: room)
        self._on_end = on_end or (lambda _reason: None)
        self._pace = Pace(speed, assembly.tape_bar)
        self._lock: StoreLock | None = None
        self._journal: JournalThread
        self._writer: JournalWriter
        self._supervisor: Supervisor | None = None
        self._player: Player | None = None
        self._commands = Commands(store, now=lambda: self.now, rouse=self._look_again)
        self._booted_at = 0
        self._closing = threading.Lock()
        self._counts = MarketCounts()
        self.tally: Tally
        self.listeners = Listeners()

    # --- boot and end ------------------------------------------------------------------------

    def boot(self) -> None:
        """Open the store, recover every actor and begin to play.

        Raises StoreLocked, StoreMismatch, BadData, BadConfig; nothing runs then.
        """
        self._lock = StoreLock(self.store_path)
        try:
            self._boot()
        except BaseException:
            self.assembly.close()
            self._lock.release()
            self._lock = None
            raise

    def _boot(self) -> None:
        assembly = self.assembly
        self._journal = JournalThread(
            self.store_path,
            lambda connection: assembly.open_writer(connection, self.store_path),
            group=self._free_running,
            on_refused=self._refused,
            on_failure=self._journal_failed,
        )
        writer = self._writer = self._journal.start()
        try:
            self.journal_id = assembly.journal_id
            with assembly.view(self.store_path) as view:
                marks = {name: view.mark(name) for name in assembly.actors}
                fresh = not view.newest_now()
                self._booted_at = view.newest_now()
            self.tally = Tally(
                self._journal.call(JournalWriter.counts).result(),
                (writer.state, writer.reason),
                (writer.kill_id, writer.kill_policy),
                {symbol: held.quantity for symbol, held in writer.projection.portfolio.positions.items()},
                writer.sequence,
                flattening=[o.order_id for o in writer.projection.working_orders() if o.role == "FLATTEN"],
            )
            self._counts = MarketCounts(
                self._journal.call(lambda held: held.remembered("refusals")).result(),
                self._journal.call(lambda held: held.remembered("quotes")).result(),
            )
            if fresh:
                for step in assembly.warm_up():
                    self._journal.append(step)
                self._journal.flush()
            after = marks[MARKET_DATA].tape
            self._start_actors(dict(writer.epochs), after)
        except BaseException:
            if self._supervisor is not None:
                self._supervisor.stop()
            self._journal.close()
            raise
        self.player.start()
        self._commands.begin(self.player.command, self.supervisor.isolated)

    def _start_actors(self, epochs: dict[str, int], after: int) -> None:
        assembly = self.assembly
        assembly.compile_kernels()
        assembly.take_up(after, self.store_path)
        updates = assembly.updates(after, self._sessions)
        inbound = Inbound()
        turnstile, free = LockStep(self._journal, inbound, self._journal.boundary), FreeRunning(self._journal)
        mode: LockStep | FreeRunning = free if self._free_running else turnstile
        ports = Ports(
            journal=self._journal,
            finish=mode.finish,
            lost=mode.lost,
            kill=lambda command: (self._commands.kill(command), None)[1],
            end=self._end,
            record=self._record,
        )
        supervisor = self._supervisor = Supervisor(
            {name: self._factory(name) for name in assembly.actors},
            [assembly.child_spec(name) for name in assembly.actors],
            ports,
            epochs=epochs,
        )
        mode.mailboxes = supervisor.mailboxes
        free.timed = supervisor.timed
        turnstile.isolated = supervisor.isolated
        self._chores = Chores(self._journal, self.store_path, assembly, lambda: self.now)
        # First what carries events on, then what rings the bell about them.
        self._journal.listen(free.deliver if self._free_running else inbound.put)
        self._journal.listen(self._committed)
        self._commands.listen_to(self._journal)
        boot = self.tally.counts["EngineBooted"] + 1
        event = diagnostics.booted(boot, self.now, assembly.version, assembly.config_hash, after)
        self._journal.append(diagnostics.as_step(event, self.now))
        supervisor.start()
        with assembly.view(self.store_path) as view:
            handled = view.mark(MARKET_DATA).now
        now, rest = self._booted_at, (self._journal, self.tally, self._pace, self._end)
        if self._free_running:
            self._player = FreePlayer(free, updates, *rest, now=handled, horizon=assembly.horizon)
        else:
            sequencer = Sequencer(assembly.actors, turnstile, updates, now, horizon=assembly.horizon)
            self._player = LockStepPlayer(turnstile, sequencer, *rest)
        self._player.on_settled = lambda: self._remember(at_end=self._sessions is None)
        self._player.wakes = lambda: assembly.config.starts_itself and self.tally.was_started
        self._player.live = assembly.feed.live
        self._player.stalled = lambda: supervisor.isolated(MARKET_DATA)
        with assembly.view(self.store_path) as view:
            for name, envelope in assembly.waiting(view, now):
                self.player.offer(name, envelope)

    def _factory(self, name: str) -> Callable[[], Room]:
        def open_room() -> Room:
            self._journal.flush()
            recovered = on_passing_thread(lambda: self.assembly.recover(name, self.store_path))
            if name == MARKET_DATA:
                self._counts.take_over(cast("FoldingRoom", recovered).state)
            room = self._wrap(name, recovered)
            return SelfTimed(room) if self._free_running else room

        return open_room

    def close(self) -> list[str]:
        """Stop in order: the feed, the actors, the journal. Returns the actors that did not stop."""
        with self._closing:
            late = self._close() if self._lock is not None else []
        self.listeners.end()
        self._commands.fail("the engine stopped before it answered")
        return late

    def _close(self) -> list[str]:
        assert self._lock is not None
        self._commands.cease()
        late: list[str] = []
        try:
            self.player.stop()
            if not self.ended:
                self._remember(at_end=False)
            late = self.supervisor.stop()
        finally:
            self.assembly.close()
            self._chores.close()
            self._journal.close()
            self._lock.release()
            self._lock = None
        return late

    # --- the gateway's port ------------------------------------------------------------------

    def submit(self, command: m.AnyCommand) -> "Future[CommandResult]":
        """Hand a command over; the future resolves when the outcome is durable."""
        return self._commands.submit(command)

    def status(self) -> EngineStatus:
        """A snapshot; asks no actor."""
        return snapshot(self)

    def last_sequence(self) -> int:
        """The newest sequence committed."""
        return self.tally.sequence

    def add_commit_listener(self, listener: Deliver) -> Callable[[], None]:
        """Call ``listener`` on the journal's thread after each commit; it must neither block nor raise."""
        return self._journal.listen(listener)

    def listen(self, call: Deliver) -> Callable[[], None]:
        """Call a stranger's listener on a thread of its own; dropped when it raises or falls behind."""
        return self.listeners.add(call, self._journal.listen)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the tape is at its end, the floor is killed and at rest, or the engine ended."""
        return self.player.over.wait(timeout)

    @property
    def player(self) -> Player:
        """The playing thread. Raises NotRunning before the engine is booted."""
        if self._player is None:
            raise NotRunning("the engine is not booted")
        return self._player

    @property
    def now(self) -> int:
        """Engine time."""
        return self._booted_at if self._player is None else self._player.now

    @property
    def supervisor(self) -> Supervisor:
        """The supervisor, for its read-only views. Raises NotRunning before the engine is booted."""
        if self._supervisor is None:
            raise NotRunning("the engine is not booted")
        return self._supervisor

    @property
    def duplicates(self) -> int:
        """Events that came again with the same body, and were written once."""
        return self._writer.duplicates

    @property
    def tape_index(self) -> int:
        """Index of the newest market update handled."""
        mark = self._writer.progress.get(MARKET_DATA)
        return mark.tape if mark else 0

    @property
    def bars(self) -> int:
        """Bars published, warm-up left out."""
        return self._writer.bars

    @property
    def counts(self) -> MarketCounts:
        """What came of market input, earlier runs of the store included."""
        return self._counts

    def _remember(self, *, at_end: bool) -> None:
        """What is worth knowing of the run when no engine is there to ask."""
        refusals, quotes, index = self._counts.refusals(), self._counts.quotes(), self.tape_index

        def keep(writer: JournalWriter) -> None:
            writer.remember("refusals", refusals)
            writer.remember("quotes", quotes)
            if at_end:
                writer.remember("tape_end", index)

        try:
            self._journal.call(keep, after_queue=True).result()
        except TradingFloorError as error:
            log.warning("not remembered", error=str(error))  # a count for people; the journal is untouched

    # --- what the other threads report -------------------------------------------------------

    def _look_again(self) -> None:
        if self._player is not None:
            self._player.rouse()

    def _committed(self, committed: Sequence[CommittedEvent]) -> None:
        if self.tally.take(committed):
            self._look_again()
        self._chores.take(committed)

    def _refused(self, refused: Sequence[Step], unwritten: Sequence[Step]) -> None:
        for step in refused:
            self.supervisor.refuse(step.actor, "the journal refused an order after a kill")
        for step in unwritten:
            self.player.offer(step.actor, step.envelope)

    def _record(
        self, kind: type[m.Message], actor: str, epoch: int, held: Envelope | None, error: str
    ) -> None:
        """Journal what happened to an actor, and tell who must know."""
        event = diagnostics.happened(
            kind, actor, epoch, held, error, now=self.now, journal_id=self.journal_id
        )
        if kind is m.MessageDropped:
            message = held.message if held else None
            self._journal.call(lambda writer: writer.dead_letter(actor, message, error))
        self._journal.append(diagnostics.as_step(event, self.now))
        if self._player is None:
            return  # booting: whoever must know finds it in the journal
        for name in recipients(event, self.assembly.actors):
            self._player.offer(name, Envelope(event, self.now))

    def _journal_failed(self, error: BaseException) -> None:
        self._end(f"storage failed: {error}")

    def _end(self, reason: str) -> None:
        """Nothing goes on from here: tell the owner once."""
        if not self.ended:
            self.ended = reason
            if self._player is not None:
                self._player.abort()
            self._commands.end(reason)
            self._on_end(reason)
