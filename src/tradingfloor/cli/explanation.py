"""One decision, explained: the signal, its score by parts, every gate, and what followed.

Decides the layout. The formula of the score is that of ``actors.risk.confluence``. Input: an Explanation;
output: printed text, or plain values for JSON.
"""

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from decimal import Decimal
from typing import Any

import msgspec
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from tradingfloor.actors.config import Config
from tradingfloor.actors.domain.money import format_nanos
from tradingfloor.actors.risk.confluence import MIN_LEAD
from tradingfloor.actors.risk.gates import UNITS
from tradingfloor.actors.risk.verdict import OFF
from tradingfloor.actors.types import Direction, Refusal
from tradingfloor.storage.rows import DecisionRow, FillRow, OrderRow, SignalRow, TradeRow
from tradingfloor.storage.why import Explanation

from . import printing
from .figures import count, money, plain, signed_money, when
from .wording import words

OBVIOUS = ("currency", "price")
"""Units that a table of money need not repeat."""

OUTCOMES = {
    "ELIGIBLE": "high enough for the gates",
    "BELOW": "too low: the gates were not asked",
    "NOT_FLAT": "a position or an entry in the symbol existed already",
    "CONFLICT": f"the other direction is less than {MIN_LEAD:g} behind",
}


def as_json(found: Explanation) -> dict[str, Any]:
    """The whole chain as plain values; times in ns UTC, money and prices in 1e-9 units."""
    shown: dict[str, Any] = plain(found)
    signal = shown["signal"]
    for name in ("weights", "families"):
        signal[name] = msgspec.json.decode(signal[name]) if signal[name] else []
    if found.decision is not None:
        shown["decision"]["gates"] = plain(found.decision.gate_results)
    if found.config is not None:
        shown["config"] = msgspec.json.decode(found.config.body)
    return shown


def show(found: Explanation, zone: tzinfo, before: str = "") -> None:
    """Print it; ``before`` is a line in front of it."""
    printing.show(*((before, "") if before else ()), *_told(found, zone))


def _told(found: Explanation, zone: tzinfo) -> Iterator[RenderableType]:
    yield from _signal(found.signal, zone)
    yield ""
    yield from _score(found)
    if found.decision is not None:
        yield ""
        yield from _decision(found.decision)
    if found.orders:
        yield ""
        yield _orders(found.orders, zone)
    if found.fills:
        yield ""
        yield _fills(found.fills, zone)
    if found.ex_dates:
        yield ""
        yield _grid(*((when(e.ts, zone), words(e)) for e in found.ex_dates))
    if found.trade is not None:
        yield ""
        yield from _trade(found.trade, zone)


def _signal(s: SignalRow, zone: tzinfo) -> Iterator[RenderableType]:
    side = Direction(s.direction).name
    yield Text.assemble((f"{s.symbol} {s.timeframe} {side} {s.kind}", "bold"), f"  {when(s.ts, zone)}")
    yield _grid(
        ("levels", f"entry {_price(s.entry)} · stop {_price(s.stop)} · target {_price(s.target)}"),
        ("strength", f"{s.strength:g} · volume {s.volume_ratio:.2f} of its mean · family {s.family}"),
        ("origin", f"bar {count(s.origin_bar)}, known at bar {count(s.bar)}"),
        ("tape", f"updates {count(s.first_index)} to {count(s.last_index)}"),
        ("signal", s.signal_id.hex()),
    )


def _score(found: Explanation) -> Iterator[RenderableType]:
    s = found.signal
    if s.score is None:
        yield _grid(("score", "none yet"))
        return
    settings = msgspec.json.decode(found.config.body, type=Config) if found.config else Config()
    needed = settings.risk.min_confidence
    outcome = OUTCOMES.get(s.outcome or "", s.outcome)
    if s.score < needed and found.decision is not None:
        outcome = (
            f"below {needed:g} by {needed - s.score:.4g}; gates shown because it is within"
            f" explain_margin {settings.risk.explain_margin:g}"
        )
    yield _grid(("score", f"{s.score:.4f} of 10, entries from {needed:g}: {outcome}"))
    yield _parts(s)
    weights = " · ".join(f"{name} {share:.2f}" for name, share in _list(s.weights)) or "none"
    families = " · ".join(f"{tf} {family} {value:.3f}" for tf, family, value in _list(s.families)) or "none"
    yield _grid(
        ("other side", f"{s.opposite_score or 0:.4f}, must be {MIN_LEAD:g} behind"),
        ("weights", weights),
        ("families", families),
    )


def points(s: SignalRow) -> tuple[float, float, float, float]:
    """(trigger, evidence, bias, factor): score = (the first three, at most 10) x factor."""
    trigger, evidence, lean = s.trading or 0.0, s.evidence or 0.0, s.bias or 0.0
    return 5.0 * trigger, 2.5 * evidence, 1.25 * (1 + lean), 1 - 0.5 * (s.opposition or 0.0)


