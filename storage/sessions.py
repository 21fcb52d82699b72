"""What a store holds of one session: its row, and what was journaled between the row before it and its own.

Decides that the rows of the sessions cut the journal: what stands between two of them belongs to the later
one, as risk counted it. Plans as in ``queries``; input: a session's ordinal or sequences; output: rows.
"""

from collections import Counter
from typing import NamedTuple

import msgspec

from tradingfloor.actors.messages import GateResult

from .queries import Plan, Select
from .rows import DayRow, SnapshotRow, TradeRow, read, select


class ClosedSession(NamedTuple):
    """One session that is over, and the part of the journal that is its own."""

    day: DayRow
    after: int
    """Sequence of the row before; 0 = it is the first one."""


def closed_session(until: int) -> Plan[ClosedSession | None]:
    """The newest closed session whose ordinal is at most ``until``."""
    rows = yield Select(f"{select(DayRow)} WHERE session <= ? ORDER BY session DESC LIMIT 2", (until,))
    days = [read(DayRow, row) for row in rows]
    if not days:
        return None
    return ClosedSession(days[0], days[1].sequence if len(days) > 1 else 0)


def trades_between(after: int, until: int) -> Plan[list[TradeRow]]:
    """Round trips closed with ``after`` < sequence <= ``until``, oldest first."""
    where = "WHERE sequence > ? AND sequence <= ? ORDER BY sequence"
    return [read(TradeRow, row) for row in (yield Select(f"{select(TradeRow)} {where}", (after, until)))]


def held_at_close(session: int) -> Plan[list[SnapshotRow]]:
    """The positions that were open at the close of a session, by symbol."""
    sql = f"{select(SnapshotRow)} WHERE session = ? ORDER BY symbol"
    return [read(SnapshotRow, row) for row in (yield Select(sql, (session,)))]


def refusals_by_gate(after: int = 0, until: int = 1 << 62) -> Plan[dict[str, int]]:
    """Gate -> denied decisions that it failed, alone or among others; most first."""
    rows = yield Select(
        "SELECT gates FROM auto_decisions WHERE outcome = 'DENIED' AND sequence > ? AND sequence <= ?",
        (after, until),
    )
    failed: Counter[str] = Counter()
    decode = msgspec.json.Decoder(tuple[GateResult, ...]).decode
    for (gates,) in rows:
        failed.update(gate.gate for gate in decode(gates) if not gate.passed)
    return dict(failed.most_common())
