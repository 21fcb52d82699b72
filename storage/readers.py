"""The two ways of reading a store: awaiting, over aiosqlite, and at once, over sqlite3.

Decides how a read-only connection is opened and how a plan of ``queries`` is run on it. Knows no SQL. Both
readers have the same methods; every call sees all commits made before it. Input: the path of a store of
this schema; NotFound when there is none, StoreMismatch when its schema is another.
"""

import sqlite3
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Concatenate, Generic, NamedTuple, ParamSpec, Self, TypeVar
from urllib.parse import quote

import aiosqlite

from tradingfloor.actors.errors import NotFound

from . import outcomes, queries
from . import why as chains
from .migrate import BUSY_TIMEOUT_MS, check_version
from .queries import Plan, Select

P = ParamSpec("P")
T = TypeVar("T")


def read_only_uri(path: str | Path) -> str:
    """The address under which sqlite opens a store for reading only. Raises NotFound without a file."""
    if not Path(path).is_file():
        raise NotFound(f"{path}: no such store")
    return f"file:{quote(str(path))}?mode=ro"


class _Done(NamedTuple, Generic[T]):
    """A plan's answer, told apart from what it still wants."""

    answer: T


def _next(plan: Plan[T], rows: list[Any] | None) -> Select | _Done[T]:
    try:
        return plan.send(rows) if rows is not None else next(plan)
    except StopIteration as end:
        return _Done(end.value)


def _awaited(query: Callable[P, Plan[T]]) -> "Callable[Concatenate[Reader, P], Coroutine[Any, Any, T]]":
    async def method(self: "Reader", /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.run(query(*args, **kwargs))

    method.__doc__ = query.__doc__
    return method


def _called(query: Callable[P, Plan[T]]) -> "Callable[Concatenate[SyncReader, P], T]":
    def method(self: "SyncReader", /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.run(query(*args, **kwargs))

    method.__doc__ = query.__doc__
    return method


class Reader:
    """A store read by coroutines; get it by ``open``, give it back by ``close`` or ``async with``."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, path: str | Path) -> Self:
        """A reader of the store at ``path``."""
        reader = cls(await aiosqlite.connect(read_only_uri(path), uri=True, isolation_level=None))
        try:
            await reader._connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
            check_version(await reader.run(queries.schema_version()), path)
        except BaseException:
            await reader.close()
            raise
        return reader

    async def close(self) -> None:
        """End the connection and its thread; a second time does nothing."""
        await self._connection.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def run(self, plan: Plan[T]) -> T:
        """The answer of one plan."""
        rows: list[Any] | None = None
        while True:
            wanted = _next(plan, rows)
            if not isinstance(wanted, Select):
                return wanted.answer
            rows = list(await self._connection.execute_fetchall(*wanted))

    events = _awaited(queries.events)
    bounds = _awaited(queries.bounds)
    counts = _awaited(queries.counts)
    meta = _awaited(queries.meta)
    signals = _awaited(queries.signals)
    decisions = _awaited(queries.decisions)
    orders = _awaited(queries.orders)
    working_orders = _awaited(queries.working_orders)
    fills = _awaited(queries.fills)
    trades = _awaited(queries.trades)
    positions = _awaited(queries.positions)
    locks = _awaited(queries.locks)
    snapshots = _awaited(queries.snapshots)
    days = _awaited(queries.days)
    state = _awaited(queries.state)
    bars = _awaited(queries.bars)
    commands = _awaited(queries.commands)
    dead_letters = _awaited(queries.dead_letters)
    alerts = _awaited(queries.alerts)
    backtests = _awaited(queries.backtests)
    configs = _awaited(queries.configs)
    decision = _awaited(chains.decision)
    why = _awaited(chains.why)
    signal_counts = _awaited(outcomes.signal_counts)
    trade_outcomes = _awaited(outcomes.trade_outcomes)


class SyncReader:
    """The same over a sqlite3 connection, for whoever has a thread of his own."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """A reader of the store at ``path``."""
        reader = cls(sqlite3.connect(read_only_uri(path), uri=True, isolation_level=None))
        try:
            reader._connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
            check_version(reader.run(queries.schema_version()), path)
        except BaseException:
            reader.close()
            raise
        return reader

    def close(self) -> None:
        """End the connection; a second time does nothing."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, plan: Plan[T]) -> T:
        """The answer of one plan."""
        rows: list[Any] | None = None
        while True:
            wanted = _next(plan, rows)
            if not isinstance(wanted, Select):
                return wanted.answer
            rows = self._connection.execute(*wanted).fetchall()

    events = _called(queries.events)
    bounds = _called(queries.bounds)
    counts = _called(queries.counts)
    meta = _called(queries.meta)
    signals = _called(queries.signals)
    decisions = _called(queries.decisions)
    orders = _called(queries.orders)
    working_orders = _called(queries.working_orders)
    fills = _called(queries.fills)
    trades = _called(queries.trades)
    positions = _called(queries.positions)
    locks = _called(queries.locks)
    snapshots = _called(queries.snapshots)
    days = _called(queries.days)
    state = _called(queries.state)
    bars = _called(queries.bars)
    commands = _called(queries.commands)
    dead_letters = _called(queries.dead_letters)
    alerts = _called(queries.alerts)
    backtests = _called(queries.backtests)
    configs = _called(queries.configs)
    decision = _called(chains.decision)
    why = _called(chains.why)
    signal_counts = _called(outcomes.signal_counts)
    trade_outcomes = _called(outcomes.trade_outcomes)
