"""The supervisor's shell: starts, watches, restarts, fences, gives up and stops the other actors.

Decides nothing by itself: ``care`` decides about children, ``core`` about the trading state. Owns the
mailboxes, which outlive every incarnation. Failures arrive as reports, hangs are seen by looking at
how long a mailbox's message has been in hand. Its own failure ends the process.
"""

import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from queue import Empty, SimpleQueue

import structlog

from ..errors import EngineEnded, Fatal, JournalFailed
from ..messages import ActorIsolated, ActorRestarted, KillTrading, Message, MessageDropped
from ..runtime.journal import Envelope, Journal
from ..runtime.mailbox import Mailbox
from ..runtime.room import Room
from ..runtime.shell import Context, Failed, Finish, Ready, Shell
from ..status import ActorHealth
from ..types import KillPolicy
from .care import Action, Care, ChildSpec, DropMessage, EndProcess, GiveUp, Isolate, KillFloor, Restart

log = structlog.get_logger()

LOOK_EVERY = 0.1
"""Seconds between two looks at what hangs and what is due."""

MAX_ZOMBIES = 2
"""Hung threads that may live on beside their replacements; one more, and its actor is isolated where that is
its way of being given up, else the process must end. Threads of isolated actors do not count."""


class Ports:
    """What the supervisor may do to the rest of the engine; set by the composition root."""

    def __init__(
        self,
        *,
        journal: Journal,
        finish: Finish,
        lost: Callable[[str, Envelope | None], None],
        kill: Callable[[KillTrading], None],
        end: Callable[[str], None],
        record: Callable[[type[Message], str, int, Envelope | None, str], None],
    ) -> None:
        self.journal = journal
        self.finish = finish
        """Takes a step's outcome."""
        self.lost = lost
        """The message in hand will not be handled (dropped, or its actor is isolated)."""
        self.kill = kill
        self.end = end
        self.record = record
        """Journals a diagnostic event."""


