"""What a store says of its engine without asking it: the status at rest, and what the run came to.

Decides how the figures are put together from the tables. Every figure is what is on disk, so it is the same
before and after a crash. Input: the path of a store; output: an EngineStatus or a Summary. Money in nanos.
"""

from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import msgspec

from tradingfloor.actors.config import Config
from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.domain.moments import told
from tradingfloor.actors.domain.portfolio import Portfolio, Position, Readings
from tradingfloor.actors.messages import EngineBooted, ScheduleHandled
from tradingfloor.actors.runtime.sequencer import MARKET_DATA
from tradingfloor.actors.status import EngineStatus, PositionStatus, QuotesStatus
from tradingfloor.actors.supervisor.agenda import AgendaState
from tradingfloor.actors.types import KillPolicy, TradingState
from tradingfloor.storage.ledger_hash import ledger_hash
from tradingfloor.storage.queries import Plan, Select
from tradingfloor.storage.readers import SyncReader
from tradingfloor.storage.rows import DayRow, PositionRow, StateRow
from tradingfloor.storage.sessions import refusals_by_gate
from tradingfloor.storage.store import Identity
from tradingfloor.storage.view import View

from . import stores

T = TypeVar("T")

ALL = 1 << 62
"""A limit that limits nothing."""


class Outcomes(msgspec.Struct, frozen=True):
    """How the scores of all signals ended."""

    counts: dict[str, int]
    """Outcome -> signals."""
    best: float
    """The highest score of all."""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a store's runs came to."""

    status: EngineStatus
    start: int
    """Starting cash."""
    unrealised: int
    drawdown: int
    """Largest fall of the equity at session closes from its peak."""
    peak: int
    """The equity from which it fell."""
    sessions: int
    outcomes: Outcomes
    blocked: dict[str, int]
    """Gate -> denied decisions that it failed, alone or among others; most first."""
    journal_hash: str
    resumed_at: int
    """Tape index after which the newest run went on; 0 = it began."""

    @property
    def net(self) -> int:
        """Equity less the starting cash."""
        return self.status.equity - self.start


def summary(store: Path) -> Summary:
    """The outcome so far. Raises what ``stores.reading`` raises."""
    status = stored_status(store)
    with stores.reading(store) as reader:
        config = stores.newest_config(reader)
        days = reader.days(limit=ALL)[::-1]
        drawdown, peak = _drawdown(days)
        return Summary(
            status=status,
            start=config.account_nanos,
            unrealised=sum(held.unrealised for held in status.positions),
            drawdown=drawdown,
            peak=peak,
            sessions=len(days),
            outcomes=reader.run(_outcomes()),
            blocked=reader.run(refusals_by_gate()),
            journal_hash=_hash(store),
            resumed_at=_resumed_at(reader),
        )


def stored_status(store: Path) -> EngineStatus:
    """The engine as the store left it. Raises what ``stores.reading`` raises."""
    with stores.reading(store) as reader, closing(View(store)) as view:
        meta, state = reader.meta(), reader.state()
        counts = reader.counts()
        config = stores.newest_config(reader)
        held = reader.positions(flat=True)
        positions = _positions(held, view, config)
        now = view.newest_now()
        killed = state.state == TradingState.KILLED.value
        tape_index = view.mark(MARKET_DATA).tape
        return EngineStatus(
            state=TradingState(state.state),
            state_reason=state.reason,
            journal_id=str(meta.get("journal_id", "")),
            kill_id=state.kill_id.hex() if killed else "",
            pending=tuple(_pending(row, state) for row in positions if killed),
            engine_ts=now,
            last_sequence=reader.bounds().last,
            tape_index=tape_index,
            tape_finished=_remembered(meta, "tape_end", int, 0) == tape_index > 0,
            tape=_identity(meta).feed,
            market_open=_market_open(config, now),
            config=config.content_hash,
            store=str(store),
            bars=reader.run(_count("bars WHERE NOT history")),
            signals=counts.get("SignalRaised", 0),
            decisions=counts.get("DecisionMade", 0),
            orders=reader.run(_count("orders")),
            fills=counts.get("OrderFilled", 0),
            trades=counts.get("TradeClosed", 0),
            positions=positions,
            **msgspec.structs.asdict(_readings(held, view, config)),
            refusals=_remembered(meta, "refusals", tuple[tuple[str, str, int], ...], ()),
            quotes=_remembered(meta, "quotes", tuple[QuotesStatus, ...], ()),
            missed=_missed(reader, config),
            prices=tuple((price.symbol, price.last, price.ts) for price in view.prices()),
        )


def _identity(meta: dict[str, object]) -> Identity:
    try:
        return msgspec.json.decode(str(meta["identity"]), type=Identity)
    except (KeyError, msgspec.DecodeError):
        return Identity("", "", (), ())


