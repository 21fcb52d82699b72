"""Everything that may be read from a store, by name.

Decides each query once, as a plan: a generator that yields the SQL it wants answered and returns what the
rows mean. Knows no way of running one; ``readers`` drives the same plans over sqlite3 and over aiosqlite.
Lists come newest first and are cut at ``limit``; ``since`` and ``until`` bound the market time, both
inclusive. Output: events, or rows as stored.
"""

from collections.abc import Collection, Generator, Sequence
from typing import Any, NamedTuple, TypeAlias, TypeVar

from tradingfloor.actors import messages as m
from tradingfloor.actors.runtime.journal import CommittedEvent
from tradingfloor.actors.types import TradingState

from .codec import decode
from .projection import WORKING_ORDERS
from .records import AlertRow, BacktestRow, CommandRow, ConfigRow, DeadLetterRow, read_bar
from .rows import (
    DayRow,
    DecisionRow,
    FillRow,
    LockRow,
    OrderRow,
    PositionRow,
    Row,
    SignalRow,
    SnapshotRow,
    StateRow,
    TradeRow,
    read,
    select,
)

T = TypeVar("T")
R = TypeVar("R", bound=Row)


class Select(NamedTuple):
    """One statement that a plan wants answered."""

    sql: str
    values: Sequence[Any] = ()


Plan: TypeAlias = Generator[Select, list[Any], T]
"""Yields statements, is sent their rows, returns the answer."""


class Bounds(NamedTuple):
    """What the journal holds."""

    oldest: int
    """The oldest sequence; ``last + 1`` when there is none."""
    last: int
    """The newest sequence; 0 before the first."""


# --- the journal --------------------------------------------------------------------------------

_EVENT = "SELECT sequence, recorded_at, actor, kind, version, body FROM events"


def events(
    after: int = 0, limit: int = 1000, kinds: Collection[str] = (), symbols: Collection[str] = ()
) -> Plan[list[CommittedEvent]]:
    """The first ``limit`` events with sequence > ``after``, in sequence; empty filters match everything.

    Events that concern no single symbol have the symbol "": name it to get them beside a symbol's own.
    """
    matches = "sequence > ?"
    values: list[Any] = [after]
    if symbols:
        matches += f" AND symbol IN ({_marks(symbols)})"
        values += symbols
    tail = "ORDER BY sequence LIMIT ?"
    if kinds:
        # One walk of the kind index per kind: IN over all kinds would read or sort the whole journal.
        part = f"SELECT * FROM (SELECT sequence FROM events WHERE kind = ? AND {matches} {tail})"  # noqa: S608
        sql = f"{_EVENT} WHERE sequence IN ({' UNION ALL '.join([part] * len(kinds))}) {tail}"
        values = [value for kind in kinds for value in (kind, *values, limit)]
    else:
        sql = f"{_EVENT} WHERE {matches} {tail}"
    rows = yield Select(sql, (*values, limit))
    return [
        CommittedEvent(sequence, recorded_at, actor, decode(body, kind, version))
        for sequence, recorded_at, actor, kind, version, body in rows
    ]


def bounds() -> Plan[Bounds]:
    """The oldest and the newest sequence."""
    ((oldest, last),) = yield Select("SELECT (SELECT min(sequence) FROM events), max(sequence) FROM events")
    return Bounds(oldest or 1, last or 0)


def counts() -> Plan[dict[str, int]]:
    """How many events of each kind there are."""
    return dict((yield Select("SELECT kind, count(*) FROM events GROUP BY kind")))


def schema_version() -> Plan[int]:
    """The number of the store's schema."""
    ((version,),) = yield Select("PRAGMA user_version")
    return int(version)


def meta() -> Plan[dict[str, Any]]:
    """What the store says of itself: journal id, tape, seed..."""
    return dict((yield Select("SELECT key, value FROM meta")))


# --- projected rows -----------------------------------------------------------------------------


def signals(
    symbol: str | None = None, since: int | None = None, until: int | None = None, limit: int = 100
) -> Plan[list[SignalRow]]:
    """Signals with their scores."""
    return newest(SignalRow, limit, symbol=symbol, since=since, until=until)


def decisions(
    symbol: str | None = None, since: int | None = None, until: int | None = None, limit: int = 100
) -> Plan[list[DecisionRow]]:
    """Decisions with all their gates."""
    return newest(DecisionRow, limit, symbol=symbol, since=since, until=until)


def orders(
    symbol: str | None = None, since: int | None = None, until: int | None = None, limit: int = 100
) -> Plan[list[OrderRow]]:
    """Orders in whatever status."""
    return newest(OrderRow, limit, symbol=symbol, since=since, until=until)


