"""The rows that no event implies: marks, commands, dead letters, configs, backtest runs, alerts, bars.

Decides the column order of those tables once. Knows no connection and no event. Ids are bytes, times int
nanoseconds UTC, money and prices int nanos.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec

from tradingfloor.actors.messages import Bar

from .rows import Row


class MarkRow(Row, frozen=True, kw_only=True):
    """What one actor has handled."""

    TABLE: ClassVar[str] = "marks"

    actor: str
    epoch: int
    tape: int
    durable: int
    batched: int
    now: int


class CommandRow(Row, frozen=True, kw_only=True):
    """One command and its outcome."""

    TABLE: ClassVar[str] = "commands"

    request_id: str
    kind: str
    ts: int
    recorded_at: int
    by: str
    reason: str
    body: bytes
    outcome: str
    result: bytes | None


class DeadLetterRow(Row, frozen=True, kw_only=True):
    """A message that failed two incarnations of an actor; ``id`` None lets the store number it."""

    TABLE: ClassVar[str] = "dead_letters"

    id: int | None = None
    actor: str
    recorded_at: int
    message_kind: str
    body: bytes
    error: str


class ConfigRow(Row, frozen=True, kw_only=True):
    """One configuration by its content hash."""

    TABLE: ClassVar[str] = "algorithm_configs"

    config: str
    algorithm: str
    body: str
    recorded_at: int


class BacktestRow(Row, frozen=True, kw_only=True):
    """One finished backtest."""

    TABLE: ClassVar[str] = "backtest_runs"

    run_id: str
    recorded_at: int
    label: str
    algorithm: str
    config: str
    tape: str
    seed: int
    first_ts: int
    last_ts: int
    trades: int
    net: int
    max_drawdown: int
    journal_hash: str
    metrics: str


class AlertRow(Row, frozen=True, kw_only=True):
    """One alert; ``sent_at`` 0 = no sink has taken it yet, ``id`` None lets the store number it."""

    TABLE: ClassVar[str] = "alerts"

    id: int | None = None
    sequence: int
    ts: int
    recorded_at: int
    severity: str
    kind: str
    message: str
    sent_at: int = 0


def read_bar(values: Sequence[Any]) -> Bar:
    """The Bar of one row of ``bars``, all columns in table order."""
    return msgspec.convert(dict(zip(Bar.__struct_fields__, values, strict=True)), Bar, strict=False)
