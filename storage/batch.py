"""The rows of one transaction, collected and then written at once.

Decides the SQL of everything that is not projected: events, tape blocks, bars, prices, commands, marks. Knows
no order of steps and no kill; ``journal`` fills it.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from tradingfloor.actors.messages import Bar, Command, Event, MarketUpdate, PriceUpdated
from tradingfloor.actors.runtime.journal import CommittedEvent, Step
from tradingfloor.actors.status import CommandResult

from .codec import VERSION, encode, encode_block
from .progress import Progress
from .projection import STATEMENTS

INSERT_EVENT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
PUT_MARK = "INSERT OR REPLACE INTO marks VALUES (?, ?, ?, ?, ?, ?)"
INSERT_TAPE = "INSERT INTO tape VALUES (?, ?, ?, ?, ?, ?)"
INSERT_BAR = "INSERT INTO bars VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
PUT_PRICE = "INSERT OR REPLACE INTO prices VALUES (?, ?)"
INSERT_COMMAND = "INSERT OR IGNORE INTO commands VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


class Batch:
    """The rows of one transaction."""

    def __init__(self, recorded_at: int, known: frozenset[bytes] = frozenset()) -> None:
        self.recorded_at = recorded_at
        self.known = known
        """Ids of events that the journal holds already."""
        self.events: list[tuple[int, str, int, Event]] = []
        """(sequence, actor, epoch, event) in sequence."""
        self.projected: dict[str, list[tuple[Any, ...]]] = {statement: [] for statement in STATEMENTS}
        self.bars: list[Bar] = []
        self.tape: dict[str, list[MarketUpdate]] = {}
        self.prices: dict[str, PriceUpdated] = {}
        self.commands: list[tuple[Any, ...]] = []
        self.refused: list[Step] = []
        self.unwritten: list[Step] = []
        self.answers: list[tuple[Step, CommandResult]] = []

    @property
    def committed(self) -> list[CommittedEvent]:
        """The events as their readers get them."""
        at = self.recorded_at
        return [CommittedEvent(sequence, at, actor, event) for sequence, actor, _, event in self.events]

    def _event_rows(self) -> list[tuple[Any, ...]]:
        at = self.recorded_at
        return [
            (
                sequence,
                event.id,
                event.ts,
                at,
                type(event).__name__,
                VERSION,
                actor,
                epoch,
                event.cause,
                getattr(event, "symbol", ""),
                encode(event),
            )
            for sequence, actor, epoch, event in self.events
        ]

    def write(self, connection: sqlite3.Connection, moved: Iterable[Progress]) -> None:
        """Execute everything and commit. Raises sqlite3.Error with the transaction still open."""
        connection.execute("BEGIN IMMEDIATE")
        _many(connection, INSERT_TAPE, [_tape_row(s, u) for s, u in self.tape.items()])
        _many(connection, INSERT_BAR, [_bar_row(bar) for bar in self.bars])
        _many(connection, PUT_PRICE, [(s, encode(price)) for s, price in self.prices.items()])
        _many(connection, INSERT_EVENT, self._event_rows())
        for statement, rows in self.projected.items():
            _many(connection, statement, rows)
        _many(connection, INSERT_COMMAND, self.commands)
        _many(connection, PUT_MARK, [progress.row() for progress in moved])
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