def working_orders() -> Plan[list[OrderRow]]:
    """All orders that may still fill, oldest first."""
    return [read(OrderRow, row) for row in (yield Select(WORKING_ORDERS))]


def fills(
    symbol: str | None = None, since: int | None = None, until: int | None = None, limit: int = 100
) -> Plan[list[FillRow]]:
    """Executions."""
    return newest(FillRow, limit, symbol=symbol, since=since, until=until)


def trades(
    symbol: str | None = None, since: int | None = None, until: int | None = None, limit: int = 100
) -> Plan[list[TradeRow]]:
    """Closed round trips."""
    return newest(TradeRow, limit, symbol=symbol, since=since, until=until)


def positions(*, flat: bool = False) -> Plan[list[PositionRow]]:
    """Open positions by symbol; with ``flat`` those that are closed too."""
    where = "" if flat else " WHERE quantity <> 0"
    return [
        read(PositionRow, row) for row in (yield Select(select(PositionRow) + where + " ORDER BY symbol"))
    ]


def locks(*, ended: bool = False) -> Plan[list[LockRow]]:
    """Locks in force (one with ``until`` may have run out by itself); with ``ended`` all of them."""
    where = "" if ended else " WHERE active = 1"
    return [read(LockRow, row) for row in (yield Select(select(LockRow) + where + " ORDER BY sequence"))]


def snapshots(symbol: str | None = None, limit: int = 100) -> Plan[list[SnapshotRow]]:
    """Open positions at the session closes."""
    return newest(SnapshotRow, limit, symbol=symbol)


def days(limit: int = 100) -> Plan[list[DayRow]]:
    """The result of each session."""
    return newest(DayRow, limit)


def state() -> Plan[StateRow]:
    """The trading state; STOPPED with sequence 0 before anything happened."""
    rows = yield Select(select(StateRow))
    if rows:
        return read(StateRow, rows[0])
    return StateRow(state=TradingState.STOPPED.value, since=0, request_id="", reason="", by="", sequence=0)


# --- what else the store holds ------------------------------------------------------------------


def bars(
    symbol: str, timeframe: str, since: int | None = None, until: int | None = None, limit: int = 1000
) -> Plan[list[m.Bar]]:
    """The newest closed bars whose start lies within the bounds, oldest first."""
    where, values = _where(
        ("symbol = ?", symbol), ("timeframe = ?", timeframe), ("start >= ?", since), ("start <= ?", until)
    )
    rows = yield Select(f"SELECT * FROM bars{where} ORDER BY bar_index DESC LIMIT ?", (*values, limit))  # noqa: S608
    return [read_bar(row) for row in reversed(rows)]


def commands(limit: int = 100) -> Plan[list[CommandRow]]:
    """Commands and their outcomes."""
    return newest(CommandRow, limit, order="recorded_at DESC, request_id")


def dead_letters(limit: int = 100) -> Plan[list[DeadLetterRow]]:
    """Messages that failed two incarnations of their actor."""
    return newest(DeadLetterRow, limit, order="id DESC")


def alerts(limit: int = 100) -> Plan[list[AlertRow]]:
    """Alerts, delivered or not."""
    return newest(AlertRow, limit, order="id DESC")


def backtests(limit: int = 100) -> Plan[list[BacktestRow]]:
    """Finished backtests."""
    return newest(BacktestRow, limit, order="recorded_at DESC, run_id")


def configs(limit: int = 100) -> Plan[list[ConfigRow]]:
    """Every configuration that was in force."""
    return newest(ConfigRow, limit, order="recorded_at DESC, config")


# --- parts --------------------------------------------------------------------------------------


def _marks(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))


def _where(*conditions: tuple[str, Any]) -> tuple[str, list[Any]]:
    """The conditions whose value is not None, as a WHERE clause with its values."""
    held = [(text, value) for text, value in conditions if value is not None]
    clause = " WHERE " + " AND ".join(text for text, _ in held) if held else ""
    return clause, [value for _, value in held]


def newest(
    row: type[R],
    limit: int,
    *,
    symbol: str | None = None,
    since: int | None = None,
    until: int | None = None,
    order: str = "sequence DESC",
) -> Plan[list[R]]:
    """The first ``limit`` rows in ``order``; the filters need columns of their names."""
    where, values = _where(("symbol = ?", symbol), ("ts >= ?", since), ("ts <= ?", until))
    rows = yield Select(f"{select(row)}{where} ORDER BY {order} LIMIT ?", (*values, limit))
    return [read(row, found) for found in rows]


def matching(row: type[R], column: str, value: bytes | str) -> Plan[list[R]]:
    """The rows whose column has the value."""
    rows = yield Select(f"{select(row)} WHERE {column} = ?", (value,))
    return [read(row, found) for found in rows]
