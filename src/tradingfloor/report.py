"""What a session came to, as text for people.

Decides what a report tells and in which order. Input: the status that a store tells, a reader of it, the
market's calendar, an instant; output: lines.
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from zoneinfo import ZoneInfo

from tradingfloor.actors.domain.calendar import Calendar, Session
from tradingfloor.actors.domain.money import format_nanos
from tradingfloor.actors.status import EngineStatus
from tradingfloor.actors.types import NANOS, Direction
from tradingfloor.storage.readers import SyncReader
from tradingfloor.storage.rows import OrderRow, TradeRow

ALL = 1 << 62
"""A limit that limits nothing."""


def lines(status: EngineStatus, reader: SyncReader, market: Calendar, at: int) -> Iterator[str]:
    """The report at an instant: account, positions, working orders, and the newest session's trades.

    Money to the cent, prices exactly, times in the market's zone.
    """
    zone = ZoneInfo(market.timezone)
    session = _newest(market, at)
    trades = reader.trades(since=session.open, until=at, limit=ALL)[::-1]
    yield f"tradingfloor · PAPER · report of {datetime.fromtimestamp(at // NANOS, zone):%Y-%m-%d %H:%M:%S %Z}"
    yield ""
    yield f"state     {status.state.value}{f': {status.state_reason}' if status.state_reason else ''}"
    yield f"equity    {_money(status.equity)}, cash {_money(status.cash)}"
    yield (
        f"result    realised {_money(status.realised)}, open {_money(status.unrealised)}, "
        f"fees {_money(status.fees)}"
    )
    yield f"exposure  {_money(status.exposure)}, buying power {_money(status.buying_power)}"
    for held in status.positions:
        yield (
            f"position  {held.symbol} {held.quantity:+,}, last {format_nanos(held.last)}, "
            f"open {_money(held.unrealised)}"
        )
    for order in reader.working_orders():
        yield f"order     {_order(order)}"
    for missed in status.missed:
        yield f"missed    {missed}"
    yield ""
    net = sum(trade.net for trade in trades)
    day = date.fromordinal(session.ordinal).isoformat()
    yield f"session   {day}: {len(trades):,} trades closed, net {_money(net)}"
    for trade in trades:
        yield f"trade     {_trade(trade, zone)}"


def _newest(market: Calendar, at: int) -> Session:
    """The session that is open, or else the one before."""
    found = market.session_at(at)
    return found or market.previous_session(market.next_session(at).ordinal)


def _order(row: OrderRow) -> str:
    level = f" at {format_nanos(row.price)}" if row.price else ""
    limit = f" limit {format_nanos(row.limit_price)}" if row.limit_price else ""
    return f"{row.symbol} {row.role} {row.side} {row.remaining:,}{level}{limit}, id {row.order_id.hex()}"


def _trade(row: TradeRow, zone: ZoneInfo) -> str:
    closed = datetime.fromtimestamp(row.ts // NANOS, zone)
    return (
        f"{closed:%H:%M:%S} {row.symbol} {Direction(row.direction).name} {row.quantity:,} from "
        f"{format_nanos(row.entry_price)} to {format_nanos(row.exit_price)} by {row.exit_role}, "
        f"net {_money(row.net)}"
    )


def _money(nanos: int) -> str:
    return f"{(Decimal(nanos) / NANOS).quantize(Decimal('0.01'), rounding=ROUND_HALF_EVEN):,}"
