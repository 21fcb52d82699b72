"""Journal events in words: one line each.

Decides what of an event a person wants to read. Knows no table and no terminal. Input: an event; output:
text.
"""

from collections.abc import Callable
from datetime import date, tzinfo
from typing import Any

from tradingfloor.actors import messages as m
from tradingfloor.actors.runtime.journal import CommittedEvent
from tradingfloor.actors.types import Direction

from .figures import count, money, price, signed_money, when_short


def line(committed: CommittedEvent, zone: tzinfo, *, with_id: bool = False) -> str:
    """One event as a line: sequence, market time, kind, words, and its id where asked for."""
    event = committed.event
    tail = f"  {event.id.hex()}" if with_id else ""
    kind = type(event).__name__
    return f"{committed.sequence:>7}  {when_short(event.ts, zone):<19}  {kind:<19}  {words(event)}{tail}"


def words(event: m.Event) -> str:
    """What an event says."""
    tell = _WORDS.get(type(event))
    return tell(event) if tell else ""


def _signal(e: m.SignalRaised) -> str:
    return f"{_series(e)} {e.kind} {_levels(e)}"


def _report(e: m.TimeframeReported) -> str:
    said = e.plugin or f"bias {e.bias:+d}"
    return f"{_short(e)} bar {e.bar} {said}{'' if e.warm else ' not warm'}"


def _score(e: m.SignalScored) -> str:
    return f"{_series(e)} score {e.score:.2f} {e.outcome.value}"


def _decision(e: m.DecisionMade) -> str:
    failed = ", ".join(gate.gate for gate in e.gates if not gate.passed)
    outcome = f"approved, {count(e.quantity)} units" if e.approved else f"denied by {failed}"
    return f"{_series(e)} score {e.score:.2f} {outcome}"


def _approved(e: m.OrderApproved) -> str:
    return f"{e.symbol} {e.side.value} {count(e.quantity)} near {price(e.reference)} {_bracket(e)}"


def _accepted(e: m.OrderAccepted) -> str:
    at = f" at {price(e.price)}" if e.price else ""
    return f"{e.symbol} {e.role.value} {e.side.value} {count(e.quantity)}{at}{_limit(e)}"


def _replaced(e: m.OrderReplaced) -> str:
    at = f" at {price(e.price)}" if e.price else ""
    return f"{e.symbol} {e.role.value} now {count(e.quantity)}{at}{_limit(e)}"


def _replace_requested(e: m.ReplaceRequested) -> str:
    wanted = [count(e.quantity)] if e.quantity else []
    wanted += [f"at {price(e.price)}"] if e.price else []
    terms = " ".join(wanted) + _limit(e)
    return (
        f"{e.symbol} order {e.order_id.hex()} to {terms.strip()} by {e.by or 'replace'}{_because(e.reason)}"
    )


def _limit(e: Any) -> str:
    return f" limit {price(e.limit)}" if e.limit else ""


def _filled(e: m.OrderFilled) -> str:
    result = f" realised {signed_money(e.realised)}" if e.realised else ""
    rest = "" if e.done else ", in part"
    return (
        f"{e.symbol} {e.role.value} {e.side.value} {count(e.quantity)} at {price(e.price)}"
        f" fee {money(e.fee)}{result}{rest}"
    )


def _canceled(e: m.OrderCanceled) -> str:
    return f"{e.symbol} {e.role.value} {count(e.remaining)} left, {e.reason.value}"


def _split(e: m.SplitApplied) -> str:
    paid = f", {signed_money(e.cash)} for the fraction" if e.cash else ""
    return f"{e.symbol} {e.numerator} for {e.denominator}: {e.before:+,} is {e.quantity:+,}{paid}"


def _dividend(e: m.DividendPaid) -> str:
    return f"{e.symbol} {price(e.amount)} a unit on {e.quantity:+,}: {signed_money(e.cash)}"


def _trade(e: m.TradeClosed) -> str:
    return (
        f"{e.symbol} {e.direction.name} {count(e.quantity)} from {price(e.entry_price)} to"
        f" {price(e.exit_price)} by {e.exit_role.value}, net {signed_money(e.net)}"
    )


def _snapshot(e: m.PositionSnapshot) -> str:
    return f"{e.symbol} {e.quantity:+,} at {price(e.price)}, open {signed_money(e.unrealised)}"


def _compared(e: m.AccountCompared) -> str:
    return f"{_day(e.session)} equity {money(e.equity)}, books {'agree' if e.agrees else 'DIFFER'}"


