"""The cause chain around one signal: what was seen, how it was judged, what was done.

Decides how the chain is walked in either direction. Knows no connection: these are plans, as in
``queries``. Input: a symbol and a time, or the id of any link; output: an ``Explanation``.
"""

import sys

import msgspec

from tradingfloor.actors.errors import NotFound
from tradingfloor.actors.messages import DividendPaid, SplitApplied
from tradingfloor.actors.types import OrderRole

from .queries import Plan, Select, events, matching, newest
from .records import ConfigRow
from .rows import DecisionRow, FillRow, OrderRow, SignalRow, TradeRow, read, select


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """The cause chain of one signal, as far as it went."""

    signal: SignalRow
    decision: DecisionRow | None
    """None when the score was too low, or the symbol was not flat."""
    orders: tuple[OrderRow, ...]
    """The entry, its stop and target, then what flattened the position."""
    fills: tuple[FillRow, ...]
    ex_dates: tuple[SplitApplied | DividendPaid, ...]
    """Splits and dividends that its position lived through."""
    trade: TradeRow | None
    config: ConfigRow | None


def decision(symbol: str | None = None, at: int | None = None) -> Plan[Explanation]:
    """The chain of the newest decision (of ``symbol``, made at or before ``at``); raises NotFound."""
    found = yield from newest(DecisionRow, 1, symbol=symbol, until=at)
    if not found:
        raise NotFound(f"no decision{f' about {symbol}' if symbol else ''} up to then; see `signals`")
    return (yield from _explain(found[0].signal_id))


_SIGNAL_BEHIND = """
    SELECT signal_id FROM auto_signals WHERE signal_id = ?
    UNION ALL SELECT signal_id FROM auto_decisions WHERE decision_id = ?
    UNION ALL SELECT signal_id FROM trades WHERE trade_id = ?
    UNION ALL SELECT signal_id FROM orders
        WHERE order_id = coalesce((SELECT order_id FROM fills WHERE fill_id = ?), ?)
"""


def why(some_id: bytes) -> Plan[Explanation]:
    """The chain around a signal, decision, order, fill or trade; raises NotFound."""
    rows = yield Select(_SIGNAL_BEHIND, (some_id,) * 5)
    for (signal_id,) in rows:
        if signal_id:
            return (yield from _explain(signal_id))
    raise NotFound(f"no signal behind {some_id.hex()}")


_FLATTENING = select(OrderRow) + " WHERE sequence > ? AND sequence < ? AND symbol = ? AND role = ?"


def _explain(signal_id: bytes) -> Plan[Explanation]:
    signal = yield from matching(SignalRow, "signal_id", signal_id)
    if not signal:
        raise NotFound(f"no signal {signal_id.hex()}")
    decided = yield from matching(DecisionRow, "signal_id", signal_id)
    config = yield from matching(ConfigRow, "config", signal[0].config)
    entry = (yield from matching(OrderRow, "decision_id", decided[0].decision_id)) if decided else []
    closed = (yield from matching(TradeRow, "entry_order", entry[0].order_id)) if entry else []
    orders = (*entry, *(yield from _exits(entry[0], closed))) if entry else ()
    filled: list[FillRow] = []
    for order in orders:
        filled += yield from matching(FillRow, "order_id", order.order_id)
    return Explanation(
        signal=signal[0],
        decision=decided[0] if decided else None,
        orders=orders,
        fills=tuple(sorted(filled, key=lambda fill: fill.sequence)),
        ex_dates=(yield from _ex_dates(entry[0], closed)) if orders else (),
        trade=closed[0] if closed else None,
        config=config[0] if config else None,
    )


def _ex_dates(entry: OrderRow, closed: list[TradeRow]) -> Plan[tuple[SplitApplied | DividendPaid, ...]]:
    """What was booked on the position between its entry and its end."""
    if not entry.filled:
        return ()
    until = closed[0].sequence if closed else sys.maxsize
    kinds = (SplitApplied.__name__, DividendPaid.__name__)
    found = yield from events(entry.sequence, kinds=kinds, symbols=(entry.symbol,))
    booked = (item.event for item in found if item.sequence < until)
    return tuple(event for event in booked if isinstance(event, SplitApplied | DividendPaid))


def _exits(entry: OrderRow, closed: list[TradeRow]) -> Plan[list[OrderRow]]:
    """Stop and target of an entry, and what flattened its position: there is one position per symbol."""
    children = yield from matching(OrderRow, "parent_id", entry.order_id)
    if not entry.filled:
        return children
    until = closed[0].sequence if closed else sys.maxsize
    rows = yield Select(_FLATTENING, (entry.sequence, until, entry.symbol, OrderRole.FLATTEN.value))
    return [*children, *(read(OrderRow, row) for row in rows)]
