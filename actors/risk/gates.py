"""What an entry must pass: one ordered table of named, pure functions over one situation.

Decides the order of the gates, which refusal each stands for, and how value, limit and distance are
told. Knows no state and no event: whatever a gate needs is in ``Situation``. Every gate is always
evaluated; one that cannot be evaluated fails with value None. A changed table is a new ``GATE_SET``.
"""

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from ..domain.money import format_nanos
from ..messages import GateResult
from ..types import Direction, Refusal, TradingState

GATE_SET = 1
"""Version of the table below, stored with every decision."""


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """All that the gates look at, as of one decision. Money and prices in nanos, None = unknown."""

    trading: TradingState
    locks: tuple[str, ...]
    """Names of the locks that hold for the symbol now."""
    scheduled: bool | None
    """Inside the schedule and the instrument's session; None = the session cannot be told."""
    clock: str
    """Now, as told in the schedule's time zone."""
    schedule: str
    schedule_margin: int | None
    """Whole minutes inside (+) or outside (-) the schedule's hours."""
    price: int | None
    """Last price."""
    price_age: int | None
    """Nanoseconds; on a bar tape between the end of the last tape bar and the instant decided on."""
    max_price_age: int
    """0 on a bar tape."""
    base_closed: bool
    """A base bar closed at the instant decided on."""
    score: float
    min_score: float
    trades: int
    """Entries of the session in which the order starts to work, this one included."""
    max_trades: int
    result: int | None
    """Equity less the opening equity of the session that is not closed yet: what is decided at a close
    is still judged by the loss of that day."""
    max_loss: int
    quantity: int
    unit_notional: int | None
    notional: int | None
    """Of this order, at the last price."""
    max_notional: int
    exposure: int | None
    """Positions at last prices, reservations and this order's reservation."""
    max_exposure: int
    direction: Direction
    stop: int
    target: int
    held: int
    """Signed position in the symbol."""
    reserved: bool
    """An entry in the symbol is approved and not finished."""
    allow_short: bool


class Verdict(NamedTuple):
    """What one gate says."""

    passed: bool
    value: str | None
    limit: str
    distance: str = ""


def _state(s: Situation) -> Verdict:
    held = f", locked: {', '.join(s.locks)}" if s.locks else ""
    passed = s.trading is TradingState.RUNNING and not s.locks
    return Verdict(passed, s.trading.value + held, "RUNNING, not locked")


def _schedule(s: Situation) -> Verdict:
    margin = "" if s.schedule_margin is None else f"{s.schedule_margin:+d}"
    if s.scheduled is None:
        return Verdict(False, None, s.schedule)
    return Verdict(s.scheduled, s.clock, s.schedule, margin)


def _freshness(s: Situation) -> Verdict:
    limit = _seconds(s.max_price_age)
    if s.price is None or s.price_age is None:
        return Verdict(False, None, limit)
    if not s.base_closed:
        # Without a trade in the bar that closes there is nothing new to act on, however long the limit.
        return Verdict(False, f"{_seconds(s.price_age)}, no trade in the closing bar", limit)
    room = s.max_price_age - s.price_age
    return Verdict(room >= 0, _seconds(s.price_age), limit, _seconds(room, signed=True))


def _confidence(s: Situation) -> Verdict:
    room = round(s.score - s.min_score, 6)
    return Verdict(room >= 0, f"{s.score:.10g}", f"{s.min_score:.10g}", f"{room:+.10g}")


def _daily_trades(s: Situation) -> Verdict:
    room = s.max_trades - s.trades
    return Verdict(room >= 0, str(s.trades), str(s.max_trades), f"{room:+d}")


def _daily_loss(s: Situation) -> Verdict:
    limit = format_nanos(-s.max_loss)
    if s.result is None:
        return Verdict(False, None, limit)
    room = s.result + s.max_loss
    return Verdict(room > 0, format_nanos(s.result), limit, _money(room))


