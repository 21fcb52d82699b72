"""The statements that write projected rows, and the projections that need no memory.

Decides the SQL of every projected row and the rows of events that stand for themselves: signals, scores,
decisions, trades, snapshots, days, state changes. Knows no connection and keeps nothing; orders, positions
and locks are in ``projection``.
"""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

import msgspec
from msgspec.structs import astuple

from tradingfloor.actors import messages as m
from tradingfloor.actors.types import Refusal, TradingState

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
    replace,
    select,
)

Rows = Sequence[tuple[str, tuple[Any, ...]]]
"""Statements with their parameters, in order."""

PUT_SIGNAL = replace(SignalRow)
SCORE_SIGNAL = (
    "UPDATE auto_signals SET score_id = ?, score = ?, outcome = ?, trading = ?, evidence = ?, opposition = ?,"
    " bias = ?, opposite_score = ?, weights = ?, families = ? WHERE signal_id = ?"
)
PUT_DECISION = replace(DecisionRow)
PUT_ORDER = replace(OrderRow)
PUT_FILL = replace(FillRow)
PUT_POSITION = replace(PositionRow)
PUT_TRADE = replace(TradeRow)
PUT_LOCK = replace(LockRow)
PUT_SNAPSHOT = replace(SnapshotRow)
PUT_DAY = replace(DayRow)
PUT_STATE = replace(StateRow)
KEEP_CONFIG = (
    "INSERT OR IGNORE INTO algorithm_configs VALUES"
    " (?, ?, ?, coalesce((SELECT recorded_at FROM events WHERE sequence = ?), 0))"
)
"""Hash, version label, canonical JSON, and the sequence of the revision that brought it."""

STATEMENTS = (
    PUT_SIGNAL,
    SCORE_SIGNAL,
    PUT_DECISION,
    PUT_ORDER,
    PUT_FILL,
    PUT_POSITION,
    PUT_TRADE,
    PUT_LOCK,
    PUT_SNAPSHOT,
    PUT_DAY,
    PUT_STATE,
    KEEP_CONFIG,
)
"""Every statement a projection can ask for, in the order in which a commit executes them."""

WORKING_ORDERS = (
    select(OrderRow) + " WHERE status IN ('APPROVED', 'WORKING', 'TRIGGERED', 'PARTIALLY_FILLED')"
    " ORDER BY sequence"
)
"""All orders that may still fill."""


def _values(row: type[Row], *computed: str, **renamed: str) -> Callable[[m.Event], tuple[Any, ...]]:
    """Reads a row's values off an event that names its fields alike, but for the renamed ones.

    The computed columns and ``sequence`` are left out; the caller puts them at their place.
    """
    names = [name for name in row.__struct_fields__ if name not in ("sequence", *computed)]
    return attrgetter(*(renamed.get(name, name) for name in names))


_SCORE_COLUMNS = SignalRow.__struct_fields__[SignalRow.__struct_fields__.index("score_id") :]
_UNSCORED = (None,) * len(_SCORE_COLUMNS)
_signal = _values(SignalRow, *_SCORE_COLUMNS, signal_id="id", direction="direction.real")
_fill = _values(FillRow, fill_id="id", role="role._value_", side="side._value_")
_trade = _values(TradeRow, trade_id="id", direction="direction.real", exit_role="exit_role._value_")
_snapshot = _values(SnapshotRow)
_day = _values(DayRow)


_encoder = msgspec.json.Encoder()


def _json(value: object) -> str:
    return _encoder.encode(value).decode()


def signal_raised(e: m.SignalRaised, sequence: int) -> Rows:
    """The row of a new signal, its score still empty."""
    return [(PUT_SIGNAL, (sequence, *_signal(e), *_UNSCORED))]


def fill_row(e: m.OrderFilled, sequence: int) -> Rows:
    """The row of one execution."""
    return [(PUT_FILL, (sequence, *_fill(e)))]


def trade_closed(e: m.TradeClosed, sequence: int) -> Rows:
    """The row of a closed round trip."""
    return [(PUT_TRADE, (sequence, *_trade(e)))]


def position_snapshot(e: m.PositionSnapshot, sequence: int) -> Rows:
    """The row of an open position at a session close."""
    return [(PUT_SNAPSHOT, (*_snapshot(e), sequence))]


def day_closed(e: m.DayClosed, sequence: int) -> Rows:
    """The row of a session."""
    return [(PUT_DAY, (*_day(e), sequence))]


def signal_scored(e: m.SignalScored, _sequence: int) -> Rows:
    """The score columns of a signal."""
    p = e.parts
    numbers = (p.trading, p.evidence, p.opposition, p.bias, p.opposite_score)
    texts = (_json(p.weights), _json(p.families))
    return [(SCORE_SIGNAL, (e.id, e.score, e.outcome._value_, *numbers, *texts, e.signal_id))]


def decision_made(e: m.DecisionMade, sequence: int) -> Rows:
    """The row of a decision with all its gates."""
    shadow = e.approved and e.reason is Refusal.SHADOW
    row = DecisionRow(
        sequence=sequence,
        decision_id=e.id,
        ts=e.ts,
        score_id=e.cause,
        signal_id=e.signal_id,
        symbol=e.symbol,
        timeframe=e.timeframe,
        direction=e.direction.real,
        score=e.score,
        outcome="SHADOW" if shadow else "APPROVED" if e.approved else "DENIED",
        reason=e.reason._value_ if e.reason is not None else None,
        gate_set=e.gate_set,
        passed=e.passed,
        gates=_json(e.gates),
        quantity=e.quantity,
        notional=e.notional,
        config=e.config,
    )
    return [(PUT_DECISION, astuple(row))]


def state_changed(e: m.TradingStateChanged, sequence: int) -> Rows:
    """The new trading state."""
    return _state(e, e.state, sequence)


def config_revised(e: m.ConfigRevised, sequence: int) -> Rows:
    """The whole config from now on, once."""
    label = msgspec.json.decode(e.settings)["algorithm"]
    return [(KEEP_CONFIG, (e.config, label, e.settings, sequence))]


def killed(e: m.Killed, sequence: int) -> Rows:
    """KILLED, with the latch's id."""
    return _state(e, TradingState.KILLED, sequence, kill_id=e.id, policy=e.policy._value_)


def rearmed(e: m.Rearmed, sequence: int) -> Rows:
    """STOPPED; the latch is open."""
    return _state(e, TradingState.STOPPED, sequence)


def _state(
    e: m.TradingStateChanged | m.Killed | m.Rearmed,
    state: TradingState,
    sequence: int,
    kill_id: bytes = b"",
    policy: str = "",
) -> Rows:
    row = StateRow(
        state=state._value_,
        since=e.ts,
        kill_id=kill_id,
        policy=policy,
        request_id=e.request_id,
        reason=e.reason,
        by=e.by,
        sequence=sequence,
    )
    return [(PUT_STATE, astuple(row))]
