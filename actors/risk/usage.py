"""How much of each limit is used, and which locks hold: risk's part of the status.

Decides the rows and their words; a limit that is off has none. Knows no gate's verdict. Input: the state
and the limits in force; output: rows for people. Money as decimal text of the account currency.
"""

from collections.abc import Iterator

from ..domain.money import format_nanos
from ..status import LimitUse
from .account import MINUTE
from .gates import LIMITS
from .limits import Limits, buying_power
from .state import RiskState

Row = tuple[str, str, str]


def use(state: RiskState, limits: Limits, session: int, now: int) -> tuple[LimitUse, ...]:
    """The limits that are on, in the order of the gates."""
    order = {name: rank for rank, name in enumerate(LIMITS)}
    rows = sorted(_rows(state, limits, session, now), key=lambda row: order[row[0].partition(" ")[0]])
    return tuple(_told(limits, *row) for row in rows)


def _told(limits: Limits, name: str, used: str, allowed: str) -> LimitUse:
    limit = name.partition(" ")[0]
    return LimitUse(
        limit=name,
        used=used,
        allowed=allowed,
        counts=LIMITS[limit].counts,
        on_breach=limits.consequence(limit).value,
    )


def _rows(state: RiskState, limits: Limits, session: int, now: int) -> Iterator[Row]:
    largest = max((abs(book.value) for book in state.books.values()), default=0)
    fall = max(0, state.day.opening - state.equity)
    yield "daily_trades", str(state.entries(session)), str(limits.max_trades)
    yield "daily_loss", format_nanos(fall), format_nanos(limits.max_loss)
    yield "position_size", format_nanos(largest), format_nanos(limits.max_notional)
    yield "total_exposure", format_nanos(state.exposure()), format_nanos(limits.max_exposure)
    if limits.max_drawdown:
        fall = max(0, state.peak - state.equity)
        yield "drawdown", format_nanos(fall), format_nanos(limits.max_drawdown)
    if limits.max_underlying:
        yield from _by_underlying(state, limits)
    for klass, most in limits.max_class.items():
        used = sum(nanos for _, name, nanos in state.stakes() if name == klass)
        if most:
            yield f"class_exposure {klass}", format_nanos(used), format_nanos(most)
    if limits.leverage:
        power = buying_power(state.equity, limits.leverage)
        yield "buying_power", format_nanos(state.exposure()), format_nanos(power)
    recent = sum(now - MINUTE < ts <= now for ts in state.approved)
    for name, used, most in (
        ("consecutive_losses", len(state.day.lost), limits.max_losses),
        ("open_positions", len(state.busy()), limits.max_positions),
        ("order_rate", recent, limits.max_orders),
        ("overload", len(state.unscored), limits.max_backlog),
    ):
        if most:
            yield name, str(used), str(most)


def _by_underlying(state: RiskState, limits: Limits) -> Iterator[Row]:
    used = dict.fromkeys(map(limits.underlying, state.books), 0)
    for symbol, _, nanos in state.stakes():
        used[limits.underlying(symbol)] = used.get(limits.underlying(symbol), 0) + nanos
    for underlying, nanos in used.items():
        allowed = format_nanos(limits.max_underlying)
        yield f"underlying_exposure {underlying}", format_nanos(nanos), allowed


def locks(state: RiskState, now: int) -> tuple[str, ...]:
    """The locks that hold at ``now``: ``name``, or ``name SYMBOL`` of one symbol."""
    return tuple(sorted(f"{lock} {symbol}".rstrip() for lock, symbol in state.locked(now)))
