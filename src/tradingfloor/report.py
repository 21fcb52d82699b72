"""The account's report of one session, beside the store: as text for people, as JSON for programs.

Decides what stands in it and that a file is whole: each is written under another name first. Everything is
read from the store, as of the session's close, so the same session gives the same report whenever it is
asked for. Knows no running engine. Input: a store, a session; output: two files.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec

from tradingfloor.actors.config import Config
from tradingfloor.actors.config_revision import carried
from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.domain.instruments import instrument
from tradingfloor.actors.domain.moments import told
from tradingfloor.actors.errors import NotFound
from tradingfloor.actors.messages import AccountCompared, ConfigRevised, EngineBooted, ScheduleHandled
from tradingfloor.actors.types import ScheduleOutcome
from tradingfloor.storage.queries import matching
from tradingfloor.storage.readers import SyncReader
from tradingfloor.storage.records import ConfigRow
from tradingfloor.storage.rows import DayRow, SnapshotRow, TradeRow
from tradingfloor.storage.sessions import closed_session, held_at_close, refusals_by_gate, trades_between

from .limit_use import Use, limit_use
from .report_text import text_of
from .whole_file import write_whole

ALL = 1 << 62
"""A limit that limits nothing."""


class Trade(msgspec.Struct, frozen=True, kw_only=True):
    """One round trip that was closed in the session; money and prices in nanos, times in ns UTC."""

    symbol: str
    direction: int
    """1 = long, -1 = short."""
    quantity: int
    entry_ts: int
    exit_ts: int
    entry_price: int
    exit_price: int
    exit_role: str
    fees: int
    net: int
    trade_id: str
    """Hex, as ``explain`` takes it."""


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """One position that was open at the close; money and prices in nanos."""

    symbol: str
    quantity: int
    cost: int
    price: int
    unrealised: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One session of the account. Money in nanos."""

    session: str
    """Its date."""
    closed: int
    """ns UTC."""
    equity_open: int
    equity_close: int
    result: int
    """equity_close - equity_open."""
    realised: int
    fees: int
    max_drawdown: int
    entries: int
    """Entries that filled."""
    wins: int
    losses: int
    trades: tuple[Trade, ...]
    positions: tuple[Holding, ...]
    limits: tuple[Use, ...]
    """As of the close; see ``limit_use``."""
    refused: dict[str, int]
    """Gate -> denied decisions that it failed, alone or among others; most first."""
    missed: tuple[str, ...]
    """Entries of the schedule that nobody was there for, told since the close before, oldest first."""


def is_closed(store: Path, session: int) -> bool:
    """Whether the store holds the session's row and the positions that were open at its close."""
    with SyncReader.open(store) as reader:
        span = reader.run(closed_session(session))
        if span is None or span.day.session != session:
            return False
        compared = reader.events(span.day.sequence, ALL, (AccountCompared.__name__,))
        return any(
            isinstance(row.event, AccountCompared) and row.event.session == session for row in compared
        )


def write(store: Path, session: int, until: int) -> tuple[Path, Path]:
    """Report on the newest closed session up to the ordinal ``session``, as known at the instant ``until``.

    Returns the text's and the JSON's path. Raises NotFound when no such session is closed.
    """
    report = report_of(store, session, until)
    name = f"{store.stem}.report-{report.session}"
    text, data = store.with_name(f"{name}.txt"), store.with_name(f"{name}.json")
    write_whole(text, lambda part: part.write_bytes(text_of(report).encode()))
    write_whole(data, lambda part: part.write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n"))
    return text, data


def report_of(store: Path, session: int, until: int) -> Report:
    """The report that ``write`` writes. Raises NotFound as it does."""
    with SyncReader.open(store) as reader:
        span = reader.run(closed_session(session))
        if span is None:
            raise NotFound("no session is closed yet")
        day = span.day
        trades = reader.run(trades_between(span.after, day.sequence))
        held = reader.run(held_at_close(day.session))
        config = _in_force(reader, day)
        return Report(
            session=date.fromordinal(day.session).isoformat(),
            closed=day.ts,
            equity_open=day.equity_open,
            equity_close=day.equity_close,
            result=day.equity_close - day.equity_open,
            realised=day.realised,
            fees=day.fees,
            max_drawdown=day.max_drawdown,
            entries=day.trades,
            wins=day.wins,
            losses=day.losses,
            trades=tuple(map(_trade, trades)),
            positions=tuple(map(_holding, held)),
            limits=limit_use(config, day, trades, held),
            refused=reader.run(refusals_by_gate(span.after, day.sequence)),
            missed=tuple(_missed(reader, config, span.after, until)),
        )


def _trade(row: TradeRow) -> Trade:
    return Trade(
        symbol=row.symbol,
        direction=row.direction,
        quantity=row.quantity,
        entry_ts=row.entry_ts,
        exit_ts=row.ts,
        entry_price=row.entry_price,
        exit_price=row.exit_price,
        exit_role=row.exit_role,
        fees=row.fees,
        net=row.net,
        trade_id=row.trade_id.hex(),
    )


def _holding(row: SnapshotRow) -> Holding:
    return Holding(
        symbol=row.symbol,
        quantity=row.quantity,
        cost=row.cost,
        price=row.price,
        unrealised=row.unrealised,
    )


def _in_force(reader: SyncReader, day: DayRow) -> Config:
    """The config that held when the session was closed: its engine's own, with the revisions until then."""
    config = Config()
    kinds = (EngineBooted.__name__, ConfigRevised.__name__)
    told_until = [row.event for row in reader.events(0, ALL, kinds) if row.sequence <= day.sequence]
    boots = [event for event in told_until if isinstance(event, EngineBooted)]
    if boots and (rows := reader.run(matching(ConfigRow, "config", boots[-1].config))):
        config = msgspec.json.decode(rows[0].body, type=Config)
    for event in told_until:
        if isinstance(event, ConfigRevised):
            config = carried(config, event.changes)
    return config


def _missed(reader: SyncReader, config: Config, after: int, until: int) -> Iterator[str]:
    first = config.symbols[0]
    known = instrument(first, config.instruments.get(first))
    market = calendar(known.calendar, known.timezone)
    for row in reader.events(after, ALL, (ScheduleHandled.__name__,)):
        event = row.event
        if (
            isinstance(event, ScheduleHandled)
            and event.outcome is ScheduleOutcome.MISSED
            and event.ts <= until
        ):
            yield told(event.entry, event.due, market)
