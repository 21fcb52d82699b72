"""One number for everything the floor decided: the SHA-256 of its ledger.

Decides what of an event counts: kind, version, ts, id, cause and body, in sequence, of the kinds that the
routing table marks as ledger. When it was recorded, by which incarnation, and what was only diagnostics or
market input does not count, so an interrupted run and an uninterrupted one agree. Input: events or a store;
output: hex digits, comparable within one build and machine.
"""

import sqlite3
from hashlib import sha256

import msgspec

from tradingfloor.actors.messages import Event
from tradingfloor.actors.routing import ROUTES

from .codec import KINDS, VERSION, encode

LEDGER_KINDS = frozenset(name for name, kind in KINDS.items() if ROUTES[kind].ledger)
"""Names of the kinds that belong to the ledger."""

_pack = msgspec.msgpack.Encoder().encode


class LedgerHash:
    """The hash of a growing ledger; feed it every event in sequence."""

    def __init__(self) -> None:
        self._digest = sha256()
        self.count = 0
        """Ledger events taken in so far."""

    def add(self, event: Event) -> None:
        """Take in one event of this build; other kinds than the ledger's change nothing."""
        kind = type(event).__name__
        if kind in LEDGER_KINDS:
            self.add_stored((kind, VERSION, event.ts, event.id, event.cause, encode(event)))

    def add_stored(self, row: tuple[str, int, int, bytes, bytes, bytes]) -> None:
        """Take in one stored ledger event: (kind, version, ts, id, cause, body) as in the journal."""
        self._digest.update(_pack(row))
        self.count += 1

    def hexdigest(self) -> str:
        """64 hex digits over all ledger events so far."""
        return self._digest.hexdigest()


def ledger_hash(connection: sqlite3.Connection) -> str:
    """The hash of a store's whole ledger."""
    result = LedgerHash()
    marks = ", ".join("?" * len(LEDGER_KINDS))
    # Kinds are filtered here and not through the kind index, whose order would have to be sorted.
    query = (
        f"SELECT kind, version, ts, id, cause, body FROM events WHERE +kind IN ({marks}) ORDER BY sequence"  # noqa: S608
    )
    for row in connection.execute(query, sorted(LEDGER_KINDS)):
        result.add_stored(row)
    return result.hexdigest()
