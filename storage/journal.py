"""The journal writer: what is committed, in which order, and what is refused.

Decides the gap-free sequence, the handled marks, the kill latch and which steps of which incarnation are
written; one call is one transaction. Knows no thread and no loop: ``journal_thread`` calls it on the
connection's thread, tests and the replay driver call it directly. Input: steps; output: committed events.
"""

import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args

import msgspec

from tradingfloor.actors.errors import JournalFailed
from tradingfloor.actors.messages import (
    AnyCommand,
    BarsClosed,
    ChainUpdate,
    Command,
    Killed,
    KillRequested,
    KillTrading,
    MarketUpdate,
    Message,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderReplaced,
    OrderTriggered,
    PriceUpdated,
    Rearmed,
    RefusedUpdate,
    TradingStateChanged,
)
from tradingfloor.actors.routing import ROUTES
from tradingfloor.actors.runtime.journal import CommittedEvent, Mark, Step
from tradingfloor.actors.status import CommandResult
from tradingfloor.actors.types import Durability, KillPolicy, TradingState

from . import redelivery
from .batch import Batch, command_row
from .codec import encode
from .latch import forbidden, latched
from .progress import Progress
from .projection import Projection

REMEMBERED = 100_000
"""BATCHED events on their way whose sequence is known by id; a mailbox never lags further behind."""

DURABLE_KINDS = frozenset(kind for kind, route in ROUTES.items() if route.durability is Durability.DURABLE)
BATCHED_KINDS = frozenset(kind for kind, route in ROUTES.items() if route.durability is Durability.BATCHED)
JOURNALED = DURABLE_KINDS | BATCHED_KINDS
HEARD_EARLY = frozenset(kind for kind in BATCHED_KINDS if ROUTES[kind].rooms)
"""Forwarded before they have their sequence, to one room: once that has handled it, nobody asks any more."""
TAPE_KINDS = frozenset((MarketUpdate, RefusedUpdate, ChainUpdate))
COMMANDS = frozenset(get_args(AnyCommand))

EXECUTOR = "executor"
JOURNAL = "journal"
"""The author of what the writer itself decides."""


class Commit(NamedTuple):
    """The outcome of one transaction."""

    events: list[CommittedEvent]
    refused: list[Step]
    """Steps that an open kill forbids, first of their actor: not written, counted as handled."""
    unwritten: list[Step]
    """Later steps of the same incarnation: not written, to be handled again by its successor."""
    answers: list[tuple[Step, CommandResult]]


