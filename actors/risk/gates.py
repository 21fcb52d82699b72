"""What an entry must pass: one ordered table of named, pure functions over one situation.

Decides the order of the gates, which refusal each stands for, and which of them are limits, whose breach
may do more than block. Knows no state and no event: whatever a gate needs is in ``Situation``. Every gate
is always evaluated; one that cannot be evaluated fails with value None. A changed table is a new
``GATE_SET``; decisions keep the version and the results of the set they were made by.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..messages import GateResult
from ..types import Refusal
from . import account_gates as account
from . import entry_gates as entry
from .plugin_gate import PluginGate, ask
from .situation import Situation
from .verdict import Verdict

GATE_SET = 3
"""Version of the table below, stored with every decision."""


class Gate(NamedTuple):
    """One gate of the set."""

    name: str
    refusal: Refusal
    """The code of a decision that fails here first."""
    unit: str
    """Of value, limit and distance; empty where they are words."""
    judge: Callable[[Situation], Verdict]
    counts: str = ""
    """Of a limit: what it counts. Empty = no limit, a breach blocks and nothing else."""


GATES: tuple[Gate, ...] = (
    Gate("order_sanity", Refusal.ORDER_SANITY, "", entry.order),
    Gate("state", Refusal.STATE, "", entry.state),
    Gate("locks", Refusal.ENTRIES_LOCKED, "", entry.locks),
    Gate("schedule", Refusal.SCHEDULE, "minutes", entry.schedule),
    Gate("calendar", Refusal.CALENDAR, "minutes", entry.calendar),
    Gate("freshness", Refusal.FRESHNESS, "seconds", entry.freshness),
    Gate("quote", Refusal.QUOTE, "percent", entry.quote),
    Gate("spread", Refusal.SPREAD, "bps", entry.spread),
    Gate("confidence", Refusal.CONFIDENCE, "points", entry.confidence),
    Gate("reward_risk", Refusal.REWARD_RISK, "", entry.reward_risk),
    Gate("cooldown", Refusal.COOLDOWN, "minutes", entry.cooldown),
    Gate("opposite_position", Refusal.OPPOSITE_POSITION, "", entry.opposite_position),
    Gate(
        "daily_trades",
        Refusal.DAILY_TRADES,
        "trades",
        account.daily_trades,
        "filled entries of the session and entries under way",
    ),
    Gate(
        "daily_loss",
        Refusal.DAILY_LOSS,
        "currency",
        account.daily_loss,
        "fall of equity from the session's opening, open positions at last prices",
    ),
    Gate(
        "drawdown",
        Refusal.DRAWDOWN,
        "currency",
        account.drawdown,
        "fall of equity from its highest at a fill, the close of a base bar or of a session",
    ),
    Gate(
        "consecutive_losses",
        Refusal.CONSECUTIVE_LOSSES,
        "trades",
        account.consecutive_losses,
        "losing round trips in a row, fees included, since the session began",
    ),
    Gate(
        "position_size",
        Refusal.POSITION_SIZE,
        "currency",
        account.position_size,
        "notional of one position at the price of the decision",
    ),
    Gate(
        "total_exposure",
        Refusal.TOTAL_EXPOSURE,
        "currency",
        account.total_exposure,
        "notional of all positions at last prices and of entries under way with slippage",
    ),
    Gate(
        "underlying_exposure",
        Refusal.UNDERLYING_EXPOSURE,
        "currency",
        account.underlying_exposure,
        "exposure of the symbols of one underlying",
    ),
    Gate(
        "class_exposure",
        Refusal.CLASS_EXPOSURE,
        "currency",
        account.class_exposure,
        "exposure entered on the timeframes of one class",
    ),
    Gate("geometry", Refusal.GEOMETRY, "price", entry.geometry),
    Gate("one_position", Refusal.ONE_POSITION, "", entry.one_position),
    Gate("short", Refusal.SHORT, "", entry.short),
    Gate(
        "open_positions",
        Refusal.OPEN_POSITIONS,
        "positions",
        account.open_positions,
        "symbols with a position or an entry under way",
    ),
    Gate(
        "buying_power",
        Refusal.BUYING_POWER,
        "currency",
        account.buying_power,
        "total exposure and the fees of the entry, against equity times the leverage",
    ),
    Gate(
        "order_rate",
        Refusal.ORDER_RATE,
        "orders",
        account.order_rate,
        "entries approved within the last 60 seconds of engine time",
    ),
    Gate(
        "overload",
        Refusal.OVERLOAD,
        "signals",
        account.overload,
        "signals that wait for their decision at once",
    ),
)

LIMITS: dict[str, Gate] = {gate.name: gate for gate in GATES if gate.counts}
"""Those whose breach may flatten or kill."""

UNITS: dict[str, str] = {gate.name: gate.unit for gate in GATES}
"""Gate name -> unit, for whoever explains a decision; the names of older sets are among them."""


class Judgement(NamedTuple):
    """All gates of one decision."""

    results: tuple[GateResult, ...]
    passed: int
    """Bit i = gate i passed."""
    refusal: Refusal | None
    """Of the first failed gate; None = every gate passed."""

    @property
    def breached(self) -> tuple[GateResult, ...]:
        """The limits that an otherwise good entry would exceed; those not known exceed nothing."""
        failed = [result for result in self.results if not result.passed]
        if any(result.gate not in LIMITS for result in failed):
            return ()
        return tuple(result for result in failed if result.value is not None)


def judge(situation: Situation, plugins: Sequence[PluginGate] = ()) -> Judgement:
    """Evaluate every gate, whatever the others say; those of plug-ins after the set, in their order."""
    results = []
    mask = 0
    refusal = None
    bit = 1
    for name, code, _, gate, _ in GATES:
        passed, value, limit, distance = gate(situation)
        results.append(GateResult(name, passed, value, limit, distance))
        if passed:
            mask |= bit
        elif refusal is None:
            refusal = code
        bit <<= 1
    for plugin in plugins:
        verdict = ask(plugin, situation)
        results.append(GateResult(plugin.name, *verdict))
        if verdict.passed:
            mask |= bit
        elif refusal is None:
            refusal = Refusal.PLUGIN_GATE
        bit <<= 1
    return Judgement(tuple(results), mask, refusal)
