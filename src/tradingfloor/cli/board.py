"""The status as a table: the same for the live view of a run and for the ``status`` command.

Decides lines, order and colours. Knows no engine and no store. Input: an EngineStatus; output: a renderable.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from tradingfloor.actors.status import ActorHealth, EngineStatus, QuotesStatus
from tradingfloor.actors.types import TradingState

from .figures import count, money, price, quantity, signed_money, when

STYLES = {
    TradingState.RUNNING: "green",
    TradingState.PAUSED: "yellow",
    TradingState.STOPPING: "yellow",
    TradingState.KILLED: "bold red",
}

BAR_WIDTH = 32

Row = tuple[str, RenderableType]


def board(
    status: EngineStatus,
    zone: tzinfo,
    *,
    running: bool = True,
    tape_end: int | None = None,
    events: Sequence[str] = (),
    more: Iterable[Row] = (),
) -> Table:
    """The status, line by line; ``events`` are shown last, oldest first.

    ``running`` False = no engine is there; the status is what its store holds.
    """
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for label, value in (*_rows(status, zone, tape_end, running=running), *more):
        grid.add_row(label, value)
    if events:
        lines = Text("\n".join(events), no_wrap=True, overflow="ellipsis")
        grid.add_row("events", lines)
    return grid


def _rows(s: EngineStatus, zone: tzinfo, tape_end: int | None, *, running: bool) -> Iterator[Row]:
    yield "state", _state(s, running=running)
    market = "open" if s.market_open else "closed"
    yield "time", _joined(when(s.engine_ts, zone), s.session and f"session {s.session}", f"market {market}")
    yield "tape", _progress(s, tape_end, running=running)
    yield "flow", flow(s)
    yield (
        "equity",
        _joined(money(s.equity), f"realised {signed_money(s.realised)}", f"fees {money(s.fees)}"),
    )
    yield (
        "books",
        _joined(
            f"cash {money(s.cash)}",
            f"unrealised {signed_money(s.unrealised)}",
            f"exposure {money(s.exposure)}",
            f"buying power {money(s.buying_power)}",
            s.mark and f"marked at {s.mark}",
        ),
    )
    yield "positions", positions(s)
    if s.limits:
        yield (
            "limits",
            _joined(*(f"{row.limit} {_figure(row.used)}/{_figure(row.allowed)}" for row in s.limits)),
        )
    if s.missed:
        yield "missed", Text(" · ".join(s.missed), "yellow")
    if s.locks:
        yield "locks", Text(" · ".join(s.locks), "yellow")
    if s.pending:
        yield "pending", Text(" · ".join(s.pending), "yellow")
    if s.actors:
        yield "warm", _warmth(s.actors) or "-"
        yield "actors", _actors(s.actors)
    for row in s.quotes:
        yield "quotes", quotes(row)
    if s.refusals:
        yield "refused", _joined(*(f"{symbol} {reason} {count(n)}" for symbol, reason, n in s.refusals))


def _state(s: EngineStatus, *, running: bool) -> Text:
    text = Text.assemble((s.mode, "bold"), "  ")
    if not running:
        text.append("not running, goes on ")
    text.append(s.state.value, STYLES.get(s.state, "bold"))
    if s.kill_id:
        text.append(f"  kill id {s.kill_id}")
    if s.state_reason and s.state is not TradingState.RUNNING:
        text.append(f"  {s.state_reason}", "dim")
    return text


def _progress(s: EngineStatus, tape_end: int | None, *, running: bool) -> RenderableType:
    if not tape_end:
        end = "finished" if running else "the tape is at its end"
        return _joined(s.tape, f"{count(s.tape_index)} updates", end if s.tape_finished else "")
    done = tape_end if s.tape_finished else min(s.tape_index, tape_end)
    line = Table.grid(padding=(0, 2))
    line.add_row(
        ProgressBar(total=tape_end, completed=done, width=BAR_WIDTH),
        f"{100 * done // tape_end} %",
        f"{count(s.tape_index)} updates",
    )
    return Group(s.tape, line)


def quotes(row: QuotesStatus) -> str:
    """What came of the quotes of one underlying."""
    return " · ".join(
        (
            f"{row.symbol} {count(row.received)} received",
            f"{count(row.accepted)} accepted",
            f"{count(row.contracts)} contracts",
            f"{count(row.two_sided)} two-sided",
            *(f"{reason} {count(n)}" for reason, n in row.refused),
        )
    )


def flow(s: EngineStatus) -> str:
    """What has come of the tape so far, from bars to trades."""
    names = ("bars", "signals", "decisions", "orders", "fills", "trades")
    return _joined(*(f"{name} {count(getattr(s, name))}" for name in names))


def positions(s: EngineStatus) -> str:
    """Every open position on a line of its own."""
    return (
        "\n".join(
            f"{held.symbol} {quantity(held.quantity, held.unit)}, last {price(held.last)},"
            f" open {signed_money(held.unrealised)}"
            for held in s.positions
        )
        or "none"
    )


def _warmth(actors: Sequence[ActorHealth]) -> str:
    """``15m 14/15 · 1h 9/15``, with the symbol in front where there are several."""
    by_symbol: dict[str, list[str]] = {}
    for actor in actors:
        if actor.warmth:
            by_symbol.setdefault(actor.name.split(":")[1], []).append(actor.warmth)
    several = len(by_symbol) > 1
    return "\n".join(
        f"{f'{symbol}: ' if several else ''}{' · '.join(known)}" for symbol, known in by_symbol.items()
    )


def _actors(actors: Sequence[ActorHealth]) -> Text:
    ready = sum(actor.state == "ready" for actor in actors)
    deepest = max(actors, key=lambda actor: actor.depth)
    waiting = f"deepest mailbox {deepest.name} {deepest.depth}" if deepest.depth else "mailboxes empty"
    restarts = sum(actor.restarts for actor in actors)
    text = Text(_joined(f"{ready} of {len(actors)} ready", f"restarts {restarts}", waiting))
    for actor in actors:
        if actor.state != "ready":
            error = " ".join(actor.error.split())
            text.append(f"\n{actor.name} {actor.state}{f': {error}' if error else ''}", "yellow")
    return text


def actor_table(actors: Sequence[ActorHealth]) -> Table:
    """Every actor with its figures."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("actor", no_wrap=True)
    table.add_column("state")
    for name in ("restarts", "waiting", "merged", "handled"):
        table.add_column(name, justify="right")
    for actor in actors:
        numbers = (actor.restarts, actor.depth, actor.merged, actor.handled)
        table.add_row(actor.name, actor.state, *map(count, numbers))
    return table


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _figure(text: str) -> str:
    """A decimal number to the cent at most."""
    whole, dot, decimals = text.partition(".")
    return f"{whole}{dot}{decimals[:2]}"
