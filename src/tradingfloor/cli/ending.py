"""How a run is told when it is over: a summary for people, one object for programs.

Decides the figures shown and the exit code. Everything is read back from the store, so it says what is on
disk. Input: an End; output: text or one JSON object, and the exit code.
"""

import shlex
from collections.abc import Iterator
from pathlib import Path

import msgspec
from rich.console import RenderableType
from rich.table import Table

from tradingfloor.actors.config import Config
from tradingfloor.actors.domain.money import format_nanos
from tradingfloor.actors.errors import JournalFailed, TradingFloorError
from tradingfloor.actors.types import TradingState

from . import exits
from .board import flow, positions, quotes
from .figures import count, money, print_json, signed_money, when
from .printing import show
from .stored import Summary, quotes_json, refused, summary
from .stores import zone_of

LABEL = 11
"""Columns of the words on the left."""


class End(msgspec.Struct, frozen=True, kw_only=True):
    """How a run ended."""

    why: str
    """``finished`` | ``interrupted`` | ``killed`` | ``broken``."""
    store: Path
    sessions: int | None
    """After how many sessions it was to end; None = with the tape."""
    reason: str
    """Of a broken run."""
    late: tuple[str, ...]
    """Actors that did not stop in time."""
    seconds: float
    again: str
    """The command that goes on with this store."""


class Ended(TradingFloorError):
    """The engine ended by itself."""


def tell(end: End, config: Config, *, json: bool) -> int:
    """Show how it ended; returns the exit code. Raises JournalFailed or Ended for a broken run."""
    if end.why == "broken" and _storage(end.reason):
        raise storage_failed(end.store, end.reason, end.again)
    found = summary(end.store)
    if json:
        print_json(as_json(found, end))
    else:
        show(*_told(found, end, config))
    if end.why == "broken":
        raise Ended(f"the engine ended: {end.reason}; go on with: {end.again}")
    return exits.KILLED if found.status.state is TradingState.KILLED else exits.OK


def storage_failed(store: Path, reason: str, again: str) -> JournalFailed:
    """What to say of a storage that failed, at the start as in the midst."""
    return JournalFailed(f"{store}: {reason}; what was committed is safe, go on with: {again}")


def as_json(found: Summary, end: End) -> dict[str, object]:
    """The object that a run prints for programs."""
    s = found.status
    return {
        "state": s.state.value,
        "sequence": s.last_sequence,
        "bars": s.bars,
        "signals": s.signals,
        "decisions": s.decisions,
        "orders": s.orders,
        "fills": s.fills,
        "trades": s.trades,
        "refused": refused(s),
        "quotes": quotes_json(s),
        "equity": format_nanos(s.equity),
        "journal_hash": found.journal_hash,
        "store": str(end.store),
        "seconds": round(end.seconds, 3),
    }


def _storage(reason: str) -> bool:
    return reason.startswith("storage failed")


def _told(found: Summary, end: End, config: Config) -> Iterator[RenderableType]:
    s = found.status
    figures = Table.grid(padding=(0, 2))
    figures.add_column(style="dim", no_wrap=True, min_width=LABEL)
    figures.add_column(overflow="fold")
    for label, value in (
        (end.why, _headline(end, found, config)),
        ("flow", flow(s)),
        ("refused", " · ".join(f"{reason} {count(number)}" for reason, number in refused(s).items())),
        *(("quotes", quotes(row)) for row in s.quotes),
        *_money(found),
        ("positions", positions(s)),
        *_blocked(found, config),
        ("late", f"did not stop in time: {', '.join(end.late)}" if end.late else ""),
    ):
        if value:
            figures.add_row(label, value)
    yield ""
    yield figures
    store = shlex.quote(str(end.store))
    for label, text in (
        ("store", str(end.store)),
        ("ledger", found.journal_hash),
        ("look", f"tradingfloor why --store {store}"),
        ("", f"tradingfloor events --store {store}"),
        ("", f"tradingfloor verify {store}"),
        *_go_on(found.status.kill_id, store, end),
    ):
        if text:
            yield f"{label:<{LABEL}}  {text}"


def _go_on(kill_id: str, store: str, end: End) -> Iterator[tuple[str, str]]:
    """What goes on with the store; after a kill that is two commands."""
    if kill_id:
        yield "go on", f"tradingfloor rearm {kill_id} --reason TEXT --store {store}"
        yield "", end.again
    elif end.why != "finished":
        yield "go on", end.again


def _headline(end: End, found: Summary, config: Config) -> str:
    s = found.status
    at = when(s.engine_ts, zone_of(config))
    if end.why == "finished" and s.tape_index == found.resumed_at > 0:
        return f"the tape of this store was at its end already, {at}; nothing was played"
    if end.why == "finished":
        limit = f" or {count(end.sessions)} sessions are" if end.sessions else " is"
        return f"the tape{limit} at the end, {at}; {end.seconds:.1f} s"
    if s.kill_id:
        return f"at {at}, kill id {s.kill_id}: {s.state_reason or 'no reason given'}"
    open_now = "open positions are kept" if s.positions else "nothing is open"
    return f"at {at}, {end.seconds:.1f} s; {open_now}"


def _money(found: Summary) -> Iterator[tuple[str, str]]:
    s = found.status
    gross = f"realised {signed_money(s.realised)}, open {signed_money(found.unrealised)}"
    yield "net P&L", f"{signed_money(found.net)} ({gross}, fees {money(s.fees)})"
    drawdown = ""
    if found.sessions:
        share = f" ({100 * found.drawdown / found.peak:.1f} %)" if found.drawdown else ""
        fall = f"max drawdown {money(found.drawdown)}{share}"
        drawdown = f" · {fall} over {count(found.sessions)} session closes"
    yield "equity", f"{money(s.equity)}{drawdown}"


def _blocked(found: Summary, config: Config) -> Iterator[tuple[str, str]]:
    """Why there were not more trades; in full when there was none."""
    s, outcomes = found.status, found.outcomes
    if not s.trades:
        yield "no trade", "no round trip was closed"
    yield "blocked", " · ".join(f"{gate} {count(number)}" for gate, number in found.blocked.items())
    words = " · ".join(f"{name} {count(number)}" for name, number in sorted(outcomes.counts.items()))
    needed = config.risk.min_confidence
    best = f"; the best was {outcomes.best:.2f}, entries need {needed:g}" if not s.trades else ""
    yield "scores", f"{words}{best}" if words else ""