def _position_size(s: Situation) -> Verdict:
    limit = format_nanos(s.max_notional)
    if s.notional is None or s.unit_notional is None:
        return Verdict(False, None, limit)
    # An order of nothing is told by what one unit would be.
    value = s.notional if s.quantity >= 1 else s.unit_notional
    room = s.max_notional - value
    return Verdict(s.quantity >= 1 and room >= 0, format_nanos(value), limit, _money(room))


def _total_exposure(s: Situation) -> Verdict:
    limit = format_nanos(s.max_exposure)
    if s.exposure is None:
        return Verdict(False, None, limit)
    room = s.max_exposure - s.exposure
    return Verdict(room >= 0, format_nanos(s.exposure), limit, _money(room))


def _geometry(s: Situation) -> Verdict:
    sign = int(s.direction)
    limit = f"{format_nanos(min(s.stop, s.target))} < price < {format_nanos(max(s.stop, s.target))}"
    if s.price is None:
        return Verdict(False, None, limit)
    room = min((s.price - s.stop) * sign, (s.target - s.price) * sign)
    return Verdict(room > 0, format_nanos(s.price), limit, _money(room))


def _one_position(s: Situation) -> Verdict:
    value = f"position {s.held}" if s.held else "entry in progress" if s.reserved else "flat"
    return Verdict(not s.held and not s.reserved, value, "flat")


def _short(s: Situation) -> Verdict:
    limit = "LONG or SHORT" if s.allow_short else "LONG"
    return Verdict(s.allow_short or s.direction is Direction.LONG, s.direction.name, limit)


class Gate(NamedTuple):
    """One gate of the set."""

    name: str
    refusal: Refusal
    """The code of a decision that fails here first."""
    unit: str
    """Of value, limit and distance; empty where they are words."""
    judge: Callable[[Situation], Verdict]


GATES: tuple[Gate, ...] = (
    Gate("state", Refusal.STATE, "", _state),
    Gate("schedule", Refusal.SCHEDULE, "minutes", _schedule),
    Gate("freshness", Refusal.FRESHNESS, "seconds", _freshness),
    Gate("confidence", Refusal.CONFIDENCE, "points", _confidence),
    Gate("daily_trades", Refusal.DAILY_TRADES, "trades", _daily_trades),
    Gate("daily_loss", Refusal.DAILY_LOSS, "currency", _daily_loss),
    Gate("position_size", Refusal.POSITION_SIZE, "currency", _position_size),
    Gate("total_exposure", Refusal.TOTAL_EXPOSURE, "currency", _total_exposure),
    Gate("geometry", Refusal.GEOMETRY, "price", _geometry),
    Gate("one_position", Refusal.ONE_POSITION, "", _one_position),
    Gate("short", Refusal.SHORT, "", _short),
)

UNITS: dict[str, str] = {gate.name: gate.unit for gate in GATES}
"""Gate name -> unit, for whoever explains a decision."""


class Judgement(NamedTuple):
    """All gates of one decision."""

    results: tuple[GateResult, ...]
    passed: int
    """Bit i = gate i passed."""
    refusal: Refusal | None
    """Of the first failed gate; None = every gate passed."""


def judge(situation: Situation) -> Judgement:
    """Evaluate every gate, whatever the others say."""
    results = []
    mask = 0
    refusal = None
    for bit, gate in enumerate(GATES):
        verdict = gate.judge(situation)
        results.append(GateResult(gate.name, *verdict))
        if verdict.passed:
            mask |= 1 << bit
        elif refusal is None:
            refusal = gate.refusal
    return Judgement(tuple(results), mask, refusal)


def _money(nanos: int) -> str:
    return f"{'' if nanos < 0 else '+'}{format_nanos(nanos)}"


def _seconds(nanoseconds: int, *, signed: bool = False) -> str:
    # A nanosecond is to a second what a nano is to one unit of currency.
    return _money(nanoseconds) if signed else format_nanos(nanoseconds)