def _parts(s: SignalRow) -> Table:
    trigger, evidence, lean, factor = points(s)
    table = printing.columns("part", "value", "gives", right=(1, 2))
    table.add_row("T  trigger, the signal's own timeframe", f"{s.trading or 0:.4f}", f"{trigger:.4f}")
    table.add_row("E  evidence of all timeframes", f"{s.evidence or 0:.4f}", f"+ {evidence:.4f}")
    table.add_row("B  bias", f"{s.bias or 0:+.4f}", f"+ {lean:.4f}")
    table.add_row("X  evidence against it", f"{s.opposition or 0:.4f}", f"x {factor:.4f}")
    return table


def _decision(d: DecisionRow) -> Iterator[RenderableType]:
    failed = ", ".join(gate.gate for gate in d.gate_results if not gate.passed)
    outcome = {"APPROVED": "approved", "SHADOW": "approved, but trading is not enabled"}.get(
        d.outcome, f"denied: {failed or d.reason}"
    )
    size = f", {count(d.quantity)} units for {money(d.notional)}" if d.quantity else ""
    style = "green" if d.outcome == "APPROVED" else "yellow"
    yield _grid(("decision", Text.assemble((outcome, style), size)))
    table = printing.columns("gate", "", "value", "limit", "distance")
    for gate in d.gate_results:
        if gate.limit == OFF.limit:
            continue
        mark = Text("pass", "green") if gate.passed else Text("FAIL", "bold red")
        unit = UNITS.get(gate.gate, "")
        value, limit, room = (
            _tidy("unknown" if text is None else text, unit)
            for text in (gate.value, gate.limit, gate.distance)
        )
        distance = f"{room} {unit if unit not in OBVIOUS else ''}" if room else ""
        table.add_row(gate.gate, mark, value, limit, distance)
    yield table
    off = [gate.gate for gate in d.gate_results if gate.limit == OFF.limit]
    if off:
        yield Text(f"off: {', '.join(off)}", "dim")


def _tidy(text: str, unit: str) -> str:
    """A gate's figure as it is read: seconds to the millisecond, no sign before nothing."""
    number, comma, rest = text.partition(",")
    try:
        exact = Decimal(number)
    except ArithmeticError:
        return _spaced(text)
    if unit == "seconds":
        exact = round(exact, 3)
        number = f"{exact:{'+' * number.startswith('+')}f}".rstrip("0").rstrip(".")
    if not exact:
        number = "0"
    return _spaced(f"{number}{comma}{rest}")


def _spaced(text: str) -> str:
    """With a blank after each comma, where a narrow table may break the line."""
    return ", ".join(part.strip() for part in text.split(","))


def _orders(orders: Sequence[OrderRow], zone: tzinfo) -> Table:
    table = printing.columns("order", "side", "quantity", "filled", "at", "status", "since", right=(2, 3, 4))
    for o in orders:
        paid = o.filled_value // o.filled if o.filled else 0
        at = _price(paid or o.price) if paid or o.price else "market"
        figures = (count(o.quantity), count(o.filled), at)
        table.add_row(o.role, o.side, *figures, _status(o), when(o.updated_ts, zone))
    return table


def _status(o: OrderRow) -> str:
    if o.reason == Refusal.RESERVATION_CUT.value and o.filled:
        return f"FILLED {count(o.filled)} of {count(o.quantity)}, rest cut"
    return f"{o.status}{f' ({o.reason})' if o.reason else ''}"


def _fills(fills: Sequence[FillRow], zone: tzinfo) -> Table:
    table = printing.columns("fill", "side", "quantity", "at", "fee", "realised", "time", right=(2, 3, 4, 5))
    for f in fills:
        figures = (count(f.quantity), _price(f.price), money(f.fee), signed_money(f.realised))
        table.add_row(f.role, f.side, *figures, when(f.ts, zone))
    return table


def _trade(t: TradeRow, zone: tzinfo) -> Iterator[RenderableType]:
    result = f"net {signed_money(t.net)} = {signed_money(t.realised)} less fees {money(t.fees)}"
    held = f"{when(t.entry_ts, zone)} to {when(t.ts, zone)}"
    reach = f"went {_price(t.mfe)} its way and {_price(t.mae)} against it at most"
    yield _grid(("trade", f"{result}\nclosed by {t.exit_role}, held {held}\n{reach}"))


def _grid(*rows: tuple[str, RenderableType]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", min_width=8, no_wrap=True)
    grid.add_column(overflow="fold")
    for row in rows:
        grid.add_row(*row)
    return grid


def _list(text: str | None) -> Iterator[Any]:
    return iter(msgspec.json.decode(text) if text else ())


def _price(nanos: int) -> str:
    return format_nanos(nanos)