class JournalWriter:
    """The one writer of one store."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        tape: str,
        multipliers: Mapping[str, int] | None = None,
        *,
        keep_tape: bool = True,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self._connection = connection
        self._tape = tape
        self._multipliers = dict(multipliers or {})
        self._keep_tape = keep_tape
        self._clock = clock
        self.duplicates = 0
        self.progress: dict[str, Progress] = {}
        self._sequences: dict[bytes, int] = {}
        self._refused: dict[str, int] = {}
        """Actor -> the incarnation of which a step was refused."""
        self._load()

    def _load(self) -> None:
        """Read what the writer holds in memory: at open, and again after a rollback."""
        connection = self._connection
        row = connection.execute("SELECT max(sequence) FROM events").fetchone()
        self.sequence: int = row[0] or 0
        self.bars: int = connection.execute("SELECT count(*) FROM bars WHERE NOT history").fetchone()[0]
        """Bars published, warm-up left out."""
        self.projection = Projection.load(connection, self._multipliers)
        epochs = self.epochs
        self.progress = {actor: Progress(actor, epoch) for actor, epoch in epochs.items()}
        for actor, epoch, *mark in connection.execute("SELECT * FROM marks"):
            self.progress[actor] = Progress(actor, max(epoch, epochs.get(actor, 0)), Mark(*mark))
        self.state = TradingState.STOPPED
        self.reason = ""
        """Why the floor is in this state."""
        self.kill_id = b""
        self.kill_ts = 0
        self.kill_policy = KillPolicy.FLATTEN
        for kind, event_id, ts, body in connection.execute(
            "SELECT kind, id, ts, body FROM events WHERE kind IN ('TradingStateChanged', 'Killed', 'Rearmed')"
            " ORDER BY sequence DESC LIMIT 2"
        ):
            if kind == "Killed":
                self.state, self.kill_id, self.kill_ts = TradingState.KILLED, event_id, ts
                killed = msgspec.msgpack.decode(body, type=Killed)
                self.kill_policy, self.reason = killed.policy, killed.reason
                break
            if kind == "TradingStateChanged":
                changed = msgspec.msgpack.decode(body, type=TradingStateChanged)
                self.state, self.reason = changed.state, changed.reason
                break

    # --- steps -------------------------------------------------------------------------------

    def commit(self, steps: Sequence[Step]) -> Commit:
        """Write these steps in order, in one transaction.

        Raises JournalFailed when the disk refuses, JournalConflict when an id comes with another body.
        """
        if not steps:
            return Commit([], [], [], [])
        refused_before = dict(self._refused)
        batch = self._collect(steps)
        try:
            self._write(batch)
        except sqlite3.IntegrityError:
            # Rare: some event is already there (a redelivered input). Look each id up and try again.
            self._load()
            self._refused = refused_before
            # The attempt numbered what is there already, and took out what it found handled.
            self._sequences |= redelivery.sequences(self._connection, steps)
            batch = self._collect(steps, known=redelivery.held(self._connection, steps))
            self._write(batch)
        return Commit(batch.committed, batch.refused, batch.unwritten, batch.answers)

    def _collect(  # noqa: PLR0912  what every step costs stands in one place
        self, steps: Sequence[Step], known: frozenset[bytes] = frozenset()
    ) -> Batch:
        # Most steps have no output, so what every step costs is what the writer costs: the common path
        # is in this loop, each rarer thing in a function of its own.
        batch = Batch(self._clock(), known)
        progress, refused, sequences = self.progress, self._refused, self._sequences
        for step in steps:
            actor = step.actor
            mark = progress.get(actor)
            if mark is None or step.epoch != mark.epoch or refused:
                mark = self._admit(step, batch)
                if mark is None:
                    continue
            mark.moved = True
            envelope = step.envelope
            message: Any = envelope.message
            kind, now, command = type(message), envelope.now, None
            if kind is PriceUpdated:
                mark.tape = message.last_index
            elif kind in TAPE_KINDS:
                mark.tape = message.index
            elif kind is BarsClosed:
                # Of bars their own instant counts: free running, the message may be handled long after it.
                now = message.ts
            elif kind in HEARD_EARLY:
                sequence = sequences.pop(message.id, 0) or envelope.sequence
                if sequence > mark.batched:  # noqa: PLR1730  a call of max costs more than all of this
                    mark.batched = sequence
            elif kind in DURABLE_KINDS:
                if envelope.sequence > mark.durable:  # noqa: PLR1730
                    mark.durable = envelope.sequence
            elif kind in COMMANDS:
                command = message
            if now > mark.now:  # noqa: PLR1730
                mark.now = now
            if step.outputs:
                if (self.kill_id or actor == EXECUTOR) and not self._allows(step, batch):
                    continue
                self._take(step.outputs, actor, step.epoch, batch, message)
            if command is not None:
                self._command(command, step, batch)
        return batch

    def _admit(self, step: Step, batch: Batch) -> Progress | None:
        """The actor's progress; None for what a fenced or refused incarnation did."""
        if self._refused.get(step.actor) == step.epoch:
            # Its memory is ahead of the disk since; what it handled is for its successor to handle.
            batch.unwritten.append(step)
            return None
        held = self.progress.setdefault(step.actor, Progress(step.actor))
        if step.epoch < held.epoch:
            return None
        held.epoch = step.epoch
        return held

    def _allows(self, step: Step, batch: Batch) -> bool:
        """False when an open kill forbids the step's outputs."""
        if (self.kill_id and forbidden(step.outputs, self.kill_id)) or (
            step.actor == EXECUTOR and self._moves_the_dead(step.outputs)
        ):
            batch.refused.append(step)
            self._refused[step.actor] = step.epoch
            return False
        return True

    def _take(
        self, outputs: Sequence[Any], actor: str, epoch: int, batch: Batch, message: Message | None = None
    ) -> None:
        """Take what an actor made of a message: number and project the events, note bars and prices."""
        for output in outputs:
            kind = type(output)
            if kind in JOURNALED:
                if batch.known and output.id in batch.known:
                    self.duplicates += 1
                    continue
                self.sequence = sequence = self.sequence + 1
                batch.events.append((sequence, actor, epoch, output))
                for statement, values in self.projection.rows(output, sequence):
                    batch.projected[statement].append(values)
                if kind in HEARD_EARLY:
                    self._sequences[output.id] = sequence
                elif kind is TradingStateChanged:
                    self.state = output.state
                elif kind is Rearmed:
                    self.kill_id = b""
                elif kind is KillRequested and not self.kill_id:
                    self._latch(output, output.ts, output.id, batch)
            elif kind is PriceUpdated:
                batch.prices[output.symbol] = output
                if self._keep_tape and type(message) is MarketUpdate:
                    batch.tape.setdefault(message.symbol, []).append(message)
            elif kind is BarsClosed:
                batch.bars += output.bars
                self.bars += 0 if output.history else len(output.bars)

    def _moves_the_dead(self, outputs: Sequence[Message]) -> bool:
        """True for news of an order that is over: cancelled by a kill while its executor was busy."""
        new = {output.order_id for output in outputs if isinstance(output, OrderAccepted)}
        return any(
            output.order_id not in new and not self.projection.may_fill(output.order_id)
            for output in outputs
            if isinstance(output, OrderTriggered | OrderReplaced | OrderFilled | OrderCanceled)
        )

    def _command(self, command: Any, step: Step, batch: Batch) -> None:
        result = CommandResult(
            state=self.state,
            sequence=self.sequence,
            already_applied=not step.outputs,
            kill_id=self.kill_id.hex(),
            kill_ts=self.kill_ts if self.kill_id else 0,
        )
        batch.commands.append(command_row(command, step.envelope.now, batch.recorded_at, result))
        batch.answers.append((step, result))

    # --- kill --------------------------------------------------------------------------------

    def kill(self, command: KillTrading, now: int) -> tuple[CommandResult, list[CommittedEvent]]:
        """Latch a kill and cancel every working order, in one transaction of its own.

        Raises JournalFailed when it cannot be made durable.
        """
        stored = self.answered(command)
        if stored is not None:
            return stored, []
        batch = Batch(self._clock())
        already = bool(self.kill_id)
        if not already:
            self._latch(command, now, b"", batch)
        result = CommandResult(
            state=TradingState.KILLED,
            sequence=batch.committed[0].sequence if batch.committed else self.sequence,
            already_applied=already,
            kill_id=self.kill_id.hex(),
            kill_ts=self.kill_ts,
        )
        batch.commands.append(command_row(command, now, batch.recorded_at, result))
        self._write(batch)
        return result, batch.committed

    def _latch(self, asked: KillTrading | KillRequested, now: int, cause: bytes, batch: Batch) -> None:
        """Kill, and cancel every working order; what a limit asks for comes with the limit's own step."""
        killed, *canceled = latched(
            asked, now, cause, self._tape, self.state, self.projection.working_orders()
        )
        self._take([killed, *canceled], JOURNAL, 0, batch)
        self.state, self.kill_id, self.kill_ts = TradingState.KILLED, killed.id, now
        self.kill_policy, self.reason = asked.policy, asked.reason

    def answered(self, command: Command) -> CommandResult | None:
        """The stored answer to a command that was carried out before; raises as ``redelivery`` says."""
        return redelivery.answered(self._connection, command)

    @property
    def epochs(self) -> dict[str, int]:
        """The present incarnation of every actor that was ever fenced or did anything."""
        return {actor: each.epoch for actor, each in self.progress.items()}

    # --- what only the writer can do or knows -------------------------------------------------

    def counts(self) -> dict[str, int]:
        """Events of the store by kind, and under ``Order`` the rows of orders."""
        found = dict(self._connection.execute("SELECT kind, count(*) FROM events GROUP BY kind").fetchall())
        found["Order"] = self._connection.execute("SELECT count(*) FROM orders").fetchone()[0]
        return found

    def copy_to(self, path: Path) -> None:
        """Write a whole, compact copy of the store as of the last commit; ``path`` must not exist."""
        self._connection.execute("VACUUM INTO ?", (str(path),))

    def remember(self, key: str, value: object) -> None:
        """Keep one fact about the store beside the journal (JSON)."""
        self._connection.execute(
            "INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, msgspec.json.encode(value).decode())
        )

    def remembered(self, key: str) -> object:
        """A fact kept by ``remember``; None when there is none."""
        row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else msgspec.json.decode(row[0])

    def dead_letter(self, actor: str, message: Message | None, error: str) -> None:
        """Keep a message that failed two incarnations of its actor."""
        self._connection.execute(
            "INSERT INTO dead_letters (actor, recorded_at, message_kind, body, error) VALUES (?, ?, ?, ?, ?)",
            (actor, self._clock(), type(message).__name__, encode(message) if message else b"", error),
        )

    # --- the transaction ---------------------------------------------------------------------

    def _write(self, batch: Batch) -> None:
        connection = self._connection
        moved = [each for each in self.progress.values() if each.moved]
        try:
            batch.write(connection, moved)
        except sqlite3.Error as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.IntegrityError):
                raise
            raise JournalFailed(f"commit failed: {error}") from error
        for each in moved:
            each.moved = False
        if len(self._sequences) > REMEMBERED:
            for event_id in list(self._sequences)[: REMEMBERED // 2]:
                del self._sequences[event_id]
