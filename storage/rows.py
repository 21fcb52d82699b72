"""The rows of the projected tables, one struct per table, and the SQL derived from them.

Decides the column order of every projected table once: projection writes by it, queries read by it. Knows
no event. Values are as stored: ids bytes, times int nanoseconds UTC, money and prices int nanos, enumerated
words as text. Field names are column names.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, TypeVar

import msgspec

from tradingfloor.actors.messages import GateResult


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Root of all rows."""

    TABLE: ClassVar[str]


class SignalRow(Row, frozen=True, kw_only=True):
    """One entry signal with its confluence score; the score's columns are None until it is scored."""

    TABLE: ClassVar[str] = "auto_signals"

    sequence: int
    signal_id: bytes
    ts: int
    symbol: str
    timeframe: str
    detector: str
    kind: str
    family: str
    direction: int
    origin_bar: int
    bar: int
    entry: int
    stop: int
    target: int
    top: int
    bottom: int
    strength: float
    volume_ratio: float
    first_index: int
    last_index: int
    config: str
    context: bool
    score_id: bytes | None = None
    score: float | None = None
    outcome: str | None = None
    trading: float | None = None
    evidence: float | None = None
    opposition: float | None = None
    bias: float | None = None
    opposite_score: float | None = None
    weights: str | None = None
    """JSON [[class, weight], ...]."""
    families: str | None = None
    """JSON [[timeframe, family, evidence], ...]."""


class DecisionRow(Row, frozen=True, kw_only=True):
    """All gates of one scored signal."""

    TABLE: ClassVar[str] = "auto_decisions"

    sequence: int
    decision_id: bytes
    ts: int
    score_id: bytes
    signal_id: bytes
    symbol: str
    timeframe: str
    direction: int
    score: float
    outcome: str
    """``APPROVED`` | ``SHADOW`` (approved, but the floor places no orders) | ``DENIED``."""
    reason: str | None
    gate_set: int
    passed: int
    gates: str
    quantity: int
    notional: int
    config: str

    @property
    def gate_results(self) -> tuple[GateResult, ...]:
        """The gates in the order of their set."""
        return msgspec.json.decode(self.gates, type=tuple[GateResult, ...])


class OrderRow(Row, frozen=False, kw_only=True):  # type: ignore[misc]  # a rule of dataclasses, not of Structs
    """One order and how far it came; written over in place while it works."""

    TABLE: ClassVar[str] = "orders"

    sequence: int
    order_id: bytes
    ts: int
    symbol: str
    role: str
    side: str
    status: str
    quantity: int
    filled: int = 0
    price: int = 0
    filled_value: int = 0
    fees: int = 0
    reserved: int = 0
    stop: int = 0
    target: int = 0
    active_ts: int = 0
    reduce_only: bool = False
    reason: str | None = None
    parent_id: bytes = b""
    decision_id: bytes = b""
    signal_id: bytes = b""
    kill_id: bytes = b""
    order_type: str = "MARKET"
    time_in_force: str = "GTC"
    limit_price: int = 0
    trail: int = 0
    expires_ts: int = 0
    updated_ts: int
    updated_sequence: int

    @property
    def remaining(self) -> int:
        """What has not been filled."""
        return self.quantity - self.filled


class FillRow(Row, frozen=True, kw_only=True):
    """One execution."""

    TABLE: ClassVar[str] = "fills"

    sequence: int
    fill_id: bytes
    ts: int
    order_id: bytes
    symbol: str
    role: str
    side: str
    quantity: int
    price: int
    fee: int
    realised: int
    done: bool
    range_low: int
    range_high: int
    raw_price: int
    model: str
    first_index: int
    last_index: int
    kill_id: bytes


class PositionRow(Row, frozen=True, kw_only=True):
    """What is held of one symbol, and what it has earned since its first fill; flat has quantity 0."""

    TABLE: ClassVar[str] = "positions"

    symbol: str
    quantity: int
    cost: int
    realised: int
    fees: int
    opened_ts: int
    updated_ts: int
    updated_sequence: int


class TradeRow(Row, frozen=True, kw_only=True):
    """One closed round trip."""

    TABLE: ClassVar[str] = "trades"

    sequence: int
    trade_id: bytes
    ts: int
    symbol: str
    direction: int
    quantity: int
    entry_ts: int
    entry_price: int
    exit_price: int
    realised: int
    fees: int
    net: int
    entry_order: bytes
    exit_role: str
    signal_id: bytes


class LockRow(Row, frozen=True, kw_only=True):
    """The newest setting of one lock."""

    TABLE: ClassVar[str] = "locks"

    lock: str
    symbol: str
    active: bool
    reason: str
    detail: str
    since: int
    until: int
    ended: int
    sequence: int


class SnapshotRow(Row, frozen=True, kw_only=True):
    """One open position at one session close."""

    TABLE: ClassVar[str] = "position_snapshots"

    session: int
    symbol: str
    ts: int
    quantity: int
    cost: int
    price: int
    unrealised: int
    sequence: int


class DayRow(Row, frozen=True, kw_only=True):
    """The result of one session."""

    TABLE: ClassVar[str] = "daily_performance"

    session: int
    ts: int
    trades: int
    wins: int
    losses: int
    realised: int
    fees: int
    equity_open: int
    equity_close: int
    max_drawdown: int
    sequence: int


class StateRow(Row, frozen=True, kw_only=True):
    """The trading state and what led to it."""

    TABLE: ClassVar[str] = "auto_trade_state"

    id: int = 1
    state: str
    since: int
    kill_id: bytes = b""
    policy: str = ""
    request_id: str
    reason: str
    by: str
    sequence: int


PROJECTED: tuple[type[Row], ...] = (
    SignalRow,
    DecisionRow,
    OrderRow,
    FillRow,
    PositionRow,
    TradeRow,
    LockRow,
    SnapshotRow,
    DayRow,
    StateRow,
)
"""Every projected table; all of them can be rebuilt from the events."""

R = TypeVar("R", bound=msgspec.Struct)


def columns(row: type[msgspec.Struct]) -> str:
    """The column list of a row type, quoted for SQL."""
    return ", ".join(f'"{name}"' for name in row.__struct_fields__)


def select(row: type[Row]) -> str:
    """``SELECT`` of all columns of a table, without a condition."""
    return f"SELECT {columns(row)} FROM {row.TABLE}"  # noqa: S608 - names from this module only


def replace(row: type[Row]) -> str:
    """The absolute upsert of one row; parameters in field order."""
    marks = ", ".join("?" * len(row.__struct_fields__))
    return f"INSERT OR REPLACE INTO {row.TABLE} ({columns(row)}) VALUES ({marks})"  # noqa: S608


def read(row: type[R], values: Sequence[Any]) -> R:
    """A struct from the column values in field order; 0 and 1 become bools where the field is one."""
    return msgspec.convert(dict(zip(row.__struct_fields__, values, strict=True)), row, strict=False)
