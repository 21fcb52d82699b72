"""What comes again: events and commands that the journal holds already.

Decides whether one is the very same, which is then written and carried out once, or another under a used id,
which is refused. Knows no transaction. Input: steps, or a command; output: the ids that are there, with their
sequences, and the answer that was given.
"""

import sqlite3
from collections.abc import Sequence

import msgspec

from tradingfloor.actors.errors import BadCommand, JournalConflict
from tradingfloor.actors.messages import Command, Event
from tradingfloor.actors.runtime.journal import Step
from tradingfloor.actors.status import CommandResult
from tradingfloor.actors.types import Refusal

from .codec import encode


def held(connection: sqlite3.Connection, steps: Sequence[Step]) -> frozenset[bytes]:
    """Ids among the steps' events that the journal holds already, with the very same body.

    Raises JournalConflict for an id that comes with another body, or twice in one commit.
    """
    known = set()
    fresh = set()
    for step in steps:
        for event in step.outputs:
            if not isinstance(event, Event):
                continue
            row = connection.execute("SELECT body FROM events WHERE id = ?", (event.id,)).fetchone()
            if row is not None and row[0] != encode(event):
                raise JournalConflict(f"{type(event).__name__} {event.id.hex()} came with another body")
            if row is not None:
                known.add(event.id)
            elif event.id in fresh:
                raise JournalConflict(f"{type(event).__name__} {event.id.hex()} came twice in one commit")
            fresh.add(event.id)
    return frozenset(known)


def sequences(connection: sqlite3.Connection, steps: Sequence[Step]) -> dict[bytes, int]:
    """The sequence of each event that the steps handled or decided and the journal holds already, by id."""
    events = [each for step in steps for each in (step.envelope.message, *step.outputs)]
    found = {}
    for event_id in {event.id for event in events if isinstance(event, Event)}:
        row = connection.execute("SELECT sequence FROM events WHERE id = ?", (event_id,)).fetchone()
        if row is not None:
            found[event_id] = row[0]
    return found


def answered(connection: sqlite3.Connection, command: Command) -> CommandResult | None:
    """The stored answer to a command that was carried out before.

    Raises BadCommand when the request id was used for something else.
    """
    row = connection.execute(
        "SELECT kind, body, result FROM commands WHERE request_id = ?", (command.request_id,)
    ).fetchone()
    if row is None:
        return None
    kind, body, result = row
    if kind != type(command).__name__ or body != encode(command):
        raise BadCommand(
            Refusal.REQUEST_ID_REUSED, f"request id {command.request_id} was used for another command"
        )
    return msgspec.msgpack.decode(result, type=CommandResult)
