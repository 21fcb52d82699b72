"""How much of each limit a session came to use, told from what the store holds of it.

Decides which limits that is: those that the session's row, its trades and the positions at its close tell
exactly. The highest equity within sessions, reservations and the order rate of a minute live in risk's state
alone; ``status`` shows the limits that count them. Input: rows; output: one line per limit that is on.
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile

import msgspec

from tradingfloor.actors.config import Config
from tradingfloor.actors.risk.limits import Limits, buying_power, limits_of
from tradingfloor.storage.rows import DayRow, SnapshotRow, TradeRow


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """How much of one limit was used at the close."""

    limit: str
    """Its name as in ``status``."""
    used: int
    """A number, or money in nanos."""
    allowed: int
    money: bool
    on_breach: str
    """``block`` | ``flatten`` | ``kill``."""


def limit_use(
    config: Config, day: DayRow, trades: Sequence[TradeRow], held: Sequence[SnapshotRow]
) -> tuple[Use, ...]:
    """The limits that are on, in the order of the gates."""
    limits = limits_of(config)
    rows = (*_always(limits, day, held), *_where_on(limits, day, trades, held))
    return tuple(
        Use(
            limit=name,
            used=used,
            allowed=allowed,
            money=money,
            on_breach=limits.consequence(name.partition(" ")[0]).value,
        )
        for name, used, allowed, money in rows
    )


Row = tuple[str, int, int, bool]


def _always(limits: Limits, day: DayRow, held: Sequence[SnapshotRow]) -> Iterator[Row]:
    values = [_value(row) for row in held]
    yield "daily_trades", day.trades, limits.max_trades, False
    yield "daily_loss", max(0, day.equity_open - day.equity_close), limits.max_loss, True
    yield "position_size", max(values, default=0), limits.max_notional, True
    yield "total_exposure", sum(values), limits.max_exposure, True


def _where_on(
    limits: Limits, day: DayRow, trades: Sequence[TradeRow], held: Sequence[SnapshotRow]
) -> Iterator[Row]:
    if limits.max_losses:
        lost = sum(1 for _ in takewhile(lambda trade: trade.net < 0, reversed(trades)))
        yield "consecutive_losses", lost, limits.max_losses, False
    if limits.max_underlying:
        used: dict[str, int] = {}
        for row in held:
            name = limits.underlying(row.symbol)
            used[name] = used.get(name, 0) + _value(row)
        for name, nanos in used.items():
            yield f"underlying_exposure {name}", nanos, limits.max_underlying, True
    if limits.max_positions:
        yield "open_positions", len(held), limits.max_positions, False
    if limits.leverage:
        power = buying_power(day.equity_close, limits.leverage)
        yield "buying_power", sum(map(_value, held)), power, True


def _value(row: SnapshotRow) -> int:
    return abs(row.cost + row.unrealised)
