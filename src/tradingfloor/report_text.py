"""A session's report as a page of text.

Decides lines and digits: money to the cent. Knows no store. Input: a Report; output: text.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from tradingfloor.actors.types import NANOS

if TYPE_CHECKING:
    from .limit_use import Use
    from .report import Holding, Report, Trade


def text_of(report: "Report") -> str:
    """The whole page."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: "Report") -> Iterator[str]:
    yield f"session {report.session} · PAPER"
    yield ""
    yield f"equity      {_money(report.equity_open)} at the open, {_money(report.equity_close)} at the close"
    yield f"result      {_signed(report.result)}"
    yield f"realised    {_signed(report.realised)} · fees {_money(report.fees)}"
    yield f"drawdown    {_money(report.max_drawdown)} at most within the session"
    yield (
        f"trades      {report.entries} entered, {len(report.trades)} closed: "
        f"{report.wins} won, {report.losses} lost"
    )
    for title, lines in (
        ("closed trades", [_trade(trade) for trade in report.trades]),
        ("open positions", [_holding(held) for held in report.positions]),
        ("limits", [_limit(use) for use in report.limits]),
        ("refused by gate", [f"{gate}  {number:,}" for gate, number in report.refused.items()]),
        ("missed by the schedule", list(report.missed)),
    ):
        yield ""
        yield title
        yield from (f"  {line}" for line in lines or ["none"])


def _trade(trade: "Trade") -> str:
    side = "long" if trade.direction > 0 else "short"
    return (
        f"{trade.symbol} {side} {trade.quantity:,} from {_money(trade.entry_price)} "
        f"to {_money(trade.exit_price)} ({trade.exit_role}, {_at(trade.exit_ts)})  "
        f"net {_signed(trade.net)}, fees {_money(trade.fees)}"
    )


def _holding(held: "Holding") -> str:
    side = "long" if held.quantity > 0 else "short"
    return (
        f"{held.symbol} {side} {abs(held.quantity):,} at {_money(held.price)}  "
        f"unrealised {_signed(held.unrealised)}"
    )


def _limit(use: "Use") -> str:
    used, allowed = (_money(each) if use.money else f"{each:,}" for each in (use.used, use.allowed))
    return f"{use.limit}  {used} of {allowed}"


def _at(ts: int) -> str:
    return f"{datetime.fromtimestamp(ts // NANOS, UTC):%Y-%m-%d %H:%M} UTC"


def _money(nanos: int) -> str:
    return f"{Decimal(nanos) / NANOS:,.2f}"


def _signed(nanos: int) -> str:
    return f"{Decimal(nanos) / NANOS:+,.2f}"
