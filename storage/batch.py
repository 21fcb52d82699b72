"""The rows of one transaction, collected and then written at once.

Decides the SQL of everything that is not projected: events, tape blocks, bars, prices, commands, marks. Knows
no order of steps and no kill; ``journal`` fills it.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any, NamedTuple

from tradingfloor.actors.messages import Bar, Command, Event, MarketUpdate, PriceUpdated
from tradingfloor.actors.runtime.journal import CommittedEvent, Mark, Step
from tradingfloor.actors.status import CommandResult

from .codec import VERSION, encode, encode_block
from .projection import STATEMENTS

INSERT_EVENT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
PUT_MARK = "INSERT OR REPLACE INTO marks VALUES (?, ?, ?, ?, ?, ?)"
INSERT_TAPE = "INSERT INTO tape VALUES (?, ?, ?, ?, ?, ?)"
INSERT_BAR = "INSERT INTO bars VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
PUT_PRICE = "INSERT OR REPLACE INTO prices VALUES (?, ?)"
INSERT_COMMAND = "INSERT OR IGNORE INTO commands VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


class Progress:
    """A handled mark that is written over in place."""

    __slots__ = ("batched", "durable", "now", "tape")

    def __init__(self, mark: Mark) -> None:
        self.tape, self.durable, self.batched, self.now = mark

    def row(self) -> Mark:
        """The mark as it stands."""
        return Mark(self.tape, self.durable, self.batched, self.now)


class Fence(NamedTuple):
    """From here on in the queue only steps of ``epoch`` and later are written for this actor."""

    actor: str
    epoch: int


class Batch:
    """The rows of one transaction."""

    def __init__(self, recorded_at: int) -> None:
        self.recorded_at = recorded_at
        self.events: list[tuple[Any, ...]] = []
        self.committed: list[CommittedEvent] = []
        self.projected: dict[str, list[tuple[Any, ...]]] = {}
        self.bars: list[tuple[Any, ...]] = []
        self.tape: dict[str, list[MarketUpdate]] = {}
        self.prices: dict[str, PriceUpdated] = {}
        self.commands: list[tuple[Any, ...]] = []
        self.touched: set[str] = set()
        self.refused: list[Step] = []
        self.unwritten: list[Step] = []
        self.answers: list[tuple[Step, CommandResult]] = []

    def add_event(self, sequence: int, event: Event, actor: str, epoch: int) -> None:
        """One event under its sequence."""
        row = (
            sequence,
            event.id,
            event.ts,
            self.recorded_at,
            type(event).__name__,
            VERSION,
            actor,
            epoch,
            event.cause,
            getattr(event, "symbol", ""),
            encode(event),
        )
        self.events.append(row)
        self.committed.append(CommittedEvent(sequence, self.recorded_at, actor, event))

    def project(self, rows: list[tuple[str, tuple[Any, ...]]]) -> None:
        """Rows of projected tables, grouped by statement."""
        for statement, values in rows:
            self.projected.setdefault(statement, []).append(values)

    def add_bars(self, bars: Sequence[Bar]) -> None:
        """Published bars."""
        self.bars += [_bar_row(bar) for bar in bars]

    def write(self, connection: sqlite3.Connection, marks: list[tuple[Any, ...]]) -> None:
        """Execute everything and commit. Raises sqlite3.Error with the transaction still open."""
        connection.execute("BEGIN IMMEDIATE")
        _many(connection, INSERT_TAPE, [_tape_row(s, u) for s, u in self.tape.items()])
        _many(connection, INSERT_BAR, self.bars)
        _many(connection, PUT_PRICE, [(s, encode(price)) for s, price in self.prices.items()])
        _many(connection, INSERT_EVENT, self.events)
        for statement in STATEMENTS:
            _many(connection, statement, self.projected.get(statement, []))
        _many(connection, INSERT_COMMAND, self.commands)
        _many(connection, PUT_MARK, marks)
        connection.execute("COMMIT")


def _many(connection: sqlite3.Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        connection.executemany(statement, rows)


def _tape_row(symbol: str, updates: list[MarketUpdate]) -> tuple[Any, ...]:
    first, last = updates[0], updates[-1]
    return (symbol, first.index, last.index, first.ts, last.ts, encode_block(updates))


def _bar_row(bar: Any) -> tuple[Any, ...]:
    return (
        bar.symbol,
        bar.timeframe,
        bar.index,
        bar.start,
        bar.end,
        bar.open,
        bar.high,
        bar.low,
        bar.close,
        bar.volume,
        bar.count,
        int(bar.full),
        bar.session,
        bar.gap_before,
        bar.first_index,
        bar.last_index,
        int(bar.history),
    )


def command_row(command: Command, now: int, recorded_at: int, result: CommandResult) -> tuple[Any, ...]:
    """The audit row of one command that was carried out."""
    return (
        command.request_id,
        type(command).__name__,
        now,
        recorded_at,
        command.by,
        command.reason,
        encode(command),
        "done" if not result.already_applied else "already applied",
        encode(result),
    )