class Supervisor:
    """Looks after one engine's actors, on a thread of its own."""

    def __init__(
        self,
        factories: Mapping[str, Callable[[], Room]],
        specs: Sequence[ChildSpec],
        ports: Ports,
        *,
        epochs: Mapping[str, int],
        clock: Callable[[], float] = time.monotonic,
        care: Care | None = None,
    ) -> None:
        self._factories = dict(factories)
        self._specs = {spec.name: spec for spec in specs}
        self.timed: dict[str, Mailbox] = {}
        """The mailboxes of actors that ever asked for a timer."""
        self.mailboxes = {name: Mailbox(name, self.timed) for name in factories}
        for name, box in self.mailboxes.items():
            box.epoch = epochs.get(name, 0)
        self._ports = ports
        self._clock = clock
        self._care = care or Care(list(specs))
        self._status = dict.fromkeys(factories, "stopped")
        self._errors = dict.fromkeys(factories, "")
        self._shells: dict[str, Shell] = {}
        self._reports: SimpleQueue[Ready | Failed | tuple[str, str] | None] = SimpleQueue()
        self._due: list[tuple[float, str, Envelope | None]] = []
        self._started_at: dict[str, float] = {}
        self._zombies: list[str] = []
        """Owners of the hung threads."""
        self._stopping = False
        self._ended = ""
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    # --- from outside ------------------------------------------------------------------------

    def start(self, timeout: float = 60.0) -> None:
        """Start all actors in order, each after the one before it is ready.

        Raises TimeoutError, naming the actor, when one does not get ready.
        """
        self._thread.start()
        for name in self._factories:
            self._start(name)
            if not self._await(lambda name=name: self._up(name), timeout):  # type: ignore[misc]
                raise TimeoutError(f"{name} did not start: {self._errors[name] or 'no answer'}")

    def _up(self, name: str) -> bool:
        if self._ended:
            raise JournalFailed(self._ended)
        return self._status[name] in ("ready", "isolated")

    def _end(self, reason: str) -> None:
        with self._changed:
            self._ended = reason
            self._changed.notify_all()
        self._ports.end(reason)

    def stop(self) -> list[str]:
        """Stop in reverse order, each within its limit; returns the names that did not stop."""
        late = []
        self._stopping = True
        for name in reversed(list(self._factories)):
            shell = self._shells.get(name)
            self._status[name] = "stopped"
            if shell is None or not shell.actor_ref.is_alive():
                continue
            limit = self._specs[name].stop_timeout
            try:
                shell.actor_ref.stop(block=True, timeout=limit)
            except Exception:  # noqa: BLE001  Pykka raises its own Timeout; a late actor is only named
                late.append(name)
        self._reports.put(None)
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(timeout=2)
        return late

    def health(self) -> tuple[ActorHealth, ...]:
        """How every actor is; reads only, asks nobody."""
        now = time.monotonic_ns()
        rows = []
        for name, box in self.mailboxes.items():
            child = self._care.children[name]
            rows.append(
                ActorHealth(
                    name=name,
                    alive=self._status[name] == "ready",
                    state=self._status[name],
                    epoch=box.epoch,
                    restarts=child.restarts,
                    depth=box.depth,
                    merged=box.merged,
                    handled=box.handled,
                    busy_ns=now - box.busy_since if box.busy_since else 0,
                    error=self._errors[name],
                )
            )
        return tuple(rows)

    def isolated(self, name: str) -> bool:
        """True when the actor was given up."""
        return self._status[name] == "isolated"

    def room(self, name: str) -> Room | None:
        """The live room of an actor, for reading its status views; None while it restarts."""
        shell = self._shells.get(name)
        return shell.room if shell is not None else None

    def refuse(self, name: str, reason: str) -> None:
        """The journal refused a step of this actor: its memory is the disk again."""
        self._reports.put((name, reason))

    # --- the watch ---------------------------------------------------------------------------

    def _watch(self) -> None:
        try:
            while True:
                try:
                    report = self._reports.get(timeout=self._pause())
                except Empty:
                    report = ()  # type: ignore[assignment]  # nothing reported, only time passed
                if report is None:
                    return
                if isinstance(report, Ready):
                    self._ready(report)
                elif isinstance(report, Failed):
                    self._failed(report)
                elif report:
                    self._refused(*report)
                self._look()
        except BaseException as error:
            log.exception("supervisor failed")
            self._ports.end(f"supervisor failed: {error!r}")

    def _pause(self) -> float:
        """Seconds until the next look: when a restart is due, at most LOOK_EVERY."""
        soonest = min((at for at, _, _ in self._due), default=float("inf"))
        return max(0.0, min(LOOK_EVERY, soonest - self._clock()))

    def _ready(self, report: Ready) -> None:
        if self.mailboxes[report.name].epoch != report.epoch:
            return
        with self._changed:
            self._status[report.name] = "ready"
            self._changed.notify_all()
        if self._care.children[report.name].restarts:
            self._ports.record(ActorRestarted, report.name, report.epoch, None, self._errors[report.name])

    def _failed(self, report: Failed) -> None:
        name = report.name
        if self.mailboxes[name].epoch != report.epoch:
            return
        if isinstance(report.error, Fatal):
            storage = "storage failed: " if isinstance(report.error, JournalFailed) else ""
            self._end(f"{storage}{report.error}")
            return
        log.warning("actor failed", actor=name, error=repr(report.error))
        self._errors[name] = repr(report.error)
        self._status[name] = "restarting"
        key = None if report.envelope is None else report.envelope.message
        actions = self._care.failed(name, self._clock(), key, repr(report.error))
        self._carry_out(name, report.envelope, actions)

    def _refused(self, name: str, reason: str) -> None:
        if self._status[name] != "ready":
            return
        self._errors[name] = reason
        held = self._fence(name)
        self._carry_out(name, held, [Restart(name, self._clock(), again=held is not None)])

    def _look(self) -> None:
        if self._stopping:
            return
        now = self._clock()
        for item in [item for item in self._due if item[0] <= now]:
            self._due.remove(item)
            self._start(item[1], item[2])
        real = time.monotonic_ns()
        for name, box in self.mailboxes.items():
            since = box.busy_since
            limit = self._specs[name].hang_after
            if self._status[name] == "ready" and since and real - since > limit * 1e9:
                self._hung(name, f"hung for more than {limit:g} s")
            elif (
                self._status[name] == "starting"
                and now - self._started_at[name] > self._specs[name].start_timeout
            ):
                self._hung(name, "not ready in time")

    def _hung(self, name: str, error: str) -> None:
        held = self._fence(name)
        self._zombies.append(name)
        too_many = sum(not self.isolated(owner) for owner in self._zombies) > MAX_ZOMBIES
        isolates = self._specs[name].give_up is GiveUp.ISOLATE
        if too_many and not isolates:
            self._ports.end(f"{name} {error}; more than {MAX_ZOMBIES} hung threads")
            return
        log.warning("actor hung", actor=name, error=error)
        self._errors[name] = error
        self._status[name] = "restarting"
        key = None if held is None else held.message
        actions: list[Action] = [Isolate(name)]
        if not too_many:
            actions = self._care.failed(name, self._clock(), key, error, hung=True)
        self._carry_out(name, held, actions)

    def _fence(self, name: str) -> Envelope | None:
        """Take the mailbox from the present incarnation; returns what it held."""
        box = self.mailboxes[name]
        self._shells[name].actor_stopped.set()
        held = box.fence()
        self._ports.journal.fence(name, box.epoch)
        return held

    def _carry_out(self, name: str, held: Envelope | None, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Restart(_, at, again):
                    self._due.append((at, name, held if again else None))
                case DropMessage():
                    self._ports.record(
                        MessageDropped, name, self.mailboxes[name].epoch, held, self._errors[name]
                    )
                    if held is not None and held.reply is not None:
                        held.reply.set_exception(
                            EngineEnded(f"{name} failed twice on it: {self._errors[name]}")
                        )
                    self._ports.lost(name, held)
                case Isolate():
                    with self._changed:
                        self._status[name] = "isolated"
                        self._changed.notify_all()
                    self._ports.record(
                        ActorIsolated, name, self.mailboxes[name].epoch, None, self._errors[name]
                    )
                    self._ports.lost(name, None)
                case KillFloor(reason):
                    self._ports.kill(
                        KillTrading(
                            request_id=f"give-up:{name}:{uuid.uuid4()}",
                            reason=reason,
                            by="supervisor",
                            policy=KillPolicy.KEEP,
                        )
                    )
                case EndProcess(reason):
                    self._ports.end(reason)

    def _start(self, name: str, again: Envelope | None = None) -> None:
        box = self.mailboxes[name]
        box.fence()
        if again is not None:
            box.send_again(again)
        self._ports.journal.fence(name, box.epoch)
        self._started_at[name] = self._clock()
        self._status[name] = "starting"
        context = Context(name, box.epoch, box, self._factories[name], self._ports.finish, self._reports.put)
        shell = Shell(context)
        self._shells[name] = shell
        _launch(shell)

    def _await(self, condition: Callable[[], bool], timeout: float) -> bool:
        with self._changed:
            return self._changed.wait_for(condition, timeout)


def _launch(shell: Shell) -> None:
    """What ``Shell.start`` does, with the instance kept: the supervisor fences it directly."""
    import pykka  # noqa: PLC0415  only here

    pykka.ActorRegistry.register(shell.actor_ref)
    shell._start_actor_loop()  # noqa: SLF001  Pykka's start() would hide the instance