def _remembered(meta: dict[str, object], name: str, kind: type[T], missing: T) -> T:
    """What the engine noted under ``name`` when it last came to rest; ``missing`` after a crash before."""
    try:
        return msgspec.json.decode(str(meta[name]), type=kind)
    except (KeyError, msgspec.DecodeError):
        return missing


def refused(status: EngineStatus) -> dict[str, int]:
    """Reason -> refused market rows of all symbols."""
    rows: Counter[str] = Counter()
    for _, reason, number in status.refusals:
        rows[reason] += number
    return dict(rows)


def quotes_json(status: EngineStatus) -> list[dict[str, object]]:
    """What came of the quotes of each underlying, refused ones by reason."""
    return [msgspec.structs.asdict(row) | {"refused": dict(row.refused)} for row in status.quotes]


def _positions(rows: list[PositionRow], view: View, config: Config) -> tuple[PositionStatus, ...]:
    known = stores.instruments(config)
    last = {price.symbol: price.last for price in view.prices()}
    found = []
    for row in rows:
        if row.quantity:
            held = known.get(row.symbol)
            value = row.quantity * last.get(row.symbol, 0) * (held.multiplier if held else 1)
            found.append(
                PositionStatus(
                    symbol=row.symbol,
                    quantity=row.quantity,
                    cost=row.cost,
                    last=last.get(row.symbol, 0),
                    unrealised=value - row.cost if value else 0,
                    unit=held.unit if held else "unit",
                )
            )
    return tuple(found)


def _readings(rows: list[PositionRow], view: View, config: Config) -> Readings:
    """The books as the executor reads them, from the rows of all positions, flat ones included."""
    realised, fees = sum(row.realised for row in rows), sum(row.fees for row in rows)
    held = {row.symbol: Position(row.symbol, row.quantity, row.cost) for row in rows if row.quantity}
    cash = config.account_nanos + realised - fees - sum(row.cost for row in held.values())
    multipliers = {symbol: listed.multiplier for symbol, listed in stores.instruments(config).items()}
    prices = {price.symbol: price.last for price in view.prices()}
    return Portfolio(cash, realised, fees, held).readings(prices, multipliers)


def _pending(held: PositionStatus, state: StateRow) -> str:
    side = "long" if held.quantity > 0 else "short"
    kept = state.policy == KillPolicy.KEEP.value
    return f"{held.symbol} {side} {abs(held.quantity)} {'is kept' if kept else 'waits for the next price'}"


def _missed(reader: SyncReader, config: Config) -> tuple[str, ...]:
    """What the schedule should have done while no engine was there, as the engine tells it."""
    agenda = AgendaState()
    for line in reader.events(0, ALL, (ScheduleHandled.__name__,)):
        if isinstance(line.event, ScheduleHandled):
            agenda.take(line.event)
    held = next(iter(stores.instruments(config).values()), None)
    account = calendar(held.calendar, held.timezone) if held is not None else calendar("24h")
    return tuple(told(entry, at, account) for entry, at in agenda.missed)


def _market_open(config: Config, now: int) -> bool:
    for held in stores.instruments(config).values():
        session = calendar(held.calendar, held.timezone).session_at(now)
        return session is not None and now < session.close
    return False


def _drawdown(days: list[DayRow]) -> tuple[int, int]:
    """(largest fall, the peak it fell from) of the equity at the session closes, oldest first."""
    worst, at = 0, 0
    peak = days[0].equity_open if days else 0
    for day in days:
        peak = max(peak, day.equity_close)
        if peak - day.equity_close > worst:
            worst, at = peak - day.equity_close, peak
    return worst, at


def _resumed_at(reader: SyncReader) -> int:
    boots = reader.events(0, ALL, (EngineBooted.__name__,))
    event = boots[-1].event if boots else None
    return event.resumed_at if isinstance(event, EngineBooted) else 0


def _hash(store: Path) -> str:
    import sqlite3  # noqa: PLC0415

    from tradingfloor.storage.readers import read_only_uri  # noqa: PLC0415

    with closing(sqlite3.connect(read_only_uri(store), uri=True)) as connection:
        return ledger_hash(connection)


def _count(what: str) -> Plan[int]:
    ((number,),) = yield Select(f"SELECT count(*) FROM {what}")  # noqa: S608  constants of this module
    return int(number)


def _outcomes(symbol: str | None = None, after: int = -1, until: int = ALL) -> Plan[Outcomes]:
    rows = yield Select(
        "SELECT outcome, count(*), max(score) FROM auto_signals"
        " WHERE outcome IS NOT NULL AND ts > ? AND ts <= ? AND symbol = coalesce(?, symbol) GROUP BY outcome",
        (after, until, symbol),
    )
    best = max((score for _, _, score in rows), default=0.0)
    return Outcomes({outcome: number for outcome, number, _ in rows}, best)


def outcomes_of(reader: SyncReader, symbol: str | None = None, after: int = -1, until: int = ALL) -> Outcomes:
    """How the scores ended (of ``symbol``, later than ``after``, up to ``until``)."""
    return reader.run(_outcomes(symbol, after, until))