def _day_closed(e: m.DayClosed) -> str:
    result = signed_money(e.equity_close - e.equity_open)
    return f"{_day(e.session)} trades {e.trades}, result {result}, equity {money(e.equity_close)}"


def _state(e: m.TradingStateChanged) -> str:
    return f"{e.previous.value} -> {e.state.value} by {e.by or e.command}{_because(e.reason)}"


def _killed(e: m.Killed) -> str:
    return (
        f"{e.previous.value} -> KILLED by {e.by or 'kill'}, policy {e.policy.value}, "
        f"{e.canceled} orders cancelled{_because(e.reason)}, kill id {e.id.hex()}"
    )


def _locked(e: m.EntriesLocked) -> str:
    return f"{e.symbol or 'all symbols'}: {e.lock}{_because(e.detail)}"


def _series(e: Any) -> str:
    return f"{_short(e)} {Direction(e.direction).name}"


def _short(e: Any) -> str:
    return f"{e.symbol} {e.timeframe}"


def _levels(e: m.SignalRaised) -> str:
    return f"entry {price(e.entry)} {_bracket(e)}"


def _bracket(e: Any) -> str:
    return f"stop {price(e.stop)} target {price(e.target)}"


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""


def _day(session: int) -> str:
    return date.fromordinal(session).isoformat()


def _one_line(text: str) -> str:
    return " ".join(text.split())


_WORDS: dict[type[m.Event], Callable[[Any], str]] = {
    m.SignalRaised: _signal,
    m.TimeframeReported: _report,
    m.SignalScored: _score,
    m.DecisionMade: _decision,
    m.OrderApproved: _approved,
    m.OrderDenied: lambda e: f"{e.symbol} {e.side.value} {e.reason.value}",
    m.EntriesLocked: _locked,
    m.EntriesUnlocked: lambda e: f"{e.symbol or 'all symbols'}: {e.lock}",
    m.DayClosed: _day_closed,
    m.OrderAccepted: _accepted,
    m.OrderRejected: lambda e: f"{e.symbol} {e.reason.value}",
    m.OrderTriggered: lambda e: f"{e.symbol} stop touched",
    m.OrderFilled: _filled,
    m.OrderCanceled: _canceled,
    m.OrderReplaced: _replaced,
    m.OrderRequestRefused: lambda e: f"{e.symbol} order {e.order_id.hex()}: {e.reason.value}",
    m.SplitApplied: _split,
    m.DividendPaid: _dividend,
    m.TradeClosed: _trade,
    m.PositionSnapshot: _snapshot,
    m.AccountCompared: _compared,
    m.TradingStateChanged: _state,
    m.Killed: _killed,
    m.Rearmed: lambda e: f"by {e.by or 'rearm'}{_because(e.reason)}",
    m.FlattenRequested: lambda e: f"by {e.by or 'flatten'}{_because(e.reason)}",
    m.KillRequested: lambda e: f"by {e.by}{_because(e.reason)}",
    m.ReductionRequested: lambda e: (
        f"{e.symbol or 'all positions'} by {e.part / 10_000:g} %, by {e.by}{_because(e.reason)}"
    ),
    m.CancelAllRequested: lambda e: (
        f"{e.symbol or 'all symbols'}{', entries only' * e.entries_only}, by {e.by}{_because(e.reason)}"
    ),
    m.ConfigRevised: lambda e: (
        f"{', '.join(f'{path} = {value}' for path, value in e.changes)}, by {e.by}{_because(e.reason)}"
    ),
    m.ScheduleHandled: lambda e: f"{e.entry}: {e.outcome.value.lower()}{_because(e.detail)}",
    m.BackupWritten: lambda e: f"{e.path}: {e.error or f'{count(e.size)} bytes'}",
    m.FileWritten: lambda e: f"{e.entry}, {e.path}: {e.error or f'{count(e.size)} bytes'}",
    m.CancelRequested: lambda e: (
        f"{e.symbol} order {e.order_id.hex()} by {e.by or 'cancel'}{_because(e.reason)}"
    ),
    m.ReplaceRequested: _replace_requested,
    m.EngineBooted: lambda e: f"boot {e.boot} of version {e.version}, after update {count(e.resumed_at)}",
    m.ActorRestarted: lambda e: f"{e.actor} epoch {e.epoch}: {_one_line(e.error)}",
    m.ActorIsolated: lambda e: f"{e.actor}: {_one_line(e.error)}",
    m.MessageDropped: lambda e: f"{e.actor} {e.message}: {_one_line(e.error)}",
}
"""Every kind that may stand in the journal."""
